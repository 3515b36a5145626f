/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_draw: the events on the canvas: the table, and what is drawn over it.
 *
 * Losses take the whole line; hits, highlighted values and the field under the cursor are marked
 * within their cells. Changes nothing and asks nobody outside.
 */
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/events.h"
#include "tui/events_calls.h"

/* One drawing. */
struct pen {
	const struct events *ev;
	const struct table_state *t;
	struct area *area;
	int x[COLUMNS], width[COLUMNS]; /* by index into order; width 0: not there */
	struct strbuf text;
};

int detail_height(const struct events *ev)
{
	int rows = ev->view->rows;

	if (!ev->detail.open || rows < 6)
		return 0;
	/* A rule, and at least six lines where that leaves two rows in sight. */
	return MIN(MAX(rows / 3, 6) + 1, rows - 3);
}

/* ---- over the cells ---- */

/* Marks bytes [from, from + len) of the text that stands in a cell. */
static void mark_part(struct pen *p, int y, unsigned index, size_t from, size_t len, unsigned mark)
{
	const struct table_column *c = &events_columns[p->t->order[index]];
	/* Where the end is looked for texts are short; the others may be long. */
	int all = c->right || c->tail ? text_width(strbuf_cstr(&p->text), p->text.len) : 0;
	int x = text_width(strbuf_cstr(&p->text), from);
	int width = text_width(strbuf_cstr(&p->text) + from, len);

	if (c->right && all < p->width[index])
		x += p->width[index] - all;
	if (c->tail && all > p->width[index]) {
		x -= all - p->width[index];
		width += MIN(x, 0); /* what lost its beginning */
		x = MAX(x, 0);
	}
	if (x < p->width[index] && width > 0)
		draw_mark(p->area, y, p->x[index] + x, MIN(width, p->width[index] - x), mark);
}

static void load_cell(struct pen *p, unsigned index, const struct row *r, const struct row *before)
{
	strbuf_clear(&p->text);
	column_text(p->ev, p->t->order[index], r, before, &p->text);
}

static void mark_hits(struct pen *p, int y, const struct row *r, const struct row *before)
{
	for (unsigned i = 0; i < p->t->shown; i++) {
		size_t at = 0, len, seen;

		if (!p->width[i])
			continue;
		load_cell(p, i, r, before);
		seen = p->text.len;
		if (!events_columns[p->t->order[i]].tail)
			seen = text_prefix(strbuf_cstr(&p->text), seen, p->width[i]);
		while ((len = find_in(&p->ev->find, strbuf_cstr(&p->text), &at)) && at < seen) {
			mark_part(p, y, i, at, MIN(len, seen - at), MARK_HIT);
			at += len;
		}
	}
}

/* Marks a field in the text of the event, or all of it where it does not name its fields. */
static void mark_field(struct pen *p, int y, unsigned index, const char *name, unsigned mark)
{
	size_t from = 0, len = p->text.len;

	text_piece(strbuf_cstr(&p->text), name, &from, &len);
	mark_part(p, y, index, from, len, mark);
}

static void mark_highlight(struct pen *p, int y, const struct row *r, const struct highlight *h)
{
	const struct field *f = h->field && r->schema ? schema_field(r->schema, h->field) : NULL;
	_cleanup_strbuf_ struct strbuf value = { 0 };

	if (h->field && !f)
		return;
	cell_value(p->ev, h->column, f, r, &value);
	if (strcmp(strbuf_cstr(&value), h->value) != 0)
		return;
	for (unsigned i = 0; i < p->t->shown; i++) {
		if (p->t->order[i] != h->column || !p->width[i])
			continue;
		load_cell(p, i, r, NULL);
		if (f)
			mark_field(p, y, i, f->name, MARK_HIT);
		else
			mark_part(p, y, i, 0, p->text.len, MARK_HIT);
	}
}

static void mark_cursor_field(struct pen *p, int y, const struct row *r)
{
	const struct field *f = cell_field(p->ev);
	unsigned i = p->t->column;

	if (!f || !p->ev->view->focus || !p->width[i])
		return;
	load_cell(p, i, r, NULL);
	mark_field(p, y, i, f->name, MARK_CELL);
}

static void draw_loss(struct pen *p, int y, const struct shown *s, bool at_cursor)
{
	const struct events *ev = p->ev;
	struct area *a = p->area;

	draw_hline(a, y, 0, a->cols, LOOK_LOSS);
	strbuf_clear(&p->text);
	strbuf_char(&p->text, ' ');
	loss_text(s, &p->text);
	strbuf_char(&p->text, ' ');
	draw_text(a, y, 4, MAX(a->cols - 5, 0), LOOK_LOSS, p->text.s, p->text.len);
	if (at_cursor)
		draw_mark(a, y, 0, a->cols, ev->view->focus ? MARK_CURSOR : MARK_CURSOR_DIM);
	if (marks_has(ev, &s->row) || marks_between(ev, &s->row))
		draw_mark(a, y, 0, a->cols, MARK_TAG);
}

static void draw_over(struct pen *p)
{
	const struct events *ev = p->ev;
	unsigned first, count = window_visible(&ev->win, &first);

	for (unsigned i = 0; i < count && (int)i + 1 < p->area->rows; i++) {
		const struct shown *s = window_line(&ev->win, first + i);
		bool at_cursor = first + i == ev->win.at;
		const struct row *before =
		    first + i ? &window_line(&ev->win, first + i - 1)->row : NULL;

		if (s->row.flags & ROW_LOSS) {
			draw_loss(p, (int)i + 1, s, at_cursor);
			continue;
		}
		if (!row_is_here(ev->win.store, &s->row))
			continue;
		if (ev->find.text)
			mark_hits(p, (int)i + 1, &s->row, before);
		for (unsigned k = 0; k < ev->highlight_count; k++)
			mark_highlight(p, (int)i + 1, &s->row, &ev->highlights[k]);
		if (at_cursor)
			mark_cursor_field(p, (int)i + 1, &s->row);
	}
}

/* ---- nothing to show ---- */

static void put_key(const struct events *ev, const char *view, enum action a, struct strbuf *out)
{
	if (!keymap_key(ui_keymap(ev->ui), view, a, out))
		strbuf_fmt(out, ":%s", actions[a].name);
}

static void draw_words(struct area *a, int y, enum look look, const struct strbuf *b)
{
	const char *s = strbuf_cstr(b);
	int width = text_width(s, b->len);

	draw_text(a, y, MAX((a->cols - width) / 2, 0), a->cols, look, s, b->len);
}

static void draw_nothing(const struct events *ev, struct area *a)
{
	_cleanup_strbuf_ struct strbuf what = { 0 }, next = { 0 };
	uint64_t events = events_arrived(ev->win.store);
	int y = MAX(a->rows / 3, 0);
	const char *backend;

	if (!events && ui_unavailable(ev->ui, 0, &backend)) {
		strbuf_str(&what, "nothing can be captured here");
		put_key(ev, "events", ACT_TRACERS, &next);
		strbuf_str(&next, " goes to the tracers, which say why");
	} else if (window_is_busy(&ev->win)) {
		strbuf_str(&what, "searching...");
		put_key(ev, "events", ACT_CANCEL, &next);
		strbuf_str(&next, " stops");
	} else if (events && ev->win.sieve.filter) {
		strbuf_str(&what, "none of ");
		number_text(&what, events);
		strbuf_str(&what, " events passes the filter");
		put_key(ev, "events", ACT_FILTER_CLEAR, &next);
		strbuf_str(&next, " takes every filter away, ");
		put_key(ev, "events", ACT_BACK, &next);
		strbuf_str(&next, " the last one");
	} else {
		strbuf_str(&what, "no events yet");
		put_key(ev, "events", ACT_TRACERS, &next);
		strbuf_str(&next, " goes to the tracers, ");
		put_key(ev, "tracers", ACT_TOGGLE, &next);
		strbuf_str(&next, " switches one on");
	}
	draw_words(a, y, LOOK_TEXT, &what);
	draw_words(a, y + 1, LOOK_DIM, &next);
}

/* ---- all of it ---- */

static void draw_rows(const struct view *v, struct area *a)
{
	const struct events *ev = events_of(v);
	struct table_state t;
	struct pen p = { .ev = ev, .t = &t, .area = a };
	unsigned first;

	events_fit(ev, a->cols, &t);
	window_visible(&ev->win, &first);
	t.top = 0;
	t.cursor = ev->win.at - MIN(first, ev->win.at);
	/* Within info the cursor is a field, drawn over the cell; so is the rest of a loss. */
	t.cells = !cell_field(ev);
	table_draw(&t, &events_model, ev, a, v->focus);
	for (unsigned i = 0; i < t.shown; i++)
		if (!table_place(&t, a->cols, i, &p.x[i], &p.width[i]))
			p.width[i] = 0;
	draw_over(&p);
	strbuf_done(&p.text);
	if (!ev->win.count)
		draw_nothing(ev, a);
}

void events_draw(const struct view *v, struct area *a)
{
	int below = detail_height(events_of(v));
	struct area rows = area_sub(a, 0, 0, a->rows - below, a->cols);
	struct area rule = area_sub(a, a->rows - below, 0, 1, a->cols);
	struct area detail = area_sub(a, a->rows - below + 1, 0, below - 1, a->cols);

	draw_rows(v, &rows);
	if (!below)
		return;
	draw_hline(&rule, 0, 0, rule.cols, LOOK_BORDER);
	detail_draw(events_of(v), &detail);
}

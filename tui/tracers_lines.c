/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_lines: which nodes of the tree are on the screen, and how a line looks.
 *
 * The glyph at the left edge says the state, so one look down the edge says what is on. Lines are
 * made anew when the tree changed, never while drawing; the cursor stays on its node.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/tracers.h"

/*
 * CPU time of one event in ns: 67 to 84 for a small one, 160 for sched_switch to be written by the
 * kernel, up to 20 to be read and walked by us; measured. A hint, so one number for all.
 */
#define EVENT_COST 100

#define TEXT_INDENT 4  /* columns before the lines of a text */
#define TREND_LEAST 9  /* its header */
#define NAMED	    43 /* columns of all but the trend, when most names are whole */

enum column { COLUMN_STATE, COLUMN_NAME, COLUMN_EVENTS, COLUMN_TREND, COLUMN_CPU, COLUMN_TOTAL };

const struct table_column tracers_columns[] = {
	{ .name = "state", .title = "", .width = 1, .worth = 9, .look = LOOK_OFF },
	{ .name = "name", .title = "tracer", .worth = 10, .look = LOOK_EVENT },
	{ .name = "events",
	  .title = "events",
	  .width = 6,
	  .worth = 8,
	  .right = true,
	  .look = LOOK_NUMBER },
	{ .name = "trend", .title = "last 20 s", .width = TREND, .worth = 3, .look = LOOK_GRAPH },
	{ .name = "cpu", .title = "CPU", .width = 7, .worth = 5, .right = true, .look = LOOK_DIM },
	{ .name = "total",
	  .title = "total",
	  .width = 11,
	  .worth = 4,
	  .right = true,
	  .look = LOOK_NUMBER },
};

const unsigned tracers_column_count = ARRAY_SIZE(tracers_columns);

/* ---- which lines ---- */

static void add_line(struct tracers *t, struct node *n, unsigned from, unsigned len)
{
	if (t->line_count == t->line_cap) {
		t->line_cap = t->line_cap ? t->line_cap * 2 : 128;
		t->lines = xrealloc(t->lines, t->line_cap, sizeof(*t->lines));
	}
	t->lines[t->line_count++] = (struct line_of) { .node = n, .from = from, .len = len };
}

static bool is_on(const struct node *n)
{
	if (n->kind == NODE_TRACER)
		return n->state != TRACER_OFF;
	return n->on || n->failed || n->starting;
}

/* What can be made of a recording has rows as soon as it is wanted: it counts as what is in it. */
static bool is_offered(const struct tracers *t, const struct node *n)
{
	const struct backend *b = node_backend(t, n);

	return b && b->ops->caps & BACKEND_DERIVES && ui_playing(t->ui)->recording;
}

static bool is_shown(const struct tracers *t, const struct node *n)
{
	if (t->search.narrow && !n->hit)
		return false;
	if (!t->only_on)
		return true;
	return n->kind == NODE_BACKEND || n->kind == NODE_MISSING || is_on(n) || is_offered(t, n);
}

/* What stands below a node in words: the reason of a missing backend, the note of a group. */
static const char *text_of(const struct node *n)
{
	const char *text = n->kind == NODE_GROUP ? n->note : n->text;

	return text ? text : "";
}

/* The same, in lines as wide as the pane. */
static void add_text(struct tracers *t, struct node *n)
{
	int width = MAX(t->view->cols - TEXT_INDENT, 8);
	const char *text = text_of(n);
	size_t at = 0;

	while (text[at]) {
		size_t len = strcspn(text + at, "\n"), fit = text_prefix(text + at, len, width);

		if (fit < len) {
			size_t word = fit;

			while (word && text[at + word] != ' ')
				word--;
			fit = word ? word : fit;
		}
		if (!fit && len)
			break;
		if (fit)
			add_line(t, n, (unsigned)at, (unsigned)fit);
		at += fit;
		while (text[at] == ' ' || text[at] == '\n')
			at++;
	}
}

static void add_lines(struct tracers *t, struct node *n)
{
	bool all = t->search.narrow || t->only_on;

	for (size_t i = 0; i < n->count; i++) {
		struct node *c = n->children[i];

		if (!is_shown(t, c))
			continue;
		add_line(t, c, 0, 0);
		if (c->kind == NODE_MISSING && c->unfolded)
			add_text(t, c);
		else if (c->unfolded || (all && c->kind != NODE_OTHERS))
			add_lines(t, c);
		if (c->kind == NODE_GROUP && c->note && !t->search.narrow && (c->unfolded || all))
			add_text(t, c);
	}
}

struct node *lines_cursor(const struct tracers *t)
{
	if (t->table.cursor >= t->line_count)
		return NULL;
	return t->lines[t->table.cursor].node;
}

static int64_t find_line(const struct tracers *t, const struct node *n)
{
	for (size_t i = 0; i < t->line_count; i++)
		if (t->lines[i].node == n && !t->lines[i].len)
			return (int64_t)i;
	return -1;
}

static struct node *find_path(struct node *n, const char *path)
{
	for (size_t i = 0; i < n->count; i++) {
		struct node *c = n->children[i], *found;
		size_t len = strlen(c->name);

		if (strncmp(c->name, path, len) != 0)
			continue;
		if (!path[len])
			return c;
		found = path[len] == ':' ? find_path(c, path + len + 1) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

/* The cursor's node, or the nearest one above it that has a line. */
static void place_cursor(struct tracers *t, struct node *n, uint64_t part)
{
	for (; n && n->parent; n = n->parent, part = 0) {
		int64_t line = find_line(t, n);

		if (line < 0)
			continue;
		table_carry(&t->table, (uint64_t)line + part);
		break;
	}
}

void lines_build(struct tracers *t)
{
	struct node *was = lines_cursor(t);
	uint64_t part = was ? t->table.cursor - (uint64_t)find_line(t, was) : 0;

	if (t->search.narrow)
		search_mark(t);
	t->stale = false;
	t->line_count = 0;
	add_lines(t, &t->root);
	if (t->want_cursor && find_path(&t->root, t->want_cursor)) {
		was = find_path(&t->root, t->want_cursor);
		part = 0;
		free(t->want_cursor);
		t->want_cursor = NULL;
	}
	place_cursor(t, was, part);
	table_fit(&t->table, t->line_count, t->view->rows);
}

void lines_go(struct tracers *t, struct node *n)
{
	int64_t line;

	for (struct node *p = n->parent; p && p->parent; p = p->parent)
		p->unfolded = true;
	lines_build(t);
	line = find_line(t, n);
	if (line >= 0)
		t->table.cursor = (uint64_t)line;
	table_fit(&t->table, t->line_count, t->view->rows);
}

/* Narrow panes have name and rate; the sparkline grows with what names leave. */
void lines_fit(struct tracers *t)
{
	struct table_state *s = &t->table;
	int cols = t->view->cols;

	if (t->columns_chosen)
		return;
	s->shown = 0;
	s->order[s->shown++] = COLUMN_STATE;
	s->order[s->shown++] = COLUMN_NAME;
	s->order[s->shown++] = COLUMN_EVENTS;
	if (cols >= 44)
		s->order[s->shown++] = COLUMN_TREND;
	if (cols >= 36)
		s->order[s->shown++] = COLUMN_CPU;
	if (cols >= 80)
		s->order[s->shown++] = COLUMN_TOTAL;
	s->widths[COLUMN_TREND] = (int16_t)MIN(MAX(cols - NAMED, TREND_LEAST), TREND);
}

/* ---- how a line looks ---- */

struct picture {
	const struct tracers *t;
	int cols;
	bool ascii;
};

struct glyph_of {
	const char *s, *ascii;
	enum look look;
};

static const struct glyph_of on_glyph = { "●", "*", LOOK_ON };
static const struct glyph_of off_glyph = { "○", ".", LOOK_OFF };
static const struct glyph_of some_glyph = { "◐", "-", LOOK_ON };
static const struct glyph_of failed_glyph = { "✗", "!", LOOK_ERROR };
static const struct glyph_of starting_glyph = { "…", "~", LOOK_WARN };
static const struct glyph_of no_glyph = { " ", " ", LOOK_DIM };

static const struct glyph_of *glyph_of_tracer(const struct node *n)
{
	switch (n->state) {
	case TRACER_ON:
		return &on_glyph;
	case TRACER_STARTING:
		return &starting_glyph;
	case TRACER_FAILED:
		return &failed_glyph;
	case TRACER_OFF:
		break;
	}
	return &off_glyph;
}

static const struct glyph_of *glyph_of(const struct node *n)
{
	if (n->kind == NODE_TRACER || n->kind == NODE_OTHER)
		return glyph_of_tracer(n);
	if (n->kind == NODE_MISSING)
		return &failed_glyph;
	if (n->kind == NODE_OTHERS)
		return &no_glyph;
	if (n->starting)
		return &starting_glyph;
	if (n->on)
		return n->total && n->on == n->total ? &on_glyph : &some_glyph;
	return n->failed ? &failed_glyph : &off_glyph;
}

/* 1234567 as 1.2M: four columns are all there is. */
static void put_short(struct strbuf *b, uint64_t n)
{
	static const char letters[] = " kMGTP";
	double v = (double)n;
	unsigned unit = 0;

	for (; v >= 999.5 && letters[unit + 1]; unit++)
		v /= 1000;
	if (!unit)
		strbuf_u64(b, n);
	else
		strbuf_fmt(b, v < 9.95 ? "%.1f%c" : "%.0f%c", v, letters[unit]);
}

/*
 * A name too long for its column loses its beginning: what belongs there is in the line of its
 * system, and sched_process_exec and sched_process_exit differ at the end. True when it is whole,
 * and more may stand behind it.
 */
static bool put_name(const struct picture *p, const struct node *n, unsigned indent,
		     struct strbuf *out)
{
	const char *name = n->label ? n->label : n->name, *at = name;
	int x, width = 0, room;

	for (unsigned i = 0; i < p->t->table.shown; i++)
		if (p->t->table.order[i] == COLUMN_NAME)
			table_place(&p->t->table, p->cols, i, &x, &width);
	room = width - (int)indent;
	if (text_width(name, strlen(name)) <= room || room < 4 || node_has_children(n)) {
		strbuf_str(out, name);
		return true;
	}
	while (*at && text_width(at, strlen(at)) + 1 > room)
		at += text_prefix(at, strlen(at), 1) ? text_prefix(at, strlen(at), 1) : 1;
	strbuf_fmt(out, "%s%s", p->ascii ? "~" : "…", at);
	return false;
}

static void name_cell(const struct picture *p, const struct node *n, struct table_cell *cell)
{
	bool folds = node_has_children(n) || n->kind == NODE_MISSING;
	bool open = n->unfolded || (p->t->search.narrow && n->count), whole;
	unsigned depth = 0;

	for (const struct node *q = n->parent; q && q->parent; q = q->parent)
		depth++;
	for (unsigned i = 0; i < depth; i++)
		strbuf_char(cell->text, ' ');
	if (folds)
		strbuf_str(cell->text, open ? (p->ascii ? "v " : "▾ ") : (p->ascii ? "> " : "▸ "));
	else
		strbuf_char(cell->text, ' ');
	whole = put_name(p, n, depth + 1, cell->text);
	if (n->kind == NODE_GROUP && n->on)
		strbuf_fmt(cell->text, n->total ? " %u/%u" : " %u", n->on, n->total);
	else if (n->kind == NODE_OTHERS && n->loaded)
		strbuf_fmt(cell->text, " %zu", n->count);
	else if (n->kind == NODE_OTHER && n->cost && whole)
		strbuf_fmt(cell->text, "  %s", n->cost);
	if (n->kind == NODE_BACKEND || n->kind == NODE_OTHERS)
		cell->look = LOOK_TEXT;
	else if (n->kind == NODE_GROUP)
		cell->look = n->on ? LOOK_TEXT : LOOK_DIM;
	else if (n->kind == NODE_MISSING || (n->kind == NODE_TRACER && !n->state))
		cell->look = LOOK_DIM;
	else if (n->state == TRACER_FAILED)
		cell->look = LOOK_ERROR;
	if (n->hit && n->kind == NODE_TRACER && p->t->search.narrow)
		cell->marks = MARK_HIT;
}

static bool is_live(const struct picture *p, const struct node *n)
{
	const struct backend *b = node_backend(p->t, n);

	return b && b->ops->caps & BACKEND_LIVE;
}

static void events_cell(const struct picture *p, const struct node *n, struct table_cell *cell)
{
	if (!n->meter || (!n->meter->events && n->kind != NODE_TRACER))
		return;
	if (!is_live(p, n)) {
		put_short(cell->text, n->meter->events);
		return;
	}
	if (!is_on(n))
		return;
	put_short(cell->text, n->meter->rate);
	strbuf_str(cell->text, "/s");
	if (!n->meter->rate)
		cell->look = LOOK_DIM;
}

/* What its events cost of one CPU, by their number. */
static void cpu_cell(const struct picture *p, const struct node *n, struct table_cell *cell)
{
	double percent;

	if (!n->meter || !n->meter->rate || !is_live(p, n))
		return;
	percent = (double)n->meter->rate * EVENT_COST / 1e9 * 100;
	if (percent < 0.1)
		strbuf_str(cell->text, "<0.1 %");
	else
		strbuf_fmt(cell->text, percent < 10 ? "~%.1f %%" : "~%.0f %%", percent);
	if (percent >= 5)
		cell->look = LOOK_WARN;
}

static void draw_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct picture *p = data;
	const struct line_of *l = &p->t->lines[row];
	const struct node *n = l->node;
	const struct glyph_of *g = glyph_of(n);

	if (l->len)
		return;
	switch ((enum column)column) {
	case COLUMN_STATE:
		strbuf_str(cell->text, p->ascii ? g->ascii : g->s);
		cell->look = g->look;
		break;
	case COLUMN_NAME:
		name_cell(p, n, cell);
		break;
	case COLUMN_EVENTS:
		events_cell(p, n, cell);
		break;
	case COLUMN_TREND:
		if (n->meter && is_live(p, n) && n->kind != NODE_BACKEND) {
			cell->spark = n->meter->trend;
			cell->spark_count = TREND;
		}
		break;
	case COLUMN_CPU:
		cpu_cell(p, n, cell);
		break;
	case COLUMN_TOTAL:
		if (n->meter)
			strbuf_u64(cell->text, n->meter->events);
		break;
	}
}

static uint64_t count_lines(const void *data)
{
	return ((const struct picture *)data)->t->line_count;
}

static const struct table_model model = {
	.rows = count_lines,
	.cell = draw_cell,
};

/* Lines of text go over all columns. */
static void draw_texts(const struct tracers *t, struct area *a)
{
	for (int y = 1; y < a->rows && t->table.top + (uint64_t)y - 1 < t->line_count; y++) {
		const struct line_of *l = &t->lines[t->table.top + (uint64_t)y - 1];

		if (l->len)
			draw_text(a, y, TEXT_INDENT, a->cols - TEXT_INDENT,
				  l->node->kind == NODE_GROUP ? LOOK_DIM : LOOK_WARN,
				  text_of(l->node) + l->from, l->len);
	}
}

/* Every state says what to press next. */
static void draw_empty(const struct tracers *t, struct area *a)
{
	struct strbuf key = { 0 };
	const char *what = "nothing is open yet";
	enum action way_out = ACT_NONE;

	if (t->search.narrow) {
		what = "no tracer has this name";
		way_out = ACT_CANCEL;
	} else if (t->only_on) {
		what = "nothing is on";
		way_out = ACT_ONLY_ON;
	}
	draw_str(a, 1, 1, LOOK_DIM, what);
	if (way_out && keymap_key(ui_keymap(t->ui), t->view->ops->name, way_out, &key))
		draw_fmt(a, 2, 1, LOOK_DIM, "%s shows all", key.s);
	strbuf_done(&key);
}

void lines_draw(const struct view *v, struct area *a)
{
	const struct tracers *t = tracers_of(v);
	struct picture p = { .t = t, .cols = a->cols, .ascii = a->canvas->ascii };

	draw_texts(t, a);
	table_draw(&t->table, &model, &p, a, v->focus);
	if (!t->line_count)
		draw_empty(t, a);
}

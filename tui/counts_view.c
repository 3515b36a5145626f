/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_view: see the header. The slots of the dialog and what is drawn.
 *
 * The kernel is asked once a second, whatever else happens; a table that is held is not asked for.
 */
#include "tui/counts_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"

#define PERIOD NSEC_PER_SEC

struct counts_of {
	struct backend *backend;
	const char *group, *name;
};

static int open_view(struct view *v, struct err *e)
{
	struct counts_view *c = counts_view_of(v);
	const struct counts_of *of = ui_dialog_arg(v->ui);

	(void)e;
	counts_model_init(&c->m, of->backend, of->group, of->name);
	table_init(&c->table, c->m.columns, 0);
	v->want_rows = v->want_cols = WHOLE_SCREEN;
	return 0;
}

static void close_view(struct view *v)
{
	struct counts_view *c = counts_view_of(v);

	counts_write_close(c);
	counts_model_done(&c->m);
	free(c->key);
	free(c->search);
}

/* ---- looking ---- */

int counts_height(const struct view *v)
{
	_cleanup_strbuf_ struct strbuf notes = { 0 };

	counts_model_notes(&counts_view_of(v)->m, &notes);
	return MAX(v->rows - (notes.len > 0), 1);
}

/* The cursor stays with its key; if nobody put it there it is on top. */
static void follow(struct view *v)
{
	struct counts_view *c = counts_view_of(v);
	uint64_t at;

	if (!c->picked)
		c->table.cursor = 0;
	else if (c->key && counts_model_find(&c->m, c->key, &at))
		table_carry(&c->table, at);
	table_fit(&c->table, c->m.count, counts_height(v));
}

static void take(struct view *v)
{
	struct counts_view *c = counts_view_of(v);
	struct err e = ERR_INIT;

	c->looked = ui_now(v->ui);
	if (counts_model_take(&c->m, &e) < 0) {
		snprintf(c->reason, sizeof(c->reason), "%.255s", e.text);
		return;
	}
	if (c->schema != c->m.schema) {
		/* Another one, or loaded anew with another layout: columns begin anew. */
		table_init(&c->table, c->m.columns, c->m.column_count);
		c->table.cells = true;
		c->schema = c->m.schema;
		c->picked = false;
	}
	follow(v);
}

static void look_at_state(struct counts_view *c)
{
	struct backend *b = c->m.backend;
	struct tracer_status s = { 0 };

	if (b->ops->status(b, c->m.group, c->m.name, &s) < 0)
		return;
	c->state = s.state;
	snprintf(c->reason, sizeof(c->reason), "%s", s.reason);
}

static unsigned update_view(struct view *v)
{
	struct counts_view *c = counts_view_of(v);
	uint64_t now = ui_now(v->ui);
	enum tracer_state was = c->state;
	bool more = counts_write_work(v);
	bool due = !c->looked || now >= c->looked + PERIOD;

	look_at_state(c);
	if (c->state == TRACER_ON && !c->held && (due || was != TRACER_ON))
		take(v);
	else if (!due && was == c->state)
		return more ? REACT_MORE : REACT_NONE;
	table_fit(&c->table, c->m.count, counts_height(v));
	return REACT_DRAW | (more ? REACT_MORE : 0);
}

/* ---- on the screen ---- */

static void put_toggle(const struct view *v, struct area *a, const char *what)
{
	_cleanup_strbuf_ struct strbuf key = { 0 };

	if (!keymap_key(ui_keymap(v->ui), "tracers", ACT_TOGGLE, &key))
		strbuf_str(&key, ":toggle");
	draw_fmt(a, 2, 1, LOOK_DIM, "%s in the tracers pane %s", key.s, what);
}

/* Nothing to show is a state too, and says what to do. */
static void draw_empty(const struct view *v, struct area *a)
{
	const struct counts_view *c = counts_view_of(v);

	switch (c->state) {
	case TRACER_OFF:
		draw_str(a, 1, 1, LOOK_DIM, "it is off: nothing is counted");
		put_toggle(v, a, "switches it on");
		return;
	case TRACER_STARTING:
		draw_str(a, 1, 1, LOOK_WARN, "it is being loaded");
		return;
	case TRACER_FAILED:
		draw_str(a, 1, 1, LOOK_ERROR, c->reason);
		return;
	case TRACER_ON:
		break;
	}
	if (c->m.only)
		draw_fmt(a, 1, 1, LOOK_DIM, "no row shows '%s'", c->m.only);
	else
		draw_str(a, 1, 1, c->reason[0] ? LOOK_WARN : LOOK_DIM,
			 c->reason[0] ? c->reason : "nothing was counted yet");
}

static void mark_hits(const struct counts_view *c, struct area *a)
{
	int header = table_header(a->rows);

	for (int y = header; c->search && y < a->rows; y++) {
		const uint8_t *rec = counts_model_at(&c->m, c->table.top + (uint64_t)(y - header));

		if (rec && counts_model_shows(&c->m, rec, c->search))
			draw_mark(a, y, 0, a->cols, MARK_HIT);
	}
}

static void draw_view(const struct view *v, struct area *a)
{
	const struct counts_view *c = counts_view_of(v);
	struct area rows = area_sub(a, 0, 0, counts_height(v), a->cols);
	_cleanup_strbuf_ struct strbuf notes = { 0 };
	struct table_state t = c->table;

	t.sort = (int)c->m.sort;
	t.reverse = c->m.descending;
	if (c->m.column_count)
		table_draw(&t, &counts_table, &c->m, &rows, v->focus);
	if (!c->m.count)
		draw_empty(v, &rows);
	else
		mark_hits(c, &rows);
	counts_model_notes(&c->m, &notes);
	if (notes.len && rows.rows < a->rows)
		draw_text(a, a->rows - 1, 1, a->cols - 1, LOOK_LOSS, notes.s, notes.len);
}

static void status_view(const struct view *v, struct strbuf *out)
{
	static const char *const words[] = { [TRACER_OFF] = ", off",
					     [TRACER_STARTING] = ", being loaded",
					     [TRACER_ON] = "",
					     [TRACER_FAILED] = ", failed" };
	const struct counts_view *c = counts_view_of(v);

	counts_model_title(&c->m, out);
	strbuf_str(out, words[c->state]);
	if (c->held)
		strbuf_str(out, ", paused");
}

static const enum action hints[] = {
	ACT_SORT, ACT_REVERSE, ACT_FILTER, ACT_SEARCH, ACT_INCLUDE, ACT_PAUSE, ACT_WRITE, ACT_NONE,
};

static const struct view_ops counts_ops = {
	.name = "table",
	.title = "Table",
	.size = sizeof(struct counts_view),
	.hints = hints,
	.open = open_view,
	.close = close_view,
	.update = update_view,
	.draw = draw_view,
	.act = counts_act,
	.status = status_view,
};

void counts_view_open(struct ui *ui, struct backend *b, const char *group, const char *name)
{
	struct counts_of of = { b, group, name };

	ui_dialog(ui, &counts_ops, &of);
}

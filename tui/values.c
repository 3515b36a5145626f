/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * values: a dialog over a grouping by one key.
 *
 * It counts on while it is open. What is marked is included or excluded together, else what is
 * under the cursor; both push one crumb to the scope and close.
 */
#include "tui/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/grouping.h"

#define SHOWN	   "count, share"
#define ROWS_LEAST 8
#define ROWS_MOST  30
#define WANT_COLS  64
#define NAMED	   3 /* values in the label of a crumb */

enum { VALUE_MARK, VALUE_TEXT, VALUE_COUNT, VALUE_SHARE, VALUE_COLUMNS };

struct values {
	struct grouping g;
	struct table_column columns[VALUE_COLUMNS];
	struct table_state table;
	uint64_t *marked; /* ids of groups */
	size_t marked_count;
	uint64_t turn, id; /* of the table; of the value under the cursor */
	bool picked;
	struct strbuf title, notes;
};

/* ---- what is marked ---- */

static size_t find_mark(const struct values *s, uint64_t id)
{
	size_t i = 0;

	while (i < s->marked_count && s->marked[i] != id)
		i++;
	return i;
}

static bool is_marked(const struct values *s, uint32_t row)
{
	return find_mark(s, group_id(s->g.shown, row)) < s->marked_count;
}

static void toggle_mark(struct values *s, uint64_t id)
{
	size_t i = find_mark(s, id);

	if (i < s->marked_count) {
		s->marked[i] = s->marked[--s->marked_count];
		return;
	}
	s->marked = xrealloc(s->marked, s->marked_count + 1, sizeof(*s->marked));
	s->marked[s->marked_count++] = id;
}

/* ---- the table ---- */

static const struct table_column columns[VALUE_COLUMNS] = {
	[VALUE_MARK] = { .name = "mark", .title = "", .width = 1, .worth = 3, .look = LOOK_ON },
	[VALUE_TEXT] = { .name = "value", .worth = 4 },
	[VALUE_COUNT] = { .name = "count",
			  .title = "COUNT",
			  .width = 13,
			  .worth = 2,
			  .right = true,
			  .look = LOOK_NUMBER },
	[VALUE_SHARE] = { .name = "share",
			  .title = "SHARE",
			  .width = 7,
			  .worth = 1,
			  .right = true,
			  .look = LOOK_NUMBER },
};

static uint64_t value_rows(const void *data)
{
	return grouping_model.rows(&((const struct values *)data)->g);
}

static void value_cell(const void *data, uint64_t place, unsigned column, struct table_cell *cell)
{
	const struct values *s = data;
	uint32_t row;

	if (column != VALUE_MARK)
		grouping_model.cell(&s->g, place, column - VALUE_TEXT, cell);
	else if (grouping_at(&s->g, place, &row) && is_marked(s, row))
		strbuf_char(cell->text, '*');
}

static void value_row(const void *data, uint64_t place, enum look *look, unsigned *marks)
{
	const struct values *s = data;
	uint32_t row;

	(void)look;
	if (grouping_at(&s->g, place, &row) && is_marked(s, row))
		*marks |= MARK_TAG;
}

static const struct table_model value_model = {
	.rows = value_rows,
	.cell = value_cell,
	.row = value_row,
};

static int list_height(const struct view *v)
{
	const struct values *s = v->state;

	return MAX(v->rows - (s->notes.len > 0), 1);
}

/* ---- life ---- */

static int open_view(struct view *v, struct err *e)
{
	struct values *s = v->state;
	const char *key = ui_dialog_arg(v->ui);
	int rc;

	grouping_init(&s->g, ui_deck(v->ui));
	rc = grouping_check(&s->g, key, SHOWN, e);
	if (rc >= 0)
		rc = grouping_ask(&s->g, key, SHOWN, e);
	if (rc < 0)
		return rc;
	memcpy(s->columns, columns, sizeof(columns));
	s->columns[VALUE_TEXT].title = s->g.columns[0].title;
	s->columns[VALUE_TEXT].look = s->g.columns[0].look;
	table_init(&s->table, s->columns, VALUE_COLUMNS);
	v->want_rows = ROWS_LEAST;
	v->want_cols = WANT_COLS;
	v->shown = true;
	return 0;
}

static void close_view(struct view *v)
{
	struct values *s = v->state;

	grouping_done(&s->g);
	free(s->marked);
	strbuf_done(&s->title);
	strbuf_done(&s->notes);
}

static void remember(struct values *s)
{
	uint32_t row;

	if (grouping_at(&s->g, s->table.cursor, &row))
		s->id = group_id(s->g.shown, row);
}

/* The cursor stays on its value; if nobody put it there it is on top. */
static void follow(struct view *v)
{
	struct values *s = v->state;
	uint64_t at;

	if (s->turn != s->g.turn) { /* ids mean nothing any more */
		s->marked_count = 0;
		s->picked = false;
		s->turn = s->g.turn;
	}
	if (!s->picked)
		s->table.cursor = 0;
	else if (grouping_find(&s->g, s->id, &at))
		table_carry(&s->table, at);
	table_fit(&s->table, s->g.count, list_height(v));
	remember(s);
	s->table.sort = (int)(s->g.sort + VALUE_TEXT);
	s->table.reverse = s->g.descending;
}

static void make_title(struct values *s)
{
	strbuf_clear(&s->title);
	strbuf_clear(&s->notes);
	strbuf_str(&s->title, "of ");
	group_spec_by(s->g.spec, &s->title);
	strbuf_str(&s->title, ": ");
	if (!s->g.complete)
		strbuf_fmt(&s->title, "%u %%, ", grouping_percent(&s->g));
	grouping_counts(&s->g, "value", &s->title);
	if (s->marked_count)
		strbuf_fmt(&s->title, ", %zu marked", s->marked_count);
	grouping_notes(&s->g, &s->notes);
}

/* As large as what there is, and never smaller again. */
static void grow(struct view *v)
{
	const struct values *s = v->state;
	int rows = (int)MIN(s->g.count, (uint32_t)ROWS_MOST) + 2; /* with the header and notes */

	v->want_rows = MAX(v->want_rows, MIN(rows, ROWS_MOST));
}

static unsigned update_view(struct view *v)
{
	struct values *s = v->state;
	unsigned did = grouping_update(&s->g, v), more = did & GROUPING_MORE ? REACT_MORE : 0;

	if (!(did & GROUPING_DRAW))
		return more;
	make_title(s);
	grow(v);
	follow(v);
	return REACT_DRAW | more;
}

static void settle_view(struct view *v)
{
	grouping_settle(&((struct values *)v->state)->g);
}

/* ---- narrowing ---- */

static bool is_chosen(const struct values *s, uint64_t place, uint32_t row)
{
	return s->marked_count ? is_marked(s, row) : place == s->table.cursor;
}

/* The value of a group as a part of the label. */
static void put_label(const struct values *s, uint32_t row, unsigned n, struct strbuf *out)
{
	if (n < NAMED) {
		strbuf_str(out, n ? ", " : "");
		group_text(s->g.shown, row, 0, out);
	} else if (n == NAMED) {
		strbuf_str(out, ", ...");
	}
}

/* Of all values chosen together; 0 when there are none. */
static int put_filter(const struct values *s, bool exclude, struct strbuf *text,
		      struct strbuf *label, struct err *e)
{
	unsigned n = 0;
	uint32_t row;

	strbuf_fmt(label, "%s%s: ", exclude ? "not " : "", s->g.columns[0].title);
	for (uint64_t i = 0; grouping_at(&s->g, i, &row); i++) {
		_cleanup_strbuf_ struct strbuf is = { 0 };
		int rc;

		if (!is_chosen(s, i, row))
			continue;
		rc = grouping_condition(&s->g, row, 0, exclude, &is, e);
		if (rc < 0)
			return rc;
		strbuf_str(text, !n ? "" : exclude ? " and " : " or ");
		filter_enclose(text, is.s);
		put_label(s, row, n++, label);
	}
	return (int)n;
}

static unsigned narrow(struct view *v, bool exclude)
{
	struct values *s = v->state;
	_cleanup_strbuf_ struct strbuf text = { 0 }, label = { 0 };
	struct err e = ERR_INIT;
	int n = put_filter(s, exclude, &text, &label, &e);

	if (!n)
		err_set(&e, -ENOENT, "no value stands here");
	if (n <= 0 || scope_push(ui_scope(v->ui), label.s, text.s, &e) < 0) {
		ui_say(v->ui, LOOK_WARN, "%s", e.text);
		return REACT_DRAW;
	}
	return REACT_CLOSE | REACT_DRAW_ALL;
}

/* ---- actions ---- */

/* The next one is the next to be marked. */
static unsigned mark(struct view *v)
{
	struct values *s = v->state;
	uint32_t row;

	if (!grouping_at(&s->g, s->table.cursor, &row) || group_is_other(s->g.shown, row))
		return REACT_NONE;
	toggle_mark(s, group_id(s->g.shown, row));
	s->picked = true;
	table_move(&s->table, s->g.count, list_height(v), ACT_DOWN, 1);
	remember(s);
	make_title(s);
	return REACT_DRAW;
}

static unsigned sort_by(struct view *v, unsigned column)
{
	struct values *s = v->state;
	struct grouping *g = &s->g;

	grouping_sort(g, column, g->sort == column ? !g->descending : grouping_falls(g, column));
	follow(v);
	return REACT_DRAW;
}

static unsigned click(struct view *v, const struct act_arg *arg)
{
	struct values *s = v->state;
	struct area area = { .rows = list_height(v), .cols = v->cols };
	unsigned column;

	if (table_at(&s->table, s->g.count, &area, arg, &s->table.cursor, &column)) {
		s->picked = true;
		remember(s);
		return s->table.order[column] == VALUE_MARK ? mark(v) : REACT_DRAW;
	}
	if (arg->y == 0 && s->table.order[column] != VALUE_MARK)
		return sort_by(v, s->table.order[column] - VALUE_TEXT);
	return REACT_DRAW;
}

static unsigned yank(struct view *v)
{
	struct values *s = v->state;
	_cleanup_strbuf_ struct strbuf text = { 0 };
	uint32_t row;

	if (!grouping_at(&s->g, s->table.cursor, &row))
		return REACT_NONE;
	group_text(s->g.shown, row, 0, &text);
	ui_yank(v->ui, strbuf_cstr(&text), text.len);
	return REACT_NONE;
}

/* As groups, where there is more to be asked of them. */
static unsigned group(struct view *v)
{
	struct values *s = v->state;
	struct act_arg arg = { .text = s->g.spec->keys[0].text, .y = -1, .x = -1 };

	ui_act(v->ui, "groups", ACT_GROUP, &arg);
	return REACT_CLOSE | REACT_DRAW_ALL;
}

static unsigned act_view(struct view *v, enum action a, const struct act_arg *arg)
{
	struct values *s = v->state;

	if (table_move(&s->table, s->g.count, list_height(v), a, arg->count)) {
		s->picked = a != ACT_FIRST || arg->count;
		remember(s);
		return REACT_DRAW;
	}
	switch (a) {
	case ACT_NONE:
		return click(v, arg);
	case ACT_TOGGLE:
	case ACT_PAUSE:
		return mark(v);
	case ACT_ENTER:
	case ACT_INCLUDE:
		return narrow(v, false);
	case ACT_EXCLUDE:
		return narrow(v, true);
	case ACT_SORT:
		return sort_by(v, (s->g.sort + 1) % s->g.column_count);
	case ACT_REVERSE:
		return sort_by(v, s->g.sort);
	case ACT_YANK_CELL:
		return yank(v);
	case ACT_GROUP:
		return group(v);
	default:
		return REACT_UNKNOWN;
	}
}

/* ---- on the screen ---- */

static void draw_view(const struct view *v, struct area *a)
{
	const struct values *s = v->state;
	struct area list = area_sub(a, 0, 0, list_height(v), a->cols);

	table_draw(&s->table, &value_model, s, &list, v->focus);
	if (!s->g.count)
		draw_str(&list, 1, 0, LOOK_DIM, s->g.busy ? "counting..." : "no row has one");
	if (list.rows < a->rows)
		draw_text(a, a->rows - 1, 0, a->cols, LOOK_WARN, s->notes.s, s->notes.len);
}

static void status(const struct view *v, struct strbuf *out)
{
	strbuf_str(out, strbuf_cstr(&((const struct values *)v->state)->title));
}

static const enum action hints[] = {
	ACT_INCLUDE, ACT_EXCLUDE, ACT_TOGGLE, ACT_SORT, ACT_REVERSE, ACT_GROUP, ACT_NONE,
};

static const struct view_ops values_ops = {
	.name = "values",
	.title = "Values",
	.size = sizeof(struct values),
	.hints = hints,
	.open = open_view,
	.close = close_view,
	.update = update_view,
	.draw = draw_view,
	.act = act_view,
	.status = status,
	.settle = settle_view,
};

void values_open(struct ui *ui, const char *key)
{
	ui_dialog(ui, &values_ops, (void *)(uintptr_t)key);
}

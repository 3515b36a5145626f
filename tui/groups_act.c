/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups_act: what keys and clicks do in the groups pane.
 *
 * One table from actions to functions. A row is a filter: looking into it and including or
 * excluding a value push crumbs to the scope; what is counted follows by itself.
 */
#include <errno.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/cockpit.h"
#include "tui/columns_dialog.h"
#include "tui/groups.h"
#include "tui/spectrum.h"
#include "tui/values.h"

/* ---- columns ---- */

static void add_help(const char *word, const char *help, void *data)
{
	const char **found = data; /* the word looked for, and where its help goes */

	if (!strcmp(word, found[0]))
		found[1] = help;
}

/* What a key or measure is, in the words of its help; a field is one. */
static const char *column_what(unsigned column, void *data)
{
	const struct groups *p = data;
	const struct group_spec *s = p->g.spec;
	const char *name = p->g.columns[column].name, *found[2] = { name, NULL };
	char word[16] = "";

	if (column < s->key_count) {
		group_each_key(add_help, found);
		return found[1] ? found[1] : "a field: rows are grouped by its value";
	}
	strncpy(word, name, MIN(strcspn(name, "("), sizeof(word) - 1));
	found[0] = word;
	group_each_measure(add_help, found);
	return found[1] ? found[1] : "measured of each group";
}

static void columns_changed(void *data)
{
	struct groups *p = data;

	p->chosen = p->dirty = true;
}

static unsigned do_columns(struct view *v, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);
	struct columns_choice c = {
		.table = &p->table,
		.what = column_what,
		.changed = columns_changed,
		.data = p,
	};

	return columns_choose(v->ui, &c, arg);
}

static unsigned widen(struct view *v, const struct act_arg *arg, int by)
{
	struct groups *p = groups_of(v);
	struct table_state t;
	unsigned c = p->table.order[p->table.column];

	groups_fit(p, v->cols, &t);
	if (table_widen(&t, v->cols, by * (int)MAX(arg->count, 1u))) {
		p->table.widths[c] = t.widths[c];
		p->chosen = true;
	}
	return REACT_DRAW;
}

static unsigned do_wider(struct view *v, const struct act_arg *arg)
{
	return widen(v, arg, 1);
}

static unsigned do_narrower(struct view *v, const struct act_arg *arg)
{
	return widen(v, arg, -1);
}

/* ---- order ---- */

/* The same column again turns the order round. */
static unsigned sort_by(struct view *v, unsigned column)
{
	struct grouping *g = &groups_of(v)->g;
	bool falls = g->sort == column ? !g->descending : grouping_falls(g, column);

	grouping_sort(g, column, falls);
	return REACT_DRAW;
}

static unsigned do_sort(struct view *v, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);

	if (!arg->text)
		return sort_by(v, p->table.order[p->table.column]);
	for (unsigned i = 0; i < p->g.column_count; i++)
		if (!strcmp(p->g.columns[i].name, arg->text))
			return sort_by(v, i);
	ui_say(v->ui, LOOK_ERROR, "there is no column '%s' to sort by", arg->text);
	return REACT_DRAW;
}

static unsigned do_reverse(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return sort_by(v, groups_of(v)->g.sort);
}

static unsigned do_pause(struct view *v, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);

	(void)arg;
	grouping_hold(&p->g, !p->g.held);
	return REACT_DRAW;
}

/* ---- narrowing ---- */

static unsigned nothing(struct view *v)
{
	ui_say(v->ui, LOOK_WARN, "no group stands here");
	return REACT_NONE;
}

static bool push(struct view *v, const char *label, const char *text)
{
	struct scope *s = ui_scope(v->ui);
	struct err e = ERR_INIT;

	/* Twice the same narrows nothing, and would be two steps back. */
	if (s->count && s->crumbs[s->count - 1].on && !strcmp(s->crumbs[s->count - 1].text, text))
		return true;
	if (scope_push(s, label, text, &e) >= 0)
		return true;
	ui_say(v->ui, LOOK_ERROR, "%s", e.text);
	return false;
}

/* The events of one group, and over to them. */
static unsigned do_enter(struct view *v, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);
	struct area area = { .rows = groups_height(v), .cols = v->cols };
	_cleanup_strbuf_ struct strbuf text = { 0 }, label = { 0 };
	struct table_state t;
	struct err e = ERR_INIT;
	uint64_t place;
	unsigned column;
	uint32_t row;

	groups_fit(p, v->cols, &t);
	/* Two clicks on a header sort twice and mean no row. */
	if (arg->y >= 0 && !table_at(&t, p->g.count, &area, arg, &place, &column))
		return REACT_NONE;
	if (!groups_row(p, &row))
		return nothing(v);
	if (group_filter(p->g.shown, row, &text, &label, &e) < 0) {
		ui_say(v->ui, LOOK_WARN, "%s", e.text);
		return REACT_DRAW;
	}
	p->picked = true;
	if (push(v, label.s, text.s))
		ui_act(v->ui, "events", ACT_EVENTS, NULL);
	return REACT_DRAW_ALL;
}

/* All about the process that the row is of. */
static bool open_cockpit(struct view *v)
{
	struct groups *p = groups_of(v);
	struct cockpit_who who = { .at = ui_now(v->ui) };
	uint32_t row;

	if (!groups_row(p, &row) || !group_process(p->g.shown, row, &who.pid, &who.index))
		return false;
	who.tid = who.pid;
	p->picked = true;
	cockpit_open(v->ui, &who);
	return true;
}

static unsigned do_cockpit(struct view *v, const struct act_arg *arg)
{
	if (arg->text)
		return REACT_UNKNOWN;
	if (!open_cockpit(v))
		ui_say(v->ui, LOOK_WARN, "this row is of no one process: group by process");
	return REACT_DRAW;
}

/* A row that is a process leads to its cockpit, each other one to its events. */
static unsigned do_look(struct view *v, const struct act_arg *arg)
{
	const struct group_spec *s = groups_of(v)->g.spec;

	if (arg->y < 0 && s->key_count == 1 && s->keys[0].kind == GROUP_PROCESS && open_cockpit(v))
		return REACT_DRAW;
	return do_enter(v, arg);
}

static unsigned narrow(struct view *v, bool exclude)
{
	struct groups *p = groups_of(v);
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct err e = ERR_INIT;
	uint32_t row;

	if (!groups_row(p, &row))
		return nothing(v);
	if (grouping_condition(&p->g, row, p->table.order[p->table.column], exclude, &text, &e) <
	    0) {
		ui_say(v->ui, LOOK_WARN, "%s", e.text);
		return REACT_DRAW;
	}
	/* What somebody narrows here he wants to see. */
	grouping_hold(&p->g, false);
	push(v, text.s, text.s);
	return REACT_DRAW_ALL;
}

static unsigned do_include(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return narrow(v, false);
}

static unsigned do_exclude(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return narrow(v, true);
}

/* The values of what the column says, whatever else rows are grouped by. */
static unsigned do_values(struct view *v, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);
	unsigned column = p->table.order[p->table.column];
	_cleanup_strbuf_ struct strbuf key = { 0 };

	if (arg->text)
		values_open(v->ui, arg->text);
	else if (grouping_column_key(&p->g, column, &key))
		values_open(v->ui, key.s);
	else
		ui_say(v->ui, LOOK_WARN, "%s has no values of its own; go to a key or a field",
		       p->g.columns[column].title);
	return REACT_DRAW;
}

/* ---- copying ---- */

static unsigned yank(struct view *v, unsigned from, unsigned count)
{
	struct groups *p = groups_of(v);
	_cleanup_strbuf_ struct strbuf b = { 0 };
	uint32_t row;

	if (!groups_row(p, &row))
		return nothing(v);
	for (unsigned i = from; i < from + count; i++) {
		struct table_cell cell = { .text = &b };

		if (b.len)
			strbuf_char(&b, '\t');
		grouping_model.cell(&p->g, p->table.cursor, p->table.order[i], &cell);
	}
	ui_yank(v->ui, strbuf_cstr(&b), b.len);
	return REACT_NONE;
}

static unsigned do_yank_row(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return yank(v, 0, groups_of(v)->table.shown);
}

static unsigned do_yank_cell(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return yank(v, groups_of(v)->table.column, 1);
}

/* ---- actions ---- */

/* A click in the header sorts; one on a row puts the cursor there. */
static unsigned do_click(struct view *v, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);
	struct area a = { .rows = groups_height(v), .cols = v->cols };
	struct table_state t;
	uint64_t row;
	unsigned column;

	if (arg->y < 0)
		return REACT_UNKNOWN;
	groups_fit(p, v->cols, &t);
	if (table_at(&t, p->g.count, &a, arg, &row, &column)) {
		p->table.cursor = row;
		p->table.column = column;
		p->picked = true;
		groups_remember(p);
	} else if (arg->y == 0) {
		return sort_by(v, t.order[column]);
	}
	return REACT_DRAW;
}

static unsigned do_cancel(struct view *v, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);

	(void)arg;
	return groups_write_stop(p) || groups_find_forget(p) ? REACT_DRAW : REACT_UNKNOWN;
}

typedef unsigned (*act_fn)(struct view *v, const struct act_arg *arg);

static const act_fn acts[ACT_COUNT] = {
	[ACT_NONE] = do_click,		[ACT_ENTER] = do_look,	     [ACT_GROUP] = groups_prompt,
	[ACT_SORT] = do_sort,		[ACT_REVERSE] = do_reverse,  [ACT_PAUSE] = do_pause,
	[ACT_INCLUDE] = do_include,	[ACT_EXCLUDE] = do_exclude,  [ACT_VALUES] = do_values,
	[ACT_COLUMNS] = do_columns,	[ACT_WIDER] = do_wider,	     [ACT_NARROWER] = do_narrower,
	[ACT_COCKPIT] = do_cockpit,	[ACT_ITS_EVENTS] = do_enter, [ACT_YANK_ROW] = do_yank_row,
	[ACT_YANK_CELL] = do_yank_cell, [ACT_CANCEL] = do_cancel,    [ACT_WRITE] = groups_write,
};

/* Of the field that the column is of; where it is of none the frame knows what to do. */
static unsigned show_numbers(struct view *v, enum action a, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);
	_cleanup_strbuf_ struct strbuf key = { 0 };
	struct numeric *n = NULL;

	if (arg->text || !grouping_column_key(&p->g, p->table.order[p->table.column], &key) ||
	    numeric_new(key.s, &n, NULL) < 0)
		return REACT_UNKNOWN;
	numeric_free(n);
	spectrum_act(v->ui, a, &(struct act_arg) { .text = key.s, .y = -1, .x = -1 });
	return REACT_DRAW_ALL;
}

static bool is_search(enum action a)
{
	return a == ACT_SEARCH || a == ACT_SEARCH_NEXT || a == ACT_SEARCH_PREV;
}

unsigned groups_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct groups *p = groups_of(v);
	unsigned react;

	if (table_move(&p->table, p->g.count, groups_height(v), a, arg->count)) {
		if (a == ACT_FIRST && !arg->count)
			p->picked = false;
		else if (a != ACT_LEFT && a != ACT_RIGHT)
			p->picked = true;
		groups_remember(p);
		p->dirty = true;
		return REACT_DRAW;
	}
	if (is_search(a))
		return groups_search(v, a, arg);
	if (a == ACT_HISTOGRAM || a == ACT_HEAT_MAP)
		return show_numbers(v, a, arg);
	react = acts[a] ? acts[a](v, arg) : REACT_UNKNOWN;
	p->dirty |= !(react & REACT_UNKNOWN);
	return react;
}

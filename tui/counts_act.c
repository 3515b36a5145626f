/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_act: what keys and clicks do in the table of a tracer.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tui/columns_dialog.h"
#include "tui/counts_view.h"

typedef unsigned (*act_fn)(struct view *v, const struct act_arg *arg);

void counts_remember(struct counts_view *c)
{
	const uint8_t *rec = counts_model_at(&c->m, c->table.cursor);

	free(c->key);
	c->key = NULL;
	if (!rec)
		return;
	c->key = xcalloc(1, c->m.now->stride + 1);
	memcpy(c->key, rec, c->m.now->size);
}

static unsigned nothing(struct view *v)
{
	ui_say(v->ui, LOOK_WARN, "no row stands here");
	return REACT_DRAW;
}

/* ---- order ---- */

static unsigned sort_by(struct view *v, unsigned column)
{
	struct counts_view *c = counts_view_of(v);
	uint64_t at;

	counts_model_sort(&c->m, column);
	if (c->picked && c->key && counts_model_find(&c->m, c->key, &at))
		table_carry(&c->table, at);
	return REACT_DRAW;
}

static unsigned do_sort(struct view *v, const struct act_arg *arg)
{
	struct counts_view *c = counts_view_of(v);
	int column = arg->text ? counts_model_column(&c->m, arg->text) : -1;

	if (arg->text && column < 0)
		ui_say(v->ui, LOOK_ERROR, "there is no column '%s' to sort by", arg->text);
	else if (c->m.column_count)
		return sort_by(v, arg->text ? (unsigned)column : c->table.order[c->table.column]);
	return REACT_DRAW;
}

static unsigned do_reverse(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	counts_model_reverse(&counts_view_of(v)->m);
	return REACT_DRAW;
}

static unsigned do_pause(struct view *v, const struct act_arg *arg)
{
	struct counts_view *c = counts_view_of(v);

	(void)arg;
	c->held = !c->held;
	c->looked = 0;
	return REACT_DRAW;
}

static unsigned do_columns(struct view *v, const struct act_arg *arg)
{
	struct counts_view *c = counts_view_of(v);
	struct columns_choice choice = { .table = &c->table, .data = c };

	return c->m.column_count ? columns_choose(v->ui, &choice, arg) : REACT_NONE;
}

/* ---- finding ---- */

static void only_done(const char *text, void *data)
{
	struct counts_view *c = counts_view_of(data);

	if (!text)
		return;
	counts_model_only(&c->m, text);
	table_fit(&c->table, c->m.count, counts_height(data));
}

static unsigned do_filter(struct view *v, const struct act_arg *arg)
{
	static const struct prompt_ops ops = { .label = "rows with", .done = only_done };
	struct counts_view *c = counts_view_of(v);

	if (arg->text)
		only_done(arg->text, v);
	else
		ui_prompt(v->ui, &ops, c->m.only ? c->m.only : "", v);
	return REACT_DRAW;
}

static unsigned do_clear(struct view *v, const struct act_arg *arg)
{
	struct counts_view *c = counts_view_of(v);

	(void)arg;
	if (!c->m.only)
		return REACT_UNKNOWN;
	counts_model_only(&c->m, NULL);
	return REACT_DRAW;
}

/* The count-th row behind the cursor (before it: back) that shows the text; round at the end. */
static void go(struct view *v, bool back, unsigned count)
{
	struct counts_view *c = counts_view_of(v);
	uint64_t n = c->m.count, at = MIN(c->table.cursor, n ? n - 1 : 0);

	for (uint64_t i = 0; i < n; i++) {
		at = back ? (at + n - 1) % n : (at + 1) % n;
		if (!counts_model_shows(&c->m, counts_model_at(&c->m, at), c->search) || --count)
			continue;
		c->table.cursor = at;
		c->picked = true;
		counts_remember(c);
		table_fit(&c->table, n, counts_height(v));
		return;
	}
	ui_say(v->ui, LOOK_WARN, "no row shows '%s'", c->search);
}

static void search_done(const char *text, void *data)
{
	struct counts_view *c = counts_view_of(data);

	if (!text)
		return;
	free(c->search);
	c->search = *text ? xstrdup(text) : NULL;
	if (c->search)
		go(data, false, 1);
}

static unsigned do_search(struct view *v, const struct act_arg *arg)
{
	static const struct prompt_ops ops = { .label = "search table", .done = search_done };

	if (arg->text)
		search_done(arg->text, v);
	else
		ui_prompt(v->ui, &ops, "", v);
	return REACT_DRAW;
}

static unsigned step(struct view *v, const struct act_arg *arg, bool back)
{
	if (counts_view_of(v)->search)
		go(v, back, MAX(arg->count, 1u));
	else
		ui_say(v->ui, LOOK_WARN, "nothing was searched for yet");
	return REACT_DRAW;
}

static unsigned do_next(struct view *v, const struct act_arg *arg)
{
	return step(v, arg, false);
}

static unsigned do_prev(struct view *v, const struct act_arg *arg)
{
	return step(v, arg, true);
}

/* ---- narrowing the events ---- */

/* The rows of this key, which the tracer gives once a second, or all but them. */
static unsigned narrow(struct view *v, bool exclude)
{
	struct counts_view *c = counts_view_of(v);
	const uint8_t *rec = counts_model_at(&c->m, c->table.cursor);
	_cleanup_strbuf_ struct strbuf text = { 0 }, is = { 0 }, label = { 0 };
	struct err e = ERR_INIT;

	if (!rec)
		return nothing(v);
	strbuf_fmt(&label, "%s%s:", exclude ? "not " : "", c->m.name);
	for (unsigned i = 0; i < c->m.column_count; i++)
		if (c->m.what[i].what == COUNTS_KEY) {
			strbuf_char(&label, ' ');
			counts_model_text(&c->m, rec, i, &label);
		}
	if (counts_model_condition(&c->m, rec, &is, &e) >= 0) {
		strbuf_fmt(&text, exclude ? "not (%s)" : "%s", is.s);
		if (scope_push(ui_scope(v->ui), label.s, text.s, &e) >= 0)
			return REACT_CLOSE | REACT_DRAW_ALL;
	}
	ui_say(v->ui, LOOK_WARN, "%s", e.text);
	return REACT_DRAW;
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

/* ---- the rest ---- */

static unsigned yank(struct view *v, unsigned from, unsigned count)
{
	struct counts_view *c = counts_view_of(v);
	const uint8_t *rec = counts_model_at(&c->m, c->table.cursor);
	_cleanup_strbuf_ struct strbuf b = { 0 };

	if (!rec)
		return nothing(v);
	for (unsigned i = from; i < from + count; i++) {
		if (b.len)
			strbuf_char(&b, '\t');
		counts_model_text(&c->m, rec, c->table.order[i], &b);
	}
	ui_yank(v->ui, strbuf_cstr(&b), b.len);
	return REACT_NONE;
}

static unsigned do_yank_row(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return yank(v, 0, counts_view_of(v)->table.shown);
}

static unsigned do_yank_cell(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return yank(v, counts_view_of(v)->table.column, 1);
}

/* A click in the header sorts; one on a row puts the cursor there. */
static unsigned do_click(struct view *v, const struct act_arg *arg)
{
	struct counts_view *c = counts_view_of(v);
	struct area a = { .rows = counts_height(v), .cols = v->cols };
	unsigned column;
	uint64_t row;

	if (arg->y < 0 || !c->m.column_count)
		return REACT_UNKNOWN;
	if (table_at(&c->table, c->m.count, &a, arg, &row, &column)) {
		c->table.cursor = row;
		c->table.column = column;
		c->picked = true;
		counts_remember(c);
	} else if (arg->y == 0) {
		return sort_by(v, c->table.order[column]);
	}
	return REACT_DRAW;
}

static unsigned do_cancel(struct view *v, const struct act_arg *arg)
{
	(void)v;
	(void)arg;
	return REACT_CLOSE;
}

/* What narrows goes first. */
static unsigned do_back(struct view *v, const struct act_arg *arg)
{
	return do_clear(v, arg) == REACT_UNKNOWN ? REACT_CLOSE : REACT_DRAW;
}

static const act_fn acts[ACT_COUNT] = {
	[ACT_NONE] = do_click,	       [ACT_SORT] = do_sort,	       [ACT_REVERSE] = do_reverse,
	[ACT_PAUSE] = do_pause,	       [ACT_COLUMNS] = do_columns,     [ACT_FILTER] = do_filter,
	[ACT_FILTER_CLEAR] = do_clear, [ACT_SEARCH] = do_search,       [ACT_SEARCH_NEXT] = do_next,
	[ACT_SEARCH_PREV] = do_prev,   [ACT_INCLUDE] = do_include,     [ACT_EXCLUDE] = do_exclude,
	[ACT_YANK_ROW] = do_yank_row,  [ACT_YANK_CELL] = do_yank_cell, [ACT_WRITE] = counts_write,
	[ACT_CANCEL] = do_cancel,      [ACT_BACK] = do_back,
};

unsigned counts_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct counts_view *c = counts_view_of(v);

	if (c->m.column_count &&
	    table_move(&c->table, c->m.count, counts_height(v), a, arg->count)) {
		if (a != ACT_LEFT && a != ACT_RIGHT)
			c->picked = a != ACT_FIRST || arg->count;
		counts_remember(c);
		return REACT_DRAW;
	}
	return acts[a] ? acts[a](v, arg) : REACT_UNKNOWN;
}

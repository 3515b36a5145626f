/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_act: what keys and clicks do in the tracers pane: one table from actions to functions.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "tui/tracers.h"
#include "tui/tracers_pair.h"

typedef unsigned (*act_fn)(struct tracers *t, const struct act_arg *arg);

/* ---- folding ---- */

/* What was unfolded at the bottom of the pane comes into sight. */
static void show_below(struct tracers *t, const struct node *n)
{
	uint64_t sight = (uint64_t)(t->view->rows > 2 ? t->view->rows - 1 : 1);
	uint64_t below = n->count < sight / 2 ? n->count : sight / 2;

	if (t->table.cursor + below >= t->table.top + sight)
		t->table.top = t->table.cursor + below - sight + 1;
	table_fit(&t->table, t->line_count, t->view->rows);
}

static void fold(struct tracers *t, struct node *n, bool open)
{
	n->unfolded = open;
	if (open)
		tree_load(t, n, n->kind == NODE_OTHERS);
	lines_build(t);
	if (open)
		show_below(t, n);
}

static unsigned do_left(struct tracers *t, const struct act_arg *arg)
{
	struct node *n = lines_cursor(t);

	(void)arg;
	if (!n)
		return REACT_NONE;
	if (n->unfolded && !t->search.narrow && !t->only_on)
		fold(t, n, false);
	else if (n->parent && n->parent->parent)
		lines_go(t, n->parent);
	return REACT_DRAW;
}

static unsigned do_right(struct tracers *t, const struct act_arg *arg)
{
	struct node *n = lines_cursor(t);

	(void)arg;
	if (!n)
		return REACT_NONE;
	if (!n->unfolded && (node_has_children(n) || n->kind == NODE_MISSING))
		fold(t, n, true);
	else if (n->count && t->table.cursor + 1 < t->line_count)
		table_move(&t->table, t->line_count, t->view->rows, ACT_DOWN, 1);
	return REACT_DRAW;
}

/* A double click counts on a line, not in the header, and not on the glyph, which switches. */
static bool is_beside(const struct tracers *t, const struct act_arg *arg)
{
	struct area a = { .rows = t->view->rows, .cols = t->view->cols };
	unsigned column;
	uint64_t row;

	if (arg->y < 0)
		return false;
	return !table_at(&t->table, t->line_count, &a, arg, &row, &column) ||
	       t->table.order[column] == 0;
}

static unsigned do_enter(struct tracers *t, const struct act_arg *arg)
{
	struct node *n = lines_cursor(t);

	if (!n || is_beside(t, arg))
		return REACT_NONE;
	if (node_has_children(n))
		fold(t, n, !n->unfolded);
	else if (n->gives == GIVES_TABLE && n->state == TRACER_ON)
		return switch_table(t, n);
	else
		detail_open_node(t, n);
	return REACT_DRAW;
}

static unsigned do_detail(struct tracers *t, const struct act_arg *arg)
{
	struct node *n = lines_cursor(t);

	(void)arg;
	if (n)
		detail_open_node(t, n);
	return REACT_DRAW;
}

static unsigned do_table(struct tracers *t, const struct act_arg *arg)
{
	struct node *n = lines_cursor(t);

	(void)arg;
	return n ? switch_table(t, n) : REACT_NONE;
}

static unsigned do_log(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	return log_open(t, lines_cursor(t));
}

/* A click on the glyph switches, one on the mark in front of the name folds. */
static unsigned do_click(struct tracers *t, const struct act_arg *arg)
{
	struct area a = { .rows = t->view->rows, .cols = t->view->cols };
	unsigned column, depth = 0;
	uint64_t row;
	struct node *n;
	int x, width;

	if (arg->y < 0 || !table_at(&t->table, t->line_count, &a, arg, &row, &column))
		return REACT_DRAW;
	t->table.cursor = row;
	n = lines_cursor(t);
	if (t->table.order[column] == 0)
		return switch_toggle(t, n);
	for (const struct node *p = n->parent; p && p->parent; p = p->parent)
		depth++;
	if (t->table.order[column] == 1 && node_has_children(n) &&
	    table_place(&t->table, a.cols, column, &x, &width) && arg->x == x + (int)depth)
		fold(t, n, !n->unfolded);
	return REACT_DRAW;
}

/* ---- narrowing the events ---- */

/* Appends the comparison that is true for the node's events only; false where there is none. */
static bool put_filter(struct tracers *t, const struct node *n, struct strbuf *text)
{
	_cleanup_strbuf_ struct strbuf name = { 0 };
	const struct schema *s = NULL;
	struct backend *b = node_backend(t, n);

	if (n->kind == NODE_GROUP && strcmp(n->name, "tracer") != 0) {
		strbuf_str(text, "system == ");
		filter_quote(text, n->name, strlen(n->name));
		return true;
	}
	if (n->kind != NODE_TRACER || !b || !b->ops->schema ||
	    b->ops->schema(b, n->parent->name, n->name, &s, NULL) < 0)
		return false;
	/* The records of a function tracer are events of the system ftrace. */
	strbuf_fmt(&name, "%s:%s", s->system, s->name);
	strbuf_str(text, "event == ");
	filter_quote(text, name.s, name.len);
	return true;
}

static unsigned narrow(struct tracers *t, bool include)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, label = { 0 };
	struct node *n = lines_cursor(t);
	struct err e = ERR_INIT;

	if (!include)
		strbuf_str(&text, "not (");
	if (!n || !put_filter(t, n, &text)) {
		ui_say(t->ui, LOOK_DIM, "there are no events of this");
		return REACT_DRAW;
	}
	if (!include)
		strbuf_char(&text, ')');
	strbuf_str(&label, include ? "" : "no ");
	node_title(n, &label);
	if (scope_push(ui_scope(t->ui), label.s, text.s, &e) < 0)
		ui_say(t->ui, LOOK_ERROR, "%s", e.text);
	return REACT_DRAW_ALL;
}

static unsigned do_include(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	return narrow(t, true);
}

static unsigned do_exclude(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	return narrow(t, false);
}

/* ---- the rest ---- */

static unsigned do_toggle(struct tracers *t, const struct act_arg *arg)
{
	struct node *n = lines_cursor(t);

	(void)arg;
	return n ? switch_toggle(t, n) : REACT_NONE;
}

static unsigned do_next(struct tracers *t, const struct act_arg *arg)
{
	return search_step(t, arg->count, false);
}

static unsigned do_prev(struct tracers *t, const struct act_arg *arg)
{
	return search_step(t, arg->count, true);
}

static unsigned do_only_on(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	t->only_on = !t->only_on;
	lines_build(t);
	return REACT_DRAW;
}

static unsigned do_noisiest(struct tracers *t, const struct act_arg *arg)
{
	return switch_noisiest(t, arg->count);
}

static unsigned do_all_off(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	return switch_all_off(t);
}

static unsigned do_cancel(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	return switch_stop(t) || search_clear(t) ? REACT_DRAW : REACT_UNKNOWN;
}

static unsigned do_clear(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	return search_clear(t) ? REACT_DRAW : REACT_UNKNOWN;
}

static unsigned do_yank(struct tracers *t, const struct act_arg *arg)
{
	_cleanup_strbuf_ struct strbuf name = { 0 };

	(void)arg;
	if (!lines_cursor(t))
		return REACT_NONE;
	node_title(lines_cursor(t), &name);
	ui_yank(t->ui, name.s, name.len);
	return REACT_DRAW;
}

static unsigned do_yank_filter(struct tracers *t, const struct act_arg *arg)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	(void)arg;
	if (lines_cursor(t) && put_filter(t, lines_cursor(t), &text))
		ui_yank(t->ui, text.s, text.len);
	return REACT_DRAW;
}

/* Modules and probes come and go: with the screen the names are taken anew. */
static unsigned do_redraw(struct tracers *t, const struct act_arg *arg)
{
	(void)arg;
	switch_stop(t);
	for (size_t i = 0; i < t->root.count; i++) {
		struct node *b = t->root.children[i];

		if (b->kind == NODE_BACKEND || b->unfolded)
			tree_load(t, b, true);
		for (size_t k = 0; k < b->count; k++)
			if (b->children[k]->kind == NODE_GROUP && b->children[k]->loaded)
				tree_load(t, b->children[k], true);
	}
	lines_build(t);
	return REACT_UNKNOWN;
}

/* ---- columns ---- */

static int check_columns(const char *text, struct err *e, void *data)
{
	struct table_state state = tracers_of(data)->table;

	return table_set_columns(&state, text, e) < 0 ? -1 : 1;
}

static void take_columns(const char *text, void *data)
{
	struct tracers *t = tracers_of(data);
	struct err e = ERR_INIT;

	if (!text)
		return;
	if (table_set_columns(&t->table, text, &e) < 0)
		ui_say(t->ui, LOOK_ERROR, "%s", e.text);
	else
		t->columns_chosen = true;
}

static void complete_column(const char *text, size_t at, size_t *from, struct strbuf *out,
			    void *data)
{
	size_t begin = at;

	(void)data;
	while (begin && text[begin - 1] != ' ')
		begin--;
	*from = begin;
	for (unsigned i = 0; i < tracers_column_count; i++)
		if (!strncmp(tracers_columns[i].name, text + begin, at - begin))
			strbuf_fmt(out, "%s\n", tracers_columns[i].name);
}

static unsigned do_columns(struct tracers *t, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "tracer columns",
		.check = check_columns,
		.complete = complete_column,
		.done = take_columns,
	};
	_cleanup_strbuf_ struct strbuf now = { 0 };

	if (arg->text) {
		take_columns(arg->text, t->view);
		return REACT_DRAW;
	}
	table_get_columns(&t->table, &now);
	ui_prompt(t->ui, &ops, strbuf_cstr(&now), t->view);
	return REACT_DRAW;
}

/* ---- the table ---- */

static const act_fn acts[ACT_COUNT] = {
	[ACT_NONE] = do_click,
	[ACT_LEFT] = do_left,
	[ACT_RIGHT] = do_right,
	[ACT_ENTER] = do_enter,
	[ACT_BACK] = do_clear,
	[ACT_TOGGLE] = do_toggle,
	[ACT_FILTER] = search_open,
	[ACT_SEARCH] = search_open,
	[ACT_FILTER_CLEAR] = do_clear,
	[ACT_SEARCH_NEXT] = do_next,
	[ACT_SEARCH_PREV] = do_prev,
	[ACT_INCLUDE] = do_include,
	[ACT_EXCLUDE] = do_exclude,
	[ACT_ONLY_ON] = do_only_on,
	[ACT_NOISIEST_OFF] = do_noisiest,
	[ACT_ALL_OFF] = do_all_off,
	[ACT_PAIR] = pair_prompt,
	[ACT_OPTION] = option_prompt,
	[ACT_LOG] = do_log,
	[ACT_TABLE] = do_table,
	[ACT_DETAIL] = do_detail,
	[ACT_CANCEL] = do_cancel,
	[ACT_COLUMNS] = do_columns,
	[ACT_YANK_ROW] = do_yank,
	[ACT_YANK_CELL] = do_yank,
	[ACT_YANK_FILTER] = do_yank_filter,
	[ACT_REDRAW] = do_redraw,
};

/* What is to be known of the line one came to: why it failed, or what it is. */
static void say_of(struct tracers *t, const struct node *before)
{
	const struct node *n = lines_cursor(t);

	if (!n || n == before || t->job.active)
		return;
	if (n->kind == NODE_TRACER && n->state == TRACER_FAILED && n->reason)
		ui_say(t->ui, LOOK_ERROR, "%s: %s", n->name, n->reason);
	else if (n->kind == NODE_MISSING)
		ui_say(t->ui, LOOK_ERROR, "%s: %s", n->name, n->text);
	else if (n->kind == NODE_TRACER && n->cost)
		ui_say(t->ui, LOOK_DIM, "%s: %s; %s", n->name, n->text ? n->text : "", n->cost);
	else if (n->kind == NODE_TRACER && n->text && n->state == TRACER_OFF)
		ui_say(t->ui, LOOK_DIM, "%s: %s", n->name, n->text);
}

unsigned tracers_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct tracers *t = tracers_of(v);
	const struct node *before = lines_cursor(t);
	unsigned bits = REACT_DRAW;

	if (acts[a])
		bits = acts[a](t, arg);
	else if (!table_move(&t->table, t->line_count, v->rows, a, arg->count))
		return REACT_UNKNOWN;
	/* The remembered place is where one was, not where one has gone since. */
	free(t->want_cursor);
	t->want_cursor = NULL;
	say_of(t, before);
	return bits;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_act: what keys and clicks do in the processes pane.
 *
 * One table from actions to functions. Narrowing pushes crumbs to the scope and never changes
 * what is counted here.
 */
#include "tui/processes_pane.h"

#define TREE_COMM 26 /* columns of the name when it is indented */

/* ---- columns ---- */

static bool is_shown(const struct table_state *t, unsigned column)
{
	for (unsigned i = 0; i < t->shown; i++)
		if (t->order[i] == column)
			return true;
	return false;
}

void pane_show_tids(struct pane *p, bool on)
{
	struct table_state *t = &p->table;
	uint8_t under = t->order[t->column];
	unsigned to = 0;

	if (p->chosen || is_shown(t, PROCESS_TID) == on)
		return;
	for (unsigned i = 0; i < t->shown; i++)
		if (t->order[i] != PROCESS_TID)
			t->order[to++] = t->order[i];
	t->shown = to;
	if (on) { /* behind the pid */
		memmove(t->order + 2, t->order + 1, (to - 1) * sizeof(*t->order));
		t->order[1] = PROCESS_TID;
		t->shown++;
	}
	/* The cursor stays on its column. */
	for (unsigned i = 0; i < t->shown; i++)
		if (t->order[i] == under)
			t->column = i;
	t->column = MIN(t->column, t->shown - 1);
}

/* What follows from the columns and modes as they are now. */
void pane_adapt(struct pane *p)
{
	/* What /proc is asked for. */
	static const uint8_t details[] = {
		PROCESS_UID,	   PROCESS_USER, PROCESS_EXE,	 PROCESS_CMDLINE,
		PROCESS_CONTAINER, PROCESS_UNIT, PROCESS_CGROUP, PROCESS_PIDNS,
	};
	const struct table_state *t = &p->table;
	bool was = p->model.details;

	p->model.details = false;
	for (size_t i = 0; i < ARRAY_SIZE(details); i++)
		p->model.details |= is_shown(t, details[i]);
	if (p->model.details && !was)
		for (uint32_t i = 0; i < p->model.count; i++)
			p->model.rows[i].detailed = false;
	p->columns[PROCESS_COMM].width =
	    p->model.tree ? TREE_COMM : process_columns[PROCESS_COMM].width;
}

static int check_columns(const char *text, struct err *e, void *data)
{
	struct pane *p = ((struct view *)data)->state;
	struct table_state t = p->table;

	return table_set_columns(&t, text, e) < 0 ? -1 : 1;
}

static void take_columns(const char *text, void *data)
{
	struct view *v = data;
	struct pane *p = v->state;
	struct err e = ERR_INIT;

	if (!text)
		return;
	if (table_set_columns(&p->table, text, &e) < 0)
		ui_say(v->ui, LOOK_ERROR, "%s", e.text);
	else
		p->chosen = true;
	pane_adapt(p);
}

/* Names of columns that begin with the word at the cursor. */
static void complete_column(const char *text, size_t at, size_t *from, struct strbuf *out,
			    void *data)
{
	size_t begin = at;

	(void)data;
	while (begin && text[begin - 1] != ' ')
		begin--;
	*from = begin;
	for (unsigned i = 0; i < PROCESS_COLUMNS; i++)
		if (!strncmp(process_columns[i].name, text + begin, at - begin))
			strbuf_fmt(out, "%s\n", process_columns[i].name);
}

static unsigned do_columns(struct view *v, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "process columns",
		.check = check_columns,
		.complete = complete_column,
		.done = take_columns,
	};
	struct pane *p = v->state;
	struct strbuf now = { 0 };

	if (arg->text) {
		take_columns(arg->text, v);
		return REACT_DRAW;
	}
	table_get_columns(&p->table, &now);
	ui_prompt(v->ui, &ops, strbuf_cstr(&now), v);
	strbuf_done(&now);
	return REACT_DRAW;
}

static unsigned widen(struct view *v, const struct act_arg *arg, int by)
{
	struct pane *p = v->state;

	if (table_widen(&p->table, v->cols, by * (int)MAX(arg->count, 1u)))
		p->chosen = true;
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

/* ---- order and choice of rows ---- */

int pane_column(const char *name)
{
	for (unsigned i = 0; i < PROCESS_COLUMNS; i++)
		if (!strcmp(process_columns[i].name, name))
			return (int)i;
	return -1;
}

/* The same column again turns the order round. */
static void sort_by(struct view *v, enum process_column c)
{
	struct processes *m = &((struct pane *)v->state)->model;

	if (m->sort == c)
		m->descending = !m->descending;
	else
		processes_sort(m, c);
	pane_arrange(v);
}

static unsigned do_sort(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;
	int c = arg->text ? pane_column(arg->text) : (int)p->table.order[p->table.column];

	if (c < 0)
		ui_say(v->ui, LOOK_ERROR, "there is no column '%s' to sort by", arg->text);
	else
		sort_by(v, (enum process_column)c);
	return REACT_DRAW;
}

static unsigned do_reverse(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;

	(void)arg;
	p->model.descending = !p->model.descending;
	pane_arrange(v);
	return REACT_DRAW;
}

/* Puts the cursor on the process (its first thread) that it was on. */
static void find_pid(struct view *v, int32_t pid)
{
	struct pane *p = v->state;

	for (uint32_t i = 0; i < p->model.shown; i++) {
		const struct process_row *r = processes_at(&p->model, i);

		if (r->pid != pid || (p->model.threads && r->tid != pid))
			continue;
		p->table.cursor = i;
		table_fit(&p->table, p->model.shown, v->rows);
		pane_remember(p);
		return;
	}
	p->picked = false;
	pane_follow(v);
}

static unsigned do_threads(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;
	const struct process_row *r = pane_row(p);
	int32_t pid = r ? r->pid : -1;
	bool picked = p->picked;

	(void)arg;
	processes_threads(&p->model, !p->model.threads);
	pane_look(v, ui_now(v->ui));
	if (picked && pid >= 0)
		find_pid(v, pid);
	return REACT_DRAW;
}

static unsigned do_tree(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;

	(void)arg;
	p->model.tree = !p->model.tree;
	pane_adapt(p);
	pane_arrange(v);
	return REACT_DRAW;
}

/* ":fold all", ":fold none", or the row under the cursor. */
static unsigned do_fold(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;
	const struct process_row *r = pane_row(p);
	bool all = arg->text && !strcmp(arg->text, "all");

	if (!p->model.tree) {
		ui_say(v->ui, LOOK_WARN, "only the tree has what can be folded");
		return REACT_NONE;
	}
	if (arg->text && !all && strcmp(arg->text, "none") != 0) {
		ui_say(v->ui, LOOK_ERROR, "fold: all, none, or nothing for this row");
		return REACT_NONE;
	}
	if (arg->text)
		processes_fold_all(&p->model, all);
	else if (r && r->below)
		processes_fold(&p->model, p->table.cursor, !r->folded);
	pane_arrange(v);
	return REACT_DRAW;
}

static unsigned do_gone(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;

	(void)arg;
	p->model.hide_gone = !p->model.hide_gone;
	pane_arrange(v);
	return REACT_DRAW;
}

/* ---- narrowing ---- */

unsigned pane_push(struct view *v, const char *label, const char *text)
{
	struct scope *s = ui_scope(v->ui);
	struct err e = ERR_INIT;

	/* Twice the same narrows nothing, and would be two steps back. */
	if (s->count && s->crumbs[s->count - 1].on && !strcmp(s->crumbs[s->count - 1].text, text))
		return REACT_NONE;
	if (scope_push(s, label, text, &e) < 0)
		ui_say(v->ui, LOOK_ERROR, "%s", e.text);
	return REACT_DRAW_ALL;
}

unsigned pane_nobody(struct view *v)
{
	ui_say(v->ui, LOOK_WARN, "no process stands here");
	return REACT_NONE;
}

static bool put_text(struct strbuf *b, const char *name, const char *op, const char *value)
{
	if (!value)
		return false;
	strbuf_fmt(b, "%s %s ", name, op);
	filter_quote(b, value, strlen(value));
	return true;
}

/* The condition that a cell states; false when it states none. */
static bool put_condition(struct strbuf *b, const struct process_row *r, unsigned column,
			  const char *op)
{
	const struct schema *s = column == PROCESS_TOP ? r->top : r->recent;

	switch (column) {
	case PROCESS_COMM:
		return put_text(b, "comm", op, r->comm);
	case PROCESS_PID:
		strbuf_fmt(b, "pid %s %d", op, r->pid);
		return r->pid >= 0;
	case PROCESS_PPID:
		strbuf_fmt(b, "pid %s %d", op, r->ppid);
		return r->ppid >= 0;
	case PROCESS_TID:
		strbuf_fmt(b, "tid %s %d", op, r->tid);
		return r->tid >= 0;
	case PROCESS_UID:
		strbuf_fmt(b, "uid %s %u", op, r->uid);
		return r->uid != UINT32_MAX;
	case PROCESS_USER:
		return put_text(b, "user", op, r->user);
	case PROCESS_EXE:
		return put_text(b, "exe", op, r->exe);
	case PROCESS_CGROUP:
		return put_text(b, "cgroup", op, r->cgroup);
	case PROCESS_CONTAINER:
		if (r->container || !r->cgroup)
			return put_text(b, "container", op, r->container);
		strbuf_str(b, *op == '!' ? "exists container" : "not exists container");
		return true;
	case PROCESS_TOP:
	case PROCESS_RECENT:
		strbuf_fmt(b, "event %s %s:%s", op, s->system, s->name);
		return true;
	default:
		return false;
	}
}

static unsigned narrow(struct view *v, const char *op)
{
	struct pane *p = v->state;
	const struct process_row *r = pane_row(p);
	unsigned column = p->table.order[p->table.column], react = REACT_NONE;
	struct strbuf text = { 0 };

	if (!r)
		return pane_nobody(v);
	if (put_condition(&text, r, column, op))
		react = pane_push(v, text.s, text.s);
	else
		ui_say(v->ui, LOOK_WARN, "events cannot be told by %s; go to pid, comm or an event",
		       process_columns[column].name);
	strbuf_done(&text);
	return react;
}

static unsigned do_include(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return narrow(v, "==");
}

static unsigned do_exclude(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return narrow(v, "!=");
}

/* ---- copying ---- */

static void put_cell(const struct pane *p, unsigned column, struct strbuf *out)
{
	struct table_cell cell = { .text = out };

	process_model.cell(&p->model, p->table.cursor, column, &cell);
}

static unsigned yank(struct view *v, unsigned from, unsigned count)
{
	struct pane *p = v->state;
	struct strbuf b = { 0 };

	if (!pane_row(p))
		return pane_nobody(v);
	for (unsigned i = from; i < from + count; i++) {
		if (p->table.order[i] == PROCESS_TREND_LINE)
			continue;
		if (b.len)
			strbuf_char(&b, '\t');
		put_cell(p, p->table.order[i], &b);
	}
	ui_yank(v->ui, strbuf_cstr(&b), b.len);
	strbuf_done(&b);
	return REACT_NONE;
}

static unsigned do_yank_row(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return yank(v, 0, ((struct pane *)v->state)->table.shown);
}

static unsigned do_yank_cell(struct view *v, const struct act_arg *arg)
{
	(void)arg;
	return yank(v, ((struct pane *)v->state)->table.column, 1);
}

/* ---- actions ---- */

/* A click in the header sorts; one on a row puts the cursor there. */
static unsigned do_click(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;
	struct area a = { .rows = v->rows, .cols = v->cols };
	uint64_t row;
	unsigned column;

	if (arg->y < 0)
		return REACT_UNKNOWN;
	if (table_at(&p->table, p->model.shown, &a, arg, &row, &column)) {
		p->table.cursor = row;
		p->table.column = column;
		p->picked = true;
		pane_remember(p);
	} else if (arg->y == 0) {
		sort_by(v, (enum process_column)p->table.order[column]);
	}
	return REACT_DRAW;
}

typedef unsigned (*act_fn)(struct view *v, const struct act_arg *arg);

static const act_fn acts[ACT_COUNT] = {
	[ACT_NONE] = do_click,	      [ACT_ENTER] = pane_cockpit,
	[ACT_SORT] = do_sort,	      [ACT_REVERSE] = do_reverse,
	[ACT_THREADS] = do_threads,   [ACT_TREE] = do_tree,
	[ACT_GONE] = do_gone,	      [ACT_INCLUDE] = do_include,
	[ACT_EXCLUDE] = do_exclude,   [ACT_COLUMNS] = do_columns,
	[ACT_WIDER] = do_wider,	      [ACT_NARROWER] = do_narrower,
	[ACT_YANK_ROW] = do_yank_row, [ACT_YANK_CELL] = do_yank_cell,
	[ACT_FOLD] = do_fold,	      [ACT_VALUES] = pane_values,
	[ACT_COCKPIT] = pane_cockpit, [ACT_ITS_EVENTS] = pane_events,
};

unsigned pane_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct pane *p = v->state;

	p->held = false;
	if (table_move(&p->table, p->model.shown, v->rows, a, arg->count)) {
		if (a == ACT_FIRST && !arg->count)
			p->picked = false;
		else if (a != ACT_LEFT && a != ACT_RIGHT)
			p->picked = true;
		pane_remember(p);
		return REACT_DRAW;
	}
	return acts[a] ? acts[a](v, arg) : REACT_UNKNOWN;
}

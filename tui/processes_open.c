/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_open: looking into a row of the process table: its cockpit, its events.
 */
#include "tui/cockpit.h"
#include "tui/processes_pane.h"

/* Of a number that others had too, the time between the one before and the one behind. */
static void put_life(struct strbuf *b, const struct processes *m, const struct process_row *r)
{
	uint64_t from, to;

	processes_life(m, r, &from, &to);
	if (from) {
		strbuf_str(b, " and time >= ");
		strbuf_time(b, from, 9);
	}
	if (to != UINT64_MAX) {
		strbuf_str(b, " and time < ");
		strbuf_time(b, to, 9);
	}
}

/* The events of one row, and over to them. */
unsigned pane_events(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;
	const struct process_row *r = pane_row(p);
	struct area area = { .rows = v->rows, .cols = v->cols };
	struct strbuf label = { 0 }, text = { 0 };
	uint64_t place;
	unsigned column;
	bool thread;

	/* Two clicks on a header sort twice and mean no row. */
	if (arg->y >= 0 && !table_at(&p->table, p->model.shown, &area, arg, &place, &column))
		return REACT_NONE;
	if (!r || r->tid < 0)
		return pane_nobody(v);
	thread = p->model.threads || r->pid < 0;
	strbuf_fmt(&label, thread ? "%s tid %d" : "%s %d", r->comm, thread ? r->tid : r->pid);
	strbuf_fmt(&text, thread ? "tid == %d" : "pid == %d", thread ? r->tid : r->pid);
	put_life(&text, &p->model, r);
	pane_push(v, label.s, text.s);
	p->picked = p->held = true;
	ui_act(v->ui, "events", ACT_EVENTS, NULL);
	strbuf_done(&label);
	strbuf_done(&text);
	return REACT_DRAW_ALL;
}

/* All about it in one screen. */
unsigned pane_cockpit(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;
	const struct process_row *r = pane_row(p);
	struct area area = { .rows = v->rows, .cols = v->cols };
	struct cockpit_who who = { .pid = -1 };
	uint64_t place;
	unsigned column;

	if (arg->text)
		return REACT_UNKNOWN;
	if (arg->y >= 0 && !table_at(&p->table, p->model.shown, &area, arg, &place, &column))
		return REACT_NONE;
	if (!r || r->tid < 0)
		return pane_nobody(v);
	who.tid = r->tid;
	who.at = r->last;
	if (r->process && r->pid >= 0) {
		who.pid = r->pid;
		who.index = r->process - 1;
	}
	p->picked = p->held = true;
	cockpit_open(v->ui, &who);
	return REACT_DRAW;
}

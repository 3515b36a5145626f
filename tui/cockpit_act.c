/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_act: what keys and clicks do in the cockpit.
 *
 * The cursor is in one section and goes over to the next at its end. A row is a filter: looking
 * into it pushes a crumb to the scope and goes to the events; undoing that leads back here.
 */
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/cockpit.h"
#include "tui/help.h"

static struct cockpit_view *view_of(const struct view *v)
{
	return v->state;
}

static struct cockpit_section *section(struct cockpit_view *p)
{
	return &p->c.sections[p->focus];
}

/* Lines of the section's table, its header included. */
static int height(const struct cockpit_view *p)
{
	return MAX(p->box[p->focus].rows - 1, 1);
}

/* ---- moving ---- */

static void go_section(struct view *v, int by, bool at_end)
{
	struct cockpit_view *p = view_of(v);
	struct cockpit_section *s;

	p->focus = (unsigned)((int)p->focus + by + COCKPIT_SECTIONS) % COCKPIT_SECTIONS;
	s = section(p);
	if (at_end && s->count)
		s->state.cursor = by > 0 ? 0 : s->count - 1;
	if (at_end)
		section_remember(s);
	cockpit_lay_out(v);
}

/* Over the edge of a section into the next, where there is one and it does not fill the screen. */
static bool go_over(struct view *v, enum action a)
{
	struct cockpit_view *p = view_of(v);
	const struct cockpit_section *s = section(p);
	bool down = a == ACT_DOWN || a == ACT_PAGE_DOWN || a == ACT_HALF_DOWN;
	bool up = a == ACT_UP || a == ACT_PAGE_UP || a == ACT_HALF_UP;

	if (p->max || (!down && !up) || (s->count && s->state.cursor != (down ? s->count - 1 : 0)))
		return false;
	if (p->focus == (down ? COCKPIT_SECTIONS - 1 : 0))
		return false;
	go_section(v, down ? 1 : -1, true);
	return true;
}

static unsigned move(struct view *v, enum action a, const struct act_arg *arg)
{
	struct cockpit_view *p = view_of(v);
	struct cockpit_section *s = section(p);

	if (go_over(v, a))
		return REACT_DRAW;
	table_move(&s->state, s->count, height(p), a, arg->count);
	if (a != ACT_LEFT && a != ACT_RIGHT)
		section_remember(s);
	if (a == ACT_FIRST && !arg->count)
		s->picked = false;
	cockpit_lay_out(v);
	return REACT_DRAW;
}

/* ---- order ---- */

static unsigned sort_by(struct view *v, unsigned column)
{
	struct cockpit_section *s = section(view_of(v));

	section_sort(s, column,
		     column == s->sort ? !s->descending : s->columns[column].look == LOOK_NUMBER);
	cockpit_lay_out(v);
	return REACT_DRAW;
}

static unsigned do_maximize(struct view *v)
{
	struct cockpit_view *p = view_of(v);

	p->max = !p->max;
	cockpit_lay_out(v);
	return REACT_DRAW;
}

static unsigned do_threads(struct view *v)
{
	struct cockpit_view *p = view_of(v);

	cockpit_threads(&p->c, !p->c.threads);
	return REACT_DRAW | REACT_MORE;
}

/* ---- narrowing ---- */

static unsigned go_to_events(struct view *v, const char *label, const char *text)
{
	struct err e = ERR_INIT;

	if (scope_push(ui_scope(v->ui), label, text, &e) < 0) {
		ui_say(v->ui, LOOK_ERROR, "%s", e.text);
		return REACT_DRAW;
	}
	cockpit_come_back(v);
	ui_act(v->ui, "events", ACT_EVENTS, NULL);
	return REACT_CLOSE | REACT_DRAW_ALL;
}

/* All rows of the process. */
static unsigned do_events(struct view *v)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, label = { 0 };

	head_name(&view_of(v)->c, &label);
	head_filter(&view_of(v)->c, &text);
	return go_to_events(v, label.s, text.s);
}

/* Those of one row of a section. */
static unsigned do_enter(struct view *v, const struct act_arg *arg)
{
	struct cockpit_view *p = view_of(v);
	struct cockpit_section *s = section(p);
	_cleanup_strbuf_ struct strbuf text = { 0 }, label = { 0 };
	struct err e = ERR_INIT;

	/* Two clicks on a title or header mean no row. */
	if (arg->y >= 0 && arg->y < p->box[p->focus].y + 2)
		return REACT_NONE;
	if (section_lacks(s)) {
		tracers_ask(v, &p->c, s);
		return REACT_DRAW;
	}
	if (section_filter(s, &text, &label, &e) < 0) {
		ui_say(v->ui, LOOK_WARN, "%s", e.text);
		return REACT_DRAW;
	}
	return go_to_events(v, label.s, text.s);
}

static unsigned yank(struct view *v, bool row)
{
	struct cockpit_section *s = section(view_of(v));
	_cleanup_strbuf_ struct strbuf b = { 0 };

	for (unsigned i = 0; i < s->state.shown && s->count; i++) {
		struct table_cell cell = { .text = &b };

		if (!row && i != s->state.column)
			continue;
		strbuf_str(&b, b.len ? "\t" : "");
		section_model.cell(s, s->state.cursor, s->state.order[i], &cell);
	}
	ui_yank(v->ui, strbuf_cstr(&b), b.len);
	return REACT_NONE;
}

/* ---- the mouse ---- */

static unsigned click(struct view *v, const struct act_arg *arg)
{
	struct cockpit_view *p = view_of(v);
	unsigned i = 0, column;
	struct cockpit_section *s;
	struct act_arg at = *arg;
	uint64_t row;

	for (; i < COCKPIT_SECTIONS; i++) {
		const struct cockpit_box *b = &p->box[i];

		if (arg->y >= b->y && arg->y < b->y + b->rows && arg->x >= b->x &&
		    arg->x < b->x + b->cols)
			break;
	}
	if (i == COCKPIT_SECTIONS)
		return REACT_NONE;
	p->focus = i;
	s = section(p);
	at.y -= p->box[i].y + 1;
	at.x -= p->box[i].x;
	if (at.y >= 0 && s->count) {
		struct area area = { .rows = height(p), .cols = p->box[i].cols };

		if (table_at(&s->state, s->count, &area, &at, &row, &column)) {
			s->state.cursor = row;
			s->state.column = column;
			section_remember(s);
		} else if (at.y == 0) {
			return sort_by(v, s->state.order[column]);
		}
	}
	return REACT_DRAW;
}

/* ---- actions ---- */

static unsigned leave(struct view *v, enum action a)
{
	struct cockpit_view *p = view_of(v);

	if (a == ACT_BACK && p->max)
		return do_maximize(v);
	return REACT_UNKNOWN;
}

static bool is_moving(enum action a)
{
	return a >= ACT_UP && a <= ACT_LAST;
}

unsigned cockpit_view_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct cockpit_view *p = view_of(v);

	if (is_moving(a))
		return move(v, a, arg);
	switch (a) {
	case ACT_NONE:
		return click(v, arg);
	case ACT_NEXT_PANE:
	case ACT_PREV_PANE:
		go_section(v, a == ACT_NEXT_PANE ? 1 : -1, false);
		return REACT_DRAW;
	case ACT_ENTER:
		return do_enter(v, arg);
	case ACT_ITS_EVENTS:
	case ACT_EVENTS:
		return do_events(v);
	case ACT_ADD_TRACERS:
		tracers_ask(v, &p->c, NULL);
		return REACT_DRAW;
	case ACT_MAXIMIZE:
		return do_maximize(v);
	case ACT_THREADS:
		return do_threads(v);
	case ACT_SORT:
		return sort_by(v, section(p)->state.order[section(p)->state.column]);
	case ACT_REVERSE:
		return sort_by(v, section(p)->sort);
	case ACT_YANK_ROW:
	case ACT_YANK_CELL:
		return yank(v, a == ACT_YANK_ROW);
	case ACT_HELP:
		ui_dialog(v->ui, &help_ops, (void *)(uintptr_t)v->ops->name);
		return REACT_DRAW;
	case ACT_COCKPIT:
		return REACT_CLOSE;
	default:
		return leave(v, a);
	}
}

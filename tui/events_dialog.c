/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_dialog: choosing and ordering the columns of the events.
 *
 * A small view over the pane: every column, those shown first and in their order. What is changed
 * here is seen behind it at once.
 */
#include <stdlib.h>

#include "core/cleanup.h"
#include "tui/events.h"

struct chooser {
	struct events *ev;
	struct table_state table; /* of the list */
	uint8_t order[COLUMNS];	  /* all columns: what is shown, then what is not */
	bool on[COLUMNS];	  /* by column */
};

enum { CHOICE_ON, CHOICE_NAME, CHOICE_WHAT };

static const struct table_column choice_columns[] = {
	[CHOICE_ON] = { .name = "on", .title = "", .width = 3, .worth = 3, .look = LOOK_ON },
	[CHOICE_NAME] = { .name = "name", .title = "column", .width = 8, .worth = 2 },
	[CHOICE_WHAT] = { .name = "what", .title = "what it shows", .worth = 1, .look = LOOK_DIM },
};

static const char *const what[COLUMNS] = {
	[COLUMN_MARK] = "bookmark *, markers A B, damaged !, late <",
	[COLUMN_TIME] = "when, in the format chosen",
	[COLUMN_CPU] = "on which CPU",
	[COLUMN_FLAGS] = "interrupts, need-resched, context, preemption",
	[COLUMN_COMM] = "name of the thread at that time",
	[COLUMN_PID] = "process; ? where not known",
	[COLUMN_TID] = "thread",
	[COLUMN_EVENT] = "name of the event",
	[COLUMN_INFO] = "its fields",
	[COLUMN_SYSTEM] = "system of the event",
	[COLUMN_SOURCE] = "where it came from",
	[COLUMN_DELTA] = "time since the row above",
	[COLUMN_WALL] = "time of the day",
};

static uint64_t choice_rows(const void *data)
{
	(void)data;
	return COLUMNS;
}

static void choice_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct chooser *c = data;
	unsigned which = c->order[row];

	if (column == CHOICE_ON) {
		strbuf_str(cell->text, c->on[which] ? "[x]" : "[ ]");
		cell->look = c->on[which] ? LOOK_ON : LOOK_OFF;
	} else {
		strbuf_str(cell->text,
			   column == CHOICE_NAME ? events_columns[which].name : what[which]);
	}
}

static const struct table_model choice_model = { .rows = choice_rows, .cell = choice_cell };

static int chooser_open(struct view *v, struct err *e)
{
	struct chooser *c = v->state;
	unsigned n = 0;

	(void)e;
	c->ev = ui_dialog_arg(v->ui);
	for (unsigned i = 0; i < c->ev->table.shown; i++) {
		c->order[n++] = c->ev->table.order[i];
		c->on[c->ev->table.order[i]] = true;
	}
	for (unsigned i = 0; i < COLUMNS; i++)
		if (!c->on[i])
			c->order[n++] = (uint8_t)i;
	table_init(&c->table, choice_columns, 3);
	v->want_rows = COLUMNS + 2;
	v->want_cols = 60;
	return 0;
}

/* Gives the choice to the table of the events; one column stays. */
static void apply(struct chooser *c)
{
	struct table_state *t = &c->ev->table;

	t->shown = 0;
	for (unsigned i = 0; i < COLUMNS; i++)
		if (c->on[c->order[i]])
			t->order[t->shown++] = c->order[i];
	if (t->column >= t->shown)
		t->column = t->shown - 1;
	c->ev->dirty = true;
	find_restart(&c->ev->find);
}

static unsigned toggle(struct view *v)
{
	struct chooser *c = v->state;
	unsigned which = c->order[c->table.cursor], shown = 0;

	for (unsigned i = 0; i < COLUMNS; i++)
		shown += c->on[i];
	if (c->on[which] && shown == 1) {
		ui_say(v->ui, LOOK_WARN, "one column stays");
		return REACT_DRAW;
	}
	c->on[which] = !c->on[which];
	apply(c);
	return REACT_DRAW_ALL;
}

static unsigned shift(struct view *v, bool up)
{
	struct chooser *c = v->state;
	unsigned at = (unsigned)c->table.cursor, to = up ? at - 1 : at + 1;
	uint8_t tmp = c->order[at];

	if (to >= COLUMNS)
		return REACT_NONE;
	c->order[at] = c->order[to];
	c->order[to] = tmp;
	c->table.cursor = to;
	apply(c);
	return REACT_DRAW_ALL;
}

static unsigned chooser_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct chooser *c = v->state;
	struct area area = { .rows = v->rows - 1, .cols = v->cols };
	unsigned column;

	switch (a) {
	case ACT_TOGGLE:
	case ACT_PAUSE:
		return toggle(v);
	case ACT_WIDER:
	case ACT_NARROWER:
		return shift(v, a == ACT_NARROWER);
	case ACT_ENTER:
	case ACT_COLUMNS:
		return REACT_CLOSE;
	case ACT_NONE:
		table_at(&c->table, COLUMNS, &area, arg, &c->table.cursor, &column);
		return REACT_DRAW;
	default:
		return table_move(&c->table, COLUMNS, v->rows - 1, a, arg->count) ? REACT_DRAW
										  : REACT_UNKNOWN;
	}
}

static unsigned chooser_key(struct view *v, keycode k)
{
	switch (k) {
	case ' ':
		return toggle(v);
	case 'K':
	case '<':
		return shift(v, true);
	case 'J':
	case '>':
		return shift(v, false);
	default:
		return REACT_UNKNOWN;
	}
}

static void chooser_draw(const struct view *v, struct area *a)
{
	const struct chooser *c = v->state;
	struct area list = area_sub(a, 0, 0, a->rows - 1, a->cols);

	table_draw(&c->table, &choice_model, c, &list, v->focus);
	draw_str(a, a->rows - 1, 0, LOOK_DIM, "Space shows or hides, < and > move, Enter closes");
}

static const struct view_ops chooser_ops = {
	.name = "columns",
	.title = "Columns",
	.size = sizeof(struct chooser),
	.open = chooser_open,
	.draw = chooser_draw,
	.act = chooser_act,
	.key = chooser_key,
};

unsigned events_choose_columns(struct events *ev, const struct act_arg *arg)
{
	struct err e = ERR_INIT;

	if (!arg->text) {
		ui_dialog(ev->ui, &chooser_ops, ev);
		return REACT_DRAW_ALL;
	}
	if (table_set_columns(&ev->table, arg->text, &e) < 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	else
		find_restart(&ev->find);
	return REACT_DRAW;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trail: the list of what narrows the rows: each is switched off and on, taken out, or typed anew.
 *
 * What is changed here is seen behind it at once. The capture filter is no part of it: it stands
 * below, so that nobody looks for it in vain.
 */
#include <string.h>

#include "core/safe.h"
#include "core/util.h"
#include "tui/table.h"
#include "tui/ui_private.h"

#define WANT_COLS 72

struct trail {
	struct ui *ui;
	struct table_state table;
};

enum { PART_ON, PART_LABEL, PART_TEXT };

static const struct table_column part_columns[] = {
	[PART_ON] = { .name = "on", .title = "", .width = 3, .worth = 3 },
	[PART_LABEL] = { .name = "label", .title = "narrowing", .width = 24, .worth = 1 },
	[PART_TEXT] = { .name = "filter", .title = "filter", .worth = 2 },
};

static uint64_t part_rows(const void *data)
{
	const struct trail *t = data;

	return scope_parts(&t->ui->scope);
}

static bool part_is_on(const struct scope *s, uint64_t part)
{
	return part < s->count ? s->crumbs[part].on : !s->typed_off;
}

static void part_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct scope *s = &((const struct trail *)data)->ui->scope;
	const char *label = row < s->count ? s->crumbs[row].label : "typed";
	const char *text = row < s->count ? s->crumbs[row].text : s->typed;
	bool on = part_is_on(s, row);

	if (column == PART_ON)
		strbuf_str(cell->text, on ? "[x]" : "[ ]");
	else
		safe_text(cell->text, column == PART_LABEL ? label : text,
			  strlen(column == PART_LABEL ? label : text));
	cell->look = !on ? LOOK_OFF : column == PART_ON ? LOOK_ON : LOOK_TEXT;
}

static const struct table_model part_model = { .rows = part_rows, .cell = part_cell };

static int trail_view_open(struct view *v, struct err *e)
{
	struct trail *t = v->state;

	(void)e;
	t->ui = ui_dialog_arg(v->ui);
	table_init(&t->table, part_columns, ARRAY_SIZE(part_columns));
	v->want_rows = (int)MAX(scope_parts(&t->ui->scope), (size_t)3) + 2;
	v->want_cols = WANT_COLS;
	return 0;
}

static int list_height(const struct view *v)
{
	return MAX(v->rows - 1, 1);
}

/* ---- actions ---- */

static unsigned toggle(struct trail *t)
{
	struct scope *s = &t->ui->scope;
	size_t part = t->table.cursor;
	struct err e = ERR_INIT;

	if (scope_switch(s, part, !part_is_on(s, part), &e) < 0)
		ui_say(t->ui, LOOK_ERROR, "%s", e.text);
	return REACT_DRAW_ALL;
}

static unsigned take_out(struct view *v)
{
	struct trail *t = v->state;

	scope_remove(&t->ui->scope, t->table.cursor);
	table_fit(&t->table, part_rows(t), list_height(v));
	return REACT_DRAW_ALL;
}

/* Only what was typed is typed anew: the others say what they were made of. */
static unsigned edit(struct trail *t)
{
	struct ui *ui = t->ui;

	if (ui->scope.count && t->table.cursor < ui->scope.count) {
		ui_say(ui, LOOK_WARN,
		       "only what was typed can be typed anew; this one can be "
		       "switched off or taken out");
		return REACT_DRAW;
	}
	ui_act(ui, "events", ACT_FILTER, NULL);
	return REACT_DRAW_ALL;
}

static unsigned click(struct view *v, const struct act_arg *arg)
{
	struct trail *t = v->state;
	struct area area = { .rows = list_height(v), .cols = v->cols };
	unsigned column;

	if (!table_at(&t->table, part_rows(t), &area, arg, &t->table.cursor, &column))
		return REACT_DRAW;
	return t->table.order[column] == PART_ON ? toggle(t) : REACT_DRAW;
}

static unsigned trail_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct trail *t = v->state;

	table_fit(&t->table, part_rows(t), list_height(v));
	switch (a) {
	case ACT_NONE:
		return click(v, arg);
	case ACT_TOGGLE:
	case ACT_PAUSE:
		return part_rows(t) ? toggle(t) : REACT_NONE;
	case ACT_REMOVE:
		return part_rows(t) ? take_out(v) : REACT_NONE;
	case ACT_ENTER:
	case ACT_FILTER:
		return edit(t);
	case ACT_FILTER_CLEAR:
		scope_clear(&t->ui->scope);
		return REACT_DRAW_ALL;
	default:
		return table_move(&t->table, part_rows(t), list_height(v), a, arg->count)
			   ? REACT_DRAW
			   : REACT_UNKNOWN;
	}
}

/* ---- drawing ---- */

static void trail_draw(const struct view *v, struct area *a)
{
	const struct trail *t = v->state;
	struct area list = area_sub(a, 0, 0, list_height(v), a->cols), below;

	if (part_rows(t))
		table_draw(&t->table, &part_model, t, &list, v->focus && !t->ui->prompt.ops);
	else
		draw_str(a, 0, 0, LOOK_DIM, "nothing narrows the rows");
	if (a->rows < 2)
		return;
	below = area_sub(a, a->rows - 1, 0, 1, a->cols);
	capture_draw(t->ui, &below, 0, below.cols);
}

static const enum action hints[] = { ACT_TOGGLE, ACT_REMOVE, ACT_ENTER, ACT_FILTER_CLEAR,
				     ACT_NONE };

static const struct view_ops trail_ops = {
	.name = "trail",
	.title = "What narrows the rows",
	.size = sizeof(struct trail),
	.hints = hints,
	.open = trail_view_open,
	.draw = trail_draw,
	.act = trail_act,
};

void trail_open(struct ui *ui)
{
	ui_dialog(ui, &trail_ops, ui);
}

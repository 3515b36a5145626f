/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns_dialog: choosing and ordering the columns of a table.
 *
 * A small view over the pane: every column, those shown first and in their order. What is changed
 * here is seen behind it at once.
 */
#include "tui/columns_dialog.h"

#define NAME_MOST 24

struct chooser {
	struct columns_choice of;
	struct table_column columns[3];
	struct table_state table;     /* of the list */
	uint8_t order[TABLE_COLUMNS]; /* all columns: what is shown, then what is not */
	bool on[TABLE_COLUMNS];	      /* by column */
};

enum { CHOICE_ON, CHOICE_NAME, CHOICE_WHAT };

static const struct table_column choice_columns[] = {
	[CHOICE_ON] = { .name = "on", .title = "", .width = 3, .worth = 3, .look = LOOK_ON },
	[CHOICE_NAME] = { .name = "name", .title = "column", .width = 8, .worth = 2 },
	[CHOICE_WHAT] = { .name = "what", .title = "what it shows", .worth = 1, .look = LOOK_DIM },
};

static uint64_t choice_rows(const void *data)
{
	return ((const struct chooser *)data)->of.table->count;
}

static void choice_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct chooser *c = data;
	unsigned which = c->order[row];

	if (column == CHOICE_ON) {
		strbuf_str(cell->text, c->on[which] ? "[x]" : "[ ]");
		cell->look = c->on[which] ? LOOK_ON : LOOK_OFF;
	} else if (column == CHOICE_NAME) {
		strbuf_str(cell->text, c->of.table->columns[which].name);
	} else if (c->of.what) {
		strbuf_str(cell->text, c->of.what(which, c->of.data));
	}
}

static const struct table_model choice_model = { .rows = choice_rows, .cell = choice_cell };

/* Names of groups' columns are as long as what is measured. */
static int name_width(const struct table_state *t)
{
	int width = choice_columns[CHOICE_NAME].width;

	for (unsigned i = 0; i < t->count; i++)
		width = MAX(width, text_width(t->columns[i].name, strlen(t->columns[i].name)));
	return MIN(width, NAME_MOST);
}

static int chooser_open(struct view *v, struct err *e)
{
	struct chooser *c = v->state;
	const struct table_state *t;
	unsigned n = 0;

	(void)e;
	c->of = *(const struct columns_choice *)ui_dialog_arg(v->ui);
	t = c->of.table;
	for (unsigned i = 0; i < t->shown; i++) {
		c->order[n++] = t->order[i];
		c->on[t->order[i]] = true;
	}
	for (unsigned i = 0; i < t->count; i++)
		if (!c->on[i])
			c->order[n++] = (uint8_t)i;
	memcpy(c->columns, choice_columns, sizeof(c->columns));
	c->columns[CHOICE_NAME].width = name_width(t);
	table_init(&c->table, c->columns, 3);
	v->want_rows = (int)t->count + 2;
	v->want_cols = 60;
	return 0;
}

/* Gives the choice to the table; one column stays. */
static void apply(struct chooser *c)
{
	struct table_state *t = c->of.table;

	t->shown = 0;
	for (unsigned i = 0; i < t->count; i++)
		if (c->on[c->order[i]])
			t->order[t->shown++] = c->order[i];
	if (t->column >= t->shown)
		t->column = t->shown - 1;
	c->of.changed(c->of.data);
}

static unsigned toggle(struct view *v)
{
	struct chooser *c = v->state;
	unsigned which = c->order[c->table.cursor], shown = 0;

	for (unsigned i = 0; i < c->of.table->count; i++)
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

	if (to >= c->of.table->count)
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
		table_at(&c->table, choice_rows(c), &area, arg, &c->table.cursor, &column);
		return REACT_DRAW;
	default:
		return table_move(&c->table, choice_rows(c), v->rows - 1, a, arg->count)
			   ? REACT_DRAW
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

unsigned columns_choose(struct ui *ui, const struct columns_choice *c, const struct act_arg *arg)
{
	struct err e = ERR_INIT;

	if (!arg->text) {
		ui_dialog(ui, &chooser_ops, (void *)(uintptr_t)c);
		return REACT_DRAW_ALL;
	}
	if (table_set_columns(c->table, arg->text, &e) < 0)
		ui_say(ui, LOOK_ERROR, "%s", e.text);
	else
		c->changed(c->data);
	return REACT_DRAW;
}

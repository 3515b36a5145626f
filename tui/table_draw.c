/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table_draw: a table's header and the rows in sight, into an area.
 *
 * Changes nothing, and asks the model for cells that are on the screen only. That the
 * cells' text is harmless is the model's duty.
 */
#include "tui/table.h"

#include "core/cleanup.h"

/* One drawing of one table. */
struct pen {
	const struct table_state *t;
	const struct table_model *model;
	const void *data;
	struct area *area;
	int x[TABLE_COLUMNS], width[TABLE_COLUMNS]; /* width 0: dropped */
	struct strbuf text;
	bool focus;
};

static void draw_title(struct pen *p, unsigned index)
{
	const struct table_state *t = p->t;
	const struct table_column *c = &t->columns[t->order[index]];
	bool sorts = t->sort == (int)t->order[index];
	enum look look = sorts ? LOOK_HEADER_SORT : LOOK_HEADER;
	int x = p->x[index], width = p->width[index], used;
	size_t len = strlen(c->title);
	const char *arrow;

	if (sorts)
		width--;
	used = text_width(c->title, len);
	if (c->right && used < width)
		x += width - used;
	used = draw_text(p->area, 0, x, width, look, c->title, len);
	if (!sorts)
		return;
	if (p->area->canvas->ascii)
		arrow = t->reverse ? "v" : "^";
	else
		arrow = t->reverse ? "▼" : "▲";
	draw_str(p->area, 0, x + used, look, arrow);
}

static void draw_header(struct pen *p)
{
	draw_fill(p->area, 0, 0, p->area->cols, LOOK_HEADER, " ");
	for (unsigned i = 0; i < p->t->shown; i++)
		if (p->width[i])
			draw_title(p, i);
}

/* row_look: of the whole row; LOOK_COUNT: each cell has its own. */
static void draw_cell(struct pen *p, int y, uint64_t row, unsigned index, enum look row_look)
{
	const struct table_column *c = &p->t->columns[p->t->order[index]];
	struct table_cell cell = { .text = &p->text, .look = c->look };
	int x = p->x[index], width = p->width[index];
	enum look look;

	strbuf_clear(&p->text);
	p->model->cell(p->data, row, p->t->order[index], &cell);
	look = row_look == LOOK_COUNT ? cell.look : row_look;
	if (cell.spark)
		draw_spark(p->area, y, x, width, look, cell.spark, cell.spark_count);
	else if (c->right)
		draw_right(p->area, y, x, width, look, strbuf_cstr(&p->text));
	else if (c->tail)
		draw_tail(p->area, y, x, width, look, strbuf_cstr(&p->text), p->text.len);
	else
		draw_text(p->area, y, x, width, look, strbuf_cstr(&p->text), p->text.len);
	if (cell.marks)
		draw_mark(p->area, y, x, width, cell.marks);
}

static void draw_row(struct pen *p, int y, uint64_t row)
{
	const struct table_state *t = p->t;
	enum look look = LOOK_COUNT;
	unsigned marks = 0;

	if (p->model->row)
		p->model->row(p->data, row, &look, &marks);
	for (unsigned i = 0; i < t->shown; i++)
		if (p->width[i])
			draw_cell(p, y, row, i, look);
	if (row == t->cursor)
		marks |= p->focus ? MARK_CURSOR : MARK_CURSOR_DIM;
	if (marks)
		draw_mark(p->area, y, 0, p->area->cols, marks);
	if (row == t->cursor && t->cells && p->focus && t->column < t->shown)
		draw_mark(p->area, y, p->x[t->column], p->width[t->column], MARK_CELL);
}

void table_draw(const struct table_state *t, const struct table_model *m, const void *data,
		struct area *a, bool focus)
{
	struct pen p = { .t = t, .model = m, .data = data, .area = a, .focus = focus };
	uint64_t rows = m->rows(data);
	int header = table_header(a->rows);

	for (unsigned i = 0; i < t->shown; i++)
		table_place(t, a->cols, i, &p.x[i], &p.width[i]);
	if (header)
		draw_header(&p);
	for (int y = header; y < a->rows; y++) {
		uint64_t row = t->top + (uint64_t)(y - header);

		if (row >= rows)
			break;
		draw_row(&p, y, row);
	}
	strbuf_done(&p.text);
}

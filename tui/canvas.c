/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * canvas: the grid: its memory, its areas, how a glyph is put into it, and its text form.
 *
 * Keeps one promise for everybody who draws: a wide character is there whole or not at all.
 */
#include "tui/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"
#include "tui/glyph.h"

enum { SIDE_MAX = 1000 };

static const struct cell blank = { .s = " ", .width = 1, .look = LOOK_TEXT };

static const char look_letters[] = {
#define LOOK_LETTER(id, name, letter, what) letter,
	LOOK_LIST(LOOK_LETTER)
#undef LOOK_LETTER
};

_Static_assert(sizeof(look_letters) == LOOK_COUNT, "a letter for every look");

void canvas_resize(struct canvas *c, int rows, int cols)
{
	c->rows = MIN(MAX(rows, 1), SIDE_MAX);
	c->cols = MIN(MAX(cols, 1), SIDE_MAX);
	c->cells = xrealloc(c->cells, (size_t)c->rows * (size_t)c->cols, sizeof(*c->cells));
	canvas_clear(c);
}

void canvas_done(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas) { .cursor_y = -1, .cursor_x = -1 };
}

void canvas_clear(struct canvas *c)
{
	size_t n = (size_t)c->rows * (size_t)c->cols;

	for (size_t i = 0; i < n; i++)
		c->cells[i] = blank;
	c->cursor_y = -1;
	c->cursor_x = -1;
}

struct area area_all(struct canvas *c)
{
	return (struct area) { .canvas = c, .rows = c->rows, .cols = c->cols };
}

/* What is left of count places from *at on, within limit; *at becomes at least 0. */
static int clip(int *at, int count, int limit)
{
	int64_t end = MIN((int64_t)*at + count, (int64_t)limit);

	*at = MIN(MAX(*at, 0), limit);
	return end > *at ? (int)end - *at : 0;
}

struct area area_sub(const struct area *a, int y, int x, int rows, int cols)
{
	struct area sub = { .canvas = a->canvas };

	sub.rows = clip(&y, rows, a->rows);
	sub.cols = clip(&x, cols, a->cols);
	sub.y = a->y + y;
	sub.x = a->x + x;
	return sub;
}

/* Half of a wide character was overwritten: nothing remains of the other half. */
static void blank_half(struct cell *cell)
{
	memcpy(cell->s, blank.s, sizeof(cell->s));
	cell->width = 1;
}

void canvas_put(struct canvas *c, int y, int x, const struct glyph *g, enum look look)
{
	struct cell *row = c->cells + (size_t)y * (size_t)c->cols, *cell = row + x;
	int end = x + g->width;

	if (cell->width == 0 && x > 0)
		blank_half(cell - 1);
	if (end < c->cols && row[end].width == 0)
		blank_half(row + end);
	memcpy(cell->s, g->s, sizeof(cell->s));
	cell->width = g->width;
	cell->look = (uint8_t)look;
	cell->marks = 0;
	if (g->width == 2)
		cell[1] = (struct cell) { .width = 0, .look = (uint8_t)look };
}

bool canvas_row_changed(const struct cell *a, const struct cell *b, int cols, int *from, int *to)
{
	int begin = 0, end = cols;

	if (!memcmp(a, b, (size_t)cols * sizeof(*a)))
		return false;
	while (!memcmp(a + begin, b + begin, sizeof(*a)))
		begin++;
	while (!memcmp(a + end - 1, b + end - 1, sizeof(*a)))
		end--;
	while (begin > 0 && (a[begin].width == 0 || b[begin].width == 0))
		begin--;
	while (end < cols && (a[end].width == 0 || b[end].width == 0))
		end++;
	*from = begin;
	*to = end;
	return true;
}

static void dump_text(const struct cell *row, int cols, struct strbuf *out)
{
	for (int x = 0; x < cols; x++)
		strbuf_add(out, row[x].s, strnlen(row[x].s, CELL_BYTES));
}

/* A blank of plain text has no letter: it is not there to be seen. */
static void dump_looks(const struct cell *row, int cols, struct strbuf *out)
{
	for (int x = 0; x < cols; x++) {
		bool nothing = row[x].look == LOOK_TEXT && row[x].s[0] == ' ';

		strbuf_char(out, nothing ? ' ' : look_letters[row[x].look]);
	}
}

static void dump_marks(const struct cell *row, int cols, struct strbuf *out)
{
	static const char digits[] = " 123456789abcdefghijklmnopqrstuv";

	for (int x = 0; x < cols; x++)
		strbuf_char(out, digits[row[x].marks % (sizeof(digits) - 1)]);
}

static void dump_grid(const struct canvas *c,
		      void (*line)(const struct cell *row, int cols, struct strbuf *out),
		      struct strbuf *out)
{
	for (int y = 0; y < c->rows; y++) {
		size_t begin = out->len;

		line(c->cells + (size_t)y * (size_t)c->cols, c->cols, out);
		while (out->len > begin && out->s[out->len - 1] == ' ')
			strbuf_cut(out, out->len - 1);
		strbuf_char(out, '\n');
	}
}

void canvas_dump(const struct canvas *c, struct strbuf *out)
{
	size_t n = (size_t)c->rows * (size_t)c->cols;
	bool marks = false;

	for (size_t i = 0; i < n && !marks; i++)
		marks = c->cells[i].marks != 0;
	dump_grid(c, dump_text, out);
	strbuf_str(out, "-- looks\n");
	dump_grid(c, dump_looks, out);
	if (!marks)
		return;
	strbuf_str(out, "-- marks\n");
	dump_grid(c, dump_marks, out);
}

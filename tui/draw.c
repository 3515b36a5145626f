/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * draw: text, lines, sparklines and marks into an area of a canvas.
 *
 * Everything is clipped here, once; what is cut says so. Where only ASCII may be drawn a
 * character takes as many columns as it would have taken, so that the layout stays.
 */
#include "tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/util.h"
#include "tui/glyph.h"

static const struct glyph space = { .s = " ", .len = 1, .width = 1 };

/* Puts a glyph where it is seen. Of a wide one that an edge cuts, blanks remain. */
static void put_one(struct area *a, int y, int x, const struct glyph *g, enum look look)
{
	if (y < 0 || y >= a->rows || x >= a->cols || x + g->width <= 0)
		return;
	if (x >= 0 && x + g->width <= a->cols)
		canvas_put(a->canvas, a->y + y, a->x + x, g, look);
	else
		canvas_put(a->canvas, a->y + y, a->x + MAX(x, 0), &space, look);
}

static void put_glyph(struct area *a, int y, int x, const struct glyph *g, enum look look)
{
	struct glyph ascii = { .len = 1, .width = 1 };
	uint32_t c = '?';

	if (!a->canvas->ascii || (g->len == 1 && !(g->s[0] & 0x80))) {
		put_one(a, y, x, g, look);
		return;
	}
	utf8_decode(g->s, g->len, &c);
	ascii.s[0] = glyph_ascii(c);
	for (int i = 0; i < g->width; i++)
		put_one(a, y, x + i, &ascii, look);
}

/* Whether the first of n bytes is a character of its own: ASCII, nothing combining behind. */
static inline bool is_simple(const char *s, size_t n)
{
	return s[0] >= ' ' && s[0] < 0x7f && (n == 1 || !(s[1] & 0x80));
}

static inline void next(const char *s, size_t n, struct glyph *g)
{
	if (likely(is_simple(s, n)))
		*g = (struct glyph) { .s = { s[0] }, .len = 1, .width = 1, .bytes = 1 };
	else
		glyph_next(s, n, g);
}

int text_width(const char *s, size_t n)
{
	int64_t width = 0;

	while (n) {
		struct glyph g = { .width = 1, .bytes = 1 };

		if (unlikely(!is_simple(s, n)))
			glyph_next(s, n, &g);
		width += g.width;
		s += g.bytes;
		n -= g.bytes;
	}
	return (int)MIN(width, INT32_MAX);
}

size_t text_prefix(const char *s, size_t n, int width)
{
	size_t at = 0;

	while (at < n) {
		struct glyph g = { .width = 1, .bytes = 1 };

		if (unlikely(!is_simple(s + at, n - at)))
			glyph_next(s + at, n - at, &g);
		if (g.width > width)
			break;
		width -= g.width;
		at += g.bytes;
	}
	return at;
}

/* Draws all of n bytes; returns the columns. */
static int draw_all(struct area *a, int y, int x, enum look look, const char *s, size_t n)
{
	int from = x;

	while (n) {
		struct glyph g;

		next(s, n, &g);
		put_glyph(a, y, x, &g, look);
		x += g.width;
		s += g.bytes;
		n -= g.bytes;
	}
	return x - from;
}

/* Stands for what has no room. */
static const struct glyph more = { .s = "\u2026", .len = 3, .width = 1 };

int draw_text(struct area *a, int y, int x, int width, enum look look, const char *s, size_t n)
{
	size_t fit;
	int used;

	if (width <= 0)
		return 0;
	fit = text_prefix(s, n, width);
	if (fit == n)
		return draw_all(a, y, x, look, s, n);
	used = draw_all(a, y, x, look, s, text_prefix(s, n, width - 1));
	put_glyph(a, y, x + used, &more, look);
	return used + 1;
}

int draw_tail(struct area *a, int y, int x, int width, enum look look, const char *s, size_t n)
{
	if (text_width(s, n) <= width || width < 2)
		return draw_text(a, y, x, width, look, s, n);
	while (n && text_width(s, n) + 1 > width) {
		size_t step = text_prefix(s, n, 1);

		step = step ? step : text_prefix(s, n, 2);
		step = step ? step : 1;
		s += step;
		n -= step;
	}
	put_glyph(a, y, x, &more, look);
	return 1 + draw_text(a, y, x + 1, width - 1, look, s, n);
}

int draw_str(struct area *a, int y, int x, enum look look, const char *s)
{
	return draw_text(a, y, x, a->cols - x, look, s, strlen(s));
}

int draw_right(struct area *a, int y, int x, int width, enum look look, const char *s)
{
	size_t n = strlen(s);
	int need = text_width(s, n);

	if (need < width)
		x += width - need;
	return draw_text(a, y, x, MIN(need, width), look, s, n);
}

int draw_fmt(struct area *a, int y, int x, enum look look, const char *fmt, ...)
{
	char text[1024]; /* more than a line of the largest canvas */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return draw_str(a, y, x, look, text);
}

void draw_fill(struct area *a, int y, int x, int width, enum look look, const char *s)
{
	struct glyph g = space;
	int end = width > a->cols - x ? a->cols : x + width;

	if (s[0])
		next(s, strlen(s), &g);
	if (x < 0)
		x = 0;
	for (; x + g.width <= end; x += g.width)
		put_glyph(a, y, x, &g, look);
}

void draw_hline(struct area *a, int y, int x, int width, enum look look)
{
	draw_fill(a, y, x, width, look, "\u2500");
}

void draw_vline(struct area *a, int y, int x, int height, enum look look)
{
	for (int i = 0; i < height && y + i < a->rows; i++)
		draw_fill(a, y + i, x, 1, look, "\u2502");
}

/* The height of a value: 1 to levels, 0 only for zero. */
static unsigned spark_level(uint32_t value, uint32_t most, unsigned levels)
{
	return (unsigned)(((uint64_t)value * levels + most - 1) / most);
}

void draw_spark(struct area *a, int y, int x, int width, enum look look, const uint32_t *values,
		size_t n)
{
	static const char ascii[] = " .:-=+*#";
	uint32_t most = 1;

	if (width <= 0)
		return;
	if (n > (size_t)width) {
		values += n - (size_t)width;
		n = (size_t)width;
	}
	for (size_t i = 0; i < n; i++)
		most = MAX(most, values[i]);
	draw_fill(a, y, x, width - (int)n, look, " ");
	x += width - (int)n;
	for (size_t i = 0; i < n; i++) {
		struct glyph g = space;
		unsigned level;

		if (a->canvas->ascii) {
			g.s[0] = ascii[spark_level(values[i], most, sizeof(ascii) - 2)];
		} else if (values[i]) {
			level = spark_level(values[i], most, 8);
			g.len = (uint8_t)utf8_encode(0x2580 + level, g.s);
		}
		put_one(a, y, x + (int)i, &g, look);
	}
}

/* The cells of width columns of a row, wide characters at the edges included whole. */
static struct cell *cells(struct area *a, int y, int *x, int *width)
{
	struct area part = area_sub(a, y, *x, 1, *width);
	struct cell *row;
	int end;

	if (part.rows == 0 || part.cols == 0)
		return NULL;
	*x = part.x;
	*width = part.cols;
	row = a->canvas->cells + (size_t)part.y * (size_t)a->canvas->cols;
	end = *x + *width;
	if (row[*x].width == 0 && *x > 0)
		--*x;
	if (end < a->canvas->cols && row[end].width == 0)
		end++;
	*width = end - *x;
	return row + *x;
}

void draw_mark(struct area *a, int y, int x, int width, unsigned marks)
{
	struct cell *cell = cells(a, y, &x, &width);

	for (int i = 0; cell && i < width; i++)
		cell[i].marks = (uint8_t)(cell[i].marks | marks);
}

void draw_look(struct area *a, int y, int x, int width, enum look look)
{
	struct cell *cell = cells(a, y, &x, &width);

	for (int i = 0; cell && i < width; i++)
		cell[i].look = (uint8_t)look;
}

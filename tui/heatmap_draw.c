/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heatmap_draw: the picture, the values above it, and below it what is under the cursor and what
 * the levels mean.
 *
 * A cell is a character of a ramp in the look of its level: themes with enough colours make both
 * one colour, and where there are none the character says the same.
 */
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/heatmap.h"

static const char *const ramp[] = { " ", ".", ":", "-", "=", "+", "*", "#", "%", "@" };

_Static_assert(ARRAY_SIZE(ramp) == HEATMAP_LEVELS + 1, "a character for each level, and for none");
_Static_assert(LOOK_HEAT_9 == LOOK_HEAT_1 + HEATMAP_LEVELS - 1, "the looks follow each other");

static enum look look_of(unsigned level)
{
	return level ? (enum look)(LOOK_HEAT_1 + level - 1) : LOOK_TEXT;
}

/* Where the columns begin. */
static int left_of(const struct heatmap *m)
{
	return (int)m->label + 1;
}

bool heatmap_at(const struct heatmap *m, int y, int x, unsigned *line, unsigned *column)
{
	unsigned last_line, last_column;

	if (!heatmap_cursor(m, &last_line, &last_column) || y < HEATMAP_HEAD || x < left_of(m))
		return false;
	*line = (unsigned)(y - HEATMAP_HEAD);
	*column = (unsigned)(x - left_of(m)) / m->cell;
	return *line < m->lines && *column < m->columns;
}

/* ---- the values ---- */

/* A name for a column, where there is room behind the one before. Returns where that ends. */
static int put_tick(const struct heatmap *m, struct area *a, int end, wide_t v)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	int x = left_of(m) + (scale_at(m->scale, v) - m->first) * (int)m->cell;

	if (x < end || x >= left_of(m) + (int)(m->columns * m->cell))
		return end;
	numeric_brief(m->sp.field, v, &b);
	if (x + (int)b.len > a->cols)
		return end;
	draw_text(a, 0, x, (int)b.len, LOOK_HEADER, strbuf_cstr(&b), b.len);
	return x + (int)b.len + 1;
}

/* Powers of ten where three of them are seen, else what the columns begin with. */
static void draw_values(const struct heatmap *m, struct area *a)
{
	wide_t lo = scale_first(m->scale, m->first);
	wide_t hi = scale_last(m->scale, m->first + (int32_t)m->columns - 1);
	unsigned powers = 0;
	int end = 0;

	draw_fill(a, 0, 0, a->cols, LOOK_HEADER, " ");
	draw_right(a, 0, a->cols - 6, 6, LOOK_HEADER, "rows");
	for (wide_t v = 1; v <= hi && v <= (wide_t)UINT64_MAX; v *= 10)
		powers += v >= lo;
	if (lo >= 0 && powers > 2) {
		for (wide_t v = 1; v <= hi && v <= (wide_t)UINT64_MAX; v *= 10)
			if (v >= lo)
				end = put_tick(m, a, end, v);
		return;
	}
	for (unsigned i = 0; i < m->columns; i++)
		end = put_tick(m, a, end, scale_first(m->scale, m->first + (int32_t)i));
}

/* ---- the picture ---- */

static void draw_time(const struct heatmap *m, struct area *a, int y, uint64_t ts)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	strbuf_time(&b, ts, 9);
	strbuf_cut(&b, b.len - (m->digits ? 9 - m->digits : 10));
	draw_right(a, y, 0, (int)m->label, LOOK_TIME, strbuf_cstr(&b));
}

static void draw_cells(const struct heatmap *m, struct area *a, int y, unsigned line)
{
	const uint64_t *cells = m->cells + (size_t)line * m->columns;

	for (unsigned i = 0; i < m->columns; i++) {
		unsigned level = heatmap_level(m, cells[i]);

		if (level)
			draw_fill(a, y, left_of(m) + (int)(i * m->cell), (int)m->cell,
				  look_of(level), ramp[level]);
	}
}

static void draw_line(const struct heatmap *m, struct area *a, unsigned line)
{
	const struct heat_line *l = &m->line[line];
	int y = HEATMAP_HEAD + (int)line;
	_cleanup_strbuf_ struct strbuf b = { 0 };

	draw_time(m, a, y, m->from + line * m->step);
	if (l->lost || l->lost_unknown)
		draw_str(a, y, (int)m->label, LOOK_LOSS, "!");
	draw_cells(m, a, y, line);
	if (!l->total)
		return;
	strbuf_count(&b, l->total);
	draw_right(a, y, a->cols - 6, 6, LOOK_NUMBER, strbuf_cstr(&b));
}

static void mark(const struct heatmap *m, struct area *a)
{
	unsigned line, column;
	struct heat_box b;

	if (!heatmap_box(m, &b) || !heatmap_cursor(m, &line, &column))
		return;
	for (unsigned y = b.line; m->selecting && y <= b.last_line; y++)
		draw_mark(a, HEATMAP_HEAD + (int)y, left_of(m) + (int)(b.column * m->cell),
			  (int)((b.last_column - b.column + 1) * m->cell), MARK_CURSOR);
	draw_mark(a, HEATMAP_HEAD + (int)line, left_of(m) + (int)(column * m->cell), (int)m->cell,
		  MARK_CELL);
}

/* ---- below ---- */

/* What is selected, in words. */
static void draw_selected(const struct heatmap *m, struct area *a, int y)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct spectrum_area area;
	struct heat_box box;
	uint64_t lost = 0, rows;
	bool unknown = false;
	int x;

	if (!heatmap_box(m, &box))
		return;
	area = heatmap_area(m, &box);
	for (unsigned i = box.line; i <= box.last_line; i++) {
		lost += m->line[i].lost;
		unknown |= m->line[i].lost_unknown;
	}
	numeric_say_range(m->sp.field, area.lo, area.hi, &b);
	strbuf_str(&b, " at ");
	spectrum_seconds(&b, area.from);
	strbuf_str(&b, " for ");
	strbuf_duration(&b, (double)(area.until - area.from));
	strbuf_str(&b, ": ");
	rows = heatmap_sum(m, &box);
	strbuf_grouped(&b, rows);
	strbuf_str(&b, rows == 1 ? " row" : " rows");
	x = draw_text(a, y, 0, a->cols, LOOK_TEXT, strbuf_cstr(&b), b.len);
	if (lost)
		draw_fmt(a, y, x + 2, LOOK_LOSS, "%s%llu events lost here",
			 unknown ? "at least " : "", (unsigned long long)lost);
	else if (unknown)
		draw_str(a, y, x + 2, LOOK_LOSS, "events were lost here");
}

/* From how many rows on a cell has which level. */
static void draw_levels(const struct heatmap *m, struct area *a, int y)
{
	int x = draw_str(a, y, 0, LOOK_DIM, "rows a cell ") + 1;

	for (unsigned i = 0; i < HEATMAP_LEVELS; i++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };

		strbuf_count(&b, m->levels[i]);
		if (x + 2 + (int)b.len > a->cols)
			return;
		draw_fill(a, y, x, 2, look_of(i + 1), ramp[i + 1]);
		x += 2 + draw_text(a, y, x + 2, a->cols, LOOK_DIM, strbuf_cstr(&b), b.len) + 1;
	}
}

void heatmap_draw(const struct view *v, struct area *a)
{
	const struct heatmap *m = v->state;
	unsigned line, column;

	if (!heatmap_cursor(m, &line, &column)) {
		draw_str(a, 0, 1, LOOK_DIM,
			 m->sp.caught_up ? "no row that is shown has such a number yet"
					 : "counting");
		return;
	}
	draw_values(m, a);
	for (unsigned i = 0; i < m->lines; i++)
		draw_line(m, a, i);
	mark(m, a);
	draw_selected(m, a, HEATMAP_HEAD + (int)m->lines);
	draw_levels(m, a, HEATMAP_HEAD + (int)m->lines + 1);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heatmap_cells: how many rows each cell of the picture stands for, and what was lost beside them.
 *
 * Made from the slots of the heat; of a picture that grows at its end only the last lines again.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/util.h"
#include "tui/heatmap.h"

struct filling {
	struct heatmap *m;
	uint64_t *cells; /* of the line */
	struct heat_line *line;
};

static void fill(wide_t lo, wide_t hi, uint64_t n, void *data)
{
	struct filling *f = data;
	int64_t at = (int64_t)scale_at(f->m->scale, lo) - f->m->first;

	(void)hi;
	if (at < 0 || at >= (int64_t)f->m->columns)
		return;
	f->cells[at] += n;
	f->line->total += n;
}

static void fill_line(struct heatmap *m, unsigned line)
{
	uint64_t from = m->from + line * m->step;
	struct filling f = {
		.m = m,
		.cells = m->cells + (size_t)line * m->columns,
		.line = &m->line[line],
	};

	memset(f.cells, 0, m->columns * sizeof(*f.cells));
	f.line->total = 0;
	heat_each(m->sp.heat, from, from + m->step, fill, &f);
}

/* ---- losses ---- */

static void add_loss(struct heatmap *m, const struct page *p)
{
	uint64_t line = p->first >= m->from ? (p->first - m->from) / m->step : m->lines;

	if (!p->lost || line >= m->lines)
		return;
	if (p->lost == LOST_UNKNOWN)
		m->line[line].lost_unknown = true;
	else
		m->line[line].lost += p->lost;
}

static void find_losses(struct heatmap *m)
{
	const struct store *s = deck_store(ui_deck(m->sp.ui));
	uint64_t to = m->from + m->lines * m->step;
	const struct run *r;
	const struct page *p;

	for (unsigned i = 0; i < m->lines; i++)
		m->line[i] = (struct heat_line) { .total = m->line[i].total };
	for (unsigned i = 0; (r = store_run_at(s, i)); i++) {
		uint64_t n = run_page_from(r, PAGE_LAST, m->from);

		if (r->source->flags & SOURCE_HIDDEN)
			continue;
		for (; (p = run_page(r, n)) != NULL && p->first < to; n++)
			add_loss(m, p);
	}
}

/* ---- levels ---- */

/* The eighth root of v. */
static double root(double v)
{
	double low = 1, high = 257; /* of 2^64 it is 256 */

	for (unsigned i = 0; i < 40; i++) {
		double mid = (low + high) / 2, square = mid * mid, fourth = square * square;

		if (fourth * fourth > v)
			high = mid;
		else
			low = mid;
	}
	return low;
}

/* The largest count as a power of two: levels do not change with every row. */
static uint64_t top_of(const struct heatmap *m)
{
	uint64_t most = 0, top = HEATMAP_LEVELS;

	for (size_t i = 0; i < (size_t)m->lines * m->columns; i++)
		most = MAX(most, m->cells[i]);
	while (top < most && top < UINT64_MAX / 2)
		top *= 2;
	return top > HEATMAP_LEVELS ? top / 2 : top;
}

/* Each level begins at so many times as much as the one below. */
static void make_levels(struct heatmap *m)
{
	double factor = root((double)top_of(m)), v = 1;
	uint64_t before = 0;

	for (unsigned i = 0; i < HEATMAP_LEVELS; i++, v *= factor) {
		m->levels[i] = MAX((uint64_t)(v + 0.5), before + 1);
		before = m->levels[i];
	}
}

unsigned heatmap_level(const struct heatmap *m, uint64_t n)
{
	unsigned level = 0;

	while (level < HEATMAP_LEVELS && n >= m->levels[level])
		level++;
	return level;
}

/* ---- all of it ---- */

void heatmap_fill(struct heatmap *m, uint64_t changed)
{
	uint64_t line = changed > m->from ? (changed - m->from) / m->step : 0;

	if (!changed) {
		m->cells = xrealloc(m->cells, (size_t)m->lines * m->columns + 1, sizeof(*m->cells));
		m->line = xrealloc(m->line, m->lines + 1, sizeof(*m->line));
	}
	for (; line < m->lines; line++)
		fill_line(m, (unsigned)line);
	find_losses(m);
	make_levels(m);
}

uint64_t heatmap_sum(const struct heatmap *m, const struct heat_box *b)
{
	uint64_t n = 0;

	for (unsigned y = b->line; y <= b->last_line; y++)
		for (unsigned x = b->column; x <= b->last_column; x++)
			n += m->cells[(size_t)y * m->columns + x];
	return n;
}

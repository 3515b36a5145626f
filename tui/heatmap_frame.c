/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heatmap_frame: which times and values the picture is of.
 *
 * A line is a whole number of the heat's slots, so every row is in one line. Lines begin at
 * multiples of their length: what moves up keeps its picture.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/heatmap.h"

#define COUNT_WIDTH 7 /* behind the columns: a blank and how many rows */
#define LABEL_MOST  24
#define CELL_MOST   8

/* ---- lengths ---- */

/* In tenths; ended by 0. */
static const uint8_t fine[] = { 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 0 };
static const uint8_t coarse[] = { 10, 20, 50, 0 };

/* The first of factors times a power of ten that is at_least; *before is the one before it. */
static uint64_t round_up(const uint8_t *factors, uint64_t at_least, uint64_t *before)
{
	*before = at_least > 1 ? at_least - 1 : 1;
	if (at_least <= 10)
		return MAX(at_least, (uint64_t)1);
	for (uint64_t power = 1; power < UINT64_MAX / 1000; power *= 10) {
		for (const uint8_t *f = factors; *f; f++) {
			if (*f * power >= at_least)
				return *f * power;
			*before = *f * power;
		}
	}
	return at_least;
}

uint64_t heatmap_longer(uint64_t step)
{
	uint64_t before;

	return round_up(coarse, step + 1, &before);
}

uint64_t heatmap_shorter(uint64_t step)
{
	uint64_t before;

	round_up(coarse, step, &before);
	return before;
}

/* Slots of which a line has a whole number. */
static uint64_t slot_of(uint64_t step)
{
	static const uint8_t parts[] = { 8, 5, 4, 2 };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (step % parts[i] == 0)
			return step / parts[i];
	return step;
}

/* ---- times ---- */

/* All there is: of the files, or else of the store. */
static void whole(const struct heatmap *m, uint64_t *from, uint64_t *to)
{
	const struct deck_play *p = ui_playing(m->sp.ui);
	struct store_stats s;
	struct heat_stats h;

	store_stats(deck_store(ui_deck(m->sp.ui)), &s);
	heat_stats(m->sp.heat, &h);
	*from = s.first;
	*to = s.last + 1;
	if (p->recording && !p->playing && p->first <= s.first && p->last >= s.last) {
		*from = p->first;
		*to = p->last + 1;
	}
	/* What left the store in between is in the picture still. */
	if (h.to > h.from)
		*from = MIN(*from, h.from);
}

static uint64_t lines_of(uint64_t from, uint64_t to, uint64_t step)
{
	return (to - 1) / step - from / step + 1;
}

/* The shortest length by which the range is no more than so many lines, of whole slots. */
static uint64_t step_for(uint64_t from, uint64_t to, unsigned lines, uint64_t slot)
{
	uint64_t before, step = round_up(fine, MAX((to - from) / lines, slot), &before);

	while (lines_of(from, to, step) > lines)
		step = round_up(fine, step + 1, &before);
	for (unsigned i = 0; i < ARRAY_SIZE(fine) && step % slot; i++)
		step = round_up(fine, step + 1, &before);
	return step % slot ? (step / slot + 1) * slot : step;
}

/* Where time stands: also where nothing comes. */
static uint64_t time_of(const struct heatmap *m)
{
	struct ui *ui = m->sp.ui;
	const struct deck_play *p = ui_playing(ui);
	struct store_stats s;

	store_stats(deck_store(ui_deck(ui)), &s);
	if (p->recording && !p->playing)
		return s.last;
	return MIN(deck_horizon(ui_deck(ui)), MAX(ui_now(ui), s.last));
}

/* The first line where the last one is that of now. */
static uint64_t following(const struct heatmap *m)
{
	uint64_t last = time_of(m) / m->step * m->step, before = (m->room - 1) * m->step;

	return last > before ? last - before : 0;
}

void heatmap_look(struct heatmap *m)
{
	const struct heat_look *l = &m->look;
	uint64_t from, to, begin = 0, end = UINT64_MAX;

	m->held = false;
	m->step = l->line_step;
	if (l->mode == HEAT_FOLLOW) {
		begin = m->from = following(m);
	} else if (l->mode == HEAT_RANGE) {
		begin = l->from;
		end = l->to;
		m->step = step_for(begin, end, m->room, 1);
	} else {
		whole(m, &from, &to);
		m->step = step_for(from, to, m->room, 1);
	}
	spectrum_begin(&m->sp, begin, end, slot_of(m->step));
	m->dirty = true;
}

bool heatmap_follow(struct heatmap *m)
{
	uint64_t from;

	if (m->look.mode != HEAT_FOLLOW || m->held)
		return false;
	from = following(m);
	if (from == m->from)
		return false;
	if (from > m->from)
		heat_forget(m->sp.heat, from);
	else /* a longer picture, or time went back: what is before was let go */
		spectrum_begin(&m->sp, from, UINT64_MAX, slot_of(m->step));
	m->from = from;
	return true;
}

/* The first line and the length of lines, where they are not those of following. */
static void fit_times(struct heatmap *m)
{
	struct heat_stats h;
	uint64_t from, to;

	m->lines = m->room;
	if (m->look.mode == HEAT_FOLLOW)
		return;
	heat_stats(m->sp.heat, &h);
	if (m->look.mode == HEAT_ALL) {
		whole(m, &from, &to);
	} else {
		from = m->look.from;
		to = m->look.to;
	}
	m->step = step_for(from, to, m->room, h.step);
	m->from = from / m->step * m->step;
	m->lines = (unsigned)lines_of(from, to, m->step);
}

/* ---- values ---- */

static void fit_values(struct heatmap *m)
{
	struct heat_stats h;
	wide_t lo, hi;

	heat_stats(m->sp.heat, &h);
	lo = h.least;
	hi = h.greatest;
	if (m->look.has_values) {
		lo = m->look.lo;
		hi = m->look.hi;
	} else if (!h.counted && lo == hi) {
		m->columns = 0;
		return;
	}
	m->scale = scale_fit(lo, hi, MAX(m->width, 3u));
	m->first = scale_at(m->scale, lo);
	m->columns = MIN(scale_count(m->scale, lo, hi), m->width);
	m->cell = m->columns ? MIN(m->width / m->columns, (unsigned)CELL_MOST) : 1;
}

/* ---- the picture ---- */

/* Digits behind the point that tell lines apart, and the width of a time. */
static void fit_label(struct heatmap *m)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	uint64_t step = m->step;

	m->digits = 9;
	for (; m->digits && step % 10 == 0; m->digits--)
		step /= 10;
	strbuf_time(&b, m->from + m->lines * m->step, 9);
	m->label = MIN((unsigned)b.len - 9 + m->digits, (unsigned)LABEL_MOST);
}

bool heatmap_fit(struct heatmap *m, int rows, int cols)
{
	struct heatmap was = *m;
	unsigned lines = (unsigned)MAX(rows - HEATMAP_HEAD - HEATMAP_FOOT, 0);

	m->room = MAX(lines, 1u);
	if (!m->step)
		heatmap_look(m);
	heatmap_follow(m);
	fit_times(m);
	fit_label(m);
	m->width = (unsigned)MAX(cols - (int)m->label - 2 - COUNT_WIDTH, 0);
	fit_values(m);
	if (!lines)
		m->columns = 0;
	return m->dirty || m->lines != was.lines || m->columns != was.columns ||
	       m->from != was.from || m->step != was.step || m->first != was.first ||
	       m->scale.log != was.scale.log || m->scale.merge != was.scale.merge ||
	       m->cell != was.cell;
}

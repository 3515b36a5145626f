/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouping_order: the order of the rows of a table of groups.
 *
 * A few thousand are put in order at once. Of more the first ones are picked at once, for they are
 * what is looked at, and all of them are merged in steps, so that keys are answered meanwhile.
 * Numbers may change while it goes on; the next order has them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"
#include "tui/grouping.h"

#define FEW	   2048		      /* rows that are put in order at once */
#define FIRST	   256		      /* that are picked of more */
#define EXACT	   9007199254740992.0 /* 2^53: equal doubles are equal numbers */
#define CLOCK_MASK 255		      /* the clock is read once in so many rows */
#define GOLDEN	   0.6180339887

/* ---- which of two comes first ---- */

static int in_turn(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* Of equals those whose keys come first. */
static int compare_few(const struct grouping *g, const uint32_t row[2])
{
	int c = group_order(g->shown, row, g->sort, g->descending);

	for (unsigned k = 0; k < g->spec->key_count && !c; k++)
		c = group_order(g->shown, row, k, false);
	return c ? c : in_turn(row[0], row[1]);
}

/* Of very many, by what was looked up before; of equals the older one. */
static int compare_values(const struct grouping *g, const uint32_t row[2])
{
	double a = g->sorting.values[row[0]], b = g->sorting.values[row[1]];

	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b) ? in_turn(row[0], row[1]) : isnan(a) ? 1 : -1;
	if (a == b && fabs(a) <= EXACT)
		return in_turn(row[0], row[1]);
	if (a != b)
		return (a < b) == g->descending ? 1 : -1;
	return compare_few(g, row);
}

static int compare(const void *pa, const void *pb, void *data)
{
	const struct grouping *g = data;
	uint32_t row[2] = { *(const uint32_t *)pa, *(const uint32_t *)pb };
	uint32_t known = g->sorting.value_count;

	/* Rows that came since and "other", which has no place of its own. */
	if (row[0] < known && row[1] < known)
		return compare_values(g, row);
	return compare_few(g, row);
}

/* A number that stands in a cell; false for what is none. */
static bool number_of(const struct grouping *g, uint32_t row, double *ret)
{
	struct group_value v;

	group_value(g->shown, row, g->sort, &v);
	switch (v.type) {
	case GROUP_NONE:
		*ret = NAN;
		return true;
	case GROUP_TEXT:
		return false;
	case GROUP_REAL:
	case GROUP_REAL_NS:
	case GROUP_SHARE:
		*ret = v.real;
		return true;
	default:
		*ret = (double)v.wide;
		return true;
	}
}

/* Looks the numbers up, where they are worth it: a text among them spoils it. */
static void learn_values(struct grouping *g, uint32_t count)
{
	struct grouping_order *o = &g->sorting;

	o->value_count = 0;
	if (count <= FEW)
		return;
	if (count > o->value_cap) {
		o->value_cap = count;
		o->values = xrealloc(o->values, count, sizeof(*o->values));
	}
	count -= group_is_other(g->shown, count - 1);
	for (uint32_t i = 0; i < count; i++)
		if (!number_of(g, i, &o->values[i]))
			return;
	o->value_count = count;
}

/* Room for all rows in each of the lists. */
static void make_room(struct grouping *g, uint32_t count)
{
	struct grouping_order *o = &g->sorting;

	if (count <= g->cap)
		return;
	g->cap = MAX(count, g->cap * 2);
	g->order = xrealloc(g->order, g->cap, sizeof(*g->order));
	o->from = xrealloc(o->from, g->cap, sizeof(*o->from));
	o->to = xrealloc(o->to, g->cap, sizeof(*o->to));
}

void order_done(struct grouping *g)
{
	free(g->order);
	free(g->sorting.from);
	free(g->sorting.to);
	free(g->sorting.values);
}

/* ---- all of them, in steps ---- */

void order_begin(struct grouping *g)
{
	struct grouping_order *o = &g->sorting;
	uint32_t count = g->shown ? group_count(g->shown) : 0;

	make_room(g, count);
	learn_values(g, count);
	for (uint32_t i = 0; i < count; i++)
		o->from[i] = i;
	o->count = count;
	o->width = 1;
	o->lo = o->i = 0;
	o->j = MIN(1u, count);
	o->spent = 0;
	o->runs = true;
}

/* On to the next two runs of a pass; those of the last one are merged. */
static void next_runs(struct grouping_order *o)
{
	o->lo = MIN((uint64_t)o->lo + 2ull * o->width, (uint64_t)o->count);
	if (o->lo >= o->count) {
		uint32_t *to = o->to;

		o->to = o->from;
		o->from = to;
		o->lo = 0;
		o->width = (uint32_t)MIN(2ull * o->width, (uint64_t)UINT32_MAX / 2);
	}
	o->i = o->lo;
	o->j = (uint32_t)MIN((uint64_t)o->lo + o->width, (uint64_t)o->count);
}

/* One row of two runs to its place. */
static void merge_row(struct grouping *g)
{
	struct grouping_order *o = &g->sorting;
	uint32_t mid = (uint32_t)MIN((uint64_t)o->lo + o->width, (uint64_t)o->count);
	uint32_t end = (uint32_t)MIN((uint64_t)mid + o->width, (uint64_t)o->count);
	uint32_t at = o->i + o->j - mid;
	bool left = o->i < mid && (o->j >= end || compare(&o->from[o->i], &o->from[o->j], g) <= 0);

	o->to[at] = left ? o->from[o->i++] : o->from[o->j++];
	if (at + 1 == end)
		next_runs(o);
}

static void take(struct grouping *g)
{
	struct grouping_order *o = &g->sorting;
	uint32_t *order = g->order;

	g->order = o->from;
	g->count = o->count;
	o->from = order;
	o->runs = false;
}

bool order_work(struct grouping *g, uint64_t until)
{
	struct grouping_order *o = &g->sorting;
	uint64_t began = clock_mono();

	for (uint32_t n = 1; o->width < o->count; n++) {
		merge_row(g);
		if (n & CLOCK_MASK || clock_mono() < until)
			continue;
		o->spent += clock_mono() - began;
		return false;
	}
	take(g);
	o->spent += clock_mono() - began;
	return true;
}

/* ---- the first ones, at once ---- */

/* The one that comes last of those picked stands on top; puts the one at a place where it belongs.
 */
static void sift_down(struct grouping *g, uint32_t *heap, uint32_t count, uint32_t at)
{
	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		uint32_t row = heap[at];

		child += child + 1 < count && compare(&heap[child], &heap[child + 1], g) < 0;
		if (compare(&heap[at], &heap[child], g) >= 0)
			return;
		heap[at] = heap[child];
		heap[child] = row;
	}
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	return b ? common_divisor(b, a % b) : a;
}

/* A stride by which all of so many rows are met once, and those of a stretch far apart. */
static uint32_t stride_of(uint32_t count)
{
	uint32_t stride = (uint32_t)(count * GOLDEN);

	while (common_divisor(count, stride) != 1)
		stride++;
	return stride;
}

/*
 * The first ones of all rows to the front of the order. Rows are met in no order: if they stood in
 * that of the column, the other way up, each one would come before those that were picked.
 */
static void pick(struct grouping *g)
{
	uint32_t *heap = g->order, row = 0, stride = stride_of(g->count);

	for (uint32_t i = 0; i < FIRST; i++) {
		heap[i] = row;
		row = (uint32_t)(((uint64_t)row + stride) % g->count);
	}
	for (uint32_t i = FIRST / 2; i--;)
		sift_down(g, heap, FIRST, i);
	for (uint32_t i = FIRST; i < g->count; i++) {
		if (compare(&row, heap, g) < 0) {
			heap[0] = row;
			sift_down(g, heap, FIRST, 0);
		}
		row = (uint32_t)(((uint64_t)row + stride) % g->count);
	}
	qsort_r(heap, FIRST, sizeof(*heap), compare, g);
}

/* The others behind them as they came. */
static void put_rest(struct grouping *g)
{
	uint32_t *rest = g->order + FIRST, *picked = g->sorting.to;

	memset(picked, 0, g->count * sizeof(*picked));
	for (uint32_t i = 0; i < FIRST; i++)
		picked[g->order[i]] = 1;
	for (uint32_t row = 0; row < g->count; row++)
		if (!picked[row])
			*rest++ = row;
}

void order_first(struct grouping *g)
{
	order_begin(g);
	if (g->sorting.count <= FEW) {
		order_work(g, UINT64_MAX);
		return;
	}
	g->count = g->sorting.count;
	pick(g);
	put_rest(g);
}

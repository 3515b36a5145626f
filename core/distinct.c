/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * distinct: a hash of the values while they are few, then the ranks of a HyperLogLog.
 *
 * 2^15 ranks have a standard error of 0.57 percent and take less than the hash did. The estimate is
 * Ertl's (New cardinality estimation algorithms for HyperLogLog sketches, 2017): no tables of
 * corrections, and good for every size.
 */
#include "core/distinct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"

#define FIRST	 16
#define LAST	 4096 /* places for DISTINCT_EXACT values */
#define BITS	 15
#define RANKS	 (1u << BITS)
#define LN2	 0.69314718055994530942
#define RANK_MAX (64 - BITS + 1)

/* ---- about ---- */

static inline void rank_add(struct distinct *d, uint64_t mixed)
{
	uint64_t rest = mixed << BITS;
	uint8_t rank = rest ? (uint8_t)(__builtin_clzll(rest) + 1) : RANK_MAX;
	uint8_t *at = &d->ranks[mixed >> (64 - BITS)];

	if (unlikely(rank > *at))
		*at = rank;
}

/* From the values to their ranks. */
static void go_about(struct distinct *d)
{
	uint64_t *values = d->values;

	d->ranks = xcalloc(1, RANKS);
	d->about = true;
	for (unsigned i = 0; i < d->cap; i++)
		if (values[i])
			rank_add(d, values[i]);
	if (d->zero)
		rank_add(d, 0);
	d->cap = 0;
	free(values);
}

/* The sum of x^(2^k) * 2^(k-1), and x. */
static double sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

/* Of 0 < x < 1. */
static double root(double x)
{
	double r = 1;

	for (unsigned i = 0; i < 40; i++)
		r = (r + x / r) / 2;
	return r;
}

static double tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = root(x);
		before = z;
		y /= 2;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

static uint64_t estimate(const struct distinct *d)
{
	uint32_t counts[RANK_MAX + 1] = { 0 };
	double z;

	for (unsigned i = 0; i < RANKS; i++)
		counts[d->ranks[i]]++;
	z = RANKS * tau(1 - (double)counts[RANK_MAX] / RANKS);
	for (unsigned k = RANK_MAX - 1; k; k--)
		z = (z + counts[k]) / 2;
	z += RANKS * sigma((double)counts[0] / RANKS);
	return (uint64_t)((double)RANKS * RANKS / (2 * LN2) / z + 0.5);
}

/* ---- exact ---- */

static bool put(uint64_t *values, unsigned cap, uint64_t mixed)
{
	unsigned i = (unsigned)mixed & (cap - 1);

	for (; values[i]; i = (i + 1) & (cap - 1))
		if (values[i] == mixed)
			return false;
	values[i] = mixed;
	return true;
}

static void grow(struct distinct *d)
{
	unsigned cap = d->cap ? 2u * d->cap : FIRST;
	uint64_t *values = xcalloc(cap, sizeof(*values));

	for (unsigned i = 0; i < d->cap; i++)
		if (d->values[i])
			put(values, cap, d->values[i]);
	free(d->values);
	d->values = values;
	d->cap = (uint16_t)cap;
}

static void add_new(struct distinct *d, uint64_t mixed)
{
	if (d->count >= d->cap * 3u / 4 && d->cap < LAST)
		grow(d);
	if (put(d->values, d->cap, mixed))
		d->count++;
	if (d->count > DISTINCT_EXACT)
		go_about(d);
}

void distinct_add(struct distinct *d, uint64_t mixed)
{
	if (d->about)
		rank_add(d, mixed);
	else if (unlikely(!mixed))
		d->zero = true;
	else
		add_new(d, mixed);
}

/* ---- both ---- */

void distinct_merge(struct distinct *to, const struct distinct *from)
{
	if (from->about) {
		if (!to->about)
			go_about(to);
		for (unsigned i = 0; i < RANKS; i++)
			to->ranks[i] = MAX(to->ranks[i], from->ranks[i]);
		return;
	}
	for (unsigned i = 0; i < from->cap; i++)
		if (from->values[i])
			distinct_add(to, from->values[i]);
	if (from->zero)
		distinct_add(to, 0);
}

uint64_t distinct_count(const struct distinct *d)
{
	return d->about ? estimate(d) : (uint64_t)d->count + d->zero;
}

size_t distinct_bytes(const struct distinct *d)
{
	return d->about ? RANKS : d->cap * sizeof(*d->values);
}

void distinct_done(struct distinct *d)
{
	if (d->about)
		free(d->ranks);
	else
		free(d->values);
	*d = (struct distinct) { 0 };
}

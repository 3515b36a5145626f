/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loghist: a table of octaves, each a power of two cut into 64 parts.
 *
 * Octave 0 has 0 to 63, one number a part; octave n has 2^(n+5) to 2^(n+6) - 1. Below zero octave
 * -1 - n has the mirror image of octave n. A part counts in 16 bits, and what does not fit goes to
 * a second array that few octaves ever need: there is a histogram for each of very many groups.
 */
#include "core/loghist.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"

#define PARTS	   64
#define PARTS_BITS 6
#define WIDTH_MAX  126 /* bits of a number; what is wider counts as the widest */

#define WIDE_MAX ((wide_t)((((uwide_t)1) << 127) - 1))
#define WIDE_MIN (-WIDE_MAX - 1)

__extension__ typedef unsigned __int128 uwide_t;

struct loghist_octave {
	uint16_t low[PARTS];
	uint64_t *high; /* in units of 2^16; NULL: all 0 */
};

/* Where a value is counted. */
struct place {
	int octave;
	unsigned part;
};

/* ---- places ---- */

static struct place place_of_size(uwide_t size)
{
	unsigned bits, shift;

	if (likely(!(size >> 64))) {
		if (size < PARTS)
			return (struct place) { 0, (unsigned)size };
		bits = 64 - (unsigned)__builtin_clzll((uint64_t)size);
	} else {
		if (size >> WIDTH_MAX)
			size = ((uwide_t)1 << WIDTH_MAX) - 1;
		bits = 128 - (unsigned)__builtin_clzll((uint64_t)(size >> 64));
	}
	shift = bits - PARTS_BITS - 1;
	return (struct place) { (int)shift + 1, (unsigned)(size >> shift) & (PARTS - 1) };
}

static inline struct place place_of(wide_t v)
{
	struct place p;

	if (likely(v >= 0))
		return place_of_size((uwide_t)v);
	p = place_of_size(-(uwide_t)v);
	return (struct place) { -1 - p.octave, PARTS - 1 - p.part };
}

/* The sizes of a part of an octave that is not mirrored. */
static void part_sizes(struct place p, wide_t *lo, wide_t *hi)
{
	unsigned shift = p.octave ? (unsigned)p.octave - 1 : 0;

	*lo = (wide_t)(p.octave ? PARTS + p.part : p.part) << shift;
	*hi = *lo + (((wide_t)1 << shift) - 1);
}

static void part_values(struct place p, wide_t *lo, wide_t *hi)
{
	wide_t near, far;

	if (p.octave >= 0) {
		part_sizes(p, lo, hi);
		return;
	}
	part_sizes((struct place) { -1 - p.octave, PARTS - 1 - p.part }, &near, &far);
	*lo = -far;
	*hi = -near;
}

void loghist_part(wide_t v, wide_t *lo, wide_t *hi)
{
	part_values(place_of(v), lo, hi);
}

/* ---- counting ---- */

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t part_count(const struct loghist_octave *o, unsigned part)
{
	uint64_t high = o->high ? o->high[part] : 0;

	if (high >> 48)
		return UINT64_MAX;
	return high << 16 | o->low[part];
}

/* Also what does not fit into the 16 bits. */
static __attribute__((noinline)) void count_high(struct loghist *h, struct loghist_octave *o,
						 unsigned part, uint64_t n)
{
	uint32_t low = o->low[part] + (uint32_t)(n & UINT16_MAX);

	if (!o->high) {
		o->high = xcalloc(PARTS, sizeof(*o->high));
		h->bytes += PARTS * sizeof(*o->high);
	}
	o->low[part] = (uint16_t)low;
	o->high[part] = add_capped(o->high[part], (n >> 16) + (low >> 16));
}

static inline void count_part(struct loghist *h, struct loghist_octave *o, unsigned part,
			      uint64_t n)
{
	if (likely(n <= (uint64_t)(UINT16_MAX - o->low[part])))
		o->low[part] = (uint16_t)(o->low[part] + n);
	else
		count_high(h, o, part, n);
}

/* The table reaches from octave `first` to `last`; what is there stays. */
static void widen(struct loghist *h, int first, int last)
{
	size_t count = (size_t)(last - first) + 1;
	struct loghist_octave **table = xcalloc(count, sizeof(struct loghist_octave *));

	if (h->count)
		memcpy(table + (h->first - first), h->octaves,
		       h->count * sizeof(struct loghist_octave *));
	free(h->octaves);
	h->bytes += (uint32_t)((count - h->count) * sizeof(struct loghist_octave *));
	h->octaves = table;
	h->first = (int16_t)first;
	h->count = (uint16_t)count;
}

static __attribute__((noinline)) struct loghist_octave *new_octave(struct loghist *h, int octave)
{
	int first = octave, last = octave;

	if (h->count) {
		first = MIN(first, (int)h->first);
		last = MAX(last, h->first + h->count - 1);
	}
	if (last - first + 1 != h->count)
		widen(h, first, last);
	h->bytes += sizeof(struct loghist_octave);
	return h->octaves[octave - first] = xcalloc(1, sizeof(struct loghist_octave));
}

static inline struct loghist_octave *get_octave(struct loghist *h, int octave)
{
	unsigned at = (unsigned)(octave - h->first);

	if (likely(at < h->count && h->octaves[at]))
		return h->octaves[at];
	return new_octave(h, octave);
}

static wide_t sum_capped(wide_t a, wide_t b)
{
	wide_t sum;

	if (likely(!__builtin_add_overflow(a, b, &sum)))
		return sum;
	return b < 0 ? WIDE_MIN : WIDE_MAX;
}

static wide_t times_capped(wide_t v, uint64_t n)
{
	wide_t product;

	if (likely(!__builtin_mul_overflow(v, (wide_t)n, &product)))
		return product;
	return v < 0 ? WIDE_MIN : WIDE_MAX;
}

void loghist_add(struct loghist *h, wide_t v, uint64_t n)
{
	struct place p = place_of(v);

	if (unlikely(!n))
		return;
	if (unlikely(!h->total))
		h->least = h->greatest = v;
	else if (v < h->least)
		h->least = v;
	else if (v > h->greatest)
		h->greatest = v;
	h->total = add_capped(h->total, n);
	h->sum = sum_capped(h->sum, likely(n == 1) ? v : times_capped(v, n));
	count_part(h, get_octave(h, p.octave), p.part, n);
}

void loghist_merge(struct loghist *to, const struct loghist *from)
{
	if (!from->total)
		return;
	if (!to->total || from->least < to->least)
		to->least = from->least;
	if (!to->total || from->greatest > to->greatest)
		to->greatest = from->greatest;
	to->total = add_capped(to->total, from->total);
	to->sum = sum_capped(to->sum, from->sum);
	for (int i = 0; i < from->count; i++) {
		const struct loghist_octave *o = from->octaves[i];

		for (unsigned part = 0; o && part < PARTS; part++) {
			uint64_t n = part_count(o, part);

			if (n)
				count_part(to, get_octave(to, from->first + i), part, n);
		}
	}
}

/* ---- asking ---- */

/* ceil(q * total), 1 to total; 0.07 times 100 is 7, though no double is 0.07. */
static uint64_t rank_of(double q, uint64_t total)
{
	long double exact = (long double)q * (long double)total * (1 - 1e-15L);
	uint64_t rank;

	if (!(exact > 0))
		return 1;
	if (exact >= (long double)total)
		return total;
	rank = (uint64_t)exact;
	if ((long double)rank < exact)
		rank++;
	return MAX(rank, 1);
}

/* The part that holds a rank; false when there is none. */
static bool find_rank(const struct loghist *h, uint64_t rank, struct place *ret)
{
	uint64_t seen = 0;

	for (int i = 0; i < h->count; i++) {
		const struct loghist_octave *o = h->octaves[i];

		for (unsigned part = 0; o && part < PARTS; part++) {
			seen = add_capped(seen, part_count(o, part));
			if (seen >= rank) {
				*ret = (struct place) { h->first + i, part };
				return true;
			}
		}
	}
	return false;
}

wide_t loghist_quantile(const struct loghist *h, double q)
{
	uint64_t rank = rank_of(q, h->total);
	struct place p;
	wide_t lo, hi;

	if (!h->total)
		return 0;
	if (rank == h->total || !find_rank(h, rank, &p))
		return h->greatest;
	if (rank == 1)
		return h->least;
	part_values(p, &lo, &hi);
	lo = MAX(lo, h->least);
	hi = MIN(hi, h->greatest);
	return lo + (hi - lo) / 2;
}

void loghist_each(const struct loghist *h, void (*fn)(wide_t lo, wide_t hi, uint64_t n, void *data),
		  void *data)
{
	for (int i = 0; i < h->count; i++) {
		const struct loghist_octave *o = h->octaves[i];

		for (unsigned part = 0; o && part < PARTS; part++) {
			uint64_t n = part_count(o, part);
			wide_t lo, hi;

			if (!n)
				continue;
			part_values((struct place) { h->first + i, part }, &lo, &hi);
			fn(lo, hi, n, data);
		}
	}
}

size_t loghist_bytes(const struct loghist *h)
{
	return h->bytes;
}

void loghist_done(struct loghist *h)
{
	for (unsigned i = 0; i < h->count; i++) {
		if (h->octaves[i])
			free(h->octaves[i]->high);
		free(h->octaves[i]);
	}
	free(h->octaves);
	*h = (struct loghist) { 0 };
}

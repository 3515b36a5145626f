/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * time_map: from the times a recording has to those everything else has.
 *
 * A recording may count cycles, begin at another zero, or come from a guest whose clock drifts
 * against its host's. Pieces of a line, each from a time on; without a map times are as they are.
 * Never falling: a later record stays a later one.
 */
#ifndef CORE_TIME_MAP_H
#define CORE_TIME_MAP_H

#include <stdint.h>

__extension__ typedef __int128 time_wide;

struct time_piece {
	uint64_t from;	/* the first time it holds for, as recorded */
	uint64_t mult;	/* 0: no scaling */
	uint32_t shift; /* (t - from) * mult >> shift, added to what from becomes; below 64 */
	uint64_t to;	/* what from becomes */
};

struct time_map {
	uint32_t count; /* at least 1; the first piece holds for what is before it as well */
	struct time_piece pieces[];
};

/* The time everything else calls t. */
static inline uint64_t time_map_apply(const struct time_map *m, uint64_t t)
{
	const struct time_piece *p = m->pieces;
	uint32_t n = m->count;
	int64_t d;

	while (n > 1) { /* the last one that begins at t or before it */
		uint32_t half = n / 2;

		if (p[half].from <= t) {
			p += half;
			n -= half;
		} else {
			n = half;
		}
	}
	d = (int64_t)(t - p->from);
	if (p->mult)
		d = (int64_t)((d * (time_wide)p->mult) >> p->shift);
	return p->to + (uint64_t)d;
}

#endif

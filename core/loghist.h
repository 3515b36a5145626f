/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loghist: how often which size of number came: a log-linear histogram.
 *
 * Each power of two is cut into 64 equal parts, so that every quantile is within 0.8 percent of a
 * value that came; values below 64 are exact, negative ones are mirrored. Count, sum, least and
 * greatest are exact and never wrap. Takes memory only for powers of two that came.
 */
#ifndef CORE_LOGHIST_H
#define CORE_LOGHIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Wide enough for every signed and unsigned number of 64 bits, and for sums of all that can come.
 */
__extension__ typedef __int128 wide_t;

struct loghist_octave; /* 64 counts */

/* Zeroed: empty. */
struct loghist {
	struct loghist_octave **octaves; /* ascending from number `first` on; NULL: none came */
	int16_t first;
	uint16_t count;
	uint32_t bytes; /* as loghist_bytes says: tells who adds whether it grew */
	uint64_t total;
	wide_t sum, least, greatest; /* least and greatest mean something when total is not 0 */
};

/* Adds a value (n times). Hot. */
void loghist_add(struct loghist *h, wide_t v, uint64_t n);
void loghist_merge(struct loghist *to, const struct loghist *from);

/* The value below which the share q (0 to 1) of all lie: rank ceil(q * total). 0 when empty. */
wide_t loghist_quantile(const struct loghist *h, double q);

/* Calls fn for every part that has values: lo <= value <= hi, ascending. */
void loghist_each(const struct loghist *h, void (*fn)(wide_t lo, wide_t hi, uint64_t n, void *data),
		  void *data);

/* The part in which a value is: sets *lo and *hi as loghist_each says them. */
void loghist_part(wide_t v, wide_t *lo, wide_t *hi);

/* Bytes it takes besides itself. */
size_t loghist_bytes(const struct loghist *h);
void loghist_done(struct loghist *h);

#endif

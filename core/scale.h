/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scale: numbers of any size onto few places: log-linear, as coarse as it must be.
 *
 * Each power of two is cut into 2^log equal parts, as in loghist, or (merge) so many powers of two
 * are one part. Small numbers have a part of their own, 0 always; negative ones are mirrored.
 * Parts are numbered in order of their values, that of 0 is 0.
 */
#ifndef CORE_SCALE_H
#define CORE_SCALE_H

#include "core/loghist.h"

#define SCALE_FINEST                                                                               \
	6 /* log of loghist's parts: each of them is within one part of every scale                \
	   */

struct scale {
	uint8_t log;   /* 0 to SCALE_FINEST */
	uint8_t merge; /* powers of two in one part; more than 1 only where log is 0 */
};

/* The number of the part in which a value is. */
int32_t scale_at(struct scale s, wide_t v);

/* The least and the greatest value of a part. */
wide_t scale_first(struct scale s, int32_t part);
wide_t scale_last(struct scale s, int32_t part);

/* The finest scale on which least to greatest lie on no more than so many parts (at least 3). */
struct scale scale_fit(wide_t least, wide_t greatest, uint32_t parts);

/* How many parts there are from the one of least to the one of greatest. */
uint32_t scale_count(struct scale s, wide_t least, wide_t greatest);

#endif

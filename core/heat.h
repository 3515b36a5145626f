/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heat: how often which size of number came when: a histogram for each slot of time.
 *
 * Slots are equally long. When rows come outside of what the slots reach over, or the histograms
 * take too much memory, two neighbours become one, so that memory is bounded and every count stays
 * exact. Rows may come in any order of time.
 */
#ifndef CORE_HEAT_H
#define CORE_HEAT_H

#include "core/fold.h"
#include "core/loghist.h"

struct numeric;

struct heat_conf {
	struct numeric *field; /* whose values are counted; borrowed */
	uint64_t from, to;     /* rows with from <= time < to count; 0, UINT64_MAX: all */
	uint64_t step;	       /* ns of a slot at the beginning, at least 1 */
	uint32_t slots;	       /* at most */
	size_t memory;	       /* of the histograms; 0: 16 MiB */
};

struct heat;

struct heat *heat_new(const struct heat_conf *c);
void heat_free(struct heat *h);

/* Takes rows: its data is a struct heat *. A restart empties it. */
extern const struct fold_ops heat_fold_ops;

/* Empties it, perhaps for other times and another step. The rest of c stays as it was. */
void heat_begin(struct heat *h, uint64_t from, uint64_t to, uint64_t step);

/* Counts a value. Hot. */
void heat_add(struct heat *h, uint64_t ts, wide_t v);

/* Lets go of slots that are wholly before a time; such rows do not count any more. */
void heat_forget(struct heat *h, uint64_t ts);

/* From now on rows at a time and behind it do not count. */
void heat_until(struct heat *h, uint64_t ts);

struct heat_stats {
	uint64_t step;		/* ns of a slot now */
	uint64_t from, to;	/* what the slots that are used reach over; equal when none is */
	uint64_t counted;	/* values in the slots */
	uint64_t lacking;	/* rows that had no such number */
	uint64_t outside;	/* values before from, or at to and behind it */
	wide_t least, greatest; /* of all that were counted since heat_begin; when counted */
};

void heat_stats(const struct heat *h, struct heat_stats *ret);

/* Adds the slots that begin at from or behind it and before to. */
void heat_sum(const struct heat *h, uint64_t from, uint64_t to, struct loghist *ret);

/* Calls fn for every part of those slots that has values, as loghist_each does. */
void heat_each(const struct heat *h, uint64_t from, uint64_t to,
	       void (*fn)(wide_t lo, wide_t hi, uint64_t n, void *data), void *data);

/*
 * The first time whose counts changed since this was asked the last time; UINT64_MAX: none did. 0
 * when slots were joined or let go.
 */
uint64_t heat_changed(struct heat *h);

#endif

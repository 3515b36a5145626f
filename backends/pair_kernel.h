/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_kernel: latency pairs that the kernel itself pairs and counts, where it can.
 *
 * From the words of a pair, a grouping and a filter to synthetic events and histograms
 * (tracefs/hist.h), and from what those say to groups. What the kernel cannot do is said with the
 * reason, so that whoever asked can pair here instead.
 */
#ifndef BACKENDS_PAIR_KERNEL_H
#define BACKENDS_PAIR_KERNEL_H

#include "core/filter.h"
#include "core/group.h"
#include "core/identity.h"
#include "core/pair.h"
#include "tracefs/hist.h"

struct pair_kernel;

/* All borrowed for its life. */
struct pair_kernel_conf {
	const struct pair_spec *spec;
	struct schema_set *events; /* the kernel's that the pair is of are in it */
	struct schema_set *set;	   /* where the derived event goes */
	const struct group_spec *by;
	const struct filter *filter; /* of pairs; NULL: all */
	struct identity *identity;
	struct guard *guard;
	struct instance *instance; /* that is on, tapdeck.*.hist */
};

/* What is said with every percentile of such pairs. */
#define PAIR_KERNEL_BOUND "percentiles within 4 percent: the kernel counts by sixteenths"

/*
 * Lets the kernel pair from now on. -ENOTSUP where the kernel, or its histograms, cannot do what is
 * asked, with the reason.
 */
int pair_kernel_open(const struct pair_kernel_conf *c, struct pair_kernel **ret, struct err *e);

/*
 * Whether the kernel could pair at all what a pair of these events is, counted by nothing: as
 * pair_kernel_open says it. Asks it nothing and changes nothing.
 */
int pair_kernel_check(const struct pair_spec *spec, struct schema_set *events, struct err *e);

/* No more pairs; what was counted can still be read, starts and ends cannot. */
int pair_kernel_stop(struct pair_kernel *k, struct err *e);

/* Undoes it. NULL-safe. */
int pair_kernel_close(struct pair_kernel *k, struct err *e);

/* Puts what was counted since the last time into the groups, as of now on CLOCK_MONOTONIC. */
int pair_kernel_read(struct pair_kernel *k, struct group_table *t, uint64_t now, struct err *e);

/* What the kernel said at the last reading; with sides starts and ends as well, which takes long.
 */
int pair_kernel_counts(struct pair_kernel *k, bool sides, struct hist_counts *ret, struct err *e);

/* True when a measure is of what only the kernel's parts of latencies tell. */
bool pair_kernel_has_parts(const struct pair_kernel *k);

/* Pairs all are counted: no filter leaves some out. */
bool pair_kernel_is_whole(const struct pair_kernel *k);

#endif

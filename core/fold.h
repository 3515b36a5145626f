/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fold: every final row of a store, once each, to whoever counts them.
 *
 * Follows the pages of all runs in budgeted steps: what comes, oldest first, and before that what
 * is there already. Rows are given once they are final, so whoever asks who their thread was gets
 * the answer that holds. They come run by run and not in the order of time; fold_window says up to
 * which time all were given. A filter leaves rows out before anybody looks at them.
 */
#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/filter.h"
#include "core/store.h"

struct fold;

struct fold_ops {
	/* A row that passes; losses are no rows. Hot. Borrowed for the call, its bytes too. */
	void (*row)(void *data, const struct row *r);
	/* Rows of a page of the run follow: what was learned of threads may have changed. NULL:
	 * nobody asks. */
	void (*page)(void *data, const struct run *r);
	/* The store was emptied, or the clock went back: all that was given means nothing any more,
	 * and comes again as far as it is there. */
	void (*restart)(void *data);
};

struct fold_conf {
	struct store *store;
	struct filter *filter; /* NULL: every row; borrowed */
	struct filter *among;  /* filter_scan_apart; NULL: all were chosen; borrowed */
	const struct identity *identity;
	const struct fold_ops *ops;
	void *data;
	/* Sources whose rows are not given (what is made of others); NULL: none. */
	bool (*skip)(const struct source *src, void *data);
	/* What is there at the beginning comes youngest page first: what is on the screen is
	 * counted before what is not. Not for those who need the order of time within a run. */
	bool newest_first;
};

struct fold_stats {
	uint64_t rows;	 /* given */
	uint64_t hidden; /* that the filter left out */
	uint64_t apart;	 /* those of events that nobody chose */
	/* Left the store before they were looked at, but were there when fold_work met their run
	 * first; the count is of all events. */
	uint64_t missed;
	uint64_t lost;	       /* said to be lost by the pages that were looked at, known numbers */
	uint64_t lost_unknown; /* times when the number is not known */
	uint64_t first, last;  /* least and greatest time of the rows given */
	uint64_t bytes,
	    total; /* of records looked at, of all that are there: how far a refold is */
};

struct fold *fold_new(const struct fold_conf *c);
void fold_free(struct fold *f);

/*
 * Goes on with at most about budget bytes of records, up to the horizon. True when there is more to
 * do right now.
 */
bool fold_work(struct fold *f, uint64_t horizon, size_t budget);

/* Another filter (NULL: none), or the same to begin anew: all that is in the store comes again. */
void fold_restart(struct fold *f, struct filter *filter);

void fold_stats(const struct fold *f, struct fold_stats *ret);

/* Rows below this time were all given, as far as they are in the store and not late. */
uint64_t fold_window(const struct fold *f);

#endif

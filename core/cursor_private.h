/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor_private: what cursor.c (the merge, rows, seeking) and cursor_page.c (one run: its pages
 * as entries) share.
 */
#ifndef CORE_CURSOR_PRIVATE_H
#define CORE_CURSOR_PRIVATE_H

#include "core/cursor.h"
#include "core/store_private.h"

/* Level two: one record of a decoded page. size 0 with offset LOSS stands for what was lost. */
struct entry {
	uint64_t ts;
	uint32_t offset, size;
};

#define LOSS	UINT32_MAX
#define NOTHING (UINT32_MAX - 1) /* so many bytes of records that are not chosen */

struct head {
	struct run *run;
	uint64_t page;	/* running number of the page decoded */
	uint64_t first; /* running number of its first event in the run */
	struct entry *entries;
	uint32_t count, cap, pos;
	struct page_walk walk; /* where decoding goes on when the page grew */
	const uint8_t *records;
	struct page_data *keep; /* what holds them; NULL: they stay as long as the page */
	uint32_t size;		/* of the page, as far as it was decoded */
	uint32_t walked;	/* records of it, chosen or not */
	uint32_t gen;		/* of the page's schemas */
	bool decoded;
	bool idle; /* not in the heap */
};

/* A head with a next entry, and the time of that. */
struct slot {
	uint64_t ts;
	unsigned head;
};

struct cursor {
	struct store *store;
	unsigned flags;
	struct head *heads;
	unsigned count;
	struct slot *heap; /* the smallest first */
	unsigned heap_count;
	uint64_t bound;	  /* the top may go on while below it */
	uint64_t version; /* of the store, when the idle ones were looked at */
	uint64_t epoch;
	uint64_t last; /* time of the last row given by cursor_next */
	uint64_t skipped;
	struct cursor_choice choice; /* of: NULL: all events */
	struct page_data *given;     /* holds the last row of a page whose head went on */
};

static inline uint64_t head_ts(const struct head *h)
{
	return h->entries[h->pos].ts;
}

/* Forgets the heap; the next step forward makes it anew. */
void cursor_drop_heap(struct cursor *c);

/* Makes the entries of a page of the run, and stands before the first. */
void cursor_decode(struct cursor *c, struct head *h, uint64_t number);

/* The page left: goes on at the oldest one there, and counts what it did not see. */
void cursor_follow_eviction(struct cursor *c, struct head *h);

/* Makes h->entries[h->pos] the next entry of its run; false when there is none yet. */
bool cursor_ready(struct cursor *c, struct head *h);

#endif

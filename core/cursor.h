/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor: a place in the merged order of all runs.
 *
 * Order is (time, run, position), so it is total and the same each time. A cursor
 * decodes the pages it stands on into entries of at most 24 bytes and follows eviction: when
 * its page leaves, it stands at the oldest row left and cursor_skipped says what it missed.
 */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include "core/row.h"
#include "core/store.h"

struct cursor;

enum cursor_flag {
	CURSOR_HIDDEN = 1, /* hidden sources too */
	CURSOR_LOSSES = 2, /* rows for losses */
	CURSOR_GIVEN = 4,  /* no rows that are made of others */
	CURSOR_OWN = 8,	   /* of our own threads too: what they do may be half of another's */
};

/* Makes a cursor at the oldest row. New runs are found as they come. */
struct cursor *cursor_new(struct store *s, unsigned flags);
void cursor_free(struct cursor *c);

/* Stands before the first row with a time of at least ts (0: the oldest, UINT64_MAX: behind the
 * last). */
void cursor_seek(struct cursor *c, uint64_t ts);

/*
 * Stands before a row that a cursor with the same flags gave; when it left the store, before the
 * oldest one.
 */
void cursor_seek_row(struct cursor *c, const struct row *r);

/*
 * Steps over the next row with a time below limit and fills *r, borrowed until the store is
 * filled again. False when there is none yet. A row younger than one already given below a
 * horizon is marked ROW_LATE.
 */
bool cursor_next(struct cursor *c, uint64_t limit, struct row *r);

/* Stands where cursor_next would after all rows with a time below limit, at the price of few of
 * them. */
void cursor_pass(struct cursor *c, uint64_t limit);

/* Steps back over the row before the cursor; false at the oldest. */
bool cursor_prev(struct cursor *c, struct row *r);

/* Rows that left the store before the cursor came to them, since the last call. */
uint64_t cursor_skipped(struct cursor *c);

#endif

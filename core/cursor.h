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

/* Which events are wanted. */
struct cursor_choice {
	/* Of a source: a bit for each id, SCHEMA_ID_MAX + 1 of them. Borrowed until the next
	 * choice. */
	const uint64_t *(*of)(void *data, const struct source *src);
	void *data;
};

/*
 * Gives rows of chosen events only from now on; what is not chosen costs a look at its id. For
 * who steps forward alone: places of rows mean nothing then. Of what was not wanted before nothing
 * below ts is given, nor before the last row that was. Behind the last row that is chosen comes one
 * without a record (schema NULL, damaged) whose size is that of what was left out.
 */
void cursor_choose(struct cursor *c, const struct cursor_choice *choice, uint64_t ts);

/* Rows that left the store before the cursor came to them, since the last call. */
uint64_t cursor_skipped(struct cursor *c);

#endif

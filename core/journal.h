/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal: what must be undone, in memory that outlives the process that wrote it.
 *
 * A sealed memfd, mapped by the deck and by its guard: a header and slots one behind the other,
 * each with a length, a sequence number and a state word that is written last. A slot whose entry
 * is done is used again by the next entry that fits, so a long session does not fill it. Private to
 * the guard.
 */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

#define JOURNAL_SIZE	  (1u << 20) /* sparse: untouched pages cost nothing */
#define JOURNAL_VALUE_MAX 65536	     /* the longest value of a knob */

enum journal_kind {
	JOURNAL_RMDIR = 1, /* path */
	JOURNAL_WRITE,	   /* path, value */
	JOURNAL_KILL,	   /* pid, start */
};

struct journal {
	uint8_t *map; /* NULL when closed */
	int fd;
	uint64_t seq; /* of the next entry; the deck's */
};

/* One entry as it stands in the journal; path and value point into the map. */
struct journal_entry {
	enum journal_kind kind;
	int number;
	const char *path;
	const void *value;
	size_t size;
	pid_t pid;
	uint64_t start; /* of the process, in clock ticks since boot */
};

/* Makes an empty journal of JOURNAL_SIZE bytes, sealed against shrinking. */
int journal_new(struct journal *j, struct err *e);

/* Maps the journal behind fd, made by somebody else. -EINVAL when it is none. */
int journal_map(struct journal *j, int fd);

/* Unmaps and closes. Zeroed is fine. */
void journal_close(struct journal *j);

/* Writes an entry (its number is ignored). Returns its number, or -ENOSPC, -EINVAL. */
int journal_add(struct journal *j, const struct journal_entry *en, struct err *e);

/* The entry no longer counts. */
void journal_done(struct journal *j, int number);

/*
 * The youngest entry that still counts and was written before *seq; *seq becomes its sequence
 * number. Begin with UINT64_MAX. False when there is none. Entries that make no sense are passed
 * over.
 */
bool journal_prev(const struct journal *j, uint64_t *seq, struct journal_entry *ret);

/* How many entries count. */
unsigned journal_count(const struct journal *j);

/* A number kept beside the entry for whoever undoes it; 0 at first. */
uint64_t journal_note(const struct journal *j, int number);
void journal_set_note(struct journal *j, int number, uint64_t note);

/*
 * Undoes what counts, youngest first, and retries what is busy for up to budget ns. Returns how
 * many entries are left; *e has the sentence of the first. In core/undo.c.
 */
unsigned journal_undo(struct journal *j, uint64_t budget, struct err *e);

/*
 * When a process started, in clock ticks since boot: with its number it names one process for good.
 * -ESRCH when it is not there.
 */
int undo_process_start(pid_t pid, uint64_t *ret, bool *ret_zombie);

#endif

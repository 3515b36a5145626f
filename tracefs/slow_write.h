/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slow_write: a write that keeps the kernel busy for seconds (every function is patched), done by a
 * child so that nobody here waits for it.
 */
#ifndef TRACEFS_SLOW_WRITE_H
#define TRACEFS_SLOW_WRITE_H

#include <sys/types.h>

#include "core/err.h"
#include "core/guard.h"

struct slow_write {
	pid_t pid; /* of the child; 0: there is none */
	struct guard *guard;
	int journal;
	char *dir, *file, *value;
};

/*
 * Begins to write value to DIR/FILE. The child stands in the journal; the caller waits for it, by
 * slow_write_wait or otherwise, and gives its status to slow_write_end.
 */
int slow_write_begin(struct slow_write *w, struct guard *g, const char *dir, const char *file,
		     const char *value, struct err *e);

/* Waits for up to ms (-1: as long as it takes). True when the child ended; it is reaped then. */
bool slow_write_wait(struct slow_write *w, int ms, int *ret_status);

/* The child ended with this status: what the kernel said, with its own sentence. */
int slow_write_end(struct slow_write *w, int status, struct err *e);

#endif

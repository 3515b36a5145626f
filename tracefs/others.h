/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * others: the tracing that is not ours: the top level and everybody else's instances.
 *
 * Everything here only looks. Nothing is written, locked or consumed; trace_pipe is never opened.
 */
#ifndef TRACEFS_OTHERS_H
#define TRACEFS_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/strbuf.h"

struct other {
	const char *name; /* "" is the top level */
	int pid;	  /* of whoever holds the lock on its directory; 0: nobody that we see */
	char comm[64];	  /* of that process, safe to show */
	uint64_t buffer;  /* bytes per CPU; 0: they differ, or nobody knows */
	char clock[32];
	char tracer[32];   /* current_tracer */
	unsigned events;   /* that are on */
	const char *which; /* the first few of them, blanks between; borrowed during the visit */
	bool on;	   /* tracing_on */
};

/*
 * Visits the top level, then the instances by name, without those whose lock we hold. Returns how
 * many, or what visit returned below 0.
 */
int others_each(const char *tracefs, int (*visit)(const struct other *o, void *data), void *data,
		struct err *e);

/* Appends what is known of one as lines "WHAT: VALUE". */
void other_facts(const struct other *o, struct strbuf *out);

/*
 * Appends the text of an instance's buffer (its file trace), about max bytes of it, and for at most
 * 100 ms. Returns 1 when there was more, or -EBUSY where reading would stop its tracing.
 */
int others_look(const char *tracefs, const char *name, size_t max, struct strbuf *out,
		struct err *e);

/*
 * Who holds a flock on the file of this device and inode, as the text of /proc/locks says; 0:
 * nobody that it names.
 */
int others_lock_holder(const char *locks, unsigned dev_major, unsigned dev_minor, uint64_t inode);

#endif

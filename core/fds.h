/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fds: what a descriptor of a process was at a time.
 *
 * Asked of /proc/PID/fd/N when a row with it is said, never before, and remembered with the time of
 * asking. Between that time and the row's the descriptor may have become another: close, dup2,
 * dup3, close_range and exec say so where their events are on, and so do results of calls that
 * give descriptors. An answer across such a change is none. One is sure when such events
 * were seen to come all along; else it is likely, and said with a "?".
 *
 * Of recordings nothing is known: the process is gone. Not seen: a table of descriptors that two
 * processes share (clone with CLONE_FILES), and closing by io_uring.
 *
 * Memory is bounded: so many changes and so many answers; what is older is not known any more.
 */
#ifndef CORE_FDS_H
#define CORE_FDS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/schema.h"
#include "core/strbuf.h"

struct fds;
struct identity;

enum fd_sure {
	FD_UNKNOWN,
	FD_MAYBE, /* it is that now, or was; it may have been another one at the time */
	FD_SURE,
};

struct fds_conf {
	struct identity *identity; /* whose threads are whose, and their /proc. Borrowed */
	uint64_t (*now)(void);	   /* CLOCK_MONOTONIC; NULL: clock_mono */
	/* Whether the event syscalls:sys_enter_NAME of a call is on. NULL: no, or nobody knows. */
	bool (*is_on)(void *data, const char *name);
	void *data;
};

struct fds *fds_new(const struct fds_conf *c);
void fds_free(struct fds *f);

/* Learns from a record whose schema has the role of a call or of an exec. In any order. */
void fds_learn(struct fds *f, const struct schema *s, uint64_t ts, const uint8_t *rec,
	       uint32_t size);

/* Events were lost: what was seen until now is not all. NULL-safe. */
void fds_lost(struct fds *f);

/* Some events are kept out from now on (a filter), or none any more; or tracers were switched off.
 * What was seen until now is not all. NULL-safe. */
void fds_blind(struct fds *f, bool blind);

/* All events below this time were learned. NULL-safe. */
void fds_reached(struct fds *f, uint64_t ts);

/* Appends what descriptor fd of a thread's process was at ts, as /proc says it, safe to show. */
enum fd_sure fds_name(struct fds *f, int32_t tid, uint64_t ts, int fd, struct strbuf *out);

/* The role of a schema: ROLE_CALL for what fds_learn wants, else ROLE_NONE. */
enum schema_role fds_role(const struct schema *s);

#endif

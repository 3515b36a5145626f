/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the contract of everything that rows can go to.
 */
#ifndef SINKS_SINK_H
#define SINKS_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/identity.h"
#include "core/row.h"
#include "core/store.h"
#include "core/text.h"

struct syscalls;

struct dat_meta;

struct sink_conf {
	int fd;	       /* where bytes go; the caller's. One that does not block never holds us up.
			* -1: they wait until somebody sets one, at most OUT_HELD of them */
	bool headless; /* no line in front of the rows */
	const struct identity *identity;
	const struct clock_map *clocks; /* the way to wall time; may be NULL */
	struct syscalls *syscalls;	/* says rows of system calls; NULL: the kernel's text */
	const char *columns;		/* which, in order, as "time,comm,event"; NULL: the usual */
	const struct store *store;	/* whose sources and CPUs may come; may be NULL */
	bool sources;		  /* text of several sources of the store: each line says its own */
	const struct source *top; /* but for this one's; may be NULL */
	/* What only a trace.dat needs; see sinks/dat.h. */
	const char *path;      /* of fd, for messages and the copy at the end */
	struct dat_meta *meta; /* taken over; NULL: the running kernel's */
	bool compress;
	/* Called by the writer's thread when any reader can open the file; or NULL. */
	int (*valid)(void *data, struct err *e);
	void *valid_data;
};

struct sink {
	const struct sink_ops *ops;
	struct sink_conf conf;
	void *state; /* ops->size bytes, zeroed at the start */
};

struct sink_ops {
	const char *name; /* "text", "json", ... */
	const char *blurb;
	size_t size;
	bool has_header; /* open writes one line in front of the rows */
	int (*open)(struct sink *s, struct err *e);
	/* A schema not seen before; NULL slot: not interested. */
	int (*schema)(struct sink *s, const struct schema *schema, struct err *e);
	/* A name was learned; NULL slot: not interested. */
	int (*comm)(struct sink *s, int32_t pid, const char *comm, struct err *e);
	/*
	 * The records of a page from offset `from` on go as they are, by reference: 0 begins the
	 * page, more goes on with the one begun last of this run. Rows and pages of a run may
	 * alternate. -EAGAIN as with row. NULL slot: takes rows instead.
	 */
	int (*page)(struct sink *s, const struct run *run, const struct page *page, uint32_t from,
		    struct err *e);
	/*
	 * One row, losses included. -EPIPE: the reader went away. -EAGAIN: the row was taken, but
	 * fd is full; no more rows until a tick says 0.
	 */
	int (*row)(struct sink *s, const struct row *r, struct err *e);
	/* Called when there is nothing more for now: buffered bytes go out. -EAGAIN: not all. */
	int (*tick)(struct sink *s, struct err *e);
	/* Writes what is left and frees; NULL-safe in every state. */
	int (*close)(struct sink *s, struct err *e);
};

/* The table of all sinks, NULL-ended. */
extern const struct sink_ops *const sinks[];

/* Makes a sink by name; sink_free closes it. */
int sink_new(const char *name, const struct sink_conf *c, struct sink **ret, struct err *e);
int sink_free(struct sink *s, struct err *e);

#endif

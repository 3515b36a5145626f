/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tape: a stretch of the kernel's ring buffers, read once and kept in memory.
 *
 * So that every stage is measured on the same real events. It owns the fragments and the
 * schemas; the instance it read from is gone when tape_record returns.
 */
#ifndef BENCH_TAPE_H
#define BENCH_TAPE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/schema.h"
#include "tracefs/dat.h"

struct tape_fragment {
	uint8_t *bytes; /* the kernel's header, then records */
	uint32_t size;	/* of both */
	uint16_t cpu;
};

struct tape {
	struct schema_set *schemas;
	struct tape_fragment *fragments;
	size_t count, cap;
	uint64_t events;
	uint64_t bytes;	    /* of records */
	uint64_t read_ns;   /* CPU time of reading them from the kernel */
	uint32_t subbuf;    /* size of a sub-buffer */
	int32_t common_tid; /* a thread that is in it */
};

/*
 * Lets processes make system calls on every CPU for some ms in an instance of its own and
 * reads what came of it. subbuf is the size of a sub-buffer to ask for.
 */
int tape_record(struct tape *t, unsigned ms, uint32_t subbuf, struct err *e);

/* The same events in fragments of at most size bytes, as reads at a tick would bring them. */
void tape_cut(const struct tape *from, struct tape *to, uint32_t size);

/* The same events as an opened recording, its pages as they are or in chunks of zstd. */
int tape_file(const struct tape *t, bool compress, struct dat **ret, struct err *e);

/* Frees the fragments. The schemas stay: cut tapes share them. */
void tape_done(struct tape *t);

#endif

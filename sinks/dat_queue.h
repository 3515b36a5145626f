/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_queue: what the main thread hands to the writer of a trace.dat.
 *
 * A ring with one producer and one consumer: neither ever takes a lock, so the producer cannot be
 * held up by a consumer that sleeps on the disk, not even for the length of a trylock that fails.
 * The consumer sleeps on a semaphore, which is posted only while it was not posted yet.
 *
 * The bound is soft: dat_queue_full says when to stop, and there is room for DAT_QUEUE_SPARE more
 * items then, so that what was begun can be handed over.
 */
#ifndef SINKS_DAT_QUEUE_H
#define SINKS_DAT_QUEUE_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/identity.h"
#include "core/schema.h"
#include "core/store.h"
#include "tracefs/dat_file.h"

#define DAT_QUEUE_SPARE 4096 /* a part of every CPU of every source, and more */

enum dat_kind {
	DAT_PART,    /* records of a page */
	DAT_BUFFER,  /* a source gets its buffer */
	DAT_FORMATS, /* schemas of a source */
	DAT_COMMS,   /* names of threads */
	DAT_STAT,    /* what the kernel counted for a CPU */
	DAT_COMMIT,  /* what came so far is to count */
};

struct dat_comm {
	int32_t tid;
	char comm[COMM_LEN];
};

struct dat_item {
	enum dat_kind kind;
	uint16_t source; /* number of it in the sink */
	bool hidden;
	uint32_t gen;		/* of the source's schemas */
	uint32_t events;	/* of the part */
	struct page_data *data; /* a reference, given away; NULL: the bytes stay by themselves */
	struct dat_part part;
	/* an array of the kind's, given away: dat_comm, const struct schema *, or a text */
	void *more;
	uint32_t count;
};

struct dat_queue {
	struct dat_item *items;
	uint64_t limit;		    /* bytes of parts */
	atomic_uint head, tail;	    /* of the consumer, of the producer; both only grow */
	atomic_uint_fast64_t bytes; /* of parts in it */
	atomic_bool posted;
	sem_t wake;
};

void dat_queue_init(struct dat_queue *q, uint64_t limit);

/* Lets go of all that is in it. The other side is gone. */
void dat_queue_done(struct dat_queue *q);

/* ---- the producer's ---- */

/* True when it is time to stop for now. */
bool dat_queue_full(const struct dat_queue *q);

/* Nothing is in it, and nothing of it is being handled. */
bool dat_queue_is_empty(const struct dat_queue *q);

/* Takes over what the item holds. False, with all of it let go, beyond the spare room. */
bool dat_queue_push(struct dat_queue *q, const struct dat_item *i);

/* The consumer shall look. */
void dat_queue_wake(struct dat_queue *q);

/* ---- the consumer's ---- */

/* The oldest item, or NULL; it stays until dat_queue_pop, which lets go of what it holds. */
const struct dat_item *dat_queue_peek(struct dat_queue *q);
void dat_queue_pop(struct dat_queue *q);

/* Sleeps until the producer wakes. */
void dat_queue_sleep(struct dat_queue *q);

#endif

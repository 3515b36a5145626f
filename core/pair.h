/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair: a start and an end that belong together become one derived event.
 *
 * Rows come in the order of time; what comes out is a record of the event pair:NAME: its latency
 * in ns, then fields of the start and of the end. It has the time and the CPU of the end. Open
 * starts are found by their key, are bounded, and are never guessed about: where events were
 * lost all that are open are dropped, and counted. Pure: it knows no store and no clock.
 */
#ifndef CORE_PAIR_H
#define CORE_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/identity.h"
#include "core/pair_spec.h"
#include "core/row.h"
#include "core/schema.h"

#define PAIR_OPEN_MAX 65536 /* starts that wait for their end, unless said otherwise */
#define PAIR_VAR_MAX  2048  /* bytes of what varies in length, of either side */

struct pair;
struct pair_side;

struct pair_conf {
	const struct pair_spec *spec;	 /* borrowed */
	struct schema_set *set;		 /* where the derived event's schema goes; borrowed */
	const struct identity *identity; /* for filters; may be NULL */
	uint32_t max;			 /* open starts; 0: PAIR_OPEN_MAX */
};

struct pair_stats {
	uint64_t starts, ends; /* rows that were one */
	uint64_t pairs;
	uint64_t open;	    /* starts that wait */
	uint64_t replaced;  /* starts without end: another one of the same key came */
	uint64_t evicted;   /* starts without end: more than max were open */
	uint64_t lost;	    /* starts without end: events were lost meanwhile */
	uint64_t stopped;   /* starts without end: nobody listened meanwhile */
	uint64_t unstarted; /* ends without start */
	uint64_t damaged;   /* rows that are shorter than their schema says */
	uint64_t cut;	    /* text of a field that was too long to be carried */
};

/* A derived record, borrowed until the next call. */
struct pair_out {
	uint64_t ts;
	const uint8_t *rec;
	uint32_t size;
	int32_t tid;
	uint16_t cpu;
};

struct pair *pair_new(const struct pair_conf *c);
void pair_free(struct pair *p);

/*
 * Looks up the pair's events among those of a machine and makes, or makes anew, the derived event.
 * -ENOENT in words when no start or no end is known there, or a field that is asked for is not.
 * Where the derived event changed starts that were open are dropped.
 */
int pair_bind(struct pair *p, const struct schema_set *from, struct err *e);

/* The derived event; NULL before pair_bind. */
const struct schema *pair_schema(const struct pair *p);

/*
 * The field that one of the derived event is copied from, as the first event of its side has it;
 * *end says of which. NULL: the pair makes it itself.
 */
const struct field *pair_field_of(const struct pair *p, const struct field *f, bool *end);

/* What rows of a schema are to the pair; NULL: nothing. Good until the next pair_bind. */
const struct pair_side *pair_side(const struct pair *p, const struct schema *s);

/* Sets the bits of the ids (SCHEMA_ID_MAX + 1 of them) whose rows are something to the pair. */
void pair_ids(const struct pair *p, uint64_t *bits);

/* A row whose schema's side it is. True when it was the end of a pair, which is in *out. Hot. */
bool pair_row(struct pair *p, const struct pair_side *side, const struct row *r,
	      struct pair_out *out);

/* Events of a CPU (CPU_NONE: of any) were lost before ts: what was open then and may have ended
 * there is dropped. */
void pair_loss(struct pair *p, uint16_t cpu, uint64_t ts);

/* Nobody listened before ts: all that was open is dropped. */
void pair_gap(struct pair *p, uint64_t ts);

/* Forgets all, counts too: the same rows may come again. */
void pair_reset(struct pair *p);

void pair_stats(const struct pair *p, struct pair_stats *ret);

/* True when pairs may be missing that there were. */
static inline bool pair_stats_at_least(const struct pair_stats *s)
{
	return s->evicted || s->lost || s->damaged;
}

/* Bytes of memory that it takes now. */
size_t pair_memory(const struct pair *p);

#endif

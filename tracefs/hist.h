/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist: latencies paired and counted by the kernel, so that no event has to leave it.
 *
 * A start event keeps its time under a key, an end event with the same key makes an event of the
 * two (a synthetic one, never switched on, so never recorded), and histograms count that event by
 * keys and latency. Several start events are first made one. Latencies are counted in parts of a
 * sixteenth of where they begin, one histogram for three powers of two, or exactly by groups alone.
 *
 * hist_text.c composes the texts, hist.c gives them to the kernel through the guard's journal and
 * takes them back, hist_read.c reads what was counted, hist_sweep.c removes what the dead left.
 * Synthetic events are the whole machine's: ours are named after our instance, which is locked.
 */
#ifndef TRACEFS_HIST_H
#define TRACEFS_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/guard.h"
#include "core/schema.h"
#include "core/strbuf.h"
#include "tracefs/instance.h"

#define HIST_KEYS   3  /* the kernel's histograms have at most three keys */
#define HIST_BY	    2  /* the third is the latency */
#define HIST_CARRY  12 /* the kernel's have at most 16 variables */
#define HIST_EVENTS 8  /* starts, and ends */
#define HIST_TEXT   50 /* bytes of a text that is a key of groups: to so many the kernel pads it */

/* Entries of a histogram: they are never removed, what finds no room is counted as dropped. */
#define HIST_OPEN   32768 /* keys of starts and of ends */
#define HIST_GROUPS 8192

/* Parts of latencies below HIST_EXACT are 16 ns wide, others a sixteenth of their first number. */
#define HIST_EXACT 256

/* ---- what is asked ---- */

/* A start or an end. Fields are of the schema. */
struct hist_event {
	const struct schema *schema;
	const char *filter;		       /* in the kernel's grammar; NULL or "": all */
	const struct field *keys[HIST_KEYS];   /* NULL: the CPU */
	const struct field *carry[HIST_CARRY]; /* where hist_carry says that it is of this side */
};

/* A field of the paired event beside its latency. */
struct hist_carry {
	const char *name; /* an identifier */
	bool from_start;
};

/* What latencies are counted by. */
enum hist_by {
	HIST_BY_FIELD, /* carry number `field` */
	HIST_BY_CPU,   /* of the end */
	HIST_BY_TASK,  /* the thread in which the end happened, with its name */
};

struct hist_key {
	uint8_t kind; /* enum hist_by */
	unsigned field;
};

struct hist_conf {
	const char *name; /* of the pair */
	const struct hist_event *starts, *ends;
	unsigned start_count, end_count, key_count, carry_count, by_count;
	const struct hist_carry *carry;
	struct hist_key by[HIST_BY];
	const char *filter; /* of the paired event, in the kernel's grammar; NULL or "": all */
	bool parts;	    /* how latencies are distributed, too; costs each event a little */
};

/* ---- composing: hist_text.c ---- */

enum hist_step_kind { HIST_SYNTH, HIST_TRIGGER };

/* One write to the kernel. Steps are made in their order and undone in the reverse. */
struct hist_step {
	uint8_t kind;		    /* enum hist_step_kind */
	const char *system, *event; /* of the trigger */
	const char *text;	    /* undone by "!" and this, or by "!NAME" */
	const char *undo;
};

/* How a key of a table is printed by the kernel. */
enum hist_shape {
	HIST_NUMBER,
	HIST_SIGNED,
	HIST_STRING, /* padded to 50 */
	HIST_TASK,   /* NAME padded to 16, [TID] */
};

struct hist_column {
	const char *name; /* as the kernel prints it */
	uint8_t shape;	  /* enum hist_shape */
};

#define HIST_STEPS_MAX (2 + 2 * HIST_EVENTS + 1 + 1 + 9)

struct hist_plan {
	struct arena arena; /* owns the texts */
	const char *event;  /* the paired event's name in system "synthetic" */
	const char *name;   /* of the pair, as it is used in names of variables */
	struct hist_step steps[HIST_STEPS_MAX];
	unsigned count;
	unsigned pairing; /* steps from here on make pairs, those before it count them */
	struct hist_column by[HIST_BY];
	unsigned by_count;
	/* Where starts and ends are counted: events and what their trigger has in it. */
	struct hist_place {
		const char *system, *event, *mark;
	} starts[1], ends[HIST_EVENTS];
	unsigned start_count, end_count;
	bool filtered; /* the paired event has a filter: not every pair is counted */
	bool parts;
};

/*
 * Composes what is to be written. Names of events begin with prefix (hist_prefix). -EINVAL or
 * -ENOTSUP with the reason where the kernel's histograms cannot do it. Free with hist_plan_done.
 */
int hist_compose(const struct hist_conf *c, const char *prefix, struct hist_plan *ret,
		 struct err *e);
void hist_plan_done(struct hist_plan *p);

/* The front of the names of an instance's synthetic events: tapdeck.12.hist has "tapdeck_12".
 * False: no room, or it is not an instance of ours. */
bool hist_prefix(const char *instance, char *ret, size_t size);

/* ---- making: hist.c ---- */

struct hist {
	struct hist_plan plan;
	struct instance *instance; /* borrowed */
	struct guard *guard;
	int journal[HIST_STEPS_MAX]; /* entries of what was made; 0: none */
};

/*
 * Whether this kernel pairs at all: 0, or -ENOTSUP and why not. Found by looking at what it offers;
 * nothing is changed.
 */
int hist_probe(const char *tracefs, struct err *e);

/*
 * Makes a pair in an instance that is on. What the kernel refuses is said in its words, and what
 * was made before it undone.
 */
int hist_open(struct hist *h, struct guard *g, struct instance *in, const struct hist_conf *c,
	      struct err *e);

/* No more pairs from now on. What was counted can still be read, starts and ends cannot. */
int hist_stop(struct hist *h, struct err *e);

/* Takes it back, last made first; what is busy is tried again for a while, then left to the guard.
 * Zeroed or half-open is fine. */
int hist_close(struct hist *h, struct err *e);

/* ---- what was counted: hist_read.c ---- */

/* A key of a group. Borrowed during the call. */
struct hist_value {
	uint64_t number;  /* HIST_TASK: the tid */
	const char *text; /* HIST_STRING, HIST_TASK: the name; else NULL. Not to be trusted */
	size_t len;
};

struct hist_row {
	struct hist_value keys[HIST_BY];
	bool part; /* a part of a group: lo to hi; else a whole group: sum and max */
	uint64_t lo, hi;
	uint64_t count, sum, max;
};

/* Sums of all tables. */
struct hist_counts {
	uint64_t pairs;		/* that were counted by groups */
	uint64_t pairs_dropped; /* found no room there, and are counted nowhere */
	uint64_t parts_dropped; /* that are in their group but in no part */
	uint64_t starts, starts_dropped;
	uint64_t ends, ends_dropped;
	uint64_t odd; /* lines that could not be read */
};

typedef void (*hist_row_fn)(const struct hist_row *r, void *data);

/*
 * Reads the text of a hist file of the paired event: fn for every line of every table. Adds to
 * the counts. The text is looked at closely: names in it may be anything.
 */
void hist_parse(const struct hist_plan *p, const char *text, size_t size, hist_row_fn fn,
		void *data, struct hist_counts *counts);

/* Adds what the table with mark in its trigger says at its end: hits and dropped. */
void hist_parse_total(const char *text, size_t size, const char *mark, uint64_t *hits,
		      uint64_t *dropped);

/* Reads the tables of a pair as they are now. counts is set. */
int hist_read(const struct hist *h, hist_row_fn fn, void *data, struct hist_counts *counts,
	      struct err *e);

/* Adds how many starts and ends came; their tables are long, so not to be asked all the time. */
int hist_read_sides(const struct hist *h, struct hist_counts *counts, struct err *e);

/* ---- what the dead left: hist_sweep.c ---- */

/*
 * Removes the triggers of an instance whose owner is dead and the synthetic events named after it,
 * so that it can be removed. 0 where there was nothing. Private to this room.
 */
int hist_sweep(const char *tracefs, const char *instance, struct err *e);

#endif

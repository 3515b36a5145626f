/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_push: what of a filter the kernel can do before an event is recorded.
 *
 * For one event, the strongest expression of the kernel's own grammar (events/SYSTEM/EVENT/filter)
 * that is implied by the filter: it may let too much pass, never too little. Whatever a row of the
 * event must be for the filter to be true, it is for the kernel's text; what cannot be said there
 * is left out and said so. Beside it, what the filter asks of the CPU and of the thread: for
 * tracing_cpumask and set_event_pid, which cost an event less than a filter does.
 *
 * The kernel's reading of a comparison is not ours everywhere; where the two part, the text is
 * weakened: see filter_push_term.c.
 */
#ifndef CORE_FILTER_PUSH_H
#define CORE_FILTER_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/filter.h"
#include "core/schema.h"
#include "core/strbuf.h"

/* Never true: no event has the number 0. */
#define FILTER_PUSH_NEVER "common_type == 0"

/* The kernel takes less than a page of text. */
#define FILTER_PUSH_MAX 4000

/* Of a text that is blind: what is wrong, and what would help. */
#define FILTER_PUSH_BLIND                                                                          \
	".ustring and .function can be looked at by the kernel alone, and what the filter joins "  \
	"them to is looked at here: join them to the rest by 'and'"

/* Where a comparison is decided, for one event. */
enum filter_push_place {
	PUSH_USER,    /* here, row by row */
	PUSH_WEAKER,  /* in the kernel as far as it can be said there, and again here */
	PUSH_KERNEL,  /* in the kernel */
	PUSH_DECIDED, /* by the event itself: always, or never true */
};

struct filter_push;

/* One comparison of the filter, seen from one event. */
struct filter_push_part {
	uint8_t place;	 /* enum filter_push_place */
	const char *why; /* not in the kernel, or weaker there; NULL: it is as it is. Static */
};

/* Which bytes of the kernel's text came of which place of the filter's. */
struct filter_push_span {
	uint32_t at, end; /* in the kernel's text */
	uint32_t column;  /* in the filter's */
	uint32_t own;	  /* where in the filter's there stands the same, from at + lead on */
	uint8_t lead;	  /* 0: it does not */
};

struct filter_push_text {
	struct strbuf text; /* "": every row passes; nothing is to be written */
	bool never;	    /* no row of the event can pass; text is FILTER_PUSH_NEVER */
	bool exact;	    /* text is true exactly where the filter is */
	bool cut;	    /* more could be said, but the kernel takes no longer text */
	bool blind; /* a part that the kernel alone can tell decides nothing there, or not by
		     * itself: rows would pass that nobody can judge */
	struct filter_push_part *parts; /* one for each comparison, in the filter's order */
	struct filter_push_span *spans;
	size_t part_count, span_count;
};

/* A filter as one event has it. */
struct filter_pushed {
	const struct schema *schema; /* not owned */
	struct filter_push_text text;
	bool in_program; /* a BPF program does the kernel's part */
};

/* A thread, or a process with all its threads. */
struct filter_push_id {
	int32_t id;
	bool is_process;
};

/* Looks at a filter, which must outlive it. */
struct filter_push *filter_push_new(const struct filter *f);
void filter_push_free(struct filter_push *p);

/* How many comparisons the filter has. */
size_t filter_push_count(const struct filter_push *p);
/* Appends comparison number i as filter_print writes it; *column is its place in the text. */
void filter_push_print(const struct filter_push *p, size_t i, struct strbuf *out, uint32_t *column);

/* The kernel's part for the records of one schema, of at most max bytes. */
void filter_push_event(struct filter_push *p, const struct schema *s, size_t max,
		       struct filter_push_text *ret);
/* Says that the text of SYSTEM:EVENT is blind, and what would help. -EINVAL. */
int filter_push_blind(const char *system, const char *event, struct err *e);
void filter_push_text_done(struct filter_push_text *t);

/* The column of the filter's text that byte `at` of the kernel's came of; -1: of none. */
int filter_push_column(const struct filter_push_text *t, size_t at);

/*
 * Appends, a line each, where every comparison is decided for which of the events, and why. With
 * systems they are named SYSTEM:EVENT.
 */
void filter_push_say_terms(const struct filter_push *p, const struct filter_pushed *events,
			   size_t count, bool systems, struct strbuf *out);
/* Appends which of the events the filter cannot be for, and for how many it is asked again here. */
void filter_push_say_rest(const struct filter_pushed *events, size_t count, struct strbuf *out);

/* Whether a row of the schema that was recorded on this CPU can pass. */
bool filter_push_cpu(struct filter_push *p, const struct schema *s, uint16_t cpu);

/*
 * The threads and processes one of which every row of the schema that passes belongs to: the number
 * of them, with *ret allocated (the caller frees it), or -1 where anybody's may pass.
 */
int filter_push_ids(struct filter_push *p, const struct schema *s, struct filter_push_id **ret);

#endif

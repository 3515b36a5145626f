/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture_plan: what of a capture filter goes where, over all events that are on.
 *
 * Text for each event's own filter; CPUs and threads only as far as all events agree, for they are
 * set for all of them. Writes nothing: the backend does, and `tapdeck filter --explain` says it.
 */
#ifndef BACKENDS_CAPTURE_PLAN_H
#define BACKENDS_CAPTURE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"
#include "core/filter_push.h"

struct capture_plan {
	struct filter_push *push; /* NULL: no filter, all passes */
	bool *cpus;		  /* those on which an event can pass */
	unsigned cpu_count;
	int32_t *ids; /* threads and processes one of which every row is of */
	bool *process;
	size_t id_count;
	bool everybody; /* the ids mean nothing */
	bool family;	/* the ids are those that were named, and all they make */
	bool kin;	/* and have made */
};

/* An empty plan: nobody and nowhere, until events are added. The filter must outlive it. */
void capture_plan_init(struct capture_plan *p, const struct capture *c, unsigned cpus);
void capture_plan_done(struct capture_plan *p);

/* One more event is on: makes CPUs and threads as wide as it needs. */
void capture_plan_widen(struct capture_plan *p, const struct schema *s);

/* One more event is on of which nothing may be kept out, on no CPU and of nobody. */
void capture_plan_widen_whole(struct capture_plan *p);

/* The text for an event. The caller ends it with filter_push_text_done. */
void capture_plan_text(struct capture_plan *p, const struct schema *s,
		       struct filter_push_text *ret);

/* On how many CPUs an event can pass. */
unsigned capture_plan_cpus(const struct capture_plan *p);
/* The CPUs are worth being set: not all, and not none. */
bool capture_plan_has_cpus(const struct capture_plan *p);
/* The threads are worth being listed. */
bool capture_plan_has_ids(const struct capture_plan *p);

/* The same threads and processes are asked for. */
bool capture_plan_same_ids(const struct capture_plan *a, const struct capture_plan *b);

#endif

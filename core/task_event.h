/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task_event: tapdeck:task, the event that says of one thread which process it is of, and of a
 * process what only /proc knows.
 *
 * A recording begins with one for every thread that lives: nothing else in a trace.dat tells the
 * process of a thread that is older than the file. Another one follows when a process was read that
 * executes something since. identity learns from it as from the kernel's.
 */
#ifndef CORE_TASK_EVENT_H
#define CORE_TASK_EVENT_H

#include "core/err.h"
#include "core/identity.h"
#include "core/schema.h"

#define TASK_EVENT_COMMON 24   /* bytes of the common fields at most */
#define TASK_EVENT_SIZE	  3584 /* of a record; less than any page has room for */

struct task_event {
	const struct task *task; /* its process is known */
	const char *comm;
	uint64_t ago; /* ns before the record's time: then it was so */
};

/*
 * Adds the event's schema to a set that has the kernel's, under the highest id that is free there.
 * -ENOSPC when none is, -EINVAL when the kernel's common fields leave no room for ours.
 */
int task_event_add(struct schema_set *set, struct err *e);

/* The schema that was added to a set, or that a recording brought; NULL when there is none. */
const struct schema *task_event_find(const struct schema_set *set);

/*
 * Writes a record and returns its bytes: what its process is only for its first thread. In a format
 * of before only what that has; 0 where it has nothing of ours.
 */
uint32_t task_event_put(const struct schema_set *set, const struct schema *s,
			const struct task_event *t, uint8_t rec[TASK_EVENT_SIZE]);

/* Sets how long ago it was in a record that was written, if its format says so. */
void task_event_set_ago(const struct schema_set *set, const struct schema *s, uint64_t ago,
			uint8_t *rec, uint32_t size);

#endif

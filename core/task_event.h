/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task_event: tapdeck:task, the event that says of one thread which process it is of.
 *
 * A recording begins with one for every thread that lives: nothing else in a trace.dat tells the
 * process of a thread that is older than the file. identity learns from it as from the kernel's.
 */
#ifndef CORE_TASK_EVENT_H
#define CORE_TASK_EVENT_H

#include "core/err.h"
#include "core/identity.h"
#include "core/schema.h"

#define TASK_EVENT_SIZE 64 /* bytes of a record at most */

/*
 * Adds the event's schema to a set that has the kernel's, under the highest id that is free there.
 * -ENOSPC when none is, -EINVAL when the kernel's common fields leave no room for ours.
 */
int task_event_add(struct schema_set *set, struct err *e);

/* The schema that was added to a set, or that a recording brought; NULL when there is none. */
const struct schema *task_event_find(const struct schema_set *set);

/* Writes the record of a thread whose process is known; returns its bytes. */
uint32_t task_event_put(const struct schema_set *set, const struct schema *s, const struct task *t,
			const char *comm, uint8_t rec[TASK_EVENT_SIZE]);

#endif

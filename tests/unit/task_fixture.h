/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task_fixture: an identity table that learns from tapdeck:task.
 */
#ifndef TESTS_UNIT_TASK_FIXTURE_H
#define TESTS_UNIT_TASK_FIXTURE_H

#include "core/task_event.h"
#include "tests/unit/identity_fixture.h"

struct desk {
	struct fixture fx;
	struct schema_set *set;
	const struct schema *task;
	uint32_t cut; /* bytes that are missing */
};

static inline void desk_open(struct desk *d)
{
	struct machine m = { .long_size = 8 };

	*d = (struct desk) { 0 };
	fixture_init(&d->fx, m, NULL);
	d->set = schema_set_new(m);
	assert_int_equal(task_event_add(d->set, NULL), 0);
	d->task = task_event_find(d->set);
	assert_non_null(d->task);
}

static inline void desk_close(struct desk *d)
{
	fixture_done(&d->fx);
	schema_set_free(d->set);
}

static inline void task(struct desk *d, uint64_t ts, int32_t tid, int32_t pid, int32_t ppid,
			const char *comm)
{
	struct process p = { .pid = pid, .ppid = ppid };
	struct task t = { .tid = tid, .process = &p };
	uint8_t rec[TASK_EVENT_SIZE];
	struct task_event ev = { .task = &t, .comm = comm };
	uint32_t size = task_event_put(d->set, d->task, &ev, rec);

	identity_learn(d->fx.id, d->task, ts, rec, size - d->cut);
}

static inline const struct process *process_of(const struct desk *d, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(d->fx.id, tid, ts);

	assert_non_null(t);
	assert_non_null(t->process);
	return t->process;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_crowd: 100,000 processes that live at the same time: what is known of them, what they did
 * and two groupings of it stay within 100 MB.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/group.h"
#include "core/summary_private.h"
#include "tests/unit/identity_fixture.h"

#define PROCESSES 100000
#define EVENTS	  3 /* kinds each of them gives */
#define BOUND	  100000000u

static struct group_table *new_table(struct identity *id, const char *by, struct group_spec **spec)
{
	struct group_conf c = { .identity = id };

	assert_int_equal(group_spec_parse(by, "count, rate, share", spec, NULL), 0);
	c.spec = *spec;
	return group_new(&c);
}

static size_t summary_bytes(const struct summary *s)
{
	return ((size_t)s->mask + 1) * sizeof(*s->slots) + s->task_cap * sizeof(*s->tasks) +
	       ((size_t)s->by_tid_mask + 1) * sizeof(*s->by_tid);
}

static void memory_of_a_crowd(void **state)
{
	struct fixture fx;
	struct summary *s = summary_new();
	struct group_spec *specs[2];
	struct group_table *tables[2];
	size_t tasks, processes, bytes, counts, groups;

	fixture_init(&fx, (struct machine) { .long_size = 8 }, NULL);
	for (unsigned i = 0; i < FORMATS; i++)
		fx.schema[i]->index = i;
	tables[0] = new_table(fx.id, "process", &specs[0]);
	tables[1] = new_table(fx.id, "comm, event", &specs[1]);
	for (int32_t i = 1; i <= PROCESSES; i++) {
		int32_t tid = 300 + i; /* as they are born in a storm */
		struct row r = { .tid = tid, .ts = (uint64_t)i * 1000 + 1, .cpu = 0 };
		char comm[16];

		snprintf(comm, sizeof(comm), "worker-%d", i % 1000);
		learn(&fx, rec_newtask(&fx, r.ts - 1, 1, tid, comm, 0));
		for (unsigned e = 0; e < EVENTS; e++) {
			r.schema = fx.schema[e];
			summary_fold(s, summary_task(s, fx.id, tid, r.ts), r.schema, r.ts);
			for (unsigned t = 0; t < 2; t++)
				group_fold_ops.row(tables[t], &r);
		}
	}
	identity_stats(fx.id, &tasks, &processes, &bytes);
	counts = summary_bytes(s);
	groups = group_bytes(tables[0]) + group_bytes(tables[1]);
	print_message("# %d processes: identity %zu KiB, counts %zu KiB, groups %zu KiB\n",
		      PROCESSES, bytes >> 10, counts >> 10, groups >> 10);
	assert_int_equal(processes, PROCESSES);
	assert_int_equal(group_count(tables[0]), PROCESSES);
	assert_int_equal(group_joined(tables[0]), 0);
	assert_true(bytes + counts + groups <= BOUND);
	for (unsigned t = 0; t < 2; t++) {
		group_free(tables[t]);
		group_spec_free(specs[t]);
	}
	summary_free(s);
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_a_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

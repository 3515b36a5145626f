/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_identity: what each event teaches, what out of order does, and what is forgotten.
 *
 * Each case is a short story with the answers that must follow. The long and random ones are
 * in test_identity_history, /proc is in test_identity_proc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/identity_fixture.h"

#define THREAD	0x10000
#define SIBLING 0x8000
#define MS	1000000ULL
#define S	1000000000ULL

static int setup(void **state)
{
	struct fixture *fx = calloc(1, sizeof(*fx));

	fixture_init(fx, (struct machine) { .long_size = 8 }, NULL);
	*state = fx;
	return 0;
}

static int setup_swapped(void **state)
{
	struct fixture *fx = calloc(1, sizeof(*fx));

	fixture_init(fx, (struct machine) { .long_size = 4, .swap = true }, NULL);
	*state = fx;
	return 0;
}

static int teardown(void **state)
{
	fixture_done(*state);
	free(*state);
	return 0;
}

#define comm_is(fx, tid, ts, comm) assert_string_equal(identity_comm((fx)->id, tid, ts), comm)
#define pid_is(fx, tid, ts, pid)   assert_int_equal(identity_pid((fx)->id, tid, ts), pid)

static const struct process *process(const struct fixture *fx, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(fx->id, tid, ts);

	assert_non_null(t);
	assert_non_null(t->process);
	return t->process;
}

static void knows_nobody(void **state)
{
	struct fixture *fx = *state;
	static const int32_t tids[] = { 1, 5, -1, INT32_MIN, INT32_MAX, 4 << 20, (4 << 20) - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(tids); i++) {
		assert_null(identity_task(fx->id, tids[i], 5));
		comm_is(fx, tids[i], UINT64_MAX, "<...>");
		pid_is(fx, tids[i], 0, -1);
	}
	pid_is(fx, 0, 0, 0);
	comm_is(fx, 0, UINT64_MAX, "<idle>");
	assert_int_equal(identity_task(fx->id, 0, 7)->process->pid, 0);
}

static void process_and_thread(void **state)
{
	struct fixture *fx = *state;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "sh", 0));
	learn(fx, rec_newtask(fx, 2 * S, 100, 101, "sh", THREAD));
	learn(fx, rec_newtask(fx, 3 * S, 101, 102, "sh", 0));
	learn(fx, rec_newtask(fx, 4 * S, 102, 103, "sh", SIBLING));
	pid_is(fx, 100, 1 * S - 1, -1);
	pid_is(fx, 100, 1 * S, 100);
	pid_is(fx, 101, 2 * S, 100);
	pid_is(fx, 102, 3 * S, 102);
	assert_int_equal(process(fx, 102, 3 * S)->ppid, 100);
	assert_int_equal(process(fx, 103, 4 * S)->ppid, 100);
	assert_int_equal(process(fx, 100, 4 * S)->threads, 2);
	assert_int_equal(process(fx, 100, 4 * S)->start, 1 * S);
	learn(fx, rec_exit(fx, EXIT, 5 * S, 101, "sh", false));
	assert_int_equal(process(fx, 100, 5 * S)->threads, 1);
	learn(fx, rec_exit(fx, EXIT, 6 * S, 100, "sh", true));
	assert_int_equal(process(fx, 100, 6 * S)->end, 6 * S);
	assert_int_equal(process(fx, 100, 6 * S)->threads, 0);
}

static void names_by_time(void **state)
{
	struct fixture *fx = *state;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "sh", 0));
	learn(fx, rec_rename(fx, 3 * S, 100, "b", "c"));
	learn(fx, rec_rename(fx, 2 * S, 100, "sh", "b")); /* older, learned later */
	learn(fx, rec_rename(fx, 4 * S, 100, "c", "sixteen-bytes-and-more"));
	comm_is(fx, 100, 1 * S, "sh");
	comm_is(fx, 100, 2 * S - 1, "sh");
	comm_is(fx, 100, 2 * S, "b");
	comm_is(fx, 100, 3 * S, "c");
	comm_is(fx, 100, 5 * S, "sixteen-bytes-a");
	assert_string_equal(process(fx, 100, 5 * S)->comm, "sixteen-bytes-a");
	/* What the first rename gave up is the name before it. */
	learn(fx, rec_rename(fx, 4 * S, 200, "old", "new"));
	comm_is(fx, 200, 1 * S, "old");
	comm_is(fx, 200, 4 * S, "new");
}

static void reuse_before_exit(void **state)
{
	struct fixture *fx = *state;
	const struct task *a, *b;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "first", 0));
	learn(fx, rec_newtask(fx, 3 * S, 1, 100, "second", 0));
	a = identity_task(fx->id, 100, 2 * S);
	assert_int_equal(a->end, 3 * S);
	learn(fx, rec_rename(fx, 2 * S, 100, "first", "late"));
	learn(fx, rec_exit(fx, EXIT, 2 * S + 5 * MS, 100, "late", true));
	b = identity_task(fx->id, 100, 3 * S);
	assert_int_equal(a->end, 2 * S + 5 * MS);
	assert_int_equal(b->end, UINT64_MAX);
	assert_int_not_equal(a->index, b->index);
	assert_ptr_not_equal(a->process, b->process);
	assert_int_not_equal(a->process->index, b->process->index);
	comm_is(fx, 100, 2 * S, "late");
	comm_is(fx, 100, 3 * S, "second");
	assert_int_equal(a->process->end, 2 * S + 5 * MS);
}

static void dying_threads_answer(void **state)
{
	struct fixture *fx = *state;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "x", 0));
	learn(fx, rec_exit(fx, EXIT, 2 * S, 100, "x", true));
	comm_is(fx, 100, 2 * S + 50 * MS, "x");
	pid_is(fx, 100, 2 * S + 50 * MS, 100);
	pid_is(fx, 100, 60 * S, -1); /* who may have it now nobody said */
	comm_is(fx, 100, 60 * S, "<...>");
}

static void lost_births(void **state)
{
	struct fixture *fx = *state;
	const struct task *t;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "x", 0));
	learn(fx, rec_exit(fx, EXIT, 2 * S, 100, "x", true));
	learn(fx, rec_exit(fx, EXIT, 4 * S, 100, "y", true)); /* another, whose birth was lost */
	t = identity_task(fx->id, 100, 3 * S);
	assert_int_equal(t->start, 2 * S);
	assert_null(t->process);
	comm_is(fx, 100, 3 * S, "y");
	comm_is(fx, 100, 1 * S, "x");
	/* Learned the other way round. */
	learn(fx, rec_exit(fx, EXIT, 4 * S, 200, "y", true));
	learn(fx, rec_exit(fx, EXIT, 2 * S, 200, "x", true));
	comm_is(fx, 200, 1 * S, "x");
	assert_int_equal(identity_task(fx->id, 200, 3 * S)->start, 2 * S);
}

static void fork_alone(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 2; i++) {
		int32_t tid = 300 + i;

		learn(fx, rec_fork(fx, i ? FORK : OLD_FORK, 1 * S, 1, tid, "kid"));
		comm_is(fx, tid, 1 * S, "kid");
		pid_is(fx, tid, 1 * S, -1); /* a thread or a process */
		learn(fx, rec_exec(fx, 2 * S, tid, tid, "/bin/true"));
		pid_is(fx, tid, 1 * S, tid);
		assert_string_equal(process(fx, tid, 1 * S)->exe, "/bin/true");
		learn(fx, rec_exit(fx, i ? EXIT : OLD_EXIT, 3 * S, tid, "true", true));
		assert_int_equal(process(fx, tid, 1 * S)->end, 3 * S);
	}
}

static void exec_of_thread(void **state)
{
	struct fixture *fx = *state;
	const struct process *p;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "main", 0));
	learn(fx, rec_newtask(fx, 2 * S, 100, 101, "main", THREAD));
	learn(fx, rec_newtask(fx, 2 * S, 100, 102, "main", THREAD));
	p = process(fx, 100, 2 * S);
	learn(fx, rec_exit(fx, EXIT, 3 * S, 102, "main", false));
	learn(fx, rec_exit(fx, EXIT, 3 * S + 1 * MS, 100, "main", false));
	learn(fx, rec_rename(fx, 3 * S + 2 * MS, 100, "main", "prog"));
	learn(fx, rec_exec(fx, 3 * S + 3 * MS, 100, 101, "/bin/prog"));
	assert_ptr_equal(process(fx, 100, 4 * S), p);
	assert_ptr_equal(process(fx, 101, 2 * S), p);
	assert_int_equal(p->threads, 1);
	assert_int_equal(p->end, UINT64_MAX);
	assert_string_equal(p->exe, "/bin/prog");
	assert_string_equal(p->comm, "prog");
	assert_int_equal(identity_task(fx->id, 101, 3 * S)->end, 3 * S + 3 * MS);
	comm_is(fx, 100, 2 * S, "main");
	comm_is(fx, 100, 4 * S, "prog");
	learn(fx, rec_exit(fx, EXIT, 5 * S, 100, "prog", true));
	assert_int_equal(p->end, 5 * S);
}

static void inherits(void **state)
{
	struct fixture *fx = *state;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "sh", 0));
	learn(fx, rec_exec(fx, 2 * S, 100, 100, "/bin/sh"));
	learn(fx, rec_newtask(fx, 3 * S, 100, 101, "sh", 0));
	learn(fx, rec_exec(fx, 4 * S, 101, 101, "/bin/ls"));
	learn(fx, rec_newtask(fx, 5 * S, 100, 102, "sh", 0));
	assert_string_equal(process(fx, 101, 5 * S)->exe, "/bin/ls");
	assert_string_equal(process(fx, 102, 5 * S)->exe, "/bin/sh");
}

static void group_dead_closes(void **state)
{
	struct fixture *fx = *state;

	learn(fx, rec_newtask(fx, 1 * S, 1, 100, "x", 0));
	learn(fx, rec_newtask(fx, 2 * S, 100, 101, "x", THREAD)); /* its exit is lost */
	learn(fx, rec_exit(fx, EXIT, 3 * S, 100, "x", true));
	assert_int_equal(identity_task(fx->id, 101, 2 * S)->end, 3 * S);
	assert_int_equal(process(fx, 101, 2 * S)->threads, 0);
	/* Its own exit comes after all and is better. */
	learn(fx, rec_exit(fx, EXIT, 2 * S + 1 * MS, 101, "x", false));
	assert_int_equal(identity_task(fx->id, 101, 2 * S)->end, 2 * S + 1 * MS);
	assert_int_equal(process(fx, 101, 2 * S)->end, 3 * S);
}

static void hints(void **state)
{
	struct fixture *fx = *state;

	identity_hint(fx->id, 10, 10, "init");
	identity_hint(fx->id, 11, 10, "worker");
	identity_hint(fx->id, 12, -1, "loose");
	identity_hint(fx->id, -4, -1, "bad");
	identity_hint(fx->id, 1 << 30, 5, "bad");
	comm_is(fx, 11, 5 * S, "worker");
	pid_is(fx, 11, 5 * S, 10);
	pid_is(fx, 12, 5 * S, -1);
	comm_is(fx, 12, 0, "loose");
	learn(fx, rec_newtask(fx, 1 * S, 10, 12, "born", 0));
	comm_is(fx, 12, 5 * S, "born");
	/* sched_switch fills what is empty and no more. */
	learn(fx, rec_switch(fx, 6 * S, 12, "wrong", 77, "seen"));
	comm_is(fx, 12, 6 * S, "born");
	comm_is(fx, 77, 6 * S, "seen");
	pid_is(fx, 77, 6 * S, -1);
	learn(fx, rec_rename(fx, 7 * S, 77, "true", "later"));
	comm_is(fx, 77, 6 * S, "true");
}

static void forgets(void **state)
{
	struct fixture *fx = *state;
	size_t tasks, processes, bytes, before;

	identity_stats(fx->id, &tasks, &processes, &before);
	for (int32_t i = 0; i < 1000; i++) {
		learn(fx, rec_newtask(fx, i * S + 1, 1, 100 + i % 10, "x", 0));
		learn(fx, rec_rename(fx, i * S + 2, 100 + i % 10, "x", "y"));
		learn(fx, rec_exec(fx, i * S + 3, 100 + i % 10, 100 + i % 10, "/bin/y"));
		learn(fx, rec_exit(fx, EXIT, i * S + S / 2, 100 + i % 10, "y", true));
	}
	identity_stats(fx->id, &tasks, &processes, &bytes);
	assert_int_equal(tasks, 1000);
	assert_int_equal(processes, 1000);
	identity_forget(fx->id, 500 * S);
	identity_stats(fx->id, &tasks, &processes, &bytes);
	assert_int_equal(tasks, 500);
	assert_int_equal(processes, 500);
	comm_is(fx, 100, 500 * S + 2, "y");
	comm_is(fx, 100, 400 * S + 2, "<...>");
	identity_forget(fx->id, 2000 * S);
	identity_stats(fx->id, &tasks, &processes, &bytes);
	assert_int_equal(tasks, 0);
	assert_int_equal(processes, 0);
	assert_true(bytes < before + 256 * 1024); /* arrays and leaves stay, no task does */
}

static void trims_names(void **state)
{
	struct fixture *fx = *state;
	size_t tasks, processes, bytes, after;
	char comm[16];

	learn(fx, rec_newtask(fx, 1, 1, 100, "x", 0));
	for (unsigned i = 1; i < 10000; i++) {
		snprintf(comm, sizeof(comm), "n%u", i);
		learn(fx, rec_rename(fx, i * MS, 100, "?", comm));
	}
	comm_is(fx, 100, 5000 * MS, "n5000");
	identity_stats(fx->id, &tasks, &processes, &bytes);
	identity_forget(fx->id, 9000 * MS);
	comm_is(fx, 100, 9000 * MS, "n9000");
	comm_is(fx, 100, 9500 * MS, "n9500");
	identity_forget(fx->id, 20000 * MS);
	identity_stats(fx->id, &tasks, &processes, &after);
	comm_is(fx, 100, 20000 * MS, "n9999");
	assert_true(after + 200000 < bytes);
}

static void damaged_records(void **state)
{
	struct fixture *fx = *state;
	unsigned seed = 1;
	size_t tasks, processes, bytes;

	for (unsigned i = 0; i < 20000; i++) {
		struct rec r;

		switch (i % 6) {
		case 0:
			r = rec_newtask(fx, i, 5, i % 64, "x", i & 1 ? THREAD : 0);
			break;
		case 1:
			r = rec_fork(fx, FORK, i, 5, i % 64, "x");
			break;
		case 2:
			r = rec_exec(fx, i, i % 64, i % 7, "/x");
			break;
		case 3:
			r = rec_exit(fx, EXIT, i, i % 64, "x", i & 1);
			break;
		case 4:
			r = rec_rename(fx, i, i % 64, "x", "y");
			break;
		default:
			r = rec_switch(fx, i, i % 64, "p", i % 63, "q");
			break;
		}
		for (unsigned n = 0; n < 3; n++) {
			seed = seed * 1103515245 + 12345;
			r.bytes[(seed >> 16) % r.size] = seed >> 8;
		}
		r.ts = i % 5 ? r.ts : UINT64_MAX - seed % 3;
		r.size = i % 3 ? r.size : seed % (r.size + 1);
		/* A copy of its exact size lets the sanitizer see a read behind the end. */
		uint8_t *copy = malloc(r.size ? r.size : 1);

		memcpy(copy, r.bytes, r.size);
		identity_learn(fx->id, fx->schema[r.format], r.ts, copy, r.size);
		free(copy);
	}
	identity_forget(fx->id, UINT64_MAX);
	identity_stats(fx->id, &tasks, &processes, &bytes);
	assert_true(processes <= tasks);
}

static void roles(void **state)
{
	struct fixture *fx = *state;
	const char *text = EVENT("sched_process_exit", 9, FIELD("int what", 8, 4, 1));
	const char *other = EVENT("sched_switch", 9, FIELD("pid_t prev_pid", 8, 4, 1));
	struct schema *s;

	assert_int_equal(fx->schema[SWITCH]->role, ROLE_SWITCH);
	assert_int_equal(
	    schema_parse("sched", other, strlen(other), (struct machine) { 0, 8 }, &s, NULL), 0);
	assert_int_equal(identity_role(s), ROLE_NONE); /* its fields are not there */
	schema_free(s);
	assert_int_equal(
	    schema_parse("mine", text, strlen(text), (struct machine) { 0, 8 }, &s, NULL), 0);
	assert_int_equal(identity_role(s), ROLE_NONE); /* another system */
	schema_free(s);
}

static void memory_of_many(void **state)
{
	struct fixture *fx = *state;
	size_t tasks, processes, bytes;

	/* Spread over all of the range, as on a machine that runs for long. */
	for (int32_t i = 1; i <= 100000; i++)
		learn(fx, rec_newtask(fx, (uint64_t)i * 1000, 1, i * 41 + i % 7, "process", 0));
	identity_stats(fx->id, &tasks, &processes, &bytes);
	assert_int_equal(processes, 100000);
	print_message("# 100,000 processes: %zu KiB\n", bytes >> 10);
	assert_true(bytes < 50 << 20);
	pid_is(fx, 50000 * 41 + 50000 % 7, UINT64_MAX, 50000 * 41 + 50000 % 7);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define SWAPPED(fn)                                                                                \
	{                                                                                          \
#fn " (swapped)", fn, setup_swapped, teardown, NULL                                \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(knows_nobody),
		CASE(process_and_thread),
		CASE(names_by_time),
		CASE(reuse_before_exit),
		CASE(dying_threads_answer),
		CASE(lost_births),
		CASE(fork_alone),
		CASE(exec_of_thread),
		CASE(inherits),
		CASE(group_dead_closes),
		CASE(hints),
		CASE(forgets),
		CASE(trims_names),
		CASE(damaged_records),
		CASE(roles),
		CASE(memory_of_many),
		SWAPPED(process_and_thread),
		SWAPPED(names_by_time),
		SWAPPED(fork_alone),
		SWAPPED(damaged_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

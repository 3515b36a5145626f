/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording says of its processes: user, program, control group, container; to whom it
 * belongs, and what may be made of a damaged one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/task_fixture.h"

/* A process with all that only /proc knows, so long ago. */
static void told(struct desk *d, uint64_t ts, uint64_t ago, const struct process *p,
		 const char *comm)
{
	struct task t = { .tid = p->pid, .process = (struct process *)(uintptr_t)p };
	struct task_event ev = { .task = &t, .comm = comm, .ago = ago };
	uint8_t rec[TASK_EVENT_SIZE];
	uint32_t size = task_event_put(d->set, d->task, &ev, rec);

	assert_true(size > 0 && size <= TASK_EVENT_SIZE);
	identity_learn(d->fx.id, d->task, ts, rec, size - d->cut);
}

static const char group_path[] =
    "/docker/89aed606076dc0cb1158f88c134f97e93c254ec55e8637957f4ef86ae7aeb812";

static const struct container named = {
	.name = "web", .image = "nginx:1", .pod = "front", .pod_space = "shop"
};

/* What a process is goes there and comes back; a thread says nothing of it. */
static void test_process(void **state)
{
	struct process p = { .pid = 40,
			     .ppid = 7,
			     .uid = 4294967294u,
			     .pidns = 4026532111u,
			     .nspid = 3,
			     .exe = "/usr/bin/a b",
			     .cgroup = group_path,
			     .container = &named };
	const struct process *q;
	struct desk d;

	(void)state;
	desk_open(&d);
	told(&d, 1000, 0, &p, "a");
	q = process_of(&d, 40, 1000);
	identity_detail(d.fx.id, (struct process *)(uintptr_t)q);
	assert_int_equal(q->uid, 4294967294u);
	assert_int_equal(q->pidns, 4026532111u);
	assert_int_equal(q->nspid, 3);
	assert_string_equal(q->exe, "/usr/bin/a b");
	assert_string_equal(q->cgroup, group_path);
	assert_non_null(q->container);
	assert_string_equal(q->container->runtime, "docker");
	assert_string_equal(q->container->shown, "front/web");
	assert_string_equal(q->container->image, "nginx:1");
	assert_string_equal(q->container->pod_space, "shop");
	task(&d, 2000, 41, 40, 7, "thread");
	assert_int_equal(process_of(&d, 41, 2000)->uid, 4294967294u);
	desk_close(&d);
}

/* Nothing known is nothing said: 0 is a user, and no path is not "". */
static void test_process_unknown(void **state)
{
	struct process p = { .pid = 40, .ppid = 7, .uid = UINT32_MAX, .nspid = -1 };
	static char huge[3000];
	const struct process *q;
	struct desk d;

	(void)state;
	desk_open(&d);
	told(&d, 1000, 0, &p, "a");
	q = process_of(&d, 40, 1000);
	assert_int_equal(q->uid, UINT32_MAX);
	assert_int_equal(q->nspid, -1);
	assert_null(q->exe);
	assert_null(q->cgroup);
	assert_null(q->container);
	memset(huge, 'x', sizeof(huge) - 1);
	p.uid = 0;
	p.exe = huge;
	p.cgroup = "/";
	told(&d, 1100, 0, &p, "a");
	q = process_of(&d, 40, 1000);
	assert_int_equal(q->uid, 0);
	assert_null(q->exe); /* a part of it would be another path */
	assert_string_equal(q->cgroup, "/");
	desk_close(&d);
}

/* It comes behind the births of its children and behind other execs: its time counts. */
static void test_process_later(void **state)
{
	struct process p = { .pid = 40,
			     .ppid = 7,
			     .uid = 33,
			     .nspid = -1,
			     .exe = "/usr/bin/make",
			     .cgroup = group_path,
			     .container = &named };
	struct process *q;
	struct desk d;

	(void)state;
	desk_open(&d);
	learn(&d.fx, rec_newtask(&d.fx, 900, 7, 40, "sh", 0));
	learn(&d.fx, rec_exec(&d.fx, 1000, 40, 40, "make"));
	learn(&d.fx, rec_newtask(&d.fx, 1100, 40, 50, "make", 0));
	learn(&d.fx, rec_newtask(&d.fx, 1200, 50, 60, "make", 0));
	learn(&d.fx, rec_exec(&d.fx, 1300, 60, 60, "/bin/cc"));
	told(&d, 5000, 4000, &p, "make"); /* of 1000 */
	q = (struct process *)(uintptr_t)process_of(&d, 40, 2000);
	assert_string_equal(q->exe, "/usr/bin/make");
	q = (struct process *)(uintptr_t)process_of(&d, 60, 2000);
	assert_false(identity_detail(d.fx.id, q));
	assert_int_equal(q->uid, 33);
	assert_string_equal(q->cgroup, group_path);
	assert_string_equal(q->container->shown, "front/web");
	assert_string_equal(q->exe, "/bin/cc");
	q = (struct process *)(uintptr_t)process_of(&d, 50, 2000);
	identity_detail(d.fx.id, q);
	assert_int_equal(q->uid, 33);
	learn(&d.fx, rec_exec(&d.fx, 6000, 40, 40, "/bin/later"));
	told(&d, 7000, 5900, &p, "make"); /* of 1100: it says nothing of what it executes now */
	assert_string_equal(process_of(&d, 40, 7000)->exe, "/bin/later");
	desk_close(&d);
}

/* Told before the birth is read: it is not that of who had the id before. */
static void test_process_reused(void **state)
{
	struct process p = { .pid = 40, .ppid = 7, .uid = 33, .nspid = 2, .exe = "/usr/bin/make" };
	struct process old = { .pid = 40, .ppid = 1, .uid = 5, .nspid = -1, .exe = "/old" };
	struct desk d;

	(void)state;
	desk_open(&d);
	told(&d, 100, 0, &old, "old");
	told(&d, 5000, 4000, &p, "make"); /* of 1000 */
	learn(&d.fx, rec_newtask(&d.fx, 900, 7, 40, "sh", 0));
	learn(&d.fx, rec_exit(&d.fx, EXIT, 800, 40, "old", true));
	assert_int_equal(process_of(&d, 40, 1000)->uid, 33);
	assert_int_equal(process_of(&d, 40, 1000)->nspid, 2);
	assert_string_equal(process_of(&d, 40, 1000)->exe, "/usr/bin/make");
	assert_int_not_equal(process_of(&d, 40, 500)->uid, 33);
	desk_close(&d);
}

/* Cut anywhere, and with offsets that lie outside: no more than what is there is taken. */
static void test_process_hostile(void **state)
{
	struct process p = { .pid = 40,
			     .ppid = 7,
			     .uid = 33,
			     .exe = "/usr/bin/make",
			     .cgroup = group_path,
			     .container = &named };
	struct task t = { .tid = 40, .process = &p };
	struct task_event ev = { .task = &t, .comm = "x" };
	uint8_t rec[TASK_EVENT_SIZE];
	struct desk d;
	uint32_t size;

	(void)state;
	desk_open(&d);
	size = task_event_put(d.set, d.task, &ev, rec);
	for (uint32_t n = 0; n <= size; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, rec, n);
		p.pid = t.tid = 40;
		identity_learn(d.fx.id, d.task, 1000 + n, copy, n);
		free(copy);
	}
	for (uint32_t at = 36; at < 80; at++) {
		uint8_t *copy = malloc(size);

		memcpy(copy, rec, size);
		copy[at] = 0xff;
		identity_learn(d.fx.id, d.task, 3000 + at, copy, size);
		free(copy);
	}
	assert_int_equal(process_of(&d, 40, 3000)->uid, 33);
	desk_close(&d);
}

/* A recording of before has four fields, and is given four. */
static void test_format_before(void **state)
{
	static const char fields[] =
	    "\tfield:pid_t tid;\toffset:8;\tsize:4;\tsigned:1;\n"
	    "\tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;\n"
	    "\tfield:pid_t ppid;\toffset:16;\tsize:4;\tsigned:1;\n"
	    "\tfield:char comm[16];\toffset:%u;\tsize:16;\tsigned:0;\n\nprint fmt: \"\"\n";
	struct process p = { .pid = 40, .ppid = 7, .uid = 33, .exe = "/usr/bin/make" };
	struct task t = { .tid = 40, .process = &p };
	struct task_event ev = { .task = &t, .comm = "x" };
	uint8_t rec[TASK_EVENT_SIZE];

	(void)state;
	for (unsigned at = 20; at < 28; at += 4) {
		struct machine m = { .long_size = 8 };
		struct schema_set *set = schema_set_new(m);
		char text[1024], rest[512];
		struct schema *s;
		struct desk d;
		int n;

		desk_open(&d);
		snprintf(rest, sizeof(rest), fields, at);
		n = snprintf(text, sizeof(text), "name: task\nID: 9\nformat:\n" COMMON "%s", rest);
		assert_int_equal(schema_parse("tapdeck", text, (size_t)n, m, &s, NULL), 0);
		s->role = (uint8_t)identity_role(s);
		schema_set_add(set, s);
		assert_int_equal(task_event_put(set, s, &ev, rec), at == 20 ? 36 : 0);
		s->index = 900 + at; /* of no other */
		if (at == 20)
			identity_learn(d.fx.id, s, 1000, rec, 36);
		if (at == 20)
			assert_int_equal(process_of(&d, 40, 1000)->ppid, 7);
		if (at == 20)
			assert_int_equal(process_of(&d, 40, 1000)->uid, UINT32_MAX);
		desk_close(&d);
		schema_set_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),		cmocka_unit_test(test_process_unknown),
		cmocka_unit_test(test_process_later),	cmocka_unit_test(test_process_reused),
		cmocka_unit_test(test_process_hostile), cmocka_unit_test(test_format_before),
	};

	return cmocka_run_group_tests_name("identity_told", tests, NULL, NULL);
}

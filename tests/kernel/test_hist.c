/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latencies paired by the real kernel: what a child with known behaviour does is counted exactly,
 * whatever its name; several starts, starts and ends of one event, refusals; and nothing is left,
 * whoever dies. Skips where the kernel has no histogram triggers, and says so.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/util.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"
#include "tracefs/hist.h"

#define CALLS  300
#define SLEEPS 10
#define NAP_NS (20 * NSEC_PER_MSEC)
/* A name that looks like what the kernel prints behind it. */
#define EVIL "} hitcount: 9\n{"

struct bench {
	char *tracefs;
	struct guard *guard;
	struct instance in;
	struct schema_set *set;
	struct catalog *catalog;
	struct hist hist;
	struct strbuf before;
	struct err e;
	bool can;
};

static int setup(void **state)
{
	static struct bench b;

	b = (struct bench) { .e = ERR_INIT };
	*state = &b;
	if (tracefs_find(false, &b.tracefs, &b.e))
		return 0;
	if (hist_probe(b.tracefs, &b.e))
		return 0;
	b.can = true;
	b.set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	if (catalog_open(&b.catalog, b.tracefs, b.set, &b.e))
		return -1;
	tracefs_read(b.tracefs, &b.before, NULL, "synthetic_events");
	return guard_start(&b.guard, &b.e);
}

static int teardown(void **state)
{
	struct bench *b = *state;
	struct strbuf after = { 0 };
	bool same;

	hist_close(&b->hist, NULL);
	instance_close(&b->in, NULL);
	if (b->can)
		tracefs_read(b->tracefs, &after, NULL, "synthetic_events");
	same = !strcmp(strbuf_cstr(&after), strbuf_cstr(&b->before));
	if (!same)
		print_message("# left: %s\n", strbuf_cstr(&after));
	strbuf_done(&after);
	strbuf_done(&b->before);
	catalog_close(b->catalog);
	schema_set_free(b->set);
	free(b->tracefs);
	return guard_stop(b->guard, NULL) || !same;
}

static void need(const struct bench *b)
{
	if (b->can)
		return;
	print_message("skip: %s\n", b->e.text);
	skip();
}

static void make(struct bench *b)
{
	need(b);
	if (instance_open(&b->in, b->guard, b->tracefs, "hist", 65536, 4096, &b->e) ||
	    instance_on(&b->in, true, &b->e))
		fail_msg("%s", b->e.text);
}

static const struct schema *schema(struct bench *b, const char *system, const char *event)
{
	const struct schema *s;

	if (catalog_schema(b->catalog, system, event, &s, &b->e))
		fail_msg("%s", b->e.text);
	return s;
}

static const struct field *field(const struct schema *s, const char *name)
{
	const struct field *f = schema_field(s, name);

	assert_non_null(f);
	return f;
}

/* By two keys, with parts. */
static struct hist_conf conf(const char *name, const struct hist_event *starts, unsigned count,
			     const struct hist_event *end, const struct hist_carry *carry,
			     unsigned carried)
{
	return (struct hist_conf) { .name = name,
				    .starts = starts,
				    .ends = end,
				    .start_count = count,
				    .end_count = 1,
				    .key_count = 1,
				    .carry = carry,
				    .carry_count = carried,
				    .by_count = 2,
				    .parts = true };
}

static void open_pair(struct bench *b, const struct hist_conf *c)
{
	if (hist_open(&b->hist, b->guard, &b->in, c, &b->e))
		fail_msg("%s", b->e.text);
}

/* ---- a child whose doings are known ---- */

static void behave(void)
{
	struct timespec nap = { .tv_nsec = (long)NAP_NS };

	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	for (int i = 0; i < SLEEPS; i++)
		nanosleep(&nap, NULL);
}

/* Runs it under a name; its tid. */
static int child(const char *name)
{
	int tid = fork(), status;

	if (!tid) {
		prctl(PR_SET_NAME, name);
		behave();
		_exit(0);
	}
	assert_int_equal(waitpid(tid, &status, 0), tid);
	assert_int_equal(status, 0);
	return tid;
}

/* ---- what was counted ---- */

struct want {
	int tid;	  /* of keys[0]; 0: any */
	const char *name; /* of keys[0]; NULL: any */
	int64_t number;	  /* of keys[1]; -1: any */
	uint64_t count, max, sum, parts, least;
};

static void add(const struct hist_row *r, void *data)
{
	struct want *w = data;
	const struct hist_value *k = r->keys;

	if ((w->tid && k[0].number != (uint64_t)w->tid) ||
	    (w->name && (!k[0].text || k[0].len != strlen(w->name) ||
			 memcmp(k[0].text, w->name, k[0].len) != 0)) ||
	    (w->number >= 0 && k[1].number != (uint64_t)w->number))
		return;
	if (r->part) {
		assert_true(r->lo <= r->hi);
		assert_true(r->hi - r->lo <= MAX(r->lo / 16, UINT64_C(16)));
		w->parts += r->count;
		w->least = MIN(w->least, r->lo);
		return;
	}
	w->count += r->count;
	w->sum += r->sum;
	w->max = MAX(w->max, r->max);
}

static struct want count(struct bench *b, struct want w)
{
	struct hist_counts c;

	w.least = UINT64_MAX;
	if (hist_read(&b->hist, add, &w, &c, &b->e))
		fail_msg("%s", b->e.text);
	assert_int_equal(c.odd, 0);
	assert_int_equal(c.pairs_dropped, 0);
	return w;
}

static struct hist_conf syscall_conf(struct bench *b, struct hist_event ev[2],
				     const struct hist_carry *id, const char *filter)
{
	struct hist_conf c;

	for (int i = 0; i < 2; i++) {
		ev[i] = (struct hist_event) { .schema = schema(b, "raw_syscalls",
							       i ? "sys_exit" : "sys_enter") };
		ev[i].keys[0] = field(ev[i].schema, "common_pid");
		ev[i].carry[0] = field(ev[i].schema, "id");
	}
	c = conf("syscall", &ev[0], 1, &ev[1], id, 1);
	c.by[0].kind = HIST_BY_TASK;
	c.filter = filter;
	return c;
}

static void syscalls_are_counted_exactly(void **state)
{
	struct bench *b = *state;
	const struct hist_carry id = { "id", false };
	struct hist_event ev[2];
	struct hist_counts sides = { 0 };
	struct hist_conf c;
	struct want w;
	int tid;

	make(b);
	c = syscall_conf(b, ev, &id, NULL);
	open_pair(b, &c);
	tid = child(EVIL);
	w = count(b, (struct want) { .tid = tid, .name = EVIL, .number = SYS_getppid });
	assert_int_equal(w.count, CALLS);
	assert_int_equal(w.parts, CALLS);
	assert_true(w.sum >= w.max && w.max > 0 && w.max <= w.sum);
	w = count(b, (struct want) { .tid = tid, .number = SYS_clock_nanosleep });
	assert_int_equal(w.count, SLEEPS);
	assert_int_equal(w.parts, SLEEPS);
	assert_true(w.max >= NAP_NS);
	assert_true(w.sum >= SLEEPS * NAP_NS);
	/* The part of the shortest begins at most a sixteenth below it. */
	assert_true(w.least >= NAP_NS - NAP_NS / 16);
	assert_int_equal(hist_read_sides(&b->hist, &sides, &b->e), 0);
	assert_true(sides.starts > CALLS && sides.ends > CALLS);
	assert_int_equal(sides.starts_dropped + sides.ends_dropped, 0);
	assert_int_equal(hist_close(&b->hist, &b->e), 0);
	assert_int_equal(instance_close(&b->in, &b->e), 0);
}

static void a_filter_chooses_pairs(void **state)
{
	struct bench *b = *state;
	const struct hist_carry id = { "id", true };
	struct hist_event ev[2];
	struct hist_conf c;
	char filter[64];
	struct want w;
	int tid;

	make(b);
	snprintf(filter, sizeof(filter), "id == %d || id == 99999", SYS_getppid);
	c = syscall_conf(b, ev, &id, filter);
	open_pair(b, &c);
	tid = child("chosen");
	w = count(b, (struct want) { .tid = tid, .number = -1 });
	assert_int_equal(w.count, CALLS);
	assert_int_equal(w.parts, CALLS);
}

/* Switched out and in: one event is both, and what it was waiting in comes from the start. */
static void start_and_end_can_be_one_event(void **state)
{
	struct bench *b = *state;
	const struct hist_carry carry[] = { { "prev_comm", true }, { "prev_state", true } };
	struct hist_event ev[2];
	struct hist_conf c;
	struct want w;

	make(b);
	for (int i = 0; i < 2; i++)
		ev[i].schema = schema(b, "sched", "sched_switch");
	ev[0] = (struct hist_event) { ev[0].schema,
				      "prev_pid != 0",
				      { field(ev[0].schema, "prev_pid") },
				      { field(ev[0].schema, "prev_comm"),
					field(ev[0].schema, "prev_state") } };
	ev[1] = (struct hist_event) {
		ev[1].schema, "next_pid != 0", { field(ev[1].schema, "next_pid") }, { NULL }
	};
	c = conf("offcpu", &ev[0], 1, &ev[1], carry, 2);
	c.by[1].field = 1;
	open_pair(b, &c);
	child("dozer");
	w = count(b, (struct want) { .name = "dozer", .number = 1 /* sleeps */ });
	assert_true(w.count >= SLEEPS);
	assert_true(w.max >= NAP_NS);
	assert_true(w.sum >= SLEEPS * NAP_NS);
	assert_int_equal(w.parts, w.count);
}

/* Woken, new, or still runnable when switched out: three events, one start. */
static void several_starts_become_one(void **state)
{
	struct bench *b = *state;
	const struct hist_carry comm = { "next_comm", false };
	struct hist_event starts[3], end;
	struct hist_conf c;
	struct want w;

	make(b);
	starts[0] = (struct hist_event) { .schema = schema(b, "sched", "sched_wakeup") };
	starts[1] = (struct hist_event) { .schema = schema(b, "sched", "sched_wakeup_new") };
	starts[2] = (struct hist_event) { .schema = schema(b, "sched", "sched_switch"),
					  .filter = "prev_state == 0" };
	starts[0].keys[0] = field(starts[0].schema, "pid");
	starts[1].keys[0] = field(starts[1].schema, "pid");
	starts[2].keys[0] = field(starts[2].schema, "prev_pid");
	end = (struct hist_event) { .schema = starts[2].schema };
	end.keys[0] = field(end.schema, "next_pid");
	end.carry[0] = field(end.schema, "next_comm");
	c = conf("runq", starts, 3, &end, &comm, 1);
	c.by[1].kind = HIST_BY_CPU;
	open_pair(b, &c);
	child("runner");
	w = count(b, (struct want) { .name = "runner", .number = -1 });
	assert_true(w.count >= SLEEPS);
	assert_int_equal(w.parts, w.count);
	/* It waits for a CPU, which is not what it sleeps. */
	assert_true(w.sum < w.count * 100 * NSEC_PER_MSEC);
}

static void the_cpu_can_be_a_key_and_groups_none(void **state)
{
	struct bench *b = *state;
	struct hist_event ev[2];
	struct hist_conf c;
	struct want w;

	make(b);
	for (int i = 0; i < 2; i++) {
		ev[i] = (struct hist_event) { .schema = schema(
						  b, "irq", i ? "softirq_exit" : "softirq_entry") };
		ev[i].keys[1] = field(ev[i].schema, "vec");
	}
	c = conf("softirq", &ev[0], 1, &ev[1], NULL, 0);
	c.key_count = 2;
	c.by_count = 0;
	open_pair(b, &c);
	child("idler");
	w = count(b, (struct want) { .number = -1 });
	assert_true(w.count > 0);
	assert_true(w.max <= w.sum);
}

static void a_refusal_is_the_kernels_and_leaves_nothing(void **state)
{
	struct bench *b = *state;
	const struct hist_carry id = { "id", false };
	struct hist_event ev[2];
	struct hist_conf c;

	make(b);
	c = syscall_conf(b, ev, &id, NULL);
	ev[1].filter = "nosuch == 1";
	assert_true(hist_open(&b->hist, b->guard, &b->in, &c, &b->e) < 0);
	assert_non_null(strstr(b->e.text, "nosuch"));
	err_clear(&b->e);
	if (instance_close(&b->in, &b->e)) /* would be busy */
		fail_msg("%s", b->e.text);
}

/* ---- who dies leaves nothing ---- */

/* A process with a guard of its own that pairs, until it is killed. Its pid. */
static int deck(const struct bench *b, pid_t *guard)
{
	int fds[2], pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		struct bench own = { .e = ERR_INIT, .tracefs = b->tracefs, .can = true };
		const struct hist_carry id = { "id", false };
		struct hist_event ev[2];
		struct hist_conf c;
		pid_t g;

		own.catalog = b->catalog;
		if (guard_start(&own.guard, &own.e))
			_exit(1);
		make(&own);
		c = syscall_conf(&own, ev, &id, NULL);
		if (hist_open(&own.hist, own.guard, &own.in, &c, &own.e))
			_exit(1);
		g = guard_pid(own.guard);
		if (write(fds[1], &g, sizeof(g)) != sizeof(g))
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], guard, sizeof(*guard)), sizeof(*guard));
	close(fds[0]);
	return pid;
}

static bool left(const struct bench *b, int pid)
{
	struct strbuf text = { 0 };
	char name[64];
	bool is;

	snprintf(name, sizeof(name), "tapdeck_%d_", pid);
	tracefs_read(b->tracefs, &text, NULL, "synthetic_events");
	is = strstr(strbuf_cstr(&text), name) != NULL;
	strbuf_done(&text);
	snprintf(name, sizeof(name), "/sys/kernel/tracing/instances/tapdeck.%d.hist", pid);
	return is || !access(name, F_OK);
}

static void kill_9_leaves_nothing(void **state)
{
	struct bench *b = *state;
	struct timespec nap = { .tv_nsec = (long)(20 * NSEC_PER_MSEC) };
	pid_t guard;
	int pid;

	need(b);
	pid = deck(b, &guard);
	assert_true(left(b, pid));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 500 && left(b, pid); i++)
		nanosleep(&nap, NULL);
	assert_false(left(b, pid));
}

static void said(const struct leftover *l, bool removed, const char *why, void *data)
{
	if (l->pid == *(int *)data && !removed)
		fail_msg("%s: %s", l->name, why);
}

static void the_sweep_takes_what_two_dead_left(void **state)
{
	struct bench *b = *state;
	pid_t guard;
	int pid;

	need(b);
	pid = deck(b, &guard);
	/* Alive: not touched. */
	assert_true(instance_sweep(b->tracefs, true, said, &pid, &b->e) >= 0);
	assert_true(left(b, pid));
	kill(guard, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (!kill(guard, 0))
		usleep(1000);
	assert_true(left(b, pid));
	if (instance_sweep(b->tracefs, true, said, &pid, &b->e) < 1)
		fail_msg("%s", b->e.text);
	assert_false(left(b, pid));
}

int main(int argc, char **argv)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(syscalls_are_counted_exactly),
		T(a_filter_chooses_pairs),
		T(start_and_end_can_be_one_event),
		T(several_starts_become_one),
		T(the_cpu_can_be_a_key_and_groups_none),
		T(a_refusal_is_the_kernels_and_leaves_nothing),
		T(kill_9_leaves_nothing),
		T(the_sweep_takes_what_two_dead_left),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

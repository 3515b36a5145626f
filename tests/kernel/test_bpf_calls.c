/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs of system calls, by an actor whose calls are known: every one gives one row or one
 * count, with number, arguments, result and latency; none that began before somebody looked. Needs
 * root and BPF.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/slot.h"
#include "tests/kernel/bpf_actor.h"

#define CALLS 500
#define FAILS 7

/* What bpf/syscalls.bpf.c gives. */
struct seen_call {
	struct seen_head head;
	int64_t id;
	uint64_t args[6];
	int64_t ret;
	uint64_t latency;
};

struct seen {
	struct seen_call rows[4 * CALLS];
	size_t count;
	bool wrong_size;
};

static int take(void *data, void *event, size_t size)
{
	struct seen *s = data;

	s->wrong_size |= size != sizeof(struct seen_call);
	if (s->count < 4 * CALLS && size == sizeof(struct seen_call))
		memcpy(&s->rows[s->count++], event, size);
	return 0;
}

/* Calls that are known, a slow one, and one of a program that becomes another. */
static void act(void *data)
{
	struct timespec t = { 0, 30000000 };

	(void)data;
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid, 1, 2, 3, 4, 5, 6);
	for (int i = 0; i < FAILS; i++)
		syscall(SYS_openat, -100, "/there/is/no/such", 0, 0, 0, 0);
	syscall(SYS_nanosleep, &t, NULL, 0, 0, 0, 0);
}

static size_t rows_of(const struct seen *s, int64_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		n += s->rows[i].id == id;
	return n;
}

static struct seen *watch(struct actor *a, struct tap_program *p, void (*what)(void *),
			  const struct actor_option *options)
{
	struct seen *s = calloc(1, sizeof(*s));

	actor_start(a, -1, what, NULL);
	*p = (struct tap_program) { .take = take, .data = s };
	if (actor_watch(a, p, "syscalls", options, NULL))
		return s;
	actor_end(a);
	free(s);
	skip();
	return NULL;
}

static void end(struct actor *a, struct tap_program *p, struct seen *s)
{
	tap_close(p);
	actor_end(a);
	free(s);
}

static void check_row(const struct seen_call *r, const struct actor *a)
{
	assert_int_equal(r->head.tid, a->pid);
	assert_int_equal(r->head.pid, a->pid);
	assert_int_equal(r->head.uid, geteuid());
	assert_string_equal(r->head.comm, ACTOR_NAME);
	assert_true(r->head.cgroup > 0);
	assert_true(r->latency > 0 && r->latency < 5000000000u);
	if (r->id == SYS_getppid) {
		assert_int_equal(r->ret, getpid());
		for (uint64_t i = 0; i < 6; i++)
			assert_int_equal(r->args[i], i + 1);
	}
	if (r->id == SYS_openat) {
		assert_int_equal(r->ret, -ENOENT);
		assert_int_equal((int)r->args[0], -100);
	}
	if (r->id == SYS_nanosleep)
		assert_true(r->latency >= 30000000);
}

static void every_call_is_a_row(void **state)
{
	struct tap_program p;
	struct actor a;
	struct seen *s = watch(&a, &p, act, NULL);

	(void)state;
	actor_go(&a, &p);
	assert_false(s->wrong_size);
	assert_int_equal(rows_of(s, SYS_getppid), CALLS);
	assert_int_equal(rows_of(s, SYS_openat), FAILS);
	assert_int_equal(rows_of(s, SYS_nanosleep), 1);
	assert_int_equal(rows_of(s, SYS_write), 1); /* that it is done */
	assert_int_equal(rows_of(s, SYS_read), 0);  /* the one it was told in began before */
	assert_int_equal(s->count, CALLS + FAILS + 2);
	for (size_t i = 0; i < s->count; i++) {
		check_row(&s->rows[i], &a);
		if (i)
			assert_true(s->rows[i].head.ts - s->rows[i].latency >=
				    s->rows[i - 1].head.ts);
	}
	assert_int_equal(tap_counted_so_far(&p).events, s->count);
	assert_int_equal(tap_counted_so_far(&p).lost, 0);
	end(&a, &p, s);
}

static void options_keep_others_out(void **state)
{
	static const struct {
		struct actor_option options[3];
		size_t rows;
	} cases[] = {
		{ { { "failed", 1 } }, FAILS },
		{ { { "nr", SYS_getppid } }, CALLS },
		{ { { "least", 20000000 } }, 1 },
		{ { { "nr", SYS_getppid }, { "failed", 1 } }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tap_program p;
		struct actor a;
		struct seen *s = watch(&a, &p, act, cases[i].options);

		actor_go(&a, &p);
		assert_int_equal(s->count, cases[i].rows);
		end(&a, &p, s);
	}
}

/* What began while it was on and ended while it was off is not the beginning of a later call. */
static void nothing(void *data)
{
	(void)data;
}

static void no_call_begins_twice(void **state)
{
	struct tap_program p;
	struct actor a;
	struct seen *s = watch(&a, &p, nothing, NULL);

	(void)state;
	actor_go(&a, &p);
	assert_int_equal(rows_of(s, SYS_read), 0);
	p.control.on = 0;
	tap_say(&p);
	actor_go(&a, &p);
	p.control.on = 1;
	tap_say(&p);
	actor_go(&a, &p);
	assert_int_equal(rows_of(s, SYS_read), 0);
	actor_go(&a, &p);
	assert_int_equal(rows_of(s, SYS_read), 1);
	end(&a, &p, s);
}

/* execve returns to another program: its arguments are those it was called with. */
static void execute(void *data)
{
	char *argv[] = { "true", NULL };

	(void)data;
	execve("/bin/true", argv, NULL);
}

static void execve_keeps_its_arguments(void **state)
{
	struct tap_program p;
	struct actor a;
	struct seen *s = watch(&a, &p, execute, NULL);
	siginfo_t info;
	bool found = false;

	(void)state;
	actor_tell(&a);
	assert_int_equal(waitid(P_PID, (id_t)a.pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_status, 0);
	tap_look(&p);
	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i].id == SYS_execve) {
			found = true;
			assert_int_equal(s->rows[i].ret, 0);
			assert_true(s->rows[i].args[0] && s->rows[i].args[1]);
			assert_string_equal(s->rows[i].head.comm, "true");
		}
	assert_true(found);
	assert_int_equal(rows_of(s, SYS_exit_group), 0);
	end(&a, &p, s);
}

/* ---- counted in the kernel ---- */

static void slots_are_powers_of_two(void **state)
{
	(void)state;
	assert_int_equal(tap_slot(0), 0);
	assert_int_equal(tap_slot(UINT64_MAX), TAP_SLOTS - 1);
	for (unsigned n = 0; n < TAP_SLOTS; n++) {
		assert_int_equal(tap_slot(1ull << n), n);
		assert_int_equal(tap_slot((2ull << n) - 1), n);
	}
}

/* Of bpf/syscalls_count.bpf.c. */
struct call_key {
	char comm[16];
	int64_t id;
	int32_t pid, pad;
};

struct call_value {
	uint64_t count, total, max, slots[TAP_SLOTS], errors;
};

struct table {
	struct call_value calls, fails, sleeps;
	unsigned others, pids[4];
	const struct actor *actor;
};

static void add(struct call_value *to, const struct call_value *v)
{
	to->errors += v->errors;
	to->count += v->count;
	to->total += v->total;
	to->max = v->max > to->max ? v->max : to->max;
	for (int i = 0; i < TAP_SLOTS; i++)
		to->slots[i] += v->slots[i];
}

static void read_call(const void *key, const void *values, int cpus, void *data)
{
	const struct call_key *k = key;
	const struct call_value *v = values;
	struct table *t = data;

	assert_string_equal(k->comm, ACTOR_NAME);
	assert_int_equal(k->pid, t->actor ? t->actor->pid : 0);
	assert_int_equal(k->pad, 0);
	for (int cpu = 0; cpu < cpus; cpu++)
		if (k->id == SYS_getppid)
			add(&t->calls, &v[cpu]);
		else if (k->id == SYS_openat)
			add(&t->fails, &v[cpu]);
		else if (k->id == SYS_nanosleep)
			add(&t->sleeps, &v[cpu]);
	t->others += k->id != SYS_getppid && k->id != SYS_openat && k->id != SYS_nanosleep;
}

static void calls_are_counted(void **state)
{
	static const struct actor_option by_comm[] = { { "by_pid", 0 }, { 0 } };
	struct tap_program p = { 0 };
	struct actor a;
	uint64_t slots;

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct table t = { .actor = round ? NULL : &a };

		actor_start(&a, -1, act, NULL);
		if (!actor_watch(&a, &p, "syscalls_count", round ? by_comm : NULL, NULL)) {
			actor_end(&a);
			skip();
		}
		actor_go(&a, &p);
		tap_each(&p, "counts", read_call, &t);
		assert_int_equal(t.calls.count, CALLS);
		assert_int_equal(t.calls.errors, 0);
		assert_true(t.calls.total >= t.calls.max && t.calls.max > 0);
		assert_int_equal(t.fails.count, FAILS);
		assert_int_equal(t.fails.errors, FAILS);
		assert_int_equal(t.sleeps.count, 1);
		assert_true(t.sleeps.total >= 30000000 && t.sleeps.total == t.sleeps.max);
		assert_int_equal(t.sleeps.slots[tap_slot(t.sleeps.max)], 1);
		slots = 0;
		for (int i = 0; i < TAP_SLOTS; i++)
			slots += t.calls.slots[i];
		assert_int_equal(slots, CALLS);
		assert_int_equal(t.others, 1); /* the write that it is done */
		tap_close(&p);
		actor_end(&a);
	}
}

struct comms {
	uint64_t calls;
	unsigned keys;
};

static void read_comm(const void *key, const void *values, int cpus, void *data)
{
	struct comms *c = data;

	assert_string_equal(key, ACTOR_NAME);
	c->keys++;
	for (int cpu = 0; cpu < cpus; cpu++)
		c->calls += ((const uint64_t *)values)[cpu];
}

static void comms_are_counted(void **state)
{
	struct tap_program p = { 0 };
	struct comms c = { 0 };
	struct actor a;

	(void)state;
	actor_start(&a, -1, act, NULL);
	if (!actor_watch(&a, &p, "comm_count", NULL, NULL)) {
		actor_end(&a);
		skip();
	}
	actor_go(&a, &p);
	tap_each(&p, "counts", read_comm, &c);
	assert_int_equal(c.keys, 1);
	assert_int_equal(c.calls,
			 CALLS + FAILS + 3); /* it sleeps, says that it is done, and waits */
	tap_close(&p);
	actor_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_is_a_row),
		cmocka_unit_test(options_keep_others_out),
		cmocka_unit_test(no_call_begins_twice),
		cmocka_unit_test(execve_keeps_its_arguments),
		cmocka_unit_test(slots_are_powers_of_two),
		cmocka_unit_test(calls_are_counted),
		cmocka_unit_test(comms_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs of the scheduler, by an actor that sleeps so often and so long, and by one that has
 * to wait for its CPU: one row for each, with why and where. Needs root, BPF and tracefs.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/slot.h"
#include "tests/kernel/bpf_actor.h"

#define MS     1000000ull
#define SLEEPS 5

enum { PREEMPTED, SLEEPING, STATES }; /* of bpf/offcpu.h */
enum { WOKEN, WAS_PREEMPTED, BORN };  /* of bpf/runq.h */

static int cpu; /* one that tells; -1 */

static int find_cpu(void **state)
{
	(void)state;
	cpu = geteuid() ? -1 : actor_cpu_that_tells();
	return 0;
}

static void need_cpu(void)
{
	if (cpu >= 0)
		return;
	printf("# SKIP needs root, tracefs, and a CPU whose idle task the kernel reports\n");
	skip();
}

static void rest(unsigned ms)
{
	struct timespec t = { 0, (long)(ms * MS) };

	syscall(SYS_nanosleep, &t, NULL, 0, 0, 0, 0);
}

/* ---- offcpu ---- */

/* What bpf/offcpu.bpf.c gives. */
struct seen_off {
	struct seen_head head;
	uint64_t latency;
	uint32_t state;
	int32_t prio;
	uint32_t kstack, ustack; /* length << 16 | where, 8 behind the event's beginning */
	uint64_t frames[];
};

struct offs {
	struct seen_off *rows[64];
	size_t sizes[64], count;
};

static int take_off(void *data, void *event, size_t size)
{
	struct offs *s = data;

	if (s->count < 64) {
		s->rows[s->count] = malloc(size);
		memcpy(s->rows[s->count], event, size);
		s->sizes[s->count++] = size;
	}
	return 0;
}

static void offs_done(struct offs *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->rows[i]);
}

/* A word that names frames: they lie within the event. */
static size_t frames(const struct offs *s, size_t row, uint32_t word, const uint64_t **ret)
{
	size_t at = (word & 0xffff) - TAP_COMMON, len = word >> 16;

	assert_true(at >= sizeof(struct seen_off) && at + len <= s->sizes[row]);
	assert_int_equal(at % 8, 0);
	assert_int_equal(len % 8, 0);
	*ret = (const uint64_t *)((const char *)s->rows[row] + at);
	return len / 8;
}

static void sleep_once(void *data)
{
	(void)data;
	rest(50);
}

static bool watch_off(struct actor *a, struct tap_program *p, struct offs *s,
		      void (*act)(void *data), const struct actor_option *options)
{
	need_cpu();
	actor_start(a, cpu, act, NULL);
	*p = (struct tap_program) { .take = take_off, .data = s };
	if (actor_watch(a, p, "offcpu", options, NULL))
		return true;
	actor_end(a);
	skip();
	return false;
}

static void check_stacks(const struct offs *s, size_t row)
{
	const uint64_t *kernel, *user;
	size_t kernels = frames(s, row, s->rows[row]->kstack, &kernel);
	size_t users = frames(s, row, s->rows[row]->ustack, &user);
	bool sleeps = false;

	assert_true(kernels > 1 && users > 0);
	for (size_t i = 0; i < kernels; i++)
		sleeps |= strstr(actor_kernel_name(kernel[i]), "nanosleep") != NULL;
	if (!sleeps)
		for (size_t i = 0; i < kernels; i++)
			printf("# %zu: %s\n", i, actor_kernel_name(kernel[i]));
	assert_true(sleeps);
	/* Where the call was made: further out only those are found that keep frame pointers. */
	assert_true(actor_is_code(user[0]));
	assert_int_equal(s->sizes[row], sizeof(struct seen_off) + 8 * (kernels + users));
}

static void a_sleep_is_a_row(void **state)
{
	const struct actor_option least[] = { { "least", 40 * MS }, { 0 } };
	struct offs s = { 0 };
	struct tap_program p;
	struct actor a;

	(void)state;
	watch_off(&a, &p, &s, sleep_once, least);
	actor_go(&a, &p);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.rows[0]->head.tid, a.pid);
	assert_int_equal(s.rows[0]->head.pid, a.pid);
	assert_int_equal(s.rows[0]->head.cpu, cpu);
	assert_string_equal(s.rows[0]->head.comm, ACTOR_NAME);
	assert_int_equal(s.rows[0]->state, SLEEPING);
	assert_int_equal(s.rows[0]->prio, 120);
	assert_true(s.rows[0]->latency >= 50 * MS);
	assert_true(s.rows[0]->latency < 50 * MS + 100 * MS * actor_slow());
	check_stacks(&s, 0);
	tap_close(&p);
	actor_end(&a);
	offs_done(&s);
}

static void limits_and_stacks_are_options(void **state)
{
	const struct actor_option most[] = { { "least", 40 * MS }, { "most", 45 * MS }, { 0 } };
	const struct actor_option no_stacks[] = {
		{ "least", 40 * MS }, { "kernel_stack", 0 }, { "user_stack", 0 }, { 0 }
	};
	struct offs s = { 0 };
	const uint64_t *none;
	struct tap_program p;
	struct actor a;

	(void)state;
	watch_off(&a, &p, &s, sleep_once, most);
	actor_go(&a, &p);
	assert_int_equal(s.count, 0);
	tap_close(&p);
	actor_end(&a);
	watch_off(&a, &p, &s, sleep_once, no_stacks);
	actor_go(&a, &p);
	assert_int_equal(s.count, 1);
	assert_int_equal(frames(&s, 0, s.rows[0]->kstack, &none), 0);
	assert_int_equal(frames(&s, 0, s.rows[0]->ustack, &none), 0);
	tap_close(&p);
	actor_end(&a);
	offs_done(&s);
}

/* What went off while it was looked at and came back unseen is not off since then. */
static void nobody_is_off_twice(void **state)
{
	const struct actor_option least[] = { { "least", 40 * MS }, { 0 } };
	struct offs s = { 0 };
	struct tap_program p;
	struct actor a;

	(void)state;
	watch_off(&a, &p, &s, sleep_once, least);
	actor_go(&a, &p);
	p.control.on = 0;
	tap_say(&p);
	actor_go(&a, &p);
	p.control.on = 1;
	tap_say(&p);
	assert_int_equal(s.count, 1);
	actor_go(&a, &p);
	/* Its sleep alone: the wait before began unseen. */
	assert_int_equal(s.count, 2);
	assert_true(s.rows[1]->latency < 50 * MS + 100 * MS * actor_slow());
	tap_close(&p);
	actor_end(&a);
	offs_done(&s);
}

/* ---- tables ---- */

/* Of both: who, why, times. */
struct time_key {
	char comm[16];
	uint32_t why;
	int32_t pid;
};

struct time_value {
	uint64_t count, total, max, slots[TAP_SLOTS];
};

struct times {
	struct time_value of[3];
	unsigned keys;
	int32_t pid;
};

static void read_times(const void *key, const void *values, int cpus, void *data)
{
	const struct time_key *k = key;
	const struct time_value *v = values;
	struct times *t = data;

	assert_string_equal(k->comm, ACTOR_NAME);
	assert_int_equal(k->pid, t->pid);
	t->keys++;
	if (k->why >= 3)
		return;
	for (int i = 0; i < cpus; i++) {
		t->of[k->why].count += v[i].count;
		t->of[k->why].total += v[i].total;
		for (int n = 0; n < TAP_SLOTS; n++)
			t->of[k->why].slots[n] += v[i].slots[n];
	}
}

static void sleep_often(void *data)
{
	(void)data;
	for (int i = 0; i < SLEEPS; i++)
		rest(20);
}

static void watch_table(struct actor *a, struct tap_program *p, const char *name,
			const struct actor_option *options)
{
	need_cpu();
	actor_start(a, cpu, sleep_often, NULL);
	*p = (struct tap_program) { 0 };
	if (actor_watch(a, p, name, options, NULL))
		return;
	actor_end(a);
	skip();
}

static void sleeps_are_counted(void **state)
{
	const struct actor_option by_pid[] = { { "by_pid", 1 }, { 0 } };
	struct tap_program p;
	struct times t = { 0 };
	struct actor a;

	(void)state;
	watch_table(&a, &p, "offcpu_count", by_pid);
	t.pid = a.pid;
	actor_go(&a, &p);
	tap_each(&p, "counts", read_times, &t);
	assert_int_equal(t.of[SLEEPING].count, SLEEPS);
	assert_true(t.of[SLEEPING].total >= SLEEPS * 20 * MS);
	/* None was shorter than 2^24 ns. */
	for (int n = 0; n < 24; n++)
		assert_int_equal(t.of[SLEEPING].slots[n], 0);
	assert_true(t.keys <= 2);
	tap_close(&p);
	actor_end(&a);
}

static void waits_are_counted(void **state)
{
	struct tap_program p;
	struct times t = { 0 };
	struct actor a;

	(void)state;
	watch_table(&a, &p, "runqlat_count", NULL);
	actor_go(&a, &p);
	tap_each(&p, "counts", read_times, &t);
	/* Told to go, and after each sleep. */
	assert_int_equal(t.of[WOKEN].count, SLEEPS + 1);
	assert_true(t.of[WOKEN].total > 0);
	assert_int_equal(t.of[BORN].count, 0);
	tap_close(&p);
	actor_end(&a);
}

/* ---- runqlat ---- */

/* What bpf/runqlat.bpf.c gives. */
struct seen_wait {
	struct seen_head head;
	uint64_t latency;
	uint32_t why;
	int32_t prio, prev_pid, prev_tid;
	char prev_comm[16];
};

struct waits {
	struct seen_wait rows[64];
	size_t count;
};

static int take_wait(void *data, void *event, size_t size)
{
	struct waits *s = data;

	assert_int_equal(size, sizeof(struct seen_wait));
	if (s->count < 64)
		memcpy(&s->rows[s->count++], event, size);
	return 0;
}

static void sleep_shortly(void *data)
{
	(void)data;
	rest(20);
}

/* Has the CPU for itself. */
static void hold(void *data)
{
	struct sched_param prio = { .sched_priority = 1 };
	struct timespec t;
	uint64_t until;

	(void)data;
	sched_setscheduler(0, SCHED_FIFO, &prio);
	clock_gettime(CLOCK_MONOTONIC, &t);
	until = (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec + 80 * MS;
	do
		clock_gettime(CLOCK_MONOTONIC, &t);
	while ((uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec < until);
}

static void a_wait_is_a_row(void **state)
{
	const struct actor_option least[] = { { "least", 20 * MS }, { 0 } };
	struct waits s = { 0 };
	struct tap_program p = { .take = take_wait, .data = &s };
	struct actor a, holder;

	(void)state;
	need_cpu();
	actor_start(&a, cpu, sleep_shortly, NULL);
	actor_start(&holder, cpu, hold, NULL);
	if (!actor_watch(&a, &p, "runqlat", least, NULL)) {
		actor_end(&a);
		actor_end(&holder);
		skip();
	}
	actor_tell(&a);
	usleep(5000);
	actor_tell(&holder);
	actor_wait(&holder);
	actor_wait(&a);
	tap_look(&p);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.rows[0].head.tid, a.pid);
	assert_int_equal(s.rows[0].head.cpu, cpu);
	assert_int_equal(s.rows[0].why, WOKEN);
	assert_int_equal(s.rows[0].prio, 120);
	assert_true(s.rows[0].latency >= 20 * MS && s.rows[0].latency < 85 * MS);
	/* The one that had it, or somebody of the kernel's between. */
	assert_true(s.rows[0].prev_tid != a.pid && s.rows[0].prev_comm[0]);
	tap_close(&p);
	actor_end(&a);
	actor_end(&holder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleep_is_a_row),
		cmocka_unit_test(limits_and_stacks_are_options),
		cmocka_unit_test(nobody_is_off_twice),
		cmocka_unit_test(sleeps_are_counted),
		cmocka_unit_test(waits_are_counted),
		cmocka_unit_test(a_wait_is_a_row),
	};

	return cmocka_run_group_tests(tests, find_cpu, NULL);
}

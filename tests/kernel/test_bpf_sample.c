/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs that sample and that tell page faults, by an actor that uses a known amount of CPU
 * time and touches a known number of pages. Needs root and BPF.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/kernel/bpf_actor.h"

#define HZ    500
#define BURN  200 /* ms of CPU time */
#define PAGES 200

/* ---- profile ---- */

enum { IN_USER, IN_KERNEL }; /* of bpf/profile.h */

/* What bpf/profile.bpf.c gives. */
struct seen_sample {
	struct seen_head head;
	uint32_t mode, kstack, ustack, hole;
	uint64_t frames[];
};

struct samples {
	size_t count, modes[2], with_kernel, with_user, code, wrong;
};

static int take_sample(void *data, void *event, size_t size)
{
	const struct seen_sample *e = event;
	struct samples *s = data;
	size_t k = e->kstack >> 16, u = e->ustack >> 16;

	s->count++;
	s->modes[e->mode & 1]++;
	s->with_kernel += k > 0;
	s->with_user += u > 0;
	s->code += u && actor_is_code(e->frames[k / 8]);
	s->wrong += e->mode > 1 || (k > 0) != (e->mode == IN_KERNEL) ||
		    size != sizeof(*e) + k + u || strcmp(e->head.comm, ACTOR_NAME) != 0 ||
		    (e->kstack & 0xffff) != sizeof(*e) + TAP_COMMON ||
		    (e->ustack & 0xffff) != sizeof(*e) + TAP_COMMON + k;
	return 0;
}

static uint64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void burn(void *data)
{
	uint64_t until = cpu_ms() + BURN;
	volatile unsigned n = 0;

	(void)data;
	while (cpu_ms() < until)
		for (unsigned i = 0; i < 200000; i++)
			n = n + i;
}

static void burn_in_kernel(void *data)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	uint64_t until = cpu_ms() + BURN;
	static char bytes[1 << 20];

	(void)data;
	while (cpu_ms() < until)
		if (syscall(SYS_read, fd, bytes, sizeof(bytes)) < 0)
			break;
	close(fd);
}

static void watch(struct actor *a, struct tap_program *p, const char *name, void (*act)(void *),
		  const struct actor_option *options, const uint64_t sample[2])
{
	actor_start(a, -1, act, NULL);
	if (actor_watch(a, p, name, options, sample))
		return;
	actor_end(a);
	skip();
}

/* Samples come by CPU time: so many as it used, and where it used it. */
static void samples_are_where_the_time_goes(void **state)
{
	const uint64_t clock[2] = { PERF_COUNT_SW_CPU_CLOCK, HZ };

	(void)state;
	for (unsigned mode = 0; mode < 2; mode++) {
		struct samples s = { 0 };
		struct tap_program p = { .take = take_sample, .data = &s };
		struct actor a;

		watch(&a, &p, "profile", mode ? burn_in_kernel : burn, NULL, clock);
		actor_go(&a, &p);
		printf("# %zu samples, %zu in the program, %zu with its stack\n", s.count,
		       s.modes[0], s.with_user);
		assert_int_equal(s.wrong, 0);
		assert_in_range(s.count, HZ * BURN / 1000 / 4, HZ * BURN / 1000 * 2);
		assert_true(s.modes[mode] > s.count * 7 / 10);
		assert_int_equal(s.with_user, s.count);
		assert_int_equal(s.code, s.count);
		tap_close(&p);
		actor_end(&a);
	}
}

/* Of bpf/profile_count.bpf.c. */
static void read_profile(const void *key, const void *values, int cpus, void *data)
{
	const uint64_t *v = values;
	uint64_t *sum = data;

	assert_string_equal(key, ACTOR_NAME);
	for (int i = 0; i < 3 * cpus; i++)
		sum[i % 3] += v[i];
}

static void samples_are_counted(void **state)
{
	const uint64_t clock[2] = { PERF_COUNT_SW_CPU_CLOCK, HZ };
	const struct actor_option hz[] = { { "hz", HZ }, { 0 } };
	struct tap_program p = { 0 };
	uint64_t sum[3] = { 0 };
	struct actor a;

	(void)state;
	watch(&a, &p, "profile_count", burn_in_kernel, hz, clock);
	actor_go(&a, &p);
	tap_each(&p, "counts", read_profile, sum);
	assert_in_range(sum[0], HZ * BURN / 1000 / 4, HZ * BURN / 1000 * 2);
	assert_true(sum[1] > sum[0] * 7 / 10 && sum[1] <= sum[0]);
	assert_int_equal(sum[2], sum[0] * (1000000000 / HZ));
	tap_close(&p);
	actor_end(&a);
}

/* ---- page faults ---- */

enum { READ, WRITE, EXECUTE, UNKNOWN }; /* of bpf/pagefault.h */
enum { MISSING, PROTECTION, ANY };

struct seen_fault {
	struct seen_head head;
	uint64_t address, ip;
	uint32_t access, kind, mode, weight;
};

struct faults {
	char *from; /* of the pages that are looked at */
	size_t count[4][3], modes[3], all;
	uint8_t pages[PAGES]; /* how often each */
	bool wrong;
};

static int take_fault(void *data, void *event, size_t size)
{
	const struct seen_fault *e = event;
	struct faults *f = data;
	uint64_t page = (e->address - (uint64_t)(uintptr_t)f->from) / 4096;

	f->wrong |= size != sizeof(*e) || e->access > 3 || e->kind > 2 || e->mode > 2;
	f->all++;
	if (f->wrong || page >= PAGES)
		return 0;
	f->wrong |= (e->mode == 0 && !actor_is_code(e->ip)) || e->head.comm[0] != 't';
	f->count[e->access][e->kind]++;
	f->modes[e->mode]++;
	f->pages[page]++;
	return 0;
}

/* Every page is read, then written: there is none, then it is the one of zeros. */
static void touch(void *data)
{
	volatile char *at = data;
	char sum = 0;

	for (int i = 0; i < PAGES; i++)
		sum = (char)(sum + at[i * 4096]);
	for (int i = 0; i < PAGES; i++)
		at[i * 4096] = (char)(sum + 1);
}

static char *pages(void)
{
	char *at =
	    mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	madvise(at, PAGES * 4096, MADV_NOHUGEPAGE);
	return at;
}

static void faults_are_rows(void **state)
{
	const uint64_t software[2] = { PERF_COUNT_SW_PAGE_FAULTS, 0 };

	(void)state;
	if (getpagesize() != 4096)
		skip();
	for (int way = 0; way < 2; way++) {
		struct faults f = { .from = pages() };
		struct tap_program p = { .take = take_fault, .data = &f };
		struct actor a;

		actor_start(&a, -1, touch, f.from);
		if (!actor_watch(&a, &p, "pagefault", NULL, way ? software : NULL)) {
			actor_end(&a);
			skip();
		}
		actor_go(&a, &p);
		assert_false(f.wrong);
		assert_int_equal(f.count[READ][MISSING], way ? 0 : PAGES);
		assert_int_equal(f.count[WRITE][PROTECTION], way ? 0 : PAGES);
		assert_int_equal(f.count[UNKNOWN][ANY], way ? 2 * PAGES : 0);
		assert_int_equal(f.modes[0], way ? 0 : 2 * PAGES);
		for (int i = 0; i < PAGES; i++)
			assert_int_equal(f.pages[i], 2);
		tap_close(&p);
		actor_end(&a);
		munmap(f.from, PAGES * 4096);
	}
}

static void some_faults_stand_for_all(void **state)
{
	const struct actor_option tenth[] = { { "every", 10 }, { 0 } };
	struct faults f = { .from = pages() };
	struct tap_program p = { .take = take_fault, .data = &f };
	struct actor a;

	(void)state;
	actor_start(&a, -1, touch, f.from);
	if (!actor_watch(&a, &p, "pagefault", tenth, NULL)) {
		actor_end(&a);
		skip();
	}
	actor_go(&a, &p);
	/* Each CPU counts for itself, and others' faults are among those passed over. */
	assert_in_range(f.all, 2, 2 * PAGES / 10 + 2 + 8);
	tap_close(&p);
	actor_end(&a);
	munmap(f.from, PAGES * 4096);
}

static void read_faults(const void *key, const void *values, int cpus, void *data)
{
	const uint64_t *v = values;
	uint64_t *sum = data;

	assert_string_equal(key, ACTOR_NAME);
	for (int i = 0; i < 4 * cpus; i++)
		sum[i % 4] += v[i];
}

static void faults_are_counted(void **state)
{
	char *from = pages();
	struct tap_program p = { 0 };
	uint64_t sum[4] = { 0 };
	struct actor a;

	(void)state;
	actor_start(&a, -1, touch, from);
	if (!actor_watch(&a, &p, "pagefault_count", NULL, NULL)) {
		actor_end(&a);
		skip();
	}
	actor_go(&a, &p);
	tap_each(&p, "counts", read_faults, sum);
	/* Those of the pages, and a few of its own. */
	assert_in_range(sum[0], 2 * PAGES, 2 * PAGES + 40);
	assert_in_range(sum[1], PAGES, PAGES + 40);
	assert_in_range(sum[3], PAGES, PAGES + 40);
	assert_true(sum[2] < 40);
	tap_close(&p);
	actor_end(&a);
	munmap(from, PAGES * 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_where_the_time_goes),
		cmocka_unit_test(samples_are_counted),
		cmocka_unit_test(faults_are_rows),
		cmocka_unit_test(some_faults_stand_for_all),
		cmocka_unit_test(faults_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_exit: what the program exit says of processes and threads that end: how, after how long,
 * with how much time on the CPU, and of each once.
 */
#include "tests/kernel/bpf_rows.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000

#ifdef __SANITIZE_ADDRESS__
#define WAY_OUT 10 /* times as much memory to give back */
#else
#define WAY_OUT 1
#endif

static int64_t slow(void)
{
	const char *s = getenv("TEST_SLOW");

	return (s ? atoi(s) : 1) * WAY_OUT;
}

static void sleep_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * MS };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

static int64_t cpu_time(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Is on the CPU for so long, in the program. */
static void burn(int64_t ms)
{
	int64_t until = cpu_time(CLOCK_THREAD_CPUTIME_ID) + ms * MS;

	while (cpu_time(CLOCK_THREAD_CPUTIME_ID) < until)
		for (volatile unsigned i = 0; i < 10000; i++)
			;
}

static void leave(void *data)
{
	_exit(*(int *)data);
}

static void die(void *data)
{
	signal(*(int *)data, SIG_DFL);
	kill(getpid(), *(int *)data);
	pause();
}

static void check_end(struct rows *r, int64_t code, const char *by)
{
	assert_int_equal(r->count, 1);
	assert_row_number(r, 0, "pid", r->pid);
	assert_row_number(r, 0, "tid", r->pid);
	assert_row_number(r, 0, "ppid", getpid());
	assert_row_text(r, 0, "of", "process");
	assert_row_number(r, 0, "code", code);
	assert_row_text(r, 0, "signal", by);
	assert_int_equal(r->status, code << 8 | (r->status & 0xff));
	assert_row_number(r, 0, "core", WIFSIGNALED(r->status) && WCOREDUMP(r->status));
}

static void test_how(void **state)
{
	struct rows *r = rows_open("exit");

	(void)state;
	rows_begin(r);
	rows_of(r, leave, &(int) { 0 });
	check_end(r, 0, "NONE");
	rows_of(r, leave, &(int) { 3 });
	check_end(r, 3, "NONE");
	rows_of(r, leave, &(int) { 255 });
	check_end(r, 255, "NONE");
	rows_of(r, die, &(int) { SIGTERM });
	check_end(r, 0, "SIGTERM");
	rows_of(r, die, &(int) { SIGSEGV });
	check_end(r, 0, "SIGSEGV");
	rows_of(r, die, &(int) { 34 });
	check_end(r, 0, "SIGRT34");
	rows_close(r);
}

static void sleep_and_go(void *data)
{
	sleep_ms(*(int *)data);
}

static void test_life(void **state)
{
	struct rows *r = rows_open("exit");
	int64_t lived, around;

	(void)state;
	rows_begin(r);
	around = cpu_time(CLOCK_MONOTONIC);
	rows_of(r, sleep_and_go, &(int) { 50 });
	around = cpu_time(CLOCK_MONOTONIC) - around;
	assert_int_equal(r->count, 1);
	lived = rows_number(r, 0, "lived");
	assert_true(lived >= 50 * MS && lived <= around);
	assert_true(rows_number(r, 0, "user") + rows_number(r, 0, "system") < 40 * MS * slow());
	rows_close(r);
}

static int64_t ns(struct timeval t)
{
	return t.tv_sec * 1000000000ll + t.tv_usec * 1000ll;
}

/* Does not ask for its time on the CPU: then the scheduler would look, and know it at the end. */
static void burn_and_go(void *data)
{
	int64_t until = cpu_time(CLOCK_MONOTONIC) + *(int *)data * (int64_t)MS;

	while (cpu_time(CLOCK_MONOTONIC) < until)
		;
}

/* What wait4 says later: that has the way out, too, and has seen all of it. */
static void check_times(struct rows *r, size_t row, int64_t at_least)
{
	int64_t used = rows_number(r, row, "user") + rows_number(r, row, "system");
	int64_t later = ns(r->usage.ru_utime) + ns(r->usage.ru_stime);

	if (used < at_least || used > later + 1000 || later - used > 40 * MS * slow())
		fail_msg("%lld us on the CPU, of %lld", (long long)used / 1000,
			 (long long)later / 1000);
}

static void test_time_on_the_cpu(void **state)
{
	struct rows *r = rows_open("exit");
	int late = 0;

	(void)state;
	rows_begin(r);
	for (int ms = 1; ms < 24; ms++) {
		rows_of(r, burn_and_go, &ms);
		assert_int_equal(r->count, 1);
		check_times(r, 0, 0);
		late += ns(r->usage.ru_utime) + ns(r->usage.ru_stime) - rows_number(r, 0, "user") -
			    rows_number(r, 0, "system") >
			MS * slow();
	}
	/* Without the last slice most would be: a tick is up to 4 ms, often 10. */
	assert_true(late < 12);
	rows_close(r);
}

static void read_zeros(void *data)
{
	char *pages = malloc(1 << 20);
	int fd = *(int *)data;

	for (int64_t until = cpu_time(CLOCK_THREAD_CPUTIME_ID) + 100 * MS;
	     cpu_time(CLOCK_THREAD_CPUTIME_ID) < until;)
		if (read(fd, pages, 1 << 20) != 1 << 20)
			_exit(1);
}

static void test_time_in_the_kernel(void **state)
{
	struct rows *r = rows_open("exit");
	int fd = syscall(SYS_openat, -100, "/dev/zero", 0);

	(void)state;
	rows_begin(r);
	rows_of(r, read_zeros, &fd);
	assert_int_equal(r->count, 1);
	check_times(r, 0, 100 * MS);
	assert_true(rows_number(r, 0, "system") > rows_number(r, 0, "user"));
	assert_true(llabs((long long)(rows_number(r, 0, "system") - ns(r->usage.ru_stime))) <
		    20 * MS);
	close(fd);
	rows_close(r);
}

static void touch(void *data)
{
	size_t size = *(size_t *)data;

	memset(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1,
	       size);
}

static void test_memory(void **state)
{
	struct rows *r = rows_open("exit");
	size_t size = 40 << 20;

	(void)state;
	rows_begin(r);
	rows_of(r, touch, &size);
	assert_int_equal(r->count, 1);
	assert_row_number(r, 0, "max_rss", r->usage.ru_maxrss * 1024);
	assert_true(rows_number(r, 0, "max_rss") >= (int64_t)size);
	rows_close(r);
}

/* ---- threads ---- */

/* Tells who it was last, and how many us it was on the CPU. */
static void *work(void *data)
{
	static unsigned so_far;

	burn(*(int *)data);
	rows_tell(0, (int)syscall(SYS_gettid));
	rows_tell(++so_far, (int)(cpu_time(CLOCK_THREAD_CPUTIME_ID) / 1000));
	return NULL;
}

/* Three threads, two after each other, each 10 ms on the CPU at least. */
static void with_threads(void *data)
{
	pthread_t t;
	int ms = 10;

	for (int i = 0; i < 2; i++)
		if (!pthread_create(&t, NULL, work, &ms))
			pthread_join(t, NULL);
	burn(ms);
	_exit(*(int *)data);
}

static void test_threads_are_no_rows(void **state)
{
	struct rows *r = rows_open("exit");

	(void)state;
	rows_begin(r);
	rows_of(r, with_threads, &(int) { 7 });
	check_end(r, 7, "NONE");
	check_times(r, 0, 30 * MS);
	rows_close(r);
}

static void test_threads_as_wanted(void **state)
{
	struct rows *r = rows_open("exit");
	int64_t used, told;

	(void)state;
	assert_true(tap_option(&r->p, "threads", 1));
	rows_begin(r);
	rows_of(r, with_threads, &(int) { 7 });
	assert_int_equal(r->count, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_row_text(r, i, "of", "thread");
		assert_row_number(r, i, "code", 0);
		used = rows_number(r, i, "user") + rows_number(r, i, "system");
		told = r->told[1 + i] * (int64_t)1000;
		if (told < 10 * MS || used < told || used > told + 3 * MS * slow())
			fail_msg("%lld us on the CPU, of %lld", (long long)used / 1000,
				 (long long)told / 1000);
		assert_true(rows_number(r, i, "lived") >= used);
	}
	assert_row_number(r, 1, "tid", r->told[0]);
	assert_row_text(r, 2, "of", "process");
	assert_row_number(r, 2, "code", 7);
	check_times(r, 2, 30 * MS);
	rows_close(r);
}

static void *last(void *data)
{
	(void)data;
	sleep_ms(20);
	rows_tell(0, (int)syscall(SYS_gettid));
	syscall(SYS_exit, 0);
	return NULL;
}

/* The first thread ends before the others: it is there as a zombie until they have. */
static void leader_first(void *data)
{
	pthread_t t;

	burn(10);
	pthread_create(&t, NULL, last, NULL);
	syscall(SYS_exit, *(int *)data);
}

static void test_leader_ends_first(void **state)
{
	struct rows *r = rows_open("exit");

	(void)state;
	rows_begin(r);
	rows_of(r, leader_first, &(int) { 5 });
	assert_int_equal(r->count, 1);
	assert_row_number(r, 0, "pid", r->pid);
	assert_row_number(r, 0, "tid", r->told[0]);
	/* Whose code counts has changed with kernels: it is what the parent hears. */
	assert_row_number(r, 0, "code", WEXITSTATUS(r->status));
	assert_true(rows_number(r, 0, "lived") >= 30 * MS);
	check_times(r, 0, 10 * MS);
	rows_close(r);
}

static void *end_together(void *data)
{
	int *waiting = data;

	__atomic_sub_fetch(waiting, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(waiting, __ATOMIC_SEQ_CST) > 0)
		;
	syscall(SYS_exit, 9);
	return NULL;
}

/* Many threads that are killed at once, or two that end by themselves at once. */
static void together(void *data)
{
	int threads = *(int *)data;
	static int waiting;
	pthread_t t;

	waiting = threads > 2 ? threads + 1 : threads;
	for (int i = 0; i < threads; i++)
		pthread_create(&t, NULL, end_together, &waiting);
	if (threads > 2)
		_exit(9);
	syscall(SYS_exit, 9);
}

static void test_once(void **state)
{
	struct rows *r = rows_open("exit");

	(void)state;
	rows_begin(r);
	for (int i = 0; i < 200 / slow(); i++) {
		rows_of(r, together, &(int) { i & 1 ? 2 : 8 });
		assert_int_equal(r->count, 1);
		assert_row_number(r, 0, "code", 9);
	}
	assert_int_equal(tap_counted_so_far(&r->p).missed, 0);
	rows_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_time_on_the_cpu),
		cmocka_unit_test(test_time_in_the_kernel),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_threads_are_no_rows),
		cmocka_unit_test(test_threads_as_wanted),
		cmocka_unit_test(test_leader_ends_first),
		cmocka_unit_test(test_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

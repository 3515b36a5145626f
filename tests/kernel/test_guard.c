/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard over real tracefs: instances in use, knobs of the top level and a deck that dies by
 * kill -9, with what it costs. The program under test is this one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"
#include "tracefs/ring.h"

struct bench {
	char *tracefs;
	struct err e;
	char path[256]; /* of the instance of the deck that died */
};

static int setup(void **state)
{
	static struct bench b;

	b = (struct bench) { .e = ERR_INIT };
	*state = &b;
	if (tracefs_find(false, &b.tracefs, &b.e))
		b.tracefs = NULL;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	free(b->tracefs);
	return 0;
}

static void need_tracefs(const struct bench *b)
{
	if (b->tracefs)
		return;
	print_message("skip: %s\n", b->e.text);
	skip();
}

static double ms_since(uint64_t from)
{
	return (double)(clock_mono() - from) / 1e6;
}

/* Ms until path is gone, or -1 after 15 s. */
static double wait_gone(const char *path)
{
	uint64_t from = clock_mono();

	while (clock_mono() - from < 15 * NSEC_PER_SEC) {
		if (access(path, F_OK))
			return ms_since(from);
		usleep(1000);
	}
	return -1;
}

/* Holds a ring of the instance open and then dies, or waits to be killed. */
static void deck_life(const char *tracefs, bool wait)
{
	struct ring r = { .fd = -1 };
	struct guard *g = NULL;
	struct instance in;
	struct err e = ERR_INIT;

	if (guard_start(&g, &e) || instance_open(&in, g, tracefs, "test", 1 << 20, 65536, &e) ||
	    instance_enable(&in, "sched", "sched_switch", true, &e) || instance_on(&in, true, &e) ||
	    ring_open(&r, in.path, 0, in.subbuf_size, &e)) {
		fprintf(stderr, "# %s\n", e.text);
		_exit(1);
	}
	if (wait)
		pause();
	kill(getpid(), SIGKILL);
}

static void an_instance_in_use_goes_with_its_deck(void **state)
{
	struct bench *b = *state;
	int status;
	double ms;
	pid_t pid;

	need_tracefs(b);
	pid = fork();
	if (!pid)
		deck_life(b->tracefs, false);
	snprintf(b->path, sizeof(b->path), "%s/instances/tapdeck.%d.test", b->tracefs, (int)pid);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ms = wait_gone(b->path);
	print_message("# gone %.1f ms after kill -9\n", ms);
	assert_true(ms >= 0);
}

/* Somebody else reads the instance when its deck dies: the guard waits for him. */
static void a_busy_instance_is_tried_again(void **state)
{
	struct bench *b = *state;
	struct ring r = { .fd = -1 };
	uint64_t deadline = clock_mono() + 15 * NSEC_PER_SEC;
	pid_t pid;

	need_tracefs(b);
	pid = fork();
	if (!pid)
		deck_life(b->tracefs, true);
	snprintf(b->path, sizeof(b->path), "%s/instances/tapdeck.%d.test", b->tracefs, (int)pid);
	while (ring_open(&r, b->path, 0, 65536, NULL)) {
		assert_true(clock_mono() < deadline);
		usleep(2000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	usleep(300000);
	assert_int_equal(access(b->path, F_OK), 0);
	ring_close(&r);
	assert_true(wait_gone(b->path) >= 0);
}

/* A knob outside any instance is set back, after an orderly end and after kill -9. */
static void knobs_of_the_top_are_set_back(void **state)
{
	struct bench *b = *state;
	uint64_t from, was, v;
	char path[256], text[24];

	need_tracefs(b);
	assert_int_equal(tracefs_read_u64(b->tracefs, &was, &b->e, "options/sym-offset"), 0);
	snprintf(path, sizeof(path), "%s/options/sym-offset", b->tracefs);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)was);
	for (int orderly = 0; orderly < 2; orderly++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			struct guard *g = NULL;

			if (guard_start(&g, NULL) ||
			    guard_write(g, path, text, strlen(text), NULL) < 0 ||
			    tracefs_write(b->tracefs, "1", NULL, "options/sym-offset"))
				_exit(1);
			if (!orderly)
				kill(getpid(), SIGKILL);
			_exit(guard_stop(g, NULL));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(orderly ? status == 0 : WIFSIGNALED(status));
		from = clock_mono();
		do {
			assert_true(clock_mono() - from < 5 * NSEC_PER_SEC);
			assert_int_equal(
			    tracefs_read_u64(b->tracefs, &v, NULL, "options/sym-offset"), 0);
		} while (v != was);
	}
}

/* Sanitizers map terabytes of shadow memory. */
static bool sanitized(void)
{
	struct strbuf text = { 0 };
	const char *size = NULL;
	bool ret;

	if (!tracefs_read("/proc/self", &text, NULL, "status"))
		size = strstr(strbuf_cstr(&text), "VmSize:");
	ret = size && strtoull(size + strlen("VmSize:"), NULL, 10) > 1ull << 30;
	strbuf_done(&text);
	return ret;
}

static void what_it_costs(void **state)
{
	struct bench *b = *state;
	struct strbuf text = { 0 };
	struct guard *g = NULL;
	uint64_t from;
	const char *rss;

	need_tracefs(b);
	from = clock_mono();
	assert_int_equal(guard_start(&g, &b->e), 0);
	print_message("# start %.1f ms\n", ms_since(from));
	assert_int_equal(tracefs_read("/proc", &text, NULL, "%d/status", (int)guard_pid(g)), 0);
	rss = strstr(strbuf_cstr(&text), "VmRSS:");
	assert_non_null(rss);
	print_message("# %.*s\n", (int)strcspn(rss, "\n"), rss);
	/* What a sanitizer adds is not the guard's. */
	if (!sanitized())
		assert_true(strtoul(rss + strlen("VmRSS:"), NULL, 10) < 2560);
	strbuf_done(&text);
	from = clock_mono();
	assert_int_equal(guard_stop(g, &b->e), 0);
	print_message("# stop %.1f ms\n", ms_since(from));
}

int main(int argc, char **argv)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(an_instance_in_use_goes_with_its_deck),
		T(a_busy_instance_is_tried_again),
		T(knobs_of_the_top_are_set_back),
		T(what_it_costs),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

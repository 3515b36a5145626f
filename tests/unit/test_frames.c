/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames: addresses of a program that sleeps at a known place are named, by a process of their own;
 * when that dies it is said, and another one is started in time.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/frames.h"
#include "bpf/frames_maps.h"
#include "bpf/loader.h"
#include "core/clock.h"
#include "core/util.h"

#define PATIENCE 20000 /* ms */

/* ---- maps ---- */

static void test_maps(void **state)
{
	static const char text[] =
	    "00400000-00401000 r--p 00000000 08:01 77                         /usr/bin/a b\n"
	    "00401000-00402000 r-xp 00001000 08:01 77                         /usr/bin/a b\n"
	    "00403000-00404000 rwxp 00000000 00:00 0 \n"
	    "00404000-00404000 r-xp 00000000 08:01 78                         /empty\n"
	    "nonsense\n"
	    "00401800-00406000 r-xp 00000000 08:01 78                         /overlaps\n"
	    "7f0000000000-7f0000001000 r-xp 00000000 08:01 79                 /tmp/l.so (deleted)\n"
	    "7ffc00000000-7ffc00002000 r-xp 00000000 00:00 0                  [vdso]\n";
	struct frames_maps m = { 0 };
	struct strbuf b = { 0 };
	const struct frames_map *map;

	frames_maps_parse(&m, strdup(text));
	assert_int_equal(m.count, 4);
	assert_null(frames_maps_find(&m, 0x400fff));
	map = frames_maps_find(&m, 0x401000);
	assert_non_null(map);
	assert_true(map->inode == 77 && map->offset == 0x1000);
	frames_maps_module(map->path, &b);
	assert_string_equal(b.s, "a b");
	assert_null(frames_maps_find(&m, 0x402000));
	assert_string_equal(frames_maps_find(&m, 0x403fff)->path, "");
	map = frames_maps_find(&m, 0x7f0000000fff);
	strbuf_clear(&b);
	frames_maps_module(map->path, &b);
	assert_string_equal(b.s, "l.so");
	assert_string_equal(frames_maps_find(&m, 0x7ffc00000001)->path, "[vdso]");
	strbuf_done(&b);
	frames_maps_done(&m);
}

/* ---- a process that sleeps ---- */

static const char *root(void)
{
	const char *s = getenv("BUILD_ROOT");

	return s ? s : ".";
}

struct sleeper {
	pid_t pid;
	uint64_t main; /* where its program's code is */
	uint64_t offset;
};

static void put_maps(struct sleeper *s)
{
	char path[64], line[4096];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)s->pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (!s->main && fgets(line, sizeof(line), f))
		if (strstr(line, " r-xp ") && strstr(line, "/stacked"))
			sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64, &s->main, &s->offset);
	fclose(f);
	assert_true(s->main);
}

static int setup(void **state)
{
	struct sleeper *s = calloc(1, sizeof(*s));
	char path[4096];
	int out[2];
	char c;

	snprintf(path, sizeof(path), "%s/tests/stacked", root());
	if (!s || pipe(out))
		return -1;
	s->pid = fork();
	if (!s->pid) {
		dup2(out[1], 1);
		execl(path, "stacked", "1000", "100", NULL);
		_exit(1);
	}
	close(out[1]);
	if (read(out[0], &c, 1) != 1)
		return -1;
	close(out[0]);
	put_maps(s);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sleeper *s = *state;

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	free(s);
	return 0;
}

/* Where a function of the program is, as nm says. */
static uint64_t where_is(const struct sleeper *s, const char *name)
{
	char command[4096], line[256];
	uint64_t at = 0;
	FILE *f;

	snprintf(command, sizeof(command), "nm '%s/tests/stacked'", root());
	f = popen(command, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) > 19 && !strcmp(line + 19, name))
			at = strtoull(line, NULL, 16);
	}
	if (f)
		pclose(f);
	return at ? at - s->offset + s->main : 0;
}

static bool answer(struct frames *f, struct frames_answer *a)
{
	struct pollfd p = { .fd = frames_fd(f), .events = POLLIN };
	uint64_t until = clock_mono() + PATIENCE * NSEC_PER_MSEC;

	while (clock_mono() < until) {
		poll(&p, 1, 100);
		if (frames_take(f, a))
			return true;
	}
	return false;
}

static void test_names(void **state)
{
	const struct sleeper *s = *state;
	uint64_t inner = where_is(s, "stacked_inner"), outer = where_is(s, "stacked_outer");
	struct frames_ask q = { .space = 7, .tid = s->pid, .pid = s->pid, .count = 5 };
	struct frames_answer a;
	struct frames *f = NULL;
	const char *name;

	if (!inner || !outer) {
		printf("# SKIP needs nm\n");
		skip();
	}
	q.addresses[0] = inner + 3;
	q.addresses[1] = (outer + 9) | FRAMES_RETURN;
	q.addresses[2] = 0x1000;
	q.addresses[3] = outer;
	q.addresses[4] = s->main | FRAMES_RETURN; /* before the first of its code */
	assert_int_equal(frames_start(&f, NULL, NULL), 0);
	assert_int_equal(frames_ask(f, &q), 0);
	assert_true(frames_busy(f));
	assert_int_equal(frames_ask(f, &q), -EBUSY);
	assert_true(answer(f, &a));
	assert_true(!a.died && a.space == 7 && a.count == 5 && a.read_at);
	name = a.names;
	assert_string_equal(name, "stacked_inner+0x3 (stacked)");
	name += strlen(name) + 1;
	assert_string_equal(name, "stacked_outer+0x9 (stacked)");
	name += strlen(name) + 1;
	assert_string_equal(name, "");
	name += strlen(name) + 1;
	assert_string_equal(name, "stacked_outer+0x0 (stacked)");
	name += strlen(name) + 1;
	assert_string_equal(name, "");
	assert_false(frames_busy(f));
	frames_stop(f);
}

/* What a process had is known for a while; of one that never was there nothing is. */
static void test_gone(void **state)
{
	const struct sleeper *s = *state;
	struct frames_ask q = { .space = 1, .tid = s->pid, .pid = s->pid, .count = 1 };
	struct frames_answer a;
	struct frames *f = NULL;

	q.addresses[0] = s->main;
	assert_int_equal(frames_start(&f, NULL, NULL), 0);
	assert_int_equal(frames_ask(f, &q), 0);
	assert_true(answer(f, &a) && a.read_at && strstr(a.names, "stacked"));
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	assert_int_equal(frames_ask(f, &q), 0);
	assert_true(answer(f, &a) && !a.read_at && strstr(a.names, "stacked"));
	q.space = 2;
	assert_int_equal(frames_ask(f, &q), 0);
	assert_true(answer(f, &a) && !a.died && !a.read_at);
	assert_string_equal(a.names, "");
	frames_stop(f);
}

static pid_t child_of_ours(pid_t not_this)
{
	FILE *f;
	int pid = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &pid) == 1 && pid == not_this)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

/* Who is asked when it dies says nothing more until it was started anew. */
static void test_death(void **state)
{
	const struct sleeper *s = *state;
	struct frames_ask q = { .space = 1, .tid = s->pid, .pid = s->pid, .count = 1 };
	uint64_t until = clock_mono() + PATIENCE * NSEC_PER_MSEC;
	struct frames_answer a;
	struct frames *f = NULL;
	pid_t pid;

	q.addresses[0] = s->main;
	assert_int_equal(frames_start(&f, NULL, NULL), 0);
	pid = child_of_ours(s->pid);
	assert_true(pid > 0);
	kill(pid, SIGSTOP);
	assert_int_equal(frames_ask(f, &q), 0);
	assert_false(frames_take(f, &a));
	kill(pid, SIGKILL);
	assert_true(answer(f, &a) && a.died && a.space == 1);
	assert_int_equal(frames_fd(f), -1);
	assert_int_equal(frames_ask(f, &q), -EBUSY);
	while (frames_ask(f, &q) == -EBUSY && clock_mono() < until)
		poll(NULL, 0, 100);
	assert_true(answer(f, &a) && !a.died && strstr(a.names, "stacked"));
	frames_stop(f);
	assert_int_equal(child_of_ours(s->pid), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_death, setup, teardown),
	};

	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

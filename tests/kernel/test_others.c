/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other people's instances on the real kernel: seen with what they are, their owner named, their
 * text read twice without anything being consumed, and not at all where reading would stop them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/others.h"

struct bench {
	char *tracefs;
	char path[512];
	struct err e;
};

#define NAME "test.others"

static int setup(void **state)
{
	static struct bench b;

	b = (struct bench) { .e = ERR_INIT };
	*state = &b;
	if (tracefs_find(false, &b.tracefs, &b.e))
		return 0;
	snprintf(b.path, sizeof(b.path), "%s/instances/" NAME, b.tracefs);
	return mkdir(b.path, 0750);
}

static int teardown(void **state)
{
	struct bench *b = *state;
	int rc = 0;

	if (b->tracefs)
		rc = rmdir(b->path);
	free(b->tracefs);
	return rc;
}

static void need_tracefs(const struct bench *b)
{
	if (b->tracefs)
		return;
	print_message("skip: %s\n", b->e.text);
	skip();
}

struct seen {
	unsigned count, ours;
	struct other it;
	char which[256], first[64];
};

static int on_other(const struct other *o, void *data)
{
	struct seen *s = data;

	if (!s->count++)
		snprintf(s->first, sizeof(s->first), "%s", o->name);
	if (strcmp(o->name, NAME) != 0)
		return 0;
	s->ours++;
	s->it = *o;
	snprintf(s->which, sizeof(s->which), "%s", o->which);
	return 0;
}

static void look(struct bench *b, struct seen *s)
{
	*s = (struct seen) { 0 };
	assert_true(others_each(b->tracefs, on_other, s, &b->e) >= 1);
	assert_string_equal(s->first, ""); /* the top level stands first */
}

static void test_seen_as_it_is(void **state)
{
	struct bench *b = *state;
	struct seen s;

	need_tracefs(b);
	assert_int_equal(tracefs_write(b->path, "mono", NULL, "trace_clock"), 0);
	assert_int_equal(tracefs_write(b->path, "0", NULL, "tracing_on"), 0);
	assert_int_equal(tracefs_write(b->path, "1", NULL, "events/sched/sched_wakeup/enable"), 0);
	look(b, &s);
	assert_int_equal(s.ours, 1);
	assert_string_equal(s.it.clock, "mono");
	assert_string_equal(s.it.tracer, "nop");
	assert_int_equal(s.it.events, 1);
	assert_string_equal(s.which, "sched:sched_wakeup");
	assert_false(s.it.on);
	assert_int_equal(s.it.pid, 0);
	assert_true(s.it.buffer > 0);
}

/* Locked by a child: its owner. Locked by us: not an other. */
static void test_owner(void **state)
{
	struct bench *b = *state;
	int pipe_fds[2], fd;
	struct seen s;
	char c = 0;
	pid_t pid;

	need_tracefs(b);
	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		fd = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		flock(fd, LOCK_EX);
		if (write(pipe_fds[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(pipe_fds[0], &c, 1), 1);
	look(b, &s);
	assert_int_equal(s.ours, 1);
	assert_int_equal(s.it.pid, pid);
	assert_true(s.it.comm[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	fd = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	look(b, &s);
	assert_int_equal(s.ours, 0);
	close(fd);
}

static uint64_t entries(const struct bench *b)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const char *at;

	assert_int_equal(tracefs_read(b->path, &text, NULL, "trace"), 0);
	at = strstr(strbuf_cstr(&text), "entries-in-buffer/entries-written: ");
	return at ? strtoull(strchr(at, ':') + 1, NULL, 10) : 0;
}

static void test_look_consumes_nothing(void **state)
{
	struct bench *b = *state;
	_cleanup_strbuf_ struct strbuf one = { 0 }, two = { 0 }, cut = { 0 };
	uint64_t before;

	need_tracefs(b);
	assert_int_equal(tracefs_write(b->path, "1", NULL, "events/sched/enable"), 0);
	usleep(50000);
	assert_int_equal(tracefs_write(b->path, "0", NULL, "tracing_on"), 0);
	before = entries(b);
	assert_true(before > 0);
	assert_int_equal(others_look(b->tracefs, NAME, 16 << 20, &one, &b->e), 0);
	assert_int_equal(others_look(b->tracefs, NAME, 16 << 20, &two, &b->e), 0);
	assert_non_null(strstr(one.s, "sched_"));
	assert_string_equal(one.s, two.s);
	assert_int_equal(entries(b), before);
	if (one.len < 8192)
		return;
	assert_int_equal(others_look(b->tracefs, NAME, 100, &cut, &b->e), 1);
	assert_true(cut.len >= 100 && cut.len < one.len);
}

static void test_look_stops_nobody(void **state)
{
	struct bench *b = *state;
	_cleanup_strbuf_ struct strbuf text = { 0 };

	need_tracefs(b);
	if (tracefs_write(b->path, "1", NULL, "options/pause-on-trace")) {
		print_message("skip: no option pause-on-trace\n");
		skip();
	}
	assert_int_equal(others_look(b->tracefs, NAME, 1000, &text, &b->e), -EBUSY);
	assert_non_null(strstr(b->e.text, "pause-on-trace"));
	assert_int_equal(text.len, 0);
}

#define t(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		t(test_seen_as_it_is),
		t(test_owner),
		t(test_look_consumes_nothing),
		t(test_look_stops_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

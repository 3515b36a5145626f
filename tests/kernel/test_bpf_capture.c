/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_capture: what programs keep out by the capture filter is not wanted, and what is wanted
 * is not missed: also while filters change and processes are born.
 *
 * Processes of the test open files that are not there and count how often; the rows of bpf:open
 * that come, before anything is asked of them here, are compared with that.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/deck.h"
#include "bpf/loader.h"
#include "core/clock.h"
#include "core/cursor.h"
#include "core/guard.h"
#include "core/util.h"

#define SETTLE (20 * NSEC_PER_SEC)
#define MARK   "/tapdeck-nowhere/"

/* Shared with the processes of the test. */
static struct shared {
	volatile bool stop, go;
	volatile unsigned opened, others;
} * shared;

struct scene {
	struct deck *d;
	struct conf *conf;
	struct cursor *cursor;
	struct filter *filter;
	unsigned rows; /* with the mark */
	unsigned all;
	unsigned of_others; /* with another mark */
};

/* ---- rows ---- */

static void take_row(struct scene *s, const struct row *r)
{
	uint32_t len = 0;
	const char *path = NULL;

	schema_for_each_field (r->schema, f)
		if (!strcmp(f->name, "path"))
			path = field_str(r->schema, f, r->rec, r->size, &len);
	s->all++;
	if (!path || strncmp(path, MARK, strlen(MARK)) != 0)
		return;
	if (strstr(path, "other"))
		s->of_others++;
	else
		s->rows++;
}

static void on_changed(struct deck *d, void *data)
{
	struct scene *s = data;
	struct row r;

	while (s->cursor && cursor_next(s->cursor, deck_horizon(d), &r))
		if (r.rec && !strcmp(r.schema->name, "open"))
			take_row(s, &r);
}

static void turn(struct scene *s, unsigned ms)
{
	uint64_t until = clock_mono() + ms * NSEC_PER_MSEC;

	while (clock_mono() < until)
		assert_true(poller_once(deck_poller(s->d), 5, NULL) >= 0);
}

/* Until the processes of the test opened that many; 20 s at most. */
static void turn_until(struct scene *s, unsigned opened, unsigned others)
{
	uint64_t until = clock_mono() + 20 * NSEC_PER_SEC;

	while ((shared->opened < opened || shared->others < others) && clock_mono() < until)
		turn(s, 5);
	assert_true(shared->opened >= opened && shared->others >= others);
}

/* Until nothing came of others while both opened and what was wanted has come; 40 s at most. */
static void turn_until_narrow(struct scene *s)
{
	uint64_t until = clock_mono() + 40 * NSEC_PER_SEC;

	do {
		unsigned opened = shared->opened + 20;

		s->of_others = 0;
		turn_until(s, opened, shared->others + 20);
		while (s->rows < opened && clock_mono() < until)
			turn(s, 5);
	} while (s->of_others && clock_mono() < until);
}

/* Ends when what was opened has come, or does not: some may still be on their way. */
static void take_rest(struct scene *s)
{
	uint64_t until = clock_mono() + 5 * NSEC_PER_SEC;

	turn(s, 100);
	while (s->rows != shared->opened && clock_mono() < until)
		turn(s, 20);
	deck_stop(s->d);
	assert_int_equal(s->rows, shared->opened);
}

/* ---- the scene ---- */

static int begin(void **state)
{
	static struct scene s;
	struct deck_conf c = { .live = true, .changed = on_changed, .data = &s };
	struct err e = ERR_INIT;

	s = (struct scene) { .conf = conf_new() };
	c.conf = s.conf;
	shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (deck_new(&c, &s.d, &e) < 0 || deck_open(s.d, "bpf", &e) < 0)
		return -1;
	*state = &s;
	return 0;
}

static int end(void **state)
{
	struct scene *s = *state;

	cursor_free(s->cursor);
	deck_free(s->d, NULL);
	filter_free(s->filter);
	conf_free(s->conf);
	munmap(shared, sizeof(*shared));
	return 0;
}

/* Skips where there is no BPF; rows come from then on. */
static void switch_on(struct scene *s)
{
	struct backend *b = deck_backend(s->d, "bpf");
	struct err e = ERR_INIT;

	if (geteuid() || b->ops->probe(b->env, &e) < 0) {
		print_message("# skip: BPF programs need root and a kernel that takes them: %s\n",
			      e.text);
		skip();
	}
	s->cursor = cursor_new(deck_store(s->d), 0);
	assert_int_equal(deck_enable(s->d, "bpf:open", true, NULL, NULL), 1);
	if (deck_settle(s->d, SETTLE, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(deck_start(s->d, NULL), 0);
}

static void capture(struct scene *s, const char *text, const int32_t *pids, size_t count)
{
	struct capture c = { .pids = pids, .pid_count = count, .follow = true };
	struct filter *old = s->filter;
	struct strbuf took = { 0 };
	struct err e = ERR_INIT;

	s->filter = NULL;
	if (text && filter_parse(text, &s->filter, &e) < 0)
		fail_msg("%s", e.text);
	c.filter = s->filter;
	if (deck_capture(s->d, &c, &took, &e) < 0)
		fail_msg("%s", e.text);
	filter_free(old);
	strbuf_done(&took);
}

/* ---- processes ---- */

static void open_marked(const char *name, unsigned n)
{
	char path[64];

	snprintf(path, sizeof(path), MARK "%s%u", name, n);
	open(path, O_RDONLY | O_CLOEXEC);
}

static pid_t start(void (*act)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "captured");
	while (!shared->go)
		usleep(500);
	act();
	_exit(0);
}

static void finish(pid_t pid)
{
	shared->stop = true;
	waitpid(pid, NULL, 0);
}

static void act_steadily(void)
{
	while (!shared->stop) {
		open_marked("", shared->opened);
		__atomic_add_fetch(&shared->opened, 1, __ATOMIC_SEQ_CST);
		usleep(100);
	}
}

static void *ends_at_once(void *data)
{
	return data;
}

/* Children that open and are gone, and each has one itself that outlives it; one that stays; and a
 * thread that ends before its process does. */
static void act_by_children(void)
{
	pthread_t thread;

	if (!fork()) {
		act_steadily();
		_exit(0);
	}
	while (!shared->stop) {
		pid_t pid;

		pthread_create(&thread, NULL, ends_at_once, NULL);
		pthread_join(thread, NULL);
		pid = fork();

		if (!pid) {
			if (!fork())
				open_marked(
				    "", __atomic_fetch_add(&shared->opened, 1, __ATOMIC_SEQ_CST));
			else
				open_marked(
				    "", __atomic_fetch_add(&shared->opened, 1, __ATOMIC_SEQ_CST));
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void act_as_stranger(void)
{
	while (!shared->stop) {
		open_marked("other", shared->others++);
		usleep(200);
	}
}

/* ---- tests ---- */

/* Of two processes that do the same nothing comes of the one that is not wanted. */
static void test_keeps_out(void **state)
{
	struct scene *s = *state;
	pid_t pid, stranger;
	char text[128];

	switch_on(s);
	pid = start(act_steadily);
	stranger = start(act_as_stranger);
	snprintf(text, sizeof(text), "pid == %d and comm == captured and latency < 10s", (int)pid);
	capture(s, text, NULL, 0);
	shared->go = true;
	turn_until(s, 100, 100);
	finish(pid);
	finish(stranger);
	take_rest(s);
	assert_int_equal(s->of_others, 0);
}

/* What each of the filters wants is not missed when one takes the other's place. */
static void test_changes_miss_nothing(void **state)
{
	static const char *const filters[] = {
		"pid == %d",
		"pid == %d",
		"comm == captured and latency >= 0",
		"pid in (%d, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)",
		"",
		"comm startswith capt and flags & O_CLOEXEC and uid == 0",
		"tid == %d or latency > 100s",
	};
	struct scene *s = *state;
	char text[256];
	pid_t pid;

	switch_on(s);
	pid = start(act_steadily);
	capture(s, "comm == captured", NULL, 0);
	shared->go = true;
	for (unsigned i = 0; i < 60; i++) {
		const char *f = filters[i % ARRAY_SIZE(filters)];
		int32_t one = pid;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), f, (int)pid);
#pragma GCC diagnostic pop
		capture(s, text, &one, i % 7 == 6);
		turn_until(s, shared->opened + 20, 0);
	}
	finish(pid);
	take_rest(s);
}

/* Children and grandchildren are wanted from their birth on; after a while nobody else is. */
static void test_follows(void **state)
{
	struct scene *s = *state;
	pid_t pid = start(act_by_children), stranger = start(act_as_stranger);
	int32_t one = pid;

	switch_on(s);
	shared->go = true;
	turn_until(s, 50, 50);
	capture(s, NULL, &one, 1);
	turn_until_narrow(s);
	turn_until(s, shared->opened + 200, shared->others + 100);
	finish(pid);
	finish(stranger);
	take_rest(s);
	assert_int_equal(s->of_others, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keeps_out, begin, end),
		cmocka_unit_test_setup_teardown(test_changes_miss_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_follows, begin, end),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

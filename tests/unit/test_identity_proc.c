/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_identity_proc: /proc as the scan reads it: a tree of files made here, with names as
 * processes could give them, and the real one of this process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/unit/identity_fixture.h"
#include "tests/unit/proc_tree.h"

struct tree {
	struct fixture fx;
	char path[64];
};

static void put(const struct tree *t, const char *name, const char *text, size_t len)
{
	tree_put(t->path, name, text, len);
}

static void put_stat(const struct tree *t, const char *dir, const char *comm, unsigned flags,
		     unsigned threads, unsigned long long ticks)
{
	tree_put_stat(t->path, dir, comm, flags, threads, ticks);
}

static int setup(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct identity_conf c = { .proc = t->path, .live = true };

	strcpy(t->path, "/tmp/test.identity.XXXXXX");
	assert_non_null(mkdtemp(t->path));
	fixture_init(&t->fx, (struct machine) { .long_size = 8 }, &c);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct tree *t = *state;

	tree_remove(t->path);
	fixture_done(&t->fx);
	free(t);
	return 0;
}

static void hostile_names(void **state)
{
	static const struct {
		const char *comm, *expect;
		unsigned flags;
	} names[] = {
		{ "a) R 1 2 (b", "a) R 1 2 (b", 0 },
		{ ") S 9 9 9", ") S 9 9 9", 0 },
		{ "new\nline", "new\nline", 0 },
		{ "((((", "((((", 0 },
		{ "", "", 0 },
		{ "fifteen-bytes-x", "fifteen-bytes-x", 0 },
		{ "kworker/0:1-events", "kworker/0:1", 0x20 },
		{ "kworker/u8:3+flush-259:0", "kworker/u8:3", 0x20 },
		{ "kworker/R-kvfree", "kworker/R-kvfre", 0x20 },
		{ "kworker/0:1-mine", "kworker/0:1-min", 0 }, /* a name somebody took */
	};
	struct tree *t = *state;
	char path[64];

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%u", 10 + i);
		put_stat(t, path, names[i].comm, names[i].flags, 1, 100);
	}
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(identity_comm(t->fx.id, 10 + i, clock_mono()), names[i].expect);
}

static void damaged_files(void **state)
{
	static const char *const texts[] = { "",
					     "12",
					     "12 (x",
					     "12 x) S",
					     ")(",
					     "12 (x) S",
					     "12 (x) S 1 2 3 4 5 6",
					     "12 (x) S a b c d e f g h i j k l m n o p q r s" };
	static const char *const dirs[] = { "0",   "-5",   "4194304", "99999999999999999999",
					    "12x", "self", "+7" };
	struct tree *t = *state;
	size_t tasks, processes, bytes;
	char path[64];

	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(path, sizeof(path), "%u/stat", 50 + i);
		put(t, path, texts[i], strlen(texts[i]));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(dirs); i++) {
		put_stat(t, dirs[i], "bad", 0, 1, 100);
	}
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	identity_stats(t->fx.id, &tasks, &processes, &bytes);
	assert_int_equal(tasks, 0);
}

static void threads_and_events(void **state)
{
	struct tree *t = *state;
	struct clock_triple now = clock_sample();
	uint64_t ticks = now.boot / 10000000, mono = now.mono;
	const struct task *task;

	/* 500 and its thread 501 began now, and were told of; 502 has been there for long. */
	put_stat(t, "500", "main", 0, 3, ticks);
	put_stat(t, "500/task/500", "main", 0, 3, ticks);
	put_stat(t, "500/task/501", "told", 0, 3, ticks);
	put_stat(t, "500/task/502", "old", 0, 3, 1);
	learn(&t->fx, rec_newtask(&t->fx, mono + 1, 1, 500, "main", 0));
	learn(&t->fx, rec_newtask(&t->fx, mono + 2, 500, 501, "main", 0x10000));
	learn(&t->fx, rec_rename(&t->fx, mono + 3, 501, "main", "told"));
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	task = identity_task(t->fx.id, 501, clock_mono());
	assert_int_equal(task->start, mono + 2); /* the same life, not a second one */
	assert_int_equal(task->process->pid, 500);
	assert_int_equal(task->process->threads, 3);
	assert_string_equal(identity_comm(t->fx.id, 501, mono + 2), "main");
	assert_string_equal(identity_comm(t->fx.id, 502, clock_mono()), "old");
	/* A birth told late, from before the scan. */
	learn(&t->fx, rec_newtask(&t->fx, mono + 5, 500, 502, "reborn", 0x10000));
	assert_int_equal(identity_pid(t->fx.id, 502, clock_mono()), 500);
	/* And one behind it: another life. */
	learn(&t->fx, rec_newtask(&t->fx, clock_mono() + 1000000000, 1, 501, "next", 0));
	assert_string_equal(identity_comm(t->fx.id, 501, UINT64_MAX), "next");
	assert_string_equal(identity_comm(t->fx.id, 501, clock_mono()), "told");
}

static void other_namespace(void **state)
{
	struct tree *t = *state;
	struct err e = ERR_INIT;
	char path[128];

	put_stat(t, "7", "x", 0, 1, 1);
	put(t, "self/ns/x", "", 0);
	snprintf(path, sizeof(path), "%s/self/ns/pid", t->path);
	assert_int_equal(symlink("pid:[4026532111]", path), 0);
	assert_int_equal(identity_scan(t->fx.id, &e), -EXDEV);
	assert_non_null(strstr(e.text, "namespace"));
	assert_string_equal(identity_comm(t->fx.id, 7, clock_mono()), "<...>");
}

static void not_live(void **state)
{
	struct fixture fx;
	size_t tasks, processes, bytes;

	fixture_init(&fx, (struct machine) { .long_size = 8 },
		     &(struct identity_conf) { .proc = "/nowhere", .live = false });
	assert_int_equal(identity_scan(fx.id, NULL), 0);
	identity_stats(fx.id, &tasks, &processes, &bytes);
	assert_int_equal(tasks, 0);
	fixture_done(&fx);
}

static void *named_thread(void *arg)
{
	int *tid = arg;

	prctl(PR_SET_NAME, "a) (thread");
	__atomic_store_n(tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	pause();
	return NULL;
}

static void real_proc(void **state)
{
	struct identity *id = identity_new(&(struct identity_conf) { .live = true });
	struct err e = ERR_INIT;
	uint64_t start, now;
	size_t tasks, processes, bytes;
	const struct task *t;
	pthread_t thread;
	int tid = 0, r;

	assert_int_equal(pthread_create(&thread, NULL, named_thread, &tid), 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sched_yield();
	start = clock_mono();
	r = identity_scan(id, &e);
	now = clock_mono();
	if (r == -EXDEV) {
		print_message("# skip: %s\n", e.text);
		identity_free(id);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
		skip();
	}
	assert_int_equal(r, 0);
	identity_stats(id, &tasks, &processes, &bytes);
	print_message("# scan of %zu threads: %.2f ms\n", tasks, (now - start) / 1e6);
	t = identity_task(id, tid, now);
	assert_non_null(t);
	assert_int_equal(t->process->pid, getpid());
	assert_int_equal(t->process->ppid, getppid());
	assert_string_equal(identity_comm(id, tid, now), "a) (thread");
	assert_true(t->start <= start && start - t->start < 60000000000ULL);
	assert_true(identity_detail(id, t->process));
	assert_non_null(strstr(t->process->exe, "identity"));
	assert_int_equal(t->process->uid, geteuid());
	assert_non_null(t->process->cgroup);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	identity_free(id);
}

static void detail_of_another_life(void **state)
{
	struct tree *t = *state;
	struct clock_triple now = clock_sample();
	const struct process *p;

	/* 600 was born long ago; who has the tid now began later. */
	learn(&t->fx, rec_newtask(&t->fx, now.mono - now.mono / 2, 1, 600, "x", 0));
	put_stat(t, "600", "other", 0, 1, now.boot / 10000000);
	p = identity_task(t->fx.id, 600, now.mono)->process;
	assert_false(identity_detail(t->fx.id, (struct process *)p));
	put_stat(t, "600", "x", 0, 1, (now.boot - now.mono / 2) / 10000000);
	put(t, "600/cgroup", "0::/a/b\n", 8);
	assert_true(identity_detail(t->fx.id, (struct process *)p));
	assert_string_equal(p->cgroup, "/a/b");
}

static void cgroup_paths(void **state)
{
	static const struct {
		const char *text, *expect;
	} cases[] = {
		{ "0::/a/b\n", "/a/b" },
		{ "2:cpu:/x\n1:name=systemd:/user.slice/long\n0::/\n", "/user.slice/long" },
		{ "2:cpu:/x\n0::/v2\n", "/v2" },
		{ "garbage\n\n:::\n", ":" },
		{ "", NULL },
	};
	struct tree *t = *state;
	char path[64];

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(path, sizeof(path), "%u", 700 + i);
		put_stat(t, path, "x", 0, 1, 100);
		snprintf(path, sizeof(path), "%u/cgroup", 700 + i);
		put(t, path, cases[i].text, strlen(cases[i].text));
	}
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct process *p = identity_task(t->fx.id, 700 + i, clock_mono())->process;

		assert_true(identity_detail(t->fx.id, p));
		if (cases[i].expect)
			assert_string_equal(p->cgroup, cases[i].expect);
		else
			assert_null(p->cgroup);
	}
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(hostile_names),	    CASE(damaged_files),	  CASE(threads_and_events),
		CASE(other_namespace),	    CASE(detail_of_another_life), CASE(cgroup_paths),
		cmocka_unit_test(not_live), cmocka_unit_test(real_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

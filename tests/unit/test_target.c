/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_target: processes meant by what they are: alive or still to come, from the moment on at
 * which they become it; with those they make; and what is said of words that mean nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/family.h"
#include "core/filter.h"
#include "tests/unit/identity_fixture.h"
#include "tests/unit/proc_tree.h"

#define THREAD 0x10000
#define ID     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct tale {
	struct fixture fx;
	struct family *f;
	char root[64], proc[80];
	uint64_t now;
};

static int setup(void **state)
{
	struct tale *t = calloc(1, sizeof(*t));
	struct identity_conf c = { .proc = t->proc, .root = t->root, .live = true };

	strcpy(t->root, "/tmp/test.target.XXXXXX");
	assert_non_null(mkdtemp(t->root));
	snprintf(t->proc, sizeof(t->proc), "%s/proc", t->root);
	tree_put_stat(t->root, "proc/1", "init", 0, 1, 1);
	fixture_init(&t->fx, (struct machine) { .long_size = 8 }, &c);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct tale *t = *state;

	fixture_done(&t->fx); /* before the family: it has to hear of that */
	family_free(t->f);
	tree_remove(t->root);
	free(t);
	return 0;
}

static void target(struct tale *t, const char *word, bool follow)
{
	struct err e = ERR_INIT;

	family_free(t->f);
	t->f = family_new(follow);
	if (family_add_target(t->f, word, &e) < 0)
		fail_msg("%s: %s", word, e.text);
	t->now = clock_mono();
}

/* A process with what /proc says of it. */
static void put_process(const struct tale *t, unsigned pid, const char *comm, const char *cgroup)
{
	char dir[32], path[64];

	snprintf(dir, sizeof(dir), "proc/%u", pid);
	tree_put_stat(t->root, dir, comm, 0, 1, 100);
	snprintf(path, sizeof(path), "%s/cgroup", dir);
	tree_put(t->root, path, cgroup, strlen(cgroup));
}

static void scan(struct tale *t)
{
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	t->now = clock_mono();
}

static bool has(struct tale *t, int32_t tid, uint64_t after)
{
	return family_has(t->f, t->fx.id, tid, t->now + after);
}

static void birth(struct tale *t, uint64_t after, int32_t parent, int32_t tid, uint64_t flags)
{
	learn(&t->fx, rec_newtask(&t->fx, t->now + after, parent, tid, "x", flags));
	learn(&t->fx, rec_fork(&t->fx, FORK, t->now + after, parent, tid, "x"));
}

static void rename_to(struct tale *t, uint64_t after, int32_t tid, const char *comm)
{
	learn(&t->fx, rec_rename(&t->fx, t->now + after, tid, "x", comm));
}

/* ---- words ---- */

static void words(void **state)
{
	static const struct {
		const char *word, *said;
	} wrong[] = {
		{ "nginx", "there are PID, comm=GLOB" },
		{ "0", "no process id" },
		{ "-3", "is no way to name" },
		{ "12x", "no process id" },
		{ "99999999999", "no process id" },
		{ "", "no process id" },
		{ "com=x", "did you mean 'comm'" },
		{ "contaner=x", "did you mean 'container'" },
		{ "=x", "is no way" },
		{ "comm=", "lacks what" },
		{ "user=nobody-has-this-name", "no user" },
		{ "pid=x", "no process id" },
	};
	static const char *const right[] = { "1",	  "comm=a*",  "exe=/bin/*",    "user=0",
					     "user=root", "cgroup=*", "container=web", "pid=7" };
	struct arena a = { 0 };
	struct target t;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(target_parse(wrong[i].word, &a, &t, &e), -EINVAL);
		if (!strstr(e.text, wrong[i].said))
			fail_msg("%s: %s", wrong[i].word, e.text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		assert_int_equal(target_parse(right[i], &a, &t, NULL), 0);
	assert_true(target_is_pid("17"));
	assert_false(target_is_pid("comm=17"));
	arena_done(&a);
}

/* ---- what they are ---- */

static void alive_by_name(void **state)
{
	struct tale *t = *state;

	put_process(t, 20, "nginx", "0::/\n");
	put_process(t, 30, "bash", "0::/\n");
	target(t, "comm=ngi*", false);
	scan(t);
	assert_true(has(t, 20, 0));
	assert_false(has(t, 30, 0));
	birth(t, 10, 20, 200, THREAD);
	birth(t, 10, 20, 201, 0);
	rename_to(t, 20, 200, "worker");
	/* Its threads are it, whatever they are called; its children are not. */
	assert_true(has(t, 200, 30));
	rename_to(t, 40, 201, "other");
	assert_false(has(t, 201, 50));
	assert_int_equal(family_count(t->f), 1);
}

static void still_to_come(void **state)
{
	struct tale *t = *state;

	put_process(t, 30, "bash", "0::/\n");
	target(t, "comm=make", true);
	scan(t);
	birth(t, 10, 30, 100, 0);
	birth(t, 20, 100, 101, 0); /* before it is make */
	assert_false(has(t, 100, 25));
	assert_false(has(t, 101, 25));
	rename_to(t, 30, 100, "make");
	assert_true(has(t, 100, 30));
	assert_false(has(t, 100, 29));
	birth(t, 40, 100, 102, 0);
	assert_true(has(t, 102, 45));
	assert_false(has(t, 101, 45));
	/* What it was called later changes nothing, and orphans stay. */
	rename_to(t, 50, 100, "sh");
	assert_true(has(t, 100, 60));
	learn(&t->fx, rec_exit(&t->fx, EXIT, t->now + 70, 100, "sh", true));
	birth(t, 80, 102, 103, 0);
	assert_true(has(t, 103, 90));
	assert_false(has(t, 30, 90));
	/* The number again is somebody else. */
	birth(t, 100, 30, 100, 0);
	assert_false(has(t, 100, 110));
}

/* A row that is looked at when the new name is known already, in whatever order. */
static void names_known_too_early(void **state)
{
	struct tale *t = *state;

	put_process(t, 30, "bash", "0::/\n");
	target(t, "comm=make", true);
	scan(t);
	birth(t, 10, 30, 100, 0);
	birth(t, 20, 100, 101, 0);
	rename_to(t, 30, 100, "make");
	birth(t, 40, 100, 102, 0);
	rename_to(t, 50, 100, "sh");
	assert_true(has(t, 102, 60));
	assert_false(has(t, 101, 60));
	assert_false(has(t, 100, 25));
	assert_true(has(t, 100, 55));
}

static void by_program(void **state)
{
	struct tale *t = *state;

	put_process(t, 30, "bash", "0::/\n");
	target(t, "exe=gcc*", false);
	scan(t);
	birth(t, 10, 30, 100, 0);
	assert_false(has(t, 100, 15));
	learn(&t->fx, rec_exec(&t->fx, t->now + 20, 100, 100, "/usr/bin/gcc-12"));
	assert_true(has(t, 100, 25));
	assert_false(has(t, 100, 15));
	/* A path is compared as a whole. */
	target(t, "exe=/usr/*/gcc*", false);
	assert_true(has(t, 100, 25));
	target(t, "exe=/gcc*", false);
	assert_false(has(t, 100, 25));
}

static void by_place(void **state)
{
	static const char config[] = "{\"Name\":\"/web\"}";
	struct tale *t = *state;
	char user[32];

	tree_put(t->root, "var/lib/docker/containers/" ID "/config.v2.json", config,
		 sizeof(config) - 1);
	put_process(t, 20, "a", "0::/docker/" ID "\n");
	put_process(t, 30, "b", "0::/system.slice/x.service\n");
	scan(t);
	target(t, "container=web", true);
	assert_true(has(t, 20, 0));
	assert_false(has(t, 30, 0));
	birth(t, 10, 20, 100, 0);
	assert_true(has(t, 100, 20));
	target(t, "container=0123*", false);
	assert_true(has(t, 20, 0));
	assert_true(has(t, 100, 20)); /* it is in there itself */
	target(t, "cgroup=/system.slice/*", false);
	assert_false(has(t, 20, 0));
	assert_true(has(t, 30, 0));
	snprintf(user, sizeof(user), "user=%u", (unsigned)getuid());
	target(t, user, false);
	assert_true(has(t, 30, 0));
	target(t, "user=4242", false);
	assert_false(has(t, 30, 0));
	/* Who comes into a container does so before its program begins. */
	target(t, "container=web", false);
	birth(t, 30, 30, 101, 0);
	assert_false(has(t, 101, 40));
	tree_put_stat(t->root, "proc/101", "runc", 0, 1, clock_sample().boot / 10000000);
	tree_put(t->root, "proc/101/cgroup", "0::/docker/" ID "\n", strlen("0::/docker/" ID "\n"));
	learn(&t->fx, rec_exec(&t->fx, t->now + 50, 101, 101, "/app"));
	assert_true(has(t, 101, 60));
}

/* ---- in the filter language ---- */

static bool passes(struct tale *t, struct filter *f, int32_t tid, uint64_t after)
{
	struct row r = { .tid = tid, .ts = t->now + after };

	return filter_match(f, &r, t->fx.id);
}

static struct filter *parse(const char *text)
{
	struct err e = ERR_INIT;
	struct filter *f = NULL;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	return f;
}

static void in_filters(void **state)
{
	struct tale *t = *state;
	struct filter *own = parse("process == 'comm=make'"),
		      *all = parse("lineage == 'comm=make'"),
		      *not = parse("lineage != 'comm=make'"),
		      *some = parse("lineage in (30, 'comm=nobody')"), *wrong = NULL;
	struct err e = ERR_INIT;

	put_process(t, 30, "bash", "0::/\n");
	scan(t);
	birth(t, 10, 30, 100, 0);
	rename_to(t, 20, 100, "make");
	birth(t, 30, 100, 101, 0);
	rename_to(t, 35, 101, "cc");
	assert_true(passes(t, own, 100, 40));
	assert_false(passes(t, own, 101, 40));
	assert_true(passes(t, all, 101, 40));
	assert_false(passes(t, all, 30, 40));
	assert_false(passes(t, not, 101, 40));
	assert_true(passes(t, not, 30, 40));
	assert_true(passes(t, some, 101, 40));
	assert_true(passes(t, some, 30, 40));
	assert_false(passes(t, some, 1, 40));
	assert_false(passes(t, not, 999, 40)); /* nobody knows */
	filter_free(own);
	filter_free(all);
	filter_free(not );
	filter_free(some);
	assert_int_equal(filter_parse("process == comm", &wrong, &e), -EINVAL);
	assert_non_null(strstr(e.text, "comm=GLOB"));
	assert_int_equal(filter_parse("lineage ~ 'x*'", &wrong, &e), -EINVAL);
	assert_non_null(strstr(e.text, "== != in"));
	assert_int_equal(filter_parse("lineage in (1..5)", &wrong, &e), -EINVAL);
}

/* Makers that gave no row and are forgotten were looked at before. */
static void forgotten_makers(void **state)
{
	struct tale *t = *state;

	put_process(t, 30, "bash", "0::/\n");
	target(t, "comm=make", true);
	scan(t);
	assert_false(has(t, 30, 0));
	birth(t, 10, 30, 100, 0);
	rename_to(t, 20, 100, "make");
	birth(t, 30, 100, 101, 0);
	birth(t, 40, 101, 102, 0);
	learn(&t->fx, rec_exit(&t->fx, EXIT, t->now + 50, 100, "make", true));
	learn(&t->fx, rec_exit(&t->fx, EXIT, t->now + 60, 101, "x", true));
	identity_forget(t->fx.id, t->now + 20 * NSEC_PER_SEC);
	birth(t, 21 * NSEC_PER_SEC, 102, 103, 0);
	assert_true(has(t, 103, 22 * NSEC_PER_SEC));
	assert_true(has(t, 102, 22 * NSEC_PER_SEC));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), CASE(alive_by_name),
		CASE(still_to_come),	 CASE(names_known_too_early),
		CASE(by_program),	 CASE(by_place),
		CASE(in_filters),	 CASE(forgotten_makers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

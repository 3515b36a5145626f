/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process table as a tree: parents and children, orphans, pids used again, sums and folding.
 * And the columns that say who a process is, from a /proc made here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "core/clock.h"
#include "tests/unit/proc_tree.h"
#include "tests/unit/processes_bench.h"

/* ---- the tree ---- */

static void test_tree(void **state)
{
	struct bench *b = *state;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "shell", 0));
	learn(&b->fx, rec_newtask(&b->fx, 2 * S, 100, 200, "make", 0));
	learn(&b->fx, rec_newtask(&b->fx, 3 * S, 200, 300, "silent", 0));
	learn(&b->fx, rec_newtask(&b->fx, 4 * S, 300, 400, "cc", 0));
	learn(&b->fx, rec_newtask(&b->fx, 4 * S, 100, 500, "ls", 0));
	beat(b, 100, ALPHA, 5 * S, 1);
	beat(b, 200, ALPHA, 5 * S, 2);
	beat(b, 400, ALPHA, 5 * S, 50);
	beat(b, 500, ALPHA, 5 * S, 10);
	beat(b, 900, ALPHA, 5 * S, 20);
	b->m.tree = true;
	processes_sort(&b->m, PROCESS_EVENTS);
	look_at(b, 6 * S, false);
	/* Siblings by events; the one without events is passed over. */
	expect_order(b, "900 100 500 200 400");
	expect_cell(b, 1, PROCESS_COMM, "shell");
	expect_cell(b, 2, PROCESS_COMM, "  ls");
	expect_cell(b, 4, PROCESS_COMM, "    cc");
	expect_cell(b, 1, PROCESS_SUBTREE, "63");
	expect_cell(b, 3, PROCESS_SUBTREE, "52");
	/* A hidden parent is passed over as well. */
	learn(&b->fx, rec_exit(&b->fx, EXIT, 7 * S, 200, "make", true));
	b->m.hide_gone = true;
	look_at(b, 8 * S, false);
	expect_order(b, "900 100 400 500");
	expect_cell(b, 2, PROCESS_COMM, "  cc");
}

/* Threads stand below the one that leads. */
static void test_tree_of_threads(void **state)
{
	struct bench *b = *state;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "main", 0));
	learn(&b->fx, rec_newtask(&b->fx, 2 * S, 100, 101, "worker", THREAD));
	beat(b, 101, ALPHA, 3 * S, 9);
	beat(b, 100, ALPHA, 3 * S, 1);
	processes_threads(&b->m, true);
	b->m.tree = true;
	look_at(b, 4 * S, false);
	expect_order(b, "100 101");
	expect_cell(b, 1, PROCESS_COMM, "  worker");
}

/* What says that two are each other's parents loses no row and does not hang. */
static void test_rings_in_the_tree(void **state)
{
	struct bench *b = *state;

	for (int32_t tid = 100; tid < 110; tid++) {
		learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, tid, "x", 0));
		beat(b, tid, ALPHA, 2 * S, (unsigned)tid);
	}
	look_at(b, 3 * S, false);
	for (uint32_t i = 0; i < b->m.count; i++)
		b->m.rows[i].maker =
		    row_of(b, b->m.rows[i].pid == 109 ? 105 : b->m.rows[i].pid + 1)->process;
	b->m.tree = true;
	processes_arrange(&b->m, b->fx.id);
	assert_int_equal(b->m.shown, 10);
	for (int32_t tid = 100; tid < 110; tid++)
		row_of(b, tid);
}

/* ---- orphans, and numbers that are used again ---- */

static void test_orphans_stay(void **state)
{
	struct bench *b = *state;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "shell", 0));
	learn(&b->fx, rec_newtask(&b->fx, 2 * S, 100, 200, "daemon", 0));
	beat(b, 100, ALPHA, 3 * S, 5);
	beat(b, 200, ALPHA, 3 * S, 50);
	b->m.tree = true;
	look_at(b, 4 * S, false);
	expect_order(b, "100 200");
	expect_cell(b, 1, PROCESS_STATE, "alive");
	/* Who made it ends, and its number becomes somebody else's. */
	learn(&b->fx, rec_exit(&b->fx, EXIT, 5 * S, 100, "shell", true));
	learn(&b->fx, rec_newtask(&b->fx, 6 * S, 1, 100, "other", 0));
	beat(b, 100, ALPHA, 7 * S, 500);
	look_at(b, 8 * S, false);
	expect_order(b, "100 100 200");
	expect_cell(b, 0, PROCESS_COMM, "other");
	expect_cell(b, 1, PROCESS_COMM, "shell");
	expect_cell(b, 2, PROCESS_COMM, "  daemon");
	expect_cell(b, 2, PROCESS_STATE, "orphan");
	expect_cell(b, 0, PROCESS_SUBTREE, "500");
	expect_cell(b, 1, PROCESS_SUBTREE, "55");
	/* Also when the table of names forgot who it was. */
	summary_settle(b->summary, b->fx.id);
	identity_forget(b->fx.id, 30 * S);
	look_at(b, 31 * S, false);
	expect_cell(b, 1, PROCESS_COMM, "shell");
	expect_cell(b, 2, PROCESS_COMM, "  daemon");
	expect_cell(b, 2, PROCESS_STATE, "orphan");
}

/* Those between have no rows; one of them is forgotten. */
static void test_grandchildren_of_the_gone(void **state)
{
	struct bench *b = *state;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "shell", 0));
	learn(&b->fx, rec_newtask(&b->fx, 2 * S, 100, 200, "silent", 0));
	learn(&b->fx, rec_newtask(&b->fx, 3 * S, 200, 300, "worker", 0));
	learn(&b->fx, rec_exit(&b->fx, EXIT, 4 * S, 200, "silent", true));
	beat(b, 100, ALPHA, 5 * S, 1);
	beat(b, 300, ALPHA, 5 * S, 2);
	b->m.tree = true;
	look_at(b, 6 * S, false);
	expect_order(b, "100 300");
	expect_cell(b, 1, PROCESS_COMM, "  worker");
	expect_cell(b, 1, PROCESS_STATE, "orphan");
}

/* ---- folding ---- */

static void test_folding(void **state)
{
	struct bench *b = *state;
	uint64_t at;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "shell", 0));
	learn(&b->fx, rec_newtask(&b->fx, 2 * S, 100, 200, "make", 0));
	learn(&b->fx, rec_newtask(&b->fx, 3 * S, 200, 300, "cc", 0));
	learn(&b->fx, rec_newtask(&b->fx, 3 * S, 100, 400, "ls", 0));
	beat(b, 100, ALPHA, 5 * S, 1);
	beat(b, 200, ALPHA, 5 * S, 2);
	beat(b, 300, ALPHA, 5 * S, 40);
	beat(b, 400, ALPHA, 5 * S, 10);
	b->m.tree = true;
	processes_sort(&b->m, PROCESS_EVENTS);
	look_at(b, 6 * S, false);
	beat(b, 300, ALPHA, 7 * S, 20);
	beat(b, 100, ALPHA, 7 * S, 5);
	look_at(b, 7 * S, false);
	expect_order(b, "100 400 200 300");
	expect_cell(b, 0, PROCESS_EVENTS, "6");
	expect_cell(b, 0, PROCESS_SUBTREE, "78");
	expect_cell(b, 0, PROCESS_RATE, "5");
	expect_cell(b, 0, PROCESS_SUBRATE, "25");
	/* By sums: make stands above ls. */
	processes_sort(&b->m, PROCESS_SUBTREE);
	processes_arrange(&b->m, b->fx.id);
	expect_order(b, "100 200 300 400");
	/* Folded a row stands for all of them. */
	assert_true(processes_find(&b->m, row_of(b, 200)->key, &at));
	processes_fold(&b->m, at, true);
	processes_arrange(&b->m, b->fx.id);
	expect_order(b, "100 200 400");
	expect_cell(b, 1, PROCESS_COMM, "  make (+1)");
	expect_cell(b, 1, PROCESS_EVENTS, "62");
	expect_cell(b, 1, PROCESS_RATE, "20");
	processes_fold_all(&b->m, true);
	processes_arrange(&b->m, b->fx.id);
	expect_order(b, "100");
	expect_cell(b, 0, PROCESS_COMM, "shell (+3)");
	expect_cell(b, 0, PROCESS_EVENTS, "78");
	expect_cell(b, 0, PROCESS_SHARE, "100.0%");
	/* Another look changes nothing of that; without the tree nothing is folded. */
	look_at(b, 9 * S, false);
	expect_order(b, "100");
	b->m.tree = false;
	processes_arrange(&b->m, b->fx.id);
	assert_int_equal(b->m.shown, 4);
	expect_cell(b, 3, PROCESS_EVENTS, "2");
	b->m.tree = true;
	processes_fold_all(&b->m, false);
	processes_arrange(&b->m, b->fx.id);
	expect_order(b, "100 200 300 400");
	processes_fold(&b->m, 99, true); /* nobody */
}

/* ---- who it is ---- */

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_who_it_is(void **state)
{
	struct bench *b = *state;
	static const char cgroup[] = "0::/system.slice/docker-" ID ".scope\n";
	char root[] = "/tmp/test.processes.XXXXXX", proc[64], ns[96];
	struct identity_conf c = { .proc = proc, .root = root, .live = true };
	uint64_t now;

	assert_non_null(mkdtemp(root));
	snprintf(proc, sizeof(proc), "%s/proc", root);
	tree_put_stat(root, "proc/700", "app", 0, 1, 1);
	tree_put(root, "proc/700/cgroup", cgroup, sizeof(cgroup) - 1);
	tree_put(root, "proc/700/cmdline", "app\0--now\x1b", 10);
	tree_put(root, "proc/700/status", "Name:\tapp\nNSpid:\t700\t12\n", 25);
	tree_put(root, "proc/700/ns/x", "", 0);
	snprintf(ns, sizeof(ns), "%s/700/ns/pid", proc);
	assert_int_equal(symlink("pid:[4026532111]", ns), 0);
	identity_free(b->fx.id);
	b->fx.id = identity_new(&c);
	assert_int_equal(identity_scan(b->fx.id, NULL), 0);
	now = clock_mono();
	beat(b, 700, ALPHA, now, 3);
	look_at(b, now + 1, false);
	expect_cell(b, 0, PROCESS_CONTAINER, "");
	assert_false(processes_detail(&b->m, b->fx.id, 10));
	expect_cell(b, 0, PROCESS_CONTAINER, "0123456789ab");
	expect_cell(b, 0, PROCESS_UNIT, "docker-" ID ".scope");
	expect_cell(b, 0, PROCESS_CMDLINE, "app --now?");
	expect_cell(b, 0, PROCESS_PIDNS, "4026532111 12");
	expect_cell(b, 0, PROCESS_END, "-");
	if (!getuid())
		expect_cell(b, 0, PROCESS_USER, "root");
	/* It ended: what was known of it stays. */
	learn(&b->fx, rec_exit(&b->fx, EXIT, now + S, 700, "app", true));
	look_at(b, now + 3 * S, false);
	processes_detail(&b->m, b->fx.id, 10);
	expect_cell(b, 0, PROCESS_CONTAINER, "0123456789ab");
	expect_cell(b, 0, PROCESS_CMDLINE, "app --now?");
	expect_cell(b, 0, PROCESS_END, "2s");
	tree_remove(root);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_tree),
		CASE(test_tree_of_threads),
		CASE(test_rings_in_the_tree),
		CASE(test_orphans_stay),
		CASE(test_grandchildren_of_the_gone),
		CASE(test_folding),
		CASE(test_who_it_is),
	};

	return cmocka_run_group_tests_name("processes_tree", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process table: what a summary and an identity table become, sampling over time, order, tree,
 * pids used twice. No deck and no screen: time and events are given.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/unit/identity_fixture.h"
#include "tui/processes.h"

#define S      NSEC_PER_SEC
#define MS     NSEC_PER_MSEC
#define THREAD 0x10000 /* CLONE_THREAD */

enum { ALPHA, BETA, KINDS };

struct bench {
	struct fixture fx;
	struct schema *kind[KINDS];
	struct summary *summary;
	struct processes m;
};

static const char *const formats[KINDS] = {
	[ALPHA] = EVENT("alpha", 301, FIELD("u64 number", 8, 8, 0)),
	[BETA] = EVENT("beta", 302, FIELD("u64 number", 8, 8, 0)),
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct machine machine = { .long_size = 8 };

	fixture_init(&b->fx, machine, NULL);
	for (unsigned i = 0; i < KINDS; i++) {
		assert_int_equal(schema_parse("test", formats[i], strlen(formats[i]), machine,
					      &b->kind[i], NULL),
				 0);
		b->kind[i]->index = 1000 + i;
	}
	b->summary = summary_new();
	processes_init(&b->m);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	processes_done(&b->m);
	summary_free(b->summary);
	for (unsigned i = 0; i < KINDS; i++)
		schema_free(b->kind[i]);
	fixture_done(&b->fx);
	free(b);
	return 0;
}

/* count events of one thread, the last one at ts. */
static void beat(struct bench *b, int32_t tid, unsigned kind, uint64_t ts, unsigned count)
{
	uint32_t task = summary_task(b->summary, b->fx.id, tid, ts);

	for (unsigned i = count; i-- > 0;)
		summary_fold(b->summary, task, b->kind[kind], ts - i);
}

static void look_at(struct bench *b, uint64_t now, bool ended)
{
	struct processes_look l = {
		.summary = b->summary, .identity = b->fx.id, .now = now, .ended = ended
	};

	processes_look(&b->m, &l);
}

/* The pids (tids with threads) shown, in order: "100 101". */
static void expect_order(const struct bench *b, const char *want)
{
	struct strbuf got = { 0 };

	for (uint32_t i = 0; i < b->m.shown; i++)
		strbuf_fmt(&got, "%s%d", i ? " " : "", processes_at(&b->m, i)->tid);
	assert_string_equal(strbuf_cstr(&got), want);
	strbuf_done(&got);
}

/* The text of one cell. */
static void expect_cell(const struct bench *b, uint64_t place, enum process_column c,
			const char *want)
{
	struct strbuf got = { 0 };
	struct table_cell cell = { .text = &got, .look = LOOK_TEXT };

	process_model.cell(&b->m, place, c, &cell);
	assert_string_equal(strbuf_cstr(&got), want);
	strbuf_done(&got);
}

static const struct process_row *row_of(const struct bench *b, int32_t tid)
{
	for (uint32_t i = 0; i < b->m.shown; i++)
		if (processes_at(&b->m, i)->tid == tid)
			return processes_at(&b->m, i);
	fail_msg("no row of %d", tid);
	return NULL;
}

/* ---- what a row is ---- */

static void test_threads_are_joined(void **state)
{
	struct bench *b = *state;
	const struct process_row *r;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "main", 0));
	learn(&b->fx, rec_newtask(&b->fx, 2 * S, 100, 101, "worker", THREAD));
	learn(&b->fx, rec_newtask(&b->fx, 2 * S, 100, 102, "worker", THREAD));
	/* Every thread does ALPHA most but one; together they do BETA most. */
	beat(b, 101, ALPHA, 3 * S, 50);
	beat(b, 101, BETA, 3 * S + 1 * MS, 40);
	beat(b, 102, BETA, 4 * S, 40);
	look_at(b, 5 * S, false);
	expect_order(b, "100");
	r = processes_at(&b->m, 0);
	assert_int_equal(r->events, 130);
	assert_int_equal(r->threads, 2);
	assert_ptr_equal(r->top, b->kind[BETA]);
	assert_ptr_equal(r->recent, b->kind[BETA]);
	assert_string_equal(r->comm, "main"); /* although the leader gave no event */
	assert_int_equal(r->last, 4 * S);
	processes_threads(&b->m, true);
	look_at(b, 5 * S, false);
	expect_order(b, "101 102");
	assert_ptr_equal(row_of(b, 101)->top, b->kind[ALPHA]);
	assert_ptr_equal(row_of(b, 101)->recent, b->kind[BETA]);
	assert_int_equal(row_of(b, 101)->pid, 100);
}

/* Before 3 s the pid was another process's, which ended. */
static void use_twice(struct bench *b)
{
	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "first", 0));
	beat(b, 100, ALPHA, 1 * S + 5 * MS, 10);
	learn(&b->fx, rec_exit(&b->fx, EXIT, 2 * S, 100, "first", true));
	learn(&b->fx, rec_newtask(&b->fx, 3 * S, 1, 100, "second", 0));
	beat(b, 100, ALPHA, 3 * S + 5 * MS, 7);
	look_at(b, 4 * S, false);
}

static void test_reused_pid_is_two_rows(void **state)
{
	struct bench *b = *state;
	const struct process_row *old, *new;

	use_twice(b);
	expect_order(b, "100 100");
	old = processes_at(&b->m, 0);
	new = processes_at(&b->m, 1);
	assert_string_equal(old->comm, "first");
	assert_string_equal(new->comm, "second");
	assert_int_equal(old->events, 10);
	assert_int_equal(new->events, 7);
	assert_true(process_is_gone(&b->m, old));
	assert_false(process_is_gone(&b->m, new));
	assert_true(processes_reused(&b->m, old));
	assert_true(processes_reused(&b->m, new));
	expect_cell(b, 0, PROCESS_STATE, "gone 2s");
	expect_cell(b, 1, PROCESS_STATE, "alive");
}

/* The dead stay dead, and keep their names, when the identity table has forgotten them. */
static void test_forgotten_by_identity(void **state)
{
	struct bench *b = *state;

	use_twice(b);
	identity_forget(b->fx.id, 3 * S);
	look_at(b, 5 * S, false);
	expect_order(b, "100 100");
	assert_string_equal(processes_at(&b->m, 0)->comm, "first");
	expect_cell(b, 0, PROCESS_STATE, "gone 3s");
	b->m.hide_gone = true;
	processes_arrange(&b->m, b->fx.id);
	expect_order(b, "100");
	assert_string_equal(processes_at(&b->m, 0)->comm, "second");
	assert_int_equal(b->m.gone, 1);
}

static void test_unknown_process(void **state)
{
	struct bench *b = *state;
	uint64_t key;

	beat(b, 500, ALPHA, 1 * S, 3);
	look_at(b, 3 * S, false);
	expect_cell(b, 0, PROCESS_PID, "?");
	expect_cell(b, 0, PROCESS_TID, "500");
	expect_cell(b, 0, PROCESS_STATE, "?");
	key = processes_at(&b->m, 0)->key;
	/* Now its birth is learned: it is a process, still one row, and its past is no burst. */
	learn(&b->fx, rec_newtask(&b->fx, 500 * MS, 1, 500, "late", 0));
	look_at(b, 4 * S, false);
	assert_int_equal(b->m.count, 1);
	assert_int_not_equal(processes_at(&b->m, 0)->key, key);
	expect_cell(b, 0, PROCESS_PID, "500");
	expect_cell(b, 0, PROCESS_RATE, "0");
}

static void test_hostile_names(void **state)
{
	struct bench *b = *state;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "\x1b[31mred\n", 0));
	beat(b, 100, ALPHA, 2 * S, 1);
	look_at(b, 3 * S, false);
	expect_cell(b, 0, PROCESS_COMM, "\\x1b[31mred\\n");
}

/* ---- sampling ---- */

static void test_rates(void **state)
{
	struct bench *b = *state;
	const struct process_row *r;

	beat(b, 100, ALPHA, 10 * S, 1000);
	look_at(b, 10 * S, false);
	expect_cell(b, 0, PROCESS_RATE, "-"); /* one look says nothing of a rate */
	beat(b, 100, ALPHA, 10 * S + 500 * MS, 60);
	look_at(b, 10 * S + 500 * MS, false); /* too early for a sample */
	expect_cell(b, 0, PROCESS_RATE, "-");
	expect_cell(b, 0, PROCESS_EVENTS, "1060");
	beat(b, 100, ALPHA, 10 * S + 900 * MS, 40);
	look_at(b, 11 * S, false);
	expect_cell(b, 0, PROCESS_RATE, "100");
	beat(b, 100, ALPHA, 12 * S, 300);
	look_at(b, 13 * S, false); /* two seconds went by */
	r = processes_at(&b->m, 0);
	assert_int_equal(r->rate, 150000);
	assert_int_equal(r->trend[PROCESS_TREND - 1], 150);
	assert_int_equal(r->trend[PROCESS_TREND - 2], 150);
	assert_int_equal(r->trend[PROCESS_TREND - 3], 100);
	assert_int_equal(r->trend[PROCESS_TREND - 4], 0);
	for (unsigned i = 0; i < PROCESS_TREND; i++) {
		assert_non_null(processes_at(&b->m, 0)->trend);
		look_at(b, (14 + i) * S, false);
	}
	assert_null(processes_at(&b->m, 0)->trend); /* silent for half a minute */
	look_at(b, 5 * S, false);		    /* a clock that went back: no wild rate */
	look_at(b, 6 * S, false);
	assert_int_equal(processes_at(&b->m, 0)->rate, 0);
}

static void test_newcomer_has_a_rate(void **state)
{
	struct bench *b = *state;

	look_at(b, 10 * S, false);
	beat(b, 100, ALPHA, 10 * S + 500 * MS, 40);
	look_at(b, 11 * S, false);
	assert_int_equal(row_of(b, 100)->rate, 40000);
}

static void test_rare_events_have_a_rate(void **state)
{
	static const struct {
		uint64_t last;
		unsigned count;
		const char *want;
	} cases[] = {
		{ 101 * S, 100, "100" }, { 101 * S, 1, "1" },	  { 103 * S, 1, "0.33" },
		{ 200 * S, 1, "0.01" },	 { 2000 * S, 1, "0.01" }, { 200 * S, 99, "0.99" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct process_row *r;

		teardown(state);
		setup(state);
		b = *state;
		beat(b, 900, ALPHA, 100 * S, 1);
		beat(b, 100, ALPHA, cases[i].last, cases[i].count);
		look_at(b, cases[i].last, true);
		r = &b->m.rows[1];
		assert_int_equal(r->tid, 100);
		b->m.rows[0].rate = 0; /* the other one stands behind */
		processes_arrange(&b->m, b->fx.id);
		expect_cell(b, 0, PROCESS_RATE, cases[i].want);
		expect_cell(b, 1, PROCESS_RATE, "0");
	}
}

static void test_recording_is_rated_as_a_whole(void **state)
{
	struct bench *b = *state;

	beat(b, 100, ALPHA, 10 * S, 1);
	beat(b, 100, ALPHA, 14 * S, 399);
	beat(b, 200, BETA, 12 * S, 40);
	look_at(b, 14 * S, true);
	expect_cell(b, 0, PROCESS_RATE, "100");
	expect_cell(b, 1, PROCESS_RATE, "10");
	expect_cell(b, 0, PROCESS_SHARE, "90.9%");
	expect_cell(b, 1, PROCESS_LAST, "2s");
}

/* ---- order ---- */

static void test_sorting(void **state)
{
	static const struct {
		enum process_column column;
		bool turned;
		const char *want;
	} cases[] = {
		{ PROCESS_EVENTS, false, "300 100 200 400" },
		{ PROCESS_EVENTS, true, "200 400 100 300" }, /* of equals the first stays first */
		{ PROCESS_TID, false, "100 200 300 400" },
		{ PROCESS_TOP, false, "300 100 200 400" }, /* by name, then by events */
		{ PROCESS_FIRST, false, "400 300 200 100" },
		{ PROCESS_LAST, true, "100 200 300 400" },
		{ PROCESS_RATE, false, "300 100 200 400" }, /* all equal */
	};
	struct bench *b = *state;

	beat(b, 100, ALPHA, 1 * S, 20);
	beat(b, 200, BETA, 2 * S, 10);
	beat(b, 300, ALPHA, 3 * S, 30);
	beat(b, 400, BETA, 4 * S, 10);
	look_at(b, 5 * S, false);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		processes_sort(&b->m, cases[i].column);
		b->m.descending ^= cases[i].turned;
		processes_arrange(&b->m, b->fx.id);
		expect_order(b, cases[i].want);
	}
}

static void test_rows_are_found_again(void **state)
{
	struct bench *b = *state;
	uint64_t key, at;

	beat(b, 100, ALPHA, 1 * S, 20);
	beat(b, 200, ALPHA, 1 * S, 10);
	look_at(b, 2 * S, false);
	key = processes_at(&b->m, 1)->key;
	beat(b, 200, ALPHA, 3 * S, 50);
	for (int32_t tid = 1000; tid < 1300; tid++)
		beat(b, tid, ALPHA, 3 * S, 1);
	look_at(b, 4 * S, false);
	assert_true(processes_find(&b->m, key, &at));
	assert_int_equal(at, 0);
	assert_int_equal(processes_at(&b->m, at)->tid, 200);
	assert_int_equal(b->m.count, 302);
	assert_null(processes_at(&b->m, 302));
	assert_false(processes_find(&b->m, 12345678, &at));
}

static void test_only_some(void **state)
{
	struct bench *b = *state;
	const int32_t only[] = { 200 };

	for (int32_t tid = 100; tid <= 300; tid += 100) {
		learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, tid, "x", 0));
		beat(b, tid, ALPHA, 2 * S, 1);
	}
	b->m.only = only;
	b->m.only_count = 1;
	look_at(b, 3 * S, false);
	expect_order(b, "200");
	assert_int_equal(b->m.events, 3);
}

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
		b->m.rows[i].ppid = b->m.rows[i].pid == 109 ? 105 : b->m.rows[i].pid + 1;
	b->m.tree = true;
	processes_arrange(&b->m, b->fx.id);
	assert_int_equal(b->m.shown, 10);
	for (int32_t tid = 100; tid < 110; tid++)
		row_of(b, tid);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_threads_are_joined),
		CASE(test_reused_pid_is_two_rows),
		CASE(test_forgotten_by_identity),
		CASE(test_unknown_process),
		CASE(test_hostile_names),
		CASE(test_rates),
		CASE(test_newcomer_has_a_rate),
		CASE(test_rare_events_have_a_rate),
		CASE(test_recording_is_rated_as_a_whole),
		CASE(test_sorting),
		CASE(test_rows_are_found_again),
		CASE(test_only_some),
		CASE(test_tree),
		CASE(test_tree_of_threads),
		CASE(test_rings_in_the_tree),
	};

	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}

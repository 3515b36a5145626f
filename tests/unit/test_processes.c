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

#include "tests/unit/processes_bench.h"

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
	uint64_t from, to;

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
	processes_life(&b->m, old, &from, &to);
	assert_int_equal(from, 0);
	assert_int_equal(to, new->start);
	processes_life(&b->m, new, &from, &to);
	assert_int_equal(from, new->start);
	assert_int_equal(to, UINT64_MAX);
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
	struct filter *only = NULL;

	for (int32_t tid = 100; tid <= 300; tid += 100) {
		learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, tid, "x", 0));
		beat(b, tid, ALPHA, 2 * S, 1);
	}
	assert_int_equal(filter_parse("pid == 200", &only, NULL), 0);
	b->m.only = only;
	look_at(b, 3 * S, false);
	expect_order(b, "200");
	assert_int_equal(b->m.events, 3);
	/* Also when its names are forgotten. */
	learn(&b->fx, rec_exit(&b->fx, EXIT, 4 * S, 200, "x", true));
	summary_settle(b->summary, b->fx.id);
	identity_forget(b->fx.id, 60 * S);
	look_at(b, 61 * S, false);
	expect_order(b, "200");
	filter_free(only);
	/* And all that one of them made. */
	assert_int_equal(filter_parse("lineage == 1", &only, NULL), 0);
	b->m.only = only;
	processes_arrange(&b->m, b->fx.id);
	filter_free(only);
	b->m.only = NULL;
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
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
	};

	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}

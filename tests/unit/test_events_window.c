/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window over the events against a list of all rows, with tiny pages, a small store that lets
 * pages go, and budgets so small that every walk is cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/window_fixture.h"

static const char *const filters[] = { NULL,	       "tid == 101",	 "number < 40",
				       "number == 77", "not tid == 100", "tid == 5" };

static void test_follows(void **state)
{
	struct bench b;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(filters); f++) {
		bench_open(&b, SMALL);
		set_filter(&b, filters[f]);
		for (unsigned round = 0; round < 300; round++) {
			feed_all(&b, random_below(&b, 6));
			settle(&b);
			check(&b);
			assert_true(b.win.follow);
		}
		assert_true(store_run_at(b.store, 0)->base > 0); /* pages did leave */
		bench_close(&b);
	}
}

/* Nothing but losses passes, and they leave one by one: whatever is shown is there. */
static void test_losses_leave(void **state)
{
	struct bench b;
	unsigned first, n;

	(void)state;
	bench_open(&b, SMALL);
	set_filter(&b, "tid == 5 or number == 200");
	for (unsigned round = 0; round < 300; round++) {
		store_lost(b.store, store_run(b.store, b.source, (uint16_t)random_below(&b, 3)), 3);
		feed(&b, random_below(&b, 3), 1 + random_below(&b, 5));
		settle(&b);
		n = window_visible(&b.win, &first);
		assert_true(n >= 1 || round < 10);
		for (unsigned i = 0; i < n; i++) {
			const struct shown *s = window_line(&b.win, first + i);

			assert_true(row_is_here(b.store, &s->row));
			assert_true(row_is_here(b.store, &s->last));
			assert_true(row_compare(&s->row, &s->last) <= 0);
		}
	}
	bench_close(&b);
}

/* A slice of a budget that is too small for what comes must not lose the place. */
static void test_follows_while_cut(void **state)
{
	struct bench b;
	struct budget budget;

	(void)state;
	bench_open(&b, LARGE);
	set_filter(&b, "number == 5 or number == 77 or number == 140");
	for (unsigned round = 0; round < 60; round++) {
		feed_all(&b, 3);
		budget = budget_new(8, UINT32_MAX);
		window_work(&b.win, b.now, &budget);
	}
	settle(&b);
	check(&b);
	bench_close(&b);
}

static void test_moves(void **state)
{
	struct bench b;
	unsigned at, count;
	static struct list l;

	(void)state;
	for (size_t f = 0; f < 5; f++) {
		bench_open(&b, LARGE);
		feed_all(&b, 150);
		set_filter(&b, filters[f]);
		settle(&b);
		list_all(&b, &l);
		count = l.count;
		at = check(&b);
		for (unsigned round = 0; count && round < 300; round++) {
			int by = (int)random_below(&b, 60) - 30;
			int to = (int)at + by;

			window_move(&b.win, by);
			settle(&b);
			at = check_screen(&b, &l);
			assert_false(b.win.follow);
			assert_int_equal(at, MIN(MAX(to, 0), (int)count - 1));
		}
		window_move(&b.win, -100000);
		settle(&b);
		assert_int_equal(check(&b), 0);
		window_move(&b.win, 100000);
		settle(&b);
		assert_int_equal(check(&b), count ? count - 1 : 0);
		bench_close(&b);
	}
}

static void test_pause_stays(void **state)
{
	struct bench b;
	struct row before;

	(void)state;
	bench_open(&b, LARGE);
	feed_all(&b, 60);
	settle(&b);
	window_move(&b.win, -5);
	settle(&b);
	before = window_cursor(&b.win)->row;
	for (unsigned round = 0; round < 20; round++) {
		feed_all(&b, 3);
		settle(&b);
		check(&b);
		assert_int_equal(row_compare(&before, &window_cursor(&b.win)->row), 0);
	}
	window_follow(&b.win);
	settle(&b);
	check(&b);
	assert_true(row_compare(&before, &window_cursor(&b.win)->row) < 0);
	bench_close(&b);
}

static void test_seek_and_show(void **state)
{
	static struct list l;
	struct bench b;

	(void)state;
	bench_open(&b, LARGE);
	feed_all(&b, 100);
	settle(&b);
	list_all(&b, &l);
	for (unsigned round = 0; round < 100; round++) {
		unsigned to = random_below(&b, l.count);

		if (round % 2)
			window_show(&b.win, &l.v[to].row);
		else
			window_seek(&b.win, l.v[to].row.ts);
		settle(&b);
		/* Of rows with one time the first is meant. */
		while (!(round % 2) && to && l.v[to - 1].row.ts == l.v[to].row.ts)
			to--;
		assert_int_equal(check_screen(&b, &l), to);
	}
	window_seek(&b.win, 0);
	settle(&b);
	assert_int_equal(check(&b), 0);
	window_seek(&b.win, UINT64_MAX - 1); /* behind all: the last row */
	settle(&b);
	assert_int_equal(check(&b), l.count - 1);
	bench_close(&b);
}

static void test_filter_keeps_the_place(void **state)
{
	struct bench b;
	struct row before;

	(void)state;
	bench_open(&b, LARGE);
	feed_all(&b, 100);
	settle(&b);
	window_move(&b.win, -40);
	settle(&b);
	before = window_cursor(&b.win)->row;
	set_filter(&b, "tid == 101");
	settle(&b);
	check(&b);
	assert_true(row_compare(&window_cursor(&b.win)->last, &before) >= 0);
	set_filter(&b, "tid == 5"); /* nothing but perhaps losses */
	settle(&b);
	check(&b);
	set_filter(&b, NULL);
	settle(&b);
	check(&b);
	bench_close(&b);
}

static void test_rows_leave_under_the_view(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, SMALL);
	feed_all(&b, 40);
	settle(&b);
	window_seek(&b.win, 0);
	settle(&b);
	b.win.moved = false;
	for (unsigned round = 0; round < 100; round++) {
		feed_all(&b, 5);
		settle(&b);
		check(&b);
	}
	assert_true(b.win.moved);
	assert_false(b.win.follow);
	bench_close(&b);
}

static void test_resize(void **state)
{
	static const int heights[] = { 1, 50, 3, 300, 10 };
	struct bench b;
	struct row before;

	(void)state;
	bench_open(&b, LARGE);
	feed_all(&b, 120);
	settle(&b);
	window_move(&b.win, -60);
	settle(&b);
	before = window_cursor(&b.win)->row;
	for (size_t i = 0; i < ARRAY_SIZE(heights); i++) {
		window_resize(&b.win, heights[i]);
		settle(&b);
		check(&b);
		assert_int_equal(row_compare(&before, &window_cursor(&b.win)->row), 0);
	}
	bench_close(&b);
}

static void test_stop(void **state)
{
	struct bench b;
	struct budget budget;

	(void)state;
	bench_open(&b, LARGE);
	feed_all(&b, 100);
	set_filter(&b, "number == 3");
	budget = budget_new(5, UINT32_MAX);
	assert_true(window_work(&b.win, b.now, &budget));
	assert_true(window_is_busy(&b.win));
	window_stop(&b.win);
	budget = budget_new(5, UINT32_MAX);
	assert_false(window_work(&b.win, b.now, &budget));
	assert_false(window_is_busy(&b.win));
	window_move(&b.win, -1); /* whoever moves wants to see */
	settle(&b);
	check(&b);
	bench_close(&b);
}

/* What came too late stands where it belongs, also while following. */
static void test_late_rows(void **state)
{
	struct bench b;
	struct run *slow;
	struct fragment_maker m;

	(void)state;
	bench_open(&b, LARGE);
	feed(&b, 0, 5);
	b.source->horizon = b.now;
	store_horizon(b.store, 0);
	settle(&b);
	check(&b);
	slow = store_run(b.store, b.source, 1);
	fragment_begin(&m, store_room(b.store, NULL), 1015);
	fragment_add(&m, 1015, 101, 1000);
	assert_int_equal(store_commit(b.store, slow, PAGE, NULL), 1);
	assert_int_equal(b.source->late, 1);
	feed(&b, 0, 2);
	settle(&b);
	assert_int_equal(b.win.count, 8);
	check(&b);
	bench_close(&b);
}

/* The same again and again, under filters, with budgets that cut every look. */
static void test_late_all_the_time(void **state)
{
	struct bench b;
	uint64_t slow = 1000;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(filters); f++) {
		bench_open(&b, LARGE);
		set_filter(&b, filters[f]);
		slow = 1001;
		for (unsigned round = 0; round < 200; round++) {
			struct budget budget = budget_new(30, UINT32_MAX);
			struct fragment_maker m;

			feed_all(&b, 2);
			b.source->horizon = b.now;
			store_horizon(b.store, 0);
			if (!random_below(&b, 3)) { /* a CPU that lags behind all others */
				slow += 10 * random_below(&b, (uint32_t)(b.now - slow) / 10);
				fragment_begin(&m, store_room(b.store, NULL), slow);
				fragment_add(&m, slow, 101, 77);
				store_commit(b.store, store_run(b.store, b.source, 3), PAGE, NULL);
			}
			window_work(&b.win, b.now, &budget);
			if (round % 20)
				continue;
			settle(&b);
			check(&b);
		}
		assert_true(b.source->late > 10);
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follows),
		cmocka_unit_test(test_losses_leave),
		cmocka_unit_test(test_follows_while_cut),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_pause_stays),
		cmocka_unit_test(test_seek_and_show),
		cmocka_unit_test(test_filter_keeps_the_place),
		cmocka_unit_test(test_rows_leave_under_the_view),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_late_rows),
		cmocka_unit_test(test_late_all_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The follower: every final row once, over pages so small that every boundary is crossed.
 */
#include "tests/unit/fold_fixture.h"

/* All rows that a cursor has below the window were given. */
static void check_window(struct seen *s, struct fold *f)
{
	uint64_t window = fold_window(f);
	struct cursor *c = cursor_new(s->b.store, 0);
	struct row r;

	while (cursor_next(c, UINT64_MAX, &r) && r.ts < window)
		assert_int_equal(s->given[number_of(&r)], 1);
	cursor_free(c);
}

/* Random fragments, horizons and budgets; the store lets pages go all the while. */
static void test_every_row_once(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		struct seen *s = open_seen(round % 2 ? 16 : 2000);
		struct fold *f = begin(s, NULL, false);
		struct fold_stats st;

		for (unsigned cpu = 0; cpu < CPUS; cpu++, s->fed++)
			feed(&s->b, cpu, s->ts, 1, s->fed);
		work(s, f, s->ts, 1); /* it knows all runs */
		for (unsigned i = 0; i < 60; i++) {
			unsigned lag = pick(300);
			uint64_t horizon = s->horizon;

			feed_some(s, 1 + pick(20));
			if (pick(3))
				work(s, f, MAX(horizon, s->ts - lag), pick(4) * 200);
			check_window(s, f);
		}
		while (work(s, f, UINT64_MAX, 1 + pick(1000)))
			check_window(s, f);
		check_window(s, f);
		assert_int_equal(fold_window(f), UINT64_MAX);
		check_sums(s, f, s->fed);
		fold_stats(f, &st);
		assert_true(round % 2 || !st.missed);
		assert_int_equal(s->restarts, 0);
		fold_free(f);
		close_seen(s);
	}
}

/* What was there comes backwards, what comes is given beside it. */
static void test_newest_first(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		struct seen *s = open_seen(round % 2 ? 40 : 400);
		struct fold *f;
		struct store_stats there;
		uint64_t events;

		feed_some(s, 150);
		store_stats(s->b.store, &there);
		events = there.events - s->fed;
		f = begin(s, NULL, true);
		for (unsigned i = 0; i < 30; i++) {
			work(s, f, UINT64_MAX, pick(4) * 100);
			check_window(s, f);
			feed_some(s, pick(10));
		}
		while (work(s, f, UINT64_MAX, 500))
			check_window(s, f);
		check_sums(s, f, s->fed + events);
		fold_free(f);
		close_seen(s);
	}
}

static void test_youngest_page_comes_first(void **state)
{
	struct seen *s = open_seen(100);
	struct fold *f;
	struct fold_stats st;

	(void)state;
	for (unsigned i = 0; i < 30; i++, s->fed += 8)
		feed(&s->b, 0, 1000 + i * 1000, 8, s->fed);
	f = begin(s, NULL, true);
	assert_true(work(s, f, UINT64_MAX, 1));
	assert_int_equal(s->given[s->fed - 1], 1);
	assert_int_equal(s->given[0], 0);
	assert_int_equal(fold_window(f), 1000);
	fold_stats(f, &st);
	assert_true(st.bytes && st.bytes < st.total);
	assert_true(st.first > 1000);
	while (work(s, f, UINT64_MAX, 1))
		continue;
	fold_stats(f, &st);
	assert_int_equal(st.first, 1000);
	assert_int_equal(st.last, 1000 + 29 * 1000 + 70);
	check_sums(s, f, s->fed);
	fold_free(f);
	close_seen(s);
}

/* A clock that goes on, and back. */
static void test_horizon_goes_back(void **state)
{
	struct seen *s = open_seen(400);
	struct fold *f;

	(void)state;
	feed_some(s, 100);
	for (unsigned newest = 0; newest < 2; newest++) {
		memset(s->given, 0, sizeof(s->given));
		memset(s->last, 0, sizeof(s->last));
		s->rows = s->restarts = 0;
		f = begin(s, NULL, newest);
		assert_false(work(s, f, 2000, SIZE_MAX));
		check_window(s, f);
		assert_int_equal(fold_window(f), 2000);
		assert_false(work(s, f, 3000, SIZE_MAX));
		check_window(s, f);
		assert_int_equal(s->restarts, 0);
		assert_false(work(s, f, 1500, SIZE_MAX));
		assert_int_equal(s->restarts, 1);
		for (unsigned n = 0; n < s->fed; n++)
			assert_true(!s->given[n] || s->rows);
		assert_int_equal(fold_window(f), 1500);
		check_window(s, f);
		assert_false(work(s, f, UINT64_MAX, SIZE_MAX));
		assert_int_equal(s->rows, s->fed);
		/* All rows are below it: nothing was given that is not final. */
		assert_false(work(s, f, s->ts + 1, SIZE_MAX));
		assert_int_equal(s->restarts, 1);
		fold_free(f);
	}
	close_seen(s);
}

static void test_another_filter_and_another_store(void **state)
{
	struct seen *s = open_seen(400);
	struct filter *some = NULL;
	struct fold *f = begin(s, NULL, false);
	struct fold_stats st;
	uint64_t all;

	(void)state;
	feed_some(s, 100);
	while (work(s, f, UINT64_MAX, 1))
		continue;
	assert_int_equal(s->rows, s->fed);
	assert_int_equal(filter_parse("beat.number < 17", &some, NULL), 0);
	fold_restart(f, some);
	assert_int_equal(s->restarts, 1);
	while (work(s, f, UINT64_MAX, 1))
		continue;
	fold_stats(f, &st);
	assert_int_equal(s->rows, 17);
	assert_int_equal(st.hidden, s->fed - 17);
	assert_int_equal(st.first, 1000);
	fold_restart(f, NULL);
	while (work(s, f, UINT64_MAX, 1))
		continue;
	assert_int_equal(s->rows, s->fed);
	all = s->fed;
	store_clear(s->b.store);
	feed_some(s, 10);
	while (work(s, f, UINT64_MAX, 1))
		continue;
	assert_int_equal(s->restarts, 3);
	assert_int_equal(s->rows, s->fed - all);
	fold_free(f);
	filter_free(some);
	close_seen(s);
}

static void lose(struct bench *b, uint64_t ts, uint64_t lost, uint64_t number)
{
	struct run *r = store_run(b->store, b->source, 0);
	struct fragment_maker m;

	fragment_begin(&m, store_room(b->store, NULL), ts);
	fragment_add(&m, ts, 100, number);
	fragment_add(&m, ts + 1, 100, number + 1);
	fragment_lost(&m, lost);
	assert_int_equal(store_commit(b->store, r, PAGE, NULL), 2);
}

static void test_losses(void **state)
{
	struct seen *s = open_seen(400);
	struct fold *f = begin(s, NULL, false);
	struct fold_stats st;

	(void)state;
	lose(&s->b, 1000, 7, 0);
	lose(&s->b, 2000, LOST_UNKNOWN, 2);
	lose(&s->b, 3000, LOST_UNKNOWN, 4);
	work(s, f, 1001, SIZE_MAX); /* a page that is looked at twice lost once */
	work(s, f, 3000, SIZE_MAX);
	fold_stats(f, &st);
	assert_int_equal(st.lost, 7);
	assert_int_equal(st.lost_unknown, 1);
	work(s, f, 3001, SIZE_MAX);
	work(s, f, 3002, SIZE_MAX);
	fold_stats(f, &st);
	assert_int_equal(st.lost_unknown, 2);
	assert_int_equal(store_lost_known(s->b.store, store_run_at(s->b.store, 0), 5), 5);
	work(s, f, 3002, SIZE_MAX);
	fold_stats(f, &st);
	assert_int_equal(st.lost, 12);
	assert_int_equal(st.lost_unknown, 1);
	assert_int_equal(st.rows, 6);
	fold_free(f);
	close_seen(s);
}

/* Losses of the pages before the one whose number comes later are met after it. */
static void test_losses_backwards(void **state)
{
	struct seen *s = open_seen(400);
	struct fold_stats st;
	struct fold *f;

	(void)state;
	lose(&s->b, 1000, LOST_UNKNOWN, 0);
	lose(&s->b, 2000, LOST_UNKNOWN, 2);
	f = begin(s, NULL, true);
	work(s, f, 3000, SIZE_MAX);
	fold_stats(f, &st);
	assert_int_equal(st.rows, 4);
	assert_int_equal(st.lost_unknown, 2);
	assert_int_equal(store_lost_known(s->b.store, store_run_at(s->b.store, 0), 5), 5);
	work(s, f, 3000, SIZE_MAX);
	fold_stats(f, &st);
	assert_int_equal(st.lost, 5);
	assert_int_equal(st.lost_unknown, 1);
	fold_free(f);
	close_seen(s);
}

static bool skip_named(const struct source *src, void *data)
{
	return !strcmp(src->name, "skipped");
}

static void test_sources_that_are_left_out(void **state)
{
	struct seen *s = open_seen(400);
	struct source *named, *hidden, *shown = s->b.source;
	struct fold_conf c = { .store = s->b.store, .ops = &ops, .data = s, .skip = skip_named };
	struct fold *f = fold_new(&c);

	(void)state;
	s->horizon = UINT64_MAX;
	feed(&s->b, 0, 1000, 3, 0);
	named = store_source(s->b.store, "test", "skipped", s->b.schemas, 0);
	hidden = store_source(s->b.store, "test", "hidden", s->b.schemas, SOURCE_HIDDEN);
	s->b.source = named;
	feed(&s->b, 1, 1000, 3, 0);
	s->b.source = hidden;
	feed(&s->b, 2, 1000, 3, 0);
	s->b.source = shown;
	fold_work(f, UINT64_MAX, SIZE_MAX);
	assert_int_equal(s->rows, 3);
	assert_int_equal(fold_window(f), UINT64_MAX);
	/* Nor what we did ourselves. */
	shown->own[0] = 100;
	feed(&s->b, 0, 2000, 3, 10);
	fold_work(f, UINT64_MAX, SIZE_MAX);
	assert_int_equal(s->rows, 3);
	fold_free(f);
	close_seen(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_once),
		cmocka_unit_test(test_newest_first),
		cmocka_unit_test(test_youngest_page_comes_first),
		cmocka_unit_test(test_horizon_goes_back),
		cmocka_unit_test(test_another_filter_and_another_store),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_losses_backwards),
		cmocka_unit_test(test_sources_that_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the follower sums up of the rows it gave and of those that a filter left out: their times
 * where the clock was set back inside a page, and what nobody chose.
 */
#include <stdlib.h>

#include "core/fold.h"
#include "tests/unit/store_fixture.h"

static void ignore(void *data, const struct row *r)
{
	(void)data;
	(void)r;
}

static const struct fold_ops ops = { .row = ignore };

/* ---- times ---- */

/* Fragments of one page, at these times: each is joined to the one before. */
static void check_times(const uint64_t *ts, unsigned count, size_t budget)
{
	struct fold_stats s;
	struct bench b;
	struct fold_conf c = { .ops = &ops };
	struct fold *f;

	bench_open(&b, 100);
	c.store = b.store;
	f = fold_new(&c);
	for (unsigned i = 0; i < count; i++) {
		feed(&b, 0, ts[i], 2, i * 2);
		if (budget)
			fold_work(f, UINT64_MAX, budget);
	}
	assert_null(run_page(store_run_at(b.store, 0), 1));
	while (fold_work(f, UINT64_MAX, budget ? budget : SIZE_MAX))
		continue;
	fold_stats(f, &s);
	assert_int_equal(s.rows, count * 2);
	assert_int_equal(s.first, 1000);
	assert_int_equal(s.last, 9010);
	fold_free(f);
	bench_close(&b);
}

static void test_times_that_fall(void **state)
{
	static const uint64_t times[][3] = {
		{ 1000, 5000, 9000 }, { 1000, 9000, 5000 }, { 5000, 9000, 1000 },
		{ 9000, 1000, 5000 }, { 9000, 5000, 1000 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(times); i++) {
		check_times(times[i], 3, 0);
		check_times(times[i], 3, 1);
	}
}

/* ---- what nobody chose ---- */

static void check_apart(const char *filter, const char *among, uint64_t hidden, uint64_t apart)
{
	struct fold_conf c = { .ops = &ops };
	struct filter *by = NULL;
	struct fold_stats s;
	struct bench b;
	struct fold *f;

	bench_open(&b, 100);
	assert_int_equal(filter_parse(filter, &c.filter, NULL), 0);
	by = c.filter;
	if (among)
		assert_int_equal(filter_parse(among, &c.among, NULL), 0);
	c.store = b.store;
	f = fold_new(&c);
	for (unsigned again = 0; again < 2; again++) {
		feed(&b, 0, 1000 + again * 5000, 10, again * 10);
		while (fold_work(f, UINT64_MAX, 1))
			continue;
	}
	for (unsigned again = 0; again < 2; again++) {
		fold_stats(f, &s);
		assert_int_equal(s.rows, 20 - hidden - apart);
		assert_int_equal(s.hidden, hidden);
		assert_int_equal(s.apart, apart);
		fold_restart(f, by); /* keeps what was chosen */
		fold_work(f, UINT64_MAX, SIZE_MAX);
	}
	fold_free(f);
	filter_free(by);
	filter_free(c.among);
	bench_close(&b);
}

static void test_what_nobody_chose(void **state)
{
	(void)state;
	check_apart("number < 5", NULL, 15, 0);
	check_apart("number < 5", "event == nosuch", 0, 15);
	check_apart("number < 5", "event != nosuch", 15, 0);
	check_apart("number < 5", "number < 7", 15, 0); /* some may pass */
	check_apart("number >= 0", "event == nosuch", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_that_fall),
		cmocka_unit_test(test_what_nobody_chose),
	};

	return cmocka_run_group_tests_name("fold_sums", tests, NULL, NULL);
}

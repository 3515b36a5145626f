/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of shown and hidden rows against a list, while pages leave the store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/window_fixture.h"

static void test_tally(void **state)
{
	static struct list l;
	struct bench b;
	struct tally t;
	struct budget budget;
	struct store_stats stats;
	uint64_t events = 0, all = 0;

	(void)state;
	bench_open(&b, SMALL);
	feed_all(&b, 30);
	tally_init(&t, b.store);
	set_filter(&b, "tid == 101");
	tally_restart(&t);
	budget = budget_new(5, UINT32_MAX);
	/* A page at least, and not much more than the budget. */
	assert_true(tally_work(&t, &(struct sieve) { b.filter, b.identity }, b.now, &budget));
	assert_in_range(t.shown + t.hidden, 1, 100);
	assert_false(t.complete);
	for (unsigned round = 0; round < 400; round++) {
		struct sieve s = { .filter = b.filter, .identity = b.identity };

		feed_all(&b, 4);
		do
			budget = budget_new(7, UINT32_MAX);
		while (tally_work(&t, &s, b.now, &budget) || !t.complete);
	}
	store_stats(b.store, &stats);
	assert_true(stats.evicted_pages > 100);
	list_all(&b, &l);
	for (unsigned i = 0; i < l.count; i++)
		events += !(l.v[i].row.flags & ROW_LOSS);
	assert_int_equal(t.shown, events);
	set_filter(&b, NULL);
	list_all(&b, &l);
	for (unsigned i = 0; i < l.count; i++)
		all += !(l.v[i].row.flags & ROW_LOSS);
	assert_int_equal(t.shown + t.hidden, all);
	/* The directory knows the same, for every time. */
	assert_int_equal(events_arrived(b.store), b.number);
	for (unsigned i = 0, n = 0; i < l.count; i++) {
		if (l.v[i].row.flags & ROW_LOSS)
			continue;
		n++;
		assert_int_equal(events_until(b.store, l.v[i].row.ts), b.number - all + n);
	}
	tally_done(&t);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tally),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

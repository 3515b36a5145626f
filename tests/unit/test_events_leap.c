/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next row that passes, found with leaps over pages, against the same found row by row: in both
 * directions, from everywhere, with budgets of every size, while the store grows and loses pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/window_fixture.h"

#define CPUS   3
#define ROUNDS 3000

/* A store whose CPUs have clocks of their own: times are equal, and pages overlap in every way. */
struct world {
	struct bench b;
	uint64_t clock[CPUS];
	uint32_t falls; /* a clock is set back now and then, by so much */
};

static void advance(struct world *w, unsigned cpu)
{
	struct bench *b = &w->b;
	struct run *r = store_run(b->store, b->source, (uint16_t)cpu);
	struct fragment_maker m;
	unsigned n = random_below(b, 9);

	if (!random_below(b, 9))
		store_lost(b->store, r, 1 + random_below(b, 9));
	if (!random_below(b, 3))
		w->clock[cpu] = MAX(w->clock[cpu], b->now) + random_below(b, 500);
	if (w->falls && !random_below(b, 40))
		w->clock[cpu] -= random_below(b, w->falls);
	fragment_begin(&m, store_room(b->store, NULL), w->clock[cpu]);
	for (unsigned i = 0; i < n; i++) {
		w->clock[cpu] += random_below(b, 4) * 10;
		fragment_add(&m, w->clock[cpu], 100 + (int)random_below(b, 3), b->number++);
	}
	assert_int_equal(store_commit(b->store, r, PAGE, NULL), n);
	b->now = MAX(b->now, w->clock[cpu]);
}

static void world_open(struct world *w, unsigned pages)
{
	*w = (struct world) { 0 };
	bench_open(&w->b, pages);
	for (unsigned i = 0; i < CPUS; i++)
		w->clock[i] = 1000;
}

/* Filters that let through much, little, what is in one place, and nothing. */
static void another_filter(struct world *w)
{
	struct bench *b = &w->b;
	uint64_t at = random_below(b, (uint32_t)b->number);
	char text[128];

	switch (random_below(b, 5)) {
	case 0:
		snprintf(text, sizeof(text), "number == %llu", (unsigned long long)at);
		break;
	case 1:
		snprintf(text, sizeof(text), "number >= %llu and number < %llu and lost == 0",
			 (unsigned long long)at, (unsigned long long)at + 20);
		break;
	case 2:
		snprintf(text, sizeof(text), "tid == 101 and cpu == 2 and number < %llu",
			 (unsigned long long)at);
		break;
	case 3:
		snprintf(text, sizeof(text), "lost > 7");
		break;
	default:
		snprintf(text, sizeof(text), "number > %llu and cpu == 1",
			 (unsigned long long)b->number - at / 4);
	}
	set_filter(b, text);
}

/* A walk in one direction: both ways of it find the same rows until there are none. */
struct way {
	struct cursor *cursor;
	struct sieve sieve;
	bool back;
	uint64_t floor, limit;
};

static enum step next(struct world *w, struct way *way, unsigned rows, struct row *r)
{
	enum step step;

	do {
		struct budget budget =
		    budget_new(rows ? 1 + random_below(&w->b, rows) : UINT32_MAX, UINT32_MAX);

		step = way->back ? sieve_prev(&way->sieve, way->cursor, way->floor, way->limit,
					      &budget, r)
				 : sieve_next(&way->sieve, way->cursor, way->limit, &budget, r);
	} while (step == STEP_SPENT);
	return step;
}

static unsigned check_way(struct world *w, struct way *leaps, struct way *plain)
{
	uint64_t ts = 900 + random_below(&w->b, (uint32_t)(w->b.now - 900) + 50);
	unsigned found = 0, rows = random_below(&w->b, 2) * 40;

	leaps->back = random_below(&w->b, 2);
	leaps->limit =
	    leaps->back ? ts + random_below(&w->b, 3) - 1 : w->b.now - random_below(&w->b, 400);
	leaps->floor = random_below(&w->b, 2) ? 0 : ts - random_below(&w->b, 600);
	leaps->sieve = w->b.win.sieve;
	cursor_seek(leaps->cursor, ts);
	cursor_seek(plain->cursor, ts);
	*plain =
	    (struct way) { plain->cursor, leaps->sieve, leaps->back, leaps->floor, leaps->limit };
	plain->sieve.tally = NULL;
	for (;;) {
		struct row a, b;
		enum step step = next(w, plain, 0, &b);

		assert_int_equal(next(w, leaps, rows, &a), step);
		if (step != STEP_ROW)
			return found;
		assert_int_equal(row_compare(&a, &b), 0);
		assert_int_equal(a.flags & ROW_LOSS, b.flags & ROW_LOSS);
		found++;
	}
}

static void check_world(struct world *w)
{
	struct way leaps = { .cursor = cursor_new(w->b.store, CURSOR_LOSSES) };
	struct way plain = { .cursor = cursor_new(w->b.store, CURSOR_LOSSES) };
	unsigned found = 0, none = 0;

	for (unsigned i = 0; i < 200; i++)
		advance(w, random_below(&w->b, CPUS));
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned n;

		if (!random_below(&w->b, 8))
			another_filter(w);
		if (!random_below(&w->b, 4))
			advance(w, random_below(&w->b, CPUS));
		w->b.tally.leap = 1 + random_below(&w->b, 8);
		w->b.tally.horizon = random_below(&w->b, 3) ? w->b.now : 0;
		n = check_way(w, &leaps, &plain);
		found += n;
		none += !n;
	}
	assert_true(found > ROUNDS && none > ROUNDS / 10);
	cursor_free(leaps.cursor);
	cursor_free(plain.cursor);
	bench_close(&w->b);
}

static void test_leaps(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, LARGE);
	check_world(&w);
}

static void test_pages_leave(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, 120);
	check_world(&w);
}

static void test_clock_falls(void **state)
{
	struct world w;

	(void)state;
	for (uint32_t falls = 8; falls <= 128; falls *= 4) {
		world_open(&w, LARGE);
		w.falls = falls;
		check_world(&w);
	}
}

/* Where a clock fell within a page, the last row that passes is not the latest. */
static void test_clock_falls_within_a_page(void **state)
{
	static const uint64_t times[][2] = { { 1000, 2000 }, { 1500, 1600 } };
	struct budget budget = budget_new(100000, UINT32_MAX);
	struct fragment_maker m;
	struct world w;
	struct row r;

	(void)state;
	world_open(&w, LARGE);
	for (unsigned i = 0; i < 2; i++) {
		fragment_begin(&m, store_room(w.b.store, NULL), times[i][0]);
		for (unsigned k = 0; k < 2; k++)
			fragment_add(&m, times[i][k], 101, w.b.number++);
		store_commit(w.b.store, store_run(w.b.store, w.b.source, 0), PAGE, NULL);
	}
	w.clock[0] = 10000;
	for (unsigned i = 0; i < 50; i++)
		advance(&w, 0);
	set_filter(&w.b, "number < 4");
	cursor_seek(w.b.win.tail, UINT64_MAX);
	for (unsigned i = 4; i-- > 0;) {
		do
			assert_int_equal(
			    sieve_prev(&w.b.win.sieve, w.b.win.tail, 0, UINT64_MAX, &budget, &r),
			    STEP_ROW);
		while (r.flags & ROW_LOSS);
		assert_int_equal(r.ts, times[i / 2][i % 2]);
	}
	bench_close(&w.b);
}

/* What a leap has looked at is counted, and looked at once. */
static void test_pages_are_remembered(void **state)
{
	struct budget budget = budget_new(100000, UINT32_MAX);
	struct world w;
	uint32_t first, second;
	struct row r;

	(void)state;
	world_open(&w, LARGE);
	for (unsigned i = 0; i < 300; i++)
		advance(&w, i % CPUS);
	set_filter(&w.b, "number == 999999 and lost == 0");
	for (unsigned i = 0; i < 2; i++) {
		cursor_seek(w.b.win.tail, w.b.now);
		first = budget.rows;
		assert_int_equal(
		    sieve_prev(&w.b.win.sieve, w.b.win.tail, 0, UINT64_MAX, &budget, &r), STEP_END);
		second = first - budget.rows;
		assert_true(i ? second < 20 : second > 100);
	}
	assert_true(w.b.tally.hidden > w.b.number - 60);
	assert_int_equal(w.b.tally.shown, 0);
	bench_close(&w.b);
}

/* A page of a quiet CPU with rows that pass at both its ends, and many on others that do not. */
static void fill_around(struct world *w)
{
	struct bench *b = &w->b;
	struct fragment_maker m;

	for (unsigned i = 0; i < 500; i++) {
		if (i % 499 == 0) {
			fragment_begin(&m, store_room(b->store, NULL), b->now);
			fragment_add(&m, b->now, 101, i);
			store_commit(b->store, store_run(b->store, b->source, 2), PAGE, NULL);
		}
		b->number = 1000;
		feed(b, i % 2, 5);
	}
}

static uint32_t cost(struct world *w, bool back, uint64_t number)
{
	struct budget budget = budget_new(100000, UINT32_MAX);
	struct sieve *s = &w->b.win.sieve;
	struct cursor *c = w->b.win.tail;
	enum step step;
	struct row r;

	step = back ? sieve_prev(s, c, 0, w->b.now, &budget, &r)
		    : sieve_next(s, c, w->b.now, &budget, &r);
	assert_int_equal(step, STEP_ROW);
	assert_int_equal(load_u64(r.rec + 8), number);
	return 100000 - budget.rows;
}

static void test_a_long_page_is_no_obstacle(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, LARGE);
	fill_around(&w);
	set_filter(&w.b, "number < 1000");
	for (unsigned i = 0; i < 2; i++) {
		w.b.tally.horizon = i ? w.b.now : 0;
		cursor_seek(w.b.win.tail, w.b.now);
		cost(&w, true, 499);
		assert_true(cost(&w, true, 0) < 1000); /* of 2,500 rows */
		cursor_seek(w.b.win.tail, 0);
		cost(&w, false, 0);
		assert_true(cost(&w, false, 499) < 1000);
	}
	bench_close(&w.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaps),
		cmocka_unit_test(test_pages_leave),
		cmocka_unit_test(test_clock_falls),
		cmocka_unit_test(test_clock_falls_within_a_page),
		cmocka_unit_test(test_pages_are_remembered),
		cmocka_unit_test(test_a_long_page_is_no_obstacle),
	};

	return cmocka_run_group_tests_name("events_leap", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heat: against the list of everything that was counted, in whatever order it came.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/arena.h"
#include "core/heat.h"
#include "core/util.h"

#define VALUES 20000

struct value {
	uint64_t ts;
	wide_t v;
};

static uint64_t seed = 11;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dULL;
}

/* Times that go on, go back, or are anywhere. */
static void make(struct value *all, unsigned kind)
{
	uint64_t ts = kind == 1 ? (uint64_t)VALUES << 20 : 1000;

	for (unsigned i = 0; i < VALUES; i++) {
		uint64_t step = next_random() >> (44 + next_random() % 20);

		ts = kind == 0 ? ts + step : kind == 1 ? ts - step : next_random() >> 20;
		all[i] = (struct value) { ts, (wide_t)(next_random() >> (next_random() & 63)) };
		if (next_random() & 1)
			all[i].v = -all[i].v;
	}
}

static void check_range(const struct heat *h, const struct value *all, uint64_t from, uint64_t to)
{
	struct loghist got = { 0 };
	uint64_t count = 0;
	wide_t sum = 0, least = 0, greatest = 0;

	for (unsigned i = 0; i < VALUES; i++) {
		if (all[i].ts < from || all[i].ts >= to)
			continue;
		least = count ? MIN(least, all[i].v) : all[i].v;
		greatest = count ? MAX(greatest, all[i].v) : all[i].v;
		sum += all[i].v;
		count++;
	}
	heat_sum(h, from, to, &got);
	assert_int_equal(got.total, count);
	assert_true(got.sum == sum);
	if (count)
		assert_true(got.least == least && got.greatest == greatest);
	loghist_done(&got);
}

/* All, and ranges that slots begin and end. */
static void check(const struct heat *h, const struct value *all)
{
	struct heat_stats s;

	heat_stats(h, &s);
	assert_int_equal(s.counted, VALUES);
	check_range(h, all, 0, UINT64_MAX);
	for (unsigned i = 0; i < 50; i++) {
		uint64_t slots = (s.to - s.from) / s.step, a = next_random() % (slots + 1),
			 b = next_random() % (slots + 1);

		check_range(h, all, s.from + MIN(a, b) * s.step, s.from + MAX(a, b) * s.step);
	}
}

static struct heat *fill(const struct heat_conf *c, const struct value *all)
{
	struct heat *h = heat_new(c);

	for (unsigned i = 0; i < VALUES; i++)
		heat_add(h, all[i].ts, all[i].v);
	return h;
}

static void test_exact(void **state)
{
	struct value *all = xcalloc(VALUES, sizeof(*all));

	for (unsigned kind = 0; kind < 3; kind++) {
		for (uint32_t slots = 1; slots < 2000; slots = slots * 3 + 1) {
			struct heat_conf c = { .to = UINT64_MAX,
					       .step = 1 + slots % 7,
					       .slots = slots };
			struct heat *h;
			struct heat_stats s;

			make(all, kind);
			h = fill(&c, all);
			check(h, all);
			heat_stats(h, &s);
			/* Halved as often as it must be: the step is the first by a power of two,
			 * and with half of it there would be too many. */
			assert_int_equal(s.step % c.step, 0);
			assert_true(!(s.step / c.step & (s.step / c.step - 1)));
			assert_true((s.to - s.from) / s.step <= slots);
			if (s.step > c.step)
				assert_true((s.to - s.from) / (s.step / 2) > slots);
			heat_free(h);
		}
	}
	free(all);
}

/* A small bound on memory makes slots longer, and nothing else. */
static void test_memory(void **state)
{
	struct value *all = xcalloc(VALUES, sizeof(*all));
	struct heat_conf c = { .to = UINT64_MAX, .step = 1, .slots = 4096, .memory = 200000 };
	struct heat_stats much, little;
	struct heat *h;

	make(all, 0);
	h = fill(&c, all);
	check(h, all);
	heat_stats(h, &little);
	heat_free(h);
	c.memory = 1u << 30;
	h = fill(&c, all);
	heat_stats(h, &much);
	assert_true(little.step > much.step);
	heat_free(h);
	free(all);
}

static void test_bounds(void **state)
{
	struct heat_conf c = { .from = 100, .to = 200, .step = 10, .slots = 100 };
	struct heat *h = heat_new(&c);
	struct heat_stats s;
	struct loghist got = { 0 };

	for (uint64_t ts = 0; ts < 300; ts++)
		heat_add(h, ts, (wide_t)ts);
	heat_stats(h, &s);
	assert_int_equal(s.counted, 100);
	assert_int_equal(s.outside, 200);
	assert_true(s.least == 100 && s.greatest == 199);
	/* What begins before the range is not of it. */
	heat_sum(h, 105, 125, &got);
	assert_int_equal(got.total, 20);
	assert_true(got.least == 110 && got.greatest == 129);
	loghist_done(&got);
	/* Whole slots go, and stay away. */
	heat_forget(h, 155);
	heat_add(h, 149, 1);
	heat_add(h, 150, 1);
	heat_stats(h, &s);
	assert_int_equal(s.counted, 51);
	assert_int_equal(s.outside, 201);
	assert_int_equal(s.from, 150);
	heat_begin(h, 0, UINT64_MAX, 1);
	heat_add(h, 5, 7);
	heat_stats(h, &s);
	assert_int_equal(s.counted, 1);
	assert_int_equal(s.step, 1);
	assert_true(s.least == 7 && s.greatest == 7);
	heat_free(h);
}

/* Everything is forgotten, and what comes then is found. */
static void test_forget_all(void **state)
{
	struct heat_conf c = { .to = UINT64_MAX, .step = 10, .slots = 4 };
	struct heat *h = heat_new(&c);
	struct heat_stats s;

	for (uint64_t ts = 0; ts < 40; ts++)
		heat_add(h, ts, 1);
	heat_forget(h, 1000);
	heat_stats(h, &s);
	assert_int_equal(s.counted, 0);
	heat_add(h, 1005, 2);
	heat_stats(h, &s);
	assert_int_equal(s.counted, 1);
	assert_int_equal(s.step, 10);
	assert_int_equal(s.from, 1000);
	heat_free(h);
}

static void test_changed(void **state)
{
	struct heat_conf c = { .to = UINT64_MAX, .step = 10, .slots = 4 };
	struct heat *h = heat_new(&c);

	assert_int_equal(heat_changed(h), 0); /* all is new */
	assert_true(heat_changed(h) == UINT64_MAX);
	heat_add(h, 25, 1);
	heat_add(h, 15, 1);
	heat_add(h, 35, 1);
	assert_int_equal(heat_changed(h), 15);
	assert_true(heat_changed(h) == UINT64_MAX);
	heat_add(h, 60, 1); /* further than four slots: they are joined */
	assert_int_equal(heat_changed(h), 0);
	heat_forget(h, 40);
	assert_int_equal(heat_changed(h), 0);
	heat_forget(h, 40);
	assert_true(heat_changed(h) == UINT64_MAX);
	heat_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),	cmocka_unit_test(test_memory),
		cmocka_unit_test(test_bounds),	cmocka_unit_test(test_forget_all),
		cmocka_unit_test(test_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

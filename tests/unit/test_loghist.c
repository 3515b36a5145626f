/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loghist: against the sorted numbers themselves, over all widths and signs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/arena.h"
#include "core/loghist.h"
#include "core/util.h"

#define VALUES 20000

static uint64_t seed = 1;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dULL;
}

/* Kinds of numbers: all widths, one octave, signed ones, few different ones, times. */
static wide_t random_value(unsigned kind)
{
	uint64_t v = next_random();

	switch (kind) {
	case 0:
		return v >> (v & 63);
	case 1:
		return 1000 + v % 500;
	case 2:
		return (int64_t)v >> (next_random() & 63);
	case 3:
		return (wide_t)(v % 7) - 3;
	default:
		return 1700000000000000000 + (wide_t)(v % 1000000007);
	}
}

static int compare_wide(const void *a, const void *b)
{
	wide_t x = *(const wide_t *)a, y = *(const wide_t *)b;

	return (x > y) - (x < y);
}

static wide_t size_of(wide_t v)
{
	return v < 0 ? -v : v;
}

/* Nearer than 0.8 percent of what it should be; exact where numbers are small. */
static void assert_near(wide_t got, wide_t want)
{
	wide_t error = size_of(got - want);

	if (size_of(want) < 64)
		assert_true(error == 0);
	assert_true(error * 1000 <= size_of(want) * 8);
}

static const double quantiles[] = { 0,	 0.001, 0.01, 0.07,  0.1,    0.25,    0.5,
				    0.9, 0.95,	0.99, 0.999, 0.9999, 0.99999, 1 };

static size_t rank(double q, size_t count)
{
	size_t r = 0;

	/* The least r with r / count >= q, by whole numbers: q is a multiple of 0.00001. */
	while (r < count && (uint64_t)r * 100000 < (uint64_t)(q * 100000 + 0.5) * count)
		r++;
	return MAX(r, 1);
}

static void check_against(const struct loghist *h, const wide_t *sorted, size_t count)
{
	wide_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += sorted[i];
	assert_true(h->total == count);
	assert_true(h->sum == sum);
	assert_true(h->least == sorted[0]);
	assert_true(h->greatest == sorted[count - 1]);
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++)
		assert_near(loghist_quantile(h, quantiles[i]),
			    sorted[rank(quantiles[i], count) - 1]);
	assert_true(loghist_quantile(h, 1) == sorted[count - 1]);
	assert_true(loghist_quantile(h, 0) == sorted[0]);
}

struct walked {
	const wide_t *sorted;
	size_t count, at;
	wide_t before;
};

/* Every part says how many of the sorted numbers are in it, and leaves none out. */
static void walk_part(wide_t lo, wide_t hi, uint64_t n, void *data)
{
	struct walked *w = data;
	wide_t l, g;

	assert_true(lo <= hi && lo > w->before);
	assert_true((hi - lo) * 64 <= MAX(size_of(lo), size_of(hi)));
	w->before = hi;
	for (uint64_t i = 0; i < n; i++, w->at++) {
		assert_true(w->at < w->count);
		assert_true(w->sorted[w->at] >= lo && w->sorted[w->at] <= hi);
		loghist_part(w->sorted[w->at], &l, &g);
		assert_true(l == lo && g == hi);
	}
	assert_true(w->at == w->count || w->sorted[w->at] > hi);
}

static void check_parts(const struct loghist *h, const wide_t *sorted, size_t count)
{
	struct walked w = { sorted, count, 0, -((wide_t)1 << 100) };

	loghist_each(h, walk_part, &w);
	assert_true(w.at == count);
}

static void test_random(void **state)
{
	wide_t *v = xcalloc(VALUES, sizeof(*v));

	(void)state;
	for (unsigned kind = 0; kind < 5; kind++) {
		static const size_t sizes[] = { 1, 2, 3, 100, 1000, VALUES };

		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct loghist h = { 0 };

			for (size_t k = 0; k < sizes[i]; k++)
				loghist_add(&h, v[k] = random_value(kind), 1);
			qsort(v, sizes[i], sizeof(*v), compare_wide);
			check_against(&h, v, sizes[i]);
			check_parts(&h, v, sizes[i]);
			loghist_done(&h);
		}
	}
	free(v);
}

static void test_merge(void **state)
{
	wide_t *v = xcalloc(VALUES, sizeof(*v));

	(void)state;
	for (unsigned kind = 0; kind < 5; kind++) {
		struct loghist part[3] = { 0 }, all = { 0 };

		for (size_t k = 0; k < VALUES; k++) {
			v[k] = random_value(k % 3 == 1 ? 2 : kind);
			loghist_add(&part[k % 3], v[k], 1);
		}
		for (size_t i = 0; i < 3; i++) {
			loghist_merge(&all, &part[i]);
			loghist_done(&part[i]);
			loghist_merge(&all, &part[i]); /* an empty one changes nothing */
		}
		qsort(v, VALUES, sizeof(*v), compare_wide);
		check_against(&all, v, VALUES);
		check_parts(&all, v, VALUES);
		loghist_done(&all);
	}
	free(v);
}

static void test_extremes(void **state)
{
	wide_t v[] = { INT64_MIN,
		       -(wide_t)INT64_MAX,
		       -65,
		       -64,
		       -63,
		       -1,
		       0,
		       1,
		       63,
		       64,
		       65,
		       127,
		       INT64_MAX,
		       (wide_t)INT64_MAX + 1,
		       UINT64_MAX - 1,
		       UINT64_MAX };
	struct loghist h = { 0 };

	(void)state;
	assert_true(loghist_quantile(&h, 0.5) == 0);
	assert_int_equal(loghist_bytes(&h), 0);
	for (size_t i = ARRAY_SIZE(v); i-- > 0;)
		loghist_add(&h, v[i], 1);
	check_against(&h, v, ARRAY_SIZE(v));
	check_parts(&h, v, ARRAY_SIZE(v));
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		wide_t lo, hi;

		loghist_part(v[i], &lo, &hi);
		assert_true(lo <= v[i] && v[i] <= hi);
		if (size_of(v[i]) < 128)
			assert_true(lo == hi);
	}
	loghist_done(&h);
	assert_true(h.total == 0);
}

/* Parts next to each other leave no gap, at every power of two. */
static void test_parts_meet(void **state)
{
	wide_t lo, hi, next, end;

	(void)state;
	for (wide_t v = 0; v <= UINT64_MAX; v = hi + 1) {
		loghist_part(v, &lo, &hi);
		assert_true(lo == v);
		loghist_part(hi, &next, &end);
		assert_true(next == lo && end == hi);
		loghist_part(-v - 1, &next, &end);
		assert_true(-end <= v + 1 && v + 1 <= -next);
	}
}

static void test_no_wrap(void **state)
{
	struct loghist h = { 0 }, twice = { 0 };

	(void)state;
	loghist_add(&h, 5, 0);
	assert_true(h.total == 0 && !h.count);
	loghist_add(&h, 7, UINT64_MAX - 1);
	loghist_add(&h, UINT64_MAX, 1);
	assert_true(h.total == UINT64_MAX);
	assert_true(h.sum == (wide_t)7 * (UINT64_MAX - 1) + UINT64_MAX);
	assert_true(loghist_quantile(&h, 0.99) == 7);
	loghist_add(&h, 8, 100);
	assert_true(h.total == UINT64_MAX);
	loghist_merge(&twice, &h);
	loghist_merge(&twice, &h);
	assert_true(twice.total == UINT64_MAX);
	assert_true(loghist_quantile(&twice, 0.5) == 7);
	loghist_done(&twice);
	loghist_add(&twice, UINT64_MAX, INT64_MAX - 1);
	assert_true(twice.sum == (wide_t)UINT64_MAX * (INT64_MAX - 1));
	loghist_add(&twice, UINT64_MAX, UINT64_MAX); /* more than there is room for */
	assert_true(twice.sum > (wide_t)UINT64_MAX * (INT64_MAX - 1));
	loghist_done(&h);
	loghist_done(&twice);
}

/* A part that gets more than its 16 bits hold, at once and one by one. */
static void test_many(void **state)
{
	struct loghist h = { 0 };

	(void)state;
	for (unsigned i = 0; i < 200000; i++)
		loghist_add(&h, 1000, 1);
	loghist_add(&h, 1001, 65535);
	loghist_add(&h, 1001, 65537);
	loghist_add(&h, 2000, 331072);
	assert_true(h.total == 662144);
	assert_true(h.sum == (wide_t)1000 * 200000 + (wide_t)1001 * 131072 + (wide_t)2000 * 331072);
	assert_near(loghist_quantile(&h, 0.5), 1001);
	assert_near(loghist_quantile(&h, 0.5 + 2e-6), 2000);
	loghist_done(&h);
}

/* A group that saw little takes little. */
static void test_memory(void **state)
{
	struct loghist h = { 0 };

	(void)state;
	for (unsigned i = 0; i < 60000; i++)
		loghist_add(&h, 100000 + i, 1);
	assert_true(loghist_bytes(&h) < 400);
	loghist_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	 cmocka_unit_test(test_merge),
		cmocka_unit_test(test_extremes), cmocka_unit_test(test_parts_meet),
		cmocka_unit_test(test_no_wrap),	 cmocka_unit_test(test_many),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

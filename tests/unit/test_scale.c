/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scale: every part begins where the one before ends, holds its values and no others, and is cut as
 * coarse as it must be and no coarser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/scale.h"
#include "core/util.h"

static uint64_t seed = 7;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dULL;
}

static const struct scale scales[] = {
	{ 6, 1 }, { 5, 1 }, { 3, 1 }, { 1, 1 }, { 0, 1 }, { 0, 2 }, { 0, 5 }, { 0, 64 },
};

static void check_part(struct scale s, int32_t part)
{
	wide_t first = scale_first(s, part), last = scale_last(s, part);

	assert_true(first <= last);
	assert_true(scale_first(s, part + 1) == last + 1);
	assert_int_equal(scale_at(s, first), part);
	assert_int_equal(scale_at(s, last), part);
	assert_int_equal(scale_at(s, first + (last - first) / 3), part);
	assert_true(scale_first(s, -part) == -last && scale_last(s, -part) == -first);
}

static void test_parts(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(scales); i++) {
		int32_t most = scale_at(scales[i], (wide_t)UINT64_MAX);

		for (int32_t part = -most; part < most; part++)
			check_part(scales[i], part);
		assert_int_equal(scale_at(scales[i], 0), 0);
		assert_true(scale_first(scales[i], 0) == 0 && scale_last(scales[i], 0) == 0);
	}
}

/* 0, 1, 2-3, 4-7 and so on; and with two parts to each power of two. */
static void test_known(void **state)
{
	static const wide_t ones[] = { 0, 1, 2, 4, 8, 16 }, twos[] = { 0, 1, 2, 3, 4, 6, 8, 12 };
	static const wide_t joined[] = { 0, 1, 4, 16, 64 };

	for (size_t i = 0; i < ARRAY_SIZE(ones); i++)
		assert_true(scale_first((struct scale) { 0, 1 }, (int32_t)i) == ones[i]);
	for (size_t i = 0; i < ARRAY_SIZE(twos); i++)
		assert_true(scale_first((struct scale) { 1, 1 }, (int32_t)i) == twos[i]);
	for (size_t i = 0; i < ARRAY_SIZE(joined); i++)
		assert_true(scale_first((struct scale) { 0, 2 }, (int32_t)i) == joined[i]);
}

/* Whoever counts in loghist's parts counts right in those of every scale. */
static void test_loghist(void **state)
{
	for (unsigned n = 0; n < 20000; n++) {
		wide_t v = (wide_t)(next_random() >> (next_random() & 63)), lo, hi;

		v = n & 1 ? -v : v;
		loghist_part(v, &lo, &hi);
		for (size_t i = 0; i < ARRAY_SIZE(scales); i++)
			assert_int_equal(scale_at(scales[i], lo), scale_at(scales[i], hi));
		assert_true(scale_first(scales[0], scale_at(scales[0], v)) == lo);
		assert_true(scale_last(scales[0], scale_at(scales[0], v)) == hi);
	}
}

static void test_fit(void **state)
{
	for (unsigned n = 0; n < 20000; n++) {
		wide_t a = (wide_t)(next_random() >> (next_random() & 63));
		wide_t b = (wide_t)(next_random() >> (next_random() & 63));
		uint32_t parts = 3 + (uint32_t)(next_random() % 200);
		struct scale s, finer;

		a = n % 3 ? a : -a;
		s = scale_fit(MIN(a, b), MAX(a, b), parts);
		assert_in_range(scale_count(s, MIN(a, b), MAX(a, b)), 1, parts);
		if (s.log == SCALE_FINEST)
			continue;
		finer = s.merge > 1 ? (struct scale) { 0, (uint8_t)(s.merge - 1) }
				    : (struct scale) { (uint8_t)(s.log + 1), 1 };
		assert_true(scale_count(finer, MIN(a, b), MAX(a, b)) > parts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_loghist),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

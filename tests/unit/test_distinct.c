/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many different values: exact while they are few, within 2 percent for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/distinct.h"

static void add_range(struct distinct *d, uint64_t from, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		distinct_add(d, distinct_mix(from + i));
}

static void check_about(const struct distinct *d, uint64_t want)
{
	double error = (double)distinct_count(d) / (double)want - 1;

	if (error > 0.02 || error < -0.02)
		fail_msg("%llu of %llu", (unsigned long long)distinct_count(d),
			 (unsigned long long)want);
}

static void test_exact(void **state)
{
	struct distinct d = { 0 };

	(void)state;
	assert_int_equal(distinct_count(&d), 0);
	for (uint64_t n = 1; n <= DISTINCT_EXACT; n++) {
		distinct_add(&d, distinct_mix(n - 1)); /* 0 is mixed to 0 */
		distinct_add(&d, distinct_mix((n - 1) / 2));
		assert_int_equal(distinct_count(&d), n);
		assert_false(d.about);
	}
	assert_true(distinct_bytes(&d) <= 32768);
	distinct_done(&d);
	assert_int_equal(distinct_count(&d), 0);
	assert_int_equal(distinct_bytes(&d), 0);
}

/* Numbers that follow one another, in steps, and high bits alone: all are spread. */
static void test_about(void **state)
{
	static const unsigned shifts[] = { 0, 3, 16, 40 };

	(void)state;
	for (unsigned s = 0; s < 4; s++) {
		struct distinct d = { 0 };
		uint64_t next = 3000;

		for (uint64_t n = 1; n <= 1000000; n++) {
			distinct_add(&d, distinct_mix((n - 1) << shifts[s]));
			if (n < next)
				continue;
			check_about(&d, n);
			next += next / 4;
		}
		assert_true(d.about);
		assert_true(distinct_bytes(&d) <= 32768);
		distinct_done(&d);
	}
}

static void test_merge(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 100, 2000, 3000, 20000, 300000 };

	(void)state;
	for (unsigned a = 0; a < 7; a++) {
		for (unsigned b = 0; b < 7; b++) {
			struct distinct x = { 0 }, y = { 0 };
			/* half of the smaller one is in both */
			uint64_t both = (sizes[a] < sizes[b] ? sizes[a] : sizes[b]) / 2;
			uint64_t want = sizes[a] + sizes[b] - both;

			add_range(&x, 0, sizes[a]);
			add_range(&y, sizes[a] - both, sizes[b]);
			distinct_merge(&x, &y);
			if (want <= DISTINCT_EXACT)
				assert_int_equal(distinct_count(&x), want);
			else
				check_about(&x, want);
			assert_int_equal(x.about, want > DISTINCT_EXACT);
			distinct_done(&x);
			distinct_done(&y);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

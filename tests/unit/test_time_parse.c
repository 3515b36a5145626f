/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times that people type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/time_parse.h"
#include "core/util.h"

#define NEAR (100 * NSEC_PER_SEC)

static void test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t base, want;
	} t[] = {
		{ "12.5", 0, 12500000000 },
		{ "12.000000001", 0, 12000000001 },
		{ "12.5", 1000, 12500001000 },
		{ ".5", 0, 500000000 },
		{ "+1.5", 1000, NEAR + 1500000000 },
		{ "-1.5", 1000, NEAR - 1500000000 },
		{ "+200ms", 0, NEAR + 200000000 },
		{ "-3us", 0, NEAR - 3000 },
		{ "+7ns", 0, NEAR + 7 },
		{ "-500", 0, 0 }, /* before the beginning of time */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct time_frame f = { .near = NEAR, .base = t[i].base };
		uint64_t v = 1;

		assert_int_equal(time_parse(t[i].text, &f, &v, NULL), 0);
		assert_int_equal(v, t[i].want);
	}
}

static void test_nonsense(void **state)
{
	static const char *const t[] = { "",	  "x",	   "+",		 "-",	"5ms",
					 "+5min", "1e3",   "1.2.3",	 "12:", "12:x",
					 "25:00", "12:60", "99999999999" };
	struct time_frame f = { .near = NEAR };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct err e = ERR_INIT;
		uint64_t v;

		assert_true(time_parse(t[i], &f, &v, &e) < 0);
		assert_true(e.text[0]);
	}
}

/* 2026-11-21 12:00:00 UTC is 100 s on the clock of the events. */
static void test_time_of_day(void **state)
{
	const uint64_t noon = 1795262400 * NSEC_PER_SEC;
	struct clock_map clocks = { 0 };
	struct time_frame f = { .near = NEAR, .clocks = &clocks };
	uint64_t v;

	(void)state;
	clock_map_add(&clocks, (struct clock_triple) { NEAR, noon, NEAR });
	assert_int_equal(time_parse("12:00:01.25", &f, &v, NULL), 0);
	assert_int_equal(v, NEAR + 1250000000);
	assert_int_equal(time_parse("12:01", &f, &v, NULL), 0);
	assert_int_equal(v, NEAR + 60 * NSEC_PER_SEC);
	assert_int_equal(time_parse("11:59:00", &f, &v, NULL), 0);
	assert_int_equal(v, NEAR - 60 * NSEC_PER_SEC);
	f.clocks = NULL;
	assert_true(time_parse("12:00", &f, &v, NULL) < 0);
	clock_map_done(&clocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_time_of_day),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

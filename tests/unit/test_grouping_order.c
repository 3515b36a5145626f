/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of very many groups: the first ones at once, all of them after a while, by any column
 * and either way up, whatever happens to the table meanwhile.
 */
#include "tests/unit/grouping_fixture.h"

#define MANY 20000

/* n from 0 to 19,999, once each, but the first hundred twice. */
static const char many[] = HEAD "cpu 0\nmany 20000 1000000000 1000 tick tid=7 n=$ text=t\n"
				"many 100 2000000000 1000 tick tid=7 n=$ text=t\n";

static uint64_t key_at(struct grouping *g, uint64_t place)
{
	struct group_value v;
	uint32_t row;

	assert_true(grouping_at(g, place, &row));
	group_value(g->shown, row, 0, &v);
	return (uint64_t)v.wide;
}

static uint64_t count_at(struct grouping *g, uint64_t place)
{
	struct group_value v;

	group_value(g->shown, g->order[place], 1, &v);
	return (uint64_t)v.wide;
}

/* By count, the most first; which of equals comes first is nobody's business. */
static void expect_counts(struct grouping *g, uint64_t places)
{
	for (uint64_t i = 0; i < places; i++) {
		assert_int_equal(count_at(g, i), i < 100 ? 2 : 1);
		assert_int_equal(key_at(g, i) < 100, i < 100);
	}
}

static void expect_each_once(struct grouping *g)
{
	uint8_t *seen = xcalloc(g->count, 1);

	for (uint32_t i = 0; i < g->count; i++) {
		assert_in_range(g->order[i], 0, g->count - 1);
		assert_int_equal(seen[g->order[i]]++, 0);
	}
	free(seen);
}

static void test_all_in_order(void **state)
{
	struct scene *s = open_scene(many);

	(void)state;
	ask(s, "n", "count");
	assert_int_equal(s->g.count, MANY);
	assert_false(s->g.sorting.runs);
	expect_counts(&s->g, MANY);
	expect_each_once(&s->g);
	grouping_sort(&s->g, 0, true);
	settle(s);
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(key_at(&s->g, i), MANY - 1 - i);
	close_scene(s);
}

/* What is looked at is right at once; what is behind it follows. */
static void test_the_first_at_once(void **state)
{
	struct scene *s = open_scene(many);

	(void)state;
	ask(s, "n", "count");
	grouping_sort(&s->g, 0, true);
	assert_true(s->g.sorting.runs);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(key_at(&s->g, i), MANY - 1 - i);
	expect_each_once(&s->g);
	grouping_sort(&s->g, 1, true); /* before it was done */
	expect_counts(&s->g, 200);
	expect_each_once(&s->g);
	settle(s);
	expect_counts(&s->g, MANY);
	expect_each_once(&s->g);
	close_scene(s);
}

/* Any number of rows, also those that are no power of two. */
static void test_every_count(void **state)
{
	static const unsigned counts[] = {
		1, 2, 3, 5, 255, 256, 257, 2047, 2048, 2049, 2305, 4097
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct scene *s;

		snprintf(text, sizeof(text), "%scpu 0\nmany %u 1000000000 1000 tick tid=7 n=$\n",
			 HEAD, counts[i]);
		s = open_scene(text);
		ask(s, "n", "count");
		assert_int_equal(s->g.count, counts[i]);
		grouping_sort(&s->g, 0, false);
		settle(s);
		for (unsigned k = 0; k < counts[i]; k++)
			assert_int_equal(key_at(&s->g, k), k);
		close_scene(s);
	}
}

/* What comes while an order is made is in the next one. */
static void test_rows_in_between(void **state)
{
	struct scene *s = open_scene(many);

	(void)state;
	is_slow = true;
	assert_int_equal(grouping_ask(&s->g, "n", "count", NULL), 0);
	for (unsigned i = 0; i < 50; i++)
		assert_true(grouping_work(&s->g, &s->t) & GROUPING_MORE);
	order_begin(&s->g);
	is_slow = false;
	settle(s);
	assert_int_equal(s->g.count, MANY);
	expect_each_once(&s->g);
	close_scene(s);
}

/* A table that is another one in the middle of it. */
static void test_filter_in_between(void **state)
{
	struct scene *s = open_scene(many);
	struct filter *f = NULL;

	(void)state;
	ask(s, "n", "count");
	grouping_sort(&s->g, 0, true);
	assert_true(s->g.sorting.runs);
	assert_int_equal(filter_parse("n < 3", &f, NULL), 0);
	grouping_filter(&s->g, f);
	settle(s);
	assert_int_equal(s->g.count, 3);
	assert_int_equal(key_at(&s->g, 0), 2);
	close_scene(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_in_order),	  cmocka_unit_test(test_the_first_at_once),
		cmocka_unit_test(test_every_count),	  cmocka_unit_test(test_rows_in_between),
		cmocka_unit_test(test_filter_in_between),
	};

	return cmocka_run_group_tests_name("grouping_order", tests, fixture_setup,
					   fixture_teardown);
}

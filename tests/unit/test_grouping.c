/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups as a model, over recordings: what is counted and in which order, what stands while the
 * filter changes, what is held, what is said of the numbers, and what is asked in words.
 *
 * Counting goes through the test, which can make it slow: so a table is seen half made.
 */
#include "tests/unit/grouping_fixture.h"

/* 60 ticks of seven, 30 of nine, 10 tocks of a hostile name; 40 events lost. */
static const char demo[] = HEAD "cpu 0\nmany 60 1000000000 1000000 tick tid=7 n=$ text=even\n"
				"lost 40\nmany 30 2000000000 1000000 tick tid=9 n=$ text=odd\n"
				"cpu 1\nmany 10 3000000000 1000000 tock tid=8 m=-$\n";

/* The rows as they stand, "a|b|3; c|d|1". */
static const char *rows_of(struct grouping *g)
{
	static char text[2048];
	struct strbuf b = { 0 };

	for (uint64_t i = 0; i < grouping_model.rows(g); i++) {
		strbuf_str(&b, i ? "; " : "");
		for (unsigned c = 0; c < g->column_count; c++) {
			struct table_cell cell = { .text = &b };

			strbuf_str(&b, c ? "|" : "");
			grouping_model.cell(g, i, c, &cell);
		}
	}
	snprintf(text, sizeof(text), "%s", strbuf_cstr(&b));
	strbuf_done(&b);
	return text;
}

typedef void (*say_fn)(const struct grouping *g, struct strbuf *out);

static const char *said(const struct grouping *g, say_fn say)
{
	static char text[512];
	struct strbuf b = { 0 };

	say(g, &b);
	snprintf(text, sizeof(text), "%s", strbuf_cstr(&b));
	strbuf_done(&b);
	return text;
}

static const char *counts_of(const struct grouping *g)
{
	static char text[128];
	struct strbuf b = { 0 };

	grouping_counts(g, "group", &b);
	snprintf(text, sizeof(text), "%s", strbuf_cstr(&b));
	strbuf_done(&b);
	return text;
}

/* ---- counting and order ---- */

static void test_counts_and_order(void **state)
{
	struct scene *s = open_scene(demo);

	(void)state;
	ask(s, "comm, event", "count");
	assert_string_equal(rows_of(&s->g), "seven|demo:tick|60; nine|demo:tick|30; "
					    "e\\x1b[2J|demo:tock|10");
	assert_string_equal(counts_of(&s->g), "3 groups of 100 rows");
	assert_true(s->g.complete);
	grouping_sort(&s->g, 2, false);
	assert_string_equal(rows_of(&s->g), "e\\x1b[2J|demo:tock|10; nine|demo:tick|30; "
					    "seven|demo:tick|60");
	/* Of equals the first key decides. */
	grouping_sort(&s->g, 1, false);
	assert_string_equal(rows_of(&s->g), "nine|demo:tick|30; seven|demo:tick|60; "
					    "e\\x1b[2J|demo:tock|10");
	assert_true(grouping_falls(&s->g, 2));
	assert_false(grouping_falls(&s->g, 0));
	/* Nothing new costs nothing. */
	assert_int_equal(grouping_work(&s->g, &s->t), 0);
	close_scene(s);
}

static void test_nobody_looks(void **state)
{
	struct scene *s = open_scene(demo);

	(void)state;
	s->t.seen = false;
	ask(s, "event", NULL);
	assert_null(s->g.fold);
	s->t.seen = true;
	settle(s);
	assert_int_equal(s->g.count, 2);
	/* Once begun it goes on though nobody looks, but makes no order. */
	s->t.seen = false;
	set_filter(s, "event == tock");
	settle(s);
	assert_true(s->g.complete);
	assert_int_equal(group_rows(s->g.table), 10);
	close_scene(s);
}

static void test_notes(void **state)
{
	struct scene *s = open_scene(demo);

	(void)state;
	ask(s, "m", "count");
	assert_string_equal(said(&s->g, grouping_notes),
			    "at least: 40 events lost; 90 rows have no m");
	assert_string_equal(counts_of(&s->g), "10 groups of 100 rows");
	set_filter(s, "event == tock");
	settle(s);
	assert_string_equal(counts_of(&s->g), "10 groups, 10 of 100 rows");
	close_scene(s);
}

/* ---- what stands while the filter changes ---- */

static const char crowd[] = HEAD "cpu 0\nmany 4000 1000000000 1000 tick tid=7 n=$ text=t\n"
				 "cpu 1\nmany 4000 1000000000 1000 tock tid=9 m=$\n";

static void test_old_table_stands(void **state)
{
	struct scene *s = open_scene(crowd);
	unsigned steps = 0;
	uint64_t turn;

	(void)state;
	ask(s, "comm", "count");
	assert_string_equal(rows_of(&s->g), "nine|4,000; seven|4,000");
	turn = s->g.turn;
	is_slow = true;
	set_filter(s, "comm == nine");
	grouping_work(&s->g, &s->t);
	assert_int_equal(s->g.turn, turn);
	while (grouping_work(&s->g, &s->t) & GROUPING_MORE) {
		steps++;
		assert_true(s->g.count > 0); /* never empty */
		assert_false(s->g.complete);
		assert_in_range(grouping_percent(&s->g), 0, 99);
		if (s->g.turn == turn)
			assert_string_equal(rows_of(&s->g), "nine|4,000; seven|4,000");
	}
	assert_true(steps > 5);
	assert_true(s->g.turn != turn);
	assert_string_equal(rows_of(&s->g), "nine|4,000");
	close_scene(s);
}

/* A filter that changes twice before the first is done leaves the first table standing. */
static void test_two_filters_at_once(void **state)
{
	struct scene *s = open_scene(crowd);

	(void)state;
	ask(s, "comm", "count");
	is_slow = true;
	set_filter(s, "comm == nine");
	grouping_work(&s->g, &s->t);
	set_filter(s, "comm == seven");
	grouping_work(&s->g, &s->t);
	assert_string_equal(rows_of(&s->g), "nine|4,000; seven|4,000");
	is_slow = false;
	settle(s);
	assert_string_equal(rows_of(&s->g), "seven|4,000");
	set_filter(s, "comm == nobody");
	settle(s);
	assert_string_equal(rows_of(&s->g), "");
	close_scene(s);
}

static void test_half_made_is_shown(void **state)
{
	struct scene *s = open_scene(crowd);

	(void)state;
	is_slow = true;
	assert_int_equal(grouping_ask(&s->g, "comm", "count", NULL), 0);
	assert_int_equal(grouping_work(&s->g, &s->t), GROUPING_DRAW | GROUPING_MORE);
	assert_true(s->g.count > 0);
	assert_in_range(grouping_percent(&s->g), 1, 60);
	close_scene(s);
}

/* ---- rates ---- */

static double rate_of_first(struct scene *s)
{
	struct group_value v;

	assert_true(s->g.count > 0);
	group_value(s->g.shown, s->g.order[0], 1, &v);
	return v.real;
}

/* Rows that are only looked at now are not of this second. */
static void test_rates(void **state)
{
	struct scene *s = open_scene(crowd);

	(void)state;
	s->t.live = true;
	s->t.ended = false;
	assert_int_equal(grouping_ask(&s->g, "comm", "rate", NULL), 0);
	is_slow = true;
	grouping_work(&s->g, &s->t);
	s->t.now += NSEC_PER_SEC + 1;
	is_slow = false;
	settle(s);
	assert_true(rate_of_first(s) > 500000); /* 4,000 in 4 ms */
	s->t.now += NSEC_PER_SEC + 1;
	settle(s);
	assert_true(rate_of_first(s) == 0);
	close_scene(s);
}

/* ---- holding ---- */

static void test_held(void **state)
{
	struct scene *s = open_scene(demo);
	uint64_t at;

	(void)state;
	ask(s, "comm, text", "count, distinct(n), p99(n), last(n)");
	assert_string_equal(rows_of(&s->g), "seven|even|60|60|59|59; nine|odd|30|30|29|29");
	grouping_hold(&s->g, true);
	assert_string_equal(rows_of(&s->g), "seven|even|60|60|59|59; nine|odd|30|30|29|29");
	set_filter(s, "comm == nine");
	settle(s);
	assert_int_equal(s->g.count, 2); /* it stands still, and counting went on */
	assert_int_equal(group_rows(s->g.table), 30);
	grouping_sort(&s->g, 2, false);
	assert_string_equal(rows_of(&s->g), "nine|odd|30|30|29|29; seven|even|60|60|59|59");
	grouping_hold(&s->g, false);
	assert_string_equal(rows_of(&s->g), "nine|odd|30|30|29|29");
	assert_true(grouping_find_name(&s->g, "nine\nodd\n", &at));
	assert_int_equal(at, 0);
	assert_false(grouping_find_name(&s->g, "seven\neven\n", &at));
	close_scene(s);
}

static void test_held_people(void **state)
{
	struct scene *s = open_scene(demo);

	(void)state;
	ask(s, "process", "count");
	assert_non_null(strstr(rows_of(&s->g), "seven"));
	grouping_hold(&s->g, true);
	grouping_settle(&s->g);
	assert_non_null(strstr(rows_of(&s->g), "seven"));
	/* Another grouping is not held. */
	ask(s, "event", "count");
	assert_string_equal(rows_of(&s->g), "demo:tick|90; demo:tock|10");
	assert_false(s->g.held);
	close_scene(s);
}

/* ---- the bound ---- */

/* Who came when groups had been put together says "at least", "other" what it is at most. */
static void check_marks(const struct scene *s)
{
	const struct grouping *g = &s->g;
	unsigned marked = 0, whole = 0;
	struct strbuf text = { 0 };

	for (uint64_t i = 0; i < g->count; i++) {
		struct table_cell cell = { .text = &text };
		bool partial, mark;
		uint32_t row;

		assert_true(grouping_at(g, i, &row));
		partial = group_is_partial(g->shown, row);
		strbuf_clear(&text);
		grouping_model.cell(g, i, 1, &cell);
		mark = text.s[text.len - 1] == '+';
		assert_int_equal(mark, partial);
		assert_int_equal(cell.look == LOOK_WARN, partial);
		marked += mark;
		whole += !mark;
		strbuf_clear(&text);
		cell = (struct table_cell) { .text = &text };
		grouping_model.cell(g, i, 0, &cell);
		assert_int_equal(!strncmp(text.s, "other: <=", 9), group_is_other(g->shown, row));
	}
	assert_true(marked && whole > 1);
	strbuf_done(&text);
}

static void test_other(void **state)
{
	struct scene *s = open_scene(HEAD "cpu 0\nmany 3000 1000000000 1000 tick tid=7 n=$ text=t\n"
					  "many 50 2000000000 1000 tick tid=7 n=1 text=t\n");
	uint32_t last;

	(void)state;
	s->g.memory = 64 << 10;
	ask(s, "n", "count");
	assert_true(s->g.joined > 0);
	assert_int_equal(s->g.groups + s->g.joined, 3000);
	assert_true(!strncmp(rows_of(&s->g), "1|51; ", 6));
	assert_true(grouping_at(&s->g, s->g.count - 1, &last));
	assert_true(group_is_other(s->g.shown, last));
	assert_non_null(strstr(said(&s->g, grouping_notes), " light groups are in other; +:"));
	assert_true(!strncmp(said(&s->g, grouping_notes), "at most ", 8));
	check_marks(s);
	grouping_hold(&s->g, true);
	assert_int_equal(s->g.groups + s->g.joined, 3000);
	check_marks(s);
	grouping_sort(&s->g, 1, false);
	assert_true(grouping_at(&s->g, s->g.count - 1, &last));
	assert_true(group_is_other(s->g.shown, last)); /* last whichever way up */
	close_scene(s);
}

/* ---- values as filters ---- */

static void test_conditions(void **state)
{
	struct scene *s = open_scene(demo);
	struct strbuf b = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	ask(s, "comm, text", "count");
	assert_int_equal(grouping_condition(&s->g, s->g.order[1], 1, true, &b, &e), 0);
	set_filter(s, b.s);
	/* Those that lack the field are not excluded. */
	ask(s, "comm", "count");
	assert_string_equal(rows_of(&s->g), "seven|60; e\\x1b[2J|10");
	strbuf_clear(&b);
	assert_int_equal(grouping_condition(&s->g, s->g.order[1], 0, false, &b, &e), 0);
	set_filter(s, b.s);
	settle(s);
	assert_string_equal(rows_of(&s->g), "e\\x1b[2J|10");
	strbuf_clear(&b);
	assert_int_equal(grouping_condition(&s->g, s->g.order[0], 1, false, &b, &e), -EINVAL);
	assert_non_null(strstr(e.text, "go to COMM"));
	strbuf_done(&b);
	close_scene(s);
}

/* ---- what is asked, in words ---- */

static void test_split(void **state)
{
	static const struct {
		const char *text, *by, *show;
	} cases[] = {
		{ "comm", "comm", NULL },
		{ "by comm, event", "   comm, event", NULL },
		{ "comm show count", "comm ", "          count" },
		{ "comm show", "comm ", "         " },
		{ "showy, n", "showy, n", NULL },
		{ "", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *by, *show;

		grouping_split(cases[i].text, &by, &show);
		assert_string_equal(by, cases[i].by);
		if (cases[i].show)
			assert_string_equal(show, cases[i].show);
		else
			assert_null(show);
		free(by);
		free(show);
	}
}

static void test_check(void **state)
{
	static const struct {
		const char *by, *show;
		int rc, column;
	} cases[] = {
		{ "comm", NULL, 0, -1 },	   { "comm, n", "sum(n), max(m)", 0, -1 },
		{ "comm,", NULL, -EAGAIN, -1 },	   { "nosuch", NULL, -ENOENT, 0 },
		{ "comm", "sum(", -EAGAIN, -1 },   { "comm", "  sum(zzz)", -ENOENT, 6 },
		{ "comm", "count n", -EINVAL, 6 }, { "comm comm", NULL, -EINVAL, 5 },
	};
	struct scene *s = open_scene(demo);

	(void)state;
	ask(s, "comm", "count");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;

		if (grouping_check(&s->g, cases[i].by, cases[i].show, &e) != cases[i].rc)
			fail_msg("%s show %s: %s", cases[i].by, cases[i].show, e.text);
		if (cases[i].column >= 0)
			assert_int_equal(e.column, cases[i].column);
	}
	/* What is wrong changes nothing. */
	assert_int_equal(grouping_ask(&s->g, "comm comm", NULL, NULL), -EINVAL);
	assert_string_equal(said(&s->g, grouping_text), "comm show count");
	close_scene(s);
}

static void test_columns(void **state)
{
	struct scene *s = open_scene(demo);
	struct strbuf b = { 0 };

	(void)state;
	ask(s, "comm, demo:tick.text", "count, last, p99(demo:tick.n)");
	assert_string_equal(s->g.columns[0].title, "COMM");
	assert_string_equal(s->g.columns[1].title, "text");
	assert_string_equal(s->g.columns[1].name, "demo:tick.text");
	assert_string_equal(s->g.columns[3].title, "LAST");
	assert_string_equal(s->g.columns[4].name, "p99(demo:tick.n)");
	assert_int_equal(grouping_width(&s->g, 0, 0, 10), 5);
	assert_true(grouping_column_key(&s->g, 4, &b));
	assert_string_equal(b.s, "demo:tick.n");
	assert_false(grouping_column_key(&s->g, 2, &b));
	ask(s, "comm", "distinct(cpu), max(.cpu), max(n)");
	for (unsigned i = 1; i < 4; i++)
		assert_true(grouping_column_key(&s->g, i, &b));
	assert_string_equal(b.s, "demo:tick.ncpu.cpun");
	strbuf_done(&b);
	close_scene(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_and_order),
		cmocka_unit_test(test_nobody_looks),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_old_table_stands),
		cmocka_unit_test(test_two_filters_at_once),
		cmocka_unit_test(test_half_made_is_shown),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_held_people),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests_name("grouping", tests, fixture_setup, fixture_teardown);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter's answers, by tables: numbers of all widths and signs, text of all places, names of
 * the context, rows that are no events, records that lie, and what is a constant.
 */
#include "tests/unit/filter_records.h"

#include "core/arena.h"
#include "core/cleanup.h"

/* ---- answers ---- */

static const struct answer answers[] = {
	/* widths and signs, at and beyond their ends */
	{ "a == 200", INTS, T },
	{ "a == -56", INTS, F },
	{ "a > 199 and a < 201", INTS, T },
	{ "a >= 201 or a <= 199", INTS, F },
	{ "a < 256", INTS, T },
	{ "a > 255", INTS, F },
	{ "a > -1", INTS, T },
	{ "a != 300", INTS, T },
	{ "b == -5", INTS, T },
	{ "b == 251", INTS, F },
	{ "b < 0", INTS, T },
	{ "b >= -5 and b <= -5", INTS, T },
	{ "c == 60000", INTS, T },
	{ "c > 0", INTS, T },
	{ "d == -300", INTS, T },
	{ "d < 65236", INTS, T },
	{ "e == 4000000000", INTS, T },
	{ "e > -1", INTS, T },
	{ "e < 0", INTS, F },
	{ "e == 99999999999", INTS, F },
	{ "e != 99999999999", INTS, T },
	{ "f == -2147483648", INTS, T },
	{ "f <= -2147483648", INTS, T },
	{ "f < -2147483648", INTS, F },
	{ "f > -2147483649", INTS, T },
	{ "f == 2147483648", INTS, F },
	{ "g == 18446744073709551615", INTS, T },
	{ "g == 0xffffffffffffffff", INTS, T },
	{ "g == -1", INTS, F },
	{ "g > -1", INTS, T },
	{ "g < -1", INTS, F },
	{ "g > 9223372036854775807", INTS, T },
	{ "g >= 18446744073709551616", INTS, F },
	{ "g < 18446744073709551616", INTS, T },
	{ "g < 99999999999999999999999999999999999999999999", INTS, T },
	{ "h == -9223372036854775808", INTS, T },
	{ "h == 9223372036854775808", INTS, F },
	{ "h < 18446744073709551615", INTS, T },
	{ "h < 9223372036854775808", INTS, T },
	{ "h < -9223372036854775808", INTS, F },
	{ "h > -99999999999999999999999999999999999999999999", INTS, T },
	{ "a == 0310", INTS, T },
	{ "a == 0xC8 and a == +200", INTS, T },
	/* what does not fit is unknown here */
	{ "a == \"200\"", INTS, U },
	{ "a == x", INTS, U },
	{ "a ~ 2*", INTS, U },
	{ "arr == 1", INTS, U },
	{ "nosuch == 1", INTS, U },
	{ "not nosuch == 1", INTS, U },
	{ "nosuch != 1", INTS, U },
	{ "flags == 0", INTS, U },
	{ "common_flags == 0", INTS, T },
	{ "common_type == 11", INTS, T },
	/* Kleene */
	{ "nosuch == 1 or a == 200", INTS, T },
	{ "nosuch == 1 or a == 1", INTS, U },
	{ "nosuch == 1 and a == 200", INTS, U },
	{ "nosuch == 1 and a == 1", INTS, F },
	{ "a == 1 and nosuch == 1", INTS, F },
	{ "not (nosuch == 1 and a == 1)", INTS, T },
	{ "not (nosuch == 1 or a == 1)", INTS, U },
	{ "not (a == 200 and b == -5)", INTS, F },
	{ "nosuch == 1 or not nosuch == 1", INTS, U },
	/* text */
	{ "prev_comm == bash", SWITCH, T },
	{ "prev_comm == \"bash\"", SWITCH, T },
	{ "prev_comm == bas", SWITCH, F },
	{ "prev_comm == bash2", SWITCH, F },
	{ "prev_comm != bash", SWITCH, F },
	{ "prev_comm == \"\"", SWITCH, F },
	{ "prev_comm ~ \"ba*\"", SWITCH, T },
	{ "prev_comm ~ *sh", SWITCH, T },
	{ "prev_comm ~ *as*", SWITCH, T },
	{ "prev_comm ~ 'b[!b]s?'", SWITCH, T },
	{ "prev_comm ~ b[a]s", SWITCH, F },
	{ "not prev_comm ~ z*", SWITCH, T },
	{ "prev_comm ~ *", SWITCH, T },
	{ "next_comm == kworker/u128:33+", SWITCH, T },
	{ "next_comm ~ *33+", SWITCH, T },
	{ "next_comm == kworker/u128:33+x", SWITCH, F },
	{ "prev_pid == 5 and prev_prio == -20 and prev_state == -1", SWITCH, T },
	{ "next_pid < 0", SWITCH, T },
	{ "name == hello", TEXTS, T },
	{ "name ~ h*o", TEXTS, T },
	{ "name == hell", TEXTS, F },
	{ "rel == rel", TEXTS, T },
	{ "fixed == 12", TEXTS, T },
	{ "fixed == \"12\"", TEXTS, T },
	{ "fixed ~ 1?", TEXTS, T },
	{ "fixed < 13", TEXTS, U },
	{ "a == abcd", TEXTS, T },
	{ "a == abc", TEXTS, F },
	{ "tail == tai", TEXTS, T },
	{ "load == 2", TEXTS, F },
	{ "load > 2 and load < 3", TEXTS, T },
	{ "c == 60000 and d == -300 and a == 200", SWAPPED, T },
	{ "f == -7 and f < 0", SWAPPED, T },
	{ "g == 18446744073709551614", SWAPPED, T },
	{ "g > 18446744073709551614", SWAPPED, F },
	{ "name == swp", SWAPPED, T },
	{ "fixed == fixed", SWAPPED, T },
	/* names of the context, and fields that are called like one */
	{ "tid == 8", TEXTS, T },
	{ ".tid == 77", TEXTS, T },
	{ "texts.tid == 77", TEXTS, T },
	{ "txt:texts.tid == 77", TEXTS, T },
	{ "sys:texts.tid == 77", TEXTS, U },
	{ "ints.tid == 77", TEXTS, U },
	{ ".tid == 77", INTS, U },
	{ ".pid == 8", INTS, U },
	{ "pid == 8", SWITCH, T },
	{ "pid != 8", SWITCH, F },
	{ "pid == -1", SWITCH, F },
	{ "pid == 99999999999", SWITCH, F },
	{ "cpu == 1 and cpu < 65535", SWITCH, T },
	{ "lost == 0", SWITCH, T },
	{ "lost > 0", SWITCH, F },
	{ "comm == <...>", SWITCH, U },
	{ "event == sched_switch", SWITCH, T },
	{ "event == sched:sched_switch", SWITCH, T },
	{ "event == irq:sched_switch", SWITCH, F },
	{ "event != sched_switch", SWITCH, F },
	{ "event ~ 'sched_*'", SWITCH, T },
	{ "event ~ 'sched:*'", SWITCH, T },
	{ "event ~ 'irq:*'", SWITCH, F },
	{ "not event ~ 'irq:*'", SWITCH, T },
	{ "system == sched", SWITCH, T },
	{ "system ~ s*d", SWITCH, T },
	{ "system == sched:sched_switch", SWITCH, F },
	{ "", SWITCH, T },
	/* names of events that begin with a digit */
	{ "event == 9p_client_req", DIGIT, T },
	{ "event == \"9p_client_req\"", DIGIT, T },
	{ "event == 9p:9p_client_req", DIGIT, T },
	{ "event ~ 9p*", DIGIT, T },
	{ "event ~ 9p*", SWITCH, F },
	{ "system == 9p", DIGIT, T },
	{ "9p_client_req.a == 200", DIGIT, T },
	{ "9p:9p_client_req.a == 200", DIGIT, T },
	{ "9p_client_req.a == 200", INTS, U },
};

static void test_answers(void **state)
{
	check_answers(answers, ARRAY_SIZE(answers));
}

/* Rows that are not a record of a known event, and records that are too short. */
enum { REC = 1, SCHEMA = 2, WHO = 4 };

static const struct {
	const char *text;
	struct row row;
	unsigned has; /* a record, a schema, an identity table */
	enum filter_value want;
} odd_rows[] = {
	{ "lost > 0", { .flags = ROW_LOSS, .lost = 3 }, WHO, T },
	{ "lost == 3", { .flags = ROW_LOSS, .lost = 3 }, WHO, T },
	{ "lost > 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, T },
	{ "lost >= 1", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, T },
	{ "lost == 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, F },
	{ "lost != 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, T },
	{ "lost == 3", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, U },
	{ "lost > 3", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, U },
	{ "lost < 1", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, F },
	{ "lost < 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, F },
	{ "lost >= 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, T },
	{ "cpu == 2", { .flags = ROW_LOSS, .lost = 3, .cpu = 2 }, WHO, T },
	{ "tid == 0", { .flags = ROW_LOSS, .lost = 3 }, WHO, U },
	{ "pid == 0", { .flags = ROW_LOSS, .lost = 3 }, WHO, U },
	{ "comm == bash", { .flags = ROW_LOSS, .lost = 3 }, WHO, U },
	{ "event == x", { .flags = ROW_LOSS, .lost = 3 }, WHO, U },
	{ "lost > 0", { .size = 64 }, REC | WHO, F },
	{ "event == x", { .size = 64 }, REC | WHO, U },
	{ "prev_pid == 5", { .size = 64 }, REC | WHO, U },
	{ "tid == 8", { .size = 64, .tid = 8 }, REC | WHO, T },
	{ "cpu == 65535", { .cpu = CPU_NONE }, REC | SCHEMA | WHO, U },
	{ "cpu >= 0", { .cpu = CPU_NONE }, REC | SCHEMA | WHO, U },
	{ "pid == 5", { .tid = 5, .ts = 2000 }, REC | SCHEMA | WHO, T },
	{ "pid == 4", { .tid = 5, .ts = 10 }, REC | SCHEMA | WHO, T },
	{ "pid == 4", { .tid = 4 }, REC | SCHEMA | WHO, U },
	{ "pid == 5", { .tid = 5 }, REC | SCHEMA, U },
	{ "comm == bash", { .tid = 5 }, REC | SCHEMA, U },
	{ "comm == bash", { .tid = 5 }, REC | SCHEMA | WHO, T },
	{ "comm ~ kworker*", { .tid = 6 }, REC | SCHEMA | WHO, T },
	{ "comm == \"<idle>\"", { .tid = 0 }, REC | SCHEMA | WHO, T },
	{ "prev_pid == 5", { .size = 28 }, REC | SCHEMA | WHO, T },
	{ "prev_pid == 5", { .size = 27 }, REC | SCHEMA | WHO, U },
	{ "not prev_pid == 5", { .size = 27 }, REC | SCHEMA | WHO, U },
	{ "prev_pid != 99999999999", { .size = 27 }, REC | SCHEMA | WHO, U },
	{ "prev_comm == bash", { .size = 24 }, REC | SCHEMA | WHO, T },
	{ "prev_comm == bash", { .size = 23 }, REC | SCHEMA | WHO, U },
	{ "prev_pid == 5", { .size = 64 }, SCHEMA | WHO, U },
	{ "prev_comm ~ *", { .size = 64 }, SCHEMA | WHO, U },
	{ "exists prev_comm", { .size = 24 }, REC | SCHEMA | WHO, T },
	{ "exists prev_comm", { .size = 23 }, REC | SCHEMA | WHO, F },
	{ "not exists prev_comm", { .size = 23 }, REC | SCHEMA | WHO, T },
	{ "exists prev_comm", { .size = 64 }, SCHEMA | WHO, F },
	{ "exists pid", { .tid = 4 }, REC | SCHEMA | WHO, F },
	{ "exists pid", { .tid = 5 }, REC | SCHEMA, F },
	{ "exists pid", { .flags = ROW_LOSS }, REC | SCHEMA | WHO, F },
	{ "exists cpu", { .cpu = CPU_NONE }, REC | SCHEMA | WHO, F },
	{ "exists lost", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, T },
	{ "exists event", { .flags = ROW_LOSS, .lost = 3 }, WHO, F },
	{ "lost in (1, 7)", { .flags = ROW_LOSS, .lost = 7 }, WHO, T },
	{ "lost in (1, 7)", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, WHO, U },
	{ "prev_pid in (1, 5)", { .size = 27 }, REC | SCHEMA | WHO, U },
	{ "prev_pid & 5", { .size = 27 }, REC | SCHEMA | WHO, U },
	{ "prev_comm in (bash, x)", { .size = 23 }, REC | SCHEMA | WHO, U },
	{ "prev_comm =~ b", { .size = 23 }, REC | SCHEMA | WHO, U },
	{ "prev_comm =~ b", { .size = 24 }, REC | SCHEMA | WHO, T },
};

static void test_rows(void **state)
{
	struct fixture fx = fixture_new();
	uint8_t rec[64];

	put_switch(rec);
	for (size_t i = 0; i < ARRAY_SIZE(odd_rows); i++) {
		struct filter *f = parse(odd_rows[i].text);
		struct row row = odd_rows[i].row;
		unsigned has = odd_rows[i].has;
		enum filter_value got;

		row.rec = has & REC ? rec : NULL;
		row.schema = has & SCHEMA ? fx.schema[SWITCH] : NULL;
		got = filter_run(filter_bind(f, row.schema), &row,
				 has & WHO ? FIXTURE_IDENTITY : NULL);
		if (got != odd_rows[i].want)
			fail_msg("%zu '%s': %d, not %d", i, odd_rows[i].text, got,
				 odd_rows[i].want);
		filter_free(f);
	}
	fixture_done(&fx);
}

/* Variable text whose place in the record is nonsense. */
static void test_bad_places(void **state)
{
	static const uint32_t locs[] = {
		0xffffffff, 1 << 16 | 60, 61 << 16, 60 << 16 | 1, 0 << 16 | 61, 1 << 16 | 0xffff,
	};
	struct fixture fx = fixture_new();
	struct filter *f = parse("name ~ *"), *g = parse("rel ~ *");

	for (size_t i = 0; i < ARRAY_SIZE(locs); i++) {
		_cleanup_free_ uint8_t *rec = xcalloc(1, 60); /* so that a sanitizer sees its end */
		struct row row = { .rec = rec, .size = 60, .schema = fx.schema[TEXTS] };

		store_u32(rec + 8, locs[i]);
		store_u32(rec + 12, locs[i]);
		assert_int_equal(filter_run(filter_bind(f, row.schema), &row, NULL), U);
		assert_int_equal(filter_run(filter_bind(g, row.schema), &row, NULL), U);
	}
	filter_free(f);
	filter_free(g);
	fixture_done(&fx);
}

/* ---- constants ---- */

static void test_constants(void **state)
{
	static const struct {
		const char *text;
		int schema; /* -1: none */
		int want;
	} rows[] = {
		{ "", SWITCH, T },
		{ "", -1, T },
		{ "event == sched_switch", SWITCH, T },
		{ "event == sched_switch", INTS, F },
		{ "event == sched_switch", -1, U },
		{ "not event == sched_switch", INTS, T },
		{ "nosuch == 1", INTS, U },
		{ "not nosuch == 1", INTS, U },
		{ "event == ints and a == 1", INTS, -1 },
		{ "event == ints and a == 1", SWITCH, F },
		{ "event == ints or a == 1", INTS, T },
		{ "event == ints or prev_pid == 1", SWITCH, -1 },
		{ "nosuch == 1 or event == ints", INTS, T },
		{ "nosuch == 1 and event == ints", INTS, U },
		{ "a == 300", INTS, F },
		{ "a == 300 or b == 300", INTS, F },
		{ "a == 300 or b == 3", INTS, -1 },
		{ "a != 300", INTS, -1 },
		{ "nosuch == 1 and a == 1", INTS, F },
		{ "a == 1", INTS, -1 },
		{ "pid == 1", -1, -1 },
		{ "pid == -1", INTS, F },
		{ "cpu == 65535", INTS, F },
	};
	struct fixture fx = fixture_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = parse(rows[i].text);
		const struct schema *s = rows[i].schema < 0 ? NULL : fx.schema[rows[i].schema];

		if (filter_constant(filter_bind(f, s)) != rows[i].want)
			fail_msg("'%s': %d", rows[i].text, filter_constant(filter_bind(f, s)));
		/* It is made once. */
		assert_ptr_equal(filter_bind(f, s), filter_bind(f, s));
		filter_free(f);
	}
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bad_places),
		cmocka_unit_test(test_constants),
	};

	return cmocka_run_group_tests_name("filter_run", tests, NULL, NULL);
}

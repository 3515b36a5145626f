/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter, by tables: what is read, what is refused and where the caret stands, what a
 * program answers, what is a constant, and what is checked against the events there are.
 */
#include "tests/unit/filter_fixture.h"

#include <errno.h>

#include "core/arena.h"
#include "core/cleanup.h"

static struct filter *parse(const char *text)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	return f;
}

static void test_print(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ " \t\n", "" },
		{ "pid==1", "pid == 1" },
		{ "pid = 1", "pid == 1" },
		{ "a<=0x1F", "a <= 0x1F" },
		{ "a>-1", "a > -1" },
		{ "comm ~ kworker*", "comm ~ \"kworker*\"" },
		{ "comm!~'a\"b'", "comm !~ \"a\\\"b\"" },
		{ "comm == \"a\\tb\\x1b\\\\\\*\"", "comm == \"a\\x09b\\x1b\\\\\\\\*\"" },
		{ "comm == \"12\"", "comm == \"12\"" },
		{ "event == sched:sched_switch", "event == \"sched:sched_switch\"" },
		{ ".pid == 1", ".pid == 1" },
		{ ".prio == 1", "prio == 1" },
		{ "sched_waking.pid == 1", "sched_waking.pid == 1" },
		{ "sched:sched_waking.pid == 1", "sched:sched_waking.pid == 1" },
		{ "9p_client_req.tag == 1", "9p_client_req.tag == 1" },
		{ "not.x == 1", "not.x == 1" },
		{ "a==1 and b==2 or c==3", "((a == 1 and b == 2) or c == 3)" },
		{ "a==1 or b==2 and c==3", "(a == 1 or (b == 2 and c == 3))" },
		{ "a==1&&b==2&&c==3||d==4", "((a == 1 and b == 2 and c == 3) or d == 4)" },
		{ "(a==1 or b==2) and c==3", "((a == 1 or b == 2) and c == 3)" },
		{ "not a==1 and b==2", "(not (a == 1) and b == 2)" },
		{ "!(a==1 or !!b==2)", "not ((a == 1 or not (not (b == 2))))" },
		{ "((a==1))", "a == 1" },
		{ "notx==1 and order==2 or android==3",
		  "((notx == 1 and order == 2) or android == 3)" },
		{ "not(a==1)and(b==2)or(c==3)", "((not (a == 1) and b == 2) or c == 3)" },
		{ "a\n==\n1", "a == 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = parse(rows[i][0]), *again;
		struct strbuf b = { 0 }, c = { 0 };

		filter_print(f, &b);
		assert_string_equal(strbuf_cstr(&b), rows[i][1]);
		assert_string_equal(filter_text(f), rows[i][0]);
		/* What is printed is read as the same. */
		again = parse(strbuf_cstr(&b));
		filter_print(again, &c);
		assert_string_equal(strbuf_cstr(&c), rows[i][1]);
		filter_free(again);
		filter_free(f);
		strbuf_done(&b);
		strbuf_done(&c);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		int code, column;
		const char *says;
	} rows[] = {
		/* more characters could mend these */
		{ "pid", -EAGAIN, 3, "operator" },
		{ "pid ==", -EAGAIN, 6, "value" },
		{ "pid == ", -EAGAIN, 7, "value" },
		{ "pid !", -EAGAIN, 5, "operator" },
		{ "pid == -", -EAGAIN, 8, "digits" },
		{ "pid == 0x", -EAGAIN, 9, "digits" },
		{ "(a == 1", -EAGAIN, 7, "')'" },
		{ "(a == 1 o", -EAGAIN, 9, "')'" },
		{ "(", -EAGAIN, 1, "field" },
		{ "pid == 1 and", -EAGAIN, 12, "field" },
		{ "pid == 1 an", -EAGAIN, 11, "'and'" },
		{ "pid == 1 &", -EAGAIN, 10, "'and'" },
		{ "pid == 1 |", -EAGAIN, 10, "'or'" },
		{ "pid == 1 and not", -EAGAIN, 16, "field" },
		{ "comm ~ \"ba", -EAGAIN, 10, "quote" },
		{ "comm ~ 'ba\\'", -EAGAIN, 12, "quote" },
		{ "comm ~ \"ba\\", -EAGAIN, 11, "quote" },
		{ "comm == and", -EAGAIN, 11, "value" },
		{ ".", -EAGAIN, 1, "field" },
		{ "sched_switch.", -EAGAIN, 13, "field" },
		{ "sched:", -EAGAIN, 6, "field" },
		{ "sched:sched_switch", -EAGAIN, 18, "SYSTEM" },
		/* nothing mends these */
		{ "== 1", -EINVAL, 0, "field" },
		{ "\"pid\" == 1", -EINVAL, 0, "without quotes" },
		{ "1 == pid", -EINVAL, 0, "field" },
		{ "pid 1", -EINVAL, 4, "operator" },
		{ "pid == == 1", -EINVAL, 7, "expected" },
		{ "pid == )", -EINVAL, 7, "expected" },
		{ "pid == 1 pid == 2", -EINVAL, 9, "'and'" },
		{ "pid == 1)", -EINVAL, 8, "closes nothing" },
		{ "(pid == 1 pid == 2)", -EINVAL, 10, "')'" },
		{ "()", -EINVAL, 1, "field" },
		{ "a == 1 and and b == 1", -EINVAL, 15, "operator" },
		{ "a == and and b == 1", -EINVAL, 5, "quotes" },
		{ "pid == bash", -EINVAL, 7, "a number" },
		{ "pid == \"1\"", -EINVAL, 7, "without quotes" },
		{ "pid == 08", -EINVAL, 7, "a number" },
		{ "pid == 0xg", -EINVAL, 7, "a number" },
		{ "pid == 1x", -EINVAL, 7, "a number" },
		{ "pid == --1", -EINVAL, 7, "a number" },
		{ "pid ~ 1", -EINVAL, 4, "it takes == != < <= > >=" },
		{ "comm < 5", -EINVAL, 5, "it takes == != ~ !~" },
		{ "event >= a", -EINVAL, 6, "it takes" },
		{ "prio < high", -EINVAL, 7, "compares numbers" },
		{ "prio < \"5\"", -EINVAL, 7, "without quotes" },
		{ "comm == \"\\x0g\"", -EINVAL, 9, "hexadecimal" },
		{ "comm == \"a\\x00\"", -EINVAL, 10, "NUL" },
		{ "sched:x == 1", -EINVAL, 7, "FIELD" },
		{ "a.b.c == 1", -EINVAL, 3, "operator" },
		{ "comm ~ [!a]*", -EINVAL, 8, "a ! in it stands in quotes" },
		{ "pid == 1(", -EINVAL, 8, "quotes" },
		{ "a == 1 & b == 2", -EINVAL, 7, "'and'" },
		{ "a == b\x01 c", -EINVAL, 8, "'and'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = NULL;
		struct err e = ERR_INIT;
		int r = filter_parse(rows[i].text, &f, &e);
		const char *caret;

		if (r != rows[i].code || e.code != r || e.column != rows[i].column ||
		    !strstr(e.text, rows[i].says))
			fail_msg("'%s': %d/%d at %d: %s", rows[i].text, r, e.code, e.column,
				 e.text);
		assert_null(f);
		assert_int_equal(filter_parse(rows[i].text, &f, NULL), rows[i].code);
		/* The caret stands under the byte. */
		caret = strrchr(e.text, '\n');
		assert_non_null(caret);
		assert_string_equal(caret + 3 + (strchr(rows[i].text, '\n') ? 0 : e.column), "^");
	}
}

/* Nesting and length are bounded, and what is within the bound works. */
static void test_bounds(void **state)
{
	static const struct {
		const char *open, *close;
		unsigned times;
		int code;
	} rows[] = {
		{ "(", ")", 256, 0 },
		{ "(", ")", 257, -EINVAL },
		{ "!", "", 256, 0 },
		{ "!", "", 257, -EINVAL },
		{ "not ( ", ")", 128, 0 },
		{ "not ( ", ")", 129, -EINVAL },
		{ "a==1 or ", "", 8000, 0 },
		{ "a==1 or ", "", 8192, -EINVAL },
		{ "(a==1 or ", " and b==2)", 256, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct row row = { .rec = NULL };
		struct filter *f = NULL;
		int r;

		for (unsigned n = 0; n < rows[i].times; n++)
			strbuf_str(&b, rows[i].open);
		strbuf_str(&b, "cpu == 0");
		for (unsigned n = 0; n < rows[i].times; n++)
			strbuf_str(&b, rows[i].close);
		r = filter_parse(strbuf_cstr(&b), &f, NULL);
		assert_int_equal(r, rows[i].code);
		/* Row 2: an even number of `not`. The last one: every and has an unknown. */
		if (r == 0)
			assert_int_equal(filter_run(filter_bind(f, NULL), &row, NULL),
					 i == 8 ? FILTER_UNKNOWN : FILTER_TRUE);
		filter_free(f);
	}
}

/* ---- answers ---- */

#define F FILTER_FALSE
#define T FILTER_TRUE
#define U FILTER_UNKNOWN

static void put_switch(uint8_t *rec)
{
	memset(rec, 0, 64);
	store_u16(rec, 10);
	store_u32(rec + 4, 8);
	memcpy(rec + 8, "bash", 5);
	store_u32(rec + 24, 5);
	store_u32(rec + 28, (uint32_t)-20);
	store_u64(rec + 32, (uint64_t)-1);
	memcpy(rec + 40, "kworker/u128:33+", 16); /* no NUL */
	store_u32(rec + 56, (uint32_t)-2);
}

static void put_ints(uint8_t *rec)
{
	memset(rec, 0, 64);
	store_u16(rec, 11);
	rec[8] = 200;
	rec[9] = (uint8_t)-5;
	store_u16(rec + 10, 60000);
	store_u16(rec + 12, (uint16_t)-300);
	store_u32(rec + 16, 4000000000u);
	store_u32(rec + 20, (uint32_t)INT32_MIN);
	store_u64(rec + 24, UINT64_MAX);
	store_u64(rec + 32, (uint64_t)INT64_MIN);
}

static void put_texts(uint8_t *rec)
{
	memset(rec, 0, 64);
	store_u16(rec, 12);
	store_u32(rec + 8, 6 << 16 | 44); /* "hello" and its NUL */
	memcpy(rec + 44, "hello", 6);
	store_u32(rec + 12, 3 << 16 | (50 - 16)); /* "rel" without one */
	memcpy(rec + 50, "rel", 3);
	memcpy(rec + 16, "12", 3);
	memcpy(rec + 24, "abcd", 4);
	store_u32(rec + 28, 77);
	store_u64(rec + 32, 2500000);
	memcpy(rec + 40, "tai", 4);
}

static void put_swapped(uint8_t *rec)
{
	memset(rec, 0, 64);
	rec[1] = 13;
	store_u32(rec + 8, __builtin_bswap32(3 << 16 | 40));
	memcpy(rec + 40, "swp", 3);
	store_u16(rec + 12, __builtin_bswap16(60000));
	store_u16(rec + 14, __builtin_bswap16((uint16_t)-300));
	rec[16] = 200;
	store_u32(rec + 20, __builtin_bswap32((uint32_t)-7));
	store_u64(rec + 24, __builtin_bswap64(UINT64_MAX - 1));
	memcpy(rec + 32, "fixed", 6);
}

static const struct answer {
	int schema;
	const char *text;
	enum filter_value want;
} answers[] = {
	/* widths and signs, at and beyond their ends */
	{ INTS, "a == 200", T },
	{ INTS, "a == -56", F },
	{ INTS, "a > 199 and a < 201", T },
	{ INTS, "a >= 201 or a <= 199", F },
	{ INTS, "a < 256", T },
	{ INTS, "a > 255", F },
	{ INTS, "a > -1", T },
	{ INTS, "a != 300", T },
	{ INTS, "b == -5", T },
	{ INTS, "b == 251", F },
	{ INTS, "b < 0", T },
	{ INTS, "b >= -5 and b <= -5", T },
	{ INTS, "c == 60000", T },
	{ INTS, "c > 0", T },
	{ INTS, "d == -300", T },
	{ INTS, "d < 65236", T },
	{ INTS, "e == 4000000000", T },
	{ INTS, "e > -1", T },
	{ INTS, "e < 0", F },
	{ INTS, "e == 99999999999", F },
	{ INTS, "e != 99999999999", T },
	{ INTS, "f == -2147483648", T },
	{ INTS, "f <= -2147483648", T },
	{ INTS, "f < -2147483648", F },
	{ INTS, "f > -2147483649", T },
	{ INTS, "f == 2147483648", F },
	{ INTS, "g == 18446744073709551615", T },
	{ INTS, "g == 0xffffffffffffffff", T },
	{ INTS, "g == -1", F },
	{ INTS, "g > -1", T },
	{ INTS, "g < -1", F },
	{ INTS, "g > 9223372036854775807", T },
	{ INTS, "g >= 18446744073709551616", F },
	{ INTS, "g < 18446744073709551616", T },
	{ INTS, "g < 99999999999999999999999999999999999999999999", T },
	{ INTS, "h == -9223372036854775808", T },
	{ INTS, "h == 9223372036854775808", F },
	{ INTS, "h < 18446744073709551615", T },
	{ INTS, "h < 9223372036854775808", T },
	{ INTS, "h < -9223372036854775808", F },
	{ INTS, "h > -99999999999999999999999999999999999999999999", T },
	{ INTS, "a == 0310", T },
	{ INTS, "a == 0xC8 and a == +200", T },
	/* what does not fit is unknown here */
	{ INTS, "a == \"200\"", U },
	{ INTS, "a == x", U },
	{ INTS, "a ~ 2*", U },
	{ INTS, "arr == 1", U },
	{ INTS, "nosuch == 1", U },
	{ INTS, "not nosuch == 1", U },
	{ INTS, "nosuch != 1", U },
	{ INTS, "flags == 0", U },
	{ INTS, "common_flags == 0", T },
	{ INTS, "common_type == 11", T },
	/* Kleene */
	{ INTS, "nosuch == 1 or a == 200", T },
	{ INTS, "nosuch == 1 or a == 1", U },
	{ INTS, "nosuch == 1 and a == 200", U },
	{ INTS, "nosuch == 1 and a == 1", F },
	{ INTS, "a == 1 and nosuch == 1", F },
	{ INTS, "not (nosuch == 1 and a == 1)", T },
	{ INTS, "not (nosuch == 1 or a == 1)", U },
	{ INTS, "not (a == 200 and b == -5)", F },
	{ INTS, "nosuch == 1 or not nosuch == 1", U },
	/* text */
	{ SWITCH, "prev_comm == bash", T },
	{ SWITCH, "prev_comm == \"bash\"", T },
	{ SWITCH, "prev_comm == bas", F },
	{ SWITCH, "prev_comm == bash2", F },
	{ SWITCH, "prev_comm != bash", F },
	{ SWITCH, "prev_comm == \"\"", F },
	{ SWITCH, "prev_comm ~ \"ba*\"", T },
	{ SWITCH, "prev_comm ~ *sh", T },
	{ SWITCH, "prev_comm ~ *as*", T },
	{ SWITCH, "prev_comm ~ 'b[!b]s?'", T },
	{ SWITCH, "prev_comm ~ b[a]s", F },
	{ SWITCH, "prev_comm !~ z*", T },
	{ SWITCH, "prev_comm ~ *", T },
	{ SWITCH, "next_comm == kworker/u128:33+", T },
	{ SWITCH, "next_comm ~ *33+", T },
	{ SWITCH, "next_comm == kworker/u128:33+x", F },
	{ SWITCH, "prev_pid == 5 and prev_prio == -20 and prev_state == -1", T },
	{ SWITCH, "next_pid < 0", T },
	{ TEXTS, "name == hello", T },
	{ TEXTS, "name ~ h*o", T },
	{ TEXTS, "name == hell", F },
	{ TEXTS, "rel == rel", T },
	{ TEXTS, "fixed == 12", T },
	{ TEXTS, "fixed == \"12\"", T },
	{ TEXTS, "fixed ~ 1?", T },
	{ TEXTS, "fixed < 13", U },
	{ TEXTS, "a == abcd", T },
	{ TEXTS, "a == abc", F },
	{ TEXTS, "tail == tai", T },
	{ TEXTS, "load == 2", F },
	{ TEXTS, "load > 2 and load < 3", T },
	{ SWAPPED, "c == 60000 and d == -300 and a == 200", T },
	{ SWAPPED, "f == -7 and f < 0", T },
	{ SWAPPED, "g == 18446744073709551614", T },
	{ SWAPPED, "g > 18446744073709551614", F },
	{ SWAPPED, "name == swp", T },
	{ SWAPPED, "fixed == fixed", T },
	/* names of the context, and fields that are called like one */
	{ TEXTS, "tid == 8", T },
	{ TEXTS, ".tid == 77", T },
	{ TEXTS, "texts.tid == 77", T },
	{ TEXTS, "txt:texts.tid == 77", T },
	{ TEXTS, "sys:texts.tid == 77", U },
	{ TEXTS, "ints.tid == 77", U },
	{ INTS, ".tid == 77", U },
	{ INTS, ".pid == 8", U },
	{ SWITCH, "pid == 8", T },
	{ SWITCH, "pid != 8", F },
	{ SWITCH, "pid == -1", F },
	{ SWITCH, "pid == 99999999999", F },
	{ SWITCH, "cpu == 1 and cpu < 65535", T },
	{ SWITCH, "lost == 0", T },
	{ SWITCH, "lost > 0", F },
	{ SWITCH, "comm == <...>", U },
	{ SWITCH, "event == sched_switch", T },
	{ SWITCH, "event == sched:sched_switch", T },
	{ SWITCH, "event == irq:sched_switch", F },
	{ SWITCH, "event != sched_switch", F },
	{ SWITCH, "event ~ 'sched_*'", T },
	{ SWITCH, "event ~ 'sched:*'", T },
	{ SWITCH, "event ~ 'irq:*'", F },
	{ SWITCH, "event !~ 'irq:*'", T },
	{ SWITCH, "system == sched", T },
	{ SWITCH, "system ~ s*d", T },
	{ SWITCH, "system == sched:sched_switch", F },
	{ SWITCH, "", T },
};

static void test_answers(void **state)
{
	static void (*const put[])(uint8_t * rec) = { put_switch, put_ints, put_texts,
						      put_swapped };
	static const uint32_t sizes[] = { 60, 48, 60, 48 };
	struct fixture fx = fixture_new();
	uint8_t rec[64];

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		const struct answer *a = &answers[i];
		struct filter *f;
		struct row row = { .rec = rec, .size = sizes[a->schema], .tid = 8, .cpu = 1 };
		enum filter_value got;

		/* "<" ends a bare word: as text it stands in quotes. */
		f = parse(strcmp(a->text, "comm == <...>") ? a->text : "comm == \"<...>\"");
		put[a->schema](rec);
		row.schema = fx.schema[a->schema];
		got = filter_run(filter_bind(f, row.schema), &row, FIXTURE_IDENTITY);
		if (got != a->want)
			fail_msg("'%s': %d, not %d", a->text, got, a->want);
		assert_int_equal(filter_match(f, &row, FIXTURE_IDENTITY), a->want == T);
		filter_free(f);
	}
	fixture_done(&fx);
}

/* Rows that are not a record of a known event, and records that are too short. */
static void test_rows(void **state)
{
	struct fixture fx = fixture_new();
	uint8_t rec[64];
	const struct schema *s = fx.schema[SWITCH];
	const struct {
		const char *text;
		struct row row;
		bool identity;
		enum filter_value want;
	} rows[] = {
		{ "lost > 0", { .flags = ROW_LOSS, .lost = 3 }, true, T },
		{ "lost == 3", { .flags = ROW_LOSS, .lost = 3 }, true, T },
		{ "lost > 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, T },
		{ "lost >= 1", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, T },
		{ "lost == 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, F },
		{ "lost != 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, T },
		{ "lost == 3", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, U },
		{ "lost > 3", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, U },
		{ "lost < 1", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, F },
		{ "lost < 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, F },
		{ "lost >= 0", { .flags = ROW_LOSS, .lost = LOST_UNKNOWN }, true, T },
		{ "cpu == 2", { .flags = ROW_LOSS, .lost = 3, .cpu = 2 }, true, T },
		{ "tid == 0", { .flags = ROW_LOSS, .lost = 3 }, true, U },
		{ "pid == 0", { .flags = ROW_LOSS, .lost = 3 }, true, U },
		{ "comm == bash", { .flags = ROW_LOSS, .lost = 3 }, true, U },
		{ "event == x", { .flags = ROW_LOSS, .lost = 3 }, true, U },
		{ "lost > 0", { .rec = rec, .size = 64 }, true, F },
		{ "event == x", { .rec = rec, .size = 64 }, true, U },
		{ "prev_pid == 5", { .rec = rec, .size = 64 }, true, U },
		{ "tid == 8", { .rec = rec, .size = 64, .tid = 8 }, true, T },
		{ "cpu == 65535", { .cpu = CPU_NONE, .rec = rec, .schema = s }, true, U },
		{ "cpu >= 0", { .cpu = CPU_NONE, .rec = rec, .schema = s }, true, U },
		{ "pid == 5", { .tid = 5, .ts = 2000, .rec = rec, .schema = s }, true, T },
		{ "pid == 4", { .tid = 5, .ts = 10, .rec = rec, .schema = s }, true, T },
		{ "pid == 4", { .tid = 4, .rec = rec, .schema = s }, true, U },
		{ "pid == 5", { .tid = 5, .rec = rec, .schema = s }, false, U },
		{ "comm == bash", { .tid = 5, .rec = rec, .schema = s }, false, U },
		{ "comm == bash", { .tid = 5, .rec = rec, .schema = s }, true, T },
		{ "comm ~ kworker*", { .tid = 6, .rec = rec, .schema = s }, true, T },
		{ "comm == \"<idle>\"", { .tid = 0, .rec = rec, .schema = s }, true, T },
		{ "prev_pid == 5", { .rec = rec, .size = 28, .schema = s }, true, T },
		{ "prev_pid == 5", { .rec = rec, .size = 27, .schema = s }, true, U },
		{ "not prev_pid == 5", { .rec = rec, .size = 27, .schema = s }, true, U },
		{ "prev_pid != 99999999999", { .rec = rec, .size = 27, .schema = s }, true, U },
		{ "prev_comm == bash", { .rec = rec, .size = 24, .schema = s }, true, T },
		{ "prev_comm == bash", { .rec = rec, .size = 23, .schema = s }, true, U },
		{ "prev_pid == 5", { .size = 64, .schema = s }, true, U },
		{ "prev_comm ~ *", { .size = 64, .schema = s }, true, U },
	};

	put_switch(rec);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = parse(rows[i].text);
		enum filter_value got = filter_run(filter_bind(f, rows[i].row.schema), &rows[i].row,
						   rows[i].identity ? FIXTURE_IDENTITY : NULL);

		if (got != rows[i].want)
			fail_msg("%zu '%s': %d, not %d", i, rows[i].text, got, rows[i].want);
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

/* ---- check ---- */

static void test_check(void **state)
{
	static const struct {
		const char *text;
		int code, column;
		const char *says;
	} rows[] = {
		{ "", 0, -1, "" },
		{ "prev_pid == 1 and not name ~ x*", 0, -1, "" },
		{ "pid == 1 or comm == x or event == nosuch", 0, -1, "" },
		{ "a == 1 or a == x", 0, -1, "" }, /* a number here, text there */
		{ "common_pid == 1", 0, -1, "" },
		{ "texts.tid == 1", 0, -1, "" },
		{ "prev_pdi == 1", -ENOENT, 0, "'prev_pid'" },
		{ "cpu == 1 and (comn == x)", -ENOENT, 14, "'comm'" },
		{ "wholly_else == 1", -ENOENT, 0, "no field 'wholly_else'\n" },
		{ "sched_swich.prev_pid == 1", -ENOENT, 0,
		  "no event 'sched_swich'; nearest is 'sched_switch'" },
		{ "sched_switch.prev_pidd == 1", -ENOENT, 0,
		  "in event sched_switch; nearest is 'prev_pid'" },
		{ "sched_switch.comn == 1", -ENOENT, 0, "no field 'comn'" },
		{ ".pid == 1", -ENOENT, 0, "no field 'pid'" },
		{ "cpu == 1 or arr == 1", -EINVAL, 12, "array" },
		{ "prev_pid == x", -EINVAL, 12, "'prev_pid' is a number" },
		{ "prev_pid ~ 5", -EINVAL, 9, "it takes" },
		{ "prev_comm < 5", -EINVAL, 10, "'prev_comm' is text" },
	};
	struct fixture fx = fixture_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = parse(rows[i].text);
		struct err e = ERR_INIT;
		int r = filter_check(f, fx.set, &e);

		if (r != rows[i].code || e.code != r || e.column != rows[i].column ||
		    !strstr(e.text, rows[i].says))
			fail_msg("'%s': %d at %d: %s", rows[i].text, r, e.column, e.text);
		assert_int_equal(filter_check(f, fx.set, NULL), rows[i].code);
		filter_free(f);
	}
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),	  cmocka_unit_test(test_errors),
		cmocka_unit_test(test_bounds),	  cmocka_unit_test(test_answers),
		cmocka_unit_test(test_rows),	  cmocka_unit_test(test_bad_places),
		cmocka_unit_test(test_constants), cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}

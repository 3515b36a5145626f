/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err, strbuf, safe, arena, util and clock: the small things everything else is made of.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/safe.h"
#include "core/strbuf.h"
#include "core/util.h"

static void test_err(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, -ENOENT, "no %s", "bread"), -ENOENT);
	assert_string_equal(e.text, "no bread");
	assert_int_equal(err_ctx(&e, "shop %d", 3), -ENOENT);
	assert_string_equal(e.text, "shop 3: no bread");
	assert_int_equal(err_set(&e, -EIO, "again: %s", e.text),
			 -EIO); /* its own text as argument */
	assert_string_equal(e.text, "again: shop 3: no bread");
	errno = EACCES;
	assert_int_equal(err_errno(&e, "open"), -EACCES);
	assert_string_equal(e.text, "open: Permission denied");
	assert_int_equal(err_set(NULL, -EPERM, "nobody listens"), -EPERM);
	err_clear(&e);
	assert_int_equal(e.code, 0);
	assert_int_equal(e.column, -1);
}

static void test_err_never_overruns(void **state)
{
	struct err e = ERR_INIT;
	char *lines = malloc(5000);

	(void)state;
	memset(lines, 'x', 4999);
	lines[4999] = '\0';
	err_set(&e, -EIO, "%s", lines);
	assert_int_equal(strlen(e.text), ERR_TEXT - 1);
	err_ctx(&e, "%s", lines);
	assert_int_equal(strlen(e.text), ERR_TEXT - 1);
	err_caret(&e, lines, 4000, "far out");
	assert_true(strlen(e.text) < ERR_TEXT);
	free(lines);
}

static void test_caret(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_caret(&e, "pid = = 1", 6, "a value is missing"), -EINVAL);
	assert_string_equal(e.text, "a value is missing\n  pid = = 1\n        ^");
	assert_int_equal(e.column, 6);
	err_caret(&e, "one\ntwo\tthree\nfour", 8, "second line");
	assert_string_equal(e.text, "second line\n  two three\n      ^");
	err_caret(&e, "a", 99, "behind the end");
	assert_string_equal(e.text, "behind the end\n  a\n   ^");
}

static void test_strbuf_numbers(void **state)
{
	static const uint64_t values[] = { 0,	  1,	  9,	       10,	    99,	       100,
					   12345, 999999, 4294967295u, 4294967296u, UINT64_MAX };
	struct strbuf b = { 0 };
	char want[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		strbuf_clear(&b);
		strbuf_u64(&b, values[i]);
		snprintf(want, sizeof(want), "%" PRIu64, values[i]);
		assert_string_equal(b.s, want);
		strbuf_clear(&b);
		strbuf_s64(&b, (int64_t)(0 - values[i]));
		snprintf(want, sizeof(want), "%" PRId64, (int64_t)(0 - values[i]));
		assert_string_equal(b.s, want);
		strbuf_clear(&b);
		strbuf_hex(&b, values[i]);
		snprintf(want, sizeof(want), "%" PRIx64, values[i]);
		assert_string_equal(b.s, want);
		strbuf_clear(&b);
		strbuf_u64_pad(&b, values[i], 7, '0');
		snprintf(want, sizeof(want), "%07" PRIu64, values[i]);
		assert_string_equal(b.s, want);
	}
	strbuf_done(&b);
}

static void test_strbuf_numbers_for_people(void **state)
{
	static const struct {
		uint64_t v;
		const char *grouped, *count;
	} rows[] = {
		{ 0, "0", "0" },
		{ 999, "999", "999" },
		{ 1000, "1,000", "1000" },
		{ 123456, "123,456", "123k" },
		{ 1234567, "1,234,567", "1.2M" },
		{ 3400000000, "3,400,000,000", "3.4G" },
		{ UINT64_MAX, "18,446,744,073,709,551,615", "18446744073.7G" },
	};
	struct strbuf b = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_clear(&b);
		strbuf_grouped(&b, rows[i].v);
		assert_string_equal(b.s, rows[i].grouped);
		strbuf_clear(&b);
		strbuf_count(&b, rows[i].v);
		assert_string_equal(b.s, rows[i].count);
	}
	strbuf_done(&b);
}

static void test_strbuf_grows(void **state)
{
	struct strbuf b = { 0 };
	char *s;

	(void)state;
	assert_string_equal(strbuf_cstr(&b), "");
	for (int i = 0; i < 1000; i++)
		strbuf_fmt(&b, "%d,", i % 10);
	assert_int_equal(b.len, 2000);
	assert_int_equal(strlen(b.s), 2000);
	strbuf_cut(&b, 3);
	assert_string_equal(b.s, "0,1");
	strbuf_clear(&b);
	strbuf_time(&b, 1234567890123ULL, 9);
	strbuf_char(&b, ' ');
	strbuf_time(&b, 1000001999ULL, 6);
	assert_string_equal(b.s, "1234.567890123 1.000001");
	s = strbuf_take(&b);
	assert_int_equal(b.len, 0);
	free(s);
	s = strbuf_take(&b);
	assert_string_equal(s, "");
	free(s);
}

struct spelled {
	const char *in;
	size_t len; /* 0: strlen */
	const char *text, *json;
};

static const struct spelled spelled[] = {
	{ "bash", 0, "bash", "\"bash\"" },
	{ "", 0, "", "\"\"" },
	{ "a\"b\\c", 0, "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "two\nlines\t\r", 0, "two\\nlines\\t\\r", "\"two\\nlines\\t\\r\"" },
	{ "\x1b[31mred", 0, "\\x1b[31mred", "\"\\u001b[31mred\"" },
	{ "nul\0byte", 8, "nul\\x00byte", "\"nul\\u0000byte\"" },
	{ "del\x7f", 0, "del\\x7f", "\"del\\u007f\"" },
	{ "gr\xc3\xbc\xc3\x9f", 0, "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
	{ "\xf0\x9f\x8e\xb5", 0, "\xf0\x9f\x8e\xb5", "\"\xf0\x9f\x8e\xb5\"" },
	{ "c1\xc2\x9b", 0, "c1\\xc2\\x9b", "\"c1\\u009b\"" },
	{ "bad\xff", 0, "bad\\xff", "\"bad\xef\xbf\xbd\"" },
	{ "cut\xc3", 0, "cut\\xc3", "\"cut\xef\xbf\xbd\"" },
	{ "long\xc0\x80", 0, "long\\xc0\\x80", "\"long\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "sur\xed\xa0\x80", 0, "sur\\xed\\xa0\\x80",
	  "\"sur\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "rtl\xe2\x80\xae"
	  "x",
	  0, "rtl\\u202ex", "\"rtl\\u202ex\"" },
	{ "bom\xef\xbb\xbf", 0, "bom\\ufeff", "\"bom\\ufeff\"" },
	{ "tag\xf3\xa0\x81\x81", 0, "tag\\udb40\\udc41", "\"tag\\udb40\\udc41\"" },
	{ "eight by eight, and so on\n", 0, "eight by eight, and so on\\n",
	  "\"eight by eight, and so on\\n\"" },
};

static void test_safe(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spelled); i++) {
		const struct spelled *s = &spelled[i];
		size_t len = s->len ? s->len : strlen(s->in);

		strbuf_clear(&b);
		safe_text(&b, s->in, len);
		assert_string_equal(strbuf_cstr(&b), s->text);
		assert_int_equal(safe_is_plain(s->in, len),
				 b.len == len && !memcmp(strbuf_cstr(&b), s->in, len));
		strbuf_clear(&b);
		safe_json(&b, s->in, len);
		assert_string_equal(b.s, s->json);
	}
	strbuf_done(&b);
}

/* Whatever the bytes: nothing that a terminal would act on, and the same whichever way they are cut
 * up. */
static void test_safe_random(void **state)
{
	struct strbuf b = { 0 };
	char in[40];

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)rand() % sizeof(in);

		for (size_t i = 0; i < len; i++)
			in[i] =
			    (char)(round % 2 ? rand() : "a\xe2\x80\xae\x1b\xc2\x85 "[rand() % 8]);
		strbuf_clear(&b);
		safe_text(&b, in, len);
		assert_true(safe_is_plain(strbuf_cstr(&b), b.len));
		strbuf_clear(&b);
		safe_json(&b, in, len);
		assert_true(safe_is_plain(b.s, b.len));
	}
	strbuf_done(&b);
}

static void test_arena(void **state)
{
	struct arena a = { 0 };
	char *first, *big;

	(void)state;
	first = arena_strdup(&a, "first");
	for (int i = 0; i < 10000; i++) {
		uint64_t *p = arena_alloc(&a, 24);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_int_equal(p[0] | p[1] | p[2], 0);
		p[0] = UINT64_MAX;
	}
	big = arena_alloc(&a, 1 << 20);
	assert_int_equal(big[(1 << 20) - 1], 0);
	assert_string_equal(first, "first");
	assert_string_equal(arena_strndup(&a, "sched_switch", 5), "sched");
	arena_done(&a);
	assert_int_equal(a.used, 0);
	arena_done(NULL);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *s;
		int rc;
		uint64_t v;
	} t[] = {
		{ "0", 0, 0 },		{ "4096", 0, 4096 },	     { "4k", 0, 4096 },
		{ "1.5M", 0, 1572864 }, { "2GiB", 0, 2147483648 },   { "1T", 0, 1099511627776 },
		{ "", -EINVAL, 0 },	{ "-1", -EINVAL, 0 },	     { "k", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 }, { "inf", -EINVAL, 0 },	     { "1 k", -EINVAL, 0 },
		{ "9e99", -EINVAL, 0 }, { "16777216T", -ERANGE, 0 },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t v = 77;
		int rc = util_parse_size(t[i].s, &v);

		assert_int_equal(!!rc, !!t[i].rc);
		assert_int_equal(v, rc ? 77 : t[i].v);
	}
	assert_string_equal(util_human_size(512, buf, sizeof(buf)), "512 B");
	assert_string_equal(util_human_size(1536, buf, sizeof(buf)), "1.5 KiB");
	assert_string_equal(util_human_size(300u << 20, buf, sizeof(buf)), "300 MiB");
}

static void test_durations(void **state)
{
	static const struct {
		const char *s;
		uint64_t v;
	} t[] = {
		{ "10", 10000000000 },	 { "1.5s", 1500000000 }, { "200ms", 200000000 },
		{ "250us", 250000 },	 { "7ns", 7 },		 { "2m", 120000000000 },
		{ "1h", 3600000000000 },
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_int_equal(util_parse_duration(t[i].s, &v), 0);
		assert_int_equal(v, t[i].v);
	}
	assert_int_equal(util_parse_duration("1 fortnight", &v), -EINVAL);
}

static const char *const names[] = { "sched_switch", "sched_waking", "sys_enter_openat", "pid" };

static const char *name_at(size_t i, void *data)
{
	(void)data;
	return names[i];
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(util_nearest("sched_swich", name_at, 4, NULL), "sched_switch");
	assert_string_equal(util_nearest("sched_wakign", name_at, 4, NULL), "sched_waking");
	assert_string_equal(util_nearest("pdi", name_at, 4, NULL), "pid");
	assert_null(util_nearest("something_else", name_at, 4, NULL));
	assert_null(util_nearest("x", name_at, 0, NULL));
}

static void test_clock_map(void **state)
{
	const uint64_t s = NSEC_PER_SEC;
	struct clock_map m = { 0 };
	struct clock_triple t = { .mono = 100 * s, .real = 5000 * s, .boot = 100 * s };

	(void)state;
	assert_int_equal(clock_map_real(&m, 1), 0);
	clock_map_add(&m, t);
	for (int i = 1; i < 50; i++) /* the same distance: nothing to keep */
		clock_map_add(&m, (struct clock_triple) { t.mono + i * s, t.real + i * s + 500000,
							  t.boot + i * s });
	assert_int_equal(m.count, 1);
	/* The clock was set back by an hour at 150. */
	clock_map_add(&m, (struct clock_triple) { 150 * s, 1450 * s, 150 * s });
	/* Suspended for 1000 s at 200. */
	clock_map_add(&m, (struct clock_triple) { 200 * s, 2500 * s, 1200 * s });
	assert_int_equal(m.count, 3);
	assert_int_equal(clock_map_real(&m, 120 * s), 5020 * s);
	assert_int_equal(clock_map_real(&m, 90 * s), 4990 * s);
	assert_int_equal(clock_map_real(&m, 160 * s), 1460 * s);
	assert_int_equal(clock_map_real(&m, 201 * s), 2501 * s);
	clock_map_done(&m);
}

static void test_clock_sample(void **state)
{
	struct clock_triple t = clock_sample();
	uint64_t now = clock_mono();

	(void)state;
	assert_true(t.mono <= now && now - t.mono < NSEC_PER_SEC);
	assert_true(t.boot + NSEC_PER_MSEC >= t.mono);
	assert_true(t.real > 1600000000ULL * NSEC_PER_SEC);
}

static void test_duration(void **state)
{
	static const struct {
		double ns;
		const char *want;
	} rows[] = {
		{ 0, "0ns" },	     { 7, "7ns" },	    { 999, "999ns" },
		{ 999.6, "1.00us" }, { 1000, "1.00us" },    { 9994, "9.99us" },
		{ 9996, "10.0us" },  { 12345, "12.3us" },   { 123456, "123us" },
		{ 999499, "999us" }, { 999500, "1.00ms" },  { 4560000, "4.56ms" },
		{ 78.9e9, "78.9s" }, { 12345e9, "12345s" }, { -1500, "-1.50us" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf b = { 0 };

		strbuf_duration(&b, rows[i].ns);
		assert_string_equal(b.s, rows[i].want);
		strbuf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_err),
		cmocka_unit_test(test_err_never_overruns),
		cmocka_unit_test(test_caret),
		cmocka_unit_test(test_strbuf_numbers),
		cmocka_unit_test(test_strbuf_numbers_for_people),
		cmocka_unit_test(test_strbuf_grows),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_safe_random),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_clock_map),
		cmocka_unit_test(test_clock_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

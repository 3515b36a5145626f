/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * numeric: the same number as the filter has it, from every event that has the field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "core/cleanup.h"
#include "core/filter.h"
#include "core/numeric.h"
#include "core/util.h"

#define HEAD                                                                                       \
	"name: %s\nID: %u\nformat:\n"                                                              \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n%s\nprint fmt: \"\"\n"

static struct schema_set *set;

static const struct schema *add(const char *system, const char *name, unsigned id,
				const char *fields)
{
	struct err e = ERR_INIT;
	struct schema *s = NULL;
	char text[2048];
	int n = snprintf(text, sizeof(text), HEAD, name, id, fields);

	if (schema_parse(system, text, (size_t)n, set->machine, &s, &e) < 0)
		fail_msg("%s", e.text);
	return schema_set_add(set, s);
}

static const struct schema *one, *two, *three;

static int setup(void **state)
{
	set = schema_set_new((struct machine) { .long_size = 8 });
	one = add("a", "one", 1,
		  "\tfield:s32 x;\toffset:8;\tsize:4;\tsigned:1;\n"
		  "\tfield:ns_t latency;\toffset:16;\tsize:8;\tsigned:0;\n"
		  "\tfield:char text[8];\toffset:24;\tsize:8;\tsigned:0;\n");
	two = add("b", "two", 2,
		  "\tfield:u64 x;\toffset:16;\tsize:8;\tsigned:0;\n"
		  "\tfield:int pid;\toffset:8;\tsize:4;\tsigned:1;\n");
	three = add("b", "one", 3, "\tfield:u8 x;\toffset:8;\tsize:1;\tsigned:0;\n");
	return 0;
}

static int teardown(void **state)
{
	schema_set_free(set);
	return 0;
}

static struct row row_of(const struct schema *s, const uint8_t *rec, uint32_t size)
{
	return (struct row) { .schema = s, .rec = rec, .size = size };
}

static void assert_read(const char *name, const struct row *r, bool has, wide_t want)
{
	struct numeric *n = NULL;
	wide_t v = 0;

	assert_int_equal(numeric_new(name, &n, NULL), 0);
	assert_int_equal(numeric_read(n, r, &v), has);
	if (has)
		assert_true(v == want);
	numeric_free(n);
}

static void test_read(void **state)
{
	uint8_t rec[32] = { 0 };
	struct row a = row_of(one, rec, 32), b = row_of(two, rec, 32), c = row_of(three, rec, 32);
	struct row cut = row_of(two, rec, 20), loss = { .flags = ROW_LOSS };

	store_u32(rec + 8, 0xfffffff6);
	store_u64(rec + 16, UINT64_MAX - 3);
	assert_read("x", &a, true, -10);
	assert_read("x", &b, true, (wide_t)UINT64_MAX - 3);
	assert_read(" x ", &c, true, 0xf6);
	assert_read("one.x", &a, true, -10);
	assert_read("one.x", &b, false, 0);
	assert_read("one.x", &c, true, 0xf6);
	assert_read("b:one.x", &a, false, 0);
	assert_read("b:one.x", &c, true, 0xf6);
	assert_read(".pid", &b, true, -10);
	assert_read("text", &a, false, 0);
	assert_read("x", &cut, false, 0);
	assert_read("x", &loss, false, 0);
}

/* One reader over rows of all of them, as they come. */
static void test_mixed(void **state)
{
	uint8_t rec[32] = { 0 };
	struct numeric *n = NULL;

	store_u32(rec + 8, 5);
	store_u64(rec + 16, 7);
	assert_int_equal(numeric_new("x", &n, NULL), 0);
	for (unsigned i = 0; i < 30; i++) {
		const struct schema *const all[] = { one, two, three };
		struct row r = row_of(all[i * 7 % 3], rec, 32);
		wide_t v;

		assert_true(numeric_read(n, &r, &v));
		assert_true(v == (r.schema == two ? 7 : 5));
	}
	numeric_free(n);
}

static void assert_wrong(const char *name, int code, const char *says)
{
	const struct schema_set *const sets[] = { set };
	struct numeric *n = NULL;
	struct err e = ERR_INIT;
	int rc = numeric_new(name, &n, &e);

	if (rc >= 0)
		rc = numeric_check(n, sets, 1, &e);
	assert_int_equal(rc, code);
	if (!strstr(e.text, says))
		fail_msg("'%s': %s", name, e.text);
	numeric_free(n);
}

static void test_wrong(void **state)
{
	assert_wrong("", -EAGAIN, "field:");
	assert_wrong("one.", -EAGAIN, "field:");
	assert_wrong("x y", -EINVAL, "one field");
	assert_wrong("pid", -EINVAL, ".pid");
	assert_wrong("latncy", -ENOENT, "field: no field 'latncy'; nearest is 'latency'");
	assert_wrong("text", -EINVAL, "'text' is no number");
	assert_wrong("x", 0, "");
}

static void assert_said(const char *name, const struct schema *s, wide_t v, const char *want)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	uint8_t rec[32] = { 0 };
	struct row r = row_of(s, rec, 32);
	struct numeric *n = NULL;
	wide_t unused;

	assert_int_equal(numeric_new(name, &n, NULL), 0);
	assert_true(numeric_read(n, &r, &unused));
	numeric_say(n, v, &b);
	assert_string_equal(strbuf_cstr(&b), want);
	numeric_free(n);
}

static void test_say(void **state)
{
	assert_said("latency", one, 12345, "12.3us");
	assert_said("x", one, -1234567, "-1,234,567");
	assert_said("x", two, (wide_t)UINT64_MAX, "18,446,744,073,709,551,615");
}

static void assert_brief(wide_t v, const char *want)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct numeric *n = NULL;

	assert_int_equal(numeric_new("x", &n, NULL), 0);
	numeric_brief(n, v, &b);
	assert_string_equal(strbuf_cstr(&b), want);
	numeric_free(n);
}

static void test_brief(void **state)
{
	assert_brief(9999, "9,999");
	assert_brief(10000, "10.0k");
	assert_brief(-999499, "-999k");
	assert_brief(999500, "1.00M");
	assert_brief((wide_t)UINT64_MAX, "18.4E");
	assert_brief((wide_t)UINT64_MAX * 1000, "18447E");
}

static void assert_range(const char *name, wide_t lo, wide_t hi, const char *want)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct numeric *n = NULL;
	struct filter *f = NULL;

	assert_int_equal(numeric_new(name, &n, NULL), 0);
	numeric_range(n, lo, hi, &b);
	assert_string_equal(strbuf_cstr(&b), want);
	assert_int_equal(filter_parse(b.s, &f, NULL), 0);
	filter_free(f);
	numeric_free(n);
}

static void test_range(void **state)
{
	assert_range("one.x", -5, 7, "one.x >= -5 and one.x <= 7");
	assert_range(".pid", 3, 3, ".pid == 3");
	assert_range("x", 0, (wide_t)UINT64_MAX * 2, "x >= 0 and x <= 18446744073709551615");
}

/* A range lets the rows pass whose value is in it, whatever the field's width and sign. */
static void test_range_filters(void **state)
{
	static const wide_t bounds[] = {
		INT64_MIN, -11, -10, -1, 0, 245, 246, 300, (wide_t)UINT64_MAX - 3, UINT64_MAX
	};
	const struct schema *const all[] = { one, two, three };
	uint8_t rec[32] = { 0 };
	struct numeric *n = NULL;

	store_u32(rec + 8, 0xfffffff6);
	store_u64(rec + 16, UINT64_MAX - 3);
	assert_int_equal(numeric_new("x", &n, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bounds) * ARRAY_SIZE(bounds) * 3; i++) {
		struct row r = row_of(all[i % 3], rec, 32);
		wide_t lo = bounds[i / 3 % ARRAY_SIZE(bounds)];
		wide_t hi = bounds[i / 3 / ARRAY_SIZE(bounds)], v;
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct filter *f = NULL;

		assert_true(numeric_read(n, &r, &v));
		numeric_range(n, lo, hi, &b);
		assert_int_equal(filter_parse(b.s, &f, NULL), 0);
		if (filter_match(f, &r, NULL) != (v >= lo && v <= hi))
			fail_msg("%s of %s:%s", b.s, r.schema->system, r.schema->name);
		filter_free(f);
	}
	numeric_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),	      cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_wrong),	      cmocka_unit_test(test_say),
		cmocka_unit_test(test_brief),	      cmocka_unit_test(test_range),
		cmocka_unit_test(test_range_filters),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

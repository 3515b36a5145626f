/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * field: typed reads, in both byte orders, and none behind the end of a record.
 */
#include "tests/unit/text_fixture.h"

static const struct {
	uint64_t raw;
	unsigned size;
	bool is_signed;
	uint64_t value;
} loads[] = {
	{ 0x80, 1, false, 0x80 },
	{ 0x80, 1, true, (uint64_t)-128 },
	{ 0x8001, 2, false, 0x8001 },
	{ 0x8001, 2, true, (uint64_t)-32767 },
	{ 0x80000002, 4, false, 0x80000002 },
	{ 0x80000002, 4, true, 0xffffffff80000002 },
	{ 0x123456789abcdef0, 8, false, 0x123456789abcdef0 },
	{ 0xfedcba9876543210, 8, true, 0xfedcba9876543210 },
	{ 0xff, 3, false, 0 },
};

static void numbers_load_in_both_orders(void **state)
{
	const uint16_t one = 1;
	bool big = !*(const uint8_t *)&one;

	for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
		for (int swap = 0; swap < 2; swap++) {
			struct machine m = { .swap = swap, .long_size = 8 };
			uint8_t p[9];

			put(p + 1, 0, loads[i].size, loads[i].raw, swap != big);
			assert_int_equal(field_load(m, p + 1, loads[i].size, loads[i].is_signed),
					 loads[i].value);
		}
}

#define FIELDS                                                                                     \
	"\tfield:int n;\toffset:8;\tsize:4;\tsigned:1;\n"                                          \
	"\tfield:char s[8];\toffset:12;\tsize:8;\tsigned:0;\n"                                     \
	"\tfield:__data_loc char[] d;\toffset:20;\tsize:4;\tsigned:0;\n"                           \
	"\tfield:__rel_loc char[] r;\toffset:24;\tsize:4;\tsigned:0;\n"                            \
	"\tfield:char t[];\toffset:28;\tsize:0;\tsigned:0;\n"

static uint8_t *record(uint8_t *rec, uint32_t data_loc, uint32_t rel_loc)
{
	memset(rec, 'x', 40);
	put(rec, 8, 4, (uint64_t)-5, false);
	memcpy(rec + 12, "eight888", 8);
	put(rec, 20, 4, data_loc, false);
	put(rec, 24, 4, rel_loc, false);
	memcpy(rec + 28, "tail\0tail", 9);
	return rec;
}

static void strings_end_where_they_end(void **state)
{
	struct schema *s = parse(FORMAT(1, FIELDS, "\"\""));
	uint8_t rec[40];
	uint32_t len;
	uint64_t v;
	const char *p;

	record(rec, 4 << 16 | 30, 3 << 16 | 1);
	p = field_str(s, schema_field(s, "s"), rec, 40, &len);
	assert_int_equal(len, 8); /* no NUL in it */
	assert_memory_equal(p, "eight888", 8);
	p = field_str(s, schema_field(s, "d"), rec, 40, &len);
	assert_int_equal(len, 2);
	assert_memory_equal(p, "il", 2);
	p = field_str(s, schema_field(s, "r"), rec, 40, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(p, "ail", 3);
	p = field_str(s, schema_field(s, "t"), rec, 40, &len);
	assert_int_equal(len, 4);
	assert_null(field_str(s, schema_field(s, "n"), rec, 40, &len));
	assert_true(field_int(s, schema_field(s, "n"), rec, 40, &v));
	assert_int_equal((int64_t)v, -5);
	assert_false(field_int(s, schema_field(s, "s"), rec, 40, &v));
	schema_free(s);
}

/* Each record in memory of just its size, so that the sanitizer sees a step too far. */
static void nothing_is_read_behind_the_end(void **state)
{
	struct schema *s = parse(FORMAT(1, FIELDS, "\"\""));
	uint8_t rec[40];

	for (uint32_t size = 0; size <= 40; size++)
		for (uint32_t offset = 0; offset < 48; offset++) {
			uint8_t *exact = malloc(size ? size : 1);
			uint32_t len;
			uint64_t v;

			record(rec, 9 << 16 | offset, 9 << 16 | offset);
			memcpy(exact, rec, size);
			schema_for_each_field (s, f) {
				const uint8_t *p = field_bytes(s, f, exact, size, &len);

				assert_true(!p || (p >= exact && p + len <= exact + size));
				field_int(s, f, exact, size, &v);
				field_str(s, f, exact, size, &len);
			}
			free(exact);
		}
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_load_in_both_orders),
		cmocka_unit_test(strings_end_where_they_end),
		cmocka_unit_test(nothing_is_read_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

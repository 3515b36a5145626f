/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_records: one record of every schema of filter_fixture.h, and tables of what filters say
 * of them.
 */
#ifndef TESTS_UNIT_FILTER_RECORDS_H
#define TESTS_UNIT_FILTER_RECORDS_H

#include "core/arena.h"
#include "tests/unit/filter_fixture.h"

static struct filter *parse(const char *text)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	return f;
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

struct answer {
	const char *text;
	int schema;
	enum filter_value want;
};

/* Runs a table over the records above, by a thread whose process is 8 and whose name is unknown. */
static void check_answers(const struct answer *answers, size_t count)
{
	static void (*const put[])(uint8_t * rec) = { put_switch, put_ints, put_texts, put_swapped,
						      put_ints };
	static const uint32_t sizes[] = { 60, 48, 60, 48, 48 };
	struct fixture fx = fixture_new();
	uint8_t rec[64];

	for (size_t i = 0; i < count; i++) {
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

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: which columns stand where at every width, moves that never leave the rows whatever they
 * do, clicks, and columns by name.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "tui/table.h"

static const struct table_column columns[] = {
	{ .name = "time",
	  .title = "time",
	  .width = 6,
	  .worth = 9,
	  .right = true,
	  .look = LOOK_TIME },
	{ .name = "cpu", .title = "cpu", .width = 3, .worth = 2, .right = true, .look = LOOK_CPU },
	{ .name = "comm", .title = "comm", .width = 8, .worth = 5, .look = LOOK_COMM },
	{ .name = "fields", .title = "fields", .width = 0, .worth = 7, .look = LOOK_VALUE },
};

enum { TIME, CPU, COMM, FIELDS, COLUMNS };

static struct table_state make(void)
{
	struct table_state t;

	table_init(&t, columns, COLUMNS);
	return t;
}

/* ---- places ---- */

struct place {
	int x, width;
};

/* The places of all columns at one width; width 0: dropped. */
static const struct {
	int cols;
	struct place at[COLUMNS];
} places[] = {
	{ 80, { { 0, 6 }, { 7, 3 }, { 11, 8 }, { 20, 60 } } },
	{ 31, { { 0, 6 }, { 7, 3 }, { 11, 8 }, { 20, 11 } } },
	{ 30, { { 0, 6 }, { 7, 3 }, { 11, 8 }, { 20, 10 } } },
	{ 29, { { 0, 6 }, { 0, 0 }, { 7, 8 }, { 16, 13 } } },
	{ 26, { { 0, 6 }, { 0, 0 }, { 7, 8 }, { 16, 10 } } },
	{ 25, { { 0, 6 }, { 0, 0 }, { 0, 0 }, { 7, 18 } } },
	{ 17, { { 0, 6 }, { 0, 0 }, { 0, 0 }, { 7, 10 } } },
	{ 16, { { 0, 6 }, { 0, 0 }, { 0, 0 }, { 0, 0 } } },
	{ 6, { { 0, 6 }, { 0, 0 }, { 0, 0 }, { 0, 0 } } },
	{ 3, { { 0, 3 }, { 0, 0 }, { 0, 0 }, { 0, 0 } } },
	{ 0, { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } } },
};

static void test_places(void **state)
{
	struct table_state t = make();

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		for (unsigned c = 0; c < COLUMNS; c++) {
			struct place got = { 0 };
			bool shown = table_place(&t, places[i].cols, c, &got.x, &got.width);

			if (shown != (places[i].at[c].width > 0) || got.x != places[i].at[c].x ||
			    got.width != places[i].at[c].width)
				fail_msg("%d columns, %s: at %d, %d wide", places[i].cols,
					 columns[c].name, got.x, got.width);
		}
	}
	assert_false(table_place(&t, 80, COLUMNS, &(int) { 0 }, &(int) { 0 }));
}

/* Of columns of one worth the last one goes first. */
static void test_tie(void **state)
{
	static const struct table_column same[] = { { .name = "a", .title = "a", .width = 5 },
						    { .name = "b", .title = "b", .width = 5 } };
	struct table_state t;
	int x, width;

	table_init(&t, same, 2);
	assert_true(table_place(&t, 6, 0, &x, &width));
	assert_false(table_place(&t, 6, 1, &x, &width));
}

/* The column under a cell's cursor is never the one that goes. */
static void test_cursor_stays(void **state)
{
	struct table_state t = make();
	int x, width;

	t.cells = true;
	for (t.column = 0; t.column < COLUMNS; t.column++)
		for (int cols = 1; cols < 80; cols++)
			assert_true(table_place(&t, cols, t.column, &x, &width));
}

/* Columns never overlap and never leave the area, in any order and at any width. */
static void test_no_overlap(void **state)
{
	uint32_t seed = 3;

	for (unsigned round = 0; round < 20000; round++) {
		struct table_state t = make();
		int cols = (int)(round % 90), end = -1;

		for (unsigned i = 0; i < COLUMNS; i++) {
			seed = seed * 1664525 + 1013904223;
			t.widths[i] = (int16_t)(seed >> 16 & 1 ? seed >> 20 & 31 : 0);
		}
		t.shown = 1 + (seed >> 8) % COLUMNS;
		for (unsigned i = 0; i < t.shown; i++) {
			int x, width;

			if (!table_place(&t, cols, i, &x, &width))
				continue;
			assert_true(width > 0 && x > end && x + width <= cols);
			assert_true(end < 0 || x == end + 1);
			end = x + width;
		}
		assert_true(end > 0 || !cols);
	}
}

static void test_widen(void **state)
{
	struct table_state t = make();
	int x, width;

	t.column = COMM;
	assert_true(table_widen(&t, 80, 2));
	assert_true(table_place(&t, 80, COMM, &x, &width));
	assert_int_equal(width, 10);
	assert_true(table_widen(&t, 80, -100));
	assert_true(table_place(&t, 80, COMM, &x, &width));
	assert_int_equal(width, 1);
	assert_false(table_widen(&t, 80, -1));
	/* A flexible column goes on from where it is. */
	t.column = FIELDS;
	assert_true(table_place(&t, 80, FIELDS, &x, &width));
	assert_true(table_widen(&t, 80, -1));
	assert_int_equal(t.widths[FIELDS], width - 1);
	assert_true(table_widen(&t, 80, 1000));
	assert_int_equal(t.widths[FIELDS], 80);
	/* A column that is not shown has no width. */
	t = make();
	t.column = CPU;
	assert_false(table_widen(&t, 20, 1));
}

/* ---- moving ---- */

#define NONE UINT64_MAX

static const struct {
	uint64_t rows, cursor, top;
	int height; /* the header counts */
	enum action action;
	unsigned count;
	uint64_t want, want_top; /* want NONE: not a move */
} moves[] = {
	{ 10, 0, 0, 5, ACT_DOWN, 0, 1, 0 },
	{ 10, 0, 0, 5, ACT_DOWN, 3, 3, 0 },
	{ 10, 3, 0, 5, ACT_DOWN, 0, 4, 1 },
	{ 10, 9, 6, 5, ACT_DOWN, 0, 9, 6 },
	{ 10, 8, 6, 5, ACT_DOWN, UINT32_MAX, 9, 6 },
	{ 10, 0, 0, 5, ACT_UP, 0, 0, 0 },
	{ 10, 6, 6, 5, ACT_UP, 0, 5, 5 },
	{ 10, 5, 2, 5, ACT_UP, UINT32_MAX, 0, 0 },
	{ 100, 1, 0, 11, ACT_PAGE_DOWN, 0, 11, 10 },
	{ 100, 1, 0, 11, ACT_PAGE_DOWN, 2, 21, 20 },
	{ 100, 95, 89, 11, ACT_PAGE_DOWN, 0, 99, 90 },
	{ 100, 11, 10, 11, ACT_PAGE_UP, 0, 1, 0 },
	{ 100, 5, 3, 11, ACT_PAGE_UP, 0, 0, 0 },
	{ 100, 1, 0, 11, ACT_HALF_DOWN, 0, 6, 5 },
	{ 100, 9, 5, 11, ACT_HALF_UP, 0, 4, 0 },
	{ 100, 50, 45, 11, ACT_FIRST, 0, 0, 0 },
	{ 100, 50, 45, 11, ACT_LAST, 0, 99, 90 },
	{ 100, 50, 45, 11, ACT_FIRST, 20, 19, 19 },
	{ 100, 50, 45, 11, ACT_LAST, 20, 19, 19 },
	{ 100, 50, 45, 11, ACT_LAST, 500, 99, 90 },
	{ 0, 0, 0, 11, ACT_LAST, 0, 0, 0 },
	{ 0, 7, 7, 11, ACT_DOWN, 0, 0, 0 },
	{ 3, 7, 7, 11, ACT_UP, 0, 1, 0 },
	{ 100, 50, 0, 1, ACT_DOWN, 0, 51, 51 },
	{ 100, 50, 0, 0, ACT_PAGE_DOWN, 0, 51, 51 },
	{ UINT64_MAX, UINT64_MAX - 5, 0, 11, ACT_PAGE_DOWN, UINT32_MAX, UINT64_MAX - 1,
	  UINT64_MAX - 10 },
	{ 10, 2, 0, 5, ACT_ENTER, 0, NONE, 0 },
	{ 10, 2, 0, 5, ACT_LEFT, 0, NONE, 0 },
	{ 10, 2, 0, 5, ACT_NONE, 0, NONE, 0 },
};

static void test_moves(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		struct table_state t = make();
		bool moved;

		t.cursor = moves[i].cursor;
		t.top = moves[i].top;
		moved =
		    table_move(&t, moves[i].rows, moves[i].height, moves[i].action, moves[i].count);
		assert_int_equal(moved, moves[i].want != NONE);
		if (moved && (t.cursor != moves[i].want || t.top != moves[i].want_top))
			fail_msg("move %zu: cursor %llu, top %llu", i, (unsigned long long)t.cursor,
				 (unsigned long long)t.top);
	}
}

static void test_columns_move(void **state)
{
	struct table_state t = make();

	t.cells = true;
	assert_true(table_move(&t, 5, 5, ACT_RIGHT, 0));
	assert_int_equal(t.column, 1);
	assert_true(table_move(&t, 5, 5, ACT_RIGHT, 99));
	assert_int_equal(t.column, COLUMNS - 1);
	assert_true(table_move(&t, 5, 5, ACT_LEFT, 2));
	assert_int_equal(t.column, 1);
	assert_true(table_move(&t, 5, 5, ACT_LEFT, UINT32_MAX));
	assert_int_equal(t.column, 0);
}

static void test_carry(void **state)
{
	struct table_state t = make();

	t.top = 10;
	t.cursor = 13;
	table_carry(&t, 113);
	assert_int_equal(t.top, 110);
	assert_int_equal(t.cursor, 113);
	table_carry(&t, 2);
	assert_int_equal(t.top, 0);
	assert_int_equal(t.cursor, 2);
}

static void check_range(const struct table_state *t, uint64_t rows, int height)
{
	uint64_t sight = height > 2 ? (uint64_t)height - 1 : 1;

	assert_true(rows ? t->cursor < rows : !t->cursor);
	assert_true(t->top <= t->cursor && t->cursor - t->top < sight);
	/* No blank line below while there are rows above. */
	assert_true(!t->top || rows - t->top >= sight);
	assert_true(t->column < t->shown);
}

/* Whatever is pressed and however rows come and go, the cursor is on a row and in sight. */
static void test_never_out(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 2, 3, 7, 50, 51, 1000, UINT32_MAX, UINT64_MAX };
	static const unsigned counts[] = { 0, 0, 0, 1, 2, 30, UINT32_MAX };
	struct table_state t = make();
	uint64_t rows = 10;
	int height = 10;
	uint32_t seed = 11;

	t.cells = true;
	for (unsigned round = 0; round < 200000; round++) {
		enum action a = ACT_UP + (enum action)(round * 7 % (ACT_BACK - ACT_UP + 1));

		seed = seed * 1664525 + 1013904223;
		if (!(seed >> 28))
			rows = sizes[(seed >> 8) % ARRAY_SIZE(sizes)];
		if (!(seed >> 24 & 15))
			height = (int)(seed >> 8 & 63) - 2;
		if (!(seed >> 20 & 15))
			table_carry(&t, seed % 100);
		if (table_move(&t, rows, height, a, counts[(seed >> 12) % ARRAY_SIZE(counts)]))
			check_range(&t, rows, height);
		table_fit(&t, rows, height);
		check_range(&t, rows, height);
	}
}

/* ---- what is under the mouse ---- */

static void test_at(void **state)
{
	static const struct {
		int y, x;
		bool hit;
		uint64_t row;
		unsigned column;
	} clicks[] = {
		{ 1, 0, true, 20, TIME },    { 1, 6, true, 20, TIME },	{ 1, 7, true, 20, CPU },
		{ 3, 31, true, 22, FIELDS }, { 4, 11, true, 23, COMM }, { 5, 11, false, 0, COMM },
		{ 0, 12, false, 0, COMM },   { 6, 0, false, 0, TIME },	{ 1, -1, false, 0, TIME },
		{ 1, 32, false, 0, FIELDS }, { -1, 3, false, 0, TIME },
	};
	struct table_state t = make();
	const struct area a = { .rows = 6, .cols = 32 };

	t.top = 20;
	for (size_t i = 0; i < ARRAY_SIZE(clicks); i++) {
		uint64_t row = 0;
		unsigned column = 99;

		assert_int_equal(table_at(&t, 24, &a,
					  &(struct act_arg) { .y = clicks[i].y, .x = clicks[i].x },
					  &row, &column),
				 clicks[i].hit);
		assert_int_equal(row, clicks[i].row);
		assert_int_equal(column, clicks[i].column);
	}
}

static void test_at_line(void **state)
{
	struct table_state t = make();
	const struct area a = { .rows = 1, .cols = 32 };
	uint64_t row = 0;
	unsigned column;

	t.top = 20;
	assert_true(table_at(&t, 24, &a, &(struct act_arg) { .y = 0, .x = 0 }, &row, &column));
	assert_int_equal(row, 20);
	assert_false(table_at(&t, 24, &a, &(struct act_arg) { .y = 1, .x = 0 }, &row, &column));
}

/* ---- columns by name ---- */

static void test_set_columns(void **state)
{
	static const char *const texts[][2] = {
		{ "time cpu comm fields", "time cpu comm fields" },
		{ " fields,\ttime:20 ", "fields time:20" },
		{ "comm:500", "comm:500" },
		{ "comm", "comm" },
		{ "fields:1 cpu", "fields:1 cpu" },
	};

	struct table_state t = make(); /* each text undoes the one before */

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct strbuf b = { 0 };

		t.column = FIELDS;
		assert_int_equal(table_set_columns(&t, texts[i][0], NULL), 0);
		table_get_columns(&t, &b);
		assert_string_equal(strbuf_cstr(&b), texts[i][1]);
		assert_true(t.column < t.shown);
		/* What was written is read as the same. */
		assert_int_equal(table_set_columns(&t, b.s, NULL), 0);
		strbuf_clear(&b);
		table_get_columns(&t, &b);
		assert_string_equal(strbuf_cstr(&b), texts[i][1]);
		strbuf_done(&b);
	}
}

static void test_wrong_columns(void **state)
{
	static const struct {
		const char *text;
		int code, column;
		const char *says;
	} wrong[] = {
		{ "time coom", -ENOENT, 5,
		  "no column 'coom'; nearest is 'comm'; there are time cpu comm fields" },
		{ "zzzzzz", -ENOENT, 0, "no column 'zzzzzz'; there are time cpu comm fields" },
		{ "time  time", -EINVAL, 6, "columns: 'time' stands there twice" },
		{ "cpu time:0", -EINVAL, 4,
		  "columns: 'time' takes a width of 1 to 500 behind the colon" },
		{ "time:501", -EINVAL, 0, "columns: 'time' takes" },
		{ "time:", -EINVAL, 0, "columns: 'time' takes" },
		{ "time:-5", -EINVAL, 0, "columns: 'time' takes" },
		{ "time:5x", -EINVAL, 0, "columns: 'time' takes" },
		{ " , ", -EINVAL, 0, "columns: ' , ' names no column" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct table_state t = make(), before = t;
		struct err e = ERR_INIT;

		assert_int_equal(table_set_columns(&t, wrong[i].text, &e), wrong[i].code);
		assert_int_equal(e.column, wrong[i].column);
		if (strncmp(e.text, wrong[i].says, strlen(wrong[i].says)))
			fail_msg("said: %s", e.text);
		assert_memory_equal(&t, &before, sizeof(t));
		assert_int_equal(table_set_columns(&t, wrong[i].text, NULL), wrong[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),	      cmocka_unit_test(test_cursor_stays),
		cmocka_unit_test(test_tie),	      cmocka_unit_test(test_no_overlap),
		cmocka_unit_test(test_widen),	      cmocka_unit_test(test_moves),
		cmocka_unit_test(test_columns_move),  cmocka_unit_test(test_carry),
		cmocka_unit_test(test_never_out),     cmocka_unit_test(test_at),
		cmocka_unit_test(test_at_line),	      cmocka_unit_test(test_set_columns),
		cmocka_unit_test(test_wrong_columns),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drawn tables: header with the sorting column, rows with their looks and marks, sparklines, and
 * that nothing is asked for that is not on the screen.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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

struct fake {
	uint64_t rows;
	unsigned asked; /* cells */
	uint64_t last;
};

static uint64_t fake_rows(const void *data)
{
	return ((const struct fake *)data)->rows;
}

static void fake_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	static const uint32_t heights[] = { 0, 4, 8 };
	struct fake *f = (struct fake *)(uintptr_t)data;

	f->asked++;
	f->last = row;
	if (column == CPU && row == 1) {
		cell->spark = heights;
		cell->spark_count = ARRAY_SIZE(heights);
	} else if (column == COMM && row == 2) {
		strbuf_str(cell->text, "a long name");
		cell->look = LOOK_GONE;
		cell->marks = MARK_HIT;
	} else {
		strbuf_fmt(cell->text, "%c%u", columns[column].name[0], (unsigned)row);
	}
}

static void fake_row(const void *data, uint64_t row, enum look *look, unsigned *marks)
{
	if (row == 3) {
		*look = LOOK_LOSS;
		*marks = MARK_TAG;
	}
}

static const struct table_model model = { .rows = fake_rows, .cell = fake_cell, .row = fake_row };

static void drawn_on(const struct table_state *t, struct fake *f, bool focus, int lines,
		     const char *want)
{
	struct canvas c = { .ascii = true };
	struct strbuf out = { 0 };
	struct area a;

	canvas_resize(&c, lines, 32);
	a = area_all(&c);
	table_draw(t, &model, f, &a, focus);
	canvas_dump(&c, &out);
	assert_string_equal(strbuf_cstr(&out), want);
	strbuf_done(&out);
	canvas_done(&c);
}

static void drawn(const struct table_state *t, struct fake *f, bool focus, const char *want)
{
	drawn_on(t, f, focus, 5, want);
}

static void test_draw(void **state)
{
	struct table_state t = make();
	struct fake f = { .rows = 100 };

	t.cells = true;
	t.column = COMM;
	t.cursor = 1;
	t.sort = COMM;
	t.reverse = true;
	drawn(&t, &f, true,
	      "  time cpu commv    fields\n"
	      "    t0  c0 c0       f0\n"
	      "    t1  =# c1       f1\n"
	      "    t2  c2 a long ~ f2\n"
	      "    t3  c3 c3       f3\n"
	      "-- looks\n"
	      "HHHHHHHHHHHSSSSSHHHHHHHHHHHHHHHH\n"
	      "    tt  cc pp       vv\n"
	      "    tt ccc pp       vv\n"
	      "    tt  cc xxxxxxxx vv\n"
	      "    LL  LL LL       LL\n"
	      "-- marks\n"
	      "\n"
	      "\n"
	      "11111111111555555551111111111111\n"
	      "           88888888\n"
	      "gggggggggggggggggggggggggggggggg\n");
	/* Only what is on the screen was asked for. */
	assert_int_equal(f.asked, 4 * COLUMNS);
	assert_int_equal(f.last, 3);
}

/* Without the keys, at the end of the rows, sorted the other way by a right-aligned column. */
static void test_draw_dim(void **state)
{
	struct table_state t = make();
	struct fake f = { .rows = 5 };

	t.cells = true;
	t.cursor = t.top = 4;
	t.sort = TIME;
	drawn(&t, &f, false,
	      " time^ cpu comm     fields\n"
	      "    t4  c4 c4       f4\n"
	      "\n\n\n"
	      "-- looks\n"
	      "HSSSSSHHHHHHHHHHHHHHHHHHHHHHHHHH\n"
	      "    tt  cc pp       vv\n"
	      "\n\n\n"
	      "-- marks\n"
	      "\n"
	      "22222222222222222222222222222222\n"
	      "\n\n\n");
	assert_int_equal(f.asked, COLUMNS);
}

static void test_draw_empty(void **state)
{
	struct table_state t = make();
	struct fake f = { 0 };

	drawn(&t, &f, true,
	      "  time cpu comm     fields\n"
	      "\n\n\n\n"
	      "-- looks\n"
	      "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH\n"
	      "\n\n\n\n");
}

/* On one line a row says more than a header. */
static void test_draw_line(void **state)
{
	struct table_state t = make();
	struct fake f = { .rows = 9 };

	t.cursor = t.top = 7;
	drawn_on(&t, &f, true, 1,
		 "    t7  c7 c7       f7\n"
		 "-- looks\n"
		 "    tt  cc pp       vv\n"
		 "-- marks\n"
		 "11111111111111111111111111111111\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_draw_dim),
		cmocka_unit_test(test_draw_empty),
		cmocka_unit_test(test_draw_line),
	};

	return cmocka_run_group_tests_name("table_draw", tests, NULL, NULL);
}

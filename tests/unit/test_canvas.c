/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canvas: what is drawn where, what is cut and how, and that no half of a wide character is
 * ever left.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/canvas.h"
#include "tui/glyph.h"

/* The first row of a canvas as text, trailing blanks cut. */
static void first_row(const struct canvas *c, struct strbuf *b)
{
	canvas_dump(c, b);
	strbuf_cut(b, (size_t)(strchr(b->s, '\n') - b->s));
}

static void check_row(const struct canvas *c, const char *want, const char *what)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	first_row(c, &b);
	if (strcmp(strbuf_cstr(&b), want))
		fail_msg("%s: '%s', not '%s'", what, strbuf_cstr(&b), want);
}

/* Every right half has its left one, and the other way round; marks and looks are known. */
static void check_whole(const struct canvas *c)
{
	for (int y = 0; y < c->rows; y++) {
		const struct cell *row = c->cells + (size_t)y * (size_t)c->cols;

		for (int x = 0; x < c->cols; x++) {
			assert_true(row[x].width <= 2);
			assert_true(row[x].look < LOOK_COUNT);
			if (row[x].width == 0) {
				assert_true(x > 0);
				assert_int_equal(row[x - 1].width, 2);
				assert_int_equal(row[x].s[0], 0);
			} else {
				assert_int_not_equal(row[x].s[0], 0);
			}
			if (row[x].width == 2) {
				assert_true(x + 1 < c->cols);
				assert_int_equal(row[x + 1].width, 0);
			}
		}
	}
}

static void test_text(void **state)
{
	static const struct {
		const char *text;
		int x, width;
		bool ascii;
		const char *want;
		int used;
	} rows[] = {
		{ "abc", 0, 10, false, "abc", 3 },
		{ "abc", 2, 10, false, "  abc", 3 },
		{ "abcdef", 0, 6, false, "abcdef", 6 },
		{ "abcdefg", 0, 6, false, "abcde\u2026", 6 },
		{ "abcdefg", 0, 6, true, "abcde~", 6 },
		{ "abc", 0, 1, false, "\u2026", 1 },
		{ "abc", 0, 0, false, "", 0 },
		{ "abc", 0, -5, false, "", 0 },
		{ "", 0, 5, false, "", 0 },
		/* edges */
		{ "abcdefghij", 5, 10, false, "     abc", 10 },
		{ "abc", -1, 10, false, "bc", 3 },
		{ "abc", 8, 10, false, "", 3 },
		{ "abc", -3, 10, false, "", 3 },
		/* wide */
		{ "\u4e2d\u6587", 0, 4, false, "\u4e2d\u6587", 4 },
		{ "\u4e2d\u6587", 0, 3, false, "\u4e2d\u2026", 3 },
		{ "\u4e2d\u6587", 0, 2, false, "\u2026", 1 },
		{ "\u4e2d\u6587x", 0, 5, true, "????x", 5 },
		{ "\u4e2d\u6587", -1, 9, false, " \u6587", 4 },
		{ "\u4e2d\u6587", 5, 9, false, "     \u4e2d", 4 },
		{ "\U0001f600!", 0, 9, false, "\U0001f600!", 3 },
		/* combining */
		{ "e\u0301x", 0, 9, false, "e\u0301x", 2 },
		{ "e\u0301x", 0, 9, true, "ex", 2 },
		{ "\u0301x", 0, 9, false, "?x", 2 },
		{ "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307x", 0, 9, false,
		  "e\u0301\u0302\u0303\u0304\u0305x", 2 },
		{ "abe\u0301c", 0, 3, false, "ab\u2026", 3 },
		{ "\u2764\ufe0fx", 0, 9, false, "\u2764x", 2 },
		/* hostile */
		{ "a\x1b[2Jb", 0, 8, false, "a?[2Jb", 6 },
		{ "a\nb\tc", 0, 9, false, "a?b?c", 5 },
		{ "a\xff\xc3z", 0, 9, false, "a??z", 4 },
		{ "a\u202eb\u200dc", 0, 9, false, "a?b?c", 5 },
		{ "a\x7f\xc2\x9b", 0, 9, false, "a??", 3 },
		{ "\xed\xa0\x80", 0, 9, false, "???", 3 },
		{ "\u2502\u25b8\u2500\u2026\u00e9", 0, 9, true, "|>-~?", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct canvas c = { .ascii = rows[i].ascii };
		struct area a;
		int used;

		canvas_resize(&c, 1, 8);
		a = area_all(&c);
		used = draw_text(&a, 0, rows[i].x, rows[i].width, LOOK_TEXT, rows[i].text,
				 strlen(rows[i].text));
		check_row(&c, rows[i].want, rows[i].text);
		if (used != rows[i].used)
			fail_msg("'%s': %d columns, not %d", rows[i].text, used, rows[i].used);
		check_whole(&c);
		canvas_done(&c);
	}
}

/* What is too long loses its beginning; a wide character is never halved. */
static void test_tail(void **state)
{
	static const struct {
		const char *text;
		int width;
		bool ascii;
		const char *want;
	} rows[] = {
		{ "sched_process_exit", 18, false, "sched_process_exit" },
		{ "sched_process_exit", 8, false, "\u2026ss_exit" },
		{ "sched_process_exit", 8, true, "~ss_exit" },
		{ "ab", 1, false, "\u2026" },
		{ "ab", 0, false, "" },
		{ "\u4e2d\u6587x", 4, false, "\u2026\u6587x" },
		{ "\u4e2d\u6587x", 3, false, "\u2026x" },
	};
	struct strbuf out = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct canvas c = { .ascii = rows[i].ascii };
		struct area a;

		canvas_resize(&c, 1, 20);
		a = area_all(&c);
		draw_tail(&a, 0, 0, rows[i].width, LOOK_TEXT, rows[i].text, strlen(rows[i].text));
		strbuf_clear(&out);
		canvas_dump(&c, &out);
		strbuf_cut(&out, strcspn(strbuf_cstr(&out), "\n"));
		assert_string_equal(strbuf_cstr(&out), rows[i].want);
		canvas_done(&c);
	}
	strbuf_done(&out);
}

static void test_overwriting_wide(void **state)
{
	static const struct {
		int x;
		const char *text, *want;
	} rows[] = {
		{ 0, "a", "a \u6587" },		 { 1, "a", " a\u6587" },     { 2, "a", "\u4e2da" },
		{ 3, "a", "\u4e2d a" },		 { 1, "\u5b57", " \u5b57" }, { 1, "ab", " ab" },
		{ 0, "\u5b57", "\u5b57\u6587" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct canvas c = { 0 };
		struct area a;

		canvas_resize(&c, 1, 5);
		a = area_all(&c);
		draw_str(&a, 0, 0, LOOK_TEXT, "\u4e2d\u6587");
		draw_str(&a, 0, rows[i].x, LOOK_TEXT, rows[i].text);
		check_row(&c, rows[i].want, rows[i].text);
		check_whole(&c);
		canvas_done(&c);
	}
}

static void test_right_and_format(void **state)
{
	struct canvas c = { 0 };
	struct area a;

	canvas_resize(&c, 1, 20);
	a = area_all(&c);
	assert_int_equal(draw_right(&a, 0, 0, 6, LOOK_NUMBER, "42"), 2);
	assert_int_equal(draw_right(&a, 0, 7, 3, LOOK_NUMBER, "123456"), 3);
	assert_int_equal(draw_fmt(&a, 0, 11, LOOK_TEXT, "%d-%s", 7, "x"), 3);
	check_row(&c, "    42 12\u2026 7-x", "right");
	canvas_clear(&c);
	assert_int_equal(draw_fmt(&a, 0, 15, LOOK_TEXT, "%s", "longer"), 5);
	check_row(&c, "               long\u2026", "to the edge");
	canvas_done(&c);
}

static void test_lines(void **state)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct canvas c = { .ascii = true };
	struct area a;

	canvas_resize(&c, 3, 6);
	a = area_all(&c);
	draw_hline(&a, 0, 1, 100, LOOK_BORDER);
	draw_vline(&a, 1, 2, 100, LOOK_BORDER);
	draw_fill(&a, 2, 3, 2, LOOK_TEXT, "=");
	draw_fill(&a, 5, 0, 2, LOOK_TEXT, "=");
	draw_vline(&a, -5, 5, 6, LOOK_BORDER);
	canvas_dump(&c, &b);
	assert_string_equal(b.s, " ----|\n"
				 "  |\n"
				 "  |==\n"
				 "-- looks\n"
				 " bbbbb\n"
				 "  b\n"
				 "  b..\n");
	c.ascii = false;
	canvas_resize(&c, 1, 4);
	a = area_all(&c);
	draw_hline(&a, 0, 0, 3, LOOK_BORDER);
	check_row(&c, "\u2500\u2500\u2500", "line");
	canvas_done(&c);
}

static void test_spark(void **state)
{
	static const struct {
		uint32_t values[6];
		size_t n;
		int width;
		bool ascii;
		const char *want;
	} rows[] = {
		{ { 1, 2, 3, 4 }, 4, 4, false, "|\u2582\u2584\u2586\u2588|" },
		{ { 0, 8, 1 }, 3, 3, false, "| \u2588\u2581|" },
		{ { 0, 0, 0 }, 3, 3, false, "|   |" },
		{ { 0, 1, 0 }, 3, 3, false, "| \u2588 |" },
		{ { 9, 1, 2 }, 3, 2, false, "|\u2584\u2588|" },
		{ { 1, 1 }, 2, 4, false, "|  \u2588\u2588|" },
		{ { 0, 1, 2, 7 }, 4, 4, true, "| .:#|" },
		{ { 1, 1000000 }, 2, 2, true, "|.#|" },
		{ { UINT32_MAX, 1 }, 2, 2, false, "|\u2588\u2581|" },
		{ { 1 }, 1, 0, false, "||" },
		{ { 0 }, 0, 3, false, "|   |" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct canvas c = { .ascii = rows[i].ascii };
		struct area a;

		canvas_resize(&c, 1, 9);
		a = area_all(&c);
		draw_str(&a, 0, 0, LOOK_TEXT, "||||||");
		draw_fill(&a, 0, 2 + rows[i].width, 9, LOOK_TEXT, " ");
		draw_spark(&a, 0, 1, rows[i].width, LOOK_GRAPH, rows[i].values, rows[i].n);
		check_row(&c, rows[i].want, "spark");
		canvas_done(&c);
	}
}

static void test_areas_clip(void **state)
{
	struct canvas c = { 0 };
	struct area all, a, b;

	canvas_resize(&c, 4, 10);
	all = area_all(&c);
	a = area_sub(&all, 1, 2, 2, 5);
	assert_true(a.y == 1 && a.x == 2 && a.rows == 2 && a.cols == 5);
	b = area_sub(&a, -1, -1, 100, 100);
	assert_true(b.y == 1 && b.x == 2 && b.rows == 2 && b.cols == 5);
	b = area_sub(&a, 1, 3, 9, 9);
	assert_true(b.y == 2 && b.x == 5 && b.rows == 1 && b.cols == 2);
	b = area_sub(&a, 7, 9, 1, 1);
	assert_true(b.rows == 0 && b.cols == 0);
	b = area_sub(&a, 0, 0, -1, INT_MAX);
	assert_true(b.rows == 0 && b.cols == 5);
	b = area_sub(&a, INT_MAX, INT_MIN, INT_MAX, INT_MIN);
	assert_true(b.rows == 0 && b.cols == 0);
	/* What is drawn past an area is not seen in its neighbour. */
	draw_text(&a, 0, -2, 50, LOOK_TEXT, "0123456789", 10);
	draw_text(&a, 2, 0, 50, LOOK_TEXT, "below", 5);
	draw_text(&a, -1, 0, 50, LOOK_TEXT, "above", 5);
	{
		_cleanup_strbuf_ struct strbuf text = { 0 };

		canvas_dump(&c, &text);
		assert_true(!strncmp(text.s, "\n  23456\n\n\n--", 13));
	}
	canvas_done(&c);
}

static void test_marks(void **state)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct canvas c = { 0 };
	struct area a;

	canvas_resize(&c, 2, 8);
	a = area_all(&c);
	draw_str(&a, 0, 0, LOOK_COMM, "a\u4e2db");
	draw_mark(&a, 0, 0, 8, MARK_CURSOR);
	draw_mark(&a, 0, 2, 1, MARK_HIT); /* half of it: all of it */
	draw_mark(&a, 1, 0, 2, MARK_TAG | MARK_CELL);
	draw_mark(&a, 2, 0, 2, MARK_TAG);
	draw_mark(&a, 0, 9, 2, MARK_TAG);
	draw_look(&a, 0, 0, 1, LOOK_ERROR);
	canvas_dump(&c, &b);
	assert_string_equal(b.s, "a\u4e2db\n"
				 "\n"
				 "-- looks\n"
				 "Eppp\n"
				 "\n"
				 "-- marks\n"
				 "19911111\n"
				 "kk\n");
	/* What is drawn anew has no marks. */
	draw_str(&a, 0, 0, LOOK_TEXT, "x");
	assert_int_equal(c.cells[0].marks, 0);
	canvas_done(&c);
}

static void test_widths(void **state)
{
	static const struct {
		const char *text;
		int width;
		int cut;
		size_t prefix;
	} rows[] = {
		{ "", 0, 3, 0 },	 { "abc", 3, 2, 2 },	      { "\u4e2d\u6587", 4, 3, 3 },
		{ "e\u0301a", 2, 1, 3 }, { "\U0001f600", 2, 1, 0 },   { "\xff\xfe", 2, 1, 1 },
		{ "a\x01", 2, 9, 2 },	 { "\u1100\u1161", 2, 2, 6 }, { "\u2581\u2500", 2, 1, 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].text);

		assert_int_equal(text_width(rows[i].text, n), rows[i].width);
		assert_int_equal(text_prefix(rows[i].text, n, rows[i].cut), rows[i].prefix);
	}
}

/* Random bytes at random places: clipped, whole, and as wide as text_width says. */
static void test_random_bytes(void **state)
{
	static const char *const pool[] = { "a",  "\u4e2d", "\u0301", "\U0001f600", "\xff",
					    "\n", "\u202e", "\xe4",   " ",	    "\u2500" };
	struct canvas c = { 0 };
	unsigned seed = 7;

	for (int round = 0; round < 3000; round++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct area all, a;
		int width, used;

		canvas_resize(&c, 3, 1 + (int)(rand_r(&seed) % 12));
		c.ascii = rand_r(&seed) % 4 == 0;
		all = area_all(&c);
		draw_fill(&all, 1, 0, 20, LOOK_TEXT, "\u6587");
		a = area_sub(&all, 0, (int)(rand_r(&seed) % 5), 3, (int)(rand_r(&seed) % 9));
		for (unsigned i = rand_r(&seed) % 8; i > 0; i--)
			strbuf_str(&b, pool[rand_r(&seed) % ARRAY_SIZE(pool)]);
		width = (int)(rand_r(&seed) % 9);
		used = draw_text(&a, 1, (int)(rand_r(&seed) % 9) - 4, width, LOOK_VALUE,
				 strbuf_cstr(&b), b.len);
		assert_true(used >= 0 && used <= width);
		if (text_width(strbuf_cstr(&b), b.len) <= width)
			assert_int_equal(used, text_width(strbuf_cstr(&b), b.len));
		draw_mark(&a, 1, (int)(rand_r(&seed) % 9) - 4, width, MARK_HIT);
		check_whole(&c);
	}
	canvas_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_overwriting_wide),
		cmocka_unit_test(test_right_and_format),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_spark),
		cmocka_unit_test(test_areas_clip),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests_name("canvas", tests, NULL, NULL);
}

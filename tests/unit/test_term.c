/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal as a screen: what curses believes to be there, in which colours, and that only
 * what changed is sent.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/term_fixture.h"

static void test_shows_text(void **state)
{
	struct canvas c = { 0 };
	struct term *t = open_term(NULL, "xterm-256color");
	struct area a;
	int rows, cols;

	term_size(t, &rows, &cols);
	assert_true(rows == 24 && cols == 80);
	canvas_resize(&c, rows, cols);
	a = area_all(&c);
	draw_str(&a, 0, 0, LOOK_TEXT, "plain");
	draw_str(&a, 1, 0, LOOK_TEXT, "\u4e2d\u6587e\u0301\U0001f600\u2581|");
	draw_str(&a, 23, 75, LOOK_TEXT, "right");
	draw_str(&a, 22, 78, LOOK_TEXT, "\u4e2d");
	assert_true(term_show(t, &c, false) > 0);
	check_cell(t, 0, 0, "p");
	check_cell(t, 0, 4, "n");
	check_cell(t, 1, 0, "\u4e2d");
	check_cell(t, 1, 2, "\u6587");
	check_cell(t, 1, 4, "e\u0301");
	check_cell(t, 1, 5, "\U0001f600");
	check_cell(t, 1, 7, "\u2581");
	check_cell(t, 1, 8, "|");
	check_cell(t, 23, 79, "t");
	check_cell(t, 22, 78, "\u4e2d");
	/* A wide character gives way to narrow ones and comes back. */
	draw_str(&a, 1, 1, LOOK_TEXT, "a");
	assert_true(term_show(t, &c, false) > 0);
	check_cell(t, 1, 0, " ");
	check_cell(t, 1, 1, "a");
	check_cell(t, 1, 2, "\u6587");
	draw_str(&a, 1, 1, LOOK_TEXT, "\u5b57");
	assert_true(term_show(t, &c, false) > 0);
	check_cell(t, 1, 1, "\u5b57");
	check_cell(t, 1, 3, " ");
	check_cell(t, 1, 4, "e\u0301");
	canvas_done(&c);
	close_term(t, NULL);
}

static void test_sends_only_what_changed(void **state)
{
	struct term *t = open_term(NULL, "xterm-256color");
	struct canvas c = { 0 };
	struct area a;
	long whole;

	fill(&c, 24, 80);
	a = area_all(&c);
	whole = term_show(t, &c, false);
	assert_true(whole > 24);
	assert_int_equal(term_show(t, &c, false), 0);
	draw_str(&a, 5, 10, LOOK_TEXT, "changed");
	assert_in_range(term_show(t, &c, false), 7, 60);
	assert_int_equal(term_show(t, &c, false), 0);
	c.cursor_y = 3;
	c.cursor_x = 4;
	assert_in_range(term_show(t, &c, false), 1, 40);
	assert_int_equal(term_show(t, &c, false), 0);
	assert_true(term_show(t, &c, true) >= whole / 2);
	assert_int_equal(term_show(t, &c, false), 0);
	canvas_done(&c);
	close_term(t, NULL);
}

/* One look with a mark on a kind of terminal, as curses has it. */
static struct term_seen see(const char *type, bool color, enum look look, unsigned marks)
{
	struct term_conf conf = { .type = type, .color = color };
	struct err e = ERR_INIT;
	struct canvas c = { 0 };
	struct term_seen s = { 0 };
	struct term *t = NULL;
	struct area a;

	conf.in = conf.out = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (term_open(&conf, &t, &e) < 0)
		fail_msg("%s: %s", type, e.text);
	canvas_resize(&c, 5, 20);
	a = area_all(&c);
	draw_str(&a, 0, 0, look, "x");
	draw_mark(&a, 0, 0, 1, marks);
	term_show(t, &c, false);
	assert_true(term_peek(t, 0, 0, &s));
	canvas_done(&c);
	close_term(t, NULL);
	return s;
}

/* Blanks take the style before them only where nobody can see it. */
static void test_blanks(void **state)
{
	static const struct {
		enum look before, blank;
		unsigned marks, attrs;
		int bg;
	} rows[] = {
		{ LOOK_TEXT, LOOK_HEADER, 0, ATTR_UNDERLINE, -1 },
		{ LOOK_HEADER, LOOK_TEXT, 0, 0, -1 },
		{ LOOK_TEXT, LOOK_TITLE_FOCUS, 0, ATTR_BOLD, 110 },
		{ LOOK_TITLE_FOCUS, LOOK_TEXT, 0, 0, -1 },
		{ LOOK_TEXT, LOOK_TEXT, MARK_CURSOR, ATTR_BOLD, 25 },
		{ LOOK_ON, LOOK_TEXT, 0, ATTR_BOLD, -1 }, /* bold, and unseen */
	};
	struct term *t = open_term(NULL, "xterm-256color");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct canvas c = { 0 };
		struct term_seen s;
		struct area a;

		canvas_resize(&c, 24, 80);
		a = area_all(&c);
		draw_str(&a, 0, 0, rows[i].before, "x");
		draw_str(&a, 0, 1, rows[i].blank, " ");
		draw_str(&a, 0, 2, LOOK_TEXT, "x");
		draw_mark(&a, 0, 1, 1, rows[i].marks);
		term_show(t, &c, true);
		assert_true(term_peek(t, 0, 1, &s));
		assert_int_equal(s.attrs, rows[i].attrs);
		assert_int_equal(s.bg, rows[i].bg);
		canvas_done(&c);
	}
	close_term(t, NULL);
}

static void test_colors(void **state)
{
	struct term_seen s = see("xterm-256color", true, LOOK_TITLE_FOCUS, 0);

	assert_int_equal(s.fg, 16);
	assert_int_equal(s.bg, 110);
	assert_int_equal(s.attrs, ATTR_BOLD);
	s = see("xterm-256color", true, LOOK_TEXT, MARK_CURSOR);
	assert_int_equal(s.fg, 231);
	assert_int_equal(s.bg, 25);
	s = see("xterm-256color", true, LOOK_TEXT, 0);
	assert_true(s.fg == -1 && s.bg == -1 && s.attrs == 0);
	s = see("linux", true, LOOK_LOSS, 0);
	assert_true(s.fg == 7 && s.bg == 1 && s.attrs == ATTR_BOLD);
	s = see("linux", true, LOOK_DIM, 0);
	assert_true(s.fg == -1 && s.attrs == ATTR_DIM);
	s = see("xterm", true, LOOK_TIME, 0);
	assert_true(s.fg == 6);
}

static void test_no_colors(void **state)
{
	static const struct {
		const char *type, *no_color;
		bool color;
	} rows[] = {
		{ "vt100", NULL, true },
		{ "xterm-256color", NULL, false },
		{ "xterm-256color", "1", true },
		{ "linux", "yes", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct term_seen s;

		if (rows[i].no_color)
			setenv("NO_COLOR", rows[i].no_color, 1);
		s = see(rows[i].type, rows[i].color, LOOK_TEXT, MARK_CURSOR);
		assert_true(s.fg == -1 && s.bg == -1 && s.attrs == ATTR_REVERSE);
		s = see(rows[i].type, rows[i].color, LOOK_ERROR, 0);
		assert_true(s.fg == -1 && s.attrs == (ATTR_BOLD | ATTR_UNDERLINE));
		unsetenv("NO_COLOR");
	}
	setenv("NO_COLOR", "", 1); /* empty: not set */
	assert_int_equal(see("xterm-256color", true, LOOK_LOSS, 0).bg, 124);
	unsetenv("NO_COLOR");
}

static void test_direct_colors(void **state)
{
	char dir[] = "/tmp/tapdeck-terminfo-XXXXXX", command[300];
	struct term_seen s;

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command),
		 "printf 'test-direct|direct colours,\\n\\tRGB, colors#0x1000000, pairs#0x7FFF,\\n"
		 "\\tsetaf=\\\\E[38m, setab=\\\\E[48m, op=\\\\E[39;49m, use=xterm-256color,\\n' "
		 "| tic -x -o %s - 2>/dev/null",
		 dir);
	if (system(command) != 0) {
		print_message("tic is not installed or cannot do it\n");
		skip();
	}
	setenv("TERMINFO", dir, 1);
	s = see("test-direct", true, LOOK_TITLE, 0);
	assert_int_equal(s.fg, 0x87afd7);
	assert_int_equal(s.bg, -1);
	s = see("test-direct", true, LOOK_TEXT, MARK_CURSOR);
	assert_int_equal(s.bg, 0x00519c);
	unsetenv("TERMINFO");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void test_ascii(void **state)
{
	struct canvas c = { 0 };
	struct area a;
	struct term *t;

	canvas_resize(&c, 24, 80);
	a = area_all(&c);
	draw_str(&a, 0, 0, LOOK_TEXT, "\u4e2d\u00e9\u2502x");
	for (int round = 0; round < 2; round++) {
		if (round)
			setlocale(LC_ALL, "C");
		t = open_term(NULL, round ? "xterm-256color" : "vt100");
		assert_true(term_is_ascii(t));
		term_show(t, &c, false);
		check_cell(t, 0, 0, "?");
		check_cell(t, 0, 1, "?");
		check_cell(t, 0, 2, "?");
		check_cell(t, 0, 3, "|");
		check_cell(t, 0, 4, "x");
		close_term(t, NULL);
	}
	setlocale(LC_ALL, "C.UTF-8");
	t = open_term(NULL, "xterm-256color");
	assert_false(term_is_ascii(t));
	close_term(t, NULL);
	canvas_done(&c);
}

static void test_every_terminal(void **state)
{
	static const char *const types[] = { "vt100",	       "linux",	 "xterm",
					     "xterm-256color", "screen", "screen-256color",
					     "tmux-256color" };
	struct canvas c = { 0 };

	fill(&c, 10, 40);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_strbuf_ struct strbuf sent = { 0 };
		struct term_conf conf = { .type = types[i], .mouse = true, .color = true };
		struct err e = ERR_INIT;
		struct term *t = NULL;
		struct pty p;

		pty_open(&p, 10, 40);
		conf.in = conf.out = p.slave;
		if (term_open(&conf, &t, &e) < 0)
			fail_msg("%s: %s", types[i], e.text);
		assert_true(term_show(t, &c, false) > 10);
		term_close(t);
		pty_take(&p, &sent);
		assert_non_null(strstr(sent.s, "xxx"));
		assert_null(strstr(sent.s, "$<"));
		check_modes(&p);
		pty_close(&p);
	}
	canvas_done(&c);
}

/* A canvas of another size than the terminal: what fits is shown. */
static void test_sizes_that_differ(void **state)
{
	static const int sizes[][2] = { { 5, 20 }, { 1, 1 }, { 100, 300 }, { 24, 79 }, { 30, 3 } };
	struct term *t = open_term(NULL, "xterm-256color");

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct canvas c = { 0 };
		struct area a;

		canvas_resize(&c, sizes[i][0], sizes[i][1]);
		a = area_all(&c);
		for (int y = 0; y < c.rows; y++)
			draw_fill(&a, y, y % 2, c.cols, LOOK_TEXT, "\u4e2d");
		c.cursor_y = c.rows - 1;
		c.cursor_x = c.cols - 1;
		term_show(t, &c, false);
		term_show(t, &c, true);
		check_cell(t, 0, 0, c.cols > 1 ? "\u4e2d" : " ");
		canvas_done(&c);
	}
	close_term(t, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shows_text),
		cmocka_unit_test(test_sends_only_what_changed),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_no_colors),
		cmocka_unit_test(test_direct_colors),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_every_terminal),
		cmocka_unit_test(test_sizes_that_differ),
	};

	return cmocka_run_group_tests_name("term", tests, setup, NULL);
}

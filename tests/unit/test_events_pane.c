/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events pane over a recording: what stands on the screen, what the keys lead to, and what is
 * written to files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/events_fixture.h"

static void test_first_screen(void **state)
{
	struct ui *ui = ui_open(demo, 22, 120);
	const char *s = screen(ui);

	(void)state;
	assert_true(has(title(ui), "following, 300 events"));
	assert_true(has(line_of(s, 0), "TIME"));
	assert_true(has(line_of(s, 21), "1.398000"));
	assert_true(has(line_of(s, 21), "seven"));
	assert_true(has(line_of(s, 21), "tick"));
	assert_true(has(line_of(s, 21), "n=99 pid=71 ret=0 text=late99"));
	/* Nothing new: nothing to draw. */
	assert_int_equal(ui->view.ops->update(&ui->view), REACT_NONE);
	ui_close(ui);
}

static void test_moving_pauses(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	act(ui, ACT_UP, 30);
	assert_true(has(title(ui), "paused"));
	assert_string_equal(cell(ui, COLUMN_TIME), "1.338000");
	act(ui, ACT_FIRST, 0);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.000000");
	/* 21 lines are on the screen, the other events are behind them. */
	assert_true(has(title(ui), "paused, 279 behind, 300 events"));
	act(ui, ACT_PAGE_DOWN, 0);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.020000");
	act(ui, ACT_LAST, 0);
	assert_true(has(title(ui), "following"));
	act(ui, ACT_PAUSE, 0);
	assert_true(has(title(ui), "paused, 0 behind"));
	ui_close(ui);
}

static void test_hostile_names(void **state)
{
	struct ui *ui = ui_open(demo, 10, 120);

	(void)state;
	act(ui, ACT_FIRST, 0);
	assert_null(strchr(screen(ui), '\x1b'));
	act(ui, ACT_DOWN, 1);
	go_column(ui, COLUMN_COMM);
	act(ui, ACT_INCLUDE, 0); /* whatever the name is, it is quoted */
	assert_int_equal(ui_scope(ui)->count, 1);
	assert_true(has(title(ui), "100 of 300 shown, 200 hidden"));
	ui_close(ui);
}

static void test_losses(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);
	char line[1024];

	(void)state;
	act(ui, ACT_FIRST, 0);
	act(ui, ACT_NEXT_LOSS, 0);
	assert_true(window_cursor(&events(ui)->win)->row.flags & ROW_LOSS);
	snprintf(line, sizeof(line), "%s",
		 line_of(screen(ui), 1 + events(ui)->win.at - (unsigned)events(ui)->win.top));
	assert_true(has(line, " 1,234 events lost on CPU 0 "));
	act(ui, ACT_NEXT_LOSS, 0);
	assert_true(has(ui->said, "no later loss"));
	act(ui, ACT_ENTER, 0);
	assert_true(has(screen(ui), "1,234 events lost on CPU 0"));
	ui_close(ui);
}

struct narrowing {
	enum column column;
	unsigned field;
	enum action action;
	const char *text;
	unsigned shown;
};

static void test_include_exclude(void **state)
{
	static const struct narrowing all[] = {
		{ COLUMN_TID, 0, ACT_INCLUDE, "tid == 7", 200 },
		{ COLUMN_CPU, 0, ACT_EXCLUDE, "not (cpu == 0)", 100 },
		{ COLUMN_EVENT, 0, ACT_INCLUDE, "event == \"demo:tick\"", 200 },
		{ COLUMN_INFO, 0, ACT_INCLUDE, "n == 0", 3 },
		{ COLUMN_INFO, 1, ACT_INCLUDE, ".pid == 70", 100 },
		{ COLUMN_INFO, 2, ACT_EXCLUDE, "not (event == \"demo:tick\" and ret == -2)", 200 },
		{ COLUMN_INFO, 3, ACT_INCLUDE, "text == \"even0\"", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct ui *ui = ui_open(demo, 22, 100);
		char want[64];

		act(ui, ACT_FIRST, 0);
		go_column(ui, all[i].column);
		events(ui)->field = all[i].field;
		act(ui, all[i].action, 0);
		assert_int_equal(ui_scope(ui)->count, 1);
		assert_string_equal(ui_scope(ui)->crumbs[0].text, all[i].text);
		snprintf(want, sizeof(want), "%u of 300 shown, %u hidden", all[i].shown,
			 300 - all[i].shown);
		assert_true(has(title(ui), want));
		ui_close(ui);
	}
}

static void test_nothing_to_include(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	go_column(ui, COLUMN_TIME);
	act(ui, ACT_INCLUDE, 0);
	assert_int_equal(ui_scope(ui)->count, 0);
	assert_true(has(ui->said, "cannot be included"));
	go_column(ui, COLUMN_PID); /* of thread 7 it is not known */
	assert_string_equal(cell(ui, COLUMN_PID), "?");
	act(ui, ACT_EXCLUDE, 0);
	assert_int_equal(ui_scope(ui)->count, 0);
	ui_close(ui);
}

static void test_fields_under_the_cursor(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	act(ui, ACT_FIRST, 0);
	go_column(ui, COLUMN_INFO);
	assert_string_equal(cell_field(events(ui))->name, "n");
	act(ui, ACT_RIGHT, 2);
	assert_string_equal(cell_field(events(ui))->name, "ret");
	assert_true(has(title(ui), "ret=-2"));
	act(ui, ACT_YANK_CELL, 0);
	assert_string_equal(ui->yanked, "-2");
	act(ui, ACT_RIGHT, 9);
	assert_string_equal(cell_field(events(ui))->name, "text");
	act(ui, ACT_LEFT, 4);
	assert_int_equal(events_column(events(ui)), COLUMN_EVENT);
	act(ui, ACT_YANK_CELL, 0);
	assert_string_equal(ui->yanked, "tick");
	act(ui, ACT_YANK_ROW, 0);
	assert_true(has(ui->yanked, "1.000000 0"));
	assert_true(has(ui->yanked, "text=even0"));
	ui_close(ui);
}

static void test_search(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	act(ui, ACT_FIRST, 0);
	events(ui)->win.changed = true;
	command(ui, ACT_SEARCH, "EVEN1");
	assert_true(has(ui->said, "no later hit of 'EVEN1'")); /* capitals mind */
	command(ui, ACT_SEARCH, "even1");
	assert_string_equal(cell(ui, COLUMN_INFO), "n=1 pid=70 ret=-2 text=even1");
	assert_true(has(title(ui), "hit 1 of 11"));
	act(ui, ACT_SEARCH_NEXT, 10);
	assert_string_equal(cell(ui, COLUMN_INFO), "n=19 pid=70 ret=-2 text=even19");
	assert_true(has(title(ui), "hit 11 of 11"));
	act(ui, ACT_SEARCH_PREV, 2);
	assert_true(has(title(ui), "hit 9 of 11"));
	command(ui, ACT_SEARCH, "/even[0-9]*7$|TOCK.*n=98/");
	assert_true(has(ui->said, "no later hit"));
	assert_int_equal(events(ui)->find.fn == NULL, true);
	assert_true(has(screen(ui), "-- marks"));
	act(ui, ACT_CANCEL, 0); /* nothing runs: the hits are forgotten */
	assert_null(events(ui)->find.text);
	ui_close(ui);
}

static void test_search_regex_and_errors(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);
	struct err e = ERR_INIT;

	(void)state;
	act(ui, ACT_SEARCH, 0);
	assert_string_equal(ui->prompt->label, "search");
	assert_int_equal(ui->prompt->check("/a(/", &e, ui->prompt_data), -1);
	assert_int_equal(ui->prompt->check("/a(b)/", &e, ui->prompt_data), 1);
	/* Following, what one looks for lies above. */
	ui->prompt->done("/text=late[78]$|late[78] /", ui->prompt_data);
	settle(ui);
	assert_string_equal(cell(ui, COLUMN_INFO), "n=8 pid=71 ret=0 text=late8");
	assert_true(has(title(ui), "hit 2 of 2"));
	ui_close(ui);
}

static void test_jumps(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	act(ui, ACT_FIRST, 0);
	act(ui, ACT_DOWN, 0);
	act(ui, ACT_NEXT_SAME_PID, 3);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.007000");
	act(ui, ACT_PREV_SAME_EVENT, 0);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.005000");
	act(ui, ACT_NEXT_SAME_EVENT, 2);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.009000");
	ui_close(ui);
}

static void test_times(void **state)
{
	static const struct {
		const char *text, *time;
	} all[] = { { "1.1005", "1.101000" },
		    { "+1ms", "1.102000" },
		    { "-0.002", "1.100000" },
		    { "-1000", "1.000000" },
		    { "99", "1.398000" } };
	struct ui *ui = ui_open(demo, 22, 100);
	struct err e = ERR_INIT;
	uint64_t ts;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		command(ui, ACT_GOTO_TIME, all[i].text);
		assert_string_equal(cell(ui, COLUMN_TIME), all[i].time);
	}
	assert_true(marks_parse_time(events(ui), "12:00:00", &ts, &e) < 0); /* no wall clock */
	assert_true(marks_parse_time(events(ui), "5 parsecs", &ts, &e) < 0);
	assert_true(marks_parse_time(events(ui), "", &ts, &e) < 0);
	ui_close(ui);
}

static void test_time_formats(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	command(ui, ACT_TIME_FORMAT, "relative");
	assert_string_equal(cell(ui, COLUMN_TIME), "0.398000");
	command(ui, ACT_GOTO_TIME, "0.1");
	assert_string_equal(cell(ui, COLUMN_TIME), "0.100000");
	act(ui, ACT_MARK_A, 0);
	assert_string_equal(cell(ui, COLUMN_TIME), "0.000000");
	act(ui, ACT_UP, 1);
	assert_string_equal(cell(ui, COLUMN_TIME), "-0.001000");
	act(ui, ACT_TIME_FORMAT, 0);
	assert_true(has(screen(ui), "0.001000"));
	act(ui, ACT_TIME_FORMAT, 0);
	assert_string_equal(cell(ui, COLUMN_TIME), "n/a");
	command(ui, ACT_TIME_FORMAT, "lunar");
	assert_true(has(ui->said, "no time format"));
	ui_close(ui);
}

static void test_marks(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	act(ui, ACT_FIRST, 0);
	act(ui, ACT_BOOKMARK, 0);
	act(ui, ACT_MARK_A, 0);
	act(ui, ACT_DOWN, 50);
	act(ui, ACT_BOOKMARK, 0);
	act(ui, ACT_DOWN, 50);
	act(ui, ACT_MARK_B, 0);
	assert_true(has(title(ui), "A-B 0.100000000 s, 100 events"));
	act(ui, ACT_PREV_BOOKMARK, 0);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.050000");
	assert_string_equal(cell(ui, COLUMN_MARK), "*");
	act(ui, ACT_PREV_BOOKMARK, 0);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.000000");
	assert_string_equal(cell(ui, COLUMN_MARK), "A");
	act(ui, ACT_PREV_BOOKMARK, 0);
	assert_true(has(ui->said, "no bookmark before"));
	act(ui, ACT_NEXT_BOOKMARK, 0);
	act(ui, ACT_BOOKMARK, 0); /* takes it away */
	act(ui, ACT_NEXT_BOOKMARK, 0);
	assert_true(has(ui->said, "no bookmark behind"));
	ui_close(ui);
}

static void test_detail(void **state)
{
	struct ui *ui = ui_open(demo, 40, 120);
	const char *s;

	(void)state;
	act(ui, ACT_FIRST, 0);
	act(ui, ACT_ENTER, 0);
	s = screen(ui);
	assert_true(has(s, "demo:tick"));
	assert_true(has(s, "1.000000000"));
	assert_true(has(s, "ENOENT (No such file or directory)"));
	assert_true(has(s, "fe ff ff ff"));
	assert_true(has(s, "not known"));
	assert_int_equal(act(ui, ACT_BACK, 0) & REACT_UNKNOWN, 0);
	assert_null(strstr(screen(ui), "ENOENT"));
	assert_int_equal(act(ui, ACT_BACK, 0), REACT_UNKNOWN); /* the frame's: the scope */
	ui_close(ui);
}

static void test_highlight(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	act(ui, ACT_FIRST, 0);
	go_column(ui, COLUMN_INFO);
	events(ui)->field = 1;
	assert_int_equal(events(ui)->highlight_count, 0);
	act(ui, ACT_HIGHLIGHT, 0);
	assert_int_equal(events(ui)->highlight_count, 1);
	screen(ui);
	for (int y = 1, hits = 0; y < 22; y++, hits = 0) {
		for (int x = 0; x < 100; x++)
			hits += !!(ui->canvas.cells[y * 100 + x].marks & MARK_HIT);
		assert_int_equal(hits, y % 2 ? (int)strlen("pid=70") : 0);
	}
	act(ui, ACT_HIGHLIGHT, 0);
	assert_int_equal(events(ui)->highlight_count, 0);
	ui_close(ui);
}

static void test_empty(void **state)
{
	struct ui *ui = ui_open(NULL, 22, 100);
	static const enum action all[] = { ACT_UP,	 ACT_LAST,   ACT_FIRST,
					   ACT_INCLUDE,	 ACT_ENTER,  ACT_SEARCH_NEXT,
					   ACT_BOOKMARK, ACT_MARK_A, ACT_NEXT_LOSS,
					   ACT_YANK_ROW, ACT_NONE };

	(void)state;
	assert_true(has(screen(ui), "no events yet"));
	assert_true(has(screen(ui), "t goes to the tracers, Space switches one on"));
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		act(ui, all[i], 0);
	screen(ui);
	ui_close(ui);
}

/* What an event says keeps its room; the value under the cursor is never taken away. */
static void test_narrow(void **state)
{
	struct ui *ui = ui_open(demo, 10, 83);

	(void)state;
	assert_true(has(line_of(screen(ui), 9), "seven"));
	assert_true(has(line_of(screen(ui), 9), "n=99 pid=71 ret=0"));
	assert_null(strstr(line_of(screen(ui), 0), "PID"));
	go_column(ui, COLUMN_PID);
	assert_non_null(strstr(line_of(screen(ui), 0), "PID"));
	ui_close(ui);
	ui = ui_open(demo, 10, 57);
	assert_true(has(line_of(screen(ui), 0), "TIME COMM        EVENT          INFO"));
	ui_close(ui);
}

static void test_click(void **state)
{
	struct ui *ui = ui_open(demo, 10, 83);
	struct act_arg arg = { .y = 3, .x = 20 };

	(void)state;
	ui->view.ops->act(&ui->view, ACT_NONE, &arg);
	settle(ui);
	assert_true(has(title(ui), "paused"));
	assert_string_equal(cell(ui, COLUMN_TIME), "1.386000");
	assert_int_equal(events_column(events(ui)), COLUMN_COMM);
	arg.y = 0; /* a header chooses its column and leaves the row */
	arg.x = 2;
	ui->view.ops->act(&ui->view, ACT_NONE, &arg);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.386000");
	assert_int_equal(events_column(events(ui)), COLUMN_TIME);
	ui->view.ops->act(&ui->view, ACT_ENTER, &arg); /* two clicks on it open nothing */
	assert_false(events(ui)->detail.open);
	arg.y = 3;
	ui->view.ops->act(&ui->view, ACT_ENTER, &arg);
	assert_true(events(ui)->detail.open);
	ui_close(ui);
}

static void test_small_screens(void **state)
{
	(void)state;
	for (int rows = 1; rows < 12; rows++) {
		for (int cols = 1; cols < 40; cols += 3) {
			struct ui *ui = ui_open(demo, rows, cols);

			act(ui, ACT_ENTER, 0);
			act(ui, ACT_UP, 7);
			screen(ui);
			ui_close(ui);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_screen),
		cmocka_unit_test(test_moving_pauses),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_include_exclude),
		cmocka_unit_test(test_nothing_to_include),
		cmocka_unit_test(test_fields_under_the_cursor),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_regex_and_errors),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_time_formats),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_highlight),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_click),
		cmocka_unit_test(test_small_screens),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

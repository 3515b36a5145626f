/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events pane when time moves: a recording that plays in steps, back to its beginning, one that
 * is larger than the store, and parts of all in percent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/events_fixture.h"

/* ---- parts of all ---- */

static void test_percent(void **state)
{
	static const struct {
		const char *text, *time;
	} all[] = { { "0%", "1.000000" },
		    { "50%", "1.199000" },
		    { "25.5%", "1.102000" },
		    { "100%", "1.398000" } };
	static const char *const wrong[] = { "%", "101%", "-1%", "5%x", "nan%", "5 %" };
	struct ui *ui = ui_open(demo, 22, 100);
	struct err e = ERR_INIT;
	uint64_t ts;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		command(ui, ACT_GOTO_TIME, all[i].text);
		assert_string_equal(cell(ui, COLUMN_TIME), all[i].time);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		err_clear(&e);
		assert_int_equal(marks_parse_time(events(ui), wrong[i], &ts, &e), -EINVAL);
		assert_non_null(strstr(e.text, "0% to 100%"));
	}
	ui_close(ui);
}

static void test_range_is_told(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	command(ui, ACT_GOTO_TIME, "1.3");
	act(ui, ACT_MARK_B, 0);
	assert_false(ui->marked);
	command(ui, ACT_GOTO_TIME, "1.1");
	act(ui, ACT_MARK_A, 0);
	assert_true(ui->marked);
	assert_int_equal(ui->from, 1100000000);
	assert_int_equal(ui->to, 1300000001); /* B itself is in */
	act(ui, ACT_MARK_A, 0);
	assert_false(ui->marked);
	ui_close(ui);
}

/* ---- playing ---- */

static void step(struct ui *ui, unsigned rows)
{
	deck_play_step(ui->deck, rows, 0);
	settle(ui);
}

static void test_play_goes_on_from_the_cursor(void **state)
{
	struct ui *ui = ui_open(demo, 22, 120);

	command(ui, ACT_GOTO_TIME, "1.1");
	assert_true(has(title(ui), "paused"));
	act(ui, ACT_PLAY, 0);
	assert_int_equal(ui->played, 1100000000);
	assert_true(has(title(ui), "following, 100 events"));
	assert_string_equal(cell(ui, COLUMN_TIME), "1.099000");
	step(ui, 1);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.100000");
	assert_true(has(title(ui), "following, 101 events"));
	step(ui, 10);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.110000");
	deck_play_end(ui->deck);
	settle(ui);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.398000");
	assert_true(has(title(ui), "following, 300 events"));
	ui_close(ui);
}

static void test_what_was_beyond_goes(void **state)
{
	struct ui *ui = ui_open(demo, 22, 120);

	command(ui, ACT_GOTO_TIME, "1.3");
	command(ui, ACT_FILTER, "event == tick");
	settle(ui);
	deck_play(ui->deck, 1100000000, 1, NULL); /* the view is held still, beyond it */
	deck_play_step(ui->deck, 1, 0);
	settle(ui);
	assert_true(has(title(ui), "paused"));
	assert_string_equal(cell(ui, COLUMN_TIME), "1.100000");
	assert_null(strstr(screen(ui), "1.102000"));
	assert_true(has(title(ui), "51 of 101 shown, 50 hidden"));
	ui_close(ui);
}

static void test_lines_before_the_clock_stay(void **state)
{
	struct ui *ui = ui_open(demo, 22, 120);

	command(ui, ACT_GOTO_TIME, "1.1");
	deck_play(ui->deck, 1105000000, 1, NULL);
	deck_play_step(ui->deck, 1, 0);
	settle(ui);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.100000");
	assert_non_null(strstr(screen(ui), "1.105000"));
	assert_null(strstr(screen(ui), "1.106000"));
	act(ui, ACT_DOWN, 100);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.105000");
	step(ui, 3); /* what comes then is found below */
	act(ui, ACT_DOWN, 100);
	assert_string_equal(cell(ui, COLUMN_TIME), "1.108000");
	ui_close(ui);
}

static void test_search_sees_what_played(void **state)
{
	struct ui *ui = ui_open(demo, 22, 120);

	deck_play(ui->deck, 1050000000, 1, NULL);
	deck_play_step(ui->deck, 1, 0);
	settle(ui);
	command(ui, ACT_SEARCH, "tock");
	settle(ui);
	assert_true(has(title(ui), "hit 25 of 25"));
	step(ui, 4);
	assert_true(has(title(ui), "hit 25 of 27"));
	deck_play(ui->deck, 1010000000, 1, NULL); /* back */
	deck_play_step(ui->deck, 1, 0);
	settle(ui);
	assert_true(has(title(ui), "5 hits"));
	ui_close(ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_range_is_told),
		cmocka_unit_test(test_play_goes_on_from_the_cursor),
		cmocka_unit_test(test_what_was_beyond_goes),
		cmocka_unit_test(test_lines_before_the_clock_stay),
		cmocka_unit_test(test_search_sees_what_played),
	};

	return cmocka_run_group_tests_name("events_time", tests, fixture_setup, fixture_teardown);
}

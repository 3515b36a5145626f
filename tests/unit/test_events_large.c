/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events pane over recordings larger than the store: wherever one goes the rows are brought,
 * none left out and none twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#include "tests/unit/events_fixture.h"
#include "tests/unit/recording_fixture.h"

#define MEMORY (1u << 20)
#define GAP    (STEP / 2) /* from one row to the next */

static struct ui *open_large(unsigned form)
{
	struct ui *ui = ui_over(load(large_file(form), MEMORY), 22, 100);
	struct store_stats s;

	store_stats(deck_store(ui->deck), &s);
	assert_true(s.events < 2 * EACH); /* else nothing is proved here */
	return ui;
}

static uint64_t at(struct ui *ui)
{
	assert_non_null(window_cursor(&events(ui)->win));
	return window_cursor(&events(ui)->win)->row.ts;
}

/* What is brought comes in slices. */
static void go(struct ui *ui, enum action a, unsigned count)
{
	act(ui, a, count);
	pump(ui->deck);
	settle(ui);
}

static void go_to(struct ui *ui, const char *time)
{
	command(ui, ACT_GOTO_TIME, time);
	pump(ui->deck);
	settle(ui);
}

static void check_form(unsigned form)
{
	struct ui *ui = open_large(form);
	uint64_t ts;

	go(ui, ACT_FIRST, 0);
	assert_int_equal(at(ui), FIRST);
	go_to(ui, "100%");
	assert_int_equal(at(ui), LAST);
	go_to(ui, "0.0012");
	assert_int_equal(at(ui), 1200000);
	go(ui, ACT_DOWN, 1000000); /* to the last one that is here */
	ts = at(ui);
	assert_true(ts > 1200000 && ts < LAST - 1000 * GAP);
	for (int i = 0; i < 40; i++, ts += GAP) { /* and on */
		assert_int_equal(at(ui), ts);
		go(ui, ACT_DOWN, 1);
	}
	go_to(ui, "50%");
	go(ui, ACT_UP, 1000000);
	ts = at(ui);
	assert_true(ts > FIRST + 1000 * GAP);
	for (int i = 0; i < 40; i++, ts -= GAP) {
		assert_int_equal(at(ui), ts);
		go(ui, ACT_UP, 1);
	}
	go_to(ui, "0%");
	command(ui, ACT_SEARCH, "0.002001"); /* far behind what is here */
	assert_int_equal(at(ui), 2001000);
	go_to(ui, "0.0012");
	command(ui, ACT_SEARCH, "0.0005"); /* only before: back to where one was */
	assert_int_equal(at(ui), 1200000);
	assert_true(has(ui->said, "no later hit"));
	go(ui, ACT_SEARCH_PREV, 0);
	assert_int_equal(at(ui), 600000 - GAP);
	go(ui, ACT_LAST, 0);
	assert_int_equal(at(ui), LAST);
	assert_true(has(title(ui), "following"));
	ui_close(ui);
}

static void test_mapped(void **state)
{
	check_form(0);
}

static void test_turned(void **state)
{
	check_form(1);
}

static void test_compressed(void **state)
{
	check_form(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_turned),
		cmocka_unit_test(test_compressed),
	};

	return cmocka_run_group_tests_name("events_large", tests, fixture_setup, fixture_teardown);
}

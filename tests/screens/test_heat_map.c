/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A heat map that was open while rows came is the one that is made of all of them at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cleanup.h"
#include "tests/screens/feed.h"
#include "tests/screens/stage.h"

static void look(struct stage *s, struct strbuf *out)
{
	assert_true(stage_settle(s));
	strbuf_clear(out);
	canvas_dump(ui_draw(s->ui), out);
}

/* Opens it with lines of 50 ms. */
static void open_map(struct stage *s)
{
	struct err e = ERR_INIT;

	assert_int_equal(ui_type(s->ui, ":", &e), 0);
	stage_write(s, "heat-map sys_exit.ret");
	assert_int_equal(ui_type(s->ui, "Enter + +", &e), 0);
}

/* So many times rows come while it is open; few at a time, so that most of it stays. */
static void grow(unsigned times)
{
	_cleanup_strbuf_ struct strbuf grown = { 0 }, anew = { 0 };
	struct stage_conf c = { .rows = 24, .cols = 100, .live = true };
	struct err e = ERR_INIT;
	struct stage s;
	struct feed f;

	assert_int_equal(stage_open(&s, &c, &e), 0);
	assert_int_equal(feed_open(&f, s.deck, 6, &e), 0);
	f.step = 200000;
	assert_int_equal(feed_blow(&f, 3000, &e), 0);
	s.now = f.ts;
	open_map(&s);
	look(&s, &grown);
	for (unsigned i = 0; i < times; i++) {
		assert_int_equal(feed_blow(&f, 60, &e), 0);
		s.now = f.ts;
		look(&s, &grown);
	}
	ui_type(s.ui, "q", &e);
	open_map(&s);
	look(&s, &anew);
	assert_non_null(strstr(grown.s, "a line is 50.0ms"));
	assert_string_equal(grown.s, anew.s);
	stage_close(&s);
	feed_close(&f);
}

static void test_grows(void **state)
{
	for (unsigned times = 1; times < 40; times += 3)
		grow(times);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_grows) };

	return cmocka_run_group_tests_name("heat map", tests, NULL, NULL);
}

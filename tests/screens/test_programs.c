/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_programs: the screens over BPF programs, as far as they cost, fail, have options and tables,
 * in two sizes, with what colour says and in ASCII.
 *
 * Each "shot" is tests/screens/programs.WHAT.golden; UPDATE=1 in the environment writes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <locale.h>

#include "core/cleanup.h"
#include "tests/screens/golden.h"
#include "tests/unit/programs_fixture.h"
#include "tui/ui.h"

static struct strbuf shots; /* the names of goldens that were made, each closed by '\n' */

struct stage {
	struct deck *deck;
	struct ui *ui;
	uint64_t now;
};

static uint64_t now(void *data)
{
	return ((struct stage *)data)->now;
}

static void settle(struct stage *s)
{
	for (int i = 0; i < 1000 && ui_update(s->ui); i++)
		;
}

static void raise_curtain(struct stage *s, int rows, int cols, bool ascii)
{
	struct deck_conf d = { .memory = 4 << 20 };
	struct ui_conf c = {
		.rows = rows, .cols = cols, .ascii = ascii, .live = true, .now = now, .now_data = s
	};
	struct err e = ERR_INIT;

	*s = (struct stage) { .now = 20 * NSEC_PER_SEC };
	programs_begin();
	if (deck_new(&d, &s->deck, &e) < 0 || deck_open(s->deck, "bpf", &e) < 0)
		fail_msg("%s", e.text);
	c.deck = s->deck;
	if (ui_new(&c, &s->ui, &e) < 0)
		fail_msg("%s", e.text);
	settle(s);
}

static void drop_curtain(struct stage *s)
{
	ui_free(s->ui);
	deck_free(s->deck, NULL);
	programs_end();
}

static void keys(struct stage *s, const char *names)
{
	struct err e = ERR_INIT;

	if (ui_type(s->ui, names, &e) < 0)
		fail_msg("%s", e.text);
	settle(s);
}

static void later(struct stage *s)
{
	s->now += NSEC_PER_SEC;
	programs.now += NSEC_PER_SEC;
	programs.growth += 250;
	programs.runs += 20000;
	programs.run_ns += 8000000;
	settle(s);
}

static unsigned shot(struct stage *s, const char *what)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char path[600], actual[64];
	const char *root = getenv("SOURCE_ROOT");

	snprintf(path, sizeof(path), "%s/tests/screens/programs.%s.golden", root ? root : ".",
		 what);
	strbuf_fmt(&shots, GOLDEN_PROGRAMS "%s.golden\n", what);
	canvas_dump(ui_draw(s->ui), &text);
	if (golden_update())
		golden_write(path, &text);
	if (golden_same(path, &text))
		return 0;
	snprintf(actual, sizeof(actual), "programs.%s.actual", what);
	golden_write(actual, &text);
	golden_diff(path, actual);
	unlink(actual);
	return 1;
}

/* A tree in which something is on, fails, starts and counts; what it costs. */
static void show_tree(struct stage *s, const char *name)
{
	char what[64];

	keys(s, "t Home Down Right Down Space Down Down Space Down Space Down Space Down Space");
	keys(s, "Up Up Up Up Up \\");
	programs.held = 300 << 10;
	programs.lost = 12;
	later(s);
	later(s);
	snprintf(what, sizeof(what), "%s", name);
	assert_int_equal(shot(s, what), 0);
	keys(s, "\\");
}

static void test_small(void **state)
{
	struct stage s;

	raise_curtain(&s, 24, 80, false);
	show_tree(&s, "tree");
	assert_int_equal(shot(&s, "beside"), 0);
	keys(&s, "d");
	assert_int_equal(shot(&s, "details"), 0);
	keys(&s, "Esc T");
	assert_int_equal(shot(&s, "option"), 0);
	keys(&s, "Esc Down Down b");
	later(&s);
	assert_int_equal(shot(&s, "table"), 0);
	keys(&s, "q Down b");
	assert_int_equal(shot(&s, "histogram"), 0);
	keys(&s, "q Down E");
	assert_int_equal(shot(&s, "log"), 0);
	drop_curtain(&s);
}

static void test_wide(void **state)
{
	struct stage s;

	raise_curtain(&s, 50, 200, false);
	show_tree(&s, "wide-tree");
	assert_int_equal(shot(&s, "wide-beside"), 0);
	keys(&s, "Down Down b");
	programs.missed = 7;
	programs.keys = 4;
	later(&s);
	assert_int_equal(shot(&s, "wide-table"), 0);
	keys(&s, "q Down b");
	assert_int_equal(shot(&s, "wide-histogram"), 0);
	drop_curtain(&s);
}

/* Where neither colour nor more than ASCII can be shown, marks differ by their form. */
static void test_ascii(void **state)
{
	struct stage s;

	raise_curtain(&s, 24, 80, true);
	show_tree(&s, "ascii-tree");
	keys(&s, "Down Down Down b");
	later(&s);
	assert_int_equal(shot(&s, "ascii-histogram"), 0);
	drop_curtain(&s);
}

static void test_no_golden_is_left_over(void **state)
{
	const char *root = getenv("SOURCE_ROOT");
	char dir[600];

	snprintf(dir, sizeof(dir), "%s/tests/screens", root ? root : ".");
	assert_int_equal(golden_left_over(dir, true, strbuf_cstr(&shots)), 0);
	strbuf_done(&shots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_no_golden_is_left_over),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}

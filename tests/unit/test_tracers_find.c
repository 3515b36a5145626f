/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracers pane: searching, narrowing, its dialogs, what is remembered, and a walk over all
 * keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/tracers_fixture.h"

/* ---- finding ---- */

static void test_search(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "/ o n e");
	expect(s, "alpha_one");
	expect(s, "▾ alpha");
	expect_no(s, "alpha_two");
	expect_no(s, "▸ beta");
	press(s, "x");
	expect(s, "no tracer has this in its name");
	press(s, "Esc"); /* the prompt: all as it was */
	expect(s, "▸ alpha");
	expect_no(s, "alpha_one");
	press(s, "/ B E T A Space E X ? T Enter"); /* words, any case, globs */
	expect(s, "in_exit");
	expect_no(s, "in_exec");
	expect(s, "1 of 'BETA EX?T'");
	press(s, "y");
	assert_string_equal(s->yanked, "beta:beta_long_name_that_ends_in_exit");
	press(s, "Esc y"); /* what was found stays in sight */
	assert_string_equal(s->yanked, "beta:beta_long_name_that_ends_in_exit");
	expect(s, "▸ alpha");
	expect(s, "switch_it");
}

/* A whole name means just that: "alpha" the system, not its first event. */
static void test_search_by_whole_name(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "/ a l p h a Enter y");
	assert_string_equal(s->yanked, "alpha");
	press(s, "Esc / a l p h a _ t w o Enter y");
	assert_string_equal(s->yanked, "alpha:alpha_two");
	press(s, "Esc / a l p h Enter y");
	assert_string_equal(s->yanked, "alpha:alpha_one");
}

static void test_next_and_prev(void **state)
{
	static const char *const hits[] = { "alpha:alpha_one", "alpha:alpha_two", "alpha:bad" };
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "n");
	expect(s, "nothing was searched for yet");
	press(s, "/ a l p h a Enter Esc Home");
	for (size_t i = 0; i < ARRAY_SIZE(hits); i++) {
		press(s, "n y");
		assert_string_equal(s->yanked, hits[i]);
	}
	press(s, "n y"); /* round */
	assert_string_equal(s->yanked, hits[0]);
	press(s, "N y");
	assert_string_equal(s->yanked, hits[2]);
	press(s, "2 N y");
	assert_string_equal(s->yanked, hits[0]);
}

static void test_only_on(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "/ t w o Enter Space Esc o");
	expect(s, "●    alpha_two");
	expect_no(s, "alpha_one");
	expect_no(s, "beta");
	press(s, "o");
	expect(s, "▸ beta");
}

static void test_include(void **state)
{
	struct scene *s = *state;
	char *text;

	begin(s, 24, 80);
	press(s, "/ s w i t c h Enter i");
	text = scope_text(ui_scope(s->ui));
	assert_string_equal(text, "event == \"beta:switch_it\"");
	free(text);
	expect(s, "filter beta:switch_it");
	press(s, "Left x");
	text = scope_text(ui_scope(s->ui));
	assert_non_null(strstr(text, "not (system == \"beta\")"));
	free(text);
}

/* ---- dialogs ---- */

static void test_detail(void **state)
{
	struct scene *s = *state;

	begin(s, 30, 100);
	press(s, "/ s w i t c h Enter Enter");
	expect(s, "Tracer  beta:switch_it");
	expect(s, "state: off, Space switches");
	expect(s, "filter: none of switch_it");
	expect(s, "id: 7");
	expect(s, "a number with names");
	expect(s, "text, length varies");
	expect(s, "field:int level;");
	press(s, "Space");
	expect(s, "state: on");
	give(s, 3);
	settle(s);
	expect(s, "events: 3");
	press(s, "Esc");
	expect_no(s, "field:int level;");
	expect(s, "●    switch_it");
}

static void test_others(void **state)
{
	struct scene *s = *state;

	begin(s, 30, 100);
	press(s, "End Right");
	expect(s, "▾ instances 2");
	expect(s, "top level");
	expect(s, "their.own  perf 77");
	press(s, "Down Down Space");
	expect(s, "can be looked into, not switched");
	assert_int_equal(fake.enables, 0);
	press(s, "Enter");
	assert_int_equal(fake.looks, 1);
	expect(s, "records: yes");
	expect(s, "# tracer of their.own");
	expect(s, "an \\x1b event");
	expect(s, "there is more");
	settle(s);
	s->now += 3 * NSEC_PER_SEC;
	fake.other_gone = true;
	settle(s); /* it goes while it is looked at */
	assert_int_equal(fake.looks, 1);
	press(s, "Esc");
	expect(s, "▾ instances 1");
	expect_no(s, "their.own");
}

static void test_missing(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 34);
	ui_set_unavailable(s->ui, "tracefs",
			   "tracefs at /sys/kernel/tracing: Permission denied; run as root (sudo)");
	settle(s);
	expect(s, "✗ ▾ tracefs");
	expect(s, "Permission denied; run as root");
	expect(s, "    (sudo)");
	expect_no(s, "…");
	press(s, "Enter");
	expect(s, "Tracer  tracefs");
	press(s, "Esc Space");
	expect(s, "tracefs: tracefs at");
	press(s, "Left");
	expect(s, "✗ ▸ tracefs");
}

static void test_hostile_name(void **state)
{
	struct scene *s = *state;
	struct strbuf b = { 0 };

	begin(s, 24, 80);
	press(s, "/ e s c Enter");
	expect(s, "esc\\x1b[31m");
	screen(s, &b);
	assert_null(strchr(strbuf_cstr(&b), '\033'));
	strbuf_done(&b);
	press(s, "Space");
	assert_int_equal(find("odd", "esc\033[31m")->state, TRACER_ON);
}

/* ---- from session to session ---- */

static void remember(struct scene *s, struct strbuf *out)
{
	tracers_ops.save(&s->ui->pane[0], out);
}

static void test_remembered(void **state)
{
	struct scene *s = *state;
	struct strbuf b = { 0 };
	char *save = NULL;

	begin(s, 24, 80);
	press(s, "Down Down Right Down");
	remember(s, &b);
	assert_non_null(strstr(b.s, "unfolded = - fake fake:beta\n"));
	assert_non_null(strstr(b.s, "cursor = fake:beta:switch_it\n"));
	ui_free(s->ui);
	open_ui(s, 24, 80);
	for (char *l = strtok_r(b.s, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *eq = strstr(l, " = ");

		*eq = '\0';
		tracers_ops.load(&s->ui->pane[0], l, eq + 3);
	}
	settle(s);
	expect(s, "▾ beta");
	expect(s, "▸ alpha");
	press(s, "y");
	assert_string_equal(s->yanked, "beta:switch_it");
	strbuf_done(&b);
}

/* What is remembered of a backend survives a session without it. */
static void test_remembers_who_was_not_here(void **state)
{
	struct scene *s = *state;
	struct strbuf b = { 0 };

	open_ui(s, 24, 80);
	tracers_ops.load(&s->ui->pane[0], "unfolded", "- live live:beta -late");
	assert_true(deck_open(s->deck, "fake", &(struct err)ERR_INIT) >= 0);
	settle(s);
	expect(s, "▾ fake"); /* never met: not folded */
	press(s, "Left");
	remember(s, &b);
	assert_non_null(strstr(b.s, "unfolded = - -fake live live:beta -late\n"));
	strbuf_done(&b);
}

/* ---- everything, everywhere ---- */

static void test_walk(void **state)
{
	static const char *const keys[] = {
		"Up",	     "Down", "Left",	  "Right", "Space",	"Enter", "/ a Enter",
		"/ z z Esc", "Esc",  "n",	  "N",	   "o",		"z",	 "A",
		"i",	     "x",    "PgDn",	  "PgUp",  "End",	"Home",	 "y",
		"C-l",	     "F",    "Backspace", "2 j",   "s w Enter",
	};
	static const int sizes[][2] = { { 5, 20 }, { 24, 80 }, { 1, 1 }, { 60, 200 }, { 3, 12 } };
	struct scene *s = *state;
	uint64_t random = 88172645463325252ULL;

	fake.many = true;
	begin(s, 24, 80);
	for (int i = 0; i < 3000; i++) {
		struct input in = { .type = INPUT_RESIZE };

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		type(s, keys[random % ARRAY_SIZE(keys)]);
		if (random % 3)
			ui_update(s->ui);
		if (i % 100 == 99) {
			in.y = sizes[i / 100 % ARRAY_SIZE(sizes)][0];
			in.x = sizes[i / 100 % ARRAY_SIZE(sizes)][1];
			ui_input(s->ui, &in);
		}
		if (i % 37 == 0) {
			fake.many = !fake.many;
			fake.other_gone = !fake.other_gone;
			fake_at((size_t)i)->gone = !fake_at((size_t)i)->gone;
		}
		s->now += NSEC_PER_SEC / 4;
		ui_draw(s->ui);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		t(test_search),
		t(test_next_and_prev),
		t(test_only_on),
		t(test_include),
		t(test_search_by_whole_name),
		t(test_next_and_prev),
		t(test_only_on),
		t(test_include),
		t(test_detail),
		t(test_others),
		t(test_missing),
		t(test_hostile_name),
		t(test_remembered),
		t(test_remembers_who_was_not_here),
		t(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

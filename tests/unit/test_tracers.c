/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracers pane: what it asks of a backend and when, what keys switch, how much is shown to
 * come.
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

/* ---- asking ---- */

static void test_lazy(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80);
	settle(s);
	expect(s, "nothing is open yet");
	assert_int_equal(fake.lists + fake.groups, 0);
	assert_int_equal(deck_open(s->deck, "fake", NULL), 0);
	settle(s);
	expect(s, "▾ fake");
	expect(s, "○  ▸ alpha");
	expect(s, "▸ instances");
	assert_int_equal(fake.lists, 0);
	press(s, "Down Right");
	assert_int_equal(fake.lists, 1);
	assert_string_equal(fake.last_list, "alpha:*");
	expect(s, "○  ▾ alpha");
	expect(s, "○    alpha_one");
	expect_no(s, "switch_it");
	press(s, "Left");
	expect_no(s, "alpha_one");
	press(s, "Right");
	assert_int_equal(fake.lists, 1);
}

static void test_moves_by_folds(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Right Right Right"); /* a leaf has nothing to the right */
	press(s, "y");
	assert_string_equal(s->yanked, "alpha:alpha_one");
	press(s, "Left y");
	assert_string_equal(s->yanked, "alpha");
	press(s, "Left Left y");
	assert_string_equal(s->yanked, "fake");
}

static void test_what_is_on_comes_into_sight(void **state)
{
	struct scene *s = *state;

	find("beta", "switch_it")->state = TRACER_ON;
	begin(s, 6, 80); /* two lines of the tree */
	expect(s, "◐  ▸ beta 1/3");
	press(s, "y");
	assert_string_equal(s->yanked, "beta");
	press(s, "Home"); /* once only */
	s->now += NSEC_PER_SEC;
	settle(s);
	expect_no(s, "beta");
}

static void test_what_is_on_is_listed(void **state)
{
	struct scene *s = *state;

	find("beta", "switch_it")->state = TRACER_ON;
	begin(s, 24, 80);
	assert_int_equal(fake.lists, 1);
	expect(s, "◐  ▸ beta 1/3");
	expect(s, "1 on");
	/* Somebody else switches: seen within a second. */
	find("alpha", "alpha_one")->state = TRACER_ON;
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "◐  ▸ alpha 1/3");
	find("alpha", "alpha_one")->state = TRACER_OFF;
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "○  ▸ alpha\n");
}

static void test_ends_of_names(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 120);
	press(s, "/ b e t a Enter");
	expect(s, "beta_long_name_that_ends_in_exec");
	ui_free(s->ui);
	open_ui(s, 24, 30);
	settle(s);
	press(s, "/ b e t a Enter");
	expect(s, "ends_in_exec");
	expect(s, "ends_in_exit");
	expect_no(s, "beta_long_name");
}

/* ---- switching ---- */

static void test_toggle_one(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Right Down Space");
	assert_int_equal(find("alpha", "alpha_one")->state, TRACER_ON);
	expect(s, "●    alpha_one");
	expect(s, "◐  ▾ alpha 1/3");
	press(s, "Space");
	assert_int_equal(find("alpha", "alpha_one")->state, TRACER_OFF);
	expect(s, "○    alpha_one");
	assert_int_equal(fake.enables, 2);
}

static void test_toggle_group(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Down Space"); /* folded */
	expect(s, "●  ▸ beta 3/3");
	expect(s, "beta: 3 switched on");
	press(s, "Space");
	expect(s, "○  ▸ beta");
	press(s, "Right Down Space Up");
	expect(s, "◐  ▾ beta 1/3");
	press(s, "Space"); /* what is partly on goes off */
	expect(s, "○  ▾ beta");
	assert_int_equal(find("beta", "switch_it")->state, TRACER_OFF);
}

static void test_refused(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "Down Space");
	expect(s, "◐  ▸ alpha 2/3");
	expect(s, "2 are on, 1 were refused: not on a Sunday");
	press(s, "Right Down Down");
	expect_no(s, "not on a Sunday");
	press(s, "Down"); /* on it: the reason in the title and at the bottom */
	expect(s, "✗    bad");
	expect(s, "bad: not on a Sunday");
	expect(s, "Tracers  not on a Sunday");
	press(s, "A");
	assert_int_equal(find("alpha", "bad")->state, TRACER_OFF);
	expect(s, "○    bad");
}

static void test_steps(void **state)
{
	struct scene *s = *state;
	unsigned first;

	fake.many = true;
	fake.nap_us = 3000;
	begin(s, 24, 80);
	press(s, "/ m a n y Enter Home Down");
	type(s, "Space");
	first = fake.enables;
	/* Sixty times 3 ms do not fit into one step. */
	assert_in_range(first, 1, 10);
	assert_true(ui_update(s->ui));
	expect(s, "switching many on: ");
	expect(s, ", Esc stops");
	type(s, "Esc");
	assert_false(ui_update(s->ui));
	assert_in_range(fake.enables, first, 30);
	expect(s, "stopped: ");
	press(s, "Space"); /* what came on goes off, and nothing else */
	assert_true(fake.enables <= 60);
	for (int i = 0; i < MANY; i++)
		assert_false(fake.many_on[i]);
	fake.nap_us = 0;
	press(s, "Space");
	expect(s, "many 60/60");
	for (int i = 0; i < MANY; i++)
		assert_true(fake.many_on[i]);
}

static void test_vanishing_ends_a_job(void **state)
{
	struct scene *s = *state;

	fake.many = true;
	fake.nap_us = 3000;
	begin(s, 24, 80);
	press(s, "/ m a n y Enter Home Down");
	type(s, "Space");
	fake.many = false;
	press(s, "C-l"); /* the names anew */
	expect_no(s, "switching");
	press(s, "Esc Esc");
	expect(s, "▸ alpha");
	expect_no(s, "many");
}

static void test_dear(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "/ c o s t l y Enter Space");
	expect(s, "costly stops the world. Go on?");
	assert_int_equal(fake.enables, 0);
	press(s, "n");
	assert_int_equal(find("dear", "costly")->state, TRACER_OFF);
	press(s, "Space y");
	assert_int_equal(find("dear", "costly")->state, TRACER_ON);
	press(s, "Space"); /* off needs no question */
	assert_int_equal(find("dear", "costly")->state, TRACER_OFF);
	/* Never as one of many. */
	press(s, "Esc Left Space");
	assert_int_equal(find("dear", "free")->state, TRACER_ON);
	assert_int_equal(find("dear", "costly")->state, TRACER_OFF);
}

static void test_rates(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 120);
	press(s, "/ s w i t c h Enter Space");
	s->now += NSEC_PER_SEC;
	settle(s);
	give(s, 25000);
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "switch_it");
	expect(s, "25k/s");
	expect(s, "~0.2 %"); /* 25,000 times 100 ns */
	expect(s, "25000");
	give(s, 3000);
	s->now += 2 * NSEC_PER_SEC; /* nobody looked for a second */
	settle(s);
	expect(s, "1.5k/s");
	s->now += NSEC_PER_SEC;
	settle(s);
	expect(s, "0/s");
}

static void test_noisiest(void **state)
{
	struct scene *s = *state;

	begin(s, 24, 80);
	press(s, "z");
	expect(s, "nothing is on");
	press(s, "Down Down Space");
	s->now += NSEC_PER_SEC;
	settle(s);
	give(s, 100);
	s->now += NSEC_PER_SEC;
	settle(s);
	press(s, "z");
	assert_int_equal(find("beta", "switch_it")->state, TRACER_OFF);
	expect(s, "beta:switch_it is off: it gave 100 events a second");
	expect(s, "beta 2/3");
	press(s, "A");
	expect(s, "none on");
	press(s, "A");
	expect(s, "nothing is on");
}

/* The page of a tracer that goes away: its keys do not fall to the group above. */
static void test_page_of_the_gone(void **state)
{
	struct scene *s = *state;
	unsigned enables;

	begin(s, 30, 100);
	press(s, "/ s w i t c h Enter Enter");
	expect(s, "state: off, Space switches");
	find("beta", "switch_it")->gone = true;
	ui_act(s->ui, "tracers", ACT_REDRAW, NULL);
	settle(s);
	enables = fake.enables;
	press(s, "Space");
	assert_int_equal(fake.enables, enables);
	expect(s, "beta:switch_it is no longer there");
}

/* So is a question about it answered by nothing but a word. */
static void test_question_about_the_gone(void **state)
{
	struct scene *s = *state;
	unsigned enables;

	begin(s, 30, 100);
	press(s, "/ c o s t l y Enter Space");
	expect(s, "y/n");
	find("dear", "costly")->gone = true;
	ui_act(s->ui, "tracers", ACT_REDRAW, NULL);
	enables = fake.enables;
	press(s, "y");
	assert_int_equal(fake.enables, enables);
	expect(s, "it went away before it was switched on");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		t(test_lazy),
		t(test_moves_by_folds),
		t(test_what_is_on_is_listed),
		t(test_what_is_on_comes_into_sight),
		t(test_ends_of_names),
		t(test_toggle_one),
		t(test_toggle_group),
		t(test_refused),
		t(test_steps),
		t(test_vanishing_ends_a_job),
		t(test_dear),
		t(test_rates),
		t(test_noisiest),
		t(test_page_of_the_gone),
		t(test_question_about_the_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

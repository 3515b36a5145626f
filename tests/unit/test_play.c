/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_play: the recorded clock: what it has passed is shown and counted, each row once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/recording_fixture.h"

#define TOCK "event demo tock 502 n:u32\n"

/* A second of two CPUs, a row each 10 ms; the last row is at 1.99 s. */
static const char small[] =
    "cpus 2\n" TICK TOCK "cpu 0\nmany 50 1000000000 20000000 tick tid=7 n=$\n"
    "cpu 1\nmany 50 1010000000 20000000 tock tid=8 n=$\n";

static unsigned shown(struct deck *d)
{
	struct cursor *c = cursor_new(deck_store(d), 0);
	unsigned n = 0;
	struct row r;

	while (cursor_next(c, deck_horizon(d), &r))
		n++;
	cursor_free(c);
	return n;
}

static void test_step(void **state)
{
	struct deck *d = load(fixture_make("small.dat", small, "le64", "4096"), 0);
	struct deck_play p;

	(void)state;
	assert_int_equal(shown(d), 100);
	assert_int_equal(deck_play(d, 1500000000, 1, NULL), 0);
	deck_play_still(d, true);
	deck_play_step(d, 1, 0);
	deck_play_status(d, &p);
	assert_true(p.playing && p.still);
	assert_int_equal(p.at, 1500000001);
	assert_int_equal(deck_time(d), p.at);
	assert_int_equal(shown(d), 51);
	assert_int_equal(counted(d, "tick") + counted(d, "tock"), 1);
	deck_play_step(d, 3, 0);
	assert_int_equal(shown(d), 54);
	assert_int_equal(counted(d, "tick"), 2);
	assert_int_equal(counted(d, "tock"), 2);
	deck_play_step(d, 0, 100000000);
	assert_int_equal(shown(d), 64);
	assert_int_equal(deck_horizon(d), 1630000001);
	deck_play_step(d, 1000, 0);
	assert_int_equal(shown(d), 100);
	assert_int_equal(counted(d, "tick") + counted(d, "tock"), 50);
	assert_int_equal(deck_play(d, 1900000000, 1, NULL), 0); /* counts begin anew */
	deck_play_step(d, 0, 0);
	assert_int_equal(shown(d), 90);
	assert_int_equal(counted(d, "tick") + counted(d, "tock"), 0);
	deck_play_end(d);
	deck_play_status(d, &p);
	assert_false(p.playing);
	assert_int_equal(shown(d), 100);
	assert_int_equal(counted(d, "tick"), 50);
	assert_int_equal(counted(d, "tock"), 50);
	deck_free(d, NULL);
}

/* The clock runs: at 20 times the speed 0.5 s take 25 ms, and the end is its end. */
static void test_clock(void **state)
{
	struct deck *d = load(fixture_make("small.dat", small, "le64", "4096"), 0);
	uint64_t began = clock_mono();
	struct deck_play p;
	unsigned before = 0;

	(void)state;
	assert_int_equal(deck_play(d, 1000000000, 4, NULL), 0);
	do {
		assert_true(poller_once(deck_poller(d), 1000, NULL) >= 0);
		deck_play_status(d, &p);
		assert_in_range(shown(d), before, 100);
		before = shown(d);
		/* Never more than the clock has passed. */
		assert_true(p.at <= 1000000000 + 4 * (clock_mono() - began) + 1);
	} while (!p.still && clock_mono() - began < 20 * NSEC_PER_SEC);
	assert_true(p.still);
	assert_true(clock_mono() - began >= 990000000 / 4);
	assert_int_equal(p.at, 1990000001);
	assert_int_equal(counted(d, "tick") + counted(d, "tock"), 100);
	deck_play_speed(d, 1e9);
	deck_play_status(d, &p);
	assert_true(p.speed <= 1000 && p.speed >= 1000);
	deck_free(d, NULL); /* while it plays */
}

static void test_refused(void **state)
{
	struct deck_conf none = { 0 };
	struct err e = ERR_INIT;
	struct deck_play p;
	struct deck *d;

	(void)state;
	d = load(fixture_make("small.dat", small, "le64", "4096"), 0);
	assert_int_equal(deck_play(d, 0, 0, &e), -EINVAL);
	assert_int_equal(deck_play(d, 0, 1001, &e), -EINVAL);
	assert_int_equal(deck_play(d, 0, 0.0 / 0.0, &e), -EINVAL);
	deck_play_status(d, &p);
	assert_false(p.playing);
	deck_play_step(d, 1, 0); /* nothing plays: nothing happens */
	assert_int_equal(shown(d), 100);
	deck_free(d, NULL);
	assert_int_equal(deck_new(&none, &d, &e), 0);
	assert_int_equal(deck_play(d, 0, 1, &e), -ENOTSUP);
	assert_int_equal(deck_seek(d, 5, &e), 0);
	deck_play_status(d, &p);
	assert_false(p.recording);
	deck_load(d, false);
	deck_play_end(d);
	assert_null(deck_note(d));
	deck_free(d, NULL);
}

/* Played through from the beginning, in a store that has room for a part: each row is counted. */
static void test_play_large(void **state)
{
	struct deck *d = load(large_file(2), 1 << 20);
	struct deck_play p;
	uint64_t before = 0;

	(void)state;
	deck_seek(d, LAST, NULL);
	assert_int_equal(deck_play(d, 0, 0.001, NULL), 0);
	deck_play_still(d, true);
	for (int i = 0; i < 10000 && before <= LAST; i++) {
		deck_play_step(d, 0, EACH * STEP / 20);
		deck_play_status(d, &p);
		assert_true(p.at > before || p.at > LAST);
		before = p.at;
		if (i == 7) /* somebody looks somewhere else meanwhile */
			deck_seek(d, LAST, NULL);
	}
	assert_int_equal(p.at, LAST + 1);
	assert_int_equal(counted(d, "tick"), 2 * EACH);
	check_rows(d, LAST - 5 - 499 * STEP, 1000);
	deck_play_end(d);
	assert_int_equal(counted(d, "tick"), 2 * EACH);
	deck_free(d, NULL);
}

/* Playing begins while the file is still being walked: the counts of the whole go on growing. */
static void test_play_while_loading(void **state)
{
	struct deck *d = open_deck(large_file(0), 0);

	(void)state;
	deck_pump(d);
	assert_int_equal(deck_play(d, FIRST, 0.001, NULL), 0);
	deck_play_still(d, true);
	deck_play_step(d, 100, 0);
	assert_int_equal(counted(d, "tick"), 100);
	pump(d);
	assert_int_equal(counted(d, "tick"), 100);
	assert_int_equal(shown(d), 100);
	deck_play_end(d);
	assert_int_equal(counted(d, "tick"), 2 * EACH);
	assert_int_equal(shown(d), 2 * EACH);
	deck_free(d, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_play_large),
		cmocka_unit_test(test_play_while_loading),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

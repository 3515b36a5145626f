/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs of a recording that is played: they come as the recorded clock passes, none twice, and are
 * made anew where playing goes to what is no longer in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "backends/deck.h"
#include "core/cursor.h"
#include "tests/dat_fixture.h"

/* Every 10 ns one begins, and takes 4 ns. */
#define LINES(COUNT, TEXT)                                                                         \
	"cpus 2\nevent demo begin 501 key:u32 text:string\nevent demo finish 502 r:s64 key:u32\n"  \
	"cpu 0\nmany " COUNT " 1000 10 begin tid=7 key=$ text=" TEXT "\n"                          \
	"cpu 1\nmany " COUNT " 1004 10 finish tid=8 key=$ r=$\n"

static struct deck *open_deck(const char *path, uint64_t memory)
{
	const char *files[] = { path, NULL };
	struct deck_conf c = { .files = files, .memory = memory };
	struct err e = ERR_INIT;
	struct deck *d = NULL;

	assert_int_equal(deck_new(&c, &d, &e), 0);
	if (deck_open(d, "replay", &e) < 0 ||
	    deck_pair_add(d, "x: demo:begin -> demo:finish by key", &e) < 0 ||
	    deck_enable(d, "pair:x", true, NULL, &e) != 1 || deck_start(d, &e) < 0)
		fail_msg("%s", e.text);
	return d;
}

static void pump(struct deck *d)
{
	for (int i = 0; i < 100000; i++)
		if (!deck_pump(d))
			return;
	fail_msg("it never ends");
}

static uint64_t at(struct deck *d)
{
	struct deck_play play;

	deck_play_status(d, &play);
	return play.at;
}

/* What a cursor has not given yet of what the clock has passed: pairs, one after the other. */
static unsigned follow(struct deck *d, struct cursor *c, uint64_t *last)
{
	unsigned pairs = 0;
	struct row r;

	while (cursor_next(c, deck_horizon(d), &r)) {
		assert_true(r.ts < at(d));
		assert_false(r.flags & ROW_LATE);
		if (!r.schema || strcmp(r.schema->system, "pair") != 0)
			continue;
		if (*last)
			assert_int_equal(r.ts, *last + 10);
		*last = r.ts;
		pairs++;
	}
	return pairs;
}

/* How many of the ends, at 1004, 1014, ..., are before a time. */
static unsigned ends_before(uint64_t ts)
{
	return ts <= 1004 ? 0 : (unsigned)((ts - 1004 + 9) / 10);
}

static void test_with_the_clock(void **state)
{
	struct deck *d =
	    open_deck(fixture_make("play.dat", LINES("900", "abc"), "le64", "4096"), 0);

	(void)state;
	pump(d);
	for (int round = 0; round < 3; round++) { /* rewound twice */
		struct cursor *c = cursor_new(deck_store(d), 0);
		uint64_t last = 0;
		unsigned pairs = 0;

		assert_int_equal(deck_play(d, 1000, 0.001, NULL), 0);
		deck_play_still(d, true);
		cursor_seek(c, 0);
		for (int i = 0; i < 400; i++) {
			deck_play_step(d, i % 3 ? 0 : 5, 27);
			pairs += follow(d, c, &last);
			assert_int_equal(pairs, MIN(ends_before(at(d)), 900));
		}
		assert_int_equal(pairs, 900);
		cursor_free(c);
	}
	deck_play_end(d);
	assert_int_equal(deck_free(d, NULL), 0);
}

/*
 * Far ahead and far back again: what is there then has its pairs, each once and without a gap, or
 * there was no room for them beside what they are made of.
 */
static void test_beyond_memory(void **state)
{
	static const uint64_t from[] = { 1000, 500000, 20000, 590000, 3000 };
	struct deck *d = open_deck(
	    fixture_make("large.dat", LINES("60000", "abcdefgh"), "le64", "1024"), 2 << 20);
	unsigned whole = 0;

	(void)state;
	pump(d);
	for (size_t i = 0; i < ARRAY_SIZE(from); i++) {
		struct cursor *c;
		uint64_t last = 0;
		unsigned pairs;

		assert_int_equal(deck_play(d, from[i], 0.001, NULL), 0);
		deck_play_still(d, true);
		pump(d);
		c = cursor_new(deck_store(d), 0);
		cursor_seek(c, from[i]);
		deck_play_step(d, 0, 2000);
		pump(d);
		pairs = follow(d, c, &last);
		assert_true(pairs <= 200);
		assert_true(!pairs || last >= from[i]);
		whole += pairs == 200;
		cursor_free(c);
	}
	assert_true(whole > 0);
	assert_int_equal(deck_free(d, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_with_the_clock),
		cmocka_unit_test(test_beyond_memory),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

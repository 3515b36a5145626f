/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_play: recordings that do not fit into memory, seeking in them, loading that is held, and the
 * recorded clock: what it has passed is shown and counted, each row once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "backends/deck.h"
#include "core/cursor.h"
#include "core/summary.h"
#include "tests/dat_fixture.h"

#define TICK "event demo tick 501 n:u32 text:string\n"
#define TOCK "event demo tock 502 n:u32\n"

/* Two CPUs, one tick each 10 ns, in turn: more pages of 1 KiB than 1 MiB has entries for. */
#define EACH  240000u
#define FIRST 1000u
#define STEP  10u
#define LAST  (FIRST + 5 + (EACH - 1) * STEP)

static const char large[] =
    "cpus 2\n" TICK "cpu 0\nmany 240000 1000 10 tick tid=7 n=$ text=abcdefghijklmnop\n"
    "cpu 1\nmany 240000 1005 10 tick tid=8 n=$ text=abcdefghijklmnop\n";

static const char *const forms[] = {
	"-m le64 -p 1024",
	"-m be32 -p 1024",
	"-m le64 -p 1024 -7 zstd -c 4",
};

/* The large one in a form; made once. */
static const char *large_file(unsigned form)
{
	const char *const names[] = { "le64.dat", "be32.dat", "zstd.dat" };

	if (access(fixture_path(names[form]), F_OK) == 0)
		return fixture_path(names[form]);
	return fixture_make_as(names[form], large, forms[form]);
}

static struct deck *open_deck(const char *path, uint64_t memory)
{
	const char *files[] = { path, NULL };
	struct deck_conf c = { .files = files, .memory = memory };
	struct err e = ERR_INIT;
	struct deck *d = NULL;

	assert_int_equal(deck_new(&c, &d, &e), 0);
	if (deck_open(d, "replay", &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(deck_start(d, &e), 0);
	return d;
}

static void pump(struct deck *d)
{
	for (int i = 0; i < 100000; i++)
		if (!deck_pump(d))
			return;
	fail_msg("it never ends");
}

static struct deck *load(const char *path, uint64_t memory)
{
	struct deck *d = open_deck(path, memory);

	pump(d);
	return d;
}

static uint64_t counted(struct deck *d, const char *name)
{
	const struct source *src = store_source_at(deck_store(d), 0);

	return summary_events(deck_summary(d), schema_set_find(src->schemas, "demo", name));
}

static uint32_t number_of(const struct row *r)
{
	uint64_t v = UINT64_MAX;

	assert_non_null(r->schema);
	assert_true(field_int(r->schema, schema_field(r->schema, "n"), r->rec, r->size, &v));
	return (uint32_t)v;
}

/* From a time on n rows stand in the store, none left out, each with its bytes. */
static void check_rows(struct deck *d, uint64_t ts, unsigned n)
{
	struct cursor *c = cursor_new(deck_store(d), 0);
	struct row r;

	cursor_seek(c, ts);
	while (n--) {
		assert_true(cursor_next(c, UINT64_MAX, &r));
		assert_int_equal(r.ts, ts);
		assert_int_equal(r.cpu, ts % STEP ? 1 : 0);
		assert_int_equal(number_of(&r), (ts - FIRST) / STEP);
		ts += STEP / 2;
	}
	cursor_free(c);
}

static void check_bound(struct deck *d, uint64_t memory)
{
	struct store_stats s;

	store_stats(deck_store(d), &s);
	assert_true(s.used <= memory);
	assert_int_equal(s.evicted_pages, 0);
}

/* What does not fit is walked and counted all the same, and comes back when somebody looks. */
static void test_seek(void **state)
{
	static const unsigned at[] = { 50, 99, 3, 0, 100, 51, 75 };

	(void)state;
	for (unsigned f = 0; f < ARRAY_SIZE(forms); f++) {
		struct deck *d = load(large_file(f), 1 << 20);
		struct deck_play p;

		deck_play_status(d, &p);
		assert_true(p.recording && !p.loading && !p.playing);
		assert_int_equal(p.loaded, p.total);
		assert_int_equal(p.first, FIRST);
		assert_int_equal(p.last, LAST);
		assert_int_equal(p.at, LAST + 1);
		assert_int_equal(deck_time(d), LAST + 1);
		assert_false(deck_at_end(d)); /* the store has not all of it */
		assert_int_equal(counted(d, "tick"), 2 * EACH);
		check_bound(d, 1 << 20);
		check_rows(d, FIRST, 1000);
		for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
			uint64_t n = (uint64_t)(EACH - 600) * at[i] / 100;
			uint64_t ts = FIRST + n * STEP;

			assert_in_range(deck_seek(d, ts, NULL), 0, 1);
			check_rows(d, ts, 1000);
			assert_int_equal(deck_seek(d, ts, NULL), 0);
			if (n > 600)
				check_rows(d, ts - 500 * STEP, 1000); /* around, not only behind */
			pump(d);
			check_rows(d, ts, 1000);
			check_bound(d, 1 << 20);
			assert_int_equal(counted(d, "tick"), 2 * EACH);
			assert_int_equal(store_source_at(deck_store(d), 0)->events, 2 * EACH);
		}
		deck_free(d, NULL);
	}
}

/* A row is the same place whatever was in the store in between, and the number of events before
 * it is known. */
static void test_places(void **state)
{
	struct deck *d = load(large_file(0), 1 << 20);
	struct cursor *c = cursor_new(deck_store(d), 0);
	uint64_t ts = FIRST + 100 * STEP, epoch;
	const struct run *run = store_run_at(deck_store(d), 0);
	struct row r, again;

	(void)state;
	cursor_seek(c, ts);
	assert_true(cursor_next(c, UINT64_MAX, &r));
	epoch = store_epoch(deck_store(d));
	assert_int_equal(deck_seek(d, LAST, NULL), 1);
	assert_int_not_equal(store_epoch(deck_store(d)), epoch);
	assert_null(run_page(run, r.page));
	assert_true(run->base > 0);
	/* Events of the pages before, as the first row tells by its number. */
	assert_true(cursor_next(c, UINT64_MAX, &again)); /* a void cursor stands at the oldest */
	while (again.run != 0)
		assert_true(cursor_next(c, UINT64_MAX, &again));
	assert_int_equal(run->dropped, number_of(&again));
	assert_int_equal(deck_seek(d, ts, NULL), 1);
	assert_non_null(run_page(run, r.page));
	cursor_seek_row(c, &r);
	assert_true(cursor_next(c, UINT64_MAX, &again));
	assert_int_equal(again.ts, r.ts);
	assert_int_equal(again.page, r.page);
	assert_int_equal(again.pos, r.pos);
	cursor_free(c);
	deck_free(d, NULL);
}

/* Before everything was loaded: what is asked for comes at once, the walk goes on, all is counted
 * once. */
static void test_seek_ahead(void **state)
{
	struct deck *d = open_deck(large_file(0), 1 << 20);
	uint64_t ts = FIRST + EACH / 2 * STEP;
	struct deck_play p;

	(void)state;
	deck_pump(d);
	deck_load(d, false);
	deck_play_status(d, &p);
	assert_false(p.loading);
	assert_in_range(p.loaded, 1, p.total - 1);
	pump(d); /* held: it does not go on */
	assert_in_range(counted(d, "tick"), 1, EACH);
	assert_int_equal(deck_seek(d, ts, NULL), 1);
	check_rows(d, ts, 1000);
	assert_in_range(counted(d, "tick"), 1, EACH);
	deck_load(d, true);
	deck_play_status(d, &p);
	assert_true(p.loading);
	pump(d);
	deck_play_status(d, &p);
	assert_int_equal(p.loaded, p.total);
	assert_int_equal(counted(d, "tick"), 2 * EACH);
	check_rows(d, ts, 1000);
	deck_free(d, NULL);
}

/* Whoever lets go what he has seen sees everything, however little memory there is. */
static void test_consumer(void **state)
{
	struct deck *d = open_deck(large_file(0), 1 << 20);
	struct cursor *c = cursor_new(deck_store(d), 0);
	uint64_t rows = 0, ts = FIRST;
	bool slow = true, more = true;
	struct row r;

	(void)state;
	while (more || !deck_at_end(d)) {
		more = deck_pump(d);
		if (slow && more) /* until the walk is through, and the store full */
			continue;
		slow = false;
		for (; cursor_next(c, deck_horizon(d), &r); rows++, ts += STEP / 2)
			assert_int_equal(r.ts, ts);
		store_forget(deck_store(d), deck_horizon(d));
	}
	assert_int_equal(rows, 2 * EACH);
	assert_int_equal(cursor_skipped(c), 0);
	cursor_free(c);
	deck_free(d, NULL);
}

/* ---- playing ---- */

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
		cmocka_unit_test(test_seek),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_seek_ahead),
		cmocka_unit_test(test_consumer),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_play_large),
		cmocka_unit_test(test_play_while_loading),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

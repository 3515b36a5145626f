/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_seek: recordings that do not fit into memory: seeking in them, loading that is held, rows
 * and lines that outlast the pages they came from.
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
#include "tui/events.h"

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
	assert_true(cursor_next(c, UINT64_MAX, &again)); /* and so it does when time went back */
	assert_int_equal(again.ts, FIRST);
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

/* The same by itself, for somebody whose output was blocked when the store became full. */
static void test_late_consumer(void **state)
{
	struct deck *d = open_deck(large_file(0), 1 << 20);
	struct cursor *c = cursor_new(deck_store(d), 0);
	uint64_t rows = 0, until = clock_mono() + 60 * NSEC_PER_SEC;
	struct deck_play p;
	struct row r;

	(void)state;
	do {
		assert_true(poller_once(deck_poller(d), 1000, NULL) >= 0);
		deck_play_status(d, &p);
	} while (p.loading && clock_mono() < until);
	for (int i = 0; i < 5; i++) /* until nothing goes on by itself */
		poller_once(deck_poller(d), 10, NULL);
	assert_false(deck_at_end(d));
	while (!deck_at_end(d) && clock_mono() < until) {
		while (cursor_next(c, deck_horizon(d), &r))
			rows++;
		store_forget(deck_store(d), deck_horizon(d));
		poller_once(deck_poller(d), 1000, NULL);
	}
	while (cursor_next(c, deck_horizon(d), &r))
		rows++;
	assert_int_equal(rows, 2 * EACH);
	cursor_free(c);
	deck_free(d, NULL);
}

/* ---- rows that are kept ---- */

/* With no room for chunks at all every one goes as soon as nobody holds it. */
static void test_kept_row(void **state)
{
	struct deck *d = load(large_file(2), 1 << 20);
	struct cursor *c = cursor_new(deck_store(d), 0);
	struct row kept[100], r;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		for (int skip = 0; skip < 70; skip++)
			assert_true(cursor_next(c, UINT64_MAX, &r));
		kept[i] = r;
		row_keep(&kept[i]);
		assert_non_null(kept[i].keep);
	}
	cursor_free(c);
	deck_seek(d, LAST, NULL);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(number_of(&kept[i]), (kept[i].ts - FIRST) / STEP);
		row_let_go(&kept[i]);
		assert_null(kept[i].keep);
	}
	deck_free(d, NULL);
	d = load(large_file(0), 1 << 20);
	c = cursor_new(deck_store(d), 0);
	assert_true(cursor_next(c, UINT64_MAX, &r));
	row_keep(&r); /* in the map: it stays where it is */
	assert_null(r.keep);
	cursor_free(c);
	deck_free(d, NULL);
}

static void work(struct window *w, uint64_t horizon)
{
	struct budget b = budget_new(1000000, 10 * NSEC_PER_SEC);

	while (window_work(w, horizon, &b))
		continue;
}

static void check_lines(const struct window *w)
{
	assert_int_equal(w->count >= 10, true);
	for (unsigned i = 0; i < w->count; i++)
		assert_int_equal(number_of(&window_line(w, i)->row),
				 (window_line(w, i)->row.ts - FIRST) / STEP);
}

/* The lines of the screen outlast the pages they came from. */
static void test_kept_lines(void **state)
{
	struct deck *d = load(large_file(2), 1 << 20);
	uint64_t horizon = deck_horizon(d);
	struct window w;

	(void)state;
	window_init(&w, deck_store(d), deck_identity(d));
	window_resize(&w, 20);
	work(&w, horizon); /* following */
	check_lines(&w);
	work(&w, horizon - 1);
	window_seek(&w, FIRST + 5000 * STEP);
	work(&w, horizon);
	check_lines(&w);
	for (int i = 0; i < 40; i++) { /* more than it holds, both ways */
		window_move(&w, i % 20 < 12 ? 50 : -40);
		work(&w, horizon);
		check_lines(&w);
	}
	window_resize(&w, 200);
	work(&w, horizon);
	check_lines(&w);
	window_rewind(&w, window_line(&w, w.count / 2)->row.ts);
	check_lines(&w);
	window_follow(&w);
	work(&w, FIRST + 3000 * STEP);
	check_lines(&w);
	work(&w, FIRST + 3010 * STEP);
	check_lines(&w);
	window_done(&w);
	deck_free(d, NULL);
}

/* ---- damage ---- */

/* Spoils the heads of some pages: their times and sizes. */
static void spoil(uint8_t *bytes, size_t size, unsigned seed)
{
	srand(seed);
	for (int i = 0; i < 200; i++) {
		size_t page = 1 + (size_t)rand() % (size / 1024 / 2);

		bytes[size - page * 1024 + (size_t)(rand() % 11)] ^= (uint8_t)(1 << rand() % 8);
	}
}

/* Times that make no sense lead nowhere, but not astray: everything ends, nothing is counted twice.
 */
static void test_damaged(void **state)
{
	size_t size;
	_cleanup_free_ uint8_t *bytes = fixture_load(large_file(0), &size);

	(void)state;
	for (unsigned seed = 0; seed < 12; seed++) {
		_cleanup_close_ int fd = memfd_create("damaged", MFD_CLOEXEC);
		struct cursor *c;
		struct deck *d;
		char path[64];
		uint64_t events;
		struct row r;

		spoil(bytes, size, seed);
		assert_int_equal(write(fd, bytes, size), size);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		d = load(path, 1 << 20);
		events = store_source_at(deck_store(d), 0)->events;
		assert_in_range(events, EACH, 2 * EACH);
		c = cursor_new(deck_store(d), CURSOR_LOSSES);
		for (unsigned i = 0; i < 10; i++) {
			unsigned rows = 0;

			assert_in_range(deck_seek(d, FIRST + EACH * i, NULL), 0, 1);
			cursor_seek(c, FIRST + EACH * i);
			while (rows++ < 2000 && cursor_next(c, UINT64_MAX, &r))
				continue;
			assert_true(rows > 1);
			pump(d);
			check_bound(d, 1 << 20);
		}
		assert_int_equal(store_source_at(deck_store(d), 0)->events, events);
		cursor_free(c);
		deck_free(d, NULL);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seek),	      cmocka_unit_test(test_places),
		cmocka_unit_test(test_seek_ahead),    cmocka_unit_test(test_consumer),
		cmocka_unit_test(test_late_consumer), cmocka_unit_test(test_kept_row),
		cmocka_unit_test(test_kept_lines),    cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

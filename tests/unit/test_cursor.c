/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cursors over the merged runs of a store whose pages are so small that every boundary is crossed.
 */
#include "tests/unit/store_fixture.h"

static void test_runs_are_merged_by_time(void **state)
{
	struct bench b;
	struct cursor *c;
	struct row row;
	uint64_t last = 0;
	unsigned seen = 0, per_cpu[3] = { 0 };

	(void)state;
	bench_open(&b, 200);
	for (unsigned round = 0; round < 20; round++)
		for (unsigned cpu = 0; cpu < 3; cpu++)
			feed(&b, cpu, 1000 + round * 97 + cpu * 13, 1 + (round + cpu) % 5, 0);
	c = cursor_new(b.store, 0);
	while (cursor_next(c, UINT64_MAX, &row)) {
		assert_true(row.ts >= last);
		last = row.ts;
		per_cpu[row.cpu]++;
		seen++;
	}
	assert_int_equal(seen, b.source->events);
	assert_int_equal(per_cpu[0] + per_cpu[1] + per_cpu[2], seen);
	/* All the way back, in the opposite order. */
	while (cursor_prev(c, &row)) {
		assert_true(row.ts <= last);
		last = row.ts;
		seen--;
	}
	assert_int_equal(seen, 0);
	cursor_free(c);
	bench_close(&b);
}

/* The rows that cursors give must be those of a plain sort, whatever was seeked and in whichever
 * direction. */
static void test_seek_and_turn(void **state)
{
	struct bench b;
	struct cursor *c;
	uint64_t times[600];
	unsigned n = 0;
	struct row row;

	(void)state;
	bench_open(&b, 400);
	srand(4);
	for (unsigned round = 0; round < 60; round++)
		feed(&b, (unsigned)rand() % 4, 1000 + round * 70, 1 + (unsigned)rand() % 8, 0);
	c = cursor_new(b.store, 0);
	while (cursor_next(c, UINT64_MAX, &row))
		times[n++] = row.ts;
	for (unsigned i = 0; i < 500; i++) {
		unsigned at = (unsigned)rand() % n;

		while (at && times[at - 1] == times[at])
			at--;
		cursor_seek(c, times[at]);
		for (unsigned k = at; k < n && k < at + 20; k++) {
			assert_true(cursor_next(c, UINT64_MAX, &row));
			assert_int_equal(row.ts, times[k]);
		}
		cursor_seek(c, times[at]);
		for (unsigned k = at; k-- > 0 && k + 20 > at;) {
			assert_true(cursor_prev(c, &row));
			assert_int_equal(row.ts, times[k]);
		}
	}
	cursor_free(c);
	bench_close(&b);
}

/* Every row finds its way back to itself, also among rows of the same time. */
static void test_seek_row(void **state)
{
	struct row rows[300], row;
	struct bench b;
	struct cursor *c;
	unsigned n = 0;

	(void)state;
	bench_open(&b, 400);
	for (unsigned round = 0; round < 30; round++)
		for (unsigned cpu = 0; cpu < 3; cpu++)
			feed(&b, cpu, 1000 + round * 70, 1 + (round + cpu) % 4, n += 10);
	c = cursor_new(b.store, 0);
	n = 0;
	while (cursor_next(c, UINT64_MAX, &rows[n]))
		n++;
	for (unsigned i = 0; i < n; i += 7) {
		cursor_seek_row(c, &rows[i]);
		for (unsigned k = i; k < n && k < i + 10; k++) {
			assert_true(cursor_next(c, UINT64_MAX, &row));
			assert_ptr_equal(row.rec, rows[k].rec);
		}
		cursor_seek_row(c, &rows[i]);
		for (unsigned k = i; k-- > 0 && k + 10 > i;) {
			assert_true(cursor_prev(c, &row));
			assert_ptr_equal(row.rec, rows[k].rec);
		}
	}
	store_forget(b.store, 2000);
	cursor_seek_row(c, &rows[0]);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_true(row.ts > rows[0].ts); /* it left: the oldest that is here */
	cursor_free(c);
	bench_close(&b);
}

/* Whoever stands behind the last row gets the next one, though it is joined to the same page. */
static void test_seek_behind_an_open_page(void **state)
{
	struct bench b;
	struct cursor *c;
	struct row row;

	(void)state;
	bench_open(&b, 400);
	feed(&b, 0, 1000, 2, 0);
	feed(&b, 1, 1000, 2, 0);
	c = cursor_new(b.store, 0);
	cursor_seek(c, 5000);
	assert_false(cursor_next(c, UINT64_MAX, &row));
	cursor_seek(c, 5000);
	feed(&b, 1, 6000, 1, 7);
	feed(&b, 0, 6010, 1, 8);
	assert_int_equal(store_run_at(b.store, 0)->count, 1);
	assert_int_equal(store_run_at(b.store, 1)->count, 1);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.ts, 6000);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.ts, 6010);
	assert_false(cursor_next(c, UINT64_MAX, &row));
	cursor_seek(c, UINT64_MAX);
	assert_true(cursor_prev(c, &row));
	assert_int_equal(row.ts, 6010);
	cursor_free(c);
	bench_close(&b);
}

static void test_limit_holds_rows_back(void **state)
{
	struct bench b;
	struct cursor *c;
	struct row row;

	(void)state;
	bench_open(&b, 64);
	c = cursor_new(b.store, 0);
	assert_false(cursor_next(c, UINT64_MAX, &row));
	feed(&b, 0, 1000, 3, 0);
	assert_false(cursor_next(c, 1000, &row));
	assert_true(cursor_next(c, 1001, &row));
	assert_true(cursor_next(c, 1011, &row));
	assert_false(cursor_next(c, 1011, &row));
	/* The open page grows under the cursor, and an older row of another CPU still comes first.
	 */
	feed(&b, 0, 1100, 1, 3);
	feed(&b, 1, 1015, 1, 9);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.ts, 1015);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.ts, 1020);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(number_of(&row), 3);
	assert_int_equal(row.flags, 0);
	/* What comes too late says so. */
	feed(&b, 2, 500, 1, 4);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.ts, 500);
	assert_int_equal(row.flags, ROW_LATE);
	cursor_free(c);
	bench_close(&b);
}

static void test_losses_are_rows(void **state)
{
	struct bench b;
	struct run *r;
	struct cursor *c;
	struct fragment_maker m;
	struct row row;

	(void)state;
	bench_open(&b, 64);
	feed(&b, 0, 1000, 1, 0);
	r = store_run(b.store, b.source, 0);
	fragment_begin(&m, store_room(b.store, NULL), 2000);
	fragment_add(&m, 2000, 5, 1);
	fragment_lost(&m, 42);
	assert_int_equal(store_commit(b.store, r, PAGE, NULL), 1);
	fragment_begin(&m, store_room(b.store, NULL), 3000);
	fragment_add(&m, 3000, 5, 2);
	fragment_lost(&m, LOST_UNKNOWN);
	assert_int_equal(store_commit(b.store, r, PAGE, NULL), 1);
	assert_int_equal(r->count, 3); /* a loss stands between pages */
	assert_int_equal(b.source->lost, 42);
	assert_int_equal(b.source->lost_unknown, 1);
	/* The kernel's counter may tell the number after all. */
	assert_int_equal(store_lost_known(b.store, r, 8), 8);
	assert_int_equal(b.source->lost, 50);
	assert_int_equal(b.source->lost_unknown, 0);
	assert_int_equal(run_page(r, 2)->lost, 8);
	assert_int_equal(store_lost_known(b.store, r, 9), 0);
	store_lost(b.store, r, LOST_UNKNOWN);
	assert_int_equal(store_lost_known(b.store, r, 5), 5);
	assert_int_equal(b.source->lost, 55);
	c = cursor_new(b.store, CURSOR_LOSSES);
	assert_true(cursor_next(c, UINT64_MAX, &row) && row.rec);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.flags, ROW_LOSS);
	assert_int_equal(row.lost, 42);
	assert_int_equal(row.ts, 2000);
	assert_true(cursor_next(c, UINT64_MAX, &row) && row.rec);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.lost, 8);
	assert_true(cursor_next(c, UINT64_MAX, &row) && row.rec);
	assert_false(cursor_next(c, UINT64_MAX, &row));
	cursor_free(c);
	c = cursor_new(b.store, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_true(cursor_next(c, UINT64_MAX, &row) && row.rec);
	assert_false(cursor_next(c, UINT64_MAX, &row));
	cursor_free(c);
	bench_close(&b);
}

/* What we do ourselves is in the page, and in no row and no count; but for switches to others. */
static void test_own_records_are_left_out(void **state)
{
	struct bench b;
	struct cursor *c;
	struct row row;

	(void)state;
	bench_open(&b, 64);
	b.source->own[0] = 101; /* feed's tid is 100 + cpu */
	feed(&b, 0, 1000, 3, 0);
	feed(&b, 1, 1005, 3, 10);
	assert_int_equal(b.source->events, 3);
	c = cursor_new(b.store, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(cursor_next(c, UINT64_MAX, &row));
		assert_int_equal(row.tid, 100);
	}
	assert_false(cursor_next(c, UINT64_MAX, &row));
	for (unsigned i = 0; i < 3; i++) {
		assert_true(cursor_prev(c, &row));
		assert_int_equal(row.tid, 100);
	}
	assert_false(cursor_prev(c, &row));
	b.schemas->by_id[RING_ID]->role = ROLE_SWITCH;
	feed(&b, 1, 2000, 2, 20);
	assert_int_equal(b.source->events, 5);
	cursor_seek(c, 2000);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.tid, 101);
	cursor_free(c);
	bench_close(&b);
}

static void test_own_records_for_who_asks(void **state)
{
	struct bench b;
	struct cursor *c;
	struct row row;

	(void)state;
	bench_open(&b, 64);
	b.source->own[0] = 101;
	feed(&b, 0, 1000, 3, 0);
	feed(&b, 1, 1005, 3, 10);
	c = cursor_new(b.store, CURSOR_OWN);
	for (unsigned i = 0; i < 6; i++)
		assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.tid, 101);
	assert_false(cursor_next(c, UINT64_MAX, &row));
	for (unsigned i = 0; i < 6; i++)
		assert_true(cursor_prev(c, &row));
	assert_false(cursor_prev(c, &row));
	cursor_free(c);
	bench_close(&b);
}

static void test_hidden_sources_are_not_shown(void **state)
{
	struct bench b;
	struct source *hidden;
	struct fragment_maker m;
	struct cursor *c;
	struct row row;

	(void)state;
	bench_open(&b, 64);
	hidden = store_source(b.store, "test", "hidden", b.schemas, SOURCE_HIDDEN);
	fragment_begin(&m, store_room(b.store, NULL), 10);
	fragment_add(&m, 10, 1, 0);
	store_commit(b.store, store_run(b.store, hidden, 0), PAGE, NULL);
	feed(&b, 0, 20, 1, 0);
	c = cursor_new(b.store, 0);
	assert_true(cursor_next(c, UINT64_MAX, &row) && row.ts == 20);
	assert_false(cursor_next(c, UINT64_MAX, &row));
	cursor_free(c);
	c = cursor_new(b.store, CURSOR_HIDDEN);
	assert_true(cursor_next(c, UINT64_MAX, &row) && row.ts == 10);
	cursor_free(c);
	bench_close(&b);
}

/* A fragment of three records in whose middle the clock is set back. */
static void feed_back(struct bench *b, unsigned cpu, uint64_t ts)
{
	struct fragment_maker m;

	fragment_begin(&m, store_room(b->store, NULL), ts);
	fragment_add(&m, ts + 500, 7, 0);
	page_put_time_stamp(m.at + PAGE_HEADER + m.used, ts);
	m.used += 8;
	m.ts = ts;
	fragment_add(&m, ts + 10, 7, 1);
	fragment_add(&m, ts + 20, 7, 2);
	assert_int_equal(
	    store_commit(b->store, store_run(b->store, b->source, (uint16_t)cpu), PAGE, NULL), 3);
}

/* Passing rows ends where stepping over them does, also where times run backwards. */
static void test_pass_is_like_stepping(void **state)
{
	unsigned compared = 0;

	(void)state;
	srand(5);
	for (unsigned round = 0; round < 200; round++) {
		struct cursor *step, *pass;
		struct row a = { 0 }, b = { 0 };
		struct bench bench;
		uint64_t limit = 0;

		bench_open(&bench, 400);
		for (unsigned i = 0; i < 60; i++)
			feed(&bench, (unsigned)rand() % 3,
			     1000 + (unsigned)rand() % (round * 20 + 1), 1 + (unsigned)rand() % 8,
			     i * 10);
		for (unsigned i = 0; i < 60; i++)
			feed_back(&bench, (unsigned)rand() % 3, 1000 + i * 70);
		step = cursor_new(bench.store, 0);
		pass = cursor_new(bench.store, 0);
		for (unsigned i = 0; i < 4; i++) {
			bool more;

			limit += (unsigned)rand() % 2000;
			while (cursor_next(step, limit, &a))
				;
			cursor_pass(pass, limit);
			limit += (unsigned)rand() % 500;
			do {
				more = cursor_next(step, limit, &a);
				assert_int_equal(cursor_next(pass, limit, &b), more);
				assert_true(!more || (a.run == b.run && a.page == b.page &&
						      a.pos == b.pos && a.ts == b.ts));
				compared += more;
			} while (more);
		}
		cursor_free(step);
		cursor_free(pass);
		bench_close(&bench);
	}
	assert_true(compared > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_are_merged_by_time),
		cmocka_unit_test(test_seek_and_turn),
		cmocka_unit_test(test_seek_row),
		cmocka_unit_test(test_seek_behind_an_open_page),
		cmocka_unit_test(test_limit_holds_rows_back),
		cmocka_unit_test(test_losses_are_rows),
		cmocka_unit_test(test_own_records_are_left_out),
		cmocka_unit_test(test_own_records_for_who_asks),
		cmocka_unit_test(test_hidden_sources_are_not_shown),
		cmocka_unit_test(test_pass_is_like_stepping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

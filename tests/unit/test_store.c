/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store, with pages so small that every boundary is crossed.
 */
#include <errno.h>

#include "tests/unit/store_fixture.h"

static void test_bad_sizes_are_refused(void **state)
{
	struct store_conf small = { .memory = 1000, .page_size = PAGE };
	struct store_conf odd = { .memory = 1 << 20, .page_size = 300 };
	struct err e = ERR_INIT;
	struct store *s = NULL;

	(void)state;
	assert_int_equal(store_new(&small, &s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "memory"));
	assert_int_equal(store_new(&odd, &s, &e), -EINVAL);
	assert_null(s);
}

static void test_fragments_are_joined(void **state)
{
	struct bench b;
	struct run *r;
	struct row row;
	struct cursor *c;

	(void)state;
	bench_open(&b, 64);
	for (unsigned i = 0; i < 5; i++) /* 16 + 5 * (8 + 40) - 8 bytes: one page */
		feed(&b, 0, 1000 + i * 100, 2, i * 2);
	r = store_run(b.store, b.source, 0);
	assert_int_equal(r->count, 1);
	assert_int_equal(run_page(r, 0)->events, 10);
	assert_int_equal(run_page(r, 0)->first, 1000);
	assert_int_equal(run_page(r, 0)->last, 1410);
	/* What stands in the header is what a recording will write. */
	assert_int_equal(load_u64(run_page(r, 0)->data->bytes + 8), run_page(r, 0)->size);
	feed(&b, 0, 2000, 2, 10);
	assert_int_equal(r->count, 2);
	c = cursor_new(b.store, 0);
	for (unsigned i = 0; i < 12; i++) {
		assert_true(cursor_next(c, UINT64_MAX, &row));
		assert_int_equal(number_of(&row), i);
		assert_int_equal(row.ts, i < 10 ? 1000 + i / 2 * 100 + i % 2 * 10 : 1990 + i);
		assert_int_equal(row.tid, 100);
		i += i == 10; /* the 12th is at 2010 */
	}
	cursor_free(c);
	bench_close(&b);
}

static void test_horizon(void **state)
{
	const uint64_t ms = NSEC_PER_MSEC, now = 1000 * ms;
	struct bench b;
	struct source *other;

	(void)state;
	bench_open(&b, 64);
	other = store_source(b.store, "test", "other", b.schemas, 0);
	b.source->horizon = now - 10 * ms;
	other->horizon = now - 30 * ms;
	assert_int_equal(store_horizon(b.store, now), now - 30 * ms);
	/* Silent for 200 ms: no longer waited for. */
	other->horizon = now - 300 * ms;
	b.source->horizon = now + 90 * ms;
	assert_int_equal(store_horizon(b.store, now + 200 * ms), now);
	/* What was final stays final, and what comes below it is late. */
	assert_int_equal(store_horizon(b.store, now), now);
	feed(&b, 0, 500, 2, 0);
	assert_int_equal(b.source->late, 2);
	b.source->horizon = other->horizon = UINT64_MAX;
	assert_true(store_horizon(b.store, now) == UINT64_MAX);
	bench_close(&b);
}

/* A screen may ask before there is anything that could say when it ends. */
static void test_nothing_is_final_without_sources(void **state)
{
	struct store_conf c = { .memory = 1 << 20 };
	struct source *src;
	struct store *s;

	(void)state;
	assert_int_equal(store_new(&c, &s, NULL), 0);
	assert_int_equal(store_horizon(s, NSEC_PER_SEC), 0);
	src = store_source(s, "test", "first", NULL, 0);
	src->horizon = 5;
	assert_int_equal(store_horizon(s, 0), 5);
	store_free(s);
}

static void test_oldest_pages_leave(void **state)
{
	struct bench b;
	struct store_stats stats;
	struct cursor *c, *behind;
	struct row row;
	uint64_t next = 0;

	(void)state;
	bench_open(&b, 40);
	behind = cursor_new(b.store, 0);
	feed(&b, 0, 1000, 10, 0);
	assert_true(cursor_next(behind, UINT64_MAX, &row));
	for (unsigned i = 1; i < 200; i++)
		feed(&b, i % 2, 1000 + i * 1000, 10, i * 10);
	store_stats(b.store, &stats);
	assert_true(stats.used <= stats.memory);
	assert_true(stats.evicted_pages > 100);
	assert_int_equal(stats.events + stats.evicted_events, 2000);
	assert_int_equal(b.source->events, 2000);
	/* The one that stood on a page that left goes on with the oldest, and says what it missed.
	 */
	assert_true(cursor_next(behind, UINT64_MAX, &row));
	next = number_of(&row);
	assert_int_equal(next, stats.evicted_events);
	while (cursor_next(behind, UINT64_MAX, &row))
		assert_int_equal(number_of(&row), ++next);
	assert_int_equal(next, 1999);
	assert_int_equal(cursor_skipped(behind), stats.evicted_events - 1);
	c = cursor_new(b.store, 0);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_int_equal(row.ts, stats.first);
	cursor_free(c);
	cursor_free(behind);
	bench_close(&b);
}

static void test_a_page_in_use_outlives_eviction(void **state)
{
	struct page_data *kept;
	struct bench b;
	uint8_t copy[PAGE];

	(void)state;
	bench_open(&b, 20);
	feed(&b, 0, 1000, 10, 0);
	kept = page_data_ref(run_page(store_run(b.store, b.source, 0), 0)->data);
	memcpy(copy, kept->bytes, PAGE);
	for (unsigned i = 1; i < 100; i++)
		feed(&b, 0, 1000 + i * 1000, 10, i * 10);
	assert_memory_equal(copy, kept->bytes, PAGE_HEADER + 200);
	page_data_unref(kept);
	for (unsigned i = 100; i < 200; i++)
		feed(&b, 0, 1000 + i * 1000, 10, i * 10);
	bench_close(&b);
}

static void test_no_page_is_refused(void **state)
{
	struct bench b;
	struct run *r;
	uint8_t *room;
	struct err e = ERR_INIT;

	(void)state;
	bench_open(&b, 64);
	r = store_run(b.store, b.source, 0);
	room = store_room(b.store, NULL);
	store_u64(room, 1);
	store_u64(room + 8, PAGE); /* more than can be there */
	assert_int_equal(store_commit(b.store, r, PAGE, &e), -EINVAL);
	assert_int_equal(store_commit(b.store, r, 8, &e), -EINVAL);
	assert_int_equal(r->count, 0);
	store_u64(room + 8, 0);
	assert_int_equal(store_commit(b.store, r, PAGE, &e), 0);
	bench_close(&b);
}

static void test_unknown_records_are_counted(void **state)
{
	struct bench b;
	struct fragment_maker m;
	struct cursor *c;
	struct row row;

	(void)state;
	bench_open(&b, 64);
	fragment_begin(&m, store_room(b.store, NULL), 10);
	fragment_add(&m, 10, 1, 0);
	store_u16(m.at + PAGE_HEADER + 4, 99);
	assert_int_equal(store_commit(b.store, store_run(b.store, b.source, 0), PAGE, NULL), 1);
	assert_int_equal(b.source->damaged, 1);
	c = cursor_new(b.store, 0);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_null(row.schema);
	assert_int_equal(row.flags, ROW_DAMAGED);
	cursor_free(c);
	bench_close(&b);
}

static void test_borrowed_pages(void **state)
{
	uint8_t bytes[PAGE];
	struct fragment_maker m;
	struct bench b;
	struct page p = { .ts = 50, .records = bytes + PAGE_HEADER, .lost = 3 };
	struct cursor *c;
	struct row row;

	(void)state;
	bench_open(&b, 64);
	fragment_begin(&m, bytes, 50);
	fragment_add(&m, 50, 1, 7);
	fragment_add(&m, 60, 1, 8);
	p.size = m.used;
	assert_int_equal(store_borrow(b.store, store_run(b.store, b.source, 3), &p, true, NULL), 2);
	assert_int_equal(b.source->lost, 3);
	c = cursor_new(b.store, 0);
	assert_true(cursor_next(c, UINT64_MAX, &row));
	assert_ptr_equal(row.rec, bytes + PAGE_HEADER + 4);
	assert_int_equal(row.cpu, 3);
	cursor_free(c);
	bench_close(&b);
}

static void test_forget(void **state)
{
	struct store_stats stats;
	struct bench b;

	(void)state;
	bench_open(&b, 400);
	for (unsigned i = 0; i < 20; i++)
		feed(&b, 0, 1000 + i * 1000, 10, i * 10);
	store_forget(b.store, 11000);
	store_stats(b.store, &stats);
	assert_int_equal(stats.first, 11000);
	assert_int_equal(stats.events, 100);
	assert_int_equal(stats.evicted_events, 0);
	/* Nothing is younger: the open page goes as well, and the next fragment begins another. */
	store_forget(b.store, UINT64_MAX);
	store_stats(b.store, &stats);
	assert_int_equal(stats.pages, 0);
	assert_int_equal(stats.events, 0);
	feed(&b, 0, 30000, 1, 0);
	store_stats(b.store, &stats);
	assert_int_equal(stats.pages, 1);
	assert_int_equal(stats.events, 1);
	bench_close(&b);
}

/* One run, up to a number and a time; what still grows stays. */
static void test_trim(void **state)
{
	struct bench b;
	struct run *r;

	(void)state;
	bench_open(&b, 400);
	for (unsigned i = 0; i < 20; i++)
		feed(&b, i % 2, 1000 + i * 1000, 10, i * 10);
	r = store_run(b.store, b.source, 0);
	store_trim(b.store, r, 3, UINT64_MAX);
	assert_int_equal(r->base, 3);
	store_trim(b.store, r, UINT64_MAX, 9000);
	assert_int_equal(r->base, 4);
	store_trim(b.store, r, UINT64_MAX, UINT64_MAX);
	assert_int_equal(r->count, 1);
	assert_true(r->open);
	store_close_page(b.store, r);
	store_trim(b.store, r, UINT64_MAX, UINT64_MAX);
	assert_int_equal(r->count, 0);
	assert_int_equal(store_run(b.store, b.source, 1)->count, 10);
	bench_close(&b);
}

/* What a quiet CPU said long ago must not stay for ever because its page still has room. */
static void test_old_pages_are_closed(void **state)
{
	const uint64_t minute = 60 * NSEC_PER_SEC;
	struct store_stats stats;
	struct bench b;

	(void)state;
	bench_open(&b, 20);
	feed(&b, 0, 1000, 1, 0);
	feed(&b, 0, 2000, 1, 1);
	assert_int_equal(store_run(b.store, b.source, 0)->count, 1);
	feed(&b, 0, minute + 5000, 1, 2);
	assert_int_equal(store_run(b.store, b.source, 0)->count, 2);
	feed(&b, 1, minute + 5000, 1, 3);
	/* CPU 1 is quiet from here on; its page is open, and leaves when it is the oldest. */
	for (unsigned i = 0; i < 100; i++)
		feed(&b, 0, 3 * minute + i * 1000, 10, i * 10);
	assert_int_equal(store_run(b.store, b.source, 1)->count, 0);
	store_stats(b.store, &stats);
	assert_true(stats.first >= 3 * minute);
	assert_true(stats.used <= stats.memory);
	feed(&b, 1, 4 * minute, 1, 0);
	assert_int_equal(store_run(b.store, b.source, 1)->count, 1);
	bench_close(&b);
}

struct expected {
	int32_t tid;
	uint64_t events;
	unsigned found;
};

static bool check_row(const struct summary_row *r, void *data)
{
	struct expected *e = data;

	for (unsigned i = 0; i < 3; i++) {
		if (e[i].tid != r->tid)
			continue;
		e[i].found++;
		assert_int_equal(e[i].events, r->events);
		assert_string_equal(r->top->name, "beat");
		assert_true(r->first <= r->last);
	}
	return true;
}

static void test_summary_counts_threads(void **state)
{
	struct expected e[3] = { { 100, 700, 0 }, { 101, 350, 0 }, { 102, 350, 0 } };
	struct bench b;

	(void)state;
	bench_open(&b, 20); /* what left stays counted */
	for (unsigned i = 0; i < 140; i++)
		feed(&b, i % 4 == 3 ? 0 : i % 4, 1000 + i * 1000, 10, 0);
	summary_each(b.summary, NULL, false, check_row, e);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(e[i].found, 1);
	assert_int_equal(summary_events(b.summary, b.schemas->by_id[RING_ID]), 1400);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_sizes_are_refused),
		cmocka_unit_test(test_fragments_are_joined),
		cmocka_unit_test(test_horizon),
		cmocka_unit_test(test_nothing_is_final_without_sources),
		cmocka_unit_test(test_oldest_pages_leave),
		cmocka_unit_test(test_a_page_in_use_outlives_eviction),
		cmocka_unit_test(test_no_page_is_refused),
		cmocka_unit_test(test_unknown_records_are_counted),
		cmocka_unit_test(test_borrowed_pages),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_old_pages_are_closed),
		cmocka_unit_test(test_summary_counts_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

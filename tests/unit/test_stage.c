/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: whatever the order in which records come, they stand in the store in that of time,
 * each once, as far as nothing older can come; losses stand where they were told.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "core/row.h"
#include "tests/unit/store_fixture.h"
#include "tracefs/stage.h"

#define CPUS  3
#define MANY  4000
#define WIDE  1000000
#define PAGES 4096

struct scene {
	struct bench bench;
	struct stage *stage;
};

static void scene_open(struct scene *s, unsigned pages)
{
	bench_open(&s->bench, pages);
	s->stage = stage_new(s->bench.store, s->bench.source);
}

static void scene_close(struct scene *s)
{
	stage_free(s->stage);
	bench_close(&s->bench);
}

static void put_sized(struct scene *s, unsigned cpu, uint64_t ts, uint64_t number, uint32_t size)
{
	uint8_t *p = stage_put(s->stage, (uint16_t)cpu, ts, size);

	assert_non_null(p);
	memset(p, 0, size);
	store_u16(p, RING_ID);
	store_u32(p + 4, 100 + cpu);
	store_u64(p + 8, number);
}

static void put(struct scene *s, unsigned cpu, uint64_t ts, uint64_t number)
{
	put_sized(s, cpu, ts, number, 16);
}

static void flush(struct scene *s, uint64_t below)
{
	struct err e = ERR_INIT;

	assert_int_equal(stage_flush(s->stage, below, SIZE_MAX, &e), 0);
}

static unsigned random_below(unsigned n)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % n;
}

/* Counts the rows of the store and asserts their order, also of the runs' own pages. */
static unsigned rows_in_order(struct scene *s, uint64_t below)
{
	struct cursor *c = cursor_new(s->bench.store, 0);
	uint64_t last = 0;
	unsigned n = 0;
	struct row r;

	for (; cursor_next(c, UINT64_MAX, &r); n++) {
		assert_true(r.ts >= last && r.ts < below);
		assert_int_equal(r.flags, 0);
		last = r.ts;
	}
	cursor_free(c);
	return n;
}

/* The pages themselves are in order: no record stands behind a younger one. */
static void expect_plain_pages(struct scene *s)
{
	for (unsigned i = 0; i < CPUS; i++) {
		struct run *r = store_run(s->bench.store, s->bench.source, (uint16_t)i);
		uint64_t last = 0;

		for (uint64_t n = r->base; run_page(r, n); n++) {
			const struct page *p = run_page(r, n);
			struct page_walk w = page_walk_init(p->records, p->size, p->ts);
			struct page_event ev;

			while (page_next(&w, &ev)) {
				assert_true(ev.ts >= last);
				last = ev.ts;
			}
			assert_false(w.damaged);
		}
	}
}

/* Each number came once: what is put at random times, in slices, with horizons between. */
static void test_random_order(void **state)
{
	static const unsigned disorders[] = { 1, 3, 50, 1000 };
	struct scene s;

	(void)state;
	for (size_t d = 0; d < sizeof(disorders) / sizeof(disorders[0]); d++) {
		uint64_t below = 0;
		unsigned seen;

		scene_open(&s, PAGES);
		for (unsigned i = 0; i < MANY; i++) {
			uint64_t ts = 2000 + i * 10 + 10 * random_below(disorders[d]);

			put(&s, random_below(CPUS), ts, i);
			if (random_below(100) == 0) {
				below = 2000 + i * 10;
				flush(&s, below);
				assert_true(stage_oldest(s.stage) >= below);
				rows_in_order(&s, below);
			}
		}
		flush(&s, UINT64_MAX);
		seen = rows_in_order(&s, UINT64_MAX);
		assert_int_equal(seen, MANY);
		assert_int_equal(stage_bytes(s.stage), 0);
		assert_true(stage_oldest(s.stage) == UINT64_MAX);
		expect_plain_pages(&s);
		scene_close(&s);
	}
}

/* Two rings, one read after the other: long stretches, each in order. */
static void test_stretches(void **state)
{
	struct scene s;
	bool seen[900] = { false };
	struct cursor *c;
	struct row r;

	(void)state;
	scene_open(&s, PAGES);
	for (unsigned k = 0; k < 3; k++)
		for (unsigned i = 0; i < 300; i++)
			put(&s, 0, 1000 + i * 30 + k * 10, k * 300 + i);
	assert_int_equal(stage_oldest(s.stage), 1000);
	put(&s, 0, 900, 0);
	assert_int_equal(stage_oldest(s.stage), 900);
	flush(&s, 901);
	assert_int_equal(stage_oldest(s.stage), 1000);
	assert_int_equal(stage_bytes(s.stage), 900 * 16);
	flush(&s, 5000);
	assert_int_equal(stage_oldest(s.stage), 5000);
	flush(&s, UINT64_MAX);
	c = cursor_new(s.bench.store, 0);
	assert_true(cursor_next(c, 901, &r));
	for (unsigned i = 0; i < 900; i++) {
		assert_true(cursor_next(c, UINT64_MAX, &r));
		assert_int_equal(r.ts, 1000 + i * 10);
		assert_int_equal(number_of(&r), i % 3 * 300 + i / 3);
		assert_false(seen[number_of(&r)]);
		seen[number_of(&r)] = true;
	}
	cursor_free(c);
	expect_plain_pages(&s);
	scene_close(&s);
}

/* What came at the same time stays in the order in which it came. */
static void test_equal_times(void **state)
{
	struct scene s;
	struct cursor *c;
	struct row r;

	(void)state;
	scene_open(&s, PAGES);
	for (unsigned i = 0; i < 100; i++)
		put(&s, 0, 1000 + 100 * (i < 50), i); /* 50 younger ones first */
	flush(&s, UINT64_MAX);
	c = cursor_new(s.bench.store, 0);
	for (unsigned i = 0; i < 100; i++) {
		assert_true(cursor_next(c, UINT64_MAX, &r));
		assert_int_equal(number_of(&r), (i + 50) % 100);
	}
	cursor_free(c);
	scene_close(&s);
}

/* A budget ends a flush; the next one goes on, and no CPU waits for the others for good. */
static void test_budget(void **state)
{
	unsigned flushes = 0, rows = 0;
	struct err e = ERR_INIT;
	struct scene s;
	int more;

	(void)state;
	scene_open(&s, PAGES);
	for (unsigned i = 0; i < 600; i++)
		put(&s, i % CPUS, 1000 + i, i);
	do {
		unsigned before = rows;

		more = stage_flush(s.stage, 1500, 400, &e);
		assert_true(more >= 0);
		rows = rows_in_order(&s, 1500);
		assert_true(rows > before || !more);
		assert_true(rows - before < 400 / 16 + 2 * PAGE / 20);
		if (++flushes == CPUS + 1)
			for (unsigned i = 0; i < CPUS; i++)
				assert_true(
				    store_run(s.bench.store, s.bench.source, (uint16_t)i)->count >
				    0);
	} while (more);
	assert_int_equal(rows, 500);
	assert_true(flushes > 5);
	assert_int_equal(stage_oldest(s.stage), 1500);
	assert_int_equal(stage_bytes(s.stage), 100 * 16);
	scene_close(&s);
}

static uint64_t lost_before(struct scene *s, uint64_t number)
{
	struct cursor *c = cursor_new(s->bench.store, CURSOR_LOSSES);
	uint64_t lost = 0;
	struct row r;

	while (cursor_next(c, UINT64_MAX, &r)) {
		if (r.flags & ROW_LOSS) {
			lost = r.lost;
			continue;
		}
		if (number_of(&r) == number)
			break;
		lost = 0;
	}
	cursor_free(c);
	return lost;
}

static void test_losses(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, PAGES);
	stage_lost(s.stage, 0, 0);
	flush(&s, UINT64_MAX);
	assert_int_equal(s.bench.source->lost, 0);
	put(&s, 0, 1000, 1);
	put(&s, 0, 1010, 2);
	stage_lost(s.stage, 0, 7);
	put(&s, 0, 1020, 3);
	flush(&s, 1005);
	assert_int_equal(s.bench.source->lost, 0);
	flush(&s, 2000);
	assert_int_equal(lost_before(&s, 3), 7);
	assert_int_equal(lost_before(&s, 2), 0);
	stage_lost(s.stage, 0, LOST_UNKNOWN);
	stage_lost(s.stage, 1, 5);
	flush(&s, 2000);
	assert_int_equal(s.bench.source->lost, 12);
	assert_int_equal(s.bench.source->lost_unknown, 1);
	put(&s, 0, 3000, 4);
	flush(&s, UINT64_MAX);
	assert_true(lost_before(&s, 4) == LOST_UNKNOWN);
	scene_close(&s);
}

/* What fits no page of the store, or no record, is counted as lost, and nothing else is harmed. */
static void test_too_long(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, PAGES);
	assert_null(stage_put(s.stage, 0, 1000, STAGE_RECORD_MAX + 1));
	put(&s, 0, 1010, 1);
	put_sized(&s, 0, 1020, 2, PAGE);
	put(&s, 0, 1030, 3);
	put_sized(&s, 0, 1040, 4, 200);
	flush(&s, UINT64_MAX);
	assert_int_equal(rows_in_order(&s, UINT64_MAX), 3);
	assert_int_equal(s.bench.source->lost, 2);
	assert_int_equal(stage_bytes(s.stage), 0);
	scene_close(&s);
}

static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Something always waits, so a queue is never empty: what went is given back all the same. */
static void test_bytes_are_used_again(void **state)
{
	struct scene s;
	size_t before;

	(void)state;
	scene_open(&s, 64);
	before = heap();
	for (unsigned i = 0; i < WIDE; i++) {
		put_sized(&s, 0, 1000 + i * 10, i, 64);
		if (i % 100 == 99)
			flush(&s, 1000 + (i - 10) * 10);
	}
	assert_int_equal(stage_bytes(s.stage), 11 * 64);
	assert_true(heap() - before < 1u << 18);
	flush(&s, UINT64_MAX);
	assert_int_equal(s.bench.source->events, WIDE);
	assert_int_equal(s.bench.source->damaged, 0);
	assert_int_equal(s.bench.source->late, 0);
	scene_close(&s);
}

static void test_free_of_what_waits(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, 64);
	put(&s, 5, 1, 1);
	put(&s, CPU_NONE, 1, 1);
	scene_close(&s);
	stage_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_order),
		cmocka_unit_test(test_stretches),
		cmocka_unit_test(test_equal_times),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_bytes_are_used_again),
		cmocka_unit_test(test_free_of_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

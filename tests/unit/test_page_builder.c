/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_page_builder: pages built and read back, by our walk and by libtraceevent's kbuffer, in both
 * byte orders and both word sizes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kbuffer.h>

#include "core/page.h"
#include "core/row.h"
#include "tracefs/page_builder.h"

static const struct machine native = { false, 8 };

static const struct machine machines[] = {
	{ false, 8 },
	{ false, 4 },
	{ true, 8 },
	{ true, 4 },
};

/* Walks a native page and compares times. */
static void expect_times(const uint8_t *page, const uint64_t *ts, unsigned count)
{
	uint64_t commit = load_u64(page + 8) & PAGE_COMMIT_MASK;
	struct page_walk w = page_walk_init(page + PAGE_HEADER, (uint32_t)commit, load_u64(page));
	struct page_event ev;

	for (unsigned i = 0; i < count; i++) {
		assert_true(page_next(&w, &ev));
		assert_int_equal(ev.ts, ts[i]);
		assert_int_equal(load_u32(ev.rec), i);
	}
	assert_false(page_next(&w, &ev));
	assert_false(w.damaged);
}

static void test_times(void **state)
{
	static const struct {
		const char *what;
		uint64_t ts[3];
		uint32_t used;
	} cases[] = {
		{ "equal", { 5, 5, 5 }, 24 },
		{ "from 0", { 0, 0, 1 }, 24 },
		{ "the largest delta", { 5, 5 + (1 << 27) - 1, 5 + (1 << 27) - 1 }, 24 },
		{ "one more is an extend", { 5, 5 + (1 << 27), 6 + (1 << 27) }, 32 },
		{ "the largest extend", { 1, 1ULL << 59, 1ULL << 59 }, 32 },
		{ "back", { 1000, 999, 1000 }, 32 },
		{ "back to 0", { 1000, 0, 0 }, 32 },
		{ "back with upper bits",
		  { (7ULL << 60) + 9, (7ULL << 60) + 1, (7ULL << 60) + 2 },
		  32 },
	};
	uint8_t page[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct page_builder b;

		print_message("# %s\n", cases[i].what);
		page_builder_begin(&b, page, sizeof(page), native);
		for (uint32_t n = 0; n < 3; n++)
			assert_true(page_builder_add(&b, cases[i].ts[n], &n, sizeof(n)));
		assert_int_equal(b.used, cases[i].used);
		assert_int_equal(page_builder_finish(&b), PAGE_HEADER + cases[i].used);
		expect_times(page, cases[i].ts, 3);
	}
}

/* What no page can say is refused, and begins another page. */
static void test_impossible_times(void **state)
{
	uint8_t page[1024], rec[4] = { 0 };
	struct page_builder b;

	(void)state;
	page_builder_begin(&b, page, sizeof(page), native);
	assert_true(page_builder_add(&b, 5, rec, 4));
	assert_false(page_builder_add(&b, 5 + (1ULL << 59), rec, 4));
	assert_int_equal(b.events, 1);
	page_builder_begin(&b, page, sizeof(page), native);
	assert_true(page_builder_add(&b, 1ULL << 60, rec, 4));
	assert_false(page_builder_add(&b, 5, rec, 4));
	page_builder_begin(&b, page, sizeof(page), native);
	assert_true(page_builder_add(&b, UINT64_MAX, rec, 4));
}

static void test_sizes(void **state)
{
	static const struct {
		uint32_t size, used;
	} cases[] = {
		{ 0, 8 },     { 1, 8 },	    { 4, 8 },	  { 5, 12 },	{ 108, 112 },
		{ 112, 116 }, { 113, 124 }, { 116, 124 }, { 117, 128 }, { 1000, 1008 },
	};
	uint8_t page[1024], rec[1024];

	(void)state;
	memset(rec, 0xaa, sizeof(rec));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct page_builder b;
		struct page_walk w;
		struct page_event ev;

		memset(page, 0x55, sizeof(page));
		page_builder_begin(&b, page, sizeof(page), native);
		assert_true(page_builder_add(&b, 1, rec, cases[i].size));
		assert_int_equal(b.used, cases[i].used);
		page_builder_finish(&b);
		w = page_walk_init(page + PAGE_HEADER, b.used, 1);
		assert_true(page_next(&w, &ev));
		assert_true(ev.size >= cases[i].size && ev.size < cases[i].size + 5);
		assert_memory_equal(ev.rec, rec, cases[i].size);
		for (uint32_t k = PAGE_HEADER + b.used; k < sizeof(page); k++)
			assert_int_equal(page[k], 0);
	}
}

static void test_full(void **state)
{
	(void)state;
	for (uint32_t size = 1024; size <= 65536; size *= 2) {
		uint8_t *page = malloc(size), *rec = calloc(1, size + 8);
		uint32_t max = page_builder_max(size);

		for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
			struct page_builder b;

			page_builder_begin(&b, page, size, machines[m]);
			page_builder_lost(&b, 3);
			assert_true(page_builder_add(&b, 1, rec, max));
			assert_false(page_builder_add(&b, 1, rec, max));
			assert_true(page_builder_finish(&b) <= size);
			page_builder_begin(&b, page, size, native);
			assert_false(page_builder_add(&b, 1, rec, max + 1));
			assert_false(page_builder_add(&b, 1, rec, UINT32_MAX));
			while (page_builder_add(&b, 1, rec, 8))
				assert_true(b.used <= size - PAGE_HEADER);
			assert_true(b.used > size - PAGE_HEADER - 12);
		}
		free(page);
		free(rec);
	}
}

static void test_lost(void **state)
{
	static const struct {
		uint64_t say[2];
		uint32_t flags;
		uint64_t stored;
	} cases[] = {
		{ { 0, 0 }, 0, 0 },
		{ { 5, 0 }, PAGE_MISSED | PAGE_MISSED_STORED, 5 },
		{ { 5, 6 }, PAGE_MISSED | PAGE_MISSED_STORED, 11 },
		{ { LOST_UNKNOWN, 0 }, PAGE_MISSED, 0 },
		{ { LOST_UNKNOWN, 6 }, PAGE_MISSED, 0 },
		{ { UINT64_MAX - 1, 6 }, PAGE_MISSED, 0 },
	};
	uint8_t page[1024], rec[8] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct page_builder b;

		page_builder_begin(&b, page, sizeof(page), native);
		page_builder_lost(&b, cases[i].say[0]);
		page_builder_lost(&b, cases[i].say[1]);
		while (page_builder_add(&b, 9, rec, sizeof(rec)))
			continue;
		page_builder_finish(&b);
		assert_int_equal(load_u64(page + 8), b.used | cases[i].flags);
		if (cases[i].stored)
			assert_int_equal(load_u64(page + PAGE_HEADER + b.used), cases[i].stored);
	}
}

/* kbuffer reads each machine's pages as they are: an independent witness. */
static void test_like_kbuffer(void **state)
{
	uint8_t page[4096], rec[600];

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		bool big = machines[m].swap;
		struct kbuffer *k =
		    kbuffer_alloc(machines[m].long_size == 8 ? KBUFFER_LSIZE_8 : KBUFFER_LSIZE_4,
				  big ? KBUFFER_ENDIAN_BIG : KBUFFER_ENDIAN_LITTLE);
		uint64_t ts = 1000, times[200];
		uint32_t sizes[200], n = 0;
		unsigned long long got;
		struct page_builder b;
		uint8_t *at;

		page_builder_begin(&b, page, sizeof(page), machines[m]);
		page_builder_lost(&b, 77);
		for (; n < 200; n++) {
			sizes[n] = 4 + n * 28 % 150;
			ts += n % 7 == 3 ? 1ULL << (20 + n % 32) : n % 11 == 5 ? -500ULL : n;
			times[n] = ts;
			memset(rec, (int)n, sizeof(rec));
			if (!page_builder_add(&b, ts, rec, sizes[n]))
				break;
		}
		page_builder_finish(&b);
		assert_in_range(n, 20, 200);
		kbuffer_load_subbuffer(k, page);
		assert_int_equal(kbuffer_missed_events(k), 77);
		at = kbuffer_read_event(k, &got);
		for (uint32_t i = 0; i < n; i++, at = kbuffer_next_event(k, &got)) {
			assert_non_null(at);
			assert_int_equal(got, times[i]);
			assert_int_equal(kbuffer_event_size(k), (sizes[i] + 3) & ~3u);
			memset(rec, (int)i, sizeof(rec));
			assert_memory_equal(at, rec, sizes[i]);
		}
		assert_null(at);
		kbuffer_free(k);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times), cmocka_unit_test(test_impossible_times),
		cmocka_unit_test(test_sizes), cmocka_unit_test(test_full),
		cmocka_unit_test(test_lost),  cmocka_unit_test(test_like_kbuffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

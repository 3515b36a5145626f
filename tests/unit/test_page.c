/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_page: the walk over records, against tables of hand-made words, against libtraceevent's
 * kbuffer on random good pages, and on every cut of a page.
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

#define HEAD(type, delta) ((uint32_t)(delta) << 5 | (type))
#define WORDS_MAX	  16
#define EVENTS_MAX	  4

struct walk_case {
	const char *what;
	uint64_t ts;
	uint32_t words[WORDS_MAX];
	uint32_t count; /* of words */
	uint32_t spare; /* bytes cut from the end */
	struct {
		uint64_t ts;
		uint32_t at, size; /* of the record, in bytes */
	} events[EVENTS_MAX];
	uint32_t found;
	bool damaged;
};

#define MSB (1ULL << 63)

static const struct walk_case walk_cases[] = {
	{ "nothing", 100, { 0 }, 0 },
	{ "one record", 100, { HEAD(2, 5), 1, 2 }, 3, 0, { { 105, 4, 8 } }, 1 },
	{ "three records",
	  0,
	  { HEAD(1, 1), 1, HEAD(1, 2), 2, HEAD(1, 3), 3 },
	  6,
	  0,
	  { { 1, 4, 4 }, { 3, 12, 4 }, { 6, 20, 4 } },
	  3 },
	{ "the longest small record, cut off", 0, { HEAD(28, 0) }, 1, 0, { { 0 } }, 0, true },
	{ "a length word", 7, { HEAD(0, 1), 12, 1, 2 }, 4, 0, { { 8, 8, 8 } }, 1 },
	{ "a length that is no multiple of four",
	  7,
	  { HEAD(0, 1), 9, 1, 2, HEAD(1, 1), 9 },
	  6,
	  0,
	  { { 8, 8, 5 }, { 9, 20, 4 } },
	  2 },
	{ "a length word at the end whose rounding leaves the page",
	  7,
	  { HEAD(0, 1), 9, 1, 2 },
	  4,
	  3,
	  { { 8, 8, 5 } },
	  1 },
	{ "a length of just the word", 7, { HEAD(0, 1), 4 }, 2, 0, { { 8, 8, 0 } }, 1 },
	{ "a length below the word", 7, { HEAD(0, 1), 3, 1 }, 3, 0, { { 0 } }, 0, true },
	{ "a length beyond the page", 7, { HEAD(0, 1), 16, 1, 2 }, 4, 0, { { 0 } }, 0, true },
	{ "a length near 2^32", 7, { HEAD(0, 1), ~0u, 1, 2 }, 4, 0, { { 0 } }, 0, true },
	{ "a time extend",
	  10,
	  { HEAD(30, 3), 2, HEAD(1, 1), 0 },
	  4,
	  0,
	  { { 10 + 3 + (2ULL << 27) + 1, 12, 4 } },
	  1 },
	{ "an absolute time back",
	  1000,
	  { HEAD(31, 3), 0, HEAD(1, 0), 0 },
	  4,
	  0,
	  { { 3, 12, 4 } },
	  1 },
	{ "an absolute time takes over the upper bits",
	  MSB | 1000,
	  { HEAD(31, 3), 1, HEAD(1, 0), 0 },
	  4,
	  0,
	  { { MSB | 3 | 1ULL << 27, 12, 4 } },
	  1 },
	{ "an extend at the end", 10, { HEAD(30, 3), 2 }, 2 },
	{ "an extend cut off", 10, { HEAD(30, 3) }, 1, 0, { { 0 } }, 0, true },
	{ "padding ends a page", 0, { HEAD(1, 1), 1, HEAD(29, 0), ~0u }, 4, 0, { { 1, 4, 4 } }, 1 },
	{ "padding in the last word", 0, { HEAD(1, 1), 1, HEAD(29, 0) }, 3, 0, { { 1, 4, 4 } }, 1 },
	{ "a record taken back keeps its time",
	  0,
	  { HEAD(29, 5), 8, 1, HEAD(1, 1), 9 },
	  5,
	  0,
	  { { 6, 16, 4 } },
	  1 },
	{ "padding beyond the page", 0, { HEAD(29, 5), 12, 1 }, 3, 0, { { 0 } }, 0, true },
	{ "padding of no length", 0, { HEAD(29, 5), 0, HEAD(1, 1), 9 }, 4, 0, { { 6, 12, 4 } }, 1 },
	{ "padding cut off", 0, { HEAD(29, 5) }, 1, 0, { { 0 } }, 0, true },
	{ "a record cut off",
	  0,
	  { HEAD(1, 1), 1, HEAD(3, 1), 2, 3 },
	  5,
	  0,
	  { { 1, 4, 4 } },
	  1,
	  true },
	{ "a lone header", 0, { HEAD(1, 1), 1, HEAD(1, 1) }, 3, 0, { { 1, 4, 4 } }, 1, true },
	{ "three bytes left", 0, { HEAD(1, 1), 1, HEAD(1, 1) }, 3, 1, { { 1, 4, 4 } }, 1, true },
};

static void test_walk(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(walk_cases); i++) {
		const struct walk_case *c = &walk_cases[i];
		uint32_t size = c->count * 4 - c->spare, n = 0;
		uint8_t *bytes = malloc(size ? size : 1);
		struct page_walk w = page_walk_init(bytes, size, c->ts);
		struct page_event ev;

		print_message("# %s\n", c->what);
		memcpy(bytes, c->words, size);
		for (; page_next(&w, &ev); n++) {
			assert_true(n < c->found);
			assert_int_equal(ev.ts, c->events[n].ts);
			assert_int_equal(ev.rec - bytes, c->events[n].at);
			assert_int_equal(ev.size, c->events[n].size);
		}
		assert_int_equal(n, c->found);
		assert_int_equal(w.damaged, c->damaged);
		assert_false(page_next(&w, &ev));
		free(bytes);
	}
}

static void test_time_stamp(void **state)
{
	static const struct {
		uint64_t before, ts;
	} cases[] = {
		{ 0, 0 },
		{ 0, 1 },
		{ 5, (1ULL << 27) - 1 },
		{ 5, 1ULL << 27 },
		{ 5, (1ULL << 59) - 1 },
		{ MSB, MSB | 123456789012345 },
		{ UINT64_MAX, UINT64_MAX - 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t bytes[16] = { 0 };
		struct page_walk w = page_walk_init(bytes, sizeof(bytes), cases[i].before);
		struct page_event ev;

		page_put_time_stamp(bytes, cases[i].ts);
		store_u32(bytes + 8, HEAD(1, 0));
		assert_true(page_next(&w, &ev));
		assert_int_equal(ev.ts, cases[i].ts);
	}
}

/* ---- random pages ---- */

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Puts one random piece at p, of at most room bytes; returns its bytes, 0 when it does not fit. */
static uint32_t put_piece(uint8_t *p, uint32_t room, uint64_t *seed)
{
	uint32_t delta = 1 + (uint32_t)next_random(seed) % 5000;
	uint32_t words = 1 + (uint32_t)next_random(seed) % 60;
	uint32_t kind = (uint32_t)next_random(seed) % 8, size;

	if (kind < 2) { /* a time */
		if (room < 8)
			return 0;
		store_u32(p, HEAD(30 + kind, delta));
		store_u32(p + 4, (uint32_t)next_random(seed));
		return 8;
	}
	size = 4 + words * 4;
	if (kind == 2 || words > 28)
		size = 8 + words * 4;
	if (size > room)
		return 0;
	memset(p, (int)words, size);
	store_u32(p, HEAD(kind == 2 ? 29 : words > 28 ? 0 : words, delta));
	if (kind == 2 || words > 28)
		store_u32(p + 4, size - 4);
	return size;
}

static uint32_t make_page(uint8_t *page, uint32_t size, uint64_t ts, uint64_t *seed)
{
	uint32_t used = 0, n;

	memset(page, 0, size);
	while ((n = put_piece(page + PAGE_HEADER + used, size - PAGE_HEADER - used, seed)))
		used += n;
	store_u64(page, ts);
	store_u64(page + 8, used);
	return used;
}

static void test_like_kbuffer(void **state)
{
	struct kbuffer *k = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_SAME_AS_HOST);
	uint64_t seed = 42;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		uint8_t page[4096];
		uint64_t ts = next_random(&seed) << (round % 33);
		uint32_t used = make_page(page, round % 2 ? 4096 : 512, ts, &seed);
		struct page_walk w = page_walk_init(page + PAGE_HEADER, used, ts);
		struct page_event ev;
		unsigned long long want;
		uint8_t *rec;

		kbuffer_load_subbuffer(k, page);
		for (rec = kbuffer_read_event(k, &want); rec; rec = kbuffer_next_event(k, &want)) {
			assert_true(page_next(&w, &ev));
			assert_int_equal(ev.ts, want);
			assert_ptr_equal(ev.rec, rec);
			assert_int_equal(ev.size, kbuffer_event_size(k));
		}
		assert_false(page_next(&w, &ev));
		assert_false(w.damaged);
	}
	kbuffer_free(k);
}

/* However a page is cut and whatever is flipped in it, the walk ends inside. */
static void test_hostile(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		uint8_t page[512];
		uint32_t used = make_page(page, sizeof(page), 0, &seed);
		uint32_t size = (uint32_t)next_random(&seed) % (used + 1), steps = 0;
		uint8_t *bytes = malloc(size ? size : 1);
		struct page_walk w = page_walk_init(bytes, size, 0);
		struct page_event ev;

		memcpy(bytes, page + PAGE_HEADER, size);
		for (uint32_t flips = round % 4; size && flips; flips--)
			bytes[next_random(&seed) % size] ^= (uint8_t)next_random(&seed);
		while (page_next(&w, &ev)) {
			assert_true(ev.rec >= bytes && ev.rec + ev.size <= bytes + size);
			assert_true(w.p <= w.end);
			assert_true(++steps <= size / 8 + 1);
		}
		assert_ptr_equal(w.p, w.end);
		free(bytes);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_time_stamp),
		cmocka_unit_test(test_like_kbuffer),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

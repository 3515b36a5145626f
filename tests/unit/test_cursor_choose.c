/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cursor that gives chosen events only, against one that gives all: the same rows in the same
 * order, whatever is chosen when, on pages that grow while they are looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/store_fixture.h"

#define CPUS  3
#define IDS   3 /* RING_ID and the next */
#define WORDS (SCHEMA_ID_MAX / 64 + 1)

struct scene {
	struct bench b;
	uint64_t clock[CPUS], number;
	uint64_t bits[WORDS], none[WORDS];
	bool blind; /* the source is none of whom anything is chosen */
};

static const uint64_t *bits_of(void *data, const struct source *src)
{
	struct scene *s = data;

	assert_ptr_equal(src, s->b.source);
	return s->blind ? s->none : s->bits;
}

static void add_event(struct bench *b, unsigned id)
{
	struct machine m = { .long_size = sizeof(long) };
	char text[sizeof(ring_format)];
	struct schema *one = NULL;

	memcpy(text, ring_format, sizeof(text));
	*strstr(text, "beat") = (char)('a' + id);
	*strchr(text, '7') = (char)('0' + id);
	assert_int_equal(schema_parse("test", text, strlen(text), m, &one, NULL), 0);
	schema_set_add(b->schemas, one);
}

static void scene_open(struct scene *s, unsigned pages)
{
	*s = (struct scene) { 0 };
	bench_open(&s->b, pages);
	for (unsigned i = 1; i < IDS; i++)
		add_event(&s->b, RING_ID + i);
	for (unsigned i = 0; i < CPUS; i++)
		s->clock[i] = 1000;
}

/* Some records of a CPU, of which one in `rare` is not of the last event. */
static void feed_some(struct scene *s, unsigned cpu, unsigned rare)
{
	struct run *r = store_run(s->b.store, s->b.source, (uint16_t)cpu);
	unsigned n = 1 + (unsigned)rand() % 8;
	struct fragment_maker m;

	fragment_begin(&m, store_room(s->b.store, NULL), s->clock[cpu]);
	for (unsigned i = 0; i < n; i++) {
		unsigned id = (unsigned)rand() % rare ? IDS - 1 : (unsigned)rand() % IDS;

		fragment_add(&m, s->clock[cpu], 100 + (int)cpu, s->number++);
		store_u16(m.at + PAGE_HEADER + m.used - 16, (uint16_t)(RING_ID + id));
		s->clock[cpu] += (unsigned)rand() % 20;
	}
	assert_int_equal(store_commit(s->b.store, r, PAGE, NULL), n);
}

static uint64_t least_clock(const struct scene *s)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < CPUS; i++)
		least = MIN(least, s->clock[i]);
	return least;
}

static void choose(struct scene *s, struct cursor *c, uint64_t ts)
{
	memset(s->bits, 0, sizeof(s->bits));
	s->bits[0] = (uint64_t)(rand() % (1 << IDS)) << RING_ID;
	s->blind = rand() % 8 == 0;
	cursor_choose(c, &(struct cursor_choice) { .of = bits_of, .data = s }, ts);
}

static bool wants(const struct scene *s, const struct row *r)
{
	return !s->blind && s->bits[0] >> r->schema->id & 1;
}

/* Both below the limit; returns how many steps the one that chooses took beyond its rows. */
static unsigned compare(struct scene *s, struct cursor *all, struct cursor *some, uint64_t limit)
{
	unsigned passed = 0;
	struct row a, b;

	while (cursor_next(all, limit, &a)) {
		if (!wants(s, &a))
			continue;
		for (;; passed++) {
			assert_true(cursor_next(some, limit, &b));
			if (b.schema)
				break;
			assert_true(b.flags & ROW_DAMAGED && b.size && !b.rec);
		}
		assert_int_equal(b.ts, a.ts);
		assert_int_equal(b.cpu, a.cpu);
		assert_int_equal(number_of(&b), number_of(&a));
	}
	for (; cursor_next(some, limit, &b); passed++)
		assert_null(b.schema);
	assert_int_equal(cursor_skipped(some), 0);
	return passed;
}

static void test_chosen_rows(void **state)
{
	(void)state;
	srand(20261121);
	for (unsigned rare = 1; rare < 100; rare = rare * 3 + 1) {
		struct cursor *all, *some;
		struct scene s;
		uint64_t limit = 0, until;
		unsigned passed = 0;

		scene_open(&s, 3000);
		all = cursor_new(s.b.store, 0);
		some = cursor_new(s.b.store, 0);
		choose(&s, some, 0);
		for (unsigned round = 0; round < 1500; round++) {
			feed_some(&s, (unsigned)rand() % CPUS, rare);
			if (rand() % 3)
				continue;
			until = least_clock(&s) - (unsigned)rand() % 60;
			limit = MAX(limit, until);
			passed += compare(&s, all, some, limit);
			if (rand() % 4 == 0)
				choose(&s, some, limit);
		}
		passed += compare(&s, all, some, UINT64_MAX);
		assert_true(passed < 1500 + 1500);
		cursor_free(all);
		cursor_free(some);
		bench_close(&s.b);
	}
}

/* What left the store while it was not wanted is not missed; what left unseen is. */
static void test_pages_leave(void **state)
{
	struct cursor *some;
	struct scene s;
	struct row r;

	(void)state;
	scene_open(&s, 40);
	some = cursor_new(s.b.store, 0);
	s.bits[0] = 1U << RING_ID;
	cursor_choose(some, &(struct cursor_choice) { .of = bits_of, .data = &s }, 0);
	for (unsigned round = 0; round < 400; round++) {
		feed_some(&s, round % CPUS, 5);
		while (cursor_next(some, UINT64_MAX, &r))
			assert_true(!r.schema || r.schema->id == RING_ID);
	}
	assert_int_equal(cursor_skipped(some), 0);
	for (unsigned round = 0; round < 400; round++)
		feed_some(&s, round % CPUS, 5);
	while (cursor_next(some, UINT64_MAX, &r))
		;
	assert_true(cursor_skipped(some) > 0);
	cursor_free(some);
	bench_close(&s.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chosen_rows),
		cmocka_unit_test(test_pages_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window_fixture: a store with tiny pages, filled at random but the same each time, a window over
 * it, and the list of all lines that the window has to agree with.
 */
#ifndef WINDOW_FIXTURE_H
#define WINDOW_FIXTURE_H

#include "core/filter.h"
#include "core/identity.h"
#include "tests/unit/ring.h"
#include "tui/events.h"

#define PAGE   256
#define HEIGHT 10
#define SMALL  220 /* pages; the entries of three cursors take most of them */
#define LARGE  4000

struct bench {
	struct schema_set *schemas;
	struct store *store;
	struct source *source;
	struct identity *identity;
	struct filter *filter;
	struct window win;
	struct tally tally;
	uint64_t now, number;
	uint32_t seed;
	unsigned budget; /* rows a round */
	bool evicts;	 /* the store is too small for what comes */
};

static inline uint32_t random_below(struct bench *b, uint32_t n)
{
	b->seed = b->seed * 1664525u + 1013904223u;
	return (b->seed >> 8) % n;
}

static inline void bench_open(struct bench *b, unsigned pages)
{
	struct store_conf c = { .memory = pages * (uint64_t)PAGE, .page_size = PAGE };
	struct identity_conf id = { .live = false };

	*b = (struct bench) { .now = 1000, .seed = 7, .budget = 3, .evicts = pages < LARGE };
	b->schemas = ring_schemas();
	b->identity = identity_new(&id);
	assert_int_equal(store_new(&c, &b->store, NULL), 0);
	b->source = store_source(b->store, "test", "test", b->schemas, 0);
	window_init(&b->win, b->store, b->identity);
	tally_init(&b->tally, b->store);
	b->tally.leap = 2; /* the pages have few rows */
	b->win.sieve.tally = &b->tally;
	window_resize(&b->win, HEIGHT);
}

static inline void bench_close(struct bench *b)
{
	window_done(&b->win);
	tally_done(&b->tally);
	filter_free(b->filter);
	store_free(b->store);
	identity_free(b->identity);
	schema_set_free(b->schemas);
}

/* One fragment of n records on a CPU; times go on over all CPUs. */
static inline void feed(struct bench *b, unsigned cpu, unsigned n)
{
	struct run *r = store_run(b->store, b->source, (uint16_t)cpu);
	struct fragment_maker m;

	fragment_begin(&m, store_room(b->store, NULL), b->now);
	for (unsigned i = 0; i < n; i++, b->now += 10)
		fragment_add(&m, b->now, 100 + (int)cpu, b->number++);
	assert_int_equal(store_commit(b->store, r, PAGE, NULL), n);
}

static inline void feed_all(struct bench *b, unsigned fragments)
{
	while (fragments--) {
		unsigned cpu = random_below(b, 3);

		/* Where rows between losses leave the store, what is one line is a matter of taste.
		 */
		if (!random_below(b, 12) && !(b->evicts && b->filter))
			store_lost(b->store, store_run(b->store, b->source, (uint16_t)cpu),
				   1 + random_below(b, 9));
		feed(b, cpu, 1 + random_below(b, 5));
	}
}

static inline void set_filter(struct bench *b, const char *text)
{
	struct filter *old = b->filter;

	b->filter = NULL;
	if (text)
		assert_int_equal(filter_parse(text, &b->filter, NULL), 0);
	window_filter(&b->win, b->filter);
	tally_restart(&b->tally);
	filter_free(old);
}

/* Lets the window work to its end in rounds of the bench's budget. */
static inline void settle(struct bench *b)
{
	unsigned rounds = 0;
	struct budget budget;

	do {
		budget = budget_new(b->budget, UINT32_MAX);
		assert_true(++rounds < 200000);
	} while (window_work(&b->win, b->now, &budget));
}

/* Every line there should be, in order. */
struct list {
	struct shown v[4096];
	unsigned count;
};

static inline void list_all(struct bench *b, struct list *l)
{
	struct cursor *c = cursor_new(b->store, CURSOR_LOSSES);
	struct sieve s = { .filter = b->filter, .identity = b->identity };
	struct row r;

	l->count = 0;
	while (cursor_next(c, b->now, &r)) {
		struct shown *last = l->count ? &l->v[l->count - 1] : NULL;

		if (!sieve_passes(&s, &r))
			continue;
		if (b->filter && last && last->row.flags & r.flags & ROW_LOSS) {
			last->row.lost += r.lost;
			last->losses++;
			continue;
		}
		assert_true(l->count < ARRAY_SIZE(l->v));
		l->v[l->count++] = (struct shown) { .row = r, .losses = 1 };
	}
	cursor_free(c);
}

/* The screen is a piece of the list, as long as can be; returns where the cursor is in the list. */
static inline unsigned check_screen(struct bench *b, const struct list *l)
{
	unsigned first, n = window_visible(&b->win, &first), at = 0;

	assert_int_equal(n, MIN(l->count, (unsigned)b->win.height));
	if (!n)
		return 0;
	while (at < l->count && row_compare(&l->v[at].row, &window_line(&b->win, first)->row))
		at++;
	assert_true(at + n <= l->count);
	for (unsigned i = 0; i < n; i++) {
		const struct shown *s = window_line(&b->win, first + i);

		assert_int_equal(row_compare(&s->row, &l->v[at + i].row), 0);
		assert_int_equal(s->losses, l->v[at + i].losses);
		assert_int_equal(s->row.lost, l->v[at + i].row.lost);
	}
	assert_in_range(b->win.at, first, first + n - 1);
	if (b->win.follow)
		assert_int_equal(at + n, l->count);
	return at + b->win.at - first;
}

static inline unsigned check(struct bench *b)
{
	static struct list l;

	list_all(b, &l);
	return check_screen(b, &l);
}

#endif

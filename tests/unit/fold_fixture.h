/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fold_fixture: a store over tiny pages whose records are numbered, and somebody who is given each
 * of them.
 */
#ifndef TESTS_UNIT_FOLD_FIXTURE_H
#define TESTS_UNIT_FOLD_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "core/fold.h"
#include "tests/unit/store_fixture.h"

#define NUMBERS 20000
#define CPUS	3

struct seen {
	struct bench b;
	uint8_t given[NUMBERS];
	uint64_t rows, pages, restarts;
	uint64_t fed, ts;    /* numbers so far, and the time of the next record */
	uint64_t last[CPUS]; /* number given last, for those who need the order */
	uint64_t horizon;    /* no row may be at it or above it */
	bool ordered;
};

static uint64_t random_seed = 20261121;

static unsigned pick(unsigned n)
{
	random_seed = random_seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_seed >> 33) % n;
}

static void on_row(void *data, const struct row *r)
{
	struct seen *s = data;
	uint64_t n = number_of(r);
	unsigned cpu = r->cpu;

	assert_in_range(n, 0, NUMBERS - 1);
	assert_int_equal(s->given[n], 0);
	assert_true(r->ts < s->horizon);
	assert_int_equal(r->tid, 100 + (int)cpu);
	assert_int_equal(store_run_at(s->b.store, r->run)->cpu, cpu);
	assert_ptr_equal(r->source, s->b.source);
	assert_int_equal(r->flags, 0);
	if (s->ordered && s->last[cpu])
		assert_true(n + 1 > s->last[cpu]);
	s->last[cpu] = n + 1;
	s->given[n] = 1;
	s->rows++;
}

static void on_page(void *data, const struct run *r)
{
	struct seen *s = data;

	assert_ptr_equal(r->source, s->b.source);
	s->pages++;
}

static void on_restart(void *data)
{
	struct seen *s = data;

	memset(s->given, 0, sizeof(s->given));
	memset(s->last, 0, sizeof(s->last));
	s->rows = 0;
	s->restarts++;
}

static const struct fold_ops ops = { on_row, on_page, on_restart };

static struct fold *begin(struct seen *s, struct filter *f, bool newest_first)
{
	struct fold_conf c = {
		.store = s->b.store,
		.filter = f,
		.ops = &ops,
		.data = s,
		.newest_first = newest_first,
	};

	s->horizon = UINT64_MAX;
	s->ordered = !newest_first;
	return fold_new(&c);
}

static struct seen *open_seen(unsigned pages)
{
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	bench_open(&s->b, pages);
	s->ts = 1000;
	return s;
}

static void close_seen(struct seen *s)
{
	bench_close(&s->b);
	free(s);
}

/* Some fragments of random CPUs and sizes. */
static void feed_some(struct seen *s, unsigned fragments)
{
	for (unsigned i = 0; i < fragments; i++) {
		unsigned n = 1 + pick(8);

		feed(&s->b, pick(CPUS), s->ts, n, s->fed);
		s->fed += n;
		s->ts += n * 10 + pick(50);
	}
}

static bool work(struct seen *s, struct fold *f, uint64_t horizon, size_t budget)
{
	s->horizon = horizon;
	return fold_work(f, horizon, budget);
}

static void check_sums(struct seen *s, struct fold *f, uint64_t events)
{
	struct fold_stats st;

	fold_stats(f, &st);
	assert_int_equal(st.rows, s->rows);
	assert_int_equal(st.rows + st.missed, events);
	assert_int_equal(st.bytes, st.total);
}

#endif

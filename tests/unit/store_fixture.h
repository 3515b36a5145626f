/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store_fixture: a store of tiny pages with one source, for the tests of stores and cursors.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cursor.h"
#include "core/identity.h"
#include "core/summary.h"
#include "tests/unit/ring.h"

#define PAGE 256

struct bench {
	struct schema_set *schemas;
	struct summary *summary;
	struct store *store;
	struct source *source;
};

static inline void bench_open(struct bench *b, unsigned pages)
{
	struct store_conf c = { .memory = pages * (uint64_t)PAGE, .page_size = PAGE };

	b->schemas = ring_schemas();
	b->summary = c.summary = summary_new();
	assert_int_equal(store_new(&c, &b->store, NULL), 0);
	b->source = store_source(b->store, "test", "test", b->schemas, 0);
}

static inline void bench_close(struct bench *b)
{
	store_free(b->store);
	summary_free(b->summary);
	schema_set_free(b->schemas);
}

/* Commits one fragment of n records, 10 ns apart from ts on, numbered from number on. */
static inline void feed(struct bench *b, unsigned cpu, uint64_t ts, unsigned n, uint64_t number)
{
	struct run *r = store_run(b->store, b->source, (uint16_t)cpu);
	struct fragment_maker m;

	fragment_begin(&m, store_room(b->store, NULL), ts);
	for (unsigned i = 0; i < n; i++)
		fragment_add(&m, ts + i * 10, 100 + (int)cpu, number + i);
	assert_int_equal(store_commit(b->store, r, PAGE, NULL), n);
}

static inline uint64_t number_of(const struct row *r)
{
	uint64_t v = 0;

	assert_non_null(r->schema);
	assert_true(field_int(r->schema, schema_field(r->schema, "number"), r->rec, r->size, &v));
	return v;
}

#endif

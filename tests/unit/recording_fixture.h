/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording_fixture: a recording with more pages than a store of 1 MiB has entries for, in three
 * forms, and a deck over it. Included once by a test, behind cmocka.
 */
#ifndef RECORDING_FIXTURE_H
#define RECORDING_FIXTURE_H

#include "backends/deck.h"
#include "core/cursor.h"
#include "core/summary.h"
#include "tests/dat_fixture.h"

#define TICK "event demo tick 501 n:u32 text:string\n"

/* Two CPUs, one tick each 10 ns, in turn: more pages of 1 KiB than 1 MiB has entries for. */
#define EACH  240000u
#define FIRST 1000u
#define STEP  10u
#define LAST  (FIRST + 5 + (EACH - 1) * STEP)

static const char large[] =
    "cpus 2\n" TICK "cpu 0\nmany 240000 1000 10 tick tid=7 n=$ text=abcdefghijklmnop\n"
    "cpu 1\nmany 240000 1005 10 tick tid=8 n=$ text=abcdefghijklmnop\n";

static const char *const forms[] = {
	"-m le64 -p 1024",
	"-m be32 -p 1024",
	"-m le64 -p 1024 -7 zstd -c 4",
};

/* The large one in a form; made once. */
static inline const char *large_file(unsigned form)
{
	const char *const names[] = { "le64.dat", "be32.dat", "zstd.dat" };

	if (access(fixture_path(names[form]), F_OK) == 0)
		return fixture_path(names[form]);
	return fixture_make_as(names[form], large, forms[form]);
}

static inline struct deck *open_deck(const char *path, uint64_t memory)
{
	const char *files[] = { path, NULL };
	struct deck_conf c = { .files = files, .memory = memory };
	struct err e = ERR_INIT;
	struct deck *d = NULL;

	assert_int_equal(deck_new(&c, &d, &e), 0);
	if (deck_open(d, "replay", &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(deck_start(d, &e), 0);
	return d;
}

static inline void pump(struct deck *d)
{
	for (int i = 0; i < 100000; i++)
		if (!deck_pump(d))
			return;
	fail_msg("it never ends");
}

static inline struct deck *load(const char *path, uint64_t memory)
{
	struct deck *d = open_deck(path, memory);

	pump(d);
	return d;
}

static inline uint64_t counted(struct deck *d, const char *name)
{
	const struct source *src = store_source_at(deck_store(d), 0);

	return summary_events(deck_summary(d), schema_set_find(src->schemas, "demo", name));
}

static inline uint32_t number_of(const struct row *r)
{
	uint64_t v = UINT64_MAX;

	assert_non_null(r->schema);
	assert_true(field_int(r->schema, schema_field(r->schema, "n"), r->rec, r->size, &v));
	return (uint32_t)v;
}

/* From a time on n rows stand in the store, none left out, each with its bytes. */
static inline void check_rows(struct deck *d, uint64_t ts, unsigned n)
{
	struct cursor *c = cursor_new(deck_store(d), 0);
	struct row r;

	cursor_seek(c, ts);
	while (n--) {
		assert_true(cursor_next(c, UINT64_MAX, &r));
		assert_int_equal(r.ts, ts);
		assert_int_equal(r.cpu, ts % STEP ? 1 : 0);
		assert_int_equal(number_of(&r), (ts - FIRST) / STEP);
		ts += STEP / 2;
	}
	cursor_free(c);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_bench: a process table over an identity table and a summary that a test feeds. No deck
 * and no screen: time and events are given.
 */
#ifndef TESTS_UNIT_PROCESSES_BENCH_H
#define TESTS_UNIT_PROCESSES_BENCH_H

#include <stdlib.h>

#include "tests/unit/identity_fixture.h"
#include "tui/processes.h"

#define S      NSEC_PER_SEC
#define MS     NSEC_PER_MSEC
#define THREAD 0x10000 /* CLONE_THREAD */

enum { ALPHA, BETA, KINDS };

struct bench {
	struct fixture fx;
	struct schema *kind[KINDS];
	struct summary *summary;
	struct processes m;
};

static const char *const formats[KINDS] = {
	[ALPHA] = EVENT("alpha", 301, FIELD("u64 number", 8, 8, 0)),
	[BETA] = EVENT("beta", 302, FIELD("u64 number", 8, 8, 0)),
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct machine machine = { .long_size = 8 };

	fixture_init(&b->fx, machine, NULL);
	for (unsigned i = 0; i < KINDS; i++) {
		assert_int_equal(schema_parse("test", formats[i], strlen(formats[i]), machine,
					      &b->kind[i], NULL),
				 0);
		b->kind[i]->index = 1000 + i;
	}
	b->summary = summary_new();
	processes_init(&b->m);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	processes_done(&b->m);
	summary_free(b->summary);
	for (unsigned i = 0; i < KINDS; i++)
		schema_free(b->kind[i]);
	fixture_done(&b->fx);
	free(b);
	return 0;
}

/* count events of one thread, the last one at ts. */
static void beat(struct bench *b, int32_t tid, unsigned kind, uint64_t ts, unsigned count)
{
	uint32_t task = summary_task(b->summary, b->fx.id, tid, ts);

	for (unsigned i = count; i-- > 0;)
		summary_fold(b->summary, task, b->kind[kind], ts - i);
}

static void look_at(struct bench *b, uint64_t now, bool ended)
{
	struct processes_look l = {
		.summary = b->summary, .identity = b->fx.id, .now = now, .ended = ended
	};

	processes_look(&b->m, &l);
}

/* The pids (tids with threads) shown, in order: "100 101". */
static void expect_order(const struct bench *b, const char *want)
{
	struct strbuf got = { 0 };

	for (uint32_t i = 0; i < b->m.shown; i++)
		strbuf_fmt(&got, "%s%d", i ? " " : "", processes_at(&b->m, i)->tid);
	assert_string_equal(strbuf_cstr(&got), want);
	strbuf_done(&got);
}

/* The text of one cell. */
static void expect_cell(const struct bench *b, uint64_t place, enum process_column c,
			const char *want)
{
	struct strbuf got = { 0 };
	struct table_cell cell = { .text = &got, .look = LOOK_TEXT };

	process_model.cell(&b->m, place, c, &cell);
	assert_string_equal(strbuf_cstr(&got), want);
	strbuf_done(&got);
}

static const struct process_row *row_of(const struct bench *b, int32_t tid)
{
	for (uint32_t i = 0; i < b->m.shown; i++)
		if (processes_at(&b->m, i)->tid == tid)
			return processes_at(&b->m, i);
	fail_msg("no row of %d", tid);
	return NULL;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring: fragments as a tracing kernel hands them out, for tests of the store and what is above it.
 *
 * Written from the layout of a ring-buffer page, on purpose not with tracefs/page_builder.
 */
#ifndef TESTS_UNIT_RING_H
#define TESTS_UNIT_RING_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/page.h"
#include "core/schema.h"
#include "core/store.h"

#define RING_ID 7

static const char ring_format[] =
    "name: beat\n"
    "ID: 7\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:u64 number;\toffset:8;\tsize:8;\tsigned:0;\n"
    "\n"
    "print fmt: \"number=%llu\", REC->number\n";

/* A set that knows the one event of these tests. */
static inline struct schema_set *ring_schemas(void)
{
	struct machine m = { .long_size = sizeof(long) };
	struct schema_set *set = schema_set_new(m);
	struct schema *s = NULL;
	int rc = schema_parse("test", ring_format, sizeof(ring_format) - 1, m, &s, NULL);

	assert(rc == 0);
	schema_set_add(set, s);
	return set;
}

/* A fragment in the making. */
struct fragment_maker {
	uint8_t *at;
	uint32_t used;
	uint64_t ts;
};

static inline void fragment_begin(struct fragment_maker *m, uint8_t *at, uint64_t ts)
{
	*m = (struct fragment_maker) { .at = at, .ts = ts };
	store_u64(at, ts);
	store_u64(at + 8, 0);
}

/* One record of 16 bytes; ts is not before the last one's and less than 2^27 ns after it. */
static inline void fragment_add(struct fragment_maker *m, uint64_t ts, int32_t tid, uint64_t number)
{
	uint8_t *p = m->at + PAGE_HEADER + m->used;

	store_u32(p, 4u | (uint32_t)(ts - m->ts) << 5);
	store_u16(p + 4, RING_ID);
	store_u16(p + 6, 0);
	store_u32(p + 8, (uint32_t)tid);
	store_u64(p + 12, number);
	m->used += 20;
	m->ts = ts;
	store_u64(m->at + 8, m->used);
}

/* Says that n events were lost before the fragment (LOST_UNKNOWN: without the number). */
static inline void fragment_lost(struct fragment_maker *m, uint64_t n)
{
	uint64_t commit = m->used | PAGE_MISSED;

	if (n != LOST_UNKNOWN) {
		commit |= PAGE_MISSED_STORED;
		store_u64(m->at + PAGE_HEADER + m->used, n);
	}
	store_u64(m->at + 8, commit);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sinks_stage: a row as hostile as rows can be, for the tests of sinks.
 */
#ifndef TESTS_CONTRACT_SINKS_STAGE_H
#define TESTS_CONTRACT_SINKS_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/identity.h"
#include "core/safe.h"
#include "sinks/sink.h"

static const char format[] =
    "name: greet\n"
    "ID: 9\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:char who[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:u64 big;\toffset:24;\tsize:8;\tsigned:0;\n"
    "\tfield:int small;\toffset:32;\tsize:4;\tsigned:1;\n"
    "\tfield:u8 bytes[4];\toffset:36;\tsize:4;\tsigned:0;\n"
    "\tfield:void * where;\toffset:40;\tsize:8;\tsigned:0;\n"
    "\tfield:__data_loc char[] word;\toffset:48;\tsize:4;\tsigned:0;\n"
    "\n"
    "print fmt: \"who=%s big=%llu small=%d word=%s\", REC->who, REC->big, "
    "REC->small, __get_str(word)\n";

static const char hostile[] = "\x1b[2J\nx\xff\xe2\x80\xae";

struct stage {
	struct schema *schema;
	struct identity *identity;
	struct source source;
	struct text_env text;
	uint8_t rec[96];
	struct row row;
};

static inline void stage_open(struct stage *st)
{
	struct identity_conf c = { .live = false };
	int rc;

	*st = (struct stage) { 0 };
	rc = schema_parse("test", format, sizeof(format) - 1,
			  (struct machine) { .long_size = sizeof(long) }, &st->schema, NULL);
	assert_int_equal(rc, 0);
	st->identity = identity_new(&c);
	identity_hint(st->identity, 42, 41, hostile);
	st->source = (struct source) { .name = "test", .backend = "test", .text = &st->text };
	store_u16(st->rec, 9);
	store_u32(st->rec + 4, 42);
	memcpy(st->rec + 8, hostile, sizeof(hostile));
	store_u64(st->rec + 24, UINT64_MAX);
	store_u32(st->rec + 32, (uint32_t)-7);
	memcpy(st->rec + 36, "\x01\x02\x03\xff", 4);
	store_u64(st->rec + 40, 0xffffffff81000000ULL);
	store_u32(st->rec + 48, 6u << 16 | 52);
	memcpy(st->rec + 52, "say\"\\", 6);
	st->row = (struct row) { .ts = 12345678901234ULL,
				 .rec = st->rec,
				 .size = 60,
				 .tid = 42,
				 .cpu = 1,
				 .schema = st->schema,
				 .source = &st->source };
}

static inline void stage_close(struct stage *st)
{
	schema_free(st->schema);
	identity_free(st->identity);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_fixture: a machine with two events that begin something and one that ends it, and records of
 * them in either byte order.
 */
#ifndef TESTS_UNIT_PAIR_FIXTURE_H
#define TESTS_UNIT_PAIR_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/pair.h"

#define COMMON                                                                                     \
	"format:\n"                                                                                \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char begin_format[] =
    "name: begin\nID: 10\n" COMMON "\tfield:unsigned int key;\toffset:8;\tsize:4;\tsigned:0;\n"
    "\tfield:__data_loc char[] name;\toffset:12;\tsize:4;\tsigned:0;\n"
    "\tfield:u64 value;\toffset:16;\tsize:8;\tsigned:0;\n"
    "\nprint fmt: \"key=%u name=%s value=%llu\", REC->key, __get_str(name), REC->value\n";
static const char begin2_format[] =
    "name: begin2\nID: 11\n" COMMON "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
    "\tfield:u64 value;\toffset:16;\tsize:8;\tsigned:0;\n"
    "\nprint fmt: \"id=%ld value=%llu\", REC->id, REC->value\n";
static const char finish_format[] =
    "name: finish\nID: 12\n" COMMON "\tfield:u64 value;\toffset:8;\tsize:8;\tsigned:0;\n"
    "\tfield:unsigned int key;\toffset:16;\tsize:4;\tsigned:0;\n"
    "\tfield:pid_t who;\toffset:20;\tsize:4;\tsigned:1;\n"
    "\tfield:__data_loc char[] text;\toffset:24;\tsize:4;\tsigned:0;\n"
    "\tfield:unsigned int ok;\toffset:28;\tsize:4;\tsigned:0;\n"
    "\nprint fmt: \"value=%llu key=%u who=%d text=%s %s\", REC->value, REC->key, REC->who, "
    "__get_str(text), REC->ok ? \"ok\" : \"bad\"\n";

enum { BEGIN, BEGIN2, FINISH, EVENTS };

struct scene {
	struct machine m;
	struct schema_set *from, *set;
	const struct schema *schema[EVENTS];
	struct pair_spec *spec;
	struct pair *pair;
};

static uint64_t seed = 20261121;

static inline unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static inline void scene_open(struct scene *s, const char *line, bool swap, uint32_t max)
{
	static const char *const formats[] = { begin_format, begin2_format, finish_format };
	struct err e = ERR_INIT;
	struct pair_conf c = { .max = max };

	*s = (struct scene) { .m = { .swap = swap, .long_size = 8 } };
	s->from = schema_set_new(s->m);
	s->set = schema_set_new(s->m);
	for (int i = 0; i < EVENTS; i++) {
		struct schema *one = NULL;

		assert_int_equal(
		    schema_parse("test", formats[i], strlen(formats[i]), s->m, &one, &e), 0);
		s->schema[i] = schema_set_add(s->from, one);
	}
	if (pair_spec_parse(line, &s->spec, &e) < 0)
		fail_msg("%s", e.text);
	c.spec = s->spec;
	c.set = s->set;
	s->pair = pair_new(&c);
	if (pair_bind(s->pair, s->from, &e) < 0)
		fail_msg("%s", e.text);
}

static inline void scene_close(struct scene *s)
{
	pair_free(s->pair);
	pair_spec_free(s->spec);
	schema_set_free(s->from);
	schema_set_free(s->set);
}

/* ---- records ---- */

static inline void put(const struct scene *s, uint8_t *rec, uint32_t at, unsigned size, uint64_t v)
{
	for (unsigned i = 0; i < size; i++)
		rec[at + (s->m.swap ? size - 1 - i : i)] = (uint8_t)(v >> (8 * i));
}

struct event {
	int kind;
	uint64_t ts, value;
	uint32_t key, ok;
	int32_t tid, who;
	uint16_t cpu;
	char text[24];
};

/* Builds the record of an event; returns its size. */
static inline uint32_t build(const struct scene *s, const struct event *ev, uint8_t *rec)
{
	uint32_t len = (uint32_t)strlen(ev->text) + 1, fixed = ev->kind == FINISH ? 32 : 24;

	memset(rec, 0, 64);
	put(s, rec, 0, 2, s->schema[ev->kind]->id);
	rec[2] = 0x5a;
	put(s, rec, 4, 4, (uint32_t)ev->tid);
	if (ev->kind == BEGIN2) {
		put(s, rec, 8, 8, ev->key);
		put(s, rec, 16, 8, ev->value);
		return fixed;
	}
	put(s, rec, ev->kind == BEGIN ? 8 : 16, 4, ev->key);
	put(s, rec, ev->kind == BEGIN ? 16 : 8, 8, ev->value);
	put(s, rec, ev->kind == BEGIN ? 12 : 24, 4, len << 16 | fixed);
	if (ev->kind == FINISH) {
		put(s, rec, 20, 4, (uint32_t)ev->who);
		put(s, rec, 28, 4, ev->ok);
	}
	memcpy(rec + fixed, ev->text, len);
	return fixed + len;
}

static inline bool give(const struct scene *s, const struct event *ev, struct pair_out *out)
{
	uint8_t rec[64];
	struct row r = { .ts = ev->ts,
			 .rec = rec,
			 .size = build(s, ev, rec),
			 .tid = ev->tid,
			 .cpu = ev->cpu,
			 .schema = s->schema[ev->kind] };
	const struct pair_side *side = pair_side(s->pair, r.schema);

	return side && pair_row(s->pair, side, &r, out);
}

static inline uint64_t number(const struct scene *s, const struct pair_out *out, const char *name)
{
	const struct schema *schema = pair_schema(s->pair);
	const struct field *f = schema_field(schema, name);
	uint64_t v = 0;

	if (!f || !field_int(schema, f, out->rec, out->size, &v))
		fail_msg("no number %s", name);
	return v;
}

static inline void assert_text(const struct scene *s, const struct pair_out *out, const char *name,
			       const char *want)
{
	const struct schema *schema = pair_schema(s->pair);
	const struct field *f = schema_field(schema, name);
	uint32_t len = 0;
	const char *text = f ? field_str(schema, f, out->rec, out->size, &len) : NULL;

	assert_non_null(text);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
}

#endif

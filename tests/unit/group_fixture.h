/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_fixture: random schemas, records and threads, and what brute force says of their rows.
 *
 * The names x y z name are of another type in each schema, or are missing; records may be too short
 * for what their schema says. Numbers and texts are few or of all sizes.
 */
#ifndef TESTS_UNIT_GROUP_FIXTURE_H
#define TESTS_UNIT_GROUP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/group_private.h"
#include "core/store.h"
#include "core/strbuf.h"
#include "core/text.h"
#include "tests/unit/identity_fixture.h"

#define SCHEMAS	 6
#define ROWS_MAX 4000
#define BYTES	 160
#define TIDS	 14

static uint64_t random_seed = 20261121;

static inline unsigned pick(unsigned n)
{
	random_seed = random_seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_seed >> 33) % n;
}

static inline uint64_t pick64(void)
{
	return (uint64_t)pick(1u << 31) << 33 ^ (uint64_t)pick(1u << 31) << 11 ^ pick(1u << 31);
}

/* ---- schemas ---- */

static const char *const group_names[] = { "x", "y", "z", "name" };

static const struct {
	const char *before, *behind;
	unsigned size;
	bool is_signed, is_text;
} group_types[] = {
	{ "u8", "", 1, false, false },	     { "s8", "", 1, true, false },
	{ "u16", "", 2, false, false },	     { "s16", "", 2, true, false },
	{ "u32", "", 4, false, false },	     { "s32", "", 4, true, false },
	{ "u64", "", 8, false, false },	     { "s64", "", 8, true, false },
	{ "char", "[12]", 12, false, true }, { "__data_loc char[]", "", 4, false, true },
	{ "u8", "[3]", 3, false, false },
};

/* Whether there are fields of the last type, which filters know nothing of. */
static bool group_arrays;

struct group_world {
	struct fixture fx; /* identity */
	struct schema *schemas[SCHEMAS];
	struct source source;
	struct row rows[ROWS_MAX];
	uint8_t bytes[ROWS_MAX][BYTES];
	unsigned count;
};

static inline struct schema *random_schema(unsigned i)
{
	struct machine m = { .long_size = 8, .swap = i == SCHEMAS - 1 };
	struct strbuf text = { 0 };
	struct schema *s = NULL;
	unsigned at = 8, types = ARRAY_SIZE(group_types) - !group_arrays;

	strbuf_fmt(&text, "name: event%u\nID: %u\nformat:\n" COMMON, i % 4, 600 + i);
	for (unsigned n = 0; n < ARRAY_SIZE(group_names); n++) {
		unsigned type = n < 3 ? pick(types) : 8 + pick(2);

		if (!pick(5))
			continue;
		strbuf_fmt(&text, "\tfield:%s %s%s;\toffset:%u;\tsize:%u;\tsigned:%d;\n",
			   group_types[type].before, group_names[n], group_types[type].behind, at,
			   group_types[type].size, group_types[type].is_signed);
		at += (group_types[type].size + 7) & ~7u;
	}
	strbuf_str(&text, "\nprint fmt: \"\"\n");
	assert_int_equal(schema_parse(i % 2 ? "odd" : "even", text.s, text.len, m, &s, NULL), 0);
	strbuf_done(&text);
	return s;
}

/* ---- records ---- */

static inline uint64_t random_number(void)
{
	static const uint64_t edges[] = { 0, 1, UINT64_MAX, (uint64_t)INT64_MAX, 1ull << 63, 127 };

	switch (pick(4)) {
	case 0:
		return pick(4);
	case 1:
		return edges[pick(ARRAY_SIZE(edges))];
	case 2:
		return 0 - (uint64_t)pick(5);
	default:
		return pick64() >> pick(64);
	}
}

static inline void random_text(char *to, unsigned size)
{
	static const char *const words[] = { "", "a", "b", "ab", "read", "kworker/0:1", "x y" };

	if (pick(3))
		snprintf(to, size, "%s", words[pick(ARRAY_SIZE(words))]);
	else
		snprintf(to, size, "t%u", pick(200));
}

/* Fills a record; returns its bytes. */
static inline uint32_t random_record(const struct schema *s, uint8_t *rec)
{
	uint32_t size = MAX(s->min_size, 8u);
	char text[12];

	memset(rec, 0, BYTES);
	rec_bytes(rec, s->id, 2, s->machine.swap);
	schema_for_each_field (s, f) {
		if (f->is_common)
			continue;
		if (f->kind == FIELD_INT) {
			rec_bytes(rec + f->offset, random_number(), f->size, s->machine.swap);
			continue;
		}
		random_text(text, sizeof(text));
		if (f->place == FIELD_FIXED) {
			memcpy(rec + f->offset, text, MIN(f->size, sizeof(text)));
			continue;
		}
		rec_bytes(rec + f->offset, (strlen(text) + 1) << 16 | size, 4, s->machine.swap);
		memcpy(rec + size, text, strlen(text) + 1);
		size += (uint32_t)strlen(text) + 1;
	}
	return pick(20) ? size : 8 + pick(size - 7);
}

/* ---- threads: lives that follow one another, some of them known ---- */

static inline void random_lives(struct group_world *w)
{
	for (int tid = 1; tid < TIDS; tid++) {
		uint64_t ts = 100 + pick(200);
		int32_t creator = tid / 2;

		if (tid % 5 == 4)
			continue;
		for (unsigned life = 0; life < 4; life++) {
			static const char *const comms[] = { "bash", "cat", "make", "cc1" };

			learn(&w->fx, rec_newtask(&w->fx, ts, creator, tid, comms[pick(4)],
						  tid % 3 == 2 ? 0x10000 : 0));
			ts += 50 + pick(300);
			if (pick(2))
				learn(&w->fx, rec_exec(&w->fx, ts, tid, tid, "/usr/bin/it"));
			if (pick(2))
				learn(&w->fx, rec_rename(&w->fx, ts + 10, tid, "old", "new"));
			ts += 100 + pick(300);
			learn(&w->fx, rec_exit(&w->fx, EXIT, ts, tid, "dead", true));
			ts += 10;
		}
	}
}

static inline struct group_world *world_new(unsigned rows)
{
	struct group_world *w = calloc(1, sizeof(*w));

	uint16_t cpu = 0;
	assert_non_null(w);
	fixture_init(&w->fx, (struct machine) { .long_size = 8 }, NULL);
	random_lives(w);
	w->source.backend = "test";
	for (unsigned i = 0; i < SCHEMAS; i++)
		w->schemas[i] = random_schema(i);
	for (unsigned i = 0; i < rows; i++) {
		const struct schema *s = w->schemas[pick(SCHEMAS)];
		struct row *r = &w->rows[w->count++];

		r->ts = 50 + pick(3000);
		r->rec = w->bytes[i];
		r->size = random_record(s, w->bytes[i]);
		r->schema = s;
		r->source = &w->source;
		r->tid = (int32_t)pick(TIDS + 2);
		if (!pick(30)) /* another run */
			cpu = (uint16_t)(pick(8) ? pick(4) : CPU_NONE);
		r->cpu = cpu;
	}
	return w;
}

static inline void world_free(struct group_world *w)
{
	for (unsigned i = 0; i < SCHEMAS; i++)
		schema_free(w->schemas[i]);
	fixture_done(&w->fx);
	free(w);
}

/* ---- specs ---- */

static inline struct group_spec *new_spec(const char *by, const char *show)
{
	struct group_spec *s = NULL;
	struct err e = ERR_INIT;

	if (group_spec_parse(by, show, &s, &e) < 0)
		fail_msg("%s / %s: %s", by, show ? show : "", e.text);
	return s;
}

/* ---- brute force ---- */

/* A value of a row as text, "-" where it is not known; false when the row lacks it. */
static inline bool brute_field(const struct row *r, const struct group_field *gf,
			       struct strbuf *out, wide_t *number)
{
	uint64_t v;
	uint32_t len;
	const char *s;

	*number = 0;
	if (gf->event && strcmp(gf->event, r->schema->name) != 0)
		return false;
	schema_for_each_field (r->schema, f) {
		if (strcmp(f->name, gf->name) != 0)
			continue;
		if (field_int(r->schema, f, r->rec, r->size, &v)) {
			*number = f->is_signed ? (wide_t)(int64_t)v : (wide_t)v;
			strbuf_fmt(out, f->is_signed ? "%lld" : "%llu", (long long)v);
			return true;
		}
		s = field_str(r->schema, f, r->rec, r->size, &len);
		if (s)
			strbuf_fmt(out, "'%.*s'", (int)len, s);
		if (s || f->kind == FIELD_STRING)
			return s != NULL;
		if (!field_bytes(r->schema, f, r->rec, r->size, &len))
			return false;
		strbuf_char(out, '\''); /* a list of numbers, as it is said */
		text_field(r->schema, f, r->rec, r->size, out);
		strbuf_char(out, '\'');
		return true;
	}
	return false;
}

static inline bool brute_number(struct strbuf *out, bool known, long long v)
{
	if (known)
		strbuf_fmt(out, "%lld", v);
	else
		strbuf_char(out, '-');
	return true;
}

static inline bool brute_text(struct strbuf *out, const char *s)
{
	strbuf_fmt(out, s ? "'%s'" : "-", s);
	return true;
}

static inline bool brute_thread(const struct group_world *w, uint8_t kind, const struct row *r,
				struct strbuf *out)
{
	const struct task *t = identity_task(w->fx.id, r->tid, r->ts);
	const struct process *p = t ? t->process : NULL;
	const char *comm = identity_comm(w->fx.id, r->tid, r->ts);

	switch (kind) {
	case GROUP_PROCESS:
		strbuf_fmt(out, p ? "P%u" : "?%u", p ? p->index : (unsigned)r->tid);
		return true;
	case GROUP_THREAD:
		strbuf_fmt(out, t ? "T%u" : "?%u", t ? t->index : (unsigned)r->tid);
		return true;
	case GROUP_PID:
		return brute_number(out, p, p ? p->pid : 0);
	case GROUP_TID:
		return brute_number(out, true, r->tid);
	case GROUP_PPID:
		return brute_number(out, p && p->ppid >= 0, p ? p->ppid : 0);
	case GROUP_UID:
		return brute_number(out, p && p->uid != UINT32_MAX, p ? p->uid : 0);
	case GROUP_COMM:
		return brute_text(out, strcmp(comm, "<...>") != 0 ? comm : NULL);
	default:
		return brute_text(out, p ? p->exe : NULL);
	}
}

static inline bool brute_key(const struct group_world *w, const struct group_key *k,
			     const struct row *r, struct strbuf *out)
{
	wide_t number;

	switch (k->kind) {
	case GROUP_FIELD:
		return brute_field(r, &k->field, out, &number);
	case GROUP_EVENT:
		strbuf_fmt(out, "'%s:%s'", r->schema->system, r->schema->name);
		return true;
	case GROUP_SYSTEM:
		return brute_text(out, r->schema->system);
	case GROUP_BACKEND:
		return brute_text(out, r->source->backend);
	case GROUP_CPU:
		return r->cpu != CPU_NONE && brute_number(out, true, r->cpu);
	default:
		return brute_thread(w, k->kind, r, out);
	}
}

/* The same of a group's value. */
static inline void say_atom(const struct group_table *t, struct group_atom a, struct strbuf *out)
{
	static const char letter[] = {
		[CLASS_PROCESS] = 'P', [CLASS_THREAD] = 'T', [CLASS_STRANGER] = '?'
	};
	size_t len;
	const char *s;

	switch (a.class) {
	case CLASS_NONE:
		strbuf_char(out, '-');
		break;
	case CLASS_NUMBER:
	case CLASS_NEGATIVE:
		strbuf_fmt(out, a.class == CLASS_NUMBER ? "%llu" : "%lld", (long long)a.v);
		break;
	case CLASS_TEXT:
		s = group_string(t, a.v, &len);
		strbuf_fmt(out, "'%.*s'", (int)len, s);
		break;
	default:
		strbuf_fmt(out, "%c%llu", letter[a.class], (unsigned long long)a.v);
	}
}

#endif

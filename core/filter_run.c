/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_run: a filter's program on one row. The hot part: no allocation, no text made.
 *
 * A program has no `not` left, so its answer can only grow with those of its comparisons
 * (false < unknown < true). It is therefore true exactly if it is with unknown taken as
 * false, and false exactly if it is with unknown taken as true: two runs over two-valued
 * jumps give three-valued logic, and the second is needed only where something was unknown.
 */
#include "core/filter_tree.h"

#include <string.h>

#include "core/identity.h"
#include "core/store.h"
#include "core/util.h"
#include "core/who.h"

/* The parts of the loop that must not become calls: they cost more than what they do. */
#define HOT  static inline __attribute__((always_inline))
#define COLD static __attribute__((noinline))

HOT enum filter_value ask_number(const struct filter_code *c, uint64_t v)
{
	bool yes = likely(c->test == TEST_RANGE) ? v - c->lo <= c->span : filter_test_number(c, v);

	return yes != c->negate ? FILTER_TRUE : FILTER_FALSE;
}

static enum filter_value ask_text(const struct filter_code *c, const char *s, size_t len)
{
	bool yes = likely(c->test == TEST_GLOB) ? glob_match(&c->glob, s, len)
						: filter_test_text(c, s, len);

	return yes != c->negate ? FILTER_TRUE : FILTER_FALSE;
}

/* A loss is of a CPU and of no thread. */
HOT bool has_thread(const struct row *r)
{
	return !(r->flags & ROW_LOSS);
}

/* ---- the row ---- */

/* How many events a row stands for; where only "some" is known, any number from 1 on. */
COLD enum filter_value lost(const struct filter_code *c, const struct row *r)
{
	if (!(r->flags & ROW_LOSS))
		return ask_number(c, 0);
	if (r->lost != LOST_UNKNOWN)
		return ask_number(c, r->lost);
	if (c->test == TEST_EXISTS)
		return ask_number(c, 1);
	if (c->test != TEST_RANGE)
		return FILTER_UNKNOWN;
	/* All of 1.. are in the range, or none is; else nobody knows. */
	if (c->lo <= 1 && c->lo + c->span == UINT64_MAX)
		return ask_number(c, 1);
	return c->lo || c->span ? FILTER_UNKNOWN : ask_number(c, 1);
}

HOT enum filter_value pid(const struct filter_code *c, const struct row *r,
			  const struct identity *id)
{
	int32_t v = -1;

	if (likely(id && has_thread(r)))
		v = identity_pid(id, r->tid, r->ts);
	return likely(v >= 0) ? ask_number(c, (uint64_t)v) : FILTER_UNKNOWN;
}

static enum filter_value comm(const struct filter_code *c, const struct row *r,
			      const struct identity *id)
{
	const char *s = NULL;

	if (id && has_thread(r))
		s = identity_comm(id, r->tid, r->ts);
	if (!s || !strcmp(s, "<...>"))
		return FILTER_UNKNOWN;
	return ask_text(c, s, strlen(s));
}

/* The process of a row; rows of losses have none. */
static const struct process *process_of(const struct filter_program *p, const struct row *r,
					const struct identity *id)
{
	return has_thread(r) ? who_process(p->who, id, r->tid, r->ts) : NULL;
}

COLD enum filter_value ask_who_number(const struct filter_program *p, const struct filter_code *c,
				      const struct row *r, const struct identity *id)
{
	const struct process *proc = process_of(p, r, id);
	uint64_t v;

	if (!proc || !who_number(proc, c->op == CODE_PPID ? WHO_PPID : WHO_UID, &v))
		return FILTER_UNKNOWN;
	return ask_number(c, v);
}

static enum who_what text_of_who(unsigned code)
{
	switch (code) {
	case CODE_EXE:
		return WHO_EXE;
	case CODE_USER:
		return WHO_USER;
	case CODE_UNIT:
		return WHO_UNIT;
	default:
		return WHO_CGROUP;
	}
}

static enum filter_value ask_who_text(const struct filter_program *p, const struct filter_code *c,
				      const struct row *r, const struct identity *id)
{
	const struct process *proc = process_of(p, r, id);
	size_t len;
	const char *s = proc ? who_text(p->who, proc, text_of_who(c->op), &len) : NULL;

	/* Who is in no unit has none. */
	if (!s || (!len && c->op == CODE_UNIT && c->test == TEST_EXISTS))
		return FILTER_UNKNOWN;
	return ask_text(c, s, len);
}

static bool is_called(const char *s, size_t len, void *data)
{
	const struct filter_code *c = data;

	if (c->test == TEST_EXISTS) /* who is in no container has none */
		return len > 0;
	return c->test == TEST_GLOB ? glob_match(&c->glob, s, len) : filter_test_text(c, s, len);
}

/* By any of its names. */
static enum filter_value ask_container(const struct filter_program *p, const struct filter_code *c,
				       const struct row *r, const struct identity *id)
{
	const struct process *proc = process_of(p, r, id);
	bool known = false, yes;

	if (!proc)
		return FILTER_UNKNOWN;
	yes = who_container_any(proc, is_called, (void *)(uintptr_t)c, &known);
	if (!known || (!yes && c->test == TEST_EXISTS))
		return FILTER_UNKNOWN;
	return yes != c->negate ? FILTER_TRUE : FILTER_FALSE;
}

COLD enum filter_value ask_who(const struct filter_program *p, const struct filter_code *c,
			       const struct row *r, const struct identity *id)
{
	switch (c->op) {
	case CODE_PROCESS:
	case CODE_LINEAGE:
		return filter_family_ask(c, r, id);
	case CODE_CONTAINER:
		return ask_container(p, c, r, id);
	case CODE_EXE:
	case CODE_USER:
	case CODE_CGROUP:
	case CODE_UNIT:
		return ask_who_text(p, c, r, id);
	default:
		return FILTER_UNKNOWN;
	}
}

COLD enum filter_value backend(const struct filter_code *c, const struct row *r)
{
	const char *s = r->source ? r->source->backend : NULL;

	return s ? ask_text(c, s, strlen(s)) : FILTER_UNKNOWN;
}

/* ---- the record, which is long enough for the code's offset and end ---- */

COLD enum filter_value slow_number(const struct filter_program *p, const struct filter_code *c,
				   const uint8_t *rec)
{
	return ask_number(c, field_load(p->schema->machine, rec + c->offset, c->field->size,
					c->field->is_signed));
}

static enum filter_value text_fixed(const struct filter_code *c, const uint8_t *rec)
{
	const char *s = (const char *)rec + c->offset;

	return ask_text(c, s, strnlen(s, c->end - c->offset));
}

static enum filter_value text_loc(const struct filter_code *c, const uint8_t *rec, uint32_t size)
{
	uint32_t loc = load_u32(rec + c->offset), at = loc & 0xffff, len = loc >> 16;
	const char *s = (const char *)rec + at;

	if (unlikely(at + len > size))
		return FILTER_UNKNOWN;
	return ask_text(c, s, strnlen(s, len));
}

COLD enum filter_value slow_text(const struct filter_program *p, const struct filter_code *c,
				 const uint8_t *rec, uint32_t size)
{
	uint32_t len;
	const char *s = field_str(p->schema, c->field, rec, size, &len);

	return s ? ask_text(c, s, len) : FILTER_UNKNOWN;
}

COLD enum filter_value bytes(const struct filter_program *p, const struct filter_code *c,
			     const uint8_t *rec, uint32_t size)
{
	uint32_t len;
	const uint8_t *b = field_bytes(p->schema, c->field, rec, size, &len);

	if (!b)
		return FILTER_UNKNOWN;
	if (c->test == TEST_KERNEL)
		return filter_kernel_match(c->kernel, b, len) != c->negate ? FILTER_TRUE
									   : FILTER_FALSE;
	return (c->test == TEST_EXISTS || filter_address_match(c->address, b, len)) != c->negate
		   ? FILTER_TRUE
		   : FILTER_FALSE;
}

/* ---- programs ---- */

/* One comparison. size is 0 where the row has no record. */
HOT enum filter_value ask(const struct filter_program *p, const struct filter_code *c,
			  const struct row *r, uint32_t size, const struct identity *id)
{
	const uint8_t *rec = r->rec;

	/* Instructions of the row have end 0. */
	if (unlikely(c->end > size))
		return FILTER_UNKNOWN;
	switch (c->op) {
	case CODE_U8:
		return ask_number(c, rec[c->offset]);
	case CODE_S8:
		return ask_number(c, (uint64_t)(int8_t)rec[c->offset]);
	case CODE_U16:
		return ask_number(c, load_u16(rec + c->offset));
	case CODE_S16:
		return ask_number(c, (uint64_t)(int16_t)load_u16(rec + c->offset));
	case CODE_U32:
		return ask_number(c, load_u32(rec + c->offset));
	case CODE_S32:
		return ask_number(c, (uint64_t)(int32_t)load_u32(rec + c->offset));
	case CODE_64:
		return ask_number(c, load_u64(rec + c->offset));
	case CODE_NUMBER:
		return slow_number(p, c, rec);
	case CODE_TID:
		return has_thread(r) ? ask_number(c, (uint64_t)(int64_t)r->tid) : FILTER_UNKNOWN;
	case CODE_CPU:
		return r->cpu != CPU_NONE ? ask_number(c, r->cpu) : FILTER_UNKNOWN;
	case CODE_PID:
		return pid(c, r, id);
	case CODE_COMM:
		return comm(c, r, id);
	case CODE_LOST:
		return lost(c, r);
	case CODE_TIME:
		return ask_number(c, r->ts);
	case CODE_PPID:
	case CODE_UID:
		return ask_who_number(p, c, r, id);
	case CODE_BACKEND:
		return backend(c, r);
	case CODE_TEXT_FIXED:
		return text_fixed(c, rec);
	case CODE_TEXT_LOC:
		return text_loc(c, rec, size);
	case CODE_TEXT:
		return rec ? slow_text(p, c, rec, size) : FILTER_UNKNOWN;
	case CODE_BYTES:
		return rec ? bytes(p, c, rec, size) : FILTER_UNKNOWN;
	default:
		return ask_who(p, c, r, id);
	}
}

/* What is not known after all: `exists` says that it is not there. */
COLD enum filter_value missing(const struct filter_code *c)
{
	if (c->test != TEST_EXISTS)
		return FILTER_UNKNOWN;
	return c->negate ? FILTER_TRUE : FILTER_FALSE;
}

enum filter_value filter_ask(const struct filter_program *p, const struct filter_code *c,
			     const struct row *r, const struct identity *id)
{
	enum filter_value v = ask(p, c, r, likely(r->rec != NULL) ? r->size : 0, id);

	return likely(v != FILTER_UNKNOWN) ? v : missing(c);
}

/* Runs with unknown taken as a truth value; *unknown tells whether that happened. */
HOT bool run(const struct filter_program *p, const struct row *r, const struct identity *id,
	     enum filter_value taken_as, bool *unknown)
{
	uint32_t size = likely(r->rec != NULL) ? r->size : 0;
	unsigned at = p->entry;

	while (at < CODE_REJECT) {
		const struct filter_code *c = &p->code[at];
		enum filter_value v = ask(p, c, r, size, id);

		if (unlikely(v == FILTER_UNKNOWN)) {
			v = missing(c);
			if (v == FILTER_UNKNOWN) {
				*unknown = true;
				v = taken_as;
			}
		}
		at = c->next[v];
	}
	return at == CODE_ACCEPT;
}

/* Whether a row that is not true is at least unknown. */
COLD enum filter_value run_again(const struct filter_program *p, const struct row *r,
				 const struct identity *id)
{
	bool unknown;

	return run(p, r, id, FILTER_TRUE, &unknown) ? FILTER_UNKNOWN : FILTER_FALSE;
}

enum filter_value filter_run(const struct filter_program *p, const struct row *r,
			     const struct identity *id)
{
	bool unknown = false;

	if (run(p, r, id, FILTER_FALSE, &unknown))
		return FILTER_TRUE;
	return likely(!unknown) ? FILTER_FALSE : run_again(p, r, id);
}

bool filter_match(struct filter *f, const struct row *r, const struct identity *id)
{
	const struct filter_program *p = filter_program_of(f, r->schema);
	bool unknown;

	if (unlikely(!p))
		p = filter_bind(f, r->schema);
	if (p->constant >= 0)
		return p->constant == FILTER_TRUE;
	return run(p, r, id, FILTER_FALSE, &unknown);
}

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
#include "core/util.h"

struct context {
	const struct schema *schema;
	const struct row *row;
	const struct identity *id;
	const uint8_t *rec;
	uint32_t size; /* 0 without a record */
};

static inline enum filter_value in_range(const struct filter_code *c, uint64_t v)
{
	return (v - c->lo <= c->span) != c->negate ? FILTER_TRUE : FILTER_FALSE;
}

static inline enum filter_value matches(const struct filter_code *c, const char *s, size_t len)
{
	return glob_match(&c->glob, s, len) != c->negate ? FILTER_TRUE : FILTER_FALSE;
}

/* A loss is of a CPU and of no thread. */
static inline bool has_thread(const struct context *x)
{
	return !(x->row->flags & ROW_LOSS);
}

/* How many events a row stands for; where only "some" is known, any number from 1 on. */
static enum filter_value lost(const struct filter_code *c, const struct row *r)
{
	if (!(r->flags & ROW_LOSS))
		return in_range(c, 0);
	if (r->lost != LOST_UNKNOWN)
		return in_range(c, r->lost);
	/* All of 1.. are in the range, or none is; else nobody knows. */
	if (c->lo <= 1 && c->span >= UINT64_MAX - 1 && c->lo + c->span == UINT64_MAX)
		return in_range(c, 1);
	return c->lo || c->span ? FILTER_UNKNOWN : in_range(c, 1);
}

static enum filter_value slow_number(const struct filter_code *c, const struct context *x)
{
	uint64_t v =
	    field_load(x->schema->machine, x->rec + c->offset, c->field->size, c->field->is_signed);

	return in_range(c, v);
}

static enum filter_value pid(const struct filter_code *c, const struct context *x)
{
	int32_t v = -1;

	if (x->id && has_thread(x))
		v = identity_pid(x->id, x->row->tid, x->row->ts);
	return v < 0 ? FILTER_UNKNOWN : in_range(c, (uint64_t)v);
}

static enum filter_value comm(const struct filter_code *c, const struct context *x)
{
	const char *s = NULL;

	if (x->id && has_thread(x))
		s = identity_comm(x->id, x->row->tid, x->row->ts);
	if (!s || !strcmp(s, "<...>"))
		return FILTER_UNKNOWN;
	return matches(c, s, strlen(s));
}

static enum filter_value text_fixed(const struct filter_code *c, const struct context *x)
{
	const char *s = (const char *)x->rec + c->offset;

	return matches(c, s, strnlen(s, c->end - c->offset));
}

static enum filter_value text_loc(const struct filter_code *c, const struct context *x)
{
	uint32_t loc = load_u32(x->rec + c->offset), at = loc & 0xffff, len = loc >> 16;
	const char *s = (const char *)x->rec + at;

	if (unlikely(at + len > x->size))
		return FILTER_UNKNOWN;
	return matches(c, s, strnlen(s, len));
}

static enum filter_value slow_text(const struct filter_code *c, const struct context *x)
{
	uint32_t len;
	const char *s = field_str(x->schema, c->field, x->rec, x->size, &len);

	return s ? matches(c, s, len) : FILTER_UNKNOWN;
}

/* The instructions that ask the row and not its record. */
static inline enum filter_value ask_row(const struct filter_code *c, const struct context *x)
{
	switch (c->op) {
	case CODE_TID:
		return likely(has_thread(x)) ? in_range(c, (uint64_t)(int64_t)x->row->tid)
					     : FILTER_UNKNOWN;
	case CODE_CPU:
		return likely(x->row->cpu != CPU_NONE) ? in_range(c, x->row->cpu) : FILTER_UNKNOWN;
	case CODE_PID:
		return pid(c, x);
	case CODE_COMM:
		return comm(c, x);
	case CODE_LOST:
		return lost(c, x->row);
	default:
		return FILTER_UNKNOWN;
	}
}

static inline enum filter_value ask(const struct filter_code *c, const struct context *x)
{
	const uint8_t *rec = x->rec;

	/* Instructions of the row have end 0. */
	if (unlikely(c->end > x->size))
		return FILTER_UNKNOWN;
	switch (c->op) {
	case CODE_U8:
		return in_range(c, rec[c->offset]);
	case CODE_S8:
		return in_range(c, (uint64_t)(int8_t)rec[c->offset]);
	case CODE_U16:
		return in_range(c, load_u16(rec + c->offset));
	case CODE_S16:
		return in_range(c, (uint64_t)(int16_t)load_u16(rec + c->offset));
	case CODE_U32:
		return in_range(c, load_u32(rec + c->offset));
	case CODE_S32:
		return in_range(c, (uint64_t)(int32_t)load_u32(rec + c->offset));
	case CODE_64:
		return in_range(c, load_u64(rec + c->offset));
	case CODE_NUMBER:
		return slow_number(c, x);
	case CODE_TEXT_FIXED:
		return text_fixed(c, x);
	case CODE_TEXT_LOC:
		return text_loc(c, x);
	case CODE_TEXT:
		return slow_text(c, x);
	default:
		return ask_row(c, x);
	}
}

/* Runs with unknown taken as a truth value; *unknown tells whether that happened. */
static inline bool run(const struct filter_program *p, const struct context *x, bool taken_as,
		       bool *unknown)
{
	unsigned at = p->entry;

	while (at < CODE_REJECT) {
		const struct filter_code *c = &p->code[at];
		enum filter_value v = ask(c, x);

		if (unlikely(v == FILTER_UNKNOWN)) {
			*unknown = true;
			v = taken_as ? FILTER_TRUE : FILTER_FALSE;
		}
		at = c->next[v];
	}
	return at == CODE_ACCEPT;
}

static inline struct context context_of(const struct filter_program *p, const struct row *r,
					const struct identity *id)
{
	return (struct context) {
		.schema = p->schema, .row = r, .id = id, .rec = r->rec, .size = r->rec ? r->size : 0
	};
}

enum filter_value filter_run(const struct filter_program *p, const struct row *r,
			     const struct identity *id)
{
	struct context x = context_of(p, r, id);
	bool unknown = false;

	if (run(p, &x, false, &unknown))
		return FILTER_TRUE;
	if (likely(!unknown))
		return FILTER_FALSE;
	return run(p, &x, true, &unknown) ? FILTER_UNKNOWN : FILTER_FALSE;
}

bool filter_match(struct filter *f, const struct row *r, const struct identity *id)
{
	const struct filter_program *p = filter_bind(f, r->schema);
	struct context x = context_of(p, r, id);
	bool unknown = false;

	if (p->constant >= 0)
		return p->constant == FILTER_TRUE;
	return run(p, &x, false, &unknown);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_push_number: a comparison of a number in the kernel's grammar.
 *
 * The kernel cuts what a field is compared with to the field's width: here it is in the field's
 * range before it is written, with the sign the field has there.
 */
#include "core/filter_push_private.h"

bool push_number_passes(const struct filter_code *c, uint64_t v)
{
	bool is = c->test == TEST_RANGE ? v - c->lo <= c->span : filter_test_number(c, v);

	return is != c->negate;
}

static uint64_t least(const struct push_number *n)
{
	return n->is_signed ? -(UINT64_C(1) << (8 * n->size - 1)) : 0;
}

static uint64_t greatest(const struct push_number *n)
{
	return UINT64_MAX >> (64 - 8 * n->size + n->is_signed);
}

static void put_value(const struct push_number *n, uint64_t v, struct strbuf *b)
{
	if (n->is_signed)
		strbuf_s64(b, (int64_t)v);
	else
		strbuf_u64(b, v);
}

static void put_compare(const struct push_number *n, const char *op, uint64_t v, struct strbuf *b)
{
	strbuf_fmt(b, "%s %s ", n->name, op);
	put_value(n, v, b);
}

/* lo <= value <= hi, or the opposite; not for the whole range. */
static void put_range(const struct push_number *n, uint64_t lo, uint64_t hi, bool negate,
		      struct strbuf *b)
{
	if (lo == hi) {
		put_compare(n, negate ? "!=" : "==", lo, b);
	} else if (lo == least(n)) {
		put_compare(n, negate ? ">" : "<=", hi, b);
	} else if (hi == greatest(n)) {
		put_compare(n, negate ? "<" : ">=", lo, b);
	} else {
		strbuf_char(b, '(');
		put_compare(n, negate ? "<" : ">=", lo, b);
		strbuf_str(b, negate ? " || " : " && ");
		put_compare(n, negate ? ">" : "<=", hi, b);
		strbuf_char(b, ')');
	}
}

/*
 * A range of 64-bit numbers, cut to what the field can be. With signs one may go round: what it
 * leaves out does not.
 */
static void say_range(const struct push_number *n, uint64_t lo, uint64_t span, bool negate,
		      struct push_node *ret, struct strbuf *b)
{
	filter_wide min = n->is_signed ? (filter_wide)(int64_t)least(n) : 0;
	filter_wide max = (filter_wide)greatest(n), from, to;

	if (n->is_signed && span != UINT64_MAX && (int64_t)(lo + span) < (int64_t)lo) {
		lo = lo + span + 1;
		span = UINT64_MAX - span - 1;
		negate = !negate;
	}
	from = n->is_signed ? (filter_wide)(int64_t)lo : (filter_wide)lo;
	to = from + span;
	if (span == UINT64_MAX || (from <= min && to >= max)) {
		ret->kind = negate ? PUSH_FALSE : PUSH_TRUE;
		return;
	}
	from = MAX(from, min);
	to = MIN(to, max);
	if (from > to)
		ret->kind = negate ? PUSH_TRUE : PUSH_FALSE;
	else
		put_range(n, (uint64_t)from, (uint64_t)to, negate, b);
}

static const char *say_span(const void *of, const struct filter_code *c, uint32_t i,
			    struct push_node *ret, struct strbuf *b)
{
	uint64_t lo = c->set->span[i].lo, hi = c->set->span[i].hi;

	say_range(of, lo, hi - lo, c->negate, ret, b);
	return NULL;
}

/* The bits of a mask that the field has; those of its sign stand for all above. */
static uint64_t field_bits(const struct push_number *n, uint64_t mask)
{
	unsigned bits = 8 * n->size;
	uint64_t have = UINT64_MAX >> (64 - bits);

	if (n->is_signed && (mask & ~have))
		mask |= UINT64_C(1) << (bits - 1);
	return mask & have;
}

/* value & mask, or not; *ret is constant where the field has none of the bits. */
static void say_mask(const struct push_number *n, uint64_t mask, bool negate, struct push_node *ret,
		     struct strbuf *b)
{
	uint64_t bits = field_bits(n, mask);

	if (!bits) {
		ret->kind = negate ? PUSH_TRUE : PUSH_FALSE;
		return;
	}
	strbuf_str(b, negate ? "!(" : "");
	put_compare(n, "&", bits, b);
	strbuf_str(b, negate ? ")" : "");
}

/* (value & mask) == want: only parts of it can be said. */
static const char *say_masked(const struct push_number *n, const struct filter_code *c,
			      struct push_node *ret, struct strbuf *b)
{
	if (!c->want) {
		say_mask(n, c->mask, !c->negate, ret, b);
		return NULL;
	}
	if (c->negate)
		return push_only_here;
	say_mask(n, c->want, false, ret, b);
	return "the kernel can ask for bits, but not for what they are together";
}

const char *push_say_number(const struct push_number *n, const struct filter_code *c,
			    struct push_node *ret, struct strbuf *b)
{
	switch (c->test) {
	case TEST_RANGE:
		say_range(n, c->lo, c->span, c->negate, ret, b);
		return NULL;
	case TEST_SET:
		return push_say_list(c->set->count, say_span, n, c, ret, b);
	case TEST_MASK:
		if (n->whole)
			return push_only_here;
		say_mask(n, c->mask, c->negate, ret, b);
		return NULL;
	case TEST_MASKED:
		return n->whole ? push_only_here : say_masked(n, c, ret, b);
	}
	return push_only_here;
}

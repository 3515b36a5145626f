/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_numbers: what is asked of numbers and addresses.
 *
 * A comparison with a number is a question for a range; a list is one for several, put in order
 * and joined where they touch. Names of a part of the value are questions of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "core/filter_bind.h"
#include "core/util.h"

#define COST_SET 3

/* Far outside of every field, and of every number (see filter_literal). */
#define FAR ((filter_wide)1 << 120)

struct range {
	filter_wide lo, hi;
};

/*
 * Both ends are exact before they are cut to the numbers the field can hold, so signs
 * and widths cannot be mixed up.
 */
struct bound *filter_bind_range(struct binder *b, const struct filter_source *src, filter_wide lo,
				filter_wide hi, bool negate)
{
	struct bound *n = bound_leaf(b, src, TEST_RANGE, negate);

	lo = MAX(lo, src->min);
	hi = MIN(hi, src->max);
	if (lo > hi) {
		/* Nothing is in it. The value is still read: it may be missing. */
		n->code.span = UINT64_MAX;
		n->code.negate = !n->code.negate;
	} else if (lo == src->min && hi == src->max) {
		n->code.span = UINT64_MAX;
	} else {
		n->code.lo = (uint64_t)lo;
		n->code.span = (uint64_t)(hi - lo);
	}
	if (n->code.span == UINT64_MAX)
		n->may = MAY_UNKNOWN | (n->code.negate ? MAY_FALSE : MAY_TRUE);
	return n;
}

static struct bound *bind_masked(struct binder *b, const struct filter_source *src,
				 struct filter_number number, bool negate)
{
	struct bound *n = bound_leaf(b, src, TEST_MASKED, negate);

	n->code.mask = number.mask;
	n->code.want = (uint64_t)number.value & number.mask;
	return n;
}

/* Any of the bits, of those the field has. */
static struct bound *bind_mask(struct binder *b, const struct filter_source *src, filter_wide bits,
			       bool negate)
{
	uint64_t mask = (uint64_t)bits;
	struct bound *n;

	if (src->field && src->field->size < 8)
		mask &= ((uint64_t)1 << (8 * src->field->size)) - 1;
	if (!mask)
		return filter_bind_range(b, src, 1, 0, negate);
	n = bound_leaf(b, src, TEST_MASK, negate);
	n->code.mask = mask;
	return n;
}

struct bound *filter_bind_address(struct binder *b, const struct filter_source *src,
				  const struct filter_literal *l, bool negate)
{
	struct filter_address *a = arena_alloc(&b->keep, sizeof(*a));
	struct bound *n = bound_leaf(b, src, TEST_ADDRESS, negate);

	filter_literal_address(l, src->field, a);
	n->code.op = CODE_BYTES;
	n->code.address = a;
	return n;
}

/* ---- lists ---- */

static int by_lo(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Cuts ranges to what the source can be, sorts them and joins what touches. */
static size_t settle(struct range *v, size_t count, const struct filter_source *src)
{
	size_t kept = 0, joined = 0;

	for (size_t i = 0; i < count; i++) {
		v[kept].lo = MAX(v[i].lo, src->min);
		v[kept].hi = MIN(v[i].hi, src->max);
		kept += v[kept].lo <= v[kept].hi;
	}
	qsort(v, kept, sizeof(*v), by_lo);
	for (size_t i = 0; i < kept; i++) {
		if (joined && v[i].lo <= v[joined - 1].hi + 1)
			v[joined - 1].hi = MAX(v[joined - 1].hi, v[i].hi);
		else
			v[joined++] = v[i];
	}
	return joined;
}

static void add_span(struct filter_set *set, filter_wide lo, filter_wide hi)
{
	if (lo <= hi)
		set->span[set->count++] = (struct filter_span) { (uint64_t)lo, (uint64_t)hi };
}

/* As unsigned numbers negative ones come behind the others. */
static struct bound *bind_set(struct binder *b, const struct filter_source *src,
			      const struct range *v, size_t count, bool negate)
{
	struct bound *n = bound_leaf(b, src, TEST_SET, negate);
	struct filter_set *set =
	    arena_alloc(&b->keep, sizeof(*set) + (count + 1) * sizeof(set->span[0]));

	for (size_t i = 0; i < count; i++)
		add_span(set, MAX(v[i].lo, 0), v[i].hi);
	for (size_t i = 0; i < count; i++)
		add_span(set, v[i].lo, MIN(v[i].hi, -1));
	n->code.set = set;
	n->cost += COST_SET;
	return n;
}

static struct bound *bind_ranges(struct binder *b, const struct filter_source *src, struct range *v,
				 size_t count, bool negate)
{
	count = settle(v, count, src);
	if (count == 0)
		return filter_bind_range(b, src, 1, 0, negate);
	if (count == 1)
		return filter_bind_range(b, src, v[0].lo, v[0].hi, negate);
	return bind_set(b, src, v, count, negate);
}

/* What one word of a list becomes: a range, or an instruction of its own. */
static struct bound *bind_word(struct binder *b, const struct filter_source *src,
			       const struct filter_literal *l, struct range *range, bool negate)
{
	struct filter_number from, to;

	if (l->from) {
		filter_literal_number(l->from, src->schema, src->field, &from);
		filter_literal_number(l->to, src->schema, src->field, &to);
		*range = (struct range) { from.value, to.value };
		return NULL;
	}
	if (!filter_literal_number(l, src->schema, src->field, &from))
		return filter_bind_address(b, src, l, negate);
	if (from.mask != UINT64_MAX)
		return bind_masked(b, src, from, negate);
	*range = (struct range) { from.value, from.value };
	return NULL;
}

static struct bound *bind_in(struct binder *b, const struct filter_node *node,
			     const struct filter_source *src, bool negate)
{
	size_t words = 0, ranges = 0, count = 0;
	struct bound **child;
	struct range *v;

	for (const struct filter_literal *l = &node->right; l; l = l->next)
		words++;
	v = arena_alloc(&b->arena, words * sizeof(*v));
	child = arena_alloc(&b->arena, (words + 1) * sizeof(*child));
	for (const struct filter_literal *l = &node->right; l; l = l->next) {
		child[count] = bind_word(b, src, l, &v[ranges], negate);
		if (child[count])
			count++;
		else
			ranges++;
	}
	if (ranges)
		child[count++] = bind_ranges(b, src, v, ranges, negate);
	return bound_join(b, child, count, negate);
}

/* ---- all of them ---- */

struct bound *filter_bind_number(struct binder *b, const struct filter_node *node,
				 const struct filter_source *src, bool negate)
{
	struct filter_number number;
	struct bound *one;
	struct range r;

	switch (node->op->action) {
	case ACTION_IN:
		return bind_in(b, node, src, negate);
	case ACTION_EQUAL:
		one = bind_word(b, src, &node->right, &r, negate);
		return one ? one : filter_bind_range(b, src, r.lo, r.hi, negate);
	default:
		break;
	}
	if (!filter_literal_number(&node->right, src->schema, src->field, &number))
		return bound_constant(b, FILTER_UNKNOWN);
	if (node->op->action == ACTION_MASK)
		return bind_mask(b, src, number.value, negate);
	return filter_bind_range(b, src, -FAR, number.value - (node->op->action == ACTION_LESS),
				 negate);
}

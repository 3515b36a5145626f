/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_bind: a filter's tree and one schema into a program of typed reads.
 *
 * `not` is pushed down to the comparisons, which keeps all three values (De Morgan holds
 * for them). What the schema decides is decided here, operands are put in order of cost, and the
 * rest becomes instructions that each say where to go on false and on true. Nothing of
 * this can change an answer: comparisons have no effects, and and/or ask for no order.
 */
#include "core/filter_bind.h"
#include "core/filter_kernel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

/* ---- nodes ---- */

struct bound *bound_new(struct binder *b, enum filter_node_kind kind)
{
	struct bound *n = arena_alloc(&b->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->may = MAY_ANY;
	return n;
}

struct bound *bound_constant(struct binder *b, enum filter_value v)
{
	struct bound *n = bound_new(b, NODE_COMPARE);

	n->may = (uint8_t)(1 << v);
	/* Only unknown can be left in a program: the others decide or vanish. */
	n->code.op = CODE_UNKNOWN;
	n->codes = v == FILTER_UNKNOWN;
	return n;
}

struct bound *bound_leaf(struct binder *b, const struct filter_source *src, enum filter_test test,
			 bool negate)
{
	struct bound *n = bound_new(b, NODE_COMPARE);

	n->code = src->code;
	n->code.test = (uint8_t)test;
	n->code.negate = negate;
	n->cost = src->cost;
	n->codes = 1;
	return n;
}

/* ---- and, or ---- */

/* false < unknown < true: `and` is the least of its operands, `or` the greatest. */
static unsigned place_of(enum filter_value v)
{
	return v == FILTER_FALSE ? 0 : v == FILTER_UNKNOWN ? 1 : 2;
}

/* Which answers two operands can give together. */
static uint8_t join_may(uint8_t a, uint8_t b, bool is_and)
{
	uint8_t may = 0;

	for (unsigned v = FILTER_FALSE; v <= FILTER_UNKNOWN; v++) {
		for (unsigned w = FILTER_FALSE; w <= FILTER_UNKNOWN; w++) {
			bool first = (place_of(v) <= place_of(w)) == is_and;

			if ((a & 1 << v) && (b & 1 << w))
				may |= (uint8_t)(1 << (first ? v : w));
		}
	}
	return may;
}

static int by_cost(const void *a, const void *b)
{
	const struct bound *x = *(struct bound *const *)a, *y = *(struct bound *const *)b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

struct bound *bound_join(struct binder *b, struct bound **child, size_t count, bool is_and)
{
	enum filter_value neutral = is_and ? FILTER_TRUE : FILTER_FALSE;
	enum filter_value decides = is_and ? FILTER_FALSE : FILTER_TRUE;
	struct bound *n = bound_new(b, is_and ? NODE_AND : NODE_OR);

	n->child = arena_alloc(&b->arena, count * sizeof(struct bound *));
	n->may = (uint8_t)(1 << neutral);
	for (size_t i = 0; i < count; i++) {
		if (child[i]->may == 1 << decides)
			return child[i];
		if (child[i]->may == 1 << neutral)
			continue;
		child[i]->rank = (uint32_t)n->count;
		n->child[n->count++] = child[i];
		n->may = join_may(n->may, child[i]->may, is_and);
		n->cost += child[i]->cost;
		n->codes += child[i]->codes;
	}
	if (!n->count)
		return bound_constant(b, neutral);
	if (n->count == 1)
		return n->child[0];
	qsort(n->child, n->count, sizeof(struct bound *), by_cost);
	return n;
}

static struct bound *bind_node(struct binder *b, const struct filter_node *node, bool negate);

static struct bound *bind_join(struct binder *b, const struct filter_node *node, bool negate)
{
	struct bound **child;
	size_t count = 0;

	for (const struct filter_node *c = node->child; c; c = c->next)
		count++;
	child = arena_alloc(&b->arena, count * sizeof(struct bound *));
	count = 0;
	for (const struct filter_node *c = node->child; c; c = c->next)
		child[count++] = bind_node(b, c, negate);
	return bound_join(b, child, count, (node->kind == NODE_AND) != negate);
}

static struct bound *bind_node(struct binder *b, const struct filter_node *node, bool negate)
{
	switch (node->kind) {
	case NODE_COMPARE:
		return filter_bind_compare(b, node, negate);
	case NODE_NOT:
		return bind_node(b, node->child, !negate);
	case NODE_KERNEL:
		return filter_bind_kernel(b, node->kernel, negate);
	default:
		return bind_join(b, node, negate);
	}
}

/* ---- instructions ---- */

/*
 * Fills the program from its end, so that the places to go to are known. Returns where
 * the node begins.
 */
static uint16_t emit(struct filter_program *p, const struct bound *n, uint16_t on_false,
		     uint16_t on_true)
{
	if (n->kind == NODE_COMPARE) {
		struct filter_code *code = &p->code[--p->entry];

		*code = n->code;
		code->next[0] = on_false;
		code->next[1] = on_true;
		return p->entry;
	}
	for (size_t i = n->count; i-- > 0;) {
		if (n->kind == NODE_AND)
			on_true = emit(p, n->child[i], on_false, on_true);
		else
			on_false = emit(p, n->child[i], on_false, on_true);
	}
	return p->entry;
}

/* The one answer of a program, or -1. Never true is false: neither false nor unknown passes. */
static int constant_of(uint8_t may)
{
	if (may == MAY_TRUE)
		return FILTER_TRUE;
	if (may == MAY_UNKNOWN)
		return FILTER_UNKNOWN;
	return may & MAY_TRUE ? -1 : FILTER_FALSE;
}

static struct filter_program *make(const struct filter *f, const struct schema *s)
{
	struct binder b = { .schema = s, .trusts_kernel = f->trusts_kernel };
	struct bound *root =
	    f->root ? bind_node(&b, f->root, false) : bound_constant(&b, FILTER_TRUE);
	size_t size = sizeof(struct filter_program) + root->codes * sizeof(struct filter_code);
	struct filter_program *p = xcalloc(1, size);

	/* A comparison, and a word of a list, takes two bytes of text at least. */
	assert(root->codes < CODE_REJECT);
	p->schema = s;
	p->who = f->who;
	p->arena = b.keep;
	p->constant = constant_of(root->may);
	p->count = p->entry = (uint16_t)root->codes;
	if (root->may == MAY_TRUE)
		p->entry = CODE_ACCEPT;
	else if (root->may == MAY_FALSE)
		p->entry = CODE_REJECT;
	else
		emit(p, root, CODE_REJECT, CODE_ACCEPT);
	arena_done(&b.arena);
	return p;
}

void filter_program_free(struct filter_program *p)
{
	if (p)
		arena_done(&p->arena);
	free(p);
}

/* Makes the program and a place for it. */
static const struct filter_program *bind_first(struct filter *f, const struct schema *s)
{
	size_t slot = s ? (size_t)s->index + 1 : 0;

	if (slot >= f->program_count) {
		size_t count = MAX(slot + 1, 2 * f->program_count);

		f->programs = xrealloc(f->programs, count, sizeof(struct filter_program *));
		memset(f->programs + f->program_count, 0,
		       (count - f->program_count) * sizeof(struct filter_program *));
		f->program_count = count;
	}
	f->programs[slot] = make(f, s);
	return f->programs[slot];
}

const struct filter_program *filter_bind(struct filter *f, const struct schema *s)
{
	const struct filter_program *p = filter_program_of(f, s);

	return likely(p != NULL) ? p : bind_first(f, s);
}

int filter_constant(const struct filter_program *p)
{
	return p->constant;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_bind: a filter's tree and one schema into a program of typed reads.
 *
 * `not` is pushed down to the comparisons, which keeps all three values (De Morgan holds
 * for them). What the schema decides is decided here, operands are put in order of cost, and the
 * rest becomes instructions that each say where to go on false and on true. Nothing of
 * this can change an answer: comparisons have no effects, and and/or ask for no order.
 */
#include "core/filter_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"

/* Sets of answers. */
enum {
	MAY_FALSE = 1 << FILTER_FALSE,
	MAY_TRUE = 1 << FILTER_TRUE,
	MAY_UNKNOWN = 1 << FILTER_UNKNOWN,
	MAY_ANY = MAY_FALSE | MAY_TRUE | MAY_UNKNOWN,
};

/* About how many ns a text takes to be found and compared. */
enum { COST_NUMBER = 1, COST_TEXT = 4, COST_INFIX = 15, COST_GLOB = 20, COST_SLOW = 10 };

/* A node with its schema put in. */
struct bound {
	uint8_t kind;	/* NODE_OR, NODE_AND or NODE_COMPARE */
	uint8_t may;	/* which answers are possible; a single one is a constant */
	uint32_t cost;	/* about ns */
	uint32_t rank;	/* among its brothers in the text */
	uint32_t codes; /* instructions it becomes */
	struct filter_code code;
	struct bound **child;
	size_t count;
};

struct binder {
	struct arena arena; /* of the bound tree */
	const struct schema *schema;
};

/* ---- what fits ---- */

bool filter_operand_meant(const struct filter_operand *o, const struct schema *s)
{
	if (!s || (o->event && strcmp(o->event, s->name) != 0))
		return false;
	return !o->system || (s->system && !strcmp(o->system, s->system));
}

unsigned filter_field_kind(const struct field *f)
{
	if (f->kind == FIELD_STRING)
		return FILTER_TEXT;
	if (f->kind == FIELD_INT && f->place == FIELD_FIXED &&
	    (f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8))
		return FILTER_NUMBER;
	return 0;
}

/* By the whole name only: "flags" is not common_flags where an event has no flags. */
static const struct field *find_field(const struct schema *s, const char *name)
{
	schema_for_each_field (s, f)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

enum filter_fit filter_fit(const struct filter_node *n, const struct schema *s,
			   const struct field **ret)
{
	const struct field *f;
	unsigned kind;

	*ret = NULL;
	if (n->left.context)
		return FIT_OK; /* the parser saw to it */
	f = filter_operand_meant(&n->left, s) ? find_field(s, n->left.name) : NULL;
	if (!f)
		return FIT_ABSENT;
	*ret = f;
	kind = filter_field_kind(f);
	if (!kind)
		return FIT_OPAQUE;
	return filter_op_fits(n->op, &n->right, kind) ? FIT_OK : FIT_LITERAL;
}

/* ---- comparisons ---- */

static struct bound *bound_new(struct binder *b, enum filter_node_kind kind)
{
	struct bound *n = arena_alloc(&b->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->may = MAY_ANY;
	return n;
}

static struct bound *bound_constant(struct binder *b, enum filter_value v)
{
	struct bound *n = bound_new(b, NODE_COMPARE);

	n->may = (uint8_t)(1 << v);
	/* Only unknown can be left in a program: the others decide or vanish. */
	n->code.op = CODE_UNKNOWN;
	n->codes = v == FILTER_UNKNOWN;
	return n;
}

static struct bound *bound_leaf(struct binder *b, unsigned code, unsigned cost)
{
	struct bound *n = bound_new(b, NODE_COMPARE);

	n->code.op = (uint8_t)code;
	n->cost = cost;
	n->codes = 1;
	return n;
}

/*
 * A comparison with a number is a question for a range, cut here to the numbers the field
 * can hold. Both ends are exact before the cut, so signs and widths cannot be mixed up.
 */
static void put_range(struct bound *n, const struct filter_node *node, filter_wide min,
		      filter_wide max)
{
	filter_wide v = node->right.number, lo = min, hi = v;

	if (node->op->action == ACTION_EQUAL)
		lo = MAX(v, min);
	else if (node->op->action == ACTION_LESS)
		hi = v - 1;
	hi = MIN(hi, max);
	if (lo > hi) {
		/* Nothing is in it. The value is still read: it may be missing. */
		n->code.span = UINT64_MAX;
		n->code.negate = !n->code.negate;
	} else if (lo == min && hi == max) {
		n->code.span = UINT64_MAX;
	} else {
		n->code.lo = (uint64_t)lo;
		n->code.span = (uint64_t)(hi - lo);
	}
	if (n->code.span == UINT64_MAX)
		n->may = MAY_UNKNOWN | (n->code.negate ? MAY_FALSE : MAY_TRUE);
}

static unsigned glob_cost(const struct glob *g)
{
	return g->shape == GLOB_GENERAL ? COST_GLOB : g->shape == GLOB_INFIX ? COST_INFIX : 0;
}

/* `event` and `system` are the schema's: a constant. A colon asks for both at once. */
static struct bound *bind_name(struct binder *b, const struct filter_node *node, bool negate)
{
	const struct schema *s = b->schema;
	const struct filter_literal *l = &node->right;
	const char *name;
	_cleanup_strbuf_ struct strbuf both = { 0 };

	if (!s)
		return bound_constant(b, FILTER_UNKNOWN);
	name = node->left.context->code == CODE_SYSTEM ? s->system : s->name;
	if (node->left.context->code == CODE_EVENT && memchr(l->text, ':', l->len)) {
		strbuf_str(&both, s->system ? s->system : "");
		strbuf_char(&both, ':');
		strbuf_str(&both, s->name);
		name = strbuf_cstr(&both);
	}
	if (!name)
		return bound_constant(b, FILTER_UNKNOWN);
	return bound_constant(b, glob_match(&l->glob, name, strlen(name)) != negate ? FILTER_TRUE
										    : FILTER_FALSE);
}

static struct bound *bind_context(struct binder *b, const struct filter_node *node, bool negate)
{
	const struct filter_context *c = node->left.context;
	struct bound *n;

	if (c->code == CODE_EVENT || c->code == CODE_SYSTEM)
		return bind_name(b, node, negate);
	n = bound_leaf(b, c->code, c->cost);
	n->code.negate = negate;
	if (c->kind == FILTER_NUMBER) {
		put_range(n, node, c->min, c->max);
	} else {
		n->code.glob = node->right.glob;
		n->cost += glob_cost(&n->code.glob);
	}
	return n;
}

/* Numbers of this machine are read by an instruction of their width. */
static enum filter_code_op number_code(const struct field *f, bool swap)
{
	if (swap && f->size > 1)
		return CODE_NUMBER;
	switch (f->size) {
	case 1:
		return f->is_signed ? CODE_S8 : CODE_U8;
	case 2:
		return f->is_signed ? CODE_S16 : CODE_U16;
	case 4:
		return f->is_signed ? CODE_S32 : CODE_U32;
	default:
		return CODE_64;
	}
}

static struct bound *bind_number(struct binder *b, const struct filter_node *node,
				 const struct field *f, bool negate)
{
	unsigned bits = 8 * f->size;
	filter_wide one = 1;
	filter_wide min = f->is_signed ? -(one << (bits - 1)) : 0;
	filter_wide max = (one << (f->is_signed ? bits - 1 : bits)) - 1;
	enum filter_code_op code = number_code(f, b->schema->machine.swap);
	struct filter_node scaled = *node;
	struct bound *n = bound_leaf(b, code, code == CODE_NUMBER ? COST_SLOW : COST_NUMBER);

	n->code.negate = negate;
	/* What is kept in millionths is asked for in ones. */
	if (f->unit == UNIT_FIX6)
		scaled.right.number *= 1000000;
	put_range(n, &scaled, min, max);
	return n;
}

static struct bound *bind_text(struct binder *b, const struct filter_node *node,
			       const struct field *f, bool negate)
{
	enum filter_code_op code = CODE_TEXT;
	struct bound *n;

	if (f->place == FIELD_FIXED)
		code = CODE_TEXT_FIXED;
	else if (f->place == FIELD_DATA_LOC && !b->schema->machine.swap)
		code = CODE_TEXT_LOC;
	n = bound_leaf(b, code, code == CODE_TEXT ? COST_SLOW : COST_TEXT);
	n->cost += glob_cost(&node->right.glob);
	n->code.negate = negate;
	n->code.glob = node->right.glob;
	return n;
}

static struct bound *bind_compare(struct binder *b, const struct filter_node *node, bool negate)
{
	const struct field *f;
	struct bound *n;

	negate = negate != node->op->negate;
	if (filter_fit(node, b->schema, &f) != FIT_OK)
		return bound_constant(b, FILTER_UNKNOWN);
	if (!f)
		return bind_context(b, node, negate);
	if ((uint64_t)f->offset + f->size > UINT32_MAX)
		return bound_constant(b, FILTER_UNKNOWN);
	if (filter_field_kind(f) == FILTER_NUMBER)
		n = bind_number(b, node, f, negate);
	else
		n = bind_text(b, node, f, negate);
	n->code.field = f;
	n->code.offset = f->offset;
	n->code.end = f->offset + f->size;
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

static struct bound *bind_node(struct binder *b, const struct filter_node *node, bool negate);

static struct bound *bind_join(struct binder *b, const struct filter_node *node, bool negate)
{
	bool is_and = (node->kind == NODE_AND) != negate;
	enum filter_value neutral = is_and ? FILTER_TRUE : FILTER_FALSE;
	enum filter_value decides = is_and ? FILTER_FALSE : FILTER_TRUE;
	struct bound *n = bound_new(b, is_and ? NODE_AND : NODE_OR);
	size_t count = 0;

	for (const struct filter_node *c = node->child; c; c = c->next)
		count++;
	n->child = arena_alloc(&b->arena, count * sizeof(struct bound *));
	n->may = (uint8_t)(1 << neutral);
	for (const struct filter_node *c = node->child; c; c = c->next) {
		struct bound *child = bind_node(b, c, negate);

		if (child->may == 1 << decides)
			return child;
		if (child->may == 1 << neutral)
			continue;
		child->rank = (uint32_t)n->count;
		n->child[n->count++] = child;
		n->may = join_may(n->may, child->may, is_and);
		n->cost += child->cost;
		n->codes += child->codes;
	}
	if (!n->count)
		return bound_constant(b, neutral);
	if (n->count == 1)
		return n->child[0];
	qsort(n->child, n->count, sizeof(struct bound *), by_cost);
	return n;
}

static struct bound *bind_node(struct binder *b, const struct filter_node *node, bool negate)
{
	switch (node->kind) {
	case NODE_COMPARE:
		return bind_compare(b, node, negate);
	case NODE_NOT:
		return bind_node(b, node->child, !negate);
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
	struct binder b = { .schema = s };
	struct bound *root =
	    f->root ? bind_node(&b, f->root, false) : bound_constant(&b, FILTER_TRUE);
	size_t size = sizeof(struct filter_program) + root->codes * sizeof(struct filter_code);
	struct filter_program *p = xcalloc(1, size);

	/* A comparison takes three bytes of text at least. */
	assert(root->codes < CODE_REJECT);
	p->schema = s;
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

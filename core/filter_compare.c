/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_compare: one comparison and a schema into an instruction.
 *
 * Says whether a comparison means anything for a schema's field, and how the value is got: by a
 * read of its width at a known offset where it can be, the slow way else. What is asked of text is
 * decided here, what is asked of numbers in filter_numbers.c.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/filter_bind.h"
#include "core/util.h"

/* About how many ns a text takes to be found and compared. */
enum {
	COST_NUMBER = 1,
	COST_TEXT = 4,
	COST_WORDS = 4,
	COST_SLOW = 10,
	COST_INFIX = 15,
	COST_GLOB = 20,
	COST_ICONTAINS = 40,
	COST_REGEX = 300,
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
	return filter_field_address(f) ? FILTER_BYTES : 0;
}

/* By the whole name only: "flags" is not common_flags where an event has no flags. */
static const struct field *find_field(const struct schema *s, const char *name)
{
	schema_for_each_field (s, f)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

/* Whether one literal means something to a kind of field. */
static bool literal_fits(const struct filter_literal *l, const struct schema *s,
			 const struct field *f, unsigned kind)
{
	struct filter_number number;
	struct filter_address address;

	if (kind == FILTER_TEXT)
		return true;
	if (f && filter_literal_address(l, f, &address))
		return true;
	if (kind != FILTER_NUMBER)
		return false;
	if (l->from)
		return filter_literal_number(l->from, s, f, &number) &&
		       filter_literal_number(l->to, s, f, &number);
	return filter_literal_number(l, s, f, &number);
}

const struct filter_literal *filter_bad_literal(const struct filter_node *n, const struct schema *s,
						const struct field *f, unsigned kind)
{
	bool ordered = n->op->action != ACTION_EQUAL && n->op->action != ACTION_IN;
	struct filter_number number;

	if (n->op->action == ACTION_EXISTS)
		return NULL;
	for (const struct filter_literal *l = &n->right; l; l = l->next) {
		if (!literal_fits(l, s, f, kind))
			return l;
		/* Addresses are equal or not. */
		if (kind == FILTER_NUMBER && ordered && !filter_literal_number(l, s, f, &number))
			return l;
	}
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
	if (n->op->action == ACTION_EXISTS)
		return FIT_OK;
	kind = filter_field_kind(f);
	if (!kind)
		return FIT_OPAQUE;
	if (!(n->op->kinds & kind) || filter_bad_literal(n, s, f, kind))
		return FIT_LITERAL;
	return FIT_OK;
}

/* ---- text ---- */

static unsigned glob_cost(const struct glob *g)
{
	return g->shape == GLOB_GENERAL ? COST_GLOB : g->shape == GLOB_INFIX ? COST_INFIX : 0;
}

/* The same text in small letters. */
static struct glob in_lower_case(struct arena *a, const struct filter_literal *l)
{
	char *copy = arena_strndup(a, l->text, l->len);

	for (uint32_t i = 0; i < l->len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return glob_literal(copy, l->len);
}

/* What an operator asks of a text by one literal; returns its cost. */
static unsigned put_text_test(struct arena *keep, struct filter_code *c, const struct filter_op *op,
			      const struct filter_literal *l)
{
	switch (op->action) {
	case ACTION_REGEX:
		c->test = TEST_REGEX;
		c->regex = l->regex;
		return COST_REGEX;
	case ACTION_ICONTAINS:
		c->test = TEST_ICONTAINS;
		c->glob = in_lower_case(keep, l);
		return COST_ICONTAINS;
	default:
		c->test = TEST_GLOB;
		c->glob = l->glob;
		return glob_cost(&c->glob);
	}
}

static int by_word(const void *a, const void *b)
{
	const struct filter_word *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->s, y->s, x->len);
}

static const struct filter_words *make_words(struct arena *keep, const struct filter_literal *first)
{
	struct filter_words *words;
	uint32_t count = 0;

	for (const struct filter_literal *l = first; l; l = l->next)
		count++;
	words = arena_alloc(keep, sizeof(*words) + count * sizeof(words->word[0]));
	for (const struct filter_literal *l = first; l; l = l->next)
		words->word[words->count++] = (struct filter_word) { l->text, l->len };
	qsort(words->word, count, sizeof(words->word[0]), by_word);
	return words;
}

static struct bound *bind_text(struct binder *b, const struct filter_node *node,
			       const struct filter_source *src, bool negate)
{
	struct bound *n = bound_leaf(b, src, TEST_GLOB, negate);

	if (node->right.next) {
		n->code.test = TEST_WORDS;
		n->code.words = make_words(&b->keep, &node->right);
		n->cost += COST_WORDS;
	} else {
		n->cost += put_text_test(&b->keep, &n->code, node->op, &node->right);
	}
	return n;
}

/* ---- the context ---- */

/* `event` and `system` are the schema's: a constant. A colon asks for both at once. */
static bool name_matches(struct binder *b, const struct filter_node *node,
			 const struct filter_literal *l, const char *name, const char *both)
{
	struct filter_code c = { 0 };

	if (memchr(l->text, ':', l->len))
		name = both;
	put_text_test(&b->arena, &c, node->op, l);
	return filter_test_text(&c, name, strlen(name));
}

static struct bound *bind_name(struct binder *b, const struct filter_node *node, bool negate)
{
	const struct schema *s = b->schema;
	bool is_system = node->left.context->code == CODE_SYSTEM, found = false;
	const char *name = s ? (is_system ? s->system : s->name) : NULL;
	_cleanup_strbuf_ struct strbuf both = { 0 };

	if (node->op->action == ACTION_EXISTS)
		return bound_constant(b, (name != NULL) != negate ? FILTER_TRUE : FILTER_FALSE);
	if (!name)
		return bound_constant(b, FILTER_UNKNOWN);
	if (is_system)
		strbuf_str(&both, name);
	else
		strbuf_fmt(&both, "%s:%s", s->system ? s->system : "", name);
	for (const struct filter_literal *l = &node->right; l && !found; l = l->next)
		found = name_matches(b, node, l, name, strbuf_cstr(&both));
	return bound_constant(b, found != negate ? FILTER_TRUE : FILTER_FALSE);
}

static struct bound *bind_exists(struct binder *b, const struct filter_source *src, bool negate)
{
	struct bound *n = bound_leaf(b, src, TEST_EXISTS, negate);

	n->may = MAY_TRUE | MAY_FALSE;
	return n;
}

static struct bound *bind_family(struct binder *b, const struct filter_node *node,
				 const struct filter_source *src, bool negate)
{
	struct bound *n = bound_leaf(b, src, TEST_GLOB, negate);

	n->code.family = node->family;
	return n;
}

static struct bound *bind_context(struct binder *b, const struct filter_node *node, bool negate)
{
	const struct filter_context *c = node->left.context;
	struct filter_source src = {
		.code = { .op = c->code }, .cost = c->cost, .min = c->min, .max = c->max
	};

	if (c->code == CODE_EVENT || c->code == CODE_SYSTEM)
		return bind_name(b, node, negate);
	if (node->op->action == ACTION_EXISTS)
		return bind_exists(b, &src, negate);
	if (c->kind == FILTER_NUMBER)
		return filter_bind_number(b, node, &src, negate);
	return node->family ? bind_family(b, node, &src, negate) : bind_text(b, node, &src, negate);
}

/* ---- fields ---- */

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

void filter_source_bytes(struct filter_source *src, const struct field *f)
{
	src->field = f;
	src->code = (struct filter_code) {
		.op = CODE_BYTES, .field = f, .offset = f->offset, .end = f->offset + f->size
	};
	src->cost = COST_SLOW;
}

void filter_source_number(struct filter_source *src, const struct field *f, const struct schema *s)
{
	unsigned bits = 8 * f->size;
	filter_wide one = 1;

	filter_source_bytes(src, f);
	src->schema = s;
	src->code.op = (uint8_t)number_code(f, s->machine.swap);
	src->cost = src->code.op == CODE_NUMBER ? COST_SLOW : COST_NUMBER;
	src->min = f->is_signed ? -(one << (bits - 1)) : 0;
	src->max = (one << (f->is_signed ? bits - 1 : bits)) - 1;
}

static void source_text(struct filter_source *src, const struct field *f, bool swap)
{
	if (f->place == FIELD_FIXED)
		src->code.op = CODE_TEXT_FIXED;
	else if (f->place == FIELD_DATA_LOC && !swap)
		src->code.op = CODE_TEXT_LOC;
	else
		src->code.op = CODE_TEXT;
	src->cost = src->code.op == CODE_TEXT ? COST_SLOW : COST_TEXT;
}

/* An address, or one of several. */
static struct bound *bind_addresses(struct binder *b, const struct filter_node *node,
				    const struct filter_source *src, bool negate)
{
	struct bound **child;
	size_t count = 0;

	for (const struct filter_literal *l = &node->right; l; l = l->next)
		count++;
	child = arena_alloc(&b->arena, count * sizeof(*child));
	count = 0;
	for (const struct filter_literal *l = &node->right; l; l = l->next)
		child[count++] = filter_bind_address(b, src, l, negate);
	return bound_join(b, child, count, negate);
}

static struct bound *bind_field(struct binder *b, const struct filter_node *node,
				const struct field *f, bool negate)
{
	bool swap = b->schema->machine.swap;
	struct filter_source src = { .schema = b->schema };

	filter_source_bytes(&src, f);
	if (node->op->action == ACTION_EXISTS)
		return bind_exists(b, &src, negate);
	switch (filter_field_kind(f)) {
	case FILTER_NUMBER:
		filter_source_number(&src, f, b->schema);
		return filter_bind_number(b, node, &src, negate);
	case FILTER_TEXT:
		source_text(&src, f, swap);
		return bind_text(b, node, &src, negate);
	default:
		return bind_addresses(b, node, &src, negate);
	}
}

struct bound *filter_bind_compare(struct binder *b, const struct filter_node *node, bool negate)
{
	bool exists = node->op->action == ACTION_EXISTS;
	const struct field *f;

	negate = negate != node->op->negate;
	if (filter_fit(node, b->schema, &f) != FIT_OK || (f && f->offset > UINT32_MAX - f->size))
		return bound_constant(b, !exists  ? FILTER_UNKNOWN
					 : negate ? FILTER_TRUE
						  : FILTER_FALSE);
	return f ? bind_field(b, node, f, negate) : bind_context(b, node, negate);
}

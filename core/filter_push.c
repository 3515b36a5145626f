/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_push: a filter's tree and one schema into the kernel's expression.
 *
 * Every comparison, and its "not", is made a program of its own for the schema: what the event
 * decides is a constant then, and the rest one instruction, whatever the operator was. A row passes
 * only where the filter is true, so all is asked of truth alone: "not" goes down to the
 * comparisons (which keeps the three values), a comparison that cannot be said in the kernel
 * becomes true, and what is joined of implied parts is implied. An instruction that is not known
 * here is not said; nothing breaks when the language grows.
 */
#include "core/filter_push.h"

#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/filter_push_private.h"
#include "core/identity.h"

#define IDS_MAX 1024 /* threads and processes for set_event_pid */

/* A comparison, alone: as it stands, and with "not". */
struct leaf {
	const struct filter_node *node;
	struct filter_node inverse;
	struct filter *plain, *negated;
};

struct filter_push {
	const struct filter *filter;
	struct leaf *leaves;
	size_t count;
};

/* One walk over the tree. */
struct walk {
	struct arena arena;
	struct filter_push *push;
	const struct schema *schema;
	struct filter_push_part *parts; /* NULL: nobody asks */
	size_t at;			/* the next comparison */
};

/* ---- comparisons ---- */

static bool joins(const struct filter_node *n)
{
	return n->kind == NODE_AND || n->kind == NODE_OR || n->kind == NODE_NOT;
}

static size_t count_leaves(const struct filter_node *n)
{
	size_t count = 0;

	if (!joins(n))
		return 1;
	for (const struct filter_node *c = n->child; c; c = c->next)
		count += count_leaves(c);
	return count;
}

/* A filter of one node of another's tree. */
static struct filter *filter_of(struct filter_node *root)
{
	struct filter *f = xcalloc(1, sizeof(*f));

	f->root = root;
	return f;
}

static void gather(struct filter_push *p, struct filter_node *n)
{
	struct leaf *l;

	if (joins(n)) {
		for (struct filter_node *c = n->child; c; c = c->next)
			gather(p, c);
		return;
	}
	l = &p->leaves[p->count++];
	l->node = n;
	l->inverse = (struct filter_node) { .kind = NODE_NOT, .child = n };
	l->plain = filter_of(n);
	l->negated = filter_of(&l->inverse);
}

struct filter_push *filter_push_new(const struct filter *f)
{
	struct filter_push *p = xcalloc(1, sizeof(*p));

	p->filter = f;
	if (!f->root)
		return p;
	p->leaves = xcalloc(count_leaves(f->root), sizeof(*p->leaves));
	gather(p, f->root);
	return p;
}

void filter_push_free(struct filter_push *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++) {
		filter_free(p->leaves[i].plain);
		filter_free(p->leaves[i].negated);
	}
	free(p->leaves);
	free(p);
}

size_t filter_push_count(const struct filter_push *p)
{
	return p->count;
}

void filter_push_print(const struct filter_push *p, size_t i, struct strbuf *out, uint32_t *column)
{
	filter_print(p->leaves[i].plain, out);
	*column = p->leaves[i].node->left.column;
}

/* A node's only brother is its own "not": `not` has one child, and it has brothers in the tree. */
static const struct filter_program *program(struct walk *w, bool negate)
{
	struct leaf *l = &w->push->leaves[w->at];

	return filter_bind(negate ? l->negated : l->plain, w->schema);
}

/* What a comparison is for the schema. NULL: constant, and *constant says what. */
static const struct filter_code *instruction(const struct filter_program *p, bool *constant)
{
	*constant = p->constant == FILTER_TRUE;
	return p->constant < 0 && p->count ? &p->code[0] : NULL;
}

/* ---- the kernel's text ---- */

static struct push_node *node_new(struct walk *w, enum push_kind kind)
{
	struct push_node *n = arena_alloc(&w->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->exact = true;
	return n;
}

static void note(struct walk *w, const struct push_node *n, const char *why, bool constant)
{
	struct filter_push_part *part = &w->parts[w->at];

	part->why = why;
	if (constant)
		part->place = PUSH_DECIDED;
	else if (n->exact)
		part->place = PUSH_KERNEL;
	else
		part->place = n->kind == PUSH_TRUE ? PUSH_USER : PUSH_WEAKER;
}

static struct push_node *leaf(struct walk *w, bool negate)
{
	const struct filter_program *p = program(w, negate);
	struct push_node *n = node_new(w, PUSH_TRUE);
	const struct filter_code *c;
	const char *why = NULL;
	bool value;

	c = instruction(p, &value);
	if (!c) {
		n->kind = value ? PUSH_TRUE : PUSH_FALSE;
	} else if (p->count > 1) {
		n->exact = false;
		why = "it is not one comparison";
	} else {
		why = push_term(&w->arena, w->schema, c, n);
	}
	n->column = w->push->leaves[w->at].node->left.column;
	if (w->parts)
		note(w, n, why, !c);
	w->at++;
	return n;
}

/* What a joined node is, as its children are now: constants decide or vanish. */
static void settle(struct push_node *n)
{
	enum push_kind neutral = n->kind == PUSH_AND ? PUSH_TRUE : PUSH_FALSE;
	enum push_kind decides = n->kind == PUSH_AND ? PUSH_FALSE : PUSH_TRUE;
	struct push_node **link = &n->child;

	n->len = 2; /* parentheses */
	while (*link) {
		struct push_node *c = *link;

		if (c->kind == decides) {
			/* An implied "false" is false; a weakened "true" is not the truth. */
			n->kind = c->kind;
			n->exact = c->exact;
			n->child = NULL;
			return;
		}
		if (!c->exact)
			n->exact = false;
		if (c->kind == neutral) {
			*link = c->next;
			continue;
		}
		n->len += c->len + (link == &n->child ? 0 : 4);
		link = &c->next;
	}
	if (!n->child) {
		n->kind = neutral;
	} else if (!n->child->next) {
		bool exact = n->exact;
		struct push_node *next = n->next;

		*n = *n->child;
		n->next = next;
		n->exact = exact;
	}
}

static struct push_node *build(struct walk *w, const struct filter_node *node, bool negate)
{
	struct push_node *n, **link;

	if (!joins(node))
		return leaf(w, negate);
	if (node->kind == NODE_NOT)
		return build(w, node->child, !negate);
	n = node_new(w, (node->kind == NODE_AND) != negate ? PUSH_AND : PUSH_OR);
	link = &n->child;
	for (const struct filter_node *c = node->child; c; c = c->next) {
		*link = build(w, c, negate);
		link = &(*link)->next;
	}
	settle(n);
	return n;
}

/* Weakens an expression until it has at most max bytes: what is longest goes first. */
static void shorten(struct push_node *n, size_t max)
{
	while (n->len > max && (n->kind == PUSH_AND || n->kind == PUSH_OR)) {
		struct push_node *longest = n->child;
		size_t over = n->len - max;

		for (struct push_node *c = n->child; c; c = c->next)
			if (c->len > longest->len)
				longest = c;
		/* Of what must all hold, some may be left out; of what may hold, nothing. */
		if (n->kind == PUSH_AND && (longest->kind == PUSH_TEXT || longest->len <= over))
			longest->kind = PUSH_TRUE;
		else if (longest->len > over)
			shorten(longest, longest->len - over);
		else
			longest->kind = PUSH_TRUE;
		if (longest->kind == PUSH_TRUE)
			longest->exact = false;
		settle(n);
	}
	if (n->kind == PUSH_TEXT && n->len > max) {
		n->kind = PUSH_TRUE;
		n->exact = false;
	}
}

static void render(const struct push_node *n, bool outer, struct filter_push_text *ret)
{
	if (n->kind == PUSH_TEXT) {
		ret->spans = xrealloc(ret->spans, ret->span_count + 1, sizeof(*ret->spans));
		ret->spans[ret->span_count++] = (struct filter_push_span) {
			.at = (uint32_t)ret->text.len,
			.end = (uint32_t)(ret->text.len + n->len),
			.column = n->column,
		};
		strbuf_add(&ret->text, n->text, n->len);
		return;
	}
	strbuf_str(&ret->text, outer ? "" : "(");
	for (const struct push_node *c = n->child; c; c = c->next) {
		if (c != n->child)
			strbuf_str(&ret->text, n->kind == PUSH_AND ? " && " : " || ");
		render(c, false, ret);
	}
	strbuf_str(&ret->text, outer ? "" : ")");
}

void filter_push_event(struct filter_push *p, const struct schema *s, size_t max,
		       struct filter_push_text *ret)
{
	struct walk w = { .push = p, .schema = s };
	struct push_node *n;

	*ret = (struct filter_push_text) { .exact = true, .part_count = p->count };
	if (!p->filter->root)
		return;
	ret->parts = w.parts = xcalloc(p->count, sizeof(*ret->parts));
	n = build(&w, p->filter->root, false);
	if (n->len > max) {
		shorten(n, max);
		ret->cut = true;
	}
	ret->exact = n->exact;
	ret->never = n->kind == PUSH_FALSE;
	if (ret->never)
		strbuf_str(&ret->text, FILTER_PUSH_NEVER);
	else if (n->kind != PUSH_TRUE)
		render(n, true, ret);
	arena_done(&w.arena);
}

void filter_push_text_done(struct filter_push_text *t)
{
	strbuf_done(&t->text);
	free(t->parts);
	free(t->spans);
	*t = (struct filter_push_text) { 0 };
}

int filter_push_column(const struct filter_push_text *t, size_t at)
{
	/* A caret may stand between two parts: it means the one before. */
	int column = -1;

	for (size_t i = 0; i < t->span_count && t->spans[i].at <= at; i++)
		column = (int)t->spans[i].column;
	return column;
}

/* ---- the CPU ---- */

static bool leaf_on_cpu(struct walk *w, bool negate, uint16_t cpu)
{
	const struct filter_program *p = program(w, negate);
	const struct filter_code *c;
	bool value;

	w->at++;
	c = instruction(p, &value);
	if (!c)
		return value;
	if (p->count > 1 || c->op != CODE_CPU || c->test == TEST_EXISTS)
		return true;
	return push_number_passes(c, cpu);
}

static bool on_cpu(struct walk *w, const struct filter_node *n, bool negate, uint16_t cpu)
{
	bool is_and = (n->kind == NODE_AND) != negate, any = false, all = true;

	if (!joins(n))
		return leaf_on_cpu(w, negate, cpu);
	if (n->kind == NODE_NOT)
		return on_cpu(w, n->child, !negate, cpu);
	for (const struct filter_node *c = n->child; c; c = c->next) {
		bool may = on_cpu(w, c, negate, cpu);

		any |= may;
		all &= may;
	}
	return is_and ? all : any;
}

bool filter_push_cpu(struct filter_push *p, const struct schema *s, uint16_t cpu)
{
	struct walk w = { .push = p, .schema = s };

	return !p->filter->root || on_cpu(&w, p->filter->root, false, cpu);
}

/* ---- threads and processes ---- */

/* A set of them; count -1: anybody. */
struct ids {
	struct filter_push_id *v; /* in the walk's arena */
	int count;
};

static const struct ids anybody = { .count = -1 };

static void add_id(struct ids *ids, struct filter_push_id id)
{
	for (int i = 0; i < ids->count; i++)
		if (ids->v[i].id == id.id && ids->v[i].is_process == id.is_process)
			return;
	ids->v[ids->count++] = id;
}

static struct ids leaf_ids(struct walk *w, bool negate)
{
	const struct filter_program *p = program(w, negate);
	const struct filter_code *c;
	struct ids ret = { .count = 0 };
	struct filter_span one, *span = &one;
	uint32_t spans = 1;
	bool value;

	w->at++;
	c = instruction(p, &value);
	if (!c)
		return value ? anybody : ret;
	if (p->count > 1 || (c->op != CODE_PID && c->op != CODE_TID) || c->negate)
		return anybody;
	if (c->test == TEST_SET) {
		span = (struct filter_span *)c->set->span;
		spans = c->set->count;
	} else if (c->test == TEST_RANGE && c->lo + c->span >= c->lo) {
		one = (struct filter_span) { c->lo, c->lo + c->span };
	} else {
		return anybody;
	}
	ret.v = arena_alloc(&w->arena, IDS_MAX * sizeof(*ret.v));
	for (uint32_t i = 0; i < spans; i++) {
		if (span[i].hi > INT32_MAX || span[i].hi - span[i].lo >= IDS_MAX ||
		    (uint64_t)ret.count + span[i].hi - span[i].lo >= IDS_MAX)
			return anybody;
		for (uint64_t v = span[i].lo; v <= span[i].hi; v++)
			add_id(&ret, (struct filter_push_id) { (int32_t)v, c->op == CODE_PID });
	}
	return ret;
}

/* Of two sets that both hold: the smaller one is true as well. */
static struct ids both(struct ids a, struct ids b)
{
	if (a.count < 0)
		return b;
	return b.count < 0 || a.count <= b.count ? a : b;
}

static struct ids either(struct walk *w, struct ids a, struct ids b)
{
	struct ids ret = { .count = 0 };

	if (a.count < 0 || b.count < 0 || a.count + b.count > IDS_MAX)
		return anybody;
	if (!a.count || !b.count)
		return a.count ? a : b;
	ret.v = arena_alloc(&w->arena, (size_t)(a.count + b.count) * sizeof(*ret.v));
	for (int i = 0; i < a.count; i++)
		add_id(&ret, a.v[i]);
	for (int i = 0; i < b.count; i++)
		add_id(&ret, b.v[i]);
	return ret;
}

static struct ids ids_of(struct walk *w, const struct filter_node *n, bool negate)
{
	bool is_and = (n->kind == NODE_AND) != negate;
	struct ids ret = is_and ? anybody : (struct ids) { .count = 0 };

	if (!joins(n))
		return leaf_ids(w, negate);
	if (n->kind == NODE_NOT)
		return ids_of(w, n->child, !negate);
	for (const struct filter_node *c = n->child; c; c = c->next) {
		struct ids child = ids_of(w, c, negate);

		ret = is_and ? both(ret, child) : either(w, ret, child);
	}
	return ret;
}

int filter_push_ids(struct filter_push *p, const struct schema *s, struct filter_push_id **ret)
{
	struct walk w = { .push = p, .schema = s };
	struct ids ids = p->filter->root ? ids_of(&w, p->filter->root, false) : anybody;

	if (ids.count >= 0) {
		*ret = xcalloc((size_t)ids.count + 1, sizeof(**ret));
		for (int i = 0; i < ids.count; i++)
			(*ret)[i] = ids.v[i];
	}
	arena_done(&w.arena);
	return ids.count;
}

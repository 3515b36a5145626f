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

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/filter_kernel.h"
#include "core/filter_push_private.h"
#include "core/identity.h"
#include "core/util.h"

/* ---- comparisons ---- */

bool push_joins(const struct filter_node *n)
{
	return n->kind == NODE_AND || n->kind == NODE_OR || n->kind == NODE_NOT;
}

static size_t count_leaves(const struct filter_node *n)
{
	size_t count = 0;

	if (!push_joins(n))
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
	struct push_leaf *l;

	if (push_joins(n)) {
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

static uint32_t column_of(const struct filter_node *n)
{
	return n->kind == NODE_KERNEL ? n->column : n->left.column;
}

void filter_push_print(const struct filter_push *p, size_t i, struct strbuf *out, uint32_t *column)
{
	filter_print(p->leaves[i].plain, out);
	*column = column_of(p->leaves[i].node);
}

/* A node's only brother is its own "not": `not` has one child, and it has brothers in the tree. */
const struct filter_program *push_program(struct push_walk *w, bool negate)
{
	struct push_leaf *l = &w->push->leaves[w->at];

	return filter_bind(negate ? l->negated : l->plain, w->schema);
}

/* What a comparison is for the schema. NULL: constant, and *constant says what. */
const struct filter_code *push_instruction(const struct filter_program *p, bool *constant)
{
	*constant = p->constant == FILTER_TRUE;
	return p->constant < 0 && p->count ? &p->code[0] : NULL;
}

/* ---- the kernel's text ---- */

static struct push_node *node_new(struct push_walk *w, enum push_kind kind)
{
	struct push_node *n = arena_alloc(&w->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->exact = true;
	return n;
}

static void note(struct push_walk *w, const struct push_node *n, const char *why, bool constant)
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

/* What stands in a kernel{ }, behind lead bytes of ours. */
static void put_kernel(struct push_walk *w, struct push_node *n, const struct strbuf *text,
		       uint8_t lead)
{
	n->kind = PUSH_TEXT;
	n->text = arena_strndup(&w->arena, text->s, text->len);
	n->len = (uint32_t)text->len;
	n->lead = lead;
	n->own = w->push->leaves[w->at].node->kernel_column;
}

/* kernel{ } in its own words. */
static const char *quote_kernel(struct push_walk *w, struct push_node *n)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	int parts;

	parts = filter_kernel_text(w->push->leaves[w->at].plain, w->schema, &b);
	n->exact = false;
	if (parts < 0) {
		n->kind = PUSH_FALSE;
	} else if (parts) {
		put_kernel(w, n, &b, 1);
	}
	return "it is asked again here";
}

/* Whether a leaf is a kernel{ } that looks at what no record holds: the kernel alone can tell. */
static bool is_unseen(const struct push_walk *w)
{
	const struct filter_node *n = w->push->leaves[w->at].node;
	const struct kernel_node *at;

	return n->kind == NODE_KERNEL &&
	       filter_kernel_fit_all(n->kernel, w->schema, &at) == KERNEL_UNSEEN;
}

static void quote_unseen(struct push_walk *w, struct push_node *n, bool negate)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	strbuf_fmt(&b, "%s(%s)", negate ? "!" : "", w->push->leaves[w->at].node->kernel_text);
	put_kernel(w, n, &b, negate ? 2 : 1);
	n->unseen = true;
	w->unseen++;
}

static struct push_node *leaf(struct push_walk *w, bool negate)
{
	const struct filter_program *p = push_program(w, negate);
	struct push_node *n = node_new(w, PUSH_TRUE);
	const struct filter_code *c;
	const char *why = NULL;
	bool unseen = is_unseen(w), value;

	c = push_instruction(p, &value);
	if (unseen) {
		quote_unseen(w, n, negate);
	} else if (!c) {
		n->kind = value ? PUSH_TRUE : PUSH_FALSE;
	} else if (w->push->leaves[w->at].node->kind == NODE_KERNEL && !negate) {
		why = quote_kernel(w, n);
	} else if (p->count > 1) {
		n->exact = false;
		why = "it is not one comparison";
	} else {
		why = push_term(&w->arena, w->schema, c, n);
	}
	n->column = column_of(w->push->leaves[w->at].node);
	if (w->parts)
		note(w, n, why, !c && !unseen);
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

static struct push_node *build(struct push_walk *w, const struct filter_node *node, bool negate)
{
	struct push_node *n, **link;

	if (!push_joins(node))
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
			.own = n->own,
			.lead = n->lead,
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

/* Parts the kernel alone can tell that every row has to pass there. */
static size_t unseen_decided(const struct push_node *n)
{
	size_t count = 0;

	if (n->kind != PUSH_AND)
		return n->kind == PUSH_TEXT && n->unseen;
	for (const struct push_node *c = n->child; c; c = c->next)
		count += unseen_decided(c);
	return count;
}

void filter_push_event(struct filter_push *p, const struct schema *s, size_t max,
		       struct filter_push_text *ret)
{
	struct push_walk w = { .push = p, .schema = s };
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
	/* What is asked again here takes such a part for true: right only where the kernel saw to
	 * it. */
	ret->blind = !ret->never && !n->exact && unseen_decided(n) < w.unseen;
	if (ret->never)
		strbuf_str(&ret->text, FILTER_PUSH_NEVER);
	else if (n->kind != PUSH_TRUE)
		render(n, true, ret);
	arena_done(&w.arena);
}

int filter_push_blind(const char *system, const char *event, struct err *e)
{
	return err_set(e, -EINVAL, "filter: %s:%s: %s", system, event, FILTER_PUSH_BLIND);
}

void filter_push_text_done(struct filter_push_text *t)
{
	strbuf_done(&t->text);
	free(t->parts);
	free(t->spans);
	*t = (struct filter_push_text) { 0 };
}

static int column_within(const struct filter_push_span *s, size_t at)
{
	uint32_t into = (uint32_t)MIN(at - s->at, (size_t)s->end - s->at);

	if (!s->lead || into < s->lead)
		return (int)s->column;
	/* The last byte is a parenthesis of ours. */
	return (int)(s->own + MIN(into - s->lead, s->end - s->at - s->lead - 2U));
}

int filter_push_column(const struct filter_push_text *t, size_t at)
{
	/* A caret may stand between two parts: it means the one before. */
	int column = -1;

	for (size_t i = 0; i < t->span_count && t->spans[i].at <= at; i++)
		column = column_within(&t->spans[i], at);
	return column;
}

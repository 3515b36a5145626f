/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_sift: a filter's tree and one schema into a tree of plain comparisons.
 *
 * As in filter_push.c every comparison and its "not" is a program of its own, whose instructions
 * are said one by one; all is asked of truth alone, so what cannot be said becomes true and what is
 * joined of implied parts is implied.
 */
#include "core/filter_sift.h"

#include <errno.h>

#include "core/filter_kernel.h"
#include "core/filter_sift_private.h"

/* ---- nodes ---- */

void sift_settle(struct sift *n)
{
	enum sift_kind neutral = n->kind == SIFT_AND ? SIFT_TRUE : SIFT_FALSE;
	enum sift_kind decides = n->kind == SIFT_AND ? SIFT_FALSE : SIFT_TRUE;
	struct sift **link = &n->child;

	while (*link) {
		struct sift *c = *link;

		if (c->kind == decides) {
			/* An implied "false" is false; a weakened "true" is not the truth. */
			n->kind = c->kind;
			n->exact = c->exact;
			n->child = NULL;
			return;
		}
		if (!c->exact)
			n->exact = false;
		if (c->kind == neutral)
			*link = c->next;
		else
			link = &c->next;
	}
	if (!n->child) {
		n->kind = (uint8_t)neutral;
	} else if (!n->child->next) {
		bool exact = n->exact;
		struct sift *next = n->next;

		*n = *n->child;
		n->next = next;
		n->exact = exact;
	}
}

void sift_drop(struct sift *n, struct filter_push_part *parts, const char *why)
{
	struct filter_push_part *part = &parts[n->term];

	part->place = PUSH_WEAKER;
	part->why = why;
	n->kind = SIFT_TRUE;
	n->exact = false;
}

/* ---- one comparison ---- */

/* Whether the program asks one thing after the other until one is true (is_or), or false. */
static bool is_chain(const struct filter_program *p, bool is_or)
{
	uint16_t end = is_or ? CODE_ACCEPT : CODE_REJECT;

	for (unsigned i = 0; i < p->count; i++) {
		unsigned on = i + 1u < p->count ? i + 1u : is_or ? CODE_REJECT : CODE_ACCEPT;

		if (p->code[i].next[is_or] != end || p->code[i].next[!is_or] != on)
			return false;
	}
	return p->entry == 0;
}

/* A program: one instruction, or several that are joined. */
static struct sift *instructions(struct sift_maker *m, const struct filter_program *p,
				 const char **why)
{
	bool is_or = is_chain(p, true);
	struct sift *n, **link;

	if (p->count == 1)
		return sift_term(m, &p->code[0], why);
	n = sift_new(m, is_or ? SIFT_OR : SIFT_AND);
	if (!is_or && !is_chain(p, false)) {
		*why = "it is not one comparison";
		n->kind = SIFT_TRUE;
		n->exact = false;
		return n;
	}
	link = &n->child;
	for (unsigned i = 0; i < p->count; i++) {
		*link = sift_term(m, &p->code[i], why);
		link = &(*link)->next;
	}
	sift_settle(n);
	return n;
}

static void note(struct push_walk *w, const struct sift *n, const char *why, bool constant)
{
	struct filter_push_part *part = &w->parts[w->at];

	part->why = why;
	if (constant)
		part->place = PUSH_DECIDED;
	else if (n->exact)
		part->place = PUSH_KERNEL;
	else
		part->place = n->kind == SIFT_TRUE ? PUSH_USER : PUSH_WEAKER;
}

/* What the kernel alone could tell, of events of its own. */
static bool is_unseen(const struct push_walk *w)
{
	const struct filter_node *n = w->push->leaves[w->at].node;
	const struct kernel_node *at;

	return n->kind == NODE_KERNEL &&
	       filter_kernel_fit_all(n->kernel, w->schema, &at) == KERNEL_UNSEEN;
}

static struct sift *leaf(struct push_walk *w, struct arena *a, bool negate)
{
	struct sift_maker m = { .arena = a, .schema = w->schema, .term = (uint32_t)w->at };
	const struct filter_program *p = push_program(w, negate);
	const struct filter_code *c;
	const char *why = NULL;
	struct sift *n;
	bool unseen = is_unseen(w), value;

	c = push_instruction(p, &value);
	w->unseen += unseen;
	if (c)
		n = instructions(&m, p, &why);
	else
		n = sift_new(&m, value || unseen ? SIFT_TRUE : SIFT_FALSE);
	note(w, n, why, !c);
	w->at++;
	return n;
}

/* ---- the tree ---- */

static struct sift *build(struct push_walk *w, struct arena *a, const struct filter_node *node,
			  bool negate)
{
	struct sift_maker m = { .arena = a, .schema = w->schema };
	struct sift *n, **link;

	if (!push_joins(node))
		return leaf(w, a, negate);
	if (node->kind == NODE_NOT)
		return build(w, a, node->child, !negate);
	n = sift_new(&m, (node->kind == NODE_AND) != negate ? SIFT_AND : SIFT_OR);
	link = &n->child;
	for (const struct filter_node *c = node->child; c; c = c->next) {
		*link = build(w, a, c, negate);
		link = &(*link)->next;
	}
	sift_settle(n);
	return n;
}

int filter_sift(struct filter_push *p, const struct schema *s, struct arena *a,
		struct filter_push_part *parts, struct sift **ret, struct err *e)
{
	struct push_walk w = { .push = p, .schema = s, .parts = parts };
	struct sift_maker m = { .arena = a, .schema = s };

	if (p->filter->root)
		*ret = build(&w, a, p->filter->root, false);
	else
		*ret = sift_new(&m, SIFT_TRUE);
	if (w.unseen && (*ret)->kind != SIFT_FALSE)
		return filter_push_blind(s->system, s->name, e);
	return 0;
}

/* ---- words ---- */

static const char *name_of(const struct sift *n)
{
	static const char *const names[] = {
		[SIFT_TID] = "tid", [SIFT_PID] = "pid",	  [SIFT_CPU] = "cpu",
		[SIFT_UID] = "uid", [SIFT_COMM] = "comm", [SIFT_CGROUP] = "cgroup",
	};

	return n->of == SIFT_FIELD ? n->field->name : names[n->of];
}

static void print_bytes(const struct sift *n, struct strbuf *out)
{
	bool whole = n->len && !n->text[n->len - 1];

	if (n->field && n->field->kind != FIELD_STRING) { /* an address */
		strbuf_str(out, n->negate ? "not " : "");
		strbuf_fmt(out, "%s ~ ", name_of(n));
		for (uint32_t i = 0; i < n->len; i++)
			strbuf_fmt(out, "%02x", (unsigned char)n->text[i]);
		strbuf_str(out, "*");
		return;
	}
	strbuf_fmt(out, "%s%s %s ", n->negate && !whole ? "not " : "", name_of(n),
		   !whole      ? "startswith"
		   : n->negate ? "!="
			       : "==");
	filter_quote(out, n->text, n->len - whole);
}

static void print_one(const struct sift *n, struct strbuf *out)
{
	static const char *const ops[][2] = {
		[SIFT_EQUAL] = { "==", "!=" },
		[SIFT_LESS] = { "<", ">=" },
		[SIFT_LESS_EQUAL] = { "<=", ">" },
		[SIFT_PATH] = { "==", "!=" },
	};

	if (n->test == SIFT_BYTES) {
		print_bytes(n, out);
		return;
	}
	if (n->test == SIFT_BITS) {
		strbuf_fmt(out, "%s%s & 0x%llx", n->negate ? "not " : "", name_of(n),
			   (unsigned long long)n->value);
		return;
	}
	strbuf_fmt(out, "%s %s ", name_of(n), ops[n->test][n->negate]);
	if (n->test == SIFT_PATH)
		filter_quote(out, n->text, n->len);
	else if (n->is_signed)
		strbuf_s64(out, (int64_t)n->value);
	else
		strbuf_u64(out, n->value);
}

static void print(const struct sift *n, bool outer, struct strbuf *out)
{
	if (n->kind == SIFT_ONE) {
		print_one(n, out);
		return;
	}
	if (n->kind == SIFT_TRUE || n->kind == SIFT_FALSE) {
		strbuf_str(out, n->kind == SIFT_TRUE ? "all" : "nothing");
		return;
	}
	strbuf_str(out, outer ? "" : "(");
	for (const struct sift *c = n->child; c; c = c->next) {
		if (c != n->child)
			strbuf_str(out, n->kind == SIFT_AND ? " and " : " or ");
		print(c, false, out);
	}
	strbuf_str(out, outer ? "" : ")");
}

void sift_print(const struct sift *n, struct strbuf *out)
{
	print(n, true, out);
}

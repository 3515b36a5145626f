/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_plan: see code_plan.h.
 *
 * The tree of the sift is given places in the event, twice: once as far as the head of the event
 * says, with everything else true, and once for what is left. Each becomes tests with jumps, as
 * core/filter_bind.c makes instructions: `and` and `or` are where a test goes on.
 */
#include "bpf/code_plan.h"

#include <stdlib.h>
#include <string.h>

#include "bpf/code_place.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/filter_sift.h"
#include "core/util.h"

static const char no_room[] = "the program has no room for more comparisons";

#define PART(offset, bytes)                                                                        \
	{                                                                                          \
		.at = (offset), .size = (bytes)                                                    \
	}

/* As struct tap_head is; no field of a record is in it. */
const struct layout code_head_layout = {
	.size = TAP_HEAD,
	.shift = 1u << 30,
	.time = PART(0, 8),
	.cgroup = PART(8, 8),
	.cpu = PART(16, 4),
	.tid = PART(20, 4),
	.pid = PART(24, 4),
	.uid = PART(28, 4),
	.comm = PART(32, 16),
};

struct planning {
	struct arena arena;
	struct filter_push *push;
	struct code_placing placing;
	const struct layout *layout;
	struct code_plan *plan;
};

/* ---- how much room ---- */

/* Tests and texts that a tree takes. */
struct room {
	unsigned tests, texts;
};

static bool fits(struct room r)
{
	return r.tests <= TAP_TESTS && r.texts <= TAP_TEXTS;
}

static struct room room_of(const struct sift *n)
{
	struct room sum = { 0, 0 };

	if (n->kind == SIFT_ONE)
		return (struct room) { 1, n->test == SIFT_BYTES };
	for (const struct sift *c = n->child; c; c = c->next) {
		struct room r = room_of(c);

		sum.tests += r.tests;
		sum.texts += r.texts;
	}
	return sum;
}

/* What is measured: texts where those are too many, else tests. */
static unsigned weight(const struct sift *n, bool texts)
{
	struct room r = room_of(n);

	return texts ? r.texts : r.tests;
}

static void note_dropped(const struct sift *n, struct filter_push_part *parts)
{
	if (n->kind == SIFT_ONE)
		parts[n->term] = (struct filter_push_part) { PUSH_WEAKER, no_room };
	for (const struct sift *c = n->child; c; c = c->next)
		note_dropped(c, parts);
}

/* Puts what is weaker in a node's place. parts NULL: nobody asks. */
static void give_up(struct sift *n, struct filter_push_part *parts)
{
	struct sift *next = n->next, *weaker = n->weaker;

	if (parts)
		note_dropped(n, parts);
	if (weaker && weaker->kind != SIFT_TRUE) {
		*n = *weaker;
		n->next = next;
	} else {
		n->kind = SIFT_TRUE;
		n->child = NULL;
	}
	n->weaker = NULL;
	n->exact = false;
}

/* Makes a tree weaker by at least one test: the heaviest part goes first. */
static void lighten(struct sift *n, bool texts, unsigned over, struct filter_push_part *parts)
{
	struct sift *heaviest = n->child;

	if (n->kind == SIFT_ONE || n->weaker) {
		give_up(n, parts);
		return;
	}
	for (struct sift *c = n->child; c; c = c->next)
		if (weight(c, texts) > weight(heaviest, texts))
			heaviest = c;
	/* Of what must all hold, some may be left out; of what may hold, nothing. */
	if (n->kind == SIFT_AND && !heaviest->weaker && weight(heaviest, texts) <= over)
		give_up(heaviest, parts);
	else
		lighten(heaviest, texts, over, parts);
	sift_settle(n);
}

/* Weakens a tree until there is room for it; true when it was. */
static bool cut(struct sift *n, struct filter_push_part *parts)
{
	struct room r = room_of(n);
	bool was = !fits(r);

	for (; !fits(r); r = room_of(n)) {
		bool texts = r.texts > TAP_TEXTS;

		lighten(n, texts, texts ? r.texts - TAP_TEXTS : r.tests - TAP_TESTS, parts);
	}
	return was;
}

/* ---- the head ---- */

static bool in_head(const struct planning *p, const struct sift *n)
{
	struct code_place at = code_place_of(n, p->layout);

	return at.at + at.size <= TAP_HEAD;
}

static bool all_in_head(const struct planning *p, const struct sift *n)
{
	if (n->kind == SIFT_ONE)
		return in_head(p, n);
	for (const struct sift *c = n->child; c; c = c->next)
		if (!all_in_head(p, c))
			return false;
	return true;
}

/* A copy in which everything is true that the head does not say. */
static struct sift *copy(struct planning *p, const struct sift *n, bool head)
{
	struct sift *to = arena_alloc(&p->arena, sizeof(*to)), **link = &to->child;

	*to = *n;
	to->child = to->next = NULL;
	if (n->weaker)
		to->weaker = copy(p, n->weaker, head);
	if (n->kind == SIFT_ONE && head && !in_head(p, n)) {
		to->kind = SIFT_TRUE;
		to->exact = false;
	}
	for (const struct sift *c = n->child; c; c = c->next) {
		*link = copy(p, c, head);
		link = &(*link)->next;
	}
	if (n->kind == SIFT_AND || n->kind == SIFT_OR)
		sift_settle(to);
	return to;
}

/* Of what must all hold, what was asked of the head is not asked again. */
static void leave_head_out(struct planning *p, struct sift *n)
{
	if (n->kind == SIFT_ONE && all_in_head(p, n)) {
		n->kind = SIFT_TRUE;
		return;
	}
	if (n->kind == SIFT_OR && all_in_head(p, n)) {
		n->kind = SIFT_TRUE;
		n->child = NULL;
		return;
	}
	if (n->kind != SIFT_AND)
		return;
	for (struct sift *c = n->child; c; c = c->next)
		if (all_in_head(p, c)) {
			c->kind = SIFT_TRUE;
			c->child = NULL;
		}
	sift_settle(n);
}

/* ---- tests ---- */

struct emitter {
	const struct planning *p;
	struct tap_code *code;
	unsigned at, texts;
};

static void put_test(struct emitter *em, const struct sift *n, struct tap_test *t)
{
	static const uint8_t ops[] = {
		[SIFT_EQUAL] = TAP_EQ, [SIFT_LESS] = TAP_LT,	 [SIFT_LESS_EQUAL] = TAP_LE,
		[SIFT_BITS] = TAP_ANY, [SIFT_BYTES] = TAP_BYTES,
	};
	struct code_place at = code_place_of(n, em->p->layout);

	t->op = ops[n->test];
	t->offset = (uint16_t)at.at;
	t->is_signed = n->is_signed;
	t->size = (uint8_t)at.size;
	t->value = n->value;
	if (n->test != SIFT_BYTES)
		return;
	t->size = (uint8_t)n->len;
	t->value = n->len;
	t->text = (uint8_t)em->texts;
	memcpy(em->code->texts[em->texts++], n->text, n->len);
}

/* The parts of a node, what costs least first. */
static unsigned in_order(const struct sift *n, const struct sift *child[TAP_TESTS])
{
	unsigned count = 0;

	for (unsigned texts = 0; texts < 2; texts++)
		for (const struct sift *c = n->child; c; c = c->next)
			if (!!room_of(c).texts == texts)
				child[count++] = c;
	return count;
}

/* Fills the tests from their end, so that the places to go to are known; returns where it begins.
 */
static unsigned emit(struct emitter *em, const struct sift *n, unsigned if_false, unsigned if_true)
{
	const struct sift *child[TAP_TESTS];
	unsigned count;

	if (n->kind == SIFT_ONE) {
		struct tap_test *t = &em->code->test[--em->at];

		put_test(em, n, t);
		t->if_true = (uint8_t)(n->negate ? if_false : if_true);
		t->if_false = (uint8_t)(n->negate ? if_true : if_false);
		return em->at;
	}
	count = in_order(n, child);
	while (count-- > 0) {
		if (n->kind == SIFT_AND)
			if_true = emit(em, child[count], if_false, if_true);
		else
			if_false = emit(em, child[count], if_false, if_true);
	}
	return em->at;
}

/* A tree for which there is room as code. */
static void put_code(const struct planning *p, const struct sift *n, struct tap_code *code)
{
	struct emitter em = { .p = p, .code = code };

	memset(code, 0, sizeof(*code));
	if (n->kind == SIFT_TRUE)
		return;
	if (n->kind == SIFT_FALSE) {
		/* None of no bits. */
		code->tests = 1;
		code->test[0] = (struct tap_test) {
			.op = TAP_ANY, .size = 8, .if_true = TAP_NO, .if_false = TAP_NO
		};
		return;
	}
	code->tests = em.at = room_of(n).tests;
	emit(&em, n, TAP_NO, TAP_YES);
}

/* ---- what is said ---- */

static bool has_term(const struct sift *n, uint32_t term)
{
	if (n->kind == SIFT_ONE)
		return n->term == term;
	for (const struct sift *c = n->child; c; c = c->next)
		if (has_term(c, term))
			return true;
	return false;
}

/* A comparison of which nothing is left is made here alone. */
static void settle_parts(struct filter_push_text *t, const struct sift *who, const struct sift *all)
{
	for (size_t i = 0; i < t->part_count; i++)
		if (t->parts[i].place == PUSH_WEAKER && !has_term(who, (uint32_t)i) &&
		    !has_term(all, (uint32_t)i))
			t->parts[i].place = PUSH_USER;
}

static void say(struct code_plan *plan, const struct sift *who, const struct sift *all)
{
	struct strbuf *out = &plan->text.text;
	bool both = who->kind != SIFT_TRUE && all->kind != SIFT_TRUE;

	/* Few of them are said by number. */
	if (plan->pid_count > TAP_TESTS / 2)
		strbuf_fmt(out, "one of %zu processes%s", plan->pid_count,
			   who->kind != SIFT_TRUE || all->kind != SIFT_TRUE ? ", and " : "");
	if (who->kind != SIFT_TRUE)
		sift_print(who, out);
	strbuf_str(out, both ? "; then " : "");
	if (all->kind != SIFT_TRUE)
		sift_print(all, out);
}

/* ---- processes ---- */

/* They are in a map, where a program asks for one before anything else, and as fast as for all. */
static void list_processes(struct planning *p, const struct schema *s)
{
	_cleanup_free_ struct filter_push_id *ids = NULL;
	int count = filter_push_ids(p->push, s, &ids);
	const struct layout_part *pid = &p->layout->pid;

	if (count <= 0 || !pid->size || pid->at + pid->size > TAP_HEAD)
		return;
	for (int i = 0; i < count; i++)
		if (!ids[i].is_process)
			return;
	p->plan->pids = xcalloc((size_t)count, sizeof(*p->plan->pids));
	for (int i = 0; i < count; i++)
		p->plan->pids[i] = ids[i].id;
	p->plan->pid_count = (size_t)count;
	p->plan->control.by_pids = 1;
}

/* ---- all of it ---- */

static void plan_tree(struct planning *p, const struct schema *s, struct sift *root)
{
	struct code_plan *plan = p->plan;
	struct sift *who, *all;

	code_place_all(&p->placing, root);
	who = copy(p, root, true);
	all = copy(p, root, false);
	if (root->kind != SIFT_FALSE)
		list_processes(p, s);
	if (!cut(who, NULL) && root->kind != SIFT_FALSE)
		leave_head_out(p, all);
	plan->text.cut = cut(all, plan->text.parts);
	put_code(p, who, &plan->control.who);
	put_code(p, root->kind == SIFT_FALSE ? who : all, &plan->control.all);
	plan->text.exact = root->exact && !plan->text.cut;
	plan->text.never = root->kind == SIFT_FALSE;
	if (plan->text.never) {
		strbuf_str(&plan->text.text, "nothing passes");
		return;
	}
	settle_parts(&plan->text, who, all);
	say(plan, who, all);
}

int code_plan_make(const struct filter *f, const struct schema *s, const struct layout *l,
		   struct code_plan *ret, struct err *e)
{
	struct planning p = { .layout = l, .plan = ret };
	struct sift *root;
	int rc;

	*ret = (struct code_plan) { .text.exact = true };
	if (!f || !*filter_text(f))
		return 0;
	p.push = filter_push_new(f);
	ret->text.part_count = filter_push_count(p.push);
	ret->text.parts = xcalloc(ret->text.part_count + 1, sizeof(*ret->text.parts));
	p.placing =
	    (struct code_placing) { .layout = l, .arena = &p.arena, .parts = ret->text.parts };
	rc = filter_sift(p.push, s, &p.arena, ret->text.parts, &root, e);
	if (rc >= 0)
		plan_tree(&p, s, root);
	else
		code_plan_done(ret);
	arena_done(&p.arena);
	filter_push_free(p.push);
	return rc;
}

void code_plan_done(struct code_plan *p)
{
	filter_push_text_done(&p->text);
	free(p->pids);
	*p = (struct code_plan) { .pids = NULL };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_push_who: on which CPUs, and of which threads and processes, a row can pass.
 *
 * What is set for all events of an instance: so it is asked for truth alone, as the text is.
 */
#include <stdlib.h>

#include "core/filter_push_private.h"

#define IDS_MAX 1024 /* threads and processes for set_event_pid */

/* ---- the CPU ---- */

static bool leaf_on_cpu(struct push_walk *w, bool negate, uint16_t cpu)
{
	const struct filter_program *p = push_program(w, negate);
	const struct filter_code *c;
	bool value;

	w->at++;
	c = push_instruction(p, &value);
	if (!c)
		return value;
	if (p->count > 1 || c->op != CODE_CPU || c->test == TEST_EXISTS)
		return true;
	return push_number_passes(c, cpu);
}

static bool on_cpu(struct push_walk *w, const struct filter_node *n, bool negate, uint16_t cpu)
{
	bool is_and = (n->kind == NODE_AND) != negate, any = false, all = true;

	if (!push_joins(n))
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
	struct push_walk w = { .push = p, .schema = s };

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

static struct ids leaf_ids(struct push_walk *w, bool negate)
{
	const struct filter_program *p = push_program(w, negate);
	const struct filter_code *c;
	struct ids ret = { .count = 0 };
	struct filter_span one, *span = &one;
	uint32_t spans = 1;
	bool value;

	w->at++;
	c = push_instruction(p, &value);
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

static struct ids either(struct push_walk *w, struct ids a, struct ids b)
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

static struct ids ids_of(struct push_walk *w, const struct filter_node *n, bool negate)
{
	bool is_and = (n->kind == NODE_AND) != negate;
	struct ids ret = is_and ? anybody : (struct ids) { .count = 0 };

	if (!push_joins(n))
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
	struct push_walk w = { .push = p, .schema = s };
	struct ids ids = p->filter->root ? ids_of(&w, p->filter->root, false) : anybody;

	if (ids.count >= 0) {
		*ret = xcalloc((size_t)ids.count + 1, sizeof(**ret));
		for (int i = 0; i < ids.count; i++)
			(*ret)[i] = ids.v[i];
	}
	arena_done(&w.arena);
	return ids.count;
}

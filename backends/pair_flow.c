/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_flow: final rows of all other sources, in the order of time, to the pairs that want them.
 *
 * What a lane has looked at it never looks at again, so that no pair comes twice. Where events are
 * missing pairs are told at both ends of the hole: what was open before it may have ended in it,
 * and what began in it may be without its end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pair_private.h"
#include "core/arena.h"
#include "core/clock.h"

#define PATIENCE (2 * NSEC_PER_SEC) /* with a source that was not read, beside the store's */

/* ---- routes: which rows are for whom ---- */

static void routes_forget(struct pair_lane *l)
{
	for (uint32_t i = 0; i < l->route_count; i++)
		free(l->routes[i].v);
	free(l->routes);
	l->routes = NULL;
	l->route_count = 0;
	l->chosen = false;
}

static void route_add(struct pair_routes *to, struct pair_work *w, const struct pair_side *side)
{
	to->v = xrealloc(to->v, to->count + 1, sizeof(*to->v));
	to->v[to->count++] = (struct pair_route) { .work = w, .side = side };
}

static struct pair_routes *routes_find(struct pair_backend *b, struct pair_lane *l,
				       const struct schema *s)
{
	struct pair_routes *to;

	if (s->index >= l->route_count) {
		uint32_t cap = MAX(s->index + 1, 2 * l->route_count);

		l->routes = xrealloc(l->routes, cap, sizeof(*l->routes));
		memset(l->routes + l->route_count, 0, (cap - l->route_count) * sizeof(*l->routes));
		l->route_count = cap;
	}
	to = &l->routes[s->index];
	to->known = true;
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct pair_tracer *t = b->tracers[i];

		for (unsigned k = 0; t->lane == l && k < t->work_count; k++) {
			const struct pair_side *side = pair_side(t->works[k].pair, s);

			if (side)
				route_add(to, &t->works[k], side);
		}
	}
	return to;
}

static inline struct pair_routes *routes_of(struct pair_backend *b, struct pair_lane *l,
					    const struct schema *s)
{
	if (likely(s->index < l->route_count && l->routes[s->index].known))
		return &l->routes[s->index];
	return routes_find(b, l, s);
}

/* ---- which rows are looked at ---- */

static const uint64_t *ids_of(void *data, const struct source *src)
{
	const struct pair_lane *l = data;

	for (unsigned i = 1; i < l->id_count; i++)
		if (l->ids[i].from == src->schemas)
			return l->ids[i].bits;
	return l->ids[0].bits;
}

/* Rows that are nothing to any pair of a lane are passed by their id: most are. */
static void choose(struct pair_backend *b, struct pair_lane *l)
{
	struct cursor_choice choice = { .of = ids_of, .data = l };

	l->id_count = b->origin_count + 1;
	free(l->ids);
	l->ids = xcalloc(l->id_count, sizeof(*l->ids));
	for (unsigned i = 0; i < b->origin_count; i++)
		l->ids[i + 1].from = b->origins[i]->from;
	for (size_t i = 0; i < b->tracer_count; i++) {
		const struct pair_tracer *t = b->tracers[i];

		for (unsigned k = 0; t->lane == l && k < t->work_count; k++)
			for (unsigned n = 1; n < l->id_count; n++)
				if (l->ids[n].from == t->works[k].origin->from)
					pair_ids(t->works[k].pair, l->ids[n].bits);
	}
	l->chosen = true;
	cursor_choose(l->cursor, &choice, l->done ? l->at : 0);
}

/* ---- lanes ---- */

static struct pair_lane *lane_new(struct pair_backend *b)
{
	struct pair_lane *l = xcalloc(1, sizeof(*l));

	/* An interrupt that hits us wakes others; of pairs that are ours nobody gets a row. */
	l->cursor = cursor_new(b->backend->env->store, CURSOR_GIVEN | CURSOR_OWN);
	b->lanes = xrealloc(b->lanes, b->lane_count + 1, sizeof(*b->lanes));
	b->lanes[b->lane_count++] = l;
	return l;
}

static void lane_free(struct pair_backend *b, unsigned n)
{
	struct pair_lane *l = b->lanes[n];

	routes_forget(l);
	cursor_free(l->cursor);
	free(l->ids);
	free(l->looked);
	free(l->holes);
	free(l);
	memmove(&b->lanes[n], &b->lanes[n + 1], (--b->lane_count - n) * sizeof(*b->lanes));
}

static unsigned lane_members(const struct pair_backend *b, const struct pair_lane *l)
{
	unsigned n = 0;

	for (size_t i = 0; i < b->tracer_count; i++)
		n += b->tracers[i]->lane == l;
	return n;
}

/* All that look at the same rows from now on do so in one lane. */
static void lanes_join(struct pair_backend *b)
{
	for (unsigned n = b->lane_count; n-- > 1;) {
		struct pair_lane *l = b->lanes[n];

		if (!l->done || !b->lanes[0]->done)
			continue;
		for (size_t i = 0; i < b->tracer_count; i++)
			if (b->tracers[i]->lane == l)
				b->tracers[i]->lane = b->lanes[0];
		lane_free(b, n);
		routes_forget(b->lanes[0]);
	}
}

/* One that has looked at nothing yet: several that are switched on at once come in one order. */
static struct pair_lane *lane_fresh(const struct pair_backend *b)
{
	for (unsigned n = 0; n < b->lane_count; n++)
		if (!b->lanes[n]->at && !b->lanes[n]->done)
			return b->lanes[n];
	return NULL;
}

void pair_flow_add(struct pair_backend *b, struct pair_tracer *t)
{
	struct pair_lane *l = t->was_on ? NULL : lane_fresh(b);

	if (l) {
		t->lane = l;
		routes_forget(l);
		return;
	}

	if (!b->lane_count) {
		b->horizon = 0;
		pair_origins_horizon(b);
	}
	l = lane_new(b);
	t->lane = l;
	if (!t->was_on)
		return;
	l->at = t->until;
	cursor_seek(l->cursor, t->until);
	for (unsigned i = 0; i < t->work_count; i++)
		t->works[i].gap = b->backend->env->guard ? clock_mono() : 0; /* live */
}

void pair_flow_remove(struct pair_backend *b, struct pair_tracer *t)
{
	struct pair_lane *l = t->lane;

	t->lane = NULL;
	t->until = l->at;
	t->was_on = true;
	routes_forget(l);
	if (lane_members(b, l))
		return;
	for (unsigned n = 0; n < b->lane_count; n++)
		if (b->lanes[n] == l)
			lane_free(b, n);
}

void pair_flow_close(struct pair_backend *b)
{
	while (b->lane_count)
		lane_free(b, b->lane_count - 1);
	free(b->lanes);
}

/* ---- what is missing ---- */

static void tell_loss(struct pair_backend *b, const struct pair_lane *l, const struct pair_hole *h)
{
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct pair_tracer *t = b->tracers[i];

		for (unsigned k = 0; t->lane == l && k < t->work_count; k++)
			if (!h->from || t->works[k].origin->from == h->from)
				pair_loss(t->works[k].pair, h->cpu, h->ts);
	}
}

static void add_hole(struct pair_lane *l, const struct run *r, uint64_t ts)
{
	unsigned at = l->hole_count++;

	l->holes = xrealloc(l->holes, l->hole_count, sizeof(*l->holes));
	for (; at && l->holes[at - 1].ts > ts; at--)
		l->holes[at] = l->holes[at - 1];
	l->holes[at] = (struct pair_hole) { .ts = ts, .from = r->source->schemas, .cpu = r->cpu };
}

/* What is open behind the last row before a hole may end in it, what is open at its end as well. */
static void look_at_run(struct pair_lane *l, const struct run *r, uint64_t *looked)
{
	uint64_t end = r->base + r->count;

	for (uint64_t n = MAX(*looked, r->base); n < end; n++) {
		const struct page *p = run_page(r, n), *before = run_page(r, n - 1);

		if (!p->lost)
			continue;
		if (n > r->base && before->last < p->first)
			add_hole(l, r, before->last + 1);
		add_hole(l, r, p->first);
	}
	*looked = end;
}

static void look_at_losses(struct pair_backend *b, struct pair_lane *l)
{
	const struct run *r;

	for (unsigned i = 0; (r = store_run_at(b->backend->env->store, i)); i++) {
		if (i >= l->looked_count) {
			l->looked = xrealloc(l->looked, i + 1, sizeof(*l->looked));
			l->looked[l->looked_count++] = 0;
		}
		if (!(r->source->flags & (SOURCE_DERIVED | SOURCE_HIDDEN)))
			look_at_run(l, r, &l->looked[i]);
	}
}

static void pass_holes(struct pair_backend *b, struct pair_lane *l, uint64_t ts)
{
	unsigned n = 0;

	while (n < l->hole_count && l->holes[n].ts <= ts)
		tell_loss(b, l, &l->holes[n++]);
	if (!n)
		return;
	memmove(l->holes, l->holes + n, (l->hole_count - n) * sizeof(*l->holes));
	l->hole_count -= n;
}

/* ---- rows ---- */

static inline void take_row(struct pair_backend *b, struct pair_lane *l, const struct row *r)
{
	const struct pair_routes *to = routes_of(b, l, r->schema);
	struct pair_out out;

	for (unsigned i = 0; i < to->count; i++) {
		const struct pair_route *way = &to->v[i];

		if (unlikely(way->work->gap && r->ts >= way->work->gap)) {
			pair_gap(way->work->pair, way->work->gap);
			way->work->gap = 0;
		}
		if (pair_row(way->work->pair, way->side, r, &out))
			pair_origin_add(b, way->work->origin, &out);
	}
}

/* Looks at about budget bytes of rows below the horizon; what is left of the budget. */
static int64_t lane_work(struct pair_backend *b, struct pair_lane *l, int64_t budget, uint64_t to,
			 struct err *e)
{
	struct row r = { 0 };
	int rc = 0;

	look_at_losses(b, l);
	if (!l->chosen)
		choose(b, l);
	l->done = false;
	while (budget > 0 && rc >= 0) {
		if (unlikely(b->full))
			rc = pair_origins_flush(b, e);
		if (!cursor_next(l->cursor, to, &r)) {
			l->done = true;
			if (to)
				pass_holes(b, l, to - 1);
			break;
		}
		budget -= r.size + 4;
		if (unlikely(l->hole_count && l->holes[0].ts <= r.ts))
			pass_holes(b, l, r.ts);
		if (likely(r.schema && !(r.flags & ROW_DAMAGED)))
			take_row(b, l, &r);
	}
	if (cursor_skipped(l->cursor))
		tell_loss(b, l, &(struct pair_hole) { .ts = UINT64_MAX, .cpu = CPU_NONE });
	l->at = MAX(l->at, l->done ? to : r.ts);
	return rc < 0 ? rc : MAX(budget, 0);
}

/* The store was filled from somewhere else: all is derived again of what is there now. */
static void restart(struct pair_backend *b)
{
	b->epoch = store_epoch(b->backend->env->store);
	b->horizon = b->no_room = 0;
	pair_origins_drop(b);
	for (unsigned n = 0; n < b->lane_count; n++) {
		struct pair_lane *l = b->lanes[n];

		l->at = l->hole_count = 0;
		memset(l->looked, 0, l->looked_count * sizeof(*l->looked));
	}
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct pair_tracer *t = b->tracers[i];

		t->was_on = false;
		for (unsigned k = 0; k < t->work_count; k++)
			pair_reset(t->works[k].pair);
	}
}

/* Events that came to be known since, or machines. */
static void look_for_events(struct pair_backend *b)
{
	bool changed = false;

	pair_origins_look(b);
	for (unsigned i = 0; i < b->origin_count; i++) {
		struct pair_origin *o = b->origins[i];

		changed |= o->gen != o->from->gen || o->added != o->from->added;
		o->gen = o->from->gen;
		o->added = o->from->added;
	}
	for (size_t i = 0; changed && i < b->tracer_count; i++)
		if (b->tracers[i]->lane && pair_tracer_bind(b, b->tracers[i], NULL) > 0)
			routes_forget(b->tracers[i]->lane);
}

/*
 * Below which time rows are looked at. The screen does not wait for a source that we had no time
 * to read, and shows its rows late; here what comes late would be in no pair at all, so a slow
 * machine has longer.
 */
static uint64_t given_to(const struct backend_env *env)
{
	uint64_t now = env->guard ? clock_mono() : 0;

	return store_horizon_given(env->store, now > PATIENCE ? now - PATIENCE : 0);
}

int64_t pair_drain(struct backend *backend, size_t budget, bool final, struct err *e)
{
	struct pair_backend *b = backend->state;
	const struct backend_env *env = backend->env;
	uint64_t to = final ? UINT64_MAX : given_to(env);
	/* More than others bring in a slice of theirs, or they would wait for us ever longer. */
	int64_t left = (int64_t)MIN(budget, (size_t)INT64_MAX / 4) * 4;
	uint64_t at = UINT64_MAX;
	bool done = true;
	int rc;

	if (!b->started && !final)
		return 0;
	if (b->epoch != store_epoch(env->store))
		restart(b);
	if (b->lane_count)
		look_for_events(b);
	for (unsigned n = 0; n < b->lane_count && left >= 0; n++) {
		left = lane_work(b, b->lanes[n], left, to, e);
		done &= b->lanes[n]->done;
		at = MIN(at, b->lanes[n]->at);
	}
	rc = left < 0 ? (int)left : pair_origins_flush(b, e);
	if (rc < 0)
		return rc;
	/* What comes of one that has to catch up is late, and holds nobody back. */
	b->horizon = MAX(b->horizon, at);
	lanes_join(b);
	pair_origins_horizon(b);
	return done ? 0 : 1;
}

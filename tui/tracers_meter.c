/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_meter: which tracers are on and how much they give.
 *
 * The summary counts by schema; a schema's events belong to the tracer of its name, or to its group
 * while that was not listed. A tracer with a buffer of its own counts by itself. Sums go from the
 * leaves to the backend. Everything is looked at once a second, never for a frame.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tui/tracers.h"

#define SAMPLE	      NSEC_PER_SEC
#define OTHERS_PERIOD (2 * NSEC_PER_SEC)

/* ---- states ---- */

void tree_count(struct node *n)
{
	unsigned total = 0, on = 0, failed = 0, starting = 0;

	for (size_t i = 0; i < n->count; i++) {
		struct node *c = n->children[i];

		if (c->kind == NODE_TRACER) {
			total++;
			on += c->state == TRACER_ON;
			failed += c->state == TRACER_FAILED;
			starting += c->state == TRACER_STARTING;
			continue;
		}
		if (c->kind == NODE_OTHERS || c->kind == NODE_MISSING)
			continue;
		tree_count(c);
		total += c->total;
		on += c->on;
		failed += c->failed;
		starting += c->starting;
	}
	/* What was not listed knows its numbers from the backend. */
	if (n->kind == NODE_GROUP && !n->loaded)
		return;
	n->total = total;
	n->on = on;
	n->failed = failed;
	n->starting = starting;
}

void tree_status(struct tracers *t, struct node *n)
{
	struct backend *b = node_backend(t, n);
	struct tracer_status s = { 0 };

	if (!b || b->ops->status(b, n->parent->name, n->name, &s) < 0)
		return;
	n->state = s.state;
	if (s.state == TRACER_STARTING)
		t->waiting = true;
	if (s.counts)
		n->fresh = s.events;
	if (b->ops->watch && s.state == TRACER_ON) {
		if (!n->spent)
			n->spent = xcalloc(1, sizeof(*n->spent));
		cost_take(n->spent, &s, ui_now(t->ui));
	}
	if (s.state != TRACER_FAILED || !s.reason[0]) {
		free(n->reason);
		n->reason = NULL;
	} else if (!n->reason || strcmp(n->reason, s.reason) != 0) {
		free(n->reason);
		n->reason = xstrdup(s.reason);
	}
}

struct groups_ctx {
	struct tracers *t;
	struct node *parent;
	size_t at;
	bool more; /* there are others than we know */
	bool derives;
	struct node *grown; /* has others than it had */
};

/* A group in which something is on, or was, is listed and its tracers asked. */
static int look_at_group(const struct tracer_group *info, void *data)
{
	struct groups_ctx *c = data;
	struct node *p = c->parent, *g = NULL;

	for (size_t k = 0; k < p->count && !g; k++, c->at++)
		if (!strcmp(p->children[c->at % p->count]->name, info->name))
			g = p->children[c->at % p->count];
	if (!g) {
		c->more = true;
		return 0;
	}
	if (!g->loaded && (info->on || info->failed))
		tree_load(c->t, g, false);
	else if (c->derives && g->loaded && info->count != g->count)
		c->grown = g;
	else if (g->loaded && (info->on || info->failed || g->on || g->failed || g->starting))
		for (size_t i = 0; i < g->count; i++)
			tree_status(c->t, g->children[i]);
	return 0;
}

static void look_at_backend(struct tracers *t, struct node *n)
{
	struct backend *b = node_backend(t, n);
	struct groups_ctx c = { .t = t, .parent = n };

	if (n->kind != NODE_BACKEND || !b)
		return;
	c.derives = b->ops->caps & BACKEND_DERIVES;
	if (!b->ops->groups) {
		tree_load(t, n, true);
		return;
	}
	b->ops->groups(b, false, look_at_group, &c, NULL);
	if (c.more || c.grown)
		tree_load(t, n, true);
	if (c.grown)
		tree_load(t, c.grown, true);
}

/* ---- events ---- */

static struct node *child_named(const struct node *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (!strcmp(n->children[i]->name, name))
			return n->children[i];
	return NULL;
}

/* Whose the events of a schema are; NULL: nobody's here. */
static struct node *owner_of(struct tracers *t, const struct schema *s)
{
	for (size_t i = 0; i < t->root.count; i++) {
		struct node *b = t->root.children[i], *g, *n;

		if (b->kind != NODE_BACKEND)
			continue;
		g = child_named(b, s->system);
		n = g ? child_named(g, s->name) : NULL;
		if (g)
			return n ? n : g;
	}
	return NULL;
}

static void clear_fresh(struct node *n)
{
	n->fresh = 0;
	for (size_t i = 0; i < n->count; i++)
		clear_fresh(n->children[i]);
}

static void add_totals(struct tracers *t)
{
	const struct summary *s = deck_summary(ui_deck(t->ui));
	_cleanup_free_ uint64_t *totals = xcalloc(s->schema_cap + 1, sizeof(*totals));

	summary_totals(s, totals, s->schema_cap);
	if (t->index_count < s->schema_cap) {
		t->by_index = xrealloc(t->by_index, s->schema_cap, sizeof(*t->by_index));
		memset(t->by_index + t->index_count, 0,
		       (s->schema_cap - t->index_count) * sizeof(*t->by_index));
		t->index_count = s->schema_cap;
	}
	for (uint32_t i = 0; i < s->schema_cap; i++) {
		if (!totals[i])
			continue;
		if (!t->by_index[i])
			t->by_index[i] = owner_of(t, s->schemas[i]);
		if (t->by_index[i])
			t->by_index[i]->fresh += totals[i];
	}
}

/* Takes what came in ns nanoseconds over as a rate, once for each second of them. */
static void meter_add(struct meter *m, uint64_t events, uint64_t ns, bool live)
{
	uint64_t seconds = ns / SAMPLE;

	/* What is off is not asked for its count. */
	if (events < m->events)
		events = m->events;
	if (live && m->begun && ns) {
		m->rate = (events - m->events) * NSEC_PER_SEC / ns;
		seconds = seconds < 1 ? 1 : seconds > TREND ? TREND : seconds;
		memmove(m->trend, m->trend + seconds, (TREND - seconds) * sizeof(*m->trend));
		for (uint64_t i = 0; i < seconds; i++)
			m->trend[TREND - 1 - i] =
			    (uint32_t)(m->rate < UINT32_MAX ? m->rate : UINT32_MAX);
	}
	m->events = events;
	m->begun = true;
}

/* A tracer that gave something before it was looked at the first time counts from nothing. */
static uint64_t take_fresh(struct tracers *t, struct node *n, uint64_t ns, bool live)
{
	for (size_t i = 0; i < n->count; i++)
		n->fresh += take_fresh(t, n->children[i], ns, live);
	if (!n->meter && (n->fresh || n->state == TRACER_ON)) {
		n->meter = xcalloc(1, sizeof(*n->meter));
		n->meter->begun = t->sampled != 0;
	}
	if (n->meter)
		meter_add(n->meter, n->fresh, ns, live);
	return n->fresh;
}

static void take_events(struct tracers *t, uint64_t ns, bool flow)
{
	for (size_t i = 0; i < t->root.count; i++) {
		struct node *n = t->root.children[i];

		if (n->kind == NODE_BACKEND)
			take_fresh(t, n, ns, flow);
	}
}

/* Events in all: in a recording time stands still while they come. */
static uint64_t count_arrived(const struct tracers *t)
{
	struct store *store = deck_store(ui_deck(t->ui));
	const struct source *src;
	uint64_t n = 0;

	for (unsigned i = 0; (src = store_source_at(store, i)); i++)
		n += src->flags & SOURCE_HIDDEN ? 0 : src->events;
	return n;
}

static void look_at_others(struct tracers *t, uint64_t now)
{
	if (now < t->others_at + OTHERS_PERIOD)
		return;
	for (size_t i = 0; i < t->root.count; i++)
		if (t->root.children[i]->kind == NODE_OTHERS && t->root.children[i]->unfolded)
			tree_load(t, t->root.children[i], true);
}

static bool has_live(const struct tracers *t)
{
	for (size_t i = 0; i < t->root.count; i++) {
		const struct backend *b = node_backend(t, t->root.children[i]);

		if (b && b->ops->caps & BACKEND_LIVE)
			return true;
	}
	return false;
}

static void look_at_backends(struct tracers *t)
{
	t->waiting = false;
	for (size_t i = 0; i < t->root.count; i++)
		look_at_backend(t, t->root.children[i]);
	tree_count(&t->root);
	t->stale |= t->only_on;
}

/* What was counted up to another time. */
static void forget_meters(struct node *n)
{
	if (n->meter)
		*n->meter = (struct meter) { 0 };
	for (size_t i = 0; i < n->count; i++)
		forget_meters(n->children[i]);
}

/* A recording that plays is as good as live; what it counts begins anew with each play. */
static bool has_flow(struct tracers *t)
{
	if (t->turns != ui_turns(t->ui)) {
		t->turns = ui_turns(t->ui);
		t->sampled = 0;
		forget_meters(&t->root);
	}
	return has_live(t) || ui_playing(t->ui)->playing;
}

bool tree_sample(struct tracers *t)
{
	bool flow = has_flow(t);
	uint64_t now = ui_now(t->ui), arrived = count_arrived(t);
	uint64_t ns = t->sampled && now > t->sampled ? now - t->sampled : 0;
	/* In a recording there are no seconds; there is what came since. */
	bool due = flow ? ns >= SAMPLE : arrived != t->arrived;

	/* Somebody went a step: counts, but no rate. */
	if (ui_playing(t->ui)->still && now != t->sampled) {
		due = true;
		ns = 0;
	}
	if (t->sampled && !due) {
		if (!t->waiting)
			return false;
		look_at_backends(t);
		return true;
	}
	clear_fresh(&t->root);
	look_at_backends(t);
	look_at_others(t, now);
	add_totals(t);
	take_events(t, ns, flow);
	t->sampled = now ? now : 1;
	t->arrived = arrived;
	return true;
}

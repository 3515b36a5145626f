/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouping: counting on in steps, and which table is shown in which order.
 *
 * Owns spec, fold and tables. Rows of a table are numbers that hold until groups are joined or it
 * begins anew; the order is made again then, before anybody draws.
 */
#include "tui/grouping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/util.h"

#define SLICE	   (5 * NSEC_PER_MSEC)
#define SORT_SLICE (5 * NSEC_PER_MSEC)
#define STEP_BYTES (256u << 10)
#define PERIOD	   (250 * NSEC_PER_MSEC) /* an order holds so long, while rows come */
#define COST_SHARE 20			 /* and so much longer than it takes to make */
#define STAND	   (400 * NSEC_PER_MSEC) /* the old table stands so long while the new one fills */
#define TICK	   NSEC_PER_SEC

void grouping_init(struct grouping *g, struct deck *d)
{
	*g = (struct grouping) { .deck = d };
}

/* ---- counting ---- */

static void drop_copy(struct grouping *g)
{
	group_free(g->copy);
	g->copy = NULL;
}

/* Stops counting; what was counted goes. */
static void stop(struct grouping *g)
{
	fold_free(g->fold);
	group_free(g->table);
	group_free(g->old);
	drop_copy(g);
	g->fold = NULL;
	g->table = g->old = NULL;
	g->shown = NULL;
	g->held = g->busy = g->complete = false;
	g->count = g->groups = 0;
	g->sorting.runs = false;
	g->joined = g->looked = 0;
	g->stats = g->shown_stats = (struct fold_stats) { 0 };
	g->turn++;
}

void grouping_done(struct grouping *g)
{
	stop(g);
	group_spec_free(g->spec);
	filter_free(g->filter);
	order_done(g);
	*g = (struct grouping) { .deck = g->deck };
}

/* Rows come from the beginning into a table of their own. */
static void begin(struct grouping *g)
{
	struct group_conf table = {
		.spec = g->spec,
		.identity = deck_identity(g->deck),
		.memory = g->memory,
	};
	struct fold_conf fold = {
		.store = deck_store(g->deck),
		.filter = g->filter,
		.identity = deck_identity(g->deck),
		.ops = &group_fold_ops,
		.newest_first = true,
	};

	fold_free(g->fold);
	g->table = group_new(&table);
	fold.data = g->table;
	g->fold = fold_new(&fold);
	g->stats = (struct fold_stats) { 0 };
	g->began = clock_mono();
	g->ticked = 0;
	g->busy = true;
	g->joining = g->complete = false;
}

int grouping_ask(struct grouping *g, const char *by, const char *show, struct err *e)
{
	struct group_spec *s = NULL;
	int rc = group_spec_parse(by, show && *show ? show : NULL, &s, e);

	if (rc < 0)
		return rc;
	stop(g);
	group_spec_free(g->spec);
	g->spec = s;
	grouping_columns(g);
	g->sort = s->measure_count ? s->key_count : 0;
	g->descending = grouping_falls(g, g->sort);
	return 0;
}

int grouping_check(const struct grouping *g, const char *by, const char *show, struct err *e)
{
	const struct schema_set *sets[64];
	struct group_spec *s = NULL;
	const struct source *src;
	size_t count = 0;
	int rc = group_spec_parse(by, show && *show ? show : NULL, &s, e);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; (src = store_source_at(deck_store(g->deck), i)); i++)
		if (!(src->flags & SOURCE_HIDDEN) && count < ARRAY_SIZE(sets))
			sets[count++] = src->schemas;
	rc = group_spec_check(s, by, show && *show ? show : NULL, sets, count, e);
	group_spec_free(s);
	return rc;
}

void grouping_filter(struct grouping *g, struct filter *f)
{
	struct filter *before = g->filter;

	g->filter = f;
	if (g->fold) {
		/* The older of two tables that nobody saw yet is the one that is shown. */
		if (g->old)
			group_free(g->table);
		else
			g->old = g->table;
		begin(g);
	}
	filter_free(before);
}

void grouping_settle(struct grouping *g)
{
	if (g->table)
		group_settle(g->table);
	if (g->old)
		group_settle(g->old);
	if (g->copy)
		group_settle(g->copy);
}

/* The horizon, but never beyond the rows there are: so it stands still when nothing comes. */
static uint64_t horizon_of(const struct grouping *g)
{
	struct store_stats stats;

	store_stats(deck_store(g->deck), &stats);
	return MIN(deck_horizon(g->deck), stats.last + 1);
}

/* A slice of counting; true when something was counted. */
static bool count_on(struct grouping *g)
{
	uint64_t until = clock_mono() + SLICE, horizon = horizon_of(g);
	uint64_t version = store_version(deck_store(g->deck));
	uint64_t rows = g->stats.rows, lost = g->stats.lost + g->stats.lost_unknown;

	if (!g->busy && version == g->version && horizon == g->horizon)
		return false;
	g->version = version;
	g->horizon = horizon;
	do {
		g->joining = group_work(g->table, until);
		g->busy = g->joining || fold_work(g->fold, horizon, STEP_BYTES);
	} while (g->busy && clock_mono() < until);
	g->complete |= !g->busy;
	fold_stats(g->fold, &g->stats);
	return g->busy || g->stats.rows != rows || g->stats.lost + g->stats.lost_unknown != lost;
}

/* ---- order ---- */

/* A new order is there; how long it took says how often there is one. */
static void adopt(struct grouping *g)
{
	g->groups = g->count - (g->joined != 0);
	g->looked_mono = clock_mono();
	g->period = MAX(PERIOD, g->sorting.spent * COST_SHARE);
}

/* An order of the rows there are now, whatever there was. */
static void arrange(struct grouping *g)
{
	g->joined = g->shown ? group_joined(g->shown) : 0;
	order_first(g);
	adopt(g);
}

void grouping_sort(struct grouping *g, unsigned column, bool descending)
{
	g->sort = column;
	g->descending = descending;
	arrange(g);
}

bool grouping_falls(const struct grouping *g, unsigned column)
{
	return column >= g->spec->key_count &&
	       g->spec->measures[column - g->spec->key_count].kind != MEASURE_FIRST;
}

/* ---- which table ---- */

static void show(struct grouping *g, const struct group_table *t)
{
	if (g->shown == t)
		return;
	g->shown = t;
	g->turn++;
}

/* The new table replaces the old one when it is whole, or has rows and time went by. */
static void choose(struct grouping *g)
{
	bool ready = !g->busy || (group_count(g->table) && clock_mono() - g->began >= STAND);

	if (g->held) {
		show(g, g->copy);
		return;
	}
	if (g->old && !ready) {
		show(g, g->old);
		return;
	}
	show(g, g->table);
	group_free(g->old);
	g->old = NULL;
	g->shown_stats = g->stats;
}

void grouping_hold(struct grouping *g, bool on)
{
	if (!g->shown || g->held == on)
		return;
	if (on)
		g->copy = group_copy(g->shown);
	g->held = on;
	choose(g);
	if (!on)
		drop_copy(g);
	arrange(g);
}

/* ---- looking ---- */

/* Rows of the order are not what they were. */
static bool is_void(const struct grouping *g)
{
	uint32_t needed = g->sorting.runs ? MAX(g->count, g->sorting.count) : g->count;

	return group_count(g->shown) < needed || group_joined(g->shown) != g->joined;
}

/* By our own clock: a recorded one may stand still, or run. */
static bool is_due(const struct grouping *g, const struct grouping_time *t)
{
	if (!g->looked || t->now < g->looked || (!g->busy && t->ended))
		return true;
	return clock_mono() - g->looked_mono >= g->period;
}

static bool wants_order(const struct grouping *g, const struct grouping_time *t)
{
	return g->stale && !g->held && !g->sorting.runs && t->seen && is_due(g, t);
}

/* Rows that are only looked at now are not of this second. */
static void tick(struct grouping *g, const struct grouping_time *t)
{
	if (!t->live || t->ended || !g->complete || g->joining ||
	    (g->ticked && t->now >= g->ticked && t->now - g->ticked < TICK))
		return;
	group_tick(g->table, t->now);
	g->ticked = t->now;
}

unsigned grouping_work(struct grouping *g, const struct grouping_time *t)
{
	uint64_t turn = g->turn, ticked = g->ticked;
	bool changed, more, draw = false;

	if (!g->spec || (!g->fold && !t->seen))
		return 0;
	if (!g->fold)
		begin(g);
	changed = count_on(g);
	tick(g, t);
	changed |= ticked != g->ticked;
	choose(g);
	g->stale |= changed;
	if (group_count(g->shown) < g->count)
		g->turn++; /* it began anew: ids mean nothing any more */
	if (turn != g->turn || is_void(g)) {
		arrange(g);
		g->stale = false;
		draw = true;
	} else if (wants_order(g, t)) {
		order_begin(g);
		g->stale = false; /* but for what comes while it is made */
	}
	if (g->sorting.runs && order_work(g, clock_mono() + SORT_SLICE)) {
		adopt(g);
		draw = true;
	}
	if (draw)
		g->looked = MAX(t->now, 1);
	more = g->busy || g->sorting.runs || wants_order(g, t);
	return (draw ? GROUPING_DRAW : 0) | (more ? GROUPING_MORE : 0);
}

/* ---- rows ---- */

bool grouping_at(const struct grouping *g, uint64_t place, uint32_t *ret_row)
{
	if (place >= g->count)
		return false;
	*ret_row = g->order[place];
	return true;
}

bool grouping_find(const struct grouping *g, uint64_t id, uint64_t *ret)
{
	for (uint32_t i = 0; i < g->count; i++) {
		if (group_id(g->shown, g->order[i]) != id)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

void grouping_name(const struct grouping *g, uint32_t row, struct strbuf *out)
{
	if (group_is_other(g->shown, row))
		return;
	for (unsigned k = 0; k < g->spec->key_count; k++) {
		group_text(g->shown, row, k, out);
		strbuf_char(out, '\n');
	}
}

bool grouping_find_name(const struct grouping *g, const char *name, uint64_t *ret)
{
	struct strbuf b = { 0 };
	bool found = false;

	for (uint32_t i = 0; i < g->count && !found; i++) {
		strbuf_clear(&b);
		grouping_name(g, g->order[i], &b);
		found = !strcmp(strbuf_cstr(&b), name);
		*ret = i;
	}
	strbuf_done(&b);
	return found;
}

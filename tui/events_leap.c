/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_leap: the next row that passes the filter, wherever it is.
 *
 * Row by row as long as rows pass now and then. After many that do not, the pages are asked one by
 * one in the order of time, which costs a fifth and is remembered, and the cursor is put where the
 * next row that passes can be at the soonest. What a leap leaves out is exactly rows that do not
 * pass: wherever that is not sure (a clock that was set back) it leaves out nothing.
 */
#include "core/util.h"
#include "tui/events.h"

/* A look for the next row in one direction from a time on. */
struct leap {
	const struct sieve *sieve;
	struct budget *budget;
	bool ahead;
	uint64_t ts;	/* back: rows before it; ahead: from it on */
	uint64_t limit; /* ahead: rows below it */
	bool any;	/* there is one, at: */
	uint64_t found;
	bool unsure; /* times fell within a page */
};

static const struct run *visible_run(const struct leap *l, unsigned i)
{
	const struct run *r = store_run_at(l->sieve->tally->store, i);

	return r && !(r->source->flags & SOURCE_HIDDEN) ? r : NULL;
}

static bool loss_passes(const struct leap *l, const struct run *r, const struct page *p)
{
	uint64_t from = l->ahead ? l->ts : 0, limit = l->ahead ? l->limit : l->ts;
	struct row row;

	if (!p->lost || p->first < from || p->first >= limit)
		return false;
	row = loss_row(r, p);
	return sieve_passes(l->sieve, &row);
}

static void note(struct leap *l, uint64_t ts)
{
	if (!l->any || (l->ahead ? ts < l->found : ts > l->found))
		l->found = ts;
	l->any = true;
}

/*
 * What passes of a page whose rows are all below limit, or final; NULL when some are not. Found
 * once and remembered.
 */
static const struct filter_place *whole_page(struct leap *l, const struct run *r, uint64_t number,
					     uint64_t limit)
{
	struct tally *t = l->sieve->tally;
	const struct filter_place *place;

	limit = MAX(limit, t->horizon);
	if (run_page(r, number)->last >= limit)
		return NULL;
	place = tally_page(t, r, number, limit, l->budget);
	l->unsure |= place->fell;
	return place;
}

/* Goes on over a page to a time. */
static void scan_part(struct leap *l, const struct run *r, const struct page *p, uint64_t limit,
		      struct filter_place *part)
{
	uint32_t at = part->at;

	filter_scan_page(l->sieve->tally->scan, r, p, limit, part);
	tally_charge(l->budget, part->at - at);
}

/* Whether rows that pass may be between two times. */
static bool has_rows(const struct filter_place *place, uint64_t from, uint64_t limit)
{
	return place->shown && place->last >= from && place->first < limit;
}

/* ---- back ---- */

/* Notes the last row of a page that passes. */
static void look_back(struct leap *l, const struct run *r, uint64_t number)
{
	const struct page *p = run_page(r, number);
	const struct filter_place *place = whole_page(l, r, number, l->ts);
	struct filter_place part = { 0 };

	if (!place || (has_rows(place, 0, l->ts) && place->last >= l->ts)) {
		scan_part(l, r, p, l->ts, &part);
		place = &part;
	}
	l->unsure |= place->fell;
	if (has_rows(place, 0, l->ts))
		note(l, place->last);
	if (loss_passes(l, r, p))
		note(l, p->first);
}

/* The run whose next page ends last, and the time of that; NULL when no page is left. */
static const struct run *latest(const struct leap *l, uint64_t *key)
{
	const struct tally *t = l->sieve->tally;
	const struct run *best = NULL, *r;

	for (unsigned i = 0; i < t->run_count; i++) {
		uint64_t last;

		r = visible_run(l, i);
		if (!r || t->places[i] <= r->base)
			continue;
		last = MIN(run_page(r, t->places[i] - 1)->last, l->ts - 1);
		if (best && last <= *key)
			continue;
		best = r;
		*key = last;
	}
	return best;
}

/*
 * The time of the last row before l->ts that passes: none is between the two. Spent: the same is
 * known of *to.
 */
static enum step leap_back(struct leap *l, uint64_t *to)
{
	struct tally *t = l->sieve->tally;
	const struct run *r;
	uint64_t key = 0;

	tally_begin(t, l->sieve);
	l->unsure = t->fell;
	for (unsigned i = 0; i < t->run_count; i++)
		t->places[i] = run_page_from(store_run_at(t->store, i), PAGE_FIRST, l->ts);
	while (!l->unsure) {
		r = latest(l, &key);
		if (!r || (l->any && key <= l->found))
			break;
		*to = l->any ? MAX(key, l->found) : key;
		if (budget_over(l->budget))
			return STEP_SPENT;
		look_back(l, r, --t->places[r->index]);
	}
	*to = l->unsure ? l->ts - 1 : l->found;
	return l->any || l->unsure ? STEP_ROW : STEP_END;
}

enum step sieve_prev(const struct sieve *s, struct cursor *c, uint64_t floor, uint64_t limit,
		     struct budget *b, struct row *r)
{
	unsigned missed = 0;

	for (;;) {
		struct leap l = { .sieve = s, .budget = b };
		enum step step;
		uint64_t to;

		if (budget_spent(b))
			return STEP_SPENT;
		if (!cursor_prev(c, r) || r->ts < floor)
			return STEP_END;
		/* The page a cursor stands behind may have grown since it was put there. */
		if (r->ts >= limit)
			continue;
		if (sieve_passes(s, r))
			return STEP_ROW;
		if (!s->tally || s->tally->fell || ++missed < s->tally->leap)
			continue;
		missed = 0;
		l.ts = r->ts + 1; /* there may be more of the same time */
		step = leap_back(&l, &to);
		if (step == STEP_END)
			to = 0;
		if (to < r->ts) {
			cursor_seek(c, step == STEP_END ? 0 : to + 1);
			r->ts = to + 1;
		}
		if (step != STEP_ROW)
			return step;
	}
}

/* ---- ahead ---- */

/* Notes the first row of a page that passes. */
static void look_ahead(struct leap *l, const struct run *r, uint64_t number)
{
	const struct page *p = run_page(r, number);
	const struct filter_place *place = whole_page(l, r, number, l->limit);
	struct filter_place part = { 0 };

	if (!place || (has_rows(place, l->ts, l->limit) && place->first < l->ts)) {
		scan_part(l, r, p, MIN(l->ts, l->limit), &part);
		part.shown = 0;
		scan_part(l, r, p, l->limit, &part);
		place = &part;
	}
	l->unsure |= place->fell;
	if (has_rows(place, l->ts, l->limit))
		note(l, place->first);
	if (loss_passes(l, r, p))
		note(l, p->first);
}

/* The run whose next page begins first, below the limit. */
static const struct run *earliest(const struct leap *l, uint64_t *key)
{
	const struct tally *t = l->sieve->tally;
	const struct run *best = NULL, *r;

	for (unsigned i = 0; i < t->run_count; i++) {
		const struct page *p;
		uint64_t first;

		r = visible_run(l, i);
		p = r ? run_page(r, t->places[i]) : NULL;
		first = p ? MAX(p->first, l->ts) : UINT64_MAX;
		if (first >= l->limit || (best && first >= *key))
			continue;
		best = r;
		*key = first;
	}
	return best;
}

/* As leap_back: the time of the first row from l->ts on that passes. */
static enum step leap_ahead(struct leap *l, uint64_t *to)
{
	struct tally *t = l->sieve->tally;
	const struct run *r;
	uint64_t key = 0;

	tally_begin(t, l->sieve);
	l->unsure = t->fell;
	for (unsigned i = 0; i < t->run_count; i++)
		t->places[i] = run_page_from(store_run_at(t->store, i), PAGE_LAST, l->ts);
	while (!l->unsure) {
		r = earliest(l, &key);
		if (!r || (l->any && key >= l->found))
			break;
		*to = l->any ? MIN(key, l->found) : key;
		if (budget_over(l->budget))
			return STEP_SPENT;
		look_ahead(l, r, t->places[r->index]++);
	}
	*to = l->unsure ? l->ts : l->any ? l->found : l->limit;
	return l->any || l->unsure ? STEP_ROW : STEP_END;
}

enum step sieve_next(const struct sieve *s, struct cursor *c, uint64_t limit, struct budget *b,
		     struct row *r)
{
	unsigned missed = 0;

	for (;;) {
		struct leap l = { .sieve = s, .budget = b, .ahead = true, .limit = limit };
		enum step step;
		uint64_t to;

		if (budget_spent(b))
			return STEP_SPENT;
		if (!cursor_next(c, limit, r))
			return STEP_END;
		if (sieve_passes(s, r))
			return STEP_ROW;
		if (!s->tally || s->tally->fell || ++missed < s->tally->leap)
			continue;
		missed = 0;
		l.ts = r->ts;
		step = leap_ahead(&l, &to);
		if (to > r->ts)
			cursor_seek(c, to);
		if (step != STEP_ROW)
			return step;
	}
}

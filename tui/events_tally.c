/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_tally: how many rows pass the filter and how many it hides.
 *
 * Counted by the way, page by page and without making rows, so that what leaves the store leaves
 * the sums and they stay exact. What is known of a page serves searches too (events_leap.c). Also
 * answers from the directory of pages alone how many events there were up to a time. Never waited
 * for: a sum that is not complete yet says so.
 */
#include <stdlib.h>

#include "core/util.h"
#include "tui/events.h"

#define LEAP 512

/* A record that is only counted costs so much less than a row that a budget is made for. */
#define CHEAPER 4

void tally_init(struct tally *t, struct store *s)
{
	*t = (struct tally) { .store = s, .leap = LEAP };
}

static void free_runs(struct tally *t)
{
	for (unsigned i = 0; i < t->run_count; i++)
		free(t->runs[i].pages);
	free(t->runs);
	free(t->places);
	t->runs = NULL;
	t->places = NULL;
	t->run_count = 0;
}

void tally_done(struct tally *t)
{
	free_runs(t);
	filter_scan_free(t->scan);
	*t = (struct tally) { 0 };
}

void tally_restart(struct tally *t)
{
	free_runs(t);
	filter_scan_free(t->scan);
	t->scan = NULL;
	t->shown = t->hidden = 0;
	t->complete = t->fell = false;
	t->horizon = 0;
}

/* Takes what was counted of pages that left out of the sums. */
static void forget(struct tally *t, struct tally_run *r, uint64_t base)
{
	while (r->count && r->base < base) {
		t->shown -= r->pages[r->first].shown;
		t->hidden -= r->pages[r->first].hidden;
		r->first++;
		r->count--;
		r->base++;
	}
	if (!r->count) {
		r->first = 0;
		r->base = base;
	}
	r->next = MAX(r->next, base);
}

static void make_room(struct tally_run *r, size_t wanted)
{
	if (r->first + wanted <= r->cap)
		return;
	if (r->first > r->cap / 2) {
		memmove(r->pages, r->pages + r->first, r->count * sizeof(*r->pages));
		r->first = 0;
	}
	if (r->first + wanted > r->cap) {
		r->cap = MAX(2 * r->cap, r->first + wanted + 16);
		r->pages = xrealloc(r->pages, r->cap, sizeof(*r->pages));
	}
}

/* What is known of a page that is in the store. */
static struct filter_place *place_of(struct tally_run *r, uint64_t page)
{
	size_t index = (size_t)(page - r->base);

	if (index >= r->count) {
		make_room(r, index + 1);
		memset(r->pages + r->first + r->count, 0,
		       (index + 1 - r->count) * sizeof(*r->pages));
		r->count = index + 1;
	}
	return &r->pages[r->first + index];
}

/*
 * Looks whether the pages of a run are in order of time, as they are unless a clock was set back.
 * The last one may still grow, so it is looked at each time.
 */
static bool is_in_order(struct tally_run *tr, const struct run *r)
{
	const struct page *p;

	tr->checked = MAX(tr->checked, r->base);
	while ((p = run_page(r, tr->checked)) != NULL && p->first >= tr->latest) {
		if (!run_page(r, tr->checked + 1))
			break;
		tr->latest = p->last;
		tr->checked++;
	}
	return !p || p->first >= tr->latest;
}

void tally_begin(struct tally *t, const struct sieve *s)
{
	const struct run *run;

	if (t->epoch != store_epoch(t->store))
		tally_restart(t);
	if (!t->scan) {
		t->epoch = store_epoch(t->store);
		t->scan = filter_scan_new(s->filter, s->identity);
		t->arrived = events_arrived(t->store);
	}
	for (unsigned i = 0; (run = store_run_at(t->store, i)); i++) {
		if (i == t->run_count) {
			t->runs = xrealloc(t->runs, i + 1, sizeof(*t->runs));
			t->places = xrealloc(t->places, i + 1, sizeof(*t->places));
			t->runs[t->run_count++] = (struct tally_run) { 0 };
		}
		forget(t, &t->runs[i], run->base);
		t->fell |= !is_in_order(&t->runs[i], run);
	}
}

/* Records are of some 32 bytes at least. */
void tally_charge(struct budget *b, uint32_t bytes)
{
	budget_take(b, 1 + bytes / (CHEAPER * 32));
}

const struct filter_place *tally_page(struct tally *t, const struct run *r, uint64_t page,
				      uint64_t limit, struct budget *b)
{
	struct filter_place *place = place_of(&t->runs[r->index], page), was = *place;
	const struct page *p = run_page(r, page);

	if (place->at == p->size)
		return place;
	filter_scan_page(t->scan, r, p, limit, place);
	t->shown += place->shown - was.shown;
	t->hidden += place->hidden - was.hidden;
	tally_charge(b, place->at - was.at);
	return place;
}

/* Counts one run up to the horizon; false when the budget ended it. */
static bool count_run(struct tally *t, const struct run *r, uint64_t horizon, struct budget *b)
{
	struct tally_run *tr = &t->runs[r->index];
	const struct page *p;

	while ((p = run_page(r, tr->next)) != NULL) {
		if (budget_over(b))
			return false;
		if (tally_page(t, r, tr->next, horizon, b)->at < p->size)
			return true;
		if (!run_page(r, tr->next + 1))
			return true; /* it may grow */
		tr->next++;
	}
	return true;
}

bool tally_work(struct tally *t, const struct sieve *s, uint64_t horizon, struct budget *b)
{
	uint64_t before = t->shown + t->hidden, arrived = events_arrived(t->store), came;
	const struct run *r;

	tally_begin(t, s);
	t->horizon = horizon;
	t->complete = true;
	for (unsigned i = 0; t->complete && (r = store_run_at(t->store, i)); i++)
		if (!(r->source->flags & SOURCE_HIDDEN))
			t->complete = count_run(t, r, horizon, b);
	came = arrived - t->arrived;
	t->arrived = arrived;
	/* Where more comes than we can count there is no hurry: it will not be over soon. */
	return !t->complete && t->shown + t->hidden - before > 2 * came;
}

/* ---- numbers from the directory ---- */

uint64_t events_arrived(const struct store *s)
{
	const struct source *src;
	uint64_t n = 0;

	for (unsigned i = 0; (src = store_source_at(s, i)); i++)
		if (!(src->flags & SOURCE_HIDDEN))
			n += src->events;
	return n;
}

/* Events of one page at or before a time. */
static uint64_t page_until(const struct run *r, const struct page *p, uint64_t ts)
{
	struct page_data *keep;
	const uint8_t *records;
	struct page_event ev;
	struct page_walk w;
	uint64_t n = 0;

	if (p->last <= ts)
		return p->events;
	records = page_records(r, p, &keep);
	w = page_walk_init(records, records ? p->size : 0, p->ts);
	while (page_next(&w, &ev) && run_time(r, ev.ts) <= ts)
		n++;
	page_data_unref(keep);
	return n;
}

static uint64_t run_until(const struct run *r, uint64_t ts)
{
	uint64_t n = r->dropped;

	for (uint64_t i = r->base; i < r->base + r->count; i++) {
		const struct page *p = run_page(r, i);

		if (p->events && p->first > ts)
			break;
		n += page_until(r, p, ts);
	}
	return n;
}

uint64_t events_until(const struct store *s, uint64_t ts)
{
	const struct run *r;
	uint64_t n = 0;

	for (unsigned i = 0; (r = store_run_at(s, i)); i++)
		if (!(r->source->flags & SOURCE_HIDDEN))
			n += run_until(r, ts);
	return n;
}

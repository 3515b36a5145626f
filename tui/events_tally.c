/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_tally: how many rows pass the filter and how many it hides.
 *
 * Counted by the way, page by page, so that what leaves the store leaves the sums and they stay
 * exact. Also answers from the directory of pages alone how many events there were up to a time.
 * Never waited for: a sum that is not complete yet says so.
 */
#include <stdlib.h>

#include "core/util.h"
#include "tui/events.h"

void tally_init(struct tally *t, struct store *s)
{
	*t = (struct tally) { .store = s, .cursor = cursor_new(s, 0) };
}

static void free_runs(struct tally *t)
{
	for (unsigned i = 0; i < t->run_count; i++)
		free(t->runs[i].pages);
	free(t->runs);
	t->runs = NULL;
	t->run_count = 0;
}

void tally_done(struct tally *t)
{
	free_runs(t);
	cursor_free(t->cursor);
	*t = (struct tally) { 0 };
}

void tally_restart(struct tally *t)
{
	free_runs(t);
	t->shown = t->hidden = 0;
	t->complete = false;
	t->restart = true;
}

/* Takes what was counted of pages that left out of the sums. */
static void forget(struct tally *t)
{
	for (unsigned i = 0; i < t->run_count; i++) {
		struct tally_run *r = &t->runs[i];
		uint64_t base = store_run_at(t->store, i)->base;

		while (r->count && r->base < base) {
			t->shown -= r->pages[r->first].shown;
			t->hidden -= r->pages[r->first].hidden;
			r->first++;
			r->count--;
			r->base++;
		}
		if (!r->count)
			r->first = 0;
	}
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

/* The numbers of a row's page. Pages of a run come in order. */
static struct tally_page *page_of(struct tally *t, const struct row *row)
{
	struct tally_run *r;
	size_t index;

	while (t->run_count <= row->run) {
		t->runs = xrealloc(t->runs, t->run_count + 1, sizeof(*t->runs));
		t->runs[t->run_count++] = (struct tally_run) { 0 };
	}
	r = &t->runs[row->run];
	if (!r->count)
		r->base = row->page;
	index = (size_t)(row->page - r->base);
	if (index >= r->count) {
		make_room(r, index + 1);
		memset(r->pages + r->first + r->count, 0,
		       (index + 1 - r->count) * sizeof(*r->pages));
		r->count = index + 1;
	}
	return &r->pages[r->first + index];
}

bool tally_work(struct tally *t, const struct sieve *s, uint64_t horizon, struct budget *b)
{
	uint64_t before = t->shown + t->hidden, arrived = events_arrived(t->store), came;
	struct row r;

	if (t->restart) {
		cursor_seek(t->cursor, 0);
		t->arrived = arrived;
	}
	t->restart = false;
	forget(t);
	while (!budget_spent(b)) {
		struct tally_page *p;

		if (!cursor_next(t->cursor, horizon, &r)) {
			t->complete = true;
			t->arrived = arrived;
			return false;
		}
		p = page_of(t, &r);
		if (sieve_passes(s, &r)) {
			p->shown++;
			t->shown++;
		} else {
			p->hidden++;
			t->hidden++;
		}
	}
	t->complete = false;
	came = arrived - t->arrived;
	t->arrived = arrived;
	/* Where more comes than we can count there is no hurry: it will not be over soon. */
	return t->shown + t->hidden - before > 2 * came;
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

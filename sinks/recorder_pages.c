/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_pages: the hot path: pages go from the store to the file, nothing happens to an event.
 *
 * A page goes when it is full, and what an open one has so far once a second. Where a range or our
 * own records cut through it, the rest is copied in spans. Runs need no merging: each has its own
 * place in the file.
 */
#include "core/arena.h"
#include "sinks/recorder_private.h"

void recorder_runs(struct recorder *r)
{
	struct run *run;

	while ((run = store_run_at(r->conf.store, r->run_count))) {
		r->runs = xrealloc(r->runs, r->run_count + 1, sizeof(*r->runs));
		r->runs[r->run_count++] =
		    (struct recorder_run) { .run = run, .page = run->base, .first = run->dropped };
	}
}

/* Goes on at the oldest page there is, and counts what was not handed over. */
static void follow_eviction(struct recorder *r, struct recorder_run *m)
{
	const struct run *run = m->run;
	uint64_t seen = m->first + m->events;

	if (m->page >= run->base)
		return;
	if (run->dropped > seen && m->last < r->conf.to)
		r->missed += run->dropped - seen;
	m->page = run->base;
	m->first = run->dropped;
	m->from = m->events = m->own = 0;
}

static void next_page(struct recorder_run *m, const struct page *p)
{
	m->page++;
	m->first += p->events;
	m->from = m->events = m->own = 0;
}

/* The page, or what is new in it, may go as it is: all of it is wanted, and it makes sense. */
static bool is_whole(const struct recorder *r, const struct recorder_run *m, const struct page *p)
{
	uint64_t first = m->from ? m->last : p->first;

	return first >= r->conf.from && p->last < r->conf.to && p->own == m->own && !p->damaged &&
	       p->size <= dat_room(r->sink);
}

static bool is_outside(const struct recorder *r, const struct recorder_run *m, const struct page *p)
{
	return p->last < r->conf.from || (m->from ? m->last : p->first) >= r->conf.to;
}

static void hand_over(struct recorder *r, struct recorder_run *m, const struct page *p)
{
	struct dat_cut cut = { .since = r->conf.from, .before = r->conf.to };
	const struct sink_ops *ops = r->sink->ops;
	struct err e = ERR_INIT;

	if (!m->from && p->lost)
		recorder_count_loss(r, p->lost);
	if (dat_needs_rows(r->sink, m->run) || p->size > dat_room(r->sink)) {
		recorder_page_rows(r, m->run, p);
	} else if (is_whole(r, m, p)) {
		recorder_check(r, ops->page(r->sink, m->run, p, m->from, &e), &e);
	} else {
		recorder_check(r, dat_page_cut(r->sink, m->run, p, m->from, &cut, &e), &e);
		r->own += cut.own;
	}
}

static void look_at(struct recorder *r, struct recorder_run *m, const struct page *p)
{
	if (!is_outside(r, m, p) && p->size > m->from)
		hand_over(r, m, p);
	m->from = p->size;
	m->events = p->events;
	m->own = p->own;
	m->last = p->last;
}

/* True: the budget or the room ended it. */
static bool run_pages(struct recorder *r, struct recorder_run *m, bool all, uint64_t *budget)
{
	const struct page *p;

	follow_eviction(r, m);
	while ((p = run_page(m->run, m->page))) {
		bool last = m->page + 1 == m->run->base + m->run->count;
		bool grows = last && m->run->open;

		if (grows && (!all || p->size == m->from))
			return false;
		if (!*budget || !r->taking || dat_full(r->sink))
			return true;
		*budget -= MIN(*budget, (uint64_t)(p->size - m->from) + 1);
		look_at(r, m, p);
		if (grows)
			return false;
		next_page(m, p);
	}
	return false;
}

bool recorder_pages(struct recorder *r, bool all, uint64_t *budget)
{
	bool more = false;

	for (unsigned i = 0; i < r->run_count; i++)
		if (r->runs[i].run->source != r->untold &&
		    (!r->cursor || recorder_is_hidden(r->runs[i].run)))
			more |= run_pages(r, &r->runs[i], all, budget);
	return more;
}

void recorder_forget(struct recorder *r, uint64_t ts)
{
	for (unsigned i = 0; i < r->run_count; i++) {
		const struct recorder_run *m = &r->runs[i];

		if (r->cursor && !recorder_is_hidden(m->run))
			store_trim(r->conf.store, m->run, UINT64_MAX, MIN(ts, r->looked));
		else
			store_trim(r->conf.store, m->run, m->page, ts);
	}
}

uint64_t recorder_pages_position(const struct recorder *r)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < r->run_count; i++) {
		const struct recorder_run *m = &r->runs[i];
		const struct page *p = run_page(m->run, m->page);

		if (r->cursor && !recorder_is_hidden(m->run))
			continue;
		if (!p || p->size == m->from)
			continue;
		least = MIN(least, m->from ? m->last : p->first);
	}
	return least;
}

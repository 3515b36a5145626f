/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fold: the follower. Two places a run: the front goes with what comes; with newest_first a second
 * one goes back through what was there at the beginning. The front takes pages in the order in
 * which they will leave the store, so that little is missed; what is missed and what was lost is
 * counted from the directory.
 */
#include "core/fold.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/filter_page.h"

struct fold_run {
	uint64_t front;		   /* page */
	uint64_t first;		   /* number of its first event in the run */
	struct filter_place place; /* in it */
	uint64_t back;		   /* pages below it were not looked at yet */
	uint64_t back_first;	   /* number of its first event */
	uint64_t base, dropped;	   /* of the run, when it was met last */
	uint64_t told;		   /* page whose loss was counted last, + 1 */
	uint64_t unknown;	   /* one whose loss was not known, + 1; 0: none */
	bool waits;		   /* for the horizon, or for more to come */
	bool skipped;
};

struct fold {
	struct fold_conf conf;
	struct filter_scan *scan;
	struct filter_sink sink;
	struct fold_run *runs; /* by the index of the run */
	unsigned run_count;
	struct fold_stats stats; /* without bytes and total */
	uint64_t horizon;	 /* of the last time */
	uint64_t latest;	 /* time of the youngest record looked at */
	uint64_t epoch;
};

static struct filter_scan *new_scan(const struct fold_conf *c)
{
	struct filter_scan *s = filter_scan_new(c->filter, c->identity);

	filter_scan_apart(s, c->among);
	return s;
}

struct fold *fold_new(const struct fold_conf *c)
{
	struct fold *f = xcalloc(1, sizeof(*f));

	f->conf = *c;
	f->epoch = store_epoch(c->store);
	f->scan = new_scan(c);
	f->sink = (struct filter_sink) { .row = c->ops->row, .data = c->data };
	return f;
}

void fold_free(struct fold *f)
{
	if (!f)
		return;
	filter_scan_free(f->scan);
	free(f->runs);
	free(f);
}

static void begin_anew(struct fold *f)
{
	filter_scan_free(f->scan);
	f->scan = new_scan(&f->conf);
	free(f->runs);
	f->runs = NULL;
	f->run_count = 0;
	f->stats = (struct fold_stats) { 0 };
	f->horizon = f->latest = 0;
	f->epoch = store_epoch(f->conf.store);
	if (f->conf.ops->restart)
		f->conf.ops->restart(f->conf.data);
}

void fold_restart(struct fold *f, struct filter *filter)
{
	f->conf.filter = filter;
	begin_anew(f);
}

/* ---- runs: met, and pages that left ---- */

static bool is_skipped(const struct fold *f, const struct run *r)
{
	if (r->source->flags & SOURCE_HIDDEN)
		return true;
	return f->conf.skip && f->conf.skip(r->source, f->conf.data);
}

/* The front of a run that is new: what is there goes backwards, from the last final page on. */
static void place_front(struct fold *f, struct fold_run *fr, const struct run *r)
{
	fr->front = fr->back = r->base;
	fr->first = fr->back_first = r->dropped;
	if (!f->conf.newest_first || !r->count)
		return;
	fr->front = r->base + r->count - 1;
	while (fr->front > r->base && run_page(r, fr->front)->first >= f->horizon)
		fr->front--;
	for (uint64_t n = r->base; n < fr->front; n++)
		fr->first += run_page(r, n)->events;
	fr->back = fr->front;
	fr->back_first = fr->first;
}

/* What left the store before it was looked at. */
static void count_missed(struct fold *f, struct fold_run *fr, const struct run *r)
{
	uint64_t seen = fr->first + fr->place.walked;

	if (fr->back > fr->base)
		f->stats.missed +=
		    (r->base <= fr->back ? r->dropped : fr->back_first) - fr->dropped;
	if (fr->front >= r->base)
		return;
	if (r->dropped > seen)
		f->stats.missed += r->dropped - seen;
	fr->front = r->base;
	fr->first = r->dropped;
	fr->place = (struct filter_place) { 0 };
}

static void meet_run(struct fold *f, struct fold_run *fr, const struct run *r)
{
	const struct page *p = fr->unknown ? run_page(r, fr->unknown - 1) : NULL;

	if (r->base != fr->base)
		count_missed(f, fr, r);
	fr->base = r->base;
	fr->dropped = r->dropped;
	fr->waits = false;
	if (p && p->lost != LOST_UNKNOWN) { /* the number came behind it */
		f->stats.lost_unknown--;
		f->stats.lost += p->lost;
		fr->unknown = 0;
	}
}

static void meet_runs(struct fold *f)
{
	const struct run *r;

	for (unsigned i = 0; (r = store_run_at(f->conf.store, i)); i++) {
		if (i == f->run_count) {
			f->runs = xrealloc(f->runs, i + 1, sizeof(*f->runs));
			f->runs[f->run_count++] = (struct fold_run) {
				.skipped = is_skipped(f, r),
				.base = r->base,
				.dropped = r->dropped,
			};
			place_front(f, &f->runs[i], r);
		}
		if (!f->runs[i].skipped)
			meet_run(f, &f->runs[i], r);
	}
}

/* ---- one page ---- */

static void count_loss(struct fold *f, struct fold_run *fr, const struct page *p, uint64_t number)
{
	fr->told = number + 1;
	if (p->lost == LOST_UNKNOWN) {
		f->stats.lost_unknown++;
		fr->unknown = number + 1;
	} else {
		f->stats.lost += p->lost;
	}
}

/* Takes what a step over a page found into the sums. */
static void account(struct fold *f, const struct run *r, const struct filter_place *was,
		    const struct filter_place *now)
{
	struct fold_stats *s = &f->stats;
	uint64_t shown = now->shown - was->shown;

	s->hidden += now->hidden - was->hidden;
	s->apart += now->apart - was->apart;
	if (now->walked != was->walked)
		f->latest = MAX(f->latest, run_time(r, now->ts));
	if (!shown)
		return;
	s->first = s->rows ? MIN(s->first, now->first) : now->first;
	s->last = MAX(s->last, now->last);
	s->rows += shown;
}

/* Looks at a page from a place on, up to a time. Returns the bytes it took. */
static size_t look(struct fold *f, const struct run *r, uint64_t number, uint64_t limit,
		   struct filter_place *at)
{
	struct filter_place was = *at;

	if (f->conf.ops->page)
		f->conf.ops->page(f->conf.data, r);
	filter_scan_rows(f->scan, r, number, limit, at, &f->sink);
	account(f, r, &was, at);
	return at->at - was.at;
}

/* What a page has and nobody was given: its bytes cannot be had any more. */
static void account_gone(struct fold *f, const struct page *p, const struct filter_place *at)
{
	if (at->walked < p->events)
		f->stats.missed += p->events - at->walked;
}

/* ---- the front ---- */

/* Goes on with the front page of a run. Returns the bytes it took. */
static size_t go_on(struct fold *f, struct fold_run *fr, const struct run *r)
{
	const struct page *p = run_page(r, fr->front);
	size_t bytes = 0;

	if (p->size > fr->place.at && (fr->place.at || p->first < f->horizon)) {
		if (fr->told != fr->front + 1)
			count_loss(f, fr, p, fr->front);
		bytes = look(f, r, fr->front, f->horizon, &fr->place);
	}
	if (fr->place.at < p->size || !run_page(r, fr->front + 1)) {
		fr->waits = true;
		return bytes;
	}
	account_gone(f, p, &fr->place);
	fr->front++;
	fr->first += p->events;
	fr->place = (struct filter_place) { 0 };
	return bytes;
}

/* The run whose front page will leave first, of all where there may be something to look at. */
static struct fold_run *next_front(struct fold *f, const struct run **ret)
{
	struct fold_run *best = NULL;
	uint64_t first = 0;

	for (unsigned i = 0; i < f->run_count; i++) {
		struct fold_run *fr = &f->runs[i];
		const struct run *r = store_run_at(f->conf.store, i);
		const struct page *p = fr->waits || fr->skipped ? NULL : run_page(r, fr->front);

		if (p && (!best || p->first < first)) {
			best = fr;
			first = p->first;
			*ret = r;
		}
	}
	return best;
}

/* ---- the way back ---- */

/* The run with the youngest page of those that were there at the beginning. */
static struct fold_run *next_back(struct fold *f, const struct run **ret)
{
	struct fold_run *best = NULL;
	uint64_t first = 0;

	for (unsigned i = 0; i < f->run_count; i++) {
		struct fold_run *fr = &f->runs[i];
		const struct run *r = store_run_at(f->conf.store, i);
		const struct page *p = fr->back > r->base ? run_page(r, fr->back - 1) : NULL;

		if (p && !fr->skipped && (!best || p->first > first)) {
			best = fr;
			first = p->first;
			*ret = r;
		}
	}
	return best;
}

/* Looks at the page before the one looked at last: it lies before the front, and so is final. */
static size_t go_back(struct fold *f, struct fold_run *fr, const struct run *r)
{
	const struct page *p = run_page(r, --fr->back);
	struct filter_place at = { 0 };
	uint64_t told = fr->told, unknown = fr->unknown;
	size_t bytes;

	fr->back_first -= p->events;
	count_loss(f, fr, p, fr->back);
	/* Only the last page's number can still come, and that is the front's or behind it. */
	fr->told = told;
	fr->unknown = unknown;
	bytes = look(f, r, fr->back, UINT64_MAX, &at);
	account_gone(f, p, &at);
	return bytes;
}

/* ---- the work ---- */

/* True when the store was filled anew, or the clock of a recording that plays went back. */
static bool is_void(const struct fold *f, uint64_t horizon)
{
	if (f->epoch != store_epoch(f->conf.store))
		return true;
	return horizon < f->horizon && f->latest >= horizon;
}

bool fold_work(struct fold *f, uint64_t horizon, size_t budget)
{
	const struct run *r = NULL;
	struct fold_run *fr;
	size_t bytes = 0;

	if (is_void(f, horizon))
		begin_anew(f);
	f->horizon = horizon;
	meet_runs(f);
	while ((fr = next_front(f, &r)) != NULL) {
		if (bytes && bytes >= budget)
			return true;
		bytes += go_on(f, fr, r);
	}
	while ((fr = next_back(f, &r)) != NULL) {
		if (bytes && bytes >= budget)
			return true;
		bytes += go_back(f, fr, r);
	}
	return false;
}

/* ---- asking ---- */

/* Bytes of a run, and those of them that were not looked at. */
static uint64_t bytes_left(const struct fold_run *fr, const struct run *r, uint64_t *total)
{
	uint64_t left = 0;

	for (uint64_t n = r->base; n < r->base + r->count; n++) {
		uint32_t size = run_page(r, n)->size;

		*total += size;
		if (n < fr->back || n > fr->front)
			left += size;
		else if (n == fr->front)
			left += size - MIN(size, fr->place.at);
	}
	return left;
}

void fold_stats(const struct fold *f, struct fold_stats *ret)
{
	uint64_t left = 0;

	*ret = f->stats;
	for (unsigned i = 0; i < f->run_count; i++)
		if (!f->runs[i].skipped)
			left +=
			    bytes_left(&f->runs[i], store_run_at(f->conf.store, i), &ret->total);
	ret->bytes = ret->total - left;
}

/* Up to which time a run was given. */
static uint64_t run_window(const struct fold *f, const struct fold_run *fr, const struct run *r)
{
	const struct page *p = run_page(r, fr->front);

	if (r->count && (fr->back > r->base || fr->front < r->base))
		return MIN(f->horizon, run_page(r, r->base)->first);
	if (!p || fr->waits || fr->place.at >= p->size)
		return f->horizon;
	return fr->place.at ? run_time(r, fr->place.ts) : p->first;
}

uint64_t fold_window(const struct fold *f)
{
	uint64_t window = f->horizon;

	for (unsigned i = 0; i < f->run_count; i++)
		if (!f->runs[i].skipped)
			window =
			    MIN(window, run_window(f, &f->runs[i], store_run_at(f->conf.store, i)));
	return window;
}

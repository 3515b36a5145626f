/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay_seek: what is around a time, brought back into the store.
 *
 * Of files larger than the bound on memory, or not scanned that far yet. All tracks begin at one
 * time, some MiB before the one asked for, so that what is there is whole. Only heads of pages are
 * read to find it. What was scanned is not counted a second time.
 */
#include <stdlib.h>

#include "backends/replay.h"

#define MARGIN	(32u << 20) /* bytes of pages before the time */
#define BEHIND	(16u << 20) /* and behind it, before returning */
#define SLICE	(1u << 20)
#define HALVING 24

/* The page of a track in which a time is: the last one that begins before it. */
static uint64_t page_at(const struct track *t, uint64_t ts)
{
	uint64_t low = 0, high = t->pages;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (track_time(t, mid, UINT64_MAX) < ts)
			low = mid + 1;
		else
			high = mid;
	}
	dat_let_go(t->file->dat); /* heads of pages from all over it */
	return low ? low - 1 : 0;
}

static uint64_t pages_before(const struct replay *r, uint64_t ts)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->track_count; i++)
		n += page_at(&r->tracks[i], ts);
	return n;
}

/* The earliest time from which not more than so many pages lie before ts. */
static uint64_t begin_time(const struct replay *r, uint64_t ts, uint64_t pages)
{
	uint64_t low = r->first, high = MIN(ts, r->last), all = pages_before(r, high);

	if (all <= pages || high <= low)
		return low;
	for (int i = 0; i < HALVING && high - low > 1; i++) {
		uint64_t mid = low + (high - low) / 2, n = all - pages_before(r, mid);

		if (n > pages)
			low = mid;
		else
			high = mid;
		if (n <= pages && n >= pages / 2)
			break;
	}
	return high;
}

/* Events of a track before a page, when that is known. */
static uint64_t events_before(const struct track *t, uint64_t page)
{
	uint64_t n;

	if (!page || page > t->scanned)
		return 0;
	if (page == t->scanned)
		return t->events;
	n = t->sums[page / SUMS_STEP];
	for (uint64_t i = page / SUMS_STEP * SUMS_STEP; i < page; i++) {
		struct page_data *keep;
		struct page_walk w;
		struct page_event ev;
		struct page p;

		if (dat_page_load(t->file->dat, t->buffer, t->cpu, i, &p, &keep, NULL) < 0)
			continue;
		w = page_walk_init(p.records, p.size, p.ts);
		while (page_next(&w, &ev))
			n++;
		page_data_unref(keep);
	}
	return n;
}

/* True when the rows of a track around ts are in the store. */
static bool track_is_here(const struct replay *r, const struct track *t, uint64_t ts)
{
	uint64_t next = r->apart ? t->filled : t->scanned;
	const struct page *first = run_page(t->run, t->run->base);

	if (next < t->pages && track_time(t, next, UINT64_MAX) <= ts)
		return false;
	if (t->run->base && !first) /* all that was before left */
		return false;
	return !t->run->base || first->first <= ts;
}

static bool is_here(const struct replay *r, uint64_t ts)
{
	for (size_t i = 0; i < r->track_count; i++)
		if (!track_is_here(r, &r->tracks[i], ts))
			return false;
	return true;
}

/* While little is left to be scanned it is not worth going apart for. */
static int scan_up_to(struct backend *b, uint64_t ts, struct err *e)
{
	struct replay *r = b->state;

	while (!r->apart && r->scan.count && r->scan.v[0].ts <= ts) {
		int64_t n = replay_scan(b, SLICE, e);

		if (n < 0)
			return (int)n;
	}
	return 0;
}

/* Fills until the time and what is behind it is there. */
static int fill_up_to(struct backend *b, uint64_t ts, struct err *e)
{
	struct replay *r = b->state;
	uint64_t behind = 0, all = 0;

	while (r->fill.count && behind < BEHIND && all < 4 * (uint64_t)MARGIN) {
		bool beyond = r->fill.v[0].ts > ts;
		int64_t n = replay_fill(b, SLICE, e);

		if (n < 0)
			return (int)n;
		if (!n)
			break;
		all += (uint64_t)n;
		behind += beyond ? (uint64_t)n : 0;
	}
	replay_horizons(r);
	return 0;
}

static void begin_at(struct backend *b, uint64_t ts)
{
	struct replay *r = b->state;
	struct store_stats stats;
	uint64_t pages, from;

	store_stats(b->env->store, &stats);
	/* A ring is at least half full when it grows: a quarter of the room holds them surely. */
	pages = stats.memory / (8 * sizeof(struct page));
	pages = MIN(pages, MARGIN / r->page_size);
	from = begin_time(r, ts, pages);
	store_clear(b->env->store);
	for (size_t i = 0; i < r->track_count; i++) {
		struct track *t = &r->tracks[i];

		t->filled = from > r->first ? page_at(t, from) : 0;
		store_place(b->env->store, t->run, t->filled, events_before(t, t->filled));
	}
	r->apart = true;
	replay_part(r);
}

int replay_seek(struct backend *b, uint64_t ts, struct err *e)
{
	struct replay *r = b->state;
	int rc;

	if (!r->track_count || is_here(r, ts))
		return 0;
	for (unsigned i = 0; i < r->count; i++)
		if (r->files[i].latency && !r->apart)
			return 0; /* lines are there once */
	if (!r->apart && !r->held && r->total - MIN(r->loaded, r->total) <= MARGIN) {
		rc = scan_up_to(b, ts, e);
		if (rc < 0 || is_here(r, ts))
			return rc < 0 ? rc : 1;
	}
	begin_at(b, ts);
	rc = fill_up_to(b, ts, e);
	return rc < 0 ? rc : 1;
}

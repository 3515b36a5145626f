/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay_flow: pages of recordings, in the order of their times over all CPUs, buffers and files,
 * scanned and filled into the store.
 *
 * Every page of a track has its entry in the store, one that makes no sense as well: so a page's
 * number is its place in the file, and stays a row's name when the store is filled anew.
 */
#include <errno.h>
#include <stdlib.h>

#include "backends/replay.h"
#include "core/arena.h"

/* Until a full store is asked for room again: where rows leave when they were seen, or may yet. */
#define FULL_PERIOD  (20 * NSEC_PER_MSEC)
#define IDLE_PERIOD  NSEC_PER_SEC
#define CHECK_PERIOD NSEC_PER_SEC /* between two looks whether a file is still what it was */
#define SKIP_MAX     64		  /* pages without sense that are looked over for a time */

/* ---- queues ---- */

static void sift_down(struct queue *q, size_t at)
{
	struct queue_place moved = q->v[at];

	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= q->count)
			break;
		if (child + 1 < q->count && q->v[child + 1].ts < q->v[child].ts)
			child++;
		if (moved.ts <= q->v[child].ts)
			break;
		q->v[at] = q->v[child];
		at = child;
	}
	q->v[at] = moved;
}

static void heapify(struct queue *q)
{
	for (size_t i = q->count / 2; i-- > 0;)
		sift_down(q, i);
}

/* The first track goes on at a page, or leaves. */
static bool advance(struct queue *q, uint64_t page)
{
	struct queue_place *top = &q->v[0];
	bool more = page < top->track->pages;

	if (more)
		top->ts = track_time(top->track, page, top->ts);
	else
		*top = q->v[--q->count];
	if (q->count)
		sift_down(q, 0);
	return more;
}

uint64_t track_time(const struct track *t, uint64_t n, uint64_t or_else)
{
	uint64_t ts, end = MIN(t->pages, n + SKIP_MAX);

	for (; n < end; n++)
		if (!dat_page_time(t->file->dat, t->buffer, t->cpu, n, &ts))
			return run_time(t->run, ts);
	return or_else;
}

static uint64_t *filled_of(const struct replay *r, struct track *t)
{
	return r->apart ? &t->filled : &t->scanned;
}

/* Makes the queue that fills the store of all tracks that have pages left for it. */
static void fill_queue(struct replay *r, struct queue *q)
{
	for (unsigned i = 0; i < r->count; i++)
		memset(r->files[i].left, 0, sizeof(r->files[i].left));
	if (!q->v)
		q->v = xcalloc(r->track_count + 1, sizeof(*q->v));
	q->count = 0;
	for (size_t i = 0; i < r->track_count; i++) {
		struct track *t = &r->tracks[i];
		uint64_t page = *filled_of(r, t);

		if (page >= t->pages)
			continue;
		t->file->left[t->buffer]++;
		q->v[q->count++] = (struct queue_place) { track_time(t, page, 0), t };
	}
	heapify(q);
}

/* The time of the last record of a track; that of its last page where that makes no sense. */
static uint64_t track_end(const struct track *t)
{
	struct page_data *keep = NULL;
	struct page_event ev;
	struct page p = { 0 };
	struct page_walk w;
	uint64_t n = t->pages - 1, ts, end = track_time(t, n, 0);

	/* Loading counts damage; that is for the scan to do. */
	if (dat_page_time(t->file->dat, t->buffer, t->cpu, n, &ts) < 0 ||
	    dat_page_load(t->file->dat, t->buffer, t->cpu, n, &p, &keep, NULL) < 0)
		return end;
	w = page_walk_init(p.records, p.size, p.ts);
	while (page_next(&w, &ev))
		end = MAX(end, run_time(t->run, ev.ts));
	page_data_unref(keep);
	return end;
}

void replay_flow_init(struct replay *r)
{
	fill_queue(r, &r->scan);
	r->first = r->scan.count ? r->scan.v[0].ts : 0;
	for (size_t i = 0; i < r->track_count; i++) {
		struct track *t = &r->tracks[i];

		r->last = MAX(r->last, track_end(t));
	}
	replay_horizons(r);
}

void replay_part(struct replay *r)
{
	r->apart = true;
	fill_queue(r, &r->fill);
	replay_horizons(r);
}

/* ---- pages ---- */

/* Loads a page; what is damaged becomes an empty one that stands for it. */
static int load_page(struct track *t, uint64_t n, struct page *ret, struct page_data **keep,
		     struct err *e)
{
	struct replay_file *f = t->file;
	int rc = dat_page_load(f->dat, t->buffer, t->cpu, n, ret, keep, e);

	if (rc == -EBADMSG) {
		err_clear(e);
		*ret = (struct page) { .damaged = true };
		*keep = NULL;
	} else if (rc < 0) {
		return rc;
	} else {
		resident_loaded(f, ret, *keep);
	}
	ret->where = n;
	return 0;
}

const uint8_t *replay_load(void *data, const struct run *run, const struct page *p,
			   struct page_data **keep)
{
	const struct lender *l = data;
	struct page page;

	*keep = NULL;
	if (p->damaged && !p->size)
		return NULL;
	if (dat_page_load(l->file->dat, l->buffer, run->cpu, p->where, &page, keep, NULL) < 0)
		return NULL;
	if (page.size < p->size) { /* it changed on the disk */
		page_data_unref(*keep);
		*keep = NULL;
		return NULL;
	}
	resident_loaded(l->file, &page, *keep);
	return page.records;
}

/* Finds what the scan would: a page that comes again is counted nowhere. */
static void measure(const struct track *t, struct page *p, uint64_t ts)
{
	struct page_walk w = page_walk_init(p->records, p->records ? p->size : 0, p->ts);
	struct page_event ev;

	p->first = p->last = ts;
	while (page_next(&w, &ev)) {
		ev.ts = run_time(t->run, ev.ts);
		if (!p->events++)
			p->first = ev.ts;
		p->last = ev.ts;
	}
	p->damaged |= w.damaged;
}

static void sum_up(struct track *t)
{
	uint64_t n = t->scanned / SUMS_STEP;

	if (t->scanned % SUMS_STEP)
		return;
	if (!(n & (n - 1))) /* a power of two: room for as many again */
		t->sums = xrealloc(t->sums, n ? 2 * n : 1, sizeof(*t->sums));
	t->sums[n] = t->events;
}

/* Scans the oldest page that was not yet; while together it stays in the store. */
static int64_t scan_page(struct backend *b, struct err *e)
{
	struct replay *r = b->state;
	struct track *t = r->scan.v[0].track;
	struct page_data *keep;
	struct page p, found;
	int rc = load_page(t, t->scanned, &p, &keep, e);

	if (rc < 0)
		return rc;
	sum_up(t);
	if (p.damaged)
		t->run->source->damaged++;
	if (r->apart) {
		rc = store_scan(b->env->store, t->run, &p, &found, e);
	} else {
		p.first = p.last = r->scan.v[0].ts;
		rc = store_borrow(b->env->store, t->run, &p, !p.damaged, e);
		found = *run_page(t->run, t->scanned);
	}
	page_data_unref(keep);
	if (rc < 0)
		return rc;
	r->last = MAX(r->last, found.last);
	t->events += (uint64_t)rc;
	t->scanned++;
	if (!advance(&r->scan, t->scanned) && !r->apart)
		t->file->left[t->buffer]--;
	return (int64_t)p.size + PAGE_HEADER;
}

static int64_t fill_page(struct backend *b, struct err *e)
{
	struct replay *r = b->state;
	struct track *t = r->fill.v[0].track;
	struct page_data *keep;
	struct page p;
	int rc = load_page(t, t->filled, &p, &keep, e);

	if (rc < 0)
		return rc;
	measure(t, &p, r->fill.v[0].ts);
	rc = store_borrow(b->env->store, t->run, &p, false, e);
	page_data_unref(keep);
	if (rc < 0)
		return rc;
	t->filled++;
	if (!advance(&r->fill, t->filled))
		t->file->left[t->buffer]--;
	return (int64_t)p.size + PAGE_HEADER;
}

/* ---- the flow ---- */

static void drop_gone(struct queue *q)
{
	size_t kept = 0;

	for (size_t i = 0; i < q->count; i++)
		if (!q->v[i].track->file->gone)
			q->v[kept++] = q->v[i];
	q->count = kept;
	heapify(q);
}

/* A file that shrank has no more pages that can be believed. */
static void check_files(struct replay *r)
{
	bool changed = false;

	for (unsigned i = 0; i < r->count; i++) {
		struct replay_file *f = &r->files[i];

		if (f->gone || !dat_shrunk(f->dat))
			continue;
		f->gone = changed = true;
		memset(f->left, 0, sizeof(f->left));
	}
	for (size_t i = 0; changed && i < r->track_count; i++) {
		struct track *t = &r->tracks[i];

		if (t->file->gone)
			t->pages = MIN(t->pages, *filled_of(r, t));
	}
	if (!changed)
		return;
	drop_gone(&r->scan);
	drop_gone(&r->fill);
}

/* Nothing older than the oldest page that is left for the store will come. */
void replay_horizons(struct replay *r)
{
	const struct queue *q = r->apart ? &r->fill : &r->scan;
	uint64_t ts = q->count ? q->v[0].ts : UINT64_MAX;

	for (unsigned i = 0; i < r->count; i++)
		for (unsigned k = 0; k < DAT_BUFFERS_MAX && r->files[i].sources[k]; k++)
			r->files[i].sources[k]->horizon = r->files[i].left[k] ? ts : UINT64_MAX;
}

static bool has_room(const struct backend *b, const struct queue *q)
{
	return !q->count || store_has_room(b->env->store, q->v[0].track->run);
}

/* What is played now is worth more than what was. */
static bool may_fill(const struct backend *b)
{
	const struct replay *r = b->state;
	struct store_stats stats;

	if (!r->fill.count || has_room(b, &r->fill))
		return r->fill.count;
	store_stats(b->env->store, &stats);
	return r->fill.v[0].ts < r->wanted && stats.first < r->played;
}

int64_t replay_fill(struct backend *b, size_t budget, struct err *e)
{
	struct replay *r = b->state;
	int64_t moved = 0;

	while (r->fill.count && (uint64_t)moved < budget) {
		int64_t n;

		if (!may_fill(b))
			break;
		n = fill_page(b, e);
		if (n < 0)
			return n;
		moved += n;
	}
	return moved;
}

/* The store is full: what it has stays, and the scan goes on without it. */
static void part_here(struct replay *r)
{
	for (size_t i = 0; i < r->track_count; i++)
		r->tracks[i].filled = r->tracks[i].scanned;
	replay_part(r);
}

int64_t replay_scan(struct backend *b, size_t budget, struct err *e)
{
	struct replay *r = b->state;
	int64_t moved = 0;

	while (r->scan.count && (uint64_t)moved < budget) {
		int64_t n;

		if (!r->apart && !has_room(b, &r->scan))
			part_here(r);
		n = scan_page(b, e);
		if (n < 0)
			return n;
		moved += n;
	}
	r->loaded += (uint64_t)moved;
	return moved;
}

/* The end, and what was wrong with the files in words. */
static int64_t at_end(const struct replay *r, struct err *e)
{
	for (unsigned i = 0; i < r->count; i++) {
		struct dat_info info;

		if (r->files[i].gone)
			return err_set(e, -ENODATA,
				       "%s became shorter since it was opened: open it again",
				       r->files[i].path);
		dat_info(r->files[i].dat, &info);
		if (info.damage)
			return err_set(e, -ENODATA, "%s: damaged, %llu times: %s", r->files[i].path,
				       (unsigned long long)info.damages, info.damage);
	}
	return -ENODATA;
}

static int64_t drain_latency(struct backend *b, size_t budget, struct err *e)
{
	struct replay *r = b->state;
	int64_t moved = 0;

	for (unsigned i = 0; i < r->count && moved >= 0; i++) {
		struct latency *l = r->files[i].latency;
		int64_t n;

		if (!l)
			continue;
		n = latency_drain(l, b->env->store, budget, e);
		moved = n < 0 ? n : moved + n;
		r->last = MAX(r->last, latency_time(l));
	}
	return moved;
}

int64_t replay_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	struct replay *r = b->state;
	int64_t lines, filled = 0, scanned = 0;

	(void) final; /* stopped is stopped: what was not shown stays in the file */
	if (!r->started)
		return 0;
	check_files(r);
	lines = drain_latency(b, budget, e);
	if (lines >= 0 && r->apart)
		filled = replay_fill(b, budget, e);
	if (lines >= 0 && filled >= 0 && !r->held)
		scanned = replay_scan(b, budget, e);
	if (lines < 0 || filled < 0 || scanned < 0)
		return MIN(lines, MIN(filled, scanned));
	replay_horizons(r);
	if (lines + filled + scanned)
		return lines + filled + scanned;
	return r->scan.count || r->fill.count ? 0 : at_end(r, e);
}

/* A file that ends as a recording loses its holes, and what was mapped means nothing any more. */
static uint64_t next_check(const struct replay *r)
{
	for (unsigned i = 0; i < r->count; i++)
		if (!r->files[i].gone && !r->files[i].latency)
			return CHECK_PERIOD;
	return UINT64_MAX;
}

uint64_t replay_next(struct backend *b, uint64_t now)
{
	const struct replay *r = b->state;

	(void)now;
	if (!r->started)
		return UINT64_MAX;
	if (r->scan.count && !r->held)
		return 0;
	for (unsigned i = 0; i < r->count; i++)
		if (r->files[i].latency && latency_is_pending(r->files[i].latency))
			return 0;
	if (!r->apart || !r->fill.count)
		return next_check(r);
	if (may_fill(b))
		return 0;
	return store_is_consumed(b->env->store) ? FULL_PERIOD : IDLE_PERIOD;
}

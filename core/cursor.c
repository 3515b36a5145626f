/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor: a heap of runs, each with the entries of the page it stands on.
 *
 * Rows of one run come in streaks, so the run on top goes on until it passes the next one
 * (`bound`), without touching the heap. A run that has nothing more is idle and looked at again
 * when the store's version changed.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/cursor_private.h"

struct cursor *cursor_new(struct store *s, unsigned flags)
{
	struct cursor *c = xcalloc(1, sizeof(*c));

	c->store = s;
	c->epoch = store_epoch(s);
	c->flags = flags;
	return c;
}

void cursor_free(struct cursor *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->count; i++) {
		store_charge(c->store, -(int64_t)(c->heads[i].cap * sizeof(struct entry)));
		page_data_unref(c->heads[i].keep);
		free(c->heads[i].entries);
	}
	page_data_unref(c->given);
	free(c->heads);
	free(c->heap);
	free(c);
}

uint64_t cursor_skipped(struct cursor *c)
{
	uint64_t n = c->skipped;

	c->skipped = 0;
	return n;
}

/* ---- the heap ---- */

static inline bool before(const struct slot *a, const struct slot *b)
{
	return a->ts != b->ts ? a->ts < b->ts : a->head < b->head;
}

static void sift_down(struct cursor *c, unsigned i)
{
	struct slot moved = c->heap[i];

	for (;;) {
		unsigned child = 2 * i + 1;

		if (child >= c->heap_count)
			break;
		if (child + 1 < c->heap_count && before(&c->heap[child + 1], &c->heap[child]))
			child++;
		if (!before(&c->heap[child], &moved))
			break;
		c->heap[i] = c->heap[child];
		i = child;
	}
	c->heap[i] = moved;
}

/* How far the top may go: to the smaller of its two children, or one below where that one comes
 * first. */
static void set_bound(struct cursor *c)
{
	c->bound = UINT64_MAX;
	for (unsigned k = 1; k < 3 && k < c->heap_count; k++) {
		uint64_t ts = c->heap[k].ts;
		uint64_t limit = c->heap[k].head < c->heap[0].head ? ts : ts + 1;

		c->bound = MIN(c->bound, limit);
	}
}

static void heapify(struct cursor *c)
{
	for (unsigned i = c->heap_count / 2; i-- > 0;)
		sift_down(c, i);
	set_bound(c);
}

/* Nobody wants the rows of a run. */
static bool leaves_out(const struct cursor *c, const struct head *h)
{
	unsigned flags = h->run->source->flags;

	return (flags & SOURCE_HIDDEN && !(c->flags & CURSOR_HIDDEN)) ||
	       (flags & SOURCE_DERIVED && c->flags & CURSOR_GIVEN);
}

/* Makes heads for the runs that came since the last look. */
static void add_heads(struct cursor *c)
{
	struct run *r;

	while ((r = store_run_at(c->store, c->count))) {
		c->heads = xrealloc(c->heads, c->count + 1, sizeof(*c->heads));
		c->heap = xrealloc(c->heap, c->count + 1, sizeof(*c->heap));
		c->heads[c->count++] = (struct head) { .run = r, .idle = true };
	}
}

/* The store was filled from somewhere else: begins anew at its oldest row. */
static void start_over(struct cursor *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		struct head *h = &c->heads[i];

		h->page = h->run->base;
		h->first = h->run->dropped;
		h->count = h->pos = 0;
		h->decoded = false;
		h->idle = true;
	}
	c->heap_count = 0;
	c->last = 0;
	c->epoch = store_epoch(c->store);
}

/* Takes in runs that are new and idle ones that have something again. */
static void refresh(struct cursor *c)
{
	bool added = false;

	if (unlikely(c->epoch != c->store->epoch))
		start_over(c);
	add_heads(c);
	for (unsigned i = 0; i < c->count; i++) {
		struct head *h = &c->heads[i];

		if (!h->idle || leaves_out(c, h))
			continue;
		if (cursor_ready(c, h)) {
			h->idle = false;
			c->heap[c->heap_count++] = (struct slot) { head_ts(h), i };
			added = true;
		}
	}
	c->version = store_version(c->store);
	if (added)
		heapify(c);
}

/* Checks every head in the heap against eviction; those with nothing left become idle. */
static void recheck(struct cursor *c)
{
	unsigned kept = 0;
	bool changed = false;

	if (unlikely(c->epoch != c->store->epoch))
		start_over(c);
	for (unsigned k = 0; k < c->heap_count; k++) {
		unsigned i = c->heap[k].head;
		struct head *h = &c->heads[i];
		bool evicted = h->page < h->run->base;

		if (evicted)
			changed = true;
		if (evicted && !cursor_ready(c, h))
			h->idle = true;
		else
			c->heap[kept++] = (struct slot) { head_ts(h), i };
	}
	c->heap_count = kept;
	if (changed)
		heapify(c);
	refresh(c);
}

/* The top moved on by one entry, out of its page or beyond the next: put it where it belongs. */
static void settle_top(struct cursor *c, struct head *h)
{
	if (unlikely(h->pos >= h->count) && !cursor_ready(c, h)) {
		h->idle = true;
		c->heap[0] = c->heap[--c->heap_count];
		if (!c->heap_count)
			return;
	} else {
		c->heap[0].ts = head_ts(h);
	}
	sift_down(c, 0);
	set_bound(c);
}

/* ---- rows ---- */

/* What stands at offset of the record, 16 or 32 bits wide. */
static inline uint16_t read_u16(const struct schema_set *set, const uint8_t *p)
{
	return likely(!set->machine.swap) ? load_u16(p) : __builtin_bswap16(load_u16(p));
}

static inline uint32_t read_u32(const struct schema_set *set, const uint8_t *p)
{
	return likely(!set->machine.swap) ? load_u32(p) : __builtin_bswap32(load_u32(p));
}

static inline void fill_row(const struct head *h, const struct entry *e, struct row *r)
{
	const struct schema_set *set = h->run->source->schemas;

	*r = (struct row) {
		.ts = e->ts,
		.cpu = h->run->cpu,
		.source = h->run->source,
		.run = h->run->index,
		.pos = (uint32_t)(e - h->entries),
		.page = h->page,
		.keep = h->keep,
	};
	if (unlikely(e->offset == LOSS)) {
		r->flags = ROW_LOSS;
		r->lost = run_page(h->run, h->page)->lost;
		return;
	}
	r->size = e->size;
	if (unlikely(e->offset == NOTHING)) {
		r->flags = ROW_DAMAGED;
		return;
	}
	r->rec = h->records + e->offset;
	if (likely(e->size >= set->pid_offset + 4 && e->size >= set->type_offset + 2)) {
		r->tid = (int32_t)read_u32(set, r->rec + set->pid_offset);
		r->schema = schema_set_get(set, read_u16(set, r->rec + set->type_offset), h->gen);
	}
	if (unlikely(!r->schema || r->size < r->schema->min_size))
		r->flags |= ROW_DAMAGED;
	else if (unlikely(h->run->source->flags & SOURCE_ARRIVAL) &&
		 r->rec[set->flags_offset] & RECORD_ARRIVED)
		r->flags |= ROW_APPROX_TIME;
}

/* Settling may let the page go that the row stands in, before anybody has looked at it. */
static void hold(struct cursor *c, struct head *h)
{
	if (likely(!h->keep) || h->pos < h->count)
		return;
	page_data_unref(c->given);
	c->given = page_data_ref(h->keep);
}

static bool step(struct cursor *c, uint64_t limit, struct row *r)
{
	struct head *h;

	if (unlikely(c->version != c->store->version))
		recheck(c);
	if (!c->heap_count)
		return false;
	h = &c->heads[c->heap[0].head];
	if (head_ts(h) >= limit)
		return false;
	fill_row(h, &h->entries[h->pos], r);
	if (unlikely(r->ts < c->last))
		r->flags |= ROW_LATE;
	else
		c->last = r->ts;
	if (unlikely(++h->pos >= h->count || head_ts(h) >= c->bound)) {
		hold(c, h);
		settle_top(c, h);
	}
	return true;
}

static inline bool is_given(const struct cursor *c, const struct row *r)
{
	return !source_owns(r->source, r->tid, r->schema) || c->flags & CURSOR_OWN;
}

bool cursor_next(struct cursor *c, uint64_t limit, struct row *r)
{
	while (step(c, limit, r))
		if (is_given(c, r))
			return true;
	return false;
}

/* Puts a head on the last entry before its place; false at the beginning of its run. */
static bool step_back(struct cursor *c, struct head *h)
{
	cursor_follow_eviction(c, h);
	while (!h->decoded || !h->pos) {
		if (h->page <= h->run->base || !run_page(h->run, h->page - 1))
			return false;
		cursor_decode(c, h, h->page - 1);
		h->first -= run_page(h->run, h->page)->events;
		h->pos = h->count;
	}
	h->pos--;
	return true;
}

void cursor_drop_heap(struct cursor *c)
{
	c->heap_count = 0;
	for (unsigned i = 0; i < c->count; i++)
		c->heads[i].idle = true;
	c->version = store_version(c->store) - 1;
}

/* Passes a run's entries below limit, pages that are wholly below it unread. */
static void pass_head(struct cursor *c, struct head *h, uint64_t limit)
{
	const struct page *p;

	cursor_follow_eviction(c, h);
	while ((p = run_page(h->run, h->page)) != NULL) {
		if (p->last >= limit || !run_page(h->run, h->page + 1)) {
			if (!cursor_ready(c, h))
				return;
			while (h->pos < h->count && head_ts(h) < limit)
				h->pos++;
			p = run_page(h->run, h->page);
			if (h->pos < h->count || !p || !run_page(h->run, h->page + 1))
				return;
		}
		h->first += p->events;
		h->page++;
		h->pos = h->count = 0;
		h->decoded = false;
	}
}

void cursor_pass(struct cursor *c, uint64_t limit)
{
	if (unlikely(c->epoch != c->store->epoch))
		start_over(c);
	add_heads(c);
	cursor_drop_heap(c);
	for (unsigned i = 0; i < c->count; i++)
		if (!leaves_out(c, &c->heads[i]))
			pass_head(c, &c->heads[i], limit);
}

static bool back(struct cursor *c, struct row *r)
{
	struct head *best = NULL;

	/* Not refresh: it would decode the page behind a head that stands at the end of one. */
	if (unlikely(c->epoch != c->store->epoch))
		start_over(c);
	add_heads(c);
	cursor_drop_heap(c);
	for (unsigned i = 0; i < c->count; i++) {
		struct head *h = &c->heads[i];

		if (leaves_out(c, h))
			continue;
		if (!step_back(c, h))
			continue;
		if (best && head_ts(h) < head_ts(best)) {
			h->pos++;
			continue;
		}
		if (best)
			best->pos++;
		best = h; /* of equal times the later run stands behind */
	}
	if (!best)
		return false;
	fill_row(best, &best->entries[best->pos], r);
	c->last = 0;
	return true;
}

bool cursor_prev(struct cursor *c, struct row *r)
{
	while (back(c, r))
		if (is_given(c, r))
			return true;
	return false;
}

/* Puts a head on a page of its run, before the first entry. */
static void enter_page(struct cursor *c, struct head *h, uint64_t number)
{
	h->page = number;
	h->first = h->run->dropped;
	for (uint64_t n = h->run->base; n < number; n++)
		h->first += run_page(h->run, n)->events;
	h->count = h->pos = 0;
	h->decoded = false;
	if (run_page(h->run, number))
		cursor_decode(c, h, number);
}

/* Stands before the first entry of a run with a time of at least ts. */
static void seek_head(struct cursor *c, struct head *h, uint64_t ts)
{
	uint64_t number = run_page_from(h->run, PAGE_LAST, ts);

	/* Behind all there is means behind the last record: its page may still grow. */
	if (number > h->run->base && !run_page(h->run, number))
		number--;
	enter_page(c, h, number);
	while (h->pos < h->count && h->entries[h->pos].ts < ts)
		h->pos++;
}

void cursor_seek(struct cursor *c, uint64_t ts)
{
	refresh(c);
	cursor_drop_heap(c);
	for (unsigned i = 0; i < c->count; i++)
		seek_head(c, &c->heads[i], ts);
	c->last = 0;
}

void cursor_seek_row(struct cursor *c, const struct row *r)
{
	refresh(c);
	cursor_drop_heap(c);
	for (unsigned i = 0; i < c->count; i++) {
		struct head *h = &c->heads[i];

		if (i != r->run) /* of equal times the lower run comes first */
			seek_head(c, h, i < r->run ? r->ts + 1 : r->ts);
		else if (run_page(h->run, r->page)) {
			enter_page(c, h, r->page);
			h->pos = MIN(r->pos, h->count);
		} else {
			enter_page(c, h, h->run->base);
		}
	}
	c->last = 0;
}

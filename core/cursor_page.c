/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor_page: one run of a cursor: pages become entries, and what left is passed over.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/cursor_private.h"

static void make_room(struct cursor *c, struct head *h, uint32_t wanted)
{
	uint32_t cap = h->cap ? h->cap : 256;

	while (cap < wanted)
		cap *= 2;
	if (cap == h->cap)
		return;
	h->entries = xrealloc(h->entries, cap, sizeof(*h->entries));
	store_charge(c->store, (int64_t)((cap - h->cap) * sizeof(*h->entries)));
	h->cap = cap;
}

/*
 * Decodes what the page has and the entries do not yet. Hot, so the walk stays in registers: were
 * it in the head, every entry written could have changed it.
 */
static void decode_more(struct cursor *c, struct head *h, const struct page *p)
{
	const uint8_t *records = h->records;
	const struct time_map *time = h->run->time;
	struct page_walk w = { .p = h->walk.p, .end = records + p->size, .ts = h->walk.ts };
	struct page_event ev;
	uint32_t n = h->count;

	make_room(c, h, MIN(p->events, p->size / 4) + 1);
	while (page_next(&w, &ev)) {
		if (unlikely(n == h->cap)) /* a page that was lent with a wrong number */
			make_room(c, h, n + 1);
		h->entries[n++] = (struct entry) {
			.ts = unlikely(time) ? time_map_apply(time, ev.ts) : ev.ts,
			.offset = (uint32_t)(ev.rec - records),
			.size = ev.size,
		};
	}
	h->count = n;
	h->walk = w;
	h->size = p->size;
}

void cursor_decode(struct cursor *c, struct head *h, uint64_t number)
{
	const struct page *p = run_page(h->run, number);

	h->page = number;
	h->count = h->pos = 0;
	page_data_unref(h->keep);
	h->records = page_records(h->run, p, &h->keep);
	h->gen = p->gen;
	h->size = p->size;
	h->walk = page_walk_init(h->records, 0, p->ts);
	h->decoded = true;
	make_room(c, h, 1);
	if (p->lost && c->flags & CURSOR_LOSSES)
		h->entries[h->count++] = (struct entry) { .ts = p->first, .offset = LOSS };
	if (likely(h->records)) /* else they cannot be had any more: as if it were empty */
		decode_more(c, h, p);
}

/* How many events of its page are behind the cursor: its place without the loss entry. */
static uint32_t passed(const struct head *h)
{
	return h->pos - (h->pos && h->entries[0].offset == LOSS);
}

void cursor_follow_eviction(struct cursor *c, struct head *h)
{
	uint64_t at = h->first + passed(h);

	if (h->page >= h->run->base)
		return;
	if (h->run->dropped > at)
		c->skipped += h->run->dropped - at;
	h->page = h->run->base;
	h->first = h->run->dropped;
	h->count = h->pos = 0;
	h->decoded = false;
}

bool cursor_ready(struct cursor *c, struct head *h)
{
	cursor_follow_eviction(c, h);
	for (;;) {
		const struct page *p;

		if (!h->decoded) {
			if (!run_page(h->run, h->page))
				return false;
			cursor_decode(c, h, h->page);
		}
		if (h->pos < h->count)
			return true;
		p = run_page(h->run, h->page);
		if (p && p->size > h->size) {
			decode_more(c, h, p);
			continue;
		}
		if (!run_page(h->run, h->page + 1))
			return false;
		h->first += p ? p->events : 0;
		h->page++;
		h->pos = h->count = 0;
		h->decoded = false;
	}
}

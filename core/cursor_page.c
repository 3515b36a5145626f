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
			if (unlikely(n == h->cap))
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

static inline bool is_chosen(const struct schema_set *set, const uint64_t *bits,
			     const struct page_event *ev)
{
	uint16_t id;

	if (unlikely(ev->size < set->type_offset + 2))
		return false;
	id = load_u16(ev->rec + set->type_offset);
	if (unlikely(set->machine.swap))
		id = __builtin_bswap16(id);
	return id <= SCHEMA_ID_MAX && bits[id / 64] >> (id % 64) & 1;
}

/*
 * The same of those that are chosen. Where the last ones are not that is an entry: a head stays on
 * its page until the time of its last record has come, for a choice may change until then, and
 * whoever steps comes to an end however many pages follow.
 */
static void decode_chosen(struct cursor *c, struct head *h, const struct page *p)
{
	const struct schema_set *set = h->run->source->schemas;
	const uint64_t *bits = c->choice.of(c->choice.data, h->run->source);
	const struct time_map *time = h->run->time;
	struct page_walk w = { .p = h->walk.p, .end = h->records + p->size, .ts = h->walk.ts };
	uint32_t n = h->count, left_out = 0;
	bool chosen = true;
	struct page_event ev;

	while (page_next(&w, &ev)) {
		h->walked++;
		chosen = is_chosen(set, bits, &ev);
		if (!chosen) {
			left_out += ev.size + 4;
			continue;
		}
		if (unlikely(n == h->cap))
			make_room(c, h, n + 1);
		h->entries[n++] = (struct entry) {
			.ts = time ? time_map_apply(time, ev.ts) : ev.ts,
			.offset = (uint32_t)(ev.rec - h->records),
			.size = ev.size,
		};
	}
	make_room(c, h, n + 1);
	if (!chosen)
		h->entries[n++] = (struct entry) {
			.ts = time ? time_map_apply(time, w.ts) : w.ts,
			.offset = NOTHING,
			.size = left_out,
		};
	h->count = n;
	h->walk = w;
	h->size = p->size;
}

/* Appends the entries of what the page has and the head has not looked at. */
static void decode(struct cursor *c, struct head *h, const struct page *p)
{
	if (unlikely(c->choice.of))
		decode_chosen(c, h, p);
	else
		decode_more(c, h, p);
}

void cursor_decode(struct cursor *c, struct head *h, uint64_t number)
{
	const struct page *p = run_page(h->run, number);

	h->page = number;
	h->count = h->pos = h->walked = 0;
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
		decode(c, h, p);
}

/* How many events of its page are behind the cursor, or more: its place without the loss entry. */
static uint32_t passed(const struct cursor *c, const struct head *h)
{
	if (c->choice.of)
		return h->pos < h->count ? h->pos : h->walked;
	return h->pos - (h->pos && h->entries[0].offset == LOSS);
}

void cursor_follow_eviction(struct cursor *c, struct head *h)
{
	uint64_t at = h->first + passed(c, h);

	if (h->page >= h->run->base)
		return;
	if (h->run->dropped > at)
		c->skipped += h->run->dropped - at;
	h->page = h->run->base;
	h->first = h->run->dropped;
	h->count = h->pos = 0;
	h->decoded = false;
}

/* Decodes the page of a head anew; what it gave, and what is below ts, is behind it. */
static void choose_anew(struct cursor *c, struct head *h, uint64_t ts)
{
	uint32_t behind = 0;

	cursor_follow_eviction(c, h);
	if (!h->decoded || !run_page(h->run, h->page))
		return;
	for (uint32_t i = 0; i < h->pos; i++)
		if (h->entries[i].offset < NOTHING)
			behind = h->entries[i].offset + 1;
	cursor_decode(c, h, h->page);
	while (h->pos < h->count && (h->entries[h->pos].offset < behind || head_ts(h) < ts))
		h->pos++;
}

void cursor_choose(struct cursor *c, const struct cursor_choice *choice, uint64_t ts)
{
	c->choice = *choice;
	if (c->epoch == c->store->epoch) /* else it begins anew by itself */
		for (unsigned i = 0; i < c->count; i++)
			choose_anew(c, &c->heads[i], MAX(ts, c->last));
	cursor_drop_heap(c);
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
			decode(c, h, p);
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

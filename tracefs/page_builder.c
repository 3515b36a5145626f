/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_builder: see the header.
 *
 * Owns nothing: the page is the caller's, and nothing is written outside of it. A record goes in
 * as a whole or not at all. Both byte orders and both word sizes are written the same
 * way: every word passes through put32 or put64.
 */
#include <string.h>

#include "core/page.h"
#include "core/row.h"
#include "tracefs/page_builder.h"

#define DELTA_BITS  27
#define DELTA_MASK  ((1U << DELTA_BITS) - 1)
#define EXTEND_BITS 59
#define SMALL_MAX   (28 * 4) /* the longest record whose length fits type_len */

static uint32_t header_size(const struct page_builder *b)
{
	return 8u + b->long_size;
}

static void put32(const struct page_builder *b, uint8_t *p, uint32_t v)
{
	store_u32(p, b->swap ? __builtin_bswap32(v) : v);
}

static void put64(const struct page_builder *b, uint8_t *p, uint64_t v)
{
	store_u64(p, b->swap ? __builtin_bswap64(v) : v);
}

static void put_long(const struct page_builder *b, uint8_t *p, uint64_t v)
{
	if (b->long_size == 8)
		put64(b, p, v);
	else
		put32(b, p, v > UINT32_MAX ? UINT32_MAX : (uint32_t)v);
}

/* A record header: bit-fields begin at the low end on little machines, at the high end on big ones.
 */
static void put_head(const struct page_builder *b, uint8_t *p, uint32_t type, uint32_t delta)
{
	put32(b, p, b->swap ? type << DELTA_BITS | delta : delta << 5 | type);
}

void page_builder_begin(struct page_builder *b, uint8_t *page, uint32_t size, struct machine m)
{
	*b = (struct page_builder) {
		.page = page, .size = size, .swap = m.swap, .long_size = m.long_size == 4 ? 4 : 8
	};
}

void page_builder_lost(struct page_builder *b, uint64_t lost)
{
	if (b->lost == LOST_UNKNOWN || lost == LOST_UNKNOWN ||
	    __builtin_add_overflow(b->lost, lost, &b->lost))
		b->lost = LOST_UNKNOWN;
}

/* What must stay free behind the records for the number of lost events. */
static uint32_t reserved(const struct page_builder *b)
{
	return b->events && b->lost && b->lost != LOST_UNKNOWN ? b->long_size : 0;
}

enum time_how { TIME_DELTA, TIME_BY_EXTEND, TIME_BY_STAMP, TIME_IMPOSSIBLE };

/* How the page can say that the next record has time ts. */
static enum time_how how_to_say(const struct page_builder *b, uint64_t ts)
{
	if (ts >= b->ts && ts - b->ts <= DELTA_MASK)
		return TIME_DELTA;
	if (ts >= b->ts && (ts - b->ts) >> EXTEND_BITS == 0)
		return TIME_BY_EXTEND;
	/* The upper bits of a time stamp are those of the time before. */
	return (ts ^ b->ts) >> EXTEND_BITS == 0 ? TIME_BY_STAMP : TIME_IMPOSSIBLE;
}

bool page_builder_add(struct page_builder *b, uint64_t ts, const void *rec, uint32_t size)
{
	uint32_t limit = b->size - header_size(b) - reserved(b);
	uint32_t body = size < 4 ? 4 : (size + 3) & ~3u, word = body > SMALL_MAX ? 4 : 0;
	uint64_t before = b->events ? b->ts : ts;
	enum time_how how;
	uint32_t need;
	uint8_t *p;

	if (size > b->size)
		return false;
	b->ts = before;
	how = how_to_say(b, ts);
	need = (how == TIME_DELTA ? 0 : 8) + 4 + word + body;
	if (how == TIME_IMPOSSIBLE || need > limit || b->used > limit - need)
		return false;
	p = b->page + header_size(b) + b->used;
	if (!b->events)
		put64(b, b->page, ts);
	if (how != TIME_DELTA) {
		uint64_t v = how == TIME_BY_EXTEND ? ts - before : ts;

		put_head(b, p, how == TIME_BY_EXTEND ? PAGE_TIME_EXTEND : PAGE_TIME_STAMP,
			 v & DELTA_MASK);
		put32(b, p + 4, (uint32_t)(v >> DELTA_BITS));
		p += 8;
		before = ts;
	}
	put_head(b, p, word ? 0 : body / 4, (uint32_t)(ts - before));
	if (word)
		put32(b, p + 4, body + 4);
	p += 4 + word;
	memcpy(p, rec, size);
	memset(p + size, 0, body - size);
	b->used += need;
	b->ts = ts;
	b->events++;
	return true;
}

uint32_t page_builder_finish(struct page_builder *b)
{
	uint32_t used = header_size(b) + b->used;
	uint64_t commit = b->used;

	if (!b->events)
		put64(b, b->page, b->ts);
	if (b->lost)
		commit |= PAGE_MISSED;
	if (b->lost && b->lost != LOST_UNKNOWN && b->size - used >= b->long_size) {
		commit |= PAGE_MISSED_STORED;
		put_long(b, b->page + used, b->lost);
		used += b->long_size;
	}
	put_long(b, b->page + 8, commit);
	memset(b->page + used, 0, b->size - used);
	return used;
}

uint32_t page_builder_max(uint32_t size)
{
	return (size - PAGE_HEADER - 8) & ~3u;
}

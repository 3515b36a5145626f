/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_page: pages of a trace.dat, in this machine's order.
 *
 * Pages of this byte order are lent from the map as they are; only their header differs in the
 * length of a long. Compressed ones are lent from their inflated chunk. In files of the other order
 * headers and length words of the records are turned, never what is in them, in the cache's
 * copy. Nothing outside the extent of a CPU is read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/page.h"
#include "tracefs/dat_private.h"

#define DELTA_BITS 27
#define DELTA_MASK ((1U << DELTA_BITS) - 1)

static struct dat_extent *extent(const struct dat *d, unsigned buffer, unsigned cpu)
{
	if (buffer >= d->buffers || cpu >= d->tables[buffer].pub.cpus)
		return NULL;
	return &d->tables[buffer].cpus[cpu];
}

uint64_t dat_pages(struct dat *d, unsigned buffer, unsigned cpu)
{
	struct dat_extent *x = extent(d, buffer, cpu);
	const struct dat_table *t;

	if (!x)
		return 0;
	t = &d->tables[buffer];
	return t->compressed ? dat_chunks(d, t, x)->pages : dat_count_pages(d, t, x->size);
}

/* ---- turning to this machine's order ---- */

static uint32_t swapped(const uint8_t *p)
{
	return __builtin_bswap32(load_u32(p));
}

/*
 * Turns the record at p, of which size bytes are left (at least 4). Returns how many belong
 * to it, at most size: what does not fit is cut, and the walk will see that and stop.
 */
static uint32_t turn_record(uint8_t *p, uint32_t size)
{
	uint32_t head = swapped(p), type = head >> DELTA_BITS, delta = head & DELTA_MASK;
	uint64_t want;

	store_u32(p, delta << 5 | type);
	if (type && type < PAGE_PADDING) {
		want = 4 + type * 4;
	} else if (size < 8) {
		want = size;
	} else {
		uint32_t second = swapped(p + 4);

		store_u32(p + 4, second);
		if (type == PAGE_TIME_EXTEND || type == PAGE_TIME_STAMP)
			want = 8;
		else
			want = 4 + (uint64_t)MAX(second, 4u);
		if (!type)
			want = (want + 3) & ~3ULL;
	}
	return (uint32_t)MIN(want, size);
}

/*
 * Turns all records of a page. Returns their bytes, without the empty rest that a padding of
 * delta 0 begins: whoever joins pages must not put more behind it.
 */
static uint32_t turn_records(uint8_t *p, uint32_t size)
{
	uint32_t done = 0;

	while (size - done >= 4) {
		if (swapped(p + done) == (uint32_t)PAGE_PADDING << DELTA_BITS)
			return done;
		done += turn_record(p + done, size - done);
	}
	return size;
}

/* ---- headers ---- */

/* What stands in front of a page's records. */
struct header {
	uint64_t ts;
	uint32_t word;	 /* the commit word's lower half: flags and size */
	uint32_t commit; /* bytes of records that are there */
	bool cut;	 /* the page says it has more */
};

static int read_header(const struct dat *d, const uint8_t *p, uint32_t size, uint32_t page_size,
		       struct header *h)
{
	if (size < d->data_offset)
		return -EBADMSG;
	h->ts = dat_number(d, p, 8);
	h->word = (uint32_t)dat_number(d, p + 8, d->machine.long_size);
	h->commit = h->word & PAGE_COMMIT_MASK;
	if (h->commit > page_size - d->data_offset)
		return -EBADMSG;
	h->cut = h->commit > size - d->data_offset;
	if (h->cut)
		h->commit = size - d->data_offset;
	return 0;
}

/* How many events were lost before this page. */
static uint64_t lost_before(const struct dat *d, const uint8_t *p, uint32_t size,
			    const struct header *h)
{
	uint32_t end = d->data_offset + h->commit;
	uint64_t n;

	if (!(h->word & PAGE_MISSED))
		return 0;
	if (!(h->word & PAGE_MISSED_STORED) || size - end < d->machine.long_size)
		return LOST_UNKNOWN;
	n = dat_number(d, p + end, d->machine.long_size);
	return n ? n : LOST_UNKNOWN;
}

/* ---- blocks of the cache ---- */

/* Turns every page of a block. Their headers stay: read_header knows either order. */
static void turn_block(const struct dat *d, struct dat_block *b, uint32_t page_size)
{
	size_t pages = b->size / page_size + 1;

	b->turned = xcalloc(pages, sizeof(*b->turned));
	for (size_t i = 0; i < pages; i++) {
		uint8_t *p = b->data->bytes + i * page_size;
		struct header h;

		if (!read_header(d, p, (uint32_t)MIN(b->size - i * page_size, page_size), page_size,
				 &h))
			b->turned[i] = turn_records(p + d->data_offset, h.commit);
	}
}

static struct dat_block *inflate_chunk(struct dat *d, const struct dat_table *t,
				       const struct dat_extent *x, struct dat_chunk *c)
{
	struct dat_block *b;

	if (c->bad)
		return NULL;
	b = dat_block_new(x, c->page, c->inflated);
	if (dat_inflate(d->codec, d->map + c->offset, c->size, b->data->bytes, c->inflated) < 0) {
		dat_damage(d, "offset %llu: a compressed chunk is damaged",
			   (unsigned long long)c->offset);
		c->bad = true;
		dat_block_free(b);
		return NULL;
	}
	if (d->machine.swap)
		turn_block(d, b, t->pub.page_size);
	return b;
}

static struct dat_block *copy_page(struct dat *d, const struct dat_table *t,
				   const struct dat_extent *x, uint64_t n)
{
	uint64_t from = n * t->pub.page_size;
	size_t size = (size_t)MIN(x->size - from, (uint64_t)t->pub.page_size);
	struct dat_block *b = dat_block_new(x, n, size);

	memcpy(b->data->bytes, d->map + x->offset + from, size);
	turn_block(d, b, t->pub.page_size);
	return b;
}

/* A page, wherever its bytes are. */
struct place {
	const struct dat_table *t;
	const uint8_t *p;
	uint32_t size;		 /* at most a page */
	uint64_t at;		 /* in the file, for words */
	struct dat_block *block; /* NULL: in the map */
	size_t index;		 /* of the page in the block */
};

/* 0, or -EINVAL when there is no such page, -EBADMSG when its chunk is damaged. */
static int place_chunk(struct dat *d, struct dat_extent *x, uint64_t n, struct place *ret)
{
	struct dat_chunk *c = dat_chunk_of(dat_chunks(d, ret->t, x), n);
	uint32_t page_size = ret->t->pub.page_size;
	size_t from;

	if (!c)
		return -EINVAL;
	ret->at = c->offset;
	ret->block = dat_cache_find(d, x, c->page);
	if (!ret->block) {
		ret->block = inflate_chunk(d, ret->t, x, c);
		if (!ret->block)
			return -EBADMSG;
		dat_cache_add(d, ret->block);
	}
	ret->index = (size_t)(n - c->page);
	from = ret->index * page_size;
	ret->p = ret->block->data->bytes + from;
	ret->size = (uint32_t)MIN(ret->block->size - from, page_size);
	return 0;
}

static int place_page(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, struct place *ret)
{
	struct dat_extent *x = extent(d, buffer, cpu);
	uint64_t from;

	if (!x)
		return -EINVAL;
	*ret = (struct place) { .t = &d->tables[buffer] };
	if (ret->t->compressed)
		return place_chunk(d, x, n, ret);
	if (n >= dat_count_pages(d, ret->t, x->size))
		return -EINVAL;
	from = n * ret->t->pub.page_size;
	ret->at = x->offset + from;
	ret->p = d->map + ret->at;
	ret->size = (uint32_t)MIN(x->size - from, (uint64_t)ret->t->pub.page_size);
	return 0;
}

/* A page of the other order in the map gets a turned copy. Its header may be read in either. */
static void turn_place(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, struct place *at)
{
	const struct dat_extent *x = extent(d, buffer, cpu);

	if (!d->machine.swap || at->block)
		return;
	at->block = dat_cache_find(d, x, n);
	if (!at->block) {
		at->block = copy_page(d, at->t, x, n);
		dat_cache_add(d, at->block);
	}
	at->p = at->block->data->bytes;
}

int dat_page_time(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint64_t *ret)
{
	struct place at;
	struct header h;

	if (place_page(d, buffer, cpu, n, &at) < 0 ||
	    read_header(d, at.p, at.size, at.t->pub.page_size, &h) < 0)
		return -EBADMSG;
	*ret = h.ts;
	return 0;
}

/* A reference on the bytes of a page; on a copy of them when too much is referred to. */
static struct page_data *hold(const struct dat *d, const struct dat_block *b, struct page *p)
{
	struct page_data *copy;

	if (likely(!dat_cache_crowded(d)))
		return page_data_ref(b->data);
	copy = page_data_new(p->size + 1);
	memcpy(copy->bytes, p->records, p->size);
	p->records = copy->bytes;
	return copy;
}

static int bad_page(struct dat *d, const struct place *at, struct err *e, const char *what)
{
	return err_set(e, -EBADMSG, "%s: offset %llu: %s", d->path, (unsigned long long)at->at,
		       what);
}

int dat_page_load(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, struct page *ret,
		  struct page_data **keep, struct err *e)
{
	struct place at;
	struct header h;
	int r = place_page(d, buffer, cpu, n, &at);

	*keep = NULL;
	if (r == -EBADMSG)
		return bad_page(d, &at, e, "a compressed chunk is damaged");
	if (r < 0)
		return err_set(e, r, "%s: no page %llu of CPU %u in buffer %u", d->path,
			       (unsigned long long)n, cpu, buffer);
	if (read_header(d, at.p, at.size, at.t->pub.page_size, &h) < 0) {
		dat_damage(d, "offset %llu: the header of a page makes no sense",
			   (unsigned long long)at.at);
		return bad_page(d, &at, e, "the header of a page makes no sense");
	}
	if (h.cut)
		dat_damage(d, "offset %llu: the last page is cut off", (unsigned long long)at.at);
	turn_place(d, buffer, cpu, n, &at);
	*ret = (struct page) {
		.ts = h.ts,
		.first = h.ts,
		.last = h.ts,
		.records = at.p + d->data_offset,
		.size = d->machine.swap ? at.block->turned[at.index] : h.commit,
		.lost = lost_before(d, at.p, at.size, &h),
		.gen = d->schemas->gen,
	};
	if (at.block)
		*keep = hold(d, at.block, ret);
	return 0;
}

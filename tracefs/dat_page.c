/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_page: pages of a trace.dat, in this machine's order.
 *
 * Pages of this byte order are lent from the map as they are; only their header differs in the
 * length of a long. Those of the other order are turned in the caller's memory: headers and
 * length words of the records, never what is in them. Nothing outside the extent of a
 * CPU is read, and nothing outside the turned page is written.
 */
#include <errno.h>
#include <string.h>

#include "core/page.h"
#include "tracefs/dat_private.h"

#define DELTA_BITS 27
#define DELTA_MASK ((1U << DELTA_BITS) - 1)

static const struct dat_extent *extent(const struct dat *d, unsigned buffer, unsigned cpu)
{
	if (buffer >= d->buffers || cpu >= d->tables[buffer].pub.cpus)
		return NULL;
	return &d->tables[buffer].cpus[cpu];
}

/* A last page that was cut off counts when more than its header is left. */
uint64_t dat_pages(const struct dat *d, unsigned buffer, unsigned cpu)
{
	const struct dat_extent *x = extent(d, buffer, cpu);

	if (!x)
		return 0;
	return x->size / d->page_size + (x->size % d->page_size > d->data_offset);
}

/* The bytes of page n, at most a page; NULL when there is no such page. */
static const uint8_t *page_bytes(const struct dat *d, unsigned buffer, unsigned cpu, uint64_t n,
				 uint32_t *size)
{
	const struct dat_extent *x = extent(d, buffer, cpu);

	if (n >= dat_pages(d, buffer, cpu))
		return NULL;
	*size = (uint32_t)MIN(x->size - n * d->page_size, (uint64_t)d->page_size);
	return d->map + x->offset + n * d->page_size;
}

static uint32_t swapped(const uint8_t *p)
{
	return __builtin_bswap32(load_u32(p));
}

/*
 * Turns one record at in to out, of which size bytes are left (at least 4). Returns how many belong
 * to it, at most size: what does not fit is cut, and the walk will see that and stop.
 */
static uint32_t turn_record(const uint8_t *in, uint8_t *out, uint32_t size)
{
	uint32_t head = swapped(in), type = head >> DELTA_BITS, delta = head & DELTA_MASK;
	uint32_t used = 4;
	uint64_t want;

	store_u32(out, delta << 5 | type);
	if (type && type < PAGE_PADDING) {
		want = 4 + type * 4;
	} else if (size < 8) {
		want = size;
	} else {
		uint32_t second = swapped(in + 4);

		store_u32(out + 4, second);
		used = 8;
		if (type == PAGE_TIME_EXTEND || type == PAGE_TIME_STAMP)
			want = 8;
		else
			want = 4 + (uint64_t)MAX(second, 4u);
		if (!type)
			want = (want + 3) & ~3ULL;
	}
	want = MIN(want, size);
	memcpy(out + used, in + used, want - used);
	return (uint32_t)want;
}

/*
 * Turns all records of a page. Returns their bytes, without the empty rest that a padding of
 * delta 0 begins: whoever joins pages must not put more behind it.
 */
static uint32_t turn_records(const uint8_t *in, uint8_t *out, uint32_t size)
{
	uint32_t done = 0;

	while (size - done >= 4) {
		if (swapped(in + done) == (uint32_t)PAGE_PADDING << DELTA_BITS)
			return done;
		done += turn_record(in + done, out + done, size - done);
	}
	memcpy(out + done, in + done, size - done);
	return size;
}

/* What stands in front of a page's records. */
struct header {
	uint64_t ts;
	uint32_t word;	 /* the commit word's lower half: flags and size */
	uint32_t commit; /* bytes of records that are there */
	bool cut;	 /* the page says it has more */
};

static int read_header(const struct dat *d, const uint8_t *p, uint32_t size, struct header *h)
{
	if (!p || size < d->data_offset)
		return -EBADMSG;
	h->ts = dat_number(d, p, 8);
	h->word = (uint32_t)dat_number(d, p + 8, d->machine.long_size);
	h->commit = h->word & PAGE_COMMIT_MASK;
	if (h->commit > d->page_size - d->data_offset)
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

int dat_page_time(const struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint64_t *ret)
{
	uint32_t size = 0;
	const uint8_t *p = page_bytes(d, buffer, cpu, n, &size);
	struct header h;

	if (read_header(d, p, size, &h) < 0)
		return -EBADMSG;
	*ret = h.ts;
	return 0;
}

int dat_page(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint8_t *scratch,
	     struct page *ret, struct err *e)
{
	uint32_t size = 0;
	const uint8_t *p = page_bytes(d, buffer, cpu, n, &size), *records;
	struct header h;

	if (!p || (d->machine.swap && !scratch))
		return err_set(e, -EINVAL, "%s: no page %llu of CPU %u in buffer %u", d->path,
			       (unsigned long long)n, cpu, buffer);
	if (read_header(d, p, size, &h) < 0) {
		dat_damage(d, "offset %llu: the header of a page makes no sense",
			   (unsigned long long)(p - d->map));
		return err_set(e, -EBADMSG, "%s: offset %llu: the header of a page makes no sense",
			       d->path, (unsigned long long)(p - d->map));
	}
	if (h.cut)
		dat_damage(d, "offset %llu: the last page is cut off",
			   (unsigned long long)(p - d->map));
	records = p + d->data_offset;
	*ret = (struct page) {
		.ts = h.ts,
		.first = h.ts,
		.last = h.ts,
		.records = d->machine.swap ? scratch : records,
		.size = d->machine.swap ? turn_records(records, scratch, h.commit) : h.commit,
		.lost = lost_before(d, p, size, &h),
		.gen = d->schemas->gen,
	};
	return 0;
}

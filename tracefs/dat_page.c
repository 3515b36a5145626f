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

int dat_page_time(const struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint64_t *ret)
{
	uint32_t size;
	const uint8_t *p = page_bytes(d, buffer, cpu, n, &size);

	if (!p)
		return -EBADMSG;
	*ret = dat_number(d, p, 8);
	return 0;
}

/* How many events were lost before this page; commit is the whole word. */
static uint64_t lost_before(const struct dat *d, const uint8_t *p, uint32_t size, uint32_t commit)
{
	uint32_t end = d->data_offset + (commit & PAGE_COMMIT_MASK);
	uint64_t n;

	if (!(commit & PAGE_MISSED))
		return 0;
	if (!(commit & PAGE_MISSED_STORED) || size - end < d->machine.long_size)
		return LOST_UNKNOWN;
	n = dat_number(d, p + end, d->machine.long_size);
	return n ? n : LOST_UNKNOWN;
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
	} else if (size < 8 || (type == PAGE_PADDING && !delta)) {
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

static void turn_records(const uint8_t *in, uint8_t *out, uint32_t size)
{
	while (size >= 4) {
		uint32_t n = turn_record(in, out, size);

		in += n;
		out += n;
		size -= n;
	}
	memset(out, 0, size);
}

/* The bytes of records a page says it has, checked against what is there. */
static int page_commit(struct dat *d, const uint8_t *p, uint32_t size, uint32_t *ret_word,
		       uint32_t *ret_size)
{
	uint32_t word, commit;

	if (size < d->data_offset)
		return -EBADMSG;
	word = (uint32_t)dat_number(d, p + 8, d->machine.long_size);
	commit = word & PAGE_COMMIT_MASK;
	if (commit > d->page_size - d->data_offset)
		return -EBADMSG;
	if (commit > size - d->data_offset) {
		dat_damage(d, "offset %llu: the last page is cut off",
			   (unsigned long long)(p - d->map));
		commit = size - d->data_offset;
		word = (word & ~PAGE_COMMIT_MASK) | commit;
	}
	*ret_word = word;
	*ret_size = commit;
	return 0;
}

int dat_page(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint8_t *scratch,
	     struct page *ret, struct err *e)
{
	uint32_t size = 0, word, commit;
	const uint8_t *p = page_bytes(d, buffer, cpu, n, &size), *records;

	if (!p || (d->machine.swap && !scratch))
		return err_set(e, -EINVAL, "%s: no page %llu of CPU %u in buffer %u", d->path,
			       (unsigned long long)n, cpu, buffer);
	if (page_commit(d, p, size, &word, &commit) < 0) {
		dat_damage(d, "offset %llu: the header of a page makes no sense",
			   (unsigned long long)(p - d->map));
		return err_set(e, -EBADMSG, "%s: offset %llu: the header of a page makes no sense",
			       d->path, (unsigned long long)(p - d->map));
	}
	records = p + d->data_offset;
	if (d->machine.swap) {
		turn_records(records, scratch, commit);
		records = scratch;
	}
	*ret = (struct page) {
		.ts = dat_number(d, p, 8),
		.records = records,
		.size = commit,
		.lost = lost_before(d, p, size, word),
		.gen = d->schemas->gen,
	};
	ret->first = ret->last = ret->ts;
	return 0;
}

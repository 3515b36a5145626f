/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page: walking the records of a ring-buffer page.
 *
 * The layout is the kernel's (include/linux/ring_buffer.h, kernel/trace/ring_buffer.c): a
 * stream of 32-bit headers, type_len in the low 5 bits and a time delta in the upper 27, as on
 * little-endian machines. Foreign pages are brought to this order before they come here
 * (tracefs/dat_page.c); the records stay as they were.
 *
 * A page is hostile input: a walk never leaves [p, end).
 */
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/util.h"

#define PAGE_HEADER   16    /* u64 time stamp, u64 commit: as on a 64-bit machine */
#define PAGE_SIZE_MAX 65536 /* a page of the store; also the largest sub-buffer we ask for */

/* The upper bits of a sub-buffer's commit word. */
#define PAGE_COMMIT_MASK   0xfffffu
#define PAGE_MISSED	   (1u << 31) /* events were lost before this page */
#define PAGE_MISSED_STORED (1u << 30) /* ... and their number stands behind the data */

enum page_type {
	PAGE_PADDING = 29,
	PAGE_TIME_EXTEND = 30,
	PAGE_TIME_STAMP = 31,
};

struct page_walk {
	const uint8_t *p, *end;
	uint64_t ts;
	uint64_t peak; /* the highest time from which a clock that was set back fell; 0: never */
	bool damaged;  /* the walk ended because the bytes made no sense */
};

struct page_event {
	uint64_t ts;
	const uint8_t *rec;
	uint32_t size;
};

/* Begins at the first record header; ts is the page's. */
static inline struct page_walk page_walk_init(const uint8_t *p, uint32_t size, uint64_t ts)
{
	return (struct page_walk) { .p = p, .end = p + size, .ts = ts };
}

/* The steps that are no plain record: returns true when *ev was filled. See page.c. */
bool page_next_slow(struct page_walk *w, struct page_event *ev);

/* Steps to the next record; false at the end. */
static inline bool page_next(struct page_walk *w, struct page_event *ev)
{
	uint32_t head, size;

	if (unlikely(w->end - w->p < 8))
		return page_next_slow(w, ev);
	head = load_u32(w->p);
	size = (head & 31) * 4;
	if (unlikely(size - 4 >= PAGE_PADDING * 4 - 4 || w->end - w->p < 4 + (long)size))
		return page_next_slow(w, ev);
	w->ts += head >> 5;
	ev->ts = w->ts;
	ev->rec = w->p + 4;
	ev->size = size;
	w->p += 4 + size;
	return true;
}

/* Writes an absolute time stamp record (8 bytes) at p. */
void page_put_time_stamp(uint8_t *p, uint64_t ts);

#endif

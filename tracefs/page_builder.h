/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_builder: records put into a page as the kernel would.
 *
 * For sources that have records and no pages, for cuts of recordings, and for the files the
 * tests make. Deltas up to 27 bits, TIME_EXTEND beyond, absolute TIME_STAMP when time went back or
 * the extend would not fit. Records are copied verbatim.
 */
#ifndef TRACEFS_PAGE_BUILDER_H
#define TRACEFS_PAGE_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/schema.h"

struct page_builder {
	uint8_t *page; /* header and records; the caller's */
	uint32_t size; /* of the page in bytes, header included */
	uint32_t used; /* bytes behind the header */
	uint64_t ts;   /* of the last record */
	uint32_t events;
	uint64_t lost;	   /* stored in the header when finished */
	bool swap;	   /* write the other byte order */
	uint8_t long_size; /* 4: a header of 12 bytes */
};

/* Begins a page in memory of size bytes (1 KiB to 1 MiB). The first record gives it its time. */
void page_builder_begin(struct page_builder *b, uint8_t *page, uint32_t size, struct machine m);

/* Appends a record; false when it does not fit (nothing changed): finish this page and begin
 * another. */
bool page_builder_add(struct page_builder *b, uint64_t ts, const void *rec, uint32_t size);

/* Says that events were lost before this page's first record (LOST_UNKNOWN: some). */
void page_builder_lost(struct page_builder *b, uint64_t lost);

/* Writes the header; the rest of the page is zeroed. Returns the bytes used, header included. */
uint32_t page_builder_finish(struct page_builder *b);

/* The largest record that fits an empty page of this size. */
uint32_t page_builder_max(uint32_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_page: a filter over whole pages, without making rows.
 *
 * Says how many records of a page pass and when, exactly as filter_match says of the rows that a
 * cursor gives, at a fraction of the price: what a filter asks of a record's type is looked up once
 * a type, what it asks of the thread once a thread and page. Losses are no records; whoever shows
 * them asks for them himself.
 */
#ifndef CORE_FILTER_PAGE_H
#define CORE_FILTER_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/filter.h"
#include "core/store.h"

/* What is kept from page to page for one filter. */
struct filter_scan;

/* How far a page was walked, and what was found there. All zero: at its beginning. */
struct filter_place {
	uint32_t at; /* bytes of its records behind it */
	uint32_t shown, hidden;
	uint32_t walked;      /* records: our own too, which are neither */
	uint64_t ts;	      /* of the last record, as in the page */
	uint64_t first, last; /* least and greatest time of the rows that pass, if shown */
	uint32_t apart;	      /* neither shown nor hidden: see filter_scan_apart */
	bool fell;	      /* times fell on the way */
};

/* Who is given the rows that pass. */
struct filter_sink {
	void (*row)(void *data, const struct row *r); /* hot */
	void *data;
};

/* Makes a scan; both are borrowed. NULL as filter lets everything pass. */
struct filter_scan *filter_scan_new(struct filter *f, const struct identity *id);
void filter_scan_free(struct filter_scan *s);

/*
 * What the filter leaves out of events that another one can never pass is not hidden but counted
 * apart: nobody chose them. Borrowed; to be said before the first page.
 */
void filter_scan_apart(struct filter_scan *s, struct filter *among);

/*
 * Walks a page of a run on from *at, which counts what passes, and stops before the first record
 * with a time of limit or more. True when it came to the end of what the page holds now.
 */
bool filter_scan_page(struct filter_scan *s, const struct run *r, const struct page *p,
		      uint64_t limit, struct filter_place *at);

/*
 * The same, and calls fn for each row that passes. The row is borrowed for the call, with its
 * bytes; its place is that of a cursor without losses. number is the page's in the run.
 */
bool filter_scan_rows(struct filter_scan *s, const struct run *r, uint64_t number, uint64_t limit,
		      struct filter_place *at, const struct filter_sink *sink);

#endif

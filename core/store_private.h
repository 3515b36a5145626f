/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store_private: what store.c (directory, bound, eviction), store_fill.c (joining, the one walk)
 * and cursor.c (which looks at the version for every row) share.
 */
#ifndef CORE_STORE_PRIVATE_H
#define CORE_STORE_PRIVATE_H

#include "core/store.h"

struct store {
	struct store_conf conf;
	struct fds *fds; /* learns in the walk; may be NULL */
	struct source **sources;
	struct run **runs;
	unsigned source_count, run_count;
	struct page_data *all; /* allocated in chunks */
	struct chunk *chunks;
	struct page_data *free;		      /* ours alone */
	_Atomic(struct page_data *) returned; /* let go by any thread; taken back all at once */
	struct page_data *spare;	      /* where the next fragment is read */
	uint64_t used;			      /* bytes of pages in use, directory, entries */
	uint64_t pages, events;
	uint64_t evicted_pages, evicted_events;
	uint64_t version, epoch;
	bool consumed;	 /* store_forget is used */
	uint64_t newest; /* time of the youngest record walked */
	uint64_t final;	 /* the highest horizon given out */
};

/*
 * No page takes records of more than a minute: what a quiet CPU said an hour ago would keep its
 * page, and every name since then, as long as that CPU is quiet.
 */
#define PAGE_AGE (60 * NSEC_PER_SEC)

/* A page to be filled, taken from the free ones or made; NULL without memory. */
struct page_data *store_page_take(struct store *s);

/* Adds a directory entry at the end of a run, making room within the bound first. */
struct page *store_page_add(struct store *s, struct run *r, const struct page *p);

/* Lets the oldest pages go until the bound holds. */
void store_evict(struct store *s);

#endif

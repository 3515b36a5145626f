/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store: the pages of all sources, bounded by one number of bytes.
 *
 * Level one is a directory entry for every page (source, CPU, first and last time, events,
 * losses). Level two, entries for single events, exists only while a cursor stands on a page and is
 * rebuilt by walking it. Each (source, CPU) is a run, in its own order; cursors merge runs by time.
 *
 * Pages are either filled here (live: fragments of trace_pipe_raw, joined) or borrowed from a
 * source that keeps them (a mapped file). The oldest pages leave when the bound is reached; what
 * left is counted. A page that something else still needs (a recording) is kept alive by its
 * reference count and no longer counted here.
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/page.h"
#include "core/row.h"
#include "core/schema.h"
#include "core/time_map.h"

struct identity;
struct page;
struct page_data;
struct run;
struct store;
struct fds;
struct summary;
struct text_env;

enum source_flag {
	SOURCE_HIDDEN = 1,  /* folded, recorded, never shown (identity) */
	SOURCE_DERIVED = 2, /* made of the rows of others: does not hold those back */
	SOURCE_AGAIN = 4,   /* its rows come a second time: they are not counted anew */
	SOURCE_ARRIVAL = 8, /* records with RECORD_ARRIVED have the time of their arrival */
};

/* Gives the bytes of pages that are made when somebody looks at them (a compressed recording). */
struct page_loader {
	/*
	 * The records of a page of the source whose `records` is NULL; p->where says which. They
	 * stay as long as *keep, a reference of the caller's (NULL: as long as the store). NULL:
	 * they cannot be had any more.
	 */
	const uint8_t *(*load)(void *data, const struct run *r, const struct page *p,
			       struct page_data **keep);
	void *data;
};

/* Threads of ours whose records are nobody's to see: the one that does all, the writers, and the
 * process that loads programs. */
#define SOURCE_OWN    5
#define SOURCE_LOADER 4

/* Where rows come from: an instance, a file, a command. Registered once, lives as long as the
 * store. */
struct source {
	const char *name;    /* "tracefs", "identity", "trace.dat", ... */
	const char *backend; /* key of the backend */
	uint16_t index;
	uint16_t flags;
	struct schema_set *schemas;  /* borrowed; outlives the store's pages */
	uint64_t horizon;	     /* nothing older will come; UINT64_MAX when it is at its end */
	const struct text_env *text; /* how its rows are said; set by the backend, borrowed */
	int32_t own[SOURCE_OWN];     /* threads whose records are in no row and no count; 0: none */
	const struct page_loader *loader; /* NULL: every page has its bytes */
	/* counted by the one walk and by whoever fills */
	uint64_t events, bytes, lost; /* lost: known numbers added up */
	uint64_t lost_unknown;	      /* times when the number is not known */
	uint64_t damaged;	      /* records without schema or too short */
	uint64_t late;
};

/* True for our own doings. Switches from us to others are others' as well; 0 is the idle task. */
static inline bool source_owns(const struct source *src, int32_t tid, const struct schema *schema)
{
	const int32_t *own = src->own;
	bool is = (tid == own[0]) | (tid == own[1]) | (tid == own[2]) | (tid == own[3]) |
		  (tid == own[SOURCE_LOADER]);

	return unlikely(is) && tid && schema && schema->role != ROLE_SWITCH;
}

/* Bytes of pages that are there as long as somebody refers to them. */
struct page_data {
	atomic_uint refs;
	struct store *store; /* whose page it is; NULL: release says what becomes of it */
	void (*release)(struct page_data *d); /* by whoever lets it go last, on any thread */
	struct page_data *next;		      /* while it is free */
	uint8_t *bytes; /* of a page of the store: the kernel's header, then records */
};

/* A directory entry. */
struct page {
	uint64_t ts;		/* time stamp in the header: the base of the first delta */
	uint64_t first, last;	/* time of the first and the last record; equal to ts when empty */
	const uint8_t *records; /* behind the header; NULL: to be asked of the source's loader */
	struct page_data *data; /* NULL: borrowed from the source */
	uint64_t where;		/* for the loader */
	uint64_t lost;		/* before the first record; LOST_UNKNOWN */
	uint32_t size;		/* bytes of records */
	uint32_t events;	/* own ones included */
	uint32_t own;		/* of our own doing: in no row and no count */
	uint32_t gen;		/* of the source's schemas when the page was begun */
	bool damaged;		/* the walk ended early: the rest makes no sense */
};

/* One (source, CPU): pages in order of time, the last one perhaps still open. */
struct run {
	struct source *source;
	uint16_t cpu;
	uint16_t index;
	struct page *pages; /* a ring of the pages that are here */
	uint32_t head, count, cap;
	uint64_t dropped;	     /* events of the pages that left */
	uint64_t base;		     /* number of the page at head: how many left before it */
	bool open;		     /* the last page takes more fragments */
	uint64_t lost;		     /* to be said by the next page */
	const struct time_map *time; /* from the times in its pages to all others; NULL: the same */
	int32_t tid;		     /* of the last record walked, and its task in the summary */
	uint32_t task;
	uint64_t task_until; /* rows up to here are of that task */
};

struct store_conf {
	uint64_t memory;	   /* bytes for pages, directory and entries; at least 16 pages */
	uint32_t page_size;	   /* 0: PAGE_SIZE_MAX; tests take small ones */
	struct identity *identity; /* learns in the walk; may be NULL */
	struct summary *summary;   /* folds in the walk; may be NULL */
};

struct store_stats {
	uint64_t memory, used;	/* bytes */
	uint64_t pages, events; /* here now */
	uint64_t evicted_pages, evicted_events;
	uint64_t first, last; /* time range of what is here; 0 when empty */
};

/* Makes a store; -ENOMEM or -EINVAL. */
int store_new(const struct store_conf *c, struct store **ret, struct err *e);
void store_free(struct store *s);

/* Registers a source; the strings and the set are borrowed for the store's life. */
struct source *store_source(struct store *s, const char *backend, const char *name,
			    struct schema_set *schemas, unsigned flags);

/* The run of a CPU of a source, made on first use. */
struct run *store_run(struct store *s, struct source *src, uint16_t cpu);

/* ---- filling, live ---- */

/* Bytes of a page: what store_room gives and store_commit takes at most. */
uint32_t store_page_size(const struct store *s);

/*
 * Where the next fragment may be read, of whatever run: page_size bytes, or NULL without
 * memory (then the error says so and the bound should be lowered).
 */
uint8_t *store_room(struct store *s, struct err *e);

/*
 * A fragment stands in store_room: a kernel header (time stamp, commit with the missed bits) and
 * its records, read bytes in all. It is joined to the open page behind an absolute time stamp or
 * becomes a page itself, and walked once. Returns the number of events, or -EINVAL for bytes that
 * are no page.
 */
int store_commit(struct store *s, struct run *r, size_t read, struct err *e);

/* n events were lost at this point of the run (LOST_UNKNOWN: some). The open page is closed. */
void store_lost(struct store *s, struct run *r, uint64_t n);

/*
 * The number behind the last page's LOST_UNKNOWN became known. Returns n, or 0 when there was no
 * such loss and nothing changed.
 */
uint64_t store_lost_known(struct store *s, struct run *r, uint64_t n);

/*
 * One finished page of records that stay where they are as long as the store (a mapped file), or,
 * with a loader, only now: then every later look asks for them again. Walked once when walk: the
 * identity learns, the summary folds, the source counts. Else it comes again after store_clear;
 * first, last and events are to be given in p, and nothing is counted a second time.
 */
int store_borrow(struct store *s, struct run *r, const struct page *p, bool walk, struct err *e);

/* The walk of store_borrow over a page that is not kept. *ret has its times and counts. */
int store_scan(struct store *s, struct run *r, const struct page *p, struct page *ret,
	       struct err *e);

/* Whether another page of a run is taken without another one leaving for it. */
bool store_has_room(const struct store *s, const struct run *r);

/* Whether somebody lets go what he has seen: room comes with time. */
bool store_is_consumed(const struct store *s);

/*
 * Takes all pages out, to be filled from somewhere else: rows, cursors and numbers of pages that
 * anybody knows are void then (store_epoch). Nothing is final any more. Not counted as evicted.
 */
void store_clear(struct store *s);

/* The next page of a run without pages gets this number; so many events were before it. */
void store_place(struct store *s, struct run *r, uint64_t number, uint64_t dropped);

/* Changes with store_clear. */
uint64_t store_epoch(const struct store *s);

/* Where the walk folds from now on; NULL: nowhere. */
void store_fold(struct store *s, struct summary *sum);

/* What learns of descriptors in the walk from now on; NULL: nothing. */
void store_watch(struct store *s, struct fds *fds);

/*
 * Takes n bytes of the bound for level two (a cursor's entries), or gives them back when n is
 * negative. Pages leave for it when the next one is filled, not now: a cursor may stand on them.
 */
void store_charge(struct store *s, int64_t n);

/* Changes whenever something was added or left: what a cursor knows may be old then. */
uint64_t store_version(const struct store *s);

/* Closes the open page of a run: the next fragment begins another. */
void store_close_page(struct store *s, struct run *r);

/* Lets pages go whose rows are all older than ts, open ones too: nobody will ask for them again.
 * Not counted as evicted. */
void store_forget(struct store *s, uint64_t ts);
/*
 * Lets the pages of one run go that have a smaller number and whose rows are all older than ts; one
 * that still grows stays. Not counted as evicted either.
 */
void store_trim(struct store *s, struct run *r, uint64_t number, uint64_t ts);

/* ---- asking ---- */

/*
 * Rows below this time are final. now is the time of asking: a source whose horizon is more than
 * 200 ms behind it no longer holds the others back. Only what is at its end says UINT64_MAX.
 */
uint64_t store_horizon(struct store *s, uint64_t now);

/* The same over the sources whose rows are not made of others', and without that anybody takes the
 * rows below it for final. */
uint64_t store_horizon_given(const struct store *s, uint64_t now);

void store_stats(const struct store *s, struct store_stats *ret);

/* Sources and runs by index; NULL behind the last. */
struct source *store_source_at(const struct store *s, unsigned index);
struct run *store_run_at(const struct store *s, unsigned index);

/* The page with the running number n of a run; NULL when it left or is not there yet. */
static inline const struct page *run_page(const struct run *r, uint64_t n)
{
	if (n < r->base || n - r->base >= r->count)
		return NULL;
	return &r->pages[(r->head + (uint32_t)(n - r->base)) & (r->cap - 1)];
}

/* Which time of a page is meant. */
enum page_time { PAGE_FIRST, PAGE_LAST };

/*
 * The number of the first page of a run with that time at ts or behind it; where there is none,
 * that of the page to come.
 */
uint64_t run_page_from(const struct run *r, enum page_time which, uint64_t ts);

/* A time in the pages of a run, as everything else calls it. */
static inline uint64_t run_time(const struct run *r, uint64_t ts)
{
	return unlikely(r->time) ? time_map_apply(r->time, ts) : ts;
}

/*
 * The records of a page, wherever they are; NULL when they cannot be had. *keep is a reference for
 * the caller to let go, or NULL where they stay as long as the page does.
 */
const uint8_t *page_records(const struct run *r, const struct page *p, struct page_data **keep);

/*
 * Keeps bytes alive although the store lets them go, and lets them go. Any thread may let go, those
 * of the store before store_free. NULL-safe.
 */
struct page_data *page_data_ref(struct page_data *d);
void page_data_unref(struct page_data *d);

/*
 * Makes a row one's own: bytes that its cursor may let go with the next step are copied. row_let_go
 * gives that back. Bytes that stay as long as their page are as they were.
 */
void row_keep(struct row *r);
void row_let_go(struct row *r);

/* Bytes of nobody's store, zeroed, with one reference. */
struct page_data *page_data_new(size_t size);

#endif

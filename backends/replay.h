/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: what the parts of the backend share. replay.c owns the files, replay_flow.c moves
 * their pages, replay_seek.c brings back what is around a time, replay_resident.c bounds what of
 * the maps is in memory, replay_names.c says what sources are called, replay_latency.c has the
 * lines of latency texts, replay_tracers.c the events. deck_meta.c looks at the files; nobody else
 * includes this.
 *
 * Two things happen to every page. It is scanned, once, in the order of time: the identity learns,
 * the counts fold. And it is filled into the store, now or whenever somebody looks there: while the
 * store takes all it is one step; when it is full, or somebody wants to see what the scan has not
 * come to, the two go on apart.
 */
#ifndef BACKENDS_REPLAY_H
#define BACKENDS_REPLAY_H

#include <signal.h>

#include "backends/backend.h"
#include "tracefs/dat.h"
#include "tracefs/tep_helper.h"

#define RESIDENT_BLOCKS 128
#define SUMS_STEP	256 /* pages between two sums of events */

/* Blocks of a mapped file that were looked at, each with the bytes that were. */
struct resident {
	struct resident_block {
		uintptr_t number, from, to;
	} blocks[RESIDENT_BLOCKS];
	unsigned count, limit, next, last;
};

struct latency;

/* What a source's loader knows. */
struct lender {
	struct replay_file *file;
	unsigned buffer;
};

struct replay_file {
	const char *path; /* borrowed from the environment */
	struct dat *dat;
	int64_t offset; /* ns that its times are moved by */
	struct source *sources[DAT_BUFFERS_MAX];
	struct page_loader loaders[DAT_BUFFERS_MAX];
	struct lender lenders[DAT_BUFFERS_MAX];
	char *names[DAT_BUFFERS_MAX];
	unsigned left[DAT_BUFFERS_MAX]; /* CPUs of each buffer that have pages for the store left */
	struct time_map **maps;		/* with the offset in them */
	unsigned map_count;
	struct resident resident;
	uint64_t inflated;	 /* bytes, since the map was let go */
	struct latency *latency; /* NULL: it has pages */
	bool gone;		 /* it shrank: nothing more is read */
};

/* The pages of one CPU of one buffer. The number of a page is that of its place in the file. */
struct track {
	struct replay_file *file;
	uint16_t buffer, cpu;
	uint64_t pages;
	struct run *run;
	uint64_t scanned; /* pages that were */
	uint64_t events;  /* in them */
	uint64_t filled;  /* the next page for the store; while together: scanned */
	uint64_t *sums;	  /* events before every SUMS_STEP-th page that was scanned */
};

/* Tracks by the time of their next page. */
struct queue {
	struct queue_place {
		uint64_t ts;
		struct track *track;
	} * v;
	size_t count;
};

struct replay {
	struct replay_file *files;
	unsigned count;
	struct track *tracks;
	size_t track_count;
	struct queue scan, fill; /* fill: while apart */
	bool apart;
	uint64_t first, last;	/* times, as the heads of pages say */
	uint64_t loaded, total; /* bytes of pages */
	uint64_t played;	/* what is older may leave the store for what is wanted */
	uint64_t wanted;	/* the store is to have everything below */
	uint32_t page_size;	/* the smallest of the files */
	bool started, held;	/* held: nobody wants the scan to go on */
	char *note;		/* what is worth saying of the files; NULL: nothing */
	bool *seen;		/* by a schema's index: some event of it was counted */
	uint32_t seen_count;
	uint64_t seen_version, seen_at; /* of the store, and when, at the last look */
	struct symbols *symbols;
	struct tep_helper *helper; /* prints what we cannot compile */
	struct sigaction old_bus;
	bool bus_caught;
};

/* ---- replay_flow.c ---- */

/* Makes the queue of the scan; every track stands at its first page. */
void replay_flow_init(struct replay *r);
int64_t replay_drain(struct backend *b, size_t budget, bool final, struct err *e);
uint64_t replay_next(struct backend *b, uint64_t now);

/* The time of page n, or of the first behind it that makes sense; or_else at the end. */
uint64_t track_time(const struct track *t, uint64_t n, uint64_t or_else);

/* From here on scan and fill are two: fill goes on where every track's `filled` stands. */
void replay_part(struct replay *r);

/* Scans about budget bytes, and fills them while together. 0: the end. */
int64_t replay_scan(struct backend *b, size_t budget, struct err *e);

/* Fills at most about budget bytes. 0: the end, or no room. */
int64_t replay_fill(struct backend *b, size_t budget, struct err *e);

/* Says what every source's horizon is. */
void replay_horizons(struct replay *r);

/* The loader's slot. */
const uint8_t *replay_load(void *data, const struct run *run, const struct page *p,
			   struct page_data **keep);

/* ---- replay_seek.c ---- */

int replay_seek(struct backend *b, uint64_t ts, struct err *e);

/* ---- replay_resident.c ---- */

/* A page was loaded: bounds what of the map it leaves in memory. */
void resident_loaded(struct replay_file *f, const struct page *p, bool inflated);

/* Bytes of the map will be read; those that were read longest ago leave the memory for them. */
void resident_touch(struct resident *r, const uint8_t *p, size_t size);

/* Bounds what stays, in bytes. */
void resident_limit(struct resident *r, uint64_t bytes);

/* ---- replay_names.c ---- */

/* Names every source of every file, all different. */
void replay_names(struct replay *r);

/* Says whether times of the files can be compared; NULL: they can. Caller frees. */
char *replay_clocks(const struct replay *r);

/* ---- replay_latency.c ---- */

/* Makes rows of a latency text: a schema of its own, a source, one run. */
struct latency *latency_new(struct backend *b, struct replay_file *f);
void latency_free(struct latency *l);

/* The time of the last line so far. */
uint64_t latency_time(const struct latency *l);

/* True while there are lines left. */
bool latency_is_pending(const struct latency *l);

/* Moves lines into the store. Returns the bytes; 0 at the end. */
int64_t latency_drain(struct latency *l, struct store *s, size_t budget, struct err *e);

/* ---- replay_tracers.c: the slots of the table that are about tracers; see backend.h ---- */

int replay_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		struct err *e);
int replay_groups(struct backend *b, bool anew, group_visit_fn visit, void *data, struct err *e);
int replay_schema(struct backend *b, const char *group, const char *name, const struct schema **ret,
		  struct err *e);
int replay_enable(struct backend *b, const char *group, const char *name, bool on, struct err *e);
int replay_status(struct backend *b, const char *group, const char *name,
		  struct tracer_status *ret);

#endif

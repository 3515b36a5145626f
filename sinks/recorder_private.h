/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_private: what the parts of the recorder share: recorder.c (the life of one),
 * recorder_pages.c (whole pages and copies of pages), recorder_rows.c (single rows, names),
 * recorder_tasks.c (who lived at the beginning), recorder_details.c (what was read of processes
 * since).
 */
#ifndef SINKS_RECORDER_PRIVATE_H
#define SINKS_RECORDER_PRIVATE_H

#include "core/cursor.h"
#include "sinks/dat.h"
#include "sinks/recorder.h"
#include "sinks/recorder_path.h"

/* How far a run of the store was handed over. */
struct recorder_run {
	struct run *run;
	uint64_t page;	 /* running number of the next page */
	uint64_t first;	 /* running number of its first event in the run */
	uint32_t from;	 /* bytes of it that were looked at */
	uint32_t events; /* and the events and our own ones in them */
	uint32_t own;
	uint64_t last; /* time up to which it was */
};

struct recorder_comm {
	int32_t tid; /* 0: free */
	uint32_t hash;
};

/* A record of tapdeck:task that waits until the file is as far as what it says. */
struct recorder_detail {
	uint64_t since;
	int32_t tid;
	uint32_t size;
	uint8_t *rec;
};

/* What was read of processes since the recording began. */
struct recorder_details {
	struct identity_watch watch; /* first */
	struct source *source;	     /* NULL: nothing is to be told */
	uint64_t began;		     /* time of the rows it begins with; 0: not yet */
	struct recorder_detail *v;
	size_t count, cap;
};

struct recorder {
	struct recorder_conf conf;
	struct recorder_path path;
	struct sink *sink;
	struct recorder_run *runs;
	unsigned run_count;
	struct cursor *cursor; /* NULL: whole pages of every source */
	uint64_t cursor_epoch;
	uint64_t looked; /* time of the row looked at last */
	enum recorder_state state;
	enum recorder_reason reason;
	struct err error; /* of handing over */
	bool ordered;	  /* the end, from the thread */
	bool taking;	  /* rows and pages */
	bool undone;
	uint64_t horizon;
	uint64_t began, ended;
	uint64_t taken; /* rows, with max_events */
	uint64_t lost, lost_unknown, missed, own, unwanted;
	uint64_t committed, named; /* when */
	/* rates */
	uint64_t sample_at, sample_events, sample_bytes, events_rate, bytes_rate;
	struct source *untold; /* goes on when it was told who lived at the beginning; or NULL */
	struct recorder_details details;
	/* names handed over, by tid */
	struct recorder_comm *comms;
	size_t comm_count, comm_size;
};

/* Keeps the first error; nothing more is handed over then. True for a plain 0. */
bool recorder_check(struct recorder *r, int rc, const struct err *e);

static inline bool recorder_is_hidden(const struct run *run)
{
	return run->source->flags & SOURCE_HIDDEN;
}

void recorder_count_loss(struct recorder *r, uint64_t lost);

/* ---- recorder_pages.c ---- */

/* Makes places for runs that are new. */
void recorder_runs(struct recorder *r);

/*
 * Hands over pages until budget bytes are spent; pages that still grow only with all. With a cursor
 * hidden sources alone. True: there is more.
 */
bool recorder_pages(struct recorder *r, bool all, uint64_t *budget);

/* The time below which everything was handed over. */
uint64_t recorder_pages_position(const struct recorder *r);

/* ---- recorder_rows.c ---- */

/* Hands over rows that are wanted, below the horizon. True: there is more. */
bool recorder_rows(struct recorder *r, uint64_t limit, uint64_t *budget);

/* The rows of one page that cannot go as it is, from an offset on. */
void recorder_page_rows(struct recorder *r, const struct run *run, const struct page *p);

/* Names that the file does not have yet. */
void recorder_comms(struct recorder *r);

/* ---- recorder_tasks.c ---- */

/* Finds the source, if one is live, that begins with who lives. */
void recorder_tasks_begin(struct recorder *r);

/* Hands over who lived at the beginning, once, as soon as that is known. */
void recorder_tasks(struct recorder *r, uint64_t now);

/* ---- recorder_details.c ---- */

/* A process with the control group it was in at ts, in *ret; returns that. */
struct process *recorder_process_at(const struct process *p, uint64_t ts, struct process *ret);

/* Asks for the details of all processes, and notes what was read from now on. */
void recorder_details_begin(struct recorder *r, struct source *src);

/* The rows it begins with are of this time: what began since is to be told as well. */
void recorder_details_told(struct recorder *r, uint64_t ts);

/* Reads some who were not read yet and hands over what was. True: there is more. */
bool recorder_details(struct recorder *r);

void recorder_details_done(struct recorder *r);

#endif

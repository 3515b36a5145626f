/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder: what the store holds, into a file, while everything else goes on.
 *
 * Feeds the sink of trace.dat: whole pages by reference where everything is wanted, single rows
 * where a filter, a range or our own records say otherwise. The file is written by the sink's
 * thread; nothing here ever waits for a disk. What left the store before it could be handed over is
 * counted as not recorded.
 */
#ifndef SINKS_RECORDER_H
#define SINKS_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/filter.h"
#include "core/identity.h"
#include "core/store.h"

struct recorder;
struct dat_meta;

struct recorder_conf {
	struct store *store;
	struct identity *identity;
	const struct clock_map *clocks;
	const char *path;      /* a new file: -EEXIST where there is one, unless force */
	bool force;	       /* replace what is there, when the new one is whole enough to open */
	bool compress;	       /* version 7 with zstd */
	uint64_t from, to;     /* only records with from <= time < to; 0 and UINT64_MAX: all */
	struct filter *filter; /* taken over; NULL: everything */
	bool (*wanted)(void *data, const struct row *r); /* one more condition; or NULL */
	void *wanted_data;
	uint64_t max_events;   /* ends by itself; UINT64_MAX: not */
	uint64_t max_bytes;    /* of the file; UINT64_MAX: not */
	struct dat_meta *meta; /* taken over; NULL: the running kernel's, read by the thread */
	/* What the kernel counted for a CPU, asked at the end; false behind the last. NULL:
	 * unknown. */
	bool (*cpu_stats)(void *data, unsigned cpu, struct strbuf *out);
	void *cpu_stats_data;
};

enum recorder_state {
	RECORDER_RUNNING,
	RECORDER_ENDING, /* no more records; the file is being finished */
	RECORDER_DONE,	 /* the file is closed */
	RECORDER_FAILED, /* the same, and it ended early: see error */
};

enum recorder_reason {
	RECORDER_NOT_ENDED,
	RECORDER_STOPPED, /* recorder_stop */
	RECORDER_MAX_EVENTS,
	RECORDER_MAX_BYTES,
	RECORDER_RANGE,	    /* everything of the range is in */
	RECORDER_DISK_FULL, /* less than the reserve was left */
	RECORDER_ERROR,
};

struct recorder_status {
	enum recorder_state state;
	enum recorder_reason reason;
	const char *path;
	uint64_t began, ended;		  /* CLOCK_MONOTONIC in ns; ended 0 while it runs */
	uint64_t events, bytes;		  /* in the file; bytes on the disk */
	uint64_t hidden;		  /* events of hidden sources, in the file as well */
	uint64_t events_rate, bytes_rate; /* a second, lately */
	uint64_t lost, lost_unknown;	  /* by the kernel, in what was recorded */
	uint64_t missed;	 /* events that left the store before they were handed over */
	uint64_t own;		 /* our own, left out */
	uint64_t unwanted;	 /* that the filter and `wanted` left out */
	uint64_t queued;	 /* bytes handed over and not yet written */
	int version;		 /* of the file: 6 or 7 */
	const struct err *error; /* NULL: none */
	const char *note;	 /* what the file lacks, and why; NULL: nothing */
};

/* Makes the file and starts the thread. Records nothing yet. */
int recorder_new(const struct recorder_conf *c, struct recorder **ret, struct err *e);

/*
 * Hands over what is new, at most about budget bytes; rows below horizon where single rows are
 * wanted. Call it after every change of the store and once a second. True: there was more.
 */
bool recorder_step(struct recorder *r, uint64_t horizon, uint64_t budget);

/* No more records: what was handed over is written, the file finished. Does not wait. */
void recorder_stop(struct recorder *r);

/*
 * Sets `to` while it runs, to a time above everything handed over (clock_mono() is): the recording
 * ends there by itself (RECORDER_RANGE), and another one may go on from that very time.
 */
void recorder_end_at(struct recorder *r, uint64_t to);

/*
 * True when the thread is through. With wait it sleeps until then; false at once where the end was
 * neither ordered nor reached.
 */
bool recorder_ended(struct recorder *r, bool wait);

void recorder_status(const struct recorder *r, struct recorder_status *ret);

/*
 * Readable when there is room again after the queue was full, and when the thread is through: a
 * step is due then. Steps read it empty.
 */
int recorder_fd(const struct recorder *r);

/*
 * Lets what was handed over and is older than ts leave the store, run by run, but for pages that
 * still grow: for who records and shows nothing. The memory is used again while it is warm.
 */
void recorder_forget(struct recorder *r, uint64_t ts);

/* The time below which everything wanted was handed over. UINT64_MAX: all that is there. */
uint64_t recorder_position(const struct recorder *r);

/*
 * In a hurry: what is not on its way to the disk yet is let go, the file stays as valid as the last
 * commit left it. Returns when the thread holds nothing of the store any more. Then either
 * recorder_free, which still waits for the thread, or the end of the process. NULL-safe.
 */
void recorder_abandon(struct recorder *r);

/* Stops, waits and frees. Before store_free. NULL-safe. */
void recorder_free(struct recorder *r);

#endif

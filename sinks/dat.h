/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat: what the sink of trace.dat can do beyond being a sink: the recorder drives it.
 *
 * Everything is handed to a thread that owns the file. A sink that is full says -EAGAIN; what was
 * given then was taken. A tick makes all that was given count in the file soon.
 */
#ifndef SINKS_DAT_H
#define SINKS_DAT_H

#include "sinks/sink.h"

enum dat_state {
	DAT_WRITING,
	DAT_DONE,   /* the file is closed */
	DAT_FAILED, /* the same, and it ended early */
};

struct dat_progress {
	enum dat_state state;
	bool valid;	  /* any reader can open the file by now */
	uint64_t events;  /* in the file, those of hidden sources not counted */
	uint64_t hidden;  /* of hidden sources */
	uint64_t bytes;	  /* on the disk, about */
	uint64_t queued;  /* bytes not written yet */
	uint64_t dropped; /* events taken that did not get into the file */
	uint64_t ended;	  /* CLOCK_MONOTONIC in ns; 0: not yet */
	int version;
	const struct err *error; /* with DAT_FAILED */
	const char *note;	 /* what the file lacks, and why; NULL: nothing */
};

/* How far the thread is. */
void dat_progress(const struct sink *s, struct dat_progress *ret);

/* True when no more should be given for now. */
bool dat_full(const struct sink *s);

/* The thread shall look at what was given. */
void dat_wake(const struct sink *s);

/* The thread that writes; all that it does is ours. */
int32_t dat_tid(const struct sink *s);

/* Readable when the thread failed, is done, or has room again after the sink was full. */
int dat_fd(const struct sink *s);

/*
 * The records of a page from offset `from` on that have a time in [since, before) and are not our
 * own, copied. -EAGAIN as with page.
 */
struct dat_cut {
	uint64_t since, before;
	uint32_t own; /* found out: how many were left out for being our own */
};
int dat_page_cut(struct sink *s, const struct run *run, const struct page *page, uint32_t from,
		 struct dat_cut *cut, struct err *e);

/* What the kernel counted for a CPU, as text, for the file's CPUSTAT. Copied. */
void dat_stat(struct sink *s, unsigned cpu, const char *text);

/* Bytes of records that a page of the file can hold. */
uint32_t dat_room(const struct sink *s);

/* A source whose records go by rows alone: another byte order, or times through a map. */
bool dat_needs_rows(const struct sink *s, const struct run *run);

/* Nothing more will be given: the file is finished. Does not wait. */
void dat_end(struct sink *s);

/* What is not written yet is let go, the file stays as the last commit left it. */
void dat_drop(struct sink *s);

/* Nothing of what was given is left with the thread. */
bool dat_is_empty(const struct sink *s);

/* Sleeps until the file is closed. */
void dat_wait(const struct sink *s);

#endif

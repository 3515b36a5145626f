/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_say: what a recording says of itself: one line that lives while it runs, and a summary.
 */
#ifndef CLI_RECORD_SAY_H
#define CLI_RECORD_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "sinks/recorder.h"

/* All files of a recording together. */
struct record_totals {
	uint64_t files, events, bytes;
	uint64_t lost, lost_unknown, missed, own, unwanted;
	uint64_t began, ended; /* CLOCK_MONOTONIC in ns */
	int version;
	char *first, *last;	     /* paths; owned */
	char *note;		     /* what a file lacks; owned, NULL: nothing */
	enum recorder_reason reason; /* why the last one ended */
};

struct record_line {
	bool on;	     /* standard error is a terminal of ours alone */
	size_t shown;	     /* columns that are on it now */
	uint64_t at, events; /* when it was shown last, and with how many */
};

/* Adds what became of a file, or with `so_far` of one that is being written. */
void record_totals_add(struct record_totals *t, const struct recorder_status *s, bool so_far);
void record_totals_done(struct record_totals *t);

/* Rewrites the line. */
void record_line_show(struct record_line *l, const struct record_totals *t, uint64_t now);
/* Takes it away, so that words can follow. */
void record_line_clear(struct record_line *l);

/* The end: where it is, how much, and what is missing. */
void record_say_end(const struct record_totals *t);

#endif

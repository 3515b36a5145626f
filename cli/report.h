/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: what the parts of the command share. report.c sets up and says how it was, report_rows.c
 * prints, report_team.c lets several processes print in turn.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "backends/deck.h"
#include "cli/cli.h"
#include "core/filter.h"

#define REPORT_WORKERS_MAX 64

struct report {
	const struct opts *opts;
	struct deck *deck;     /* a recording, not started */
	struct filter *filter; /* NULL: every row */
	uint64_t from, to;     /* rows with from <= time < to */
	const char *sink;
	unsigned workers; /* 1: this process alone */
};

/* What one worker found; lies in memory that all of them see. */
struct report_counts {
	uint64_t events, shown, hidden, missed, lost, lost_unknown;
	char damaged[512];  /* what losses_put_damaged says, cut where it is longer */
	struct err error;   /* why it could not print; code 0: it could */
	struct err damage;  /* of the recording; code 0: none */
	struct err trouble; /* with what prints odd formats; code 0: none */
	bool gone;	    /* nobody reads any more */
	bool done;
};

/* One of those who print slice by slice, each when it is its turn. */
struct turn {
	unsigned index, count;
	int in, out; /* pipes: a byte in says that it is our turn, a byte out that it is the next
			one's; -1: alone, it is always ours */
	bool ours;
};

/* Prints the slices that are this one's, and learns from all of them. */
void report_rows(const struct report *r, struct turn *t, struct report_counts *c);

/* Prints with r->workers processes; counts of all together go to *c. -Exxx: one of them died. */
int report_team(const struct report *r, struct report_counts *c, struct err *e);

/* How many processes are worth it for files of so many bytes. */
unsigned report_workers(uint64_t bytes);

#endif

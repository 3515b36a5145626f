/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: the inside of the command, shared by its own files alone.
 *
 * record_check.c looks at the words, record.c sets up and takes down, record_flow.c moves what the
 * store holds into one file after the other.
 */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "backends/deck.h"
#include "cli/cli.h"
#include "cli/record_command.h"
#include "cli/record_detach.h"
#include "cli/record_files.h"
#include "cli/record_say.h"
#include "core/family.h"
#include "sinks/recorder.h"

/* A process whose end is waited for. */
struct record_pid {
	struct record *record;
	int fd; /* of the process; -1: it is gone */
	struct poller_fd *watch;
};

struct record {
	struct opts *opts;
	const char *path; /* as it was asked for */
	struct deck *deck;
	struct family *family; /* NULL: everybody is recorded */
	struct filter *filter; /* what is captured; each file has its own of the same text */
	int32_t *captured;     /* ... and of which processes */
	struct record_command command;
	struct record_detach detach;
	struct record_pid *pids;
	size_t pid_count, pids_alive;
	bool awaits; /* processes that are meant by what they are: more may come at any time */
	struct poller_timer *time, *second, *again, *relatives;
	bool began; /* there is a file */
	bool asked; /* a signal asked to end */
	bool hurry; /* ... and a second one to do it at once */

	/* record_flow.c */
	struct recorder *now;	 /* takes what comes; NULL: not yet, or no more */
	struct recorder *before; /* has all it will get, and is finishing its file */
	struct record_rotate rotate;
	struct record_files files;
	uint64_t split;		     /* the time at which the next file begins; 0: not known yet */
	bool closing;		     /* the tap is being closed: no more files */
	bool over;		     /* nothing more is handed over */
	struct record_totals totals; /* of the files that are closed */
	struct record_line line;
	struct err error; /* the first thing that went wrong while it ran */
};

/* Finds the processes and the command; *usage: the words themselves are wrong. */
int record_check(struct record *r, bool *usage, struct err *e);

/* Makes the first file and begins with what the store holds. */
int record_flow_begin(struct record *r, struct err *e);

/* Hands over what is new; begins another file when it is time; ends the loop when it is enough. */
void record_flow_advance(struct record *r);

/*
 * Closes the tap, hands over the rest and finishes the files. -EINTR when there is no
 * time for it: they are valid as they are.
 */
int record_flow_finish(struct record *r, struct err *e);

/* Counts of the files that are closed and those that are not. */
void record_flow_count(const struct record *r, struct record_totals *ret);

/* Keeps the first of the things that go wrong. */
void record_flow_failed(struct record *r, const struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_detach: a recording that goes on without the terminal it was started from.
 *
 * The one who was started waits until the recording runs or has failed, and says which. From then
 * on everything that is to be said goes to FILE.log, the words of the command too.
 */
#ifndef CLI_RECORD_DETACH_H
#define CLI_RECORD_DETACH_H

#include "core/err.h"

struct record_detach {
	int ready; /* to the one who waits; -1: nobody does */
	int log;   /* -1: none */
	char *log_path;
};

/*
 * Opens the log of `path` and forks: to be called before any thread or child exists. 0 in the new
 * process, in a session of its own, which says everything as before until record_detach_ready. 1 in
 * the old one when it is time to exit with *ret_status.
 */
int record_detach(struct record_detach *d, const char *path, int *ret_status, struct err *e);

/* The recording to `path` runs: tells it and lets the terminal go. -EPIPE: nobody waits any more.
 */
int record_detach_ready(struct record_detach *d, const char *path, struct err *e);

void record_detach_done(struct record_detach *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_path: where a recording goes, without ever losing what stands there already.
 *
 * A file has no name until it is valid: who is killed before that leaves nothing. It then takes its
 * name, or that of the one it replaces, in one step. Where a file system has no files without
 * names, a new one is made with O_EXCL, and one that replaces another grows beside it. A recording
 * holds what everybody on the machine did: 0600.
 */
#ifndef SINKS_RECORDER_PATH_H
#define SINKS_RECORDER_PATH_H

#include <stdbool.h>

#include "core/err.h"

struct recorder_path {
	char *path;   /* as it was asked for */
	char *part;   /* what it is called until it is valid; NULL: path, or nothing */
	bool unnamed; /* it has no name yet */
	bool force;
	int fd; /* of the unnamed one, a second descriptor; -1 */
};

/* Makes the file; returns its descriptor. -EEXIST with the remedy where there is one. */
int recorder_path_open(struct recorder_path *p, const char *path, bool force, struct err *e);

/*
 * The file is valid: it takes its name, and what had it is gone. -EEXIST when somebody else took
 * the name meanwhile, and it is not to be replaced. Any thread.
 */
int recorder_path_valid(struct recorder_path *p, struct err *e);

/* It never became valid: takes it away. */
void recorder_path_undo(struct recorder_path *p);

void recorder_path_done(struct recorder_path *p);

#endif

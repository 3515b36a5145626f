/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_path: where a recording goes, without ever losing what stands there already.
 *
 * A new name is made with O_EXCL. Where a file is to be replaced, the new one grows beside it and
 * takes its name when it is valid. A recording holds what everybody on the machine did: 0600.
 */
#ifndef SINKS_RECORDER_PATH_H
#define SINKS_RECORDER_PATH_H

#include <stdbool.h>

#include "core/err.h"

struct recorder_path {
	char *path; /* as it was asked for */
	char *part; /* what it is called until it is valid; NULL: already path */
};

/* Makes the file; returns its descriptor. -EEXIST with the remedy where there is one. */
int recorder_path_open(struct recorder_path *p, const char *path, bool force, struct err *e);

/* The file is valid: it takes its name, and what had it is gone. */
int recorder_path_valid(struct recorder_path *p, struct err *e);

/* It never became valid: takes it away. */
void recorder_path_undo(struct recorder_path *p);

void recorder_path_done(struct recorder_path *p);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refusal: why the kernel refused, in its own words. Private to this room.
 */
#ifndef TRACEFS_REFUSAL_H
#define TRACEFS_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct refusal {
	char text[128]; /* "Field not found" */
	int column;	/* in the text that was written; -1: nowhere */
};

/*
 * Looks in the text of an error_log for the last entry; true when it speaks of command (what was
 * written, white space at the ends aside).
 */
bool refusal_parse(const char *log, size_t size, const char *command, struct refusal *ret);

/* What would help against this errno at tracefs, beginning with "; ", or "". Static. */
const char *refusal_remedy(int code);

/*
 * Fills e for a refused write of value to PATH of the tracing directory dir, with the last entry of
 * dir's error_log where it speaks of it. Returns code.
 */
int refusal_say(struct err *e, int code, const char *dir, const char *path, const char *value);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history: what was typed before, by the label of the prompt.
 *
 * One list for all labels, oldest first and bounded; a text stands in it once a label, at its
 * newest place. Between sessions it is a file of lines "LABEL<TAB>TEXT" that only its owner reads.
 */
#ifndef TUI_HISTORY_H
#define TUI_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum { HISTORY_MAX = 500 };

struct history;

struct history *history_new(void);
void history_free(struct history *h);

/* Adds a text; a blank one, or one with control characters, is left out. */
void history_add(struct history *h, const char *label, const char *text);

/*
 * The next older text of a label that begins with prefix, seen from *at (0: from the newest), or
 * NULL when there is none. *at then says where it was found; older false goes the other way.
 * Borrowed until the history changes.
 */
const char *history_find(const struct history *h, const char *label, const char *prefix, bool older,
			 size_t *at);

/* Reads a file behind what is there; a missing one is no error, a line that is no entry is left
 * out. */
int history_read(struct history *h, const char *path, struct err *e);

/*
 * Writes the file, mode 0600, in one step: what it holds by now (another tapdeck's lines too), then
 * what was added here. Makes its directory where it is missing.
 */
int history_write(struct history *h, const char *path, struct err *e);

#endif

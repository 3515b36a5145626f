/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * named: filters that have names: those of the configuration, and those that were kept here.
 *
 * In the configuration they stand as "NAME = FILTER" in [filters]. What is kept here goes to a file
 * of the same form under $XDG_STATE_HOME, which is read anew each time: several tapdecks share it.
 */
#ifndef TUI_NAMED_H
#define TUI_NAMED_H

#include <stdbool.h>
#include <stddef.h>

#include "core/conf.h"
#include "core/err.h"

struct named_filter {
	char *name, *text;
	bool configured; /* it stands in the configuration, and is changed there */
};

/* Zeroed: empty. In the order of their names. */
struct named {
	struct named_filter *v;
	size_t count;
};

/* Adds those of the configuration (NULL: none) and of the file (NULL: none). Where both have a name
 * the configuration's holds. */
int named_read(struct named *n, const struct conf *conf, const char *path, struct err *e);

/* The filter of a name; NULL when there is none. */
const struct named_filter *named_find(const struct named *n, const char *name);

/* Whether a name is one: letters, digits, - _ and . in it; 0, or -EINVAL in words. */
int named_check(const char *name, struct err *e);

/* Keeps a text under a name, or takes it away (NULL). -EPERM for those of the configuration. */
int named_set(struct named *n, const char *name, const char *text, struct err *e);

/* Writes those that do not stand in the configuration. */
int named_write(const struct named *n, const char *path, struct err *e);

void named_done(struct named *n);

#endif

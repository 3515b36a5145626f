/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_programs: the tracers of backends that are no events of the kernel's own.
 */
#ifndef CLI_LIST_PROGRAMS_H
#define CLI_LIST_PROGRAMS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "core/schema.h"
#include "core/strbuf.h"

struct list_programs {
	const struct opts *opts;
	bool details; /* kind, options and fields, else names alone */
	/* Say fields, as text and as members of an object. */
	void (*fields)(struct strbuf *out, const struct schema *s);
	void (*json_fields)(struct strbuf *out, const struct schema *s);
};

/* Whether a pattern can mean them alone. */
bool list_programs_named(const char *pattern);

/*
 * Appends those that match a pattern (NULL: all). Where there are none, -ENOENT with the nearest
 * name; without a pattern that is no error, and neither is a build without them.
 */
int list_programs(const struct list_programs *l, const char *pattern, struct strbuf *out,
		  struct err *e);

#endif

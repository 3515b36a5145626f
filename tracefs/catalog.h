/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalog: the events this kernel has, asked for as late as possible.
 *
 * Systems are one readdir, events of a system another, a format one file read when somebody wants
 * it (parsing all 2,300 costs 0.18 s). Ids come from the format; the catalogue adds each schema to
 * its set.
 */
#ifndef TRACEFS_CATALOG_H
#define TRACEFS_CATALOG_H

#include <stdbool.h>

#include "core/err.h"
#include "core/schema.h"

struct catalog;

/* Looks at TRACEFS/events; borrowed set gets the schemas. */
int catalog_open(struct catalog **ret, const char *tracefs, struct schema_set *set, struct err *e);
void catalog_close(struct catalog *c);

/*
 * Visits system:event names that match a pattern, sorted: "sched:sched_switch", "irq:*", "sched"
 * (all of it), "*switch*" (any system's event), "*" or NULL (all). The events of ftrace
 * (function, print, ...) are skipped unless it is named. Returns how many, or what visit returned
 * below 0. A visit may ask for schemas.
 */
int catalog_each(struct catalog *c, const char *pattern,
		 int (*visit)(const char *system, const char *event, void *data), void *data,
		 struct err *e);

/*
 * Visits the names of the systems, sorted, without those of their events: count is 0 where nobody
 * asked for these yet. anew reads the names once more, as modules and probes come and go.
 */
int catalog_systems(struct catalog *c, bool anew,
		    int (*visit)(const char *system, size_t count, void *data), void *data,
		    struct err *e);

/* The schema of an event: parsed on first use and added to the set. */
int catalog_schema(struct catalog *c, const char *system, const char *event,
		   const struct schema **ret, struct err *e);

/*
 * The schema of an id nobody asked for by name (seen in a page). The first unknown one costs a walk
 * over all id files, the others one format.
 */
const struct schema *catalog_by_id(struct catalog *c, unsigned id);

/*
 * Adds the formats of ftrace/ (print, bprint, function, kernel_stack, ...), whose ids are in every
 * buffer. An error only when none of them can be read.
 */
int catalog_builtin(struct catalog *c, struct err *e);

/* Sets *ret to the name nearest to a pattern that matched nothing, or NULL. Caller frees. */
void catalog_nearest(struct catalog *c, const char *pattern, char **ret);

#endif

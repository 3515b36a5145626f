/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalog_names: the names below events/, read as late as possible. Private to the catalogue.
 */
#ifndef TRACEFS_CATALOG_NAMES_H
#define TRACEFS_CATALOG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/schema.h"

struct event {
	char *name;
	const struct schema *schema; /* NULL until asked for; the set's */
};

struct system {
	char *name;
	struct event *events; /* sorted */
	size_t count;
	bool loaded;
	bool kept; /* while systems are read anew */
};

struct names {
	char *tracefs;
	struct system **systems; /* sorted */
	size_t count;
	unsigned generation; /* grows whenever a list was read: positions have moved */
};

/* Reads the names of the systems, and forgets that those of their events were read. Known schemas
 * are kept. */
int names_load(struct names *n, struct err *e);
void names_done(struct names *n);

/* Reads the names of a system's events unless that was done. */
int names_events(struct names *n, struct system *s, struct err *e);

/* Exact names; NULL when there is none (of the lists that were read). */
struct system *names_system(const struct names *n, const char *name);
struct event *names_event(const struct system *s, const char *name);

#endif

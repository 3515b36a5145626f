/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck_calls: what there is to know of system calls, for whoever shows them.
 *
 * Formats of syscalls:* are a recording's own or those of the running kernel, read one by one when
 * a call appears (100 us each) into a set of their own, so that nothing is recorded or listed
 * because somebody looked. A recording of another kind of machine has names from nobody: numbers
 * of calls mean something else there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/deck_private.h"
#include "core/arena.h"
#include "core/fds.h"
#include "core/syscall_text.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"

struct calls {
	struct deck *deck;
	struct syscalls *syscalls;
	struct fds *fds; /* live */
	bool asked;	 /* whether there is a tracefs was found out */
	char *dir;
	struct schema_set *schemas;
	struct catalog *catalog; /* NULL: there is none */
};

static void open_catalog(struct calls *c)
{
	c->asked = true;
	if (c->deck->conf.tracefs)
		c->dir = xstrdup(c->deck->conf.tracefs);
	else if (tracefs_find(false, &c->dir, NULL) < 0)
		return;
	c->schemas = schema_set_new((struct machine) { .long_size = sizeof(long) });
	if (catalog_open(&c->catalog, c->dir, c->schemas, NULL) < 0)
		c->catalog = NULL;
}

static bool is_ours(struct machine m)
{
	return machine_has_calls(m) && m.long_size == sizeof(long);
}

static const struct schema *find(void *data, struct machine m, const char *name)
{
	struct calls *c = data;
	struct backend *b = deck_recording(c->deck);
	const struct schema *s = NULL;

	if (b && b->ops->schema && b->ops->schema(b, "syscalls", name, &s, NULL) >= 0 && s)
		return s;
	if (!is_ours(m))
		return NULL;
	if (!c->asked)
		open_catalog(c);
	if (!c->catalog || catalog_schema(c->catalog, "syscalls", name, &s, NULL) < 0)
		return NULL;
	return s;
}

/* Whether every call of one name comes. */
static bool is_on(void *data, const char *name)
{
	struct calls *c = data;
	char event[80];

	snprintf(event, sizeof(event), "sys_enter_%s", name);
	return deck_has_on(c->deck, "syscalls", event);
}

struct syscalls *deck_syscalls(struct deck *d)
{
	struct syscalls_conf conf = { .find = find };
	struct calls *c = d->calls;

	if (c)
		return c->syscalls;
	c = d->calls = xcalloc(1, sizeof(*c));
	c->deck = d;
	conf.data = c;
	if (d->conf.live) {
		c->fds = conf.fds = fds_new(
		    &(struct fds_conf) { .identity = d->env.identity, .is_on = is_on, .data = c });
		store_watch(d->env.store, c->fds);
		deck_calls_captured(d);
	}
	c->syscalls = syscalls_new(&conf);
	return c->syscalls;
}

void deck_calls_reached(struct deck *d)
{
	if (d->calls && d->calls->fds)
		fds_reached(d->calls->fds, deck_horizon(d));
}

void deck_calls_captured(struct deck *d)
{
	const struct filter *f = d->capture.filter;

	/* All of a process, or nothing of it: then no change of what is shown goes by unseen. */
	if (d->calls)
		fds_blind(d->calls->fds, f && !filter_is_by_process(f));
}

void deck_calls_missed(struct deck *d)
{
	if (d->calls)
		fds_lost(d->calls->fds);
}

void deck_calls_done(struct deck *d)
{
	struct calls *c = d->calls;

	if (!c)
		return;
	store_watch(d->env.store, NULL);
	syscalls_free(c->syscalls);
	fds_free(c->fds);
	catalog_close(c->catalog);
	schema_set_free(c->schemas);
	free(c->dir);
	free(c);
	d->calls = NULL;
}

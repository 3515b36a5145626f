/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_programs: the events of BPF programs, for who asks where a filter would run. Nothing is
 * loaded: a process of ours looks at the objects.
 */
#include <errno.h>
#include <string.h>

#include "backends/deck.h"
#include "cli/filter.h"
#include "core/arena.h"

#define SYSTEM "bpf"
#define MEMORY (1u << 20)

bool filter_programs_named(const char *pattern)
{
	size_t len = strlen(SYSTEM);

	return !strncmp(pattern, SYSTEM, len) && (!pattern[len] || pattern[len] == ':');
}

struct adding {
	struct filter_case *c;
	struct backend *backend;
	struct err *err;
};

/* The same format again, for the set in which fields are looked for. */
static int add_schema(struct filter_case *c, const struct schema *s, struct err *e)
{
	struct machine here = { .long_size = sizeof(long) };
	struct schema *copy = NULL;
	int rc = schema_parse(s->system, s->format, strlen(s->format), here, &copy, e);

	if (rc >= 0)
		schema_set_add(c->set, copy);
	return rc;
}

static int add(const struct tracer_info *t, void *data)
{
	struct adding *a = data;
	struct filter_case *c = a->c;
	struct filter_pushed one = { .schema = NULL };
	int rc = a->backend->ops->foresee(a->backend, t->group, t->name, c->filter, &one, a->err);

	if (rc < 0)
		return rc;
	c->events = xrealloc(c->events, c->count + 1, sizeof(*c->events));
	c->events[c->count++] = one;
	return add_schema(c, one.schema, a->err);
}

static int open_programs(struct filter_case *c, const struct opts *o, struct err *e)
{
	struct deck_conf conf = {
		.conf = o->conf, .memory = MEMORY, .light = true, .objects = o->objects.v
	};
	int rc = c->programs ? 0 : deck_new(&conf, &c->programs, e);

	if (rc >= 0 && !deck_backend(c->programs, SYSTEM))
		rc = deck_open(c->programs, SYSTEM, e);
	return rc;
}

int filter_programs_add(struct filter_case *c, const struct opts *o, const char *pattern,
			struct err *e)
{
	struct adding a = { .c = c, .err = e };
	int rc = open_programs(c, o, e);

	if (rc < 0)
		return rc;
	a.backend = deck_backend(c->programs, SYSTEM);
	if (!a.backend->ops->foresee)
		return a.backend->ops->probe(a.backend->env, e);
	rc = a.backend->ops->list(a.backend, pattern, add, &a, e);
	if (rc)
		return rc;
	return e->code < 0 ? e->code : err_set(e, -ENOENT, "no BPF program matches '%s'", pattern);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_offer: which latency pairs can be had here, by the events that there are.
 *
 * A kernel has events or lacks them, and says so of each. A recording is what is in it: pairs of
 * whose start or end it has no rows are not offered, yet may be asked for by name.
 */
#include <errno.h>

#include "backends/pair_private.h"

/* The first of a side's events that somebody has; NULL: none. */
static const struct schema *side_of(const struct pair_backend *b, const struct pair_events *list)
{
	const struct backend_env *env = b->backend->env;
	const struct schema *s = NULL;

	for (unsigned i = 0; i < list->count && env->schema; i++)
		if (env->schema(env->schema_data, list->v[i].system, list->v[i].event, &s, NULL) >=
		    0)
			return s;
	return NULL;
}

static int lacks(const struct pair_spec *s, const struct pair_events *list, struct err *e)
{
	struct strbuf names = { 0 };

	for (unsigned i = 0; i < list->count; i++)
		strbuf_fmt(&names, "%s%s:%s", i ? ", no " : "", list->v[i].system,
			   list->v[i].event);
	err_set(e, -ENOENT, "pair:%s: there is no event %.160s", s->name, strbuf_cstr(&names));
	strbuf_done(&names);
	return -ENOENT;
}

int pair_offer_check(const struct pair_backend *b, const struct pair_spec *s, struct err *e)
{
	if (s->missing)
		return err_set(e, -EOPNOTSUPP, "pair:%s: %s", s->name, s->missing);
	if (!side_of(b, &s->start))
		return lacks(s, &s->start, e);
	if (!side_of(b, &s->end))
		return lacks(s, &s->end, e);
	return 0;
}

static void load_events(const struct pair_backend *b, const struct pair_events *list)
{
	const struct backend_env *env = b->backend->env;
	const struct schema *s;

	for (unsigned i = 0; i < list->count && env->schema; i++)
		env->schema(env->schema_data, list->v[i].system, list->v[i].event, &s, NULL);
}

void pair_offer_load(const struct pair_backend *b, const struct pair_spec *s)
{
	load_events(b, &s->start);
	load_events(b, &s->end);
}

bool pair_offer_recorded(const struct pair_backend *b, const struct pair_spec *s)
{
	for (unsigned i = 0; i < b->origin_count; i++)
		if (!pair_origin_has(b, b->origins[i], s->name))
			return false;
	return b->origin_count > 0;
}

/* One of a side's events has rows. */
static bool has_rows(const struct pair_backend *b, const struct pair_events *list)
{
	const struct backend_env *env = b->backend->env;

	for (unsigned i = 0; i < list->count && env->is_on; i++)
		if (env->is_on(env->schema_data, list->v[i].system, list->v[i].event))
			return true;
	return !env->is_on;
}

bool pair_offered(const struct pair_backend *b, const struct pair_tracer *t)
{
	if (b->backend->env->guard || t->on || t->failed) /* live: the reason is said */
		return true;
	return !t->spec->missing && has_rows(b, &t->spec->start) && has_rows(b, &t->spec->end);
}

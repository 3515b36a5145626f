/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_kernel: the life of a pair that the kernel pairs.
 *
 * The pair itself is bound as for pairing here, for the derived event's fields and types: groups
 * are the same whoever pairs.
 */
#include <errno.h>
#include <stdlib.h>

#include "backends/pair_kernel_private.h"

static int bind(struct pair_kernel *k, struct err *e)
{
	struct pair_conf c = {
		.spec = k->conf.spec,
		.set = k->conf.set,
		.identity = k->conf.identity,
		.max = 1,
	};
	int rc;

	k->pair = pair_new(&c);
	rc = pair_bind(k->pair, k->conf.events, e);
	if (rc < 0)
		return rc;
	k->schema = pair_schema(k->pair);
	k->latency = schema_field(k->schema, "latency");
	return k->latency ? 0 : err_set(e, -EINVAL, "pair %s has no latency", k->conf.spec->name);
}

static struct hist_conf hist_of(struct pair_kernel *k, const struct kernel_ask *ask)
{
	struct hist_conf c = {
		.name = k->conf.spec->name,
		.starts = ask->starts,
		.ends = ask->ends,
		.start_count = ask->start_count,
		.end_count = ask->end_count,
		.key_count = k->conf.spec->key_count,
		.carry = ask->carry,
		.carry_count = ask->carry_count,
		.by_count = ask->by_count,
		.filter = ask->filter,
		.parts = k->parts,
	};

	for (unsigned i = 0; i < ask->by_count; i++)
		c.by[i] = ask->by[i];
	return c;
}

int pair_kernel_check(const struct pair_spec *spec, struct schema_set *events, struct err *e)
{
	struct schema_set *set = schema_set_new(events->machine);
	struct group_spec by = { 0 };
	struct pair_kernel k = { .conf = {
				     .spec = spec, .events = events, .set = set, .by = &by } };
	struct kernel_ask ask = { 0 };
	struct hist_plan plan = { 0 };
	int rc = spec->missing ? 0 : bind(&k, e);

	if (rc >= 0)
		rc = pair_kernel_ask(&k, &ask, e);
	if (rc >= 0) {
		struct hist_conf c = hist_of(&k, &ask);

		rc = hist_compose(&c, "tapdeck_0", &plan, e);
	}
	hist_plan_done(&plan);
	pair_kernel_forget(&k);
	pair_free(k.pair);
	arena_done(&k.arena);
	schema_set_free(set);
	return MIN(rc, 0);
}

int pair_kernel_open(const struct pair_kernel_conf *c, struct pair_kernel **ret, struct err *e)
{
	struct pair_kernel *k = xcalloc(1, sizeof(*k));
	struct kernel_ask ask = { 0 };
	struct hist_conf hist;
	int rc;

	k->conf = *c;
	rc = hist_probe(c->instance->tracefs, e);
	if (rc >= 0 && !c->spec->missing)
		rc = bind(k, e);
	if (rc >= 0)
		rc = pair_kernel_ask(k, &ask, e);
	if (rc >= 0) {
		hist = hist_of(k, &ask);
		rc = hist_open(&k->hist, c->guard, c->instance, &hist, e);
	}
	if (rc < 0) {
		pair_kernel_close(k, NULL);
		return rc;
	}
	*ret = k;
	return 0;
}

int pair_kernel_stop(struct pair_kernel *k, struct err *e)
{
	return hist_stop(&k->hist, e);
}

int pair_kernel_close(struct pair_kernel *k, struct err *e)
{
	int rc;

	if (!k)
		return 0;
	rc = hist_close(&k->hist, e);
	pair_kernel_forget(k);
	pair_free(k->pair);
	arena_done(&k->arena);
	free(k);
	return rc;
}

int pair_kernel_counts(struct pair_kernel *k, bool sides, struct hist_counts *ret, struct err *e)
{
	*ret = k->counts;
	return sides ? hist_read_sides(&k->hist, ret, e) : 0;
}

bool pair_kernel_has_parts(const struct pair_kernel *k)
{
	return k->parts;
}

bool pair_kernel_is_whole(const struct pair_kernel *k)
{
	return !k->hist.plan.filtered;
}

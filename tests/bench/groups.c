/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups: tables of groups over a store, for the benches.
 */
#include "tests/bench/groups.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/util.h"

#define MOST 4

struct groups {
	struct group_spec *specs[MOST];
	struct group_table *tables[MOST];
	struct fold *folds[MOST];
	unsigned count;
	uint64_t rows; /* without a table */
};

static void count_row(void *data, const struct row *r)
{
	uint64_t *rows = data;

	*rows += 1;
}

static const struct fold_ops counting = { .row = count_row };

static int add(struct groups *g, const struct fold_conf *conf, const struct grouping *what,
	       struct identity *id, struct err *e)
{
	struct group_conf c = { .identity = id };
	struct fold_conf f = *conf;
	int rc = group_spec_parse(what->by, what->show, &g->specs[g->count], e);

	if (rc < 0)
		return rc;
	c.spec = g->specs[g->count];
	g->tables[g->count] = group_new(&c);
	f.ops = &group_fold_ops;
	f.data = g->tables[g->count];
	g->folds[g->count++] = fold_new(&f);
	return 0;
}

int groups_new(struct store *s, struct identity *id, const struct grouping *list, unsigned count,
	       struct groups **ret, struct err *e)
{
	struct groups *g = xcalloc(1, sizeof(*g));
	struct fold_conf conf = { .store = s, .identity = id, .ops = &counting, .data = &g->rows };
	int rc = 0;

	if (!count)
		g->folds[0] = fold_new(&conf);
	for (unsigned i = 0; i < count && rc >= 0; i++)
		rc = add(g, &conf, &list[i], id, e);
	if (rc < 0)
		groups_free(g);
	else
		*ret = g;
	return rc;
}

int groups_live(struct store *s, struct identity *id, struct groups **ret, struct err *e)
{
	static const struct grouping list[] = {
		{ "process", NULL },
		{ "comm, event", NULL },
		{ "event", "count, avg(id)" },
	};

	return groups_new(s, id, list, ARRAY_SIZE(list), ret, e);
}

void groups_work(struct groups *g, uint64_t horizon)
{
	for (unsigned i = 0; i < MOST && g->folds[i]; i++)
		while (fold_work(g->folds[i], horizon, SIZE_MAX))
			continue;
}

uint64_t groups_rows(const struct groups *g)
{
	return g->count ? group_rows(g->tables[0]) + group_lacking(g->tables[0]) : g->rows;
}

size_t groups_bytes(const struct groups *g, uint32_t *count)
{
	*count = group_count(g->tables[0]);
	return group_bytes(g->tables[0]);
}

void groups_free(struct groups *g)
{
	for (unsigned i = 0; g && i < MOST; i++) {
		fold_free(g->folds[i]);
		group_free(g->tables[i]);
		group_spec_free(g->specs[i]);
	}
	free(g);
}

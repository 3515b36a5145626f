/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups: tables of groups over a store, for the benches.
 */
#ifndef BENCH_GROUPS_H
#define BENCH_GROUPS_H

#include "core/group.h"

struct grouping {
	const char *by, *show;
};

/* Some tables, each with a follower of its own. */
struct groups;

/* Makes a table of each grouping; without any only rows are given, to nobody. */
int groups_new(struct store *s, struct identity *id, const struct grouping *list, unsigned count,
	       struct groups **ret, struct err *e);

/* What the issue asks for: by process, and two groupings more, one with a field. */
int groups_live(struct store *s, struct identity *id, struct groups **ret, struct err *e);

/* Folds what there is up to a time. */
void groups_work(struct groups *g, uint64_t horizon);

/* Rows that each table took, and the bytes and groups of the first. */
uint64_t groups_rows(const struct groups *g);
size_t groups_bytes(const struct groups *g, uint32_t *count);
void groups_free(struct groups *g);

#endif

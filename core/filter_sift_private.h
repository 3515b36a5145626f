/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_sift_private: what the files of the sift share; nobody else includes it.
 */
#ifndef CORE_FILTER_SIFT_PRIVATE_H
#define CORE_FILTER_SIFT_PRIVATE_H

#include "core/filter_push_private.h"
#include "core/filter_sift.h"

/* Where parts of one comparison are made. */
struct sift_maker {
	struct arena *arena;
	const struct schema *schema;
	uint32_t term;
};

struct sift *sift_new(struct sift_maker *m, enum sift_kind kind);

/* Joins two by `and`, or by `or`. */
struct sift *sift_join(struct sift_maker *m, enum sift_kind kind, struct sift *a, struct sift *b);

/* One instruction of a program. *why: why not, or not all of it; it stays as it is else. */
struct sift *sift_term(struct sift_maker *m, const struct filter_code *c, const char **why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_bind: what the parts that put a schema into a tree share; nobody else includes it.
 */
#ifndef CORE_FILTER_BIND_H
#define CORE_FILTER_BIND_H

#include "core/filter_tree.h"

/* Sets of answers. */
enum {
	MAY_FALSE = 1 << FILTER_FALSE,
	MAY_TRUE = 1 << FILTER_TRUE,
	MAY_UNKNOWN = 1 << FILTER_UNKNOWN,
	MAY_ANY = MAY_FALSE | MAY_TRUE | MAY_UNKNOWN,
};

/* A node with its schema put in. */
struct bound {
	uint8_t kind;	/* NODE_OR, NODE_AND or NODE_COMPARE */
	uint8_t may;	/* which answers are possible; a single one is a constant */
	uint32_t cost;	/* about ns */
	uint32_t rank;	/* among its brothers in the text */
	uint32_t codes; /* instructions it becomes */
	struct filter_code code;
	struct bound **child;
	size_t count;
};

struct binder {
	struct arena arena; /* of the bound tree */
	struct arena keep;  /* what the program goes on using */
	const struct schema *schema;
	bool trusts_kernel; /* as the filter does */
};

/* How the value of a comparison is got, and which numbers it can be. */
struct filter_source {
	struct filter_code code; /* op, field, offset, end */
	uint32_t cost;
	const struct schema *schema;
	const struct field *field; /* NULL: of the context */
	filter_wide min, max;
};

/* ---- filter_bind.c ---- */

struct bound *bound_new(struct binder *b, enum filter_node_kind kind);

/* A node that always answers v. */
struct bound *bound_constant(struct binder *b, enum filter_value v);

/* One instruction that gets its value as the source says and asks test of it. */
struct bound *bound_leaf(struct binder *b, const struct filter_source *src, enum filter_test test,
			 bool negate);

/* Joins count nodes by `and` or `or`; constants vanish or decide. */
struct bound *bound_join(struct binder *b, struct bound **child, size_t count, bool is_and);

/* ---- filter_compare.c ---- */

/* A comparison for the binder's schema. */
struct bound *filter_bind_compare(struct binder *b, const struct filter_node *node, bool negate);

/* The field as a number of its width, or as its bytes. */
void filter_source_number(struct filter_source *src, const struct field *f, const struct schema *s);
void filter_source_bytes(struct filter_source *src, const struct field *f);

/* ---- filter_numbers.c ---- */

/* A comparison of numbers; every literal means something for the source. */
struct bound *filter_bind_number(struct binder *b, const struct filter_node *node,
				 const struct filter_source *src, bool negate);

/* Whether lo <= value <= hi, cut to what the source can be. */
struct bound *filter_bind_range(struct binder *b, const struct filter_source *src, filter_wide lo,
				filter_wide hi, bool negate);

/* Whether an address is in the net that a literal says. */
struct bound *filter_bind_address(struct binder *b, const struct filter_source *src,
				  const struct filter_literal *l, bool negate);

#endif

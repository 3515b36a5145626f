/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_kernel: kernel{ ... }, the kernel's own filters with the kernel's own meaning. What the
 * parts of the filter share of it; nobody else includes it.
 *
 * The grammar is that of events/SYSTEM/EVENT/filter; what it means is found out per event, as the
 * kernel does when a filter is written. An event the kernel would refuse it for has no answer.
 */
#ifndef CORE_FILTER_KERNEL_H
#define CORE_FILTER_KERNEL_H

#include "core/filter_bind.h"

#define KERNEL_CPUS_MAX 8192

enum kernel_kind { KERNEL_OR, KERNEL_AND, KERNEL_NOT, KERNEL_COMPARE };

enum kernel_op {
	KERNEL_GLOB,
	KERNEL_NE,
	KERNEL_EQ,
	KERNEL_LE,
	KERNEL_LT,
	KERNEL_GE,
	KERNEL_GT,
	KERNEL_MASK
};

enum kernel_value {
	KERNEL_STRING,
	KERNEL_NUMBER,
	KERNEL_CPUS,
	KERNEL_FUNCTION, /* of .function: a symbol or an address */
};

struct kernel_node {
	uint8_t kind;		   /* enum kernel_kind */
	struct kernel_node *child; /* the first one */
	struct kernel_node *next;
	const char *field;
	uint32_t column, op_column, value_column;
	uint8_t op;    /* enum kernel_op */
	uint8_t value; /* enum kernel_value */
	bool is_user;  /* .ustring: text in the memory of the process */
	const char *text;
	uint32_t len;
	const uint64_t *cpus; /* KERNEL_CPUS_MAX bits */
	uint32_t cpu_count, first_cpu;
};

/* How a comparison fits an event. */
enum kernel_fit {
	KERNEL_FITS,
	KERNEL_ABSENT,	/* the event has no such field */
	KERNEL_REFUSED, /* the kernel says no: operator or value are not for it */
	KERNEL_UNSEEN,	/* the kernel can, a record does not hold what it looks at */
};

/* What a program asks of bytes: TEST_KERNEL. */
enum kernel_match { MATCH_FULL, MATCH_FRONT, MATCH_MIDDLE, MATCH_END, MATCH_GLOB, MATCH_CPUS };

struct filter_kernel_test {
	uint8_t match; /* enum kernel_match */
	uint8_t op;    /* of MATCH_CPUS */
	bool swap;
	const char *text; /* closed by a NUL */
	uint32_t len;
	struct glob glob;
	const struct kernel_node *cpus;
};

/* ---- filter_kernel_parse.c ---- */

/* Parses what stands from '{' on, and steps behind the '}'. NULL: *code says why. */
struct kernel_node *filter_kernel_parse(struct filter_lexer *lx, struct arena *a, int *code);

/* ---- filter_kernel.c ---- */

/* How one comparison fits a schema. */
enum kernel_fit filter_kernel_fit(const struct kernel_node *n, const struct schema *s);

/* How all of an expression does: the worst of its comparisons, which *at then is. */
enum kernel_fit filter_kernel_fit_all(const struct kernel_node *n, const struct schema *s,
				      const struct kernel_node **at);

/* The expression for the binder's schema. */
struct bound *filter_bind_kernel(struct binder *b, const struct kernel_node *n, bool negate);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_kernel_private: what pair_kernel.c (asking the kernel), pair_kernel_check.c (what it cannot)
 * and pair_kernel_read.c (what it said) share. Nobody else includes this.
 */
#ifndef BACKENDS_PAIR_KERNEL_PRIVATE_H
#define BACKENDS_PAIR_KERNEL_PRIVATE_H

#include "backends/pair_kernel.h"
#include "core/arena.h"
#include "core/util.h"

/* What a key of the kernel's groups is to a row. */
enum kernel_use {
	USE_FIELD, /* of the derived event */
	USE_CPU,
	USE_TID,  /* whose it is; with the name where the kernel has it */
	USE_COMM, /* the name of whose it is, beside USE_TID */
};

struct kernel_key {
	uint8_t use; /* enum kernel_use */
	const struct field *field;
};

/* What was said of one line of a table before. */
struct kernel_seen {
	uint64_t hash; /* 0: free */
	uint64_t keys[HIST_BY], lo;
	uint64_t count;
	uint64_t group; /* number of its group, from 1 */
	bool part;
	char *text; /* of the keys that are strings, each closed by a NUL; NULL: none is */
};

/* A group of the kernel's. */
struct kernel_group {
	uint64_t keys[HIST_BY];
	const char *text[HIST_BY];	 /* in its line, or NULL */
	uint64_t count, sum, max, parts; /* as said last */
	uint64_t least;
	uint64_t given; /* of count */
	wide_t given_sum;
	struct loghist fresh; /* parts since the last reading */
	uint32_t reading;     /* in which it was said last */
};

struct pair_kernel {
	struct pair_kernel_conf conf;
	struct pair *pair;
	const struct schema *schema; /* of the derived event */
	const struct field *latency;
	struct arena arena;
	struct hist hist;
	struct hist_counts counts;
	struct kernel_key keys[HIST_BY];
	unsigned key_count;
	bool parts;

	/* the tables as they were read last */
	struct kernel_seen *seen;
	uint32_t seen_mask, seen_count;
	struct kernel_group *groups;
	uint32_t group_count, group_cap;
	uint32_t readings;
	uint8_t *rec; /* a derived record */
	uint32_t rec_cap;
};

/* A pair in the words of the kernel. */
struct kernel_ask {
	struct hist_event starts[HIST_EVENTS], ends[HIST_EVENTS];
	unsigned start_count, end_count;
	struct hist_carry carry[HIST_CARRY];
	unsigned carry_count;
	struct hist_key by[HIST_BY];
	unsigned by_count;
	const char *filter;
};

/* ---- pair_kernel_ask.c ---- */

/* Fills in what is to be asked, and k's keys. -ENOTSUP with the reason. */
int pair_kernel_ask(struct pair_kernel *k, struct kernel_ask *ret, struct err *e);

/* ---- pair_kernel_read.c ---- */

void pair_kernel_forget(struct pair_kernel *k);

#endif

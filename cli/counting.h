/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counting: what --by, --show and -f make of the rows of a deck, for summary and top.
 *
 * Follows the store's final rows and folds those that pass: by --by into groups, without it into
 * counts by thread and event, from which the process table is made. Rows may go once they were
 * counted, so memory stays as it is however many come.
 */
#ifndef CLI_COUNTING_H
#define CLI_COUNTING_H

#include "backends/deck.h"
#include "cli/cli.h"
#include "core/fold.h"
#include "core/group.h"
#include "core/heat.h"
#include "core/numeric.h"

struct counting {
	const struct opts *opts;
	struct deck *deck;
	struct filter *filter; /* NULL: every row */
	struct filter *among;  /* choice_among */
	struct group_spec *spec;
	struct group_table *table; /* NULL: without --by */
	struct summary *summary; /* without --by, where a filter makes it differ from the deck's */
	struct numeric *number;	 /* --histogram; NULL: none */
	struct heat *heat;	 /* of it */
	struct fold *fold;	 /* NULL: the deck counts everything itself */
	unsigned sort;		 /* column of the table */
	bool down;		 /* the largest first */
	/* the thread counted last, and for which times that holds */
	int32_t tid;
	uint32_t task;
	uint64_t from, until;
	/* rows of the table in order, made by counting_sort */
	uint32_t *order, count;
};

/* Whether the command line asks for it at all. */
bool counting_wanted(const struct opts *o);

/* Reads --by, --show, --sort, --histogram, -f and, with --by, -p. All that fails is the command
 * line's fault. */
int counting_parse(struct counting *c, const struct opts *o, struct err *e);

/* How the store's bound and that of the groups share --memory (0: what is usual). */
void counting_memory(const struct counting *c, uint64_t usual, uint64_t *store, uint64_t *groups);

/* Checks fields by the events of the deck's sources, reads times by its clocks. As counting_parse.
 */
int counting_check(struct counting *c, struct deck *d, struct err *e);

/* Begins to follow the deck's store; memory bounds the groups. */
void counting_open(struct counting *c, uint64_t memory);

/* Counts all rows that are final, and lets them go. */
void counting_work(struct counting *c);

/* A deck_conf.forgetting calls this: names that are still to be shown are kept. */
void counting_keep(struct counting *c);

/* Puts the groups in order. */
void counting_sort(struct counting *c);

void counting_done(struct counting *c);

#endif

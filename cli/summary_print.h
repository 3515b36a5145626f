/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary_print: the two tables of a summary, as text, JSON and CSV.
 */
#ifndef CLI_SUMMARY_PRINT_H
#define CLI_SUMMARY_PRINT_H

#include "backends/deck.h"
#include "cli/top_print.h"

struct summary_tables {
	struct deck *deck;    /* read through */
	uint64_t first, last; /* times */
	uint64_t events, damaged;
	struct summary *summary; /* what the tables count */
	bool filtered;		 /* events are those that passed, the others are: */
	uint64_t hidden;
	uint64_t apart;	    /* that nobody chose, and */
	const char *others; /* what they are */
	struct top_table processes;
};

/* Appends what is known of the whole, the process table and the event table. */
void summary_put_text(struct summary_tables *t, struct strbuf *b);

/* Appends an object a row; "table" says of which one. */
void summary_put_json(struct summary_tables *t, struct strbuf *b);

/* Appends table,name,pid,events,share,first,last; name is a comm or an event. */
void summary_put_csv(struct summary_tables *t, struct strbuf *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counting_print: a table of groups as lines of text, JSON or CSV.
 */
#ifndef CLI_COUNTING_PRINT_H
#define CLI_COUNTING_PRINT_H

#include "cli/counting.h"
#include "core/strbuf.h"

struct counting_print {
	struct counting *counting;
	uint64_t now;	   /* time of the table, on the clock of the events; live */
	uint64_t rows;	   /* at most so many in text */
	uint64_t lost;	   /* events of the sources, as far as known */
	uint64_t damaged;  /* records of them that made no sense */
	bool lost_unknown; /* and some more */
	bool live;	   /* it is of now, and has a wall time */
	bool first;	   /* no table was printed before */
	const char *notes; /* more lines of what the table lacks; NULL: none */
	bool fewer;	   /* what is counted is "at least" because of them */
	bool ascii;	   /* the terminal shows nothing else */
};

/* Puts the groups in order and appends them: a header, the rows, what they do not say. */
void counting_put_text(const struct counting_print *p, struct strbuf *b);

/* Appends an object for the whole and one for each group; live the time in each. */
void counting_put_json(const struct counting_print *p, struct strbuf *b);

/* Appends a line of names and one for each group. */
void counting_put_csv(const struct counting_print *p, struct strbuf *b);

/* Appends the time of day and two blanks, as a live table begins. */
void counting_put_clock(struct strbuf *b);

/* Says on standard error what the table lacks: for those whose text has no place for it. */
void counting_say_lacks(const struct counting_print *p);

#endif

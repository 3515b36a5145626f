/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_print: what cli/top.c has printed by cli/top_print.c.
 */
#ifndef CLI_TOP_PRINT_H
#define CLI_TOP_PRINT_H

#include "tui/processes.h"

struct top_table {
	const struct processes *model;
	const struct table_state *state;
	struct canvas *canvas; /* to draw on */
	uint64_t lost;	       /* events, as far as known */
	bool lost_unknown;
	uint64_t rows;	   /* at most so many in text; 0: 20 */
	const char *table; /* in JSON the value of "table" in each row; NULL: there is only one */
	bool live;	   /* it is of now, and has a wall time */
	bool first;	   /* no table was printed before */
};

/* Appends a header and rows, at most as many as said; or every row as an object a line. */
void top_put_text(const struct top_table *t, struct strbuf *b);
void top_put_json(const struct top_table *t, struct strbuf *b);

#endif

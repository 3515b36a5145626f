/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_lines: a table of groups as lines of text, JSON or CSV, a row at a time: for summary, top
 * and the dashboard alike. Cells are core/group_print.c's.
 */
#ifndef TUI_GROUP_LINES_H
#define TUI_GROUP_LINES_H

#include "core/group.h"
#include "core/strbuf.h"

struct group_lines {
	const struct group_table *table;
	const struct group_spec *spec;
	bool ascii;   /* nothing else can be shown */
	bool fewer;   /* what is counted is "at least" */
	bool live;    /* JSON says the time with each row */
	uint64_t now; /* this one */
	/* of text: each column is as wide as the widest cell that was measured */
	int widths[GROUP_KEYS + GROUP_MEASURES];
};

/* What is said of the whole; events and groups are the table's. */
struct group_whole {
	struct fold_stats fold;
	uint64_t lost, damaged;
};

/* Text: first the cells of all rows that are to be shown are measured, the titles are anyway. */
void group_lines_measure(struct group_lines *l, uint32_t row);
void group_lines_text_head(struct group_lines *l, struct strbuf *b);
void group_lines_text(const struct group_lines *l, uint32_t row, struct strbuf *b);

/* CSV: a line of names, and one of a row. */
void group_lines_csv_head(const struct group_lines *l, struct strbuf *b);
void group_lines_csv(const struct group_lines *l, uint32_t row, struct strbuf *b);

/* JSON: an object for the whole, and one for a row. */
void group_lines_json_whole(const struct group_lines *l, const struct group_whole *w,
			    struct strbuf *b);
void group_lines_json(const struct group_lines *l, uint32_t row, struct strbuf *b);

#endif

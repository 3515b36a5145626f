/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_words: candidates for what is typed, and what each of them is: for filters
 * (tui/events_complete.c) and for what rows are grouped by (tui/groups_prompt.c).
 */
#ifndef TUI_EVENTS_WORDS_H
#define TUI_EVENTS_WORDS_H

#include "tui/events_filter.h"

enum {
	CANDIDATES_MAX = 200,
	ROWS_LOOKED_AT = 2000, /* the youngest ones, for values */
};

struct word {
	char *text, *what; /* what may be NULL */
	unsigned count;	   /* rows that have it */
};

struct words {
	struct word *v;
	size_t count, cap;
	const char *prefix; /* what was typed of it */
	size_t prefix_len;
	uint32_t totals; /* how many schemas words_totals knows of */
};

/* Adds a candidate once, if it begins as what was typed does; quotes need not have been typed. */
struct word *words_add(struct words *w, const char *s);
/* The same, and what it is. */
void words_add_what(struct words *w, const char *s, const char *what);
/* The same, and one row more has it. */
void words_count(struct words *w, const char *s);

/* By name; by how many rows have them, which they say from then on. */
void words_sort(struct words *w);
void words_sort_counted(struct words *w);

/* The rows there were of each schema, by its index; NULL when nobody counts. Caller frees. */
uint64_t *words_totals(struct deck *d, struct words *w);
bool words_seen(const struct words *w, const uint64_t *totals, const struct schema *s);

/* Says of names (sorted) their types, which events have them, and a value. */
void words_describe_fields(struct deck *d, struct words *w, const uint64_t *totals);

/* Adds the names that there are for values of a field: of its format, system calls, errors. */
void words_add_format_names(struct deck *d, const char *field, struct words *w);

/* Appends "word TAB what" lines and frees all. */
void words_put(struct words *w, struct strbuf *out);

/* ---- events_complete.c ---- */

/* Adds the fields of all events there are and says what they are, of all words there are then. */
void words_add_fields(struct deck *d, struct words *w);

/* Appends the value that a row has for a name, as the language has it; false when it has none. */
bool row_literal(struct deck *d, const struct row *r, const char *name, struct strbuf *out);

#endif

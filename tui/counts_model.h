/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_model: a table that the kernel counts, as rows and columns: for the dashboard and top.
 *
 * A row a key. Columns: the fields of the key, those of the value, of a histogram how many values,
 * quantiles and bars, and how fast the first count grows. Nothing here asks twice: what is shown is
 * as of the last counts_model_take, and rates are since the one before.
 */
#ifndef TUI_COUNTS_MODEL_H
#define TUI_COUNTS_MODEL_H

#include "backends/backend.h"
#include "core/counts.h"
#include "tui/table.h"

enum counts_what {
	COUNTS_KEY,
	COUNTS_VALUE,
	COUNTS_NUMBER, /* of values in the slots */
	COUNTS_HALF,   /* quantiles of them */
	COUNTS_MOST,
	COUNTS_GREATEST,
	COUNTS_RATE,
	COUNTS_BARS,
};

struct counts_column {
	enum counts_what what;
	const struct field *field; /* of a key or value */
};

#define COUNTS_SLOTS 64

struct counts_model {
	struct backend *backend;
	char *group, *name;	     /* of the tracer */
	struct counts *now, *before; /* NULL: never taken */
	const struct schema *schema; /* which the columns are of */
	struct table_column columns[TABLE_COLUMNS];
	struct counts_column what[TABLE_COLUMNS];
	unsigned column_count;
	unsigned sort;		    /* a column */
	bool descending, sorted;    /* sorted: somebody chose */
	uint32_t *order;	    /* records that are shown, by place */
	uint64_t count;		    /* of them */
	double *rates;		    /* a second, by record; < 0: not known yet */
	char *only;		    /* just rows that show this text; NULL: all */
	uint32_t *bars;		    /* of the row that is drawn */
	unsigned first_slot, slots; /* those that have a value in any row */
	char range[64];		    /* title of the bars: from which value to which */
};

/* The table of a tracer of GIVES_TABLE; nothing is asked yet. */
void counts_model_init(struct counts_model *m, struct backend *b, const char *group,
		       const char *name);
void counts_model_done(struct counts_model *m);

/* Asks what was counted; on failure what was taken before stays. */
int counts_model_take(struct counts_model *m, struct err *e);

/* By a column; the same again turns it round. */
void counts_model_sort(struct counts_model *m, unsigned column);
void counts_model_reverse(struct counts_model *m);
/* The column of a name, -1: there is none. */
int counts_model_column(const struct counts_model *m, const char *name);
/* Only rows in which a text stands; NULL: all. */
void counts_model_only(struct counts_model *m, const char *text);

/* Puts what passes in order anew; for what takes records. */
void counts_model_order(struct counts_model *m);

/* The fields of a record but the common ones: first those of the key. */
const struct field *counts_fields(const struct counts *t, unsigned *count);

/* The record at a place, NULL behind the last. */
const uint8_t *counts_model_at(const struct counts_model *m, uint64_t place);
/* The place of the record that has the same key as rec of `in` had; false when it is gone. */
bool counts_model_find(const struct counts_model *m, const uint8_t *key, uint64_t *ret);

/* Appends what stands in a cell, for people. */
void counts_model_text(const struct counts_model *m, const uint8_t *rec, unsigned column,
		       struct strbuf *out);
/* About which value so many of those in the slots are not above: of a column of COUNTS_HALF and so
 * on. */
double counts_model_quantile(const struct counts_model *m, const uint8_t *rec,
			     enum counts_what what);
/* Whether a text stands in a row, in whatever cell; capitals make it mind them. */
bool counts_model_shows(const struct counts_model *m, const uint8_t *rec, const char *text);

/* Appends how many keys there are, since when, and what is missing. */
void counts_model_title(const struct counts_model *m, struct strbuf *out);
/* Appends what is not in the table, in a sentence; nothing when nothing is. */
void counts_model_notes(const struct counts_model *m, struct strbuf *out);

/*
 * Appends the condition of the filter language that is true for rows of this key; -ENOTSUP when it
 * cannot be said.
 */
int counts_model_condition(const struct counts_model *m, const uint8_t *rec, struct strbuf *out,
			   struct err *e);

/* Its data is a struct counts_model. */
extern const struct table_model counts_table;

/* ---- counts_lines.c ---- */

/* Appends all rows (at most most) as text with a header, as CSV, as JSON: an object for the whole
 * and one a row. */
void counts_put_text(const struct counts_model *m, uint64_t most, struct strbuf *out);
void counts_put_csv(const struct counts_model *m, struct strbuf *out);
void counts_put_json(const struct counts_model *m, struct strbuf *out);

#endif

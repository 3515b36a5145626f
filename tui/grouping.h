/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouping: the rows that pass the display filter, counted by groups and put in order: the model of
 * the groups pane (tui/groups*.c) and of the lists of values (tui/values.c).
 *
 * Rows come from the store in budgeted steps. Where the filter changes they come anew, and the
 * table of the filter before stands until the new one has something to show. A table that is held
 * is a copy: what is counted goes on behind it. Knows no screen and no frame.
 */
#ifndef TUI_GROUPING_H
#define TUI_GROUPING_H

#include "backends/deck.h"
#include "core/group.h"
#include "tui/table.h"

struct view;

/* Putting rows in order, in steps: a merge of runs that grow. */
struct grouping_order {
	uint32_t *from, *to; /* runs, and what is made of two of them */
	double *values;	     /* of the column that sorts, by row; NAN: nothing is there */
	uint32_t value_count, value_cap;
	uint32_t count, width, lo, i, j;
	bool runs;
	uint64_t spent; /* ns */
};

struct grouping {
	struct deck *deck;
	uint64_t memory;	   /* bytes of a table; 0: as group_conf says */
	struct group_spec *spec;   /* NULL: nothing is asked */
	struct group_table *table; /* where rows go; NULL: nobody looked yet */
	struct fold *fold;
	struct filter *filter; /* our own */
	uint64_t scope;	       /* version of the scope it was made of */
	bool has_scope;
	struct fold_stats stats;
	uint64_t began; /* CLOCK_MONOTONIC, when rows began to come anew */
	uint64_t version, horizon, ticked;
	bool busy;     /* the last step left something to do */
	bool joining;  /* ... groups are put together */
	bool complete; /* all that was there when it began was counted */
	bool stale;    /* something was counted since order was made */
	/* what is drawn */
	const struct group_table *shown; /* table, old or copy */
	struct group_table *old;	 /* of the filter before */
	struct group_table *copy;	 /* while it is held */
	struct fold_stats shown_stats;
	bool held;
	uint64_t turn;	 /* grows when shown is another table: rows and ids mean nothing any more */
	uint32_t *order; /* rows of shown */
	uint32_t count, cap;
	struct grouping_order sorting;
	uint32_t groups; /* in shown, without "other", at the last look */
	uint64_t joined;
	uint64_t looked, looked_mono, period; /* when order was made, and how often it may be */
	unsigned sort;			      /* column */
	bool descending;
	/* the columns: keys, then measures */
	struct table_column columns[GROUP_KEYS + GROUP_MEASURES];
	unsigned column_count;
};

/* When it is looked at. */
struct grouping_time {
	uint64_t now; /* as rows' times */
	bool live;    /* rows come as they happen: rates are of the last second */
	bool ended;   /* nothing more comes by itself */
	bool seen;    /* somebody looks at it: an order is needed */
};

void grouping_init(struct grouping *g, struct deck *d);
void grouping_done(struct grouping *g);

/*
 * Counts by something else from now on: "comm, event", "count, p99(latency)" (NULL or "": the usual
 * measures). -EINVAL, -EAGAIN with a caret; then nothing changes.
 */
int grouping_ask(struct grouping *g, const char *by, const char *show, struct err *e);

/* -ENOENT as well, when no event that is known has a field; changes nothing. */
int grouping_check(const struct grouping *g, const char *by, const char *show, struct err *e);

/* Counts what passes another filter (NULL: everything), which is taken over. */
void grouping_filter(struct grouping *g, struct filter *f);

/* Goes on for some milliseconds; bits: something to draw, more to do (enum grouping_work). */
enum grouping_work { GROUPING_DRAW = 1, GROUPING_MORE = 2 };
unsigned grouping_work(struct grouping *g, const struct grouping_time *t);

/* grouping_view.c: the same for what is shown in a view: filter and time are the frame's. */
unsigned grouping_update(struct grouping *g, struct view *v);

/* Before the identity table forgets. */
void grouping_settle(struct grouping *g);

/* Holds what is shown still, or lets it go on. */
void grouping_hold(struct grouping *g, bool on);

/* Puts rows in order anew, by a column or the other way round. */
void grouping_sort(struct grouping *g, unsigned column, bool descending);
/* Whether the largest of a column is what one wants to see first. */
bool grouping_falls(const struct grouping *g, unsigned column);

/* The row of shown at a place; false when there is none. */
bool grouping_at(const struct grouping *g, uint64_t place, uint32_t *ret_row);
/* Where a group stands, by its id, or (any table) by its name; false when it does not. */
bool grouping_find(const struct grouping *g, uint64_t id, uint64_t *ret);
bool grouping_find_name(const struct grouping *g, const char *name, uint64_t *ret);
/* Appends the values of its keys, which no other group has. */
void grouping_name(const struct grouping *g, uint32_t row, struct strbuf *out);

/* ---- grouping_order.c, for grouping.c alone ---- */

/* The first rows at once, the others behind them as they come; or all, where they are few. */
void order_first(struct grouping *g);
/* Begins with an order of all rows there are; the one that is there stays until it is made. */
void order_begin(struct grouping *g);
/* Goes on until a time; true when it is made. */
bool order_work(struct grouping *g, uint64_t until);
void order_done(struct grouping *g);

/* ---- grouping_columns.c ---- */

/* Makes the columns of the spec; strings are the spec's. */
void grouping_columns(struct grouping *g);
/* The width a column wants for the rows from top on, at most count of them. */
int grouping_width(const struct grouping *g, unsigned column, uint64_t top, unsigned count);
/* The name that a key or measure has as a column: no blanks. Borrowed. */
const char *grouping_column_name(const struct grouping *g, unsigned column);
/* The key by which the values of a column are counted; false when it has none. */
bool grouping_column_key(const struct grouping *g, unsigned column, struct strbuf *out);

/* data is a struct grouping *. */
extern const struct table_model grouping_model;

/* ---- grouping_say.c ---- */

/* Appends "comm, event show count, rate". */
void grouping_text(const struct grouping *g, struct strbuf *out);
/* Takes such a text apart; show is NULL where it says nothing of it. Caller frees. */
void grouping_split(const char *text, char **by, char **show);
/* Appends how many groups, or what they are called ("value"), and rows there are. */
void grouping_counts(const struct grouping *g, const char *what, struct strbuf *out);
/* Appends what the numbers are not: rows that lack a key, groups put together, what was lost. */
void grouping_notes(const struct grouping *g, struct strbuf *out);
/* How much of what is there was counted, in percent. */
unsigned grouping_percent(const struct grouping *g);

/*
 * Appends the filter of one value of a group, of a key; -ENOTSUP or -EINVAL with the reason.
 * exclude: the filter that rows with it do not pass, and those that lack the field do.
 */
int grouping_condition(const struct grouping *g, uint32_t row, unsigned column, bool exclude,
		       struct strbuf *text, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table: rows and columns with a header, a cursor and a place. Knows nothing of events.
 *
 * A model says how many rows there are and what stands in a cell. Widths: fixed, or a share of what
 * is left; too narrow a pane drops the columns of least worth. The row under the cursor keeps its
 * place on the screen when rows come and go above it, if the model can say where a row went.
 */
#ifndef TUI_TABLE_H
#define TUI_TABLE_H

#include "core/err.h"
#include "tui/action.h"
#include "tui/canvas.h"

struct table_column {
	const char *name;  /* key in config and in :columns */
	const char *title; /* in the header */
	int width;	   /* 0: takes what is left */
	uint8_t worth;	   /* dropped first when low */
	bool right;	   /* right-aligned */
	enum look look;
	bool tail; /* what is too long loses its beginning, not its end */
};

/* What a cell shows. */
struct table_cell {
	struct strbuf *text; /* to be appended to */
	enum look look;	     /* the column's, may be changed */
	unsigned marks;
	const uint32_t *spark; /* instead of text: a sparkline of spark_count values */
	size_t spark_count;
};

struct table_model {
	/* How many rows there are now. */
	uint64_t (*rows)(const void *data);
	void (*cell)(const void *data, uint64_t row, unsigned column, struct table_cell *cell);
	/* The look and marks of a whole row; NULL: none. *look comes as LOOK_COUNT, which leaves
	 * every cell its own; *marks comes as 0. */
	void (*row)(const void *data, uint64_t row, enum look *look, unsigned *marks);
};

enum { TABLE_COLUMNS = 32, TABLE_NAME = 160 /* bytes of a name and a width */ };

struct table_state {
	const struct table_column *columns;
	unsigned count;
	uint8_t order[TABLE_COLUMNS];  /* which columns, in which order */
	int16_t widths[TABLE_COLUMNS]; /* by column: changed by hand; 0: the column's own */
	unsigned shown;		       /* entries of order */
	uint64_t cursor, top;
	unsigned column; /* index into order: the cell under the cursor */
	int sort;	 /* column (not index into order) shown as the sorting one; -1: none */
	bool reverse;	 /* the largest stands on top: the arrow points down */
	bool cells;	 /* the cursor is a cell, not only a row */
};

/* Begins with all columns in order. */
void table_init(struct table_state *t, const struct table_column *columns, unsigned count);

/* Lines the header takes of an area: none where only one is left, for a row. */
int table_header(int height);

/* Draws header and rows into a blank area. */
void table_draw(const struct table_state *t, const struct table_model *m, const void *data,
		struct area *a, bool focus);

/* Keeps cursor and top within rows and in sight of a pane of that height (header included). */
void table_fit(struct table_state *t, uint64_t rows, int height);

/*
 * Moves by an action of the group "moving"; true when it was one. LEFT and RIGHT are only where
 * the cursor is a cell; the column they reach is shown, whatever its worth.
 */
bool table_move(struct table_state *t, uint64_t rows, int height, enum action a, unsigned count);

/* The row that was under the cursor is now this one: keeps its place on the screen. */
void table_carry(struct table_state *t, uint64_t row);

/* Makes the column under the cursor wider (narrower when by is negative) in an area of cols
 * columns; false when it cannot be. */
bool table_widen(struct table_state *t, int cols, int by);

/*
 * What is at a place in the area: the row (false in the header or below the last; *row is left
 * alone then) and the column, an index into order: the nearest one shown.
 */
bool table_at(const struct table_state *t, uint64_t rows, const struct area *a,
	      const struct act_arg *click, uint64_t *row, unsigned *column);

/* Where a shown column begins and how wide it is in an area of cols columns; false when dropped. */
bool table_place(const struct table_state *t, int cols, unsigned index, int *x, int *width);

/* Reads and writes "time cpu comm:20 event" for config and state. An unknown name is an error with
 * its column that lists the known; it changes nothing. */
int table_set_columns(struct table_state *t, const char *text, struct err *e);
void table_get_columns(const struct table_state *t, struct strbuf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * canvas: a grid of cells, each a character and what it means. Views draw here; tui/term.c shows
 * it.
 *
 * Nothing here knows a terminal or a colour: a cell says its role (what it is: a time, an error, a
 * title) and marks on top (under the cursor, a search hit); the theme makes attributes of both. So
 * a screen can be compared with a file without any terminal.
 *
 * All drawing is clipped to an area. Text from outside must have gone through safe_text; the canvas
 * still replaces what no cell can hold.
 */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/strbuf.h"

/* _(ENUM, "name in themes", 'letter in golden screens', "what it is") */
#define LOOK_LIST(_)                                                                               \
	_(TEXT, "text", '.', "plain text")                                                         \
	_(DIM, "dim", 'd', "less important text, disabled things")                                 \
	_(TITLE, "title", 'T', "a pane's title")                                                   \
	_(TITLE_FOCUS, "title-focus", 'F', "the title of the pane that has the keys")              \
	_(HEADER, "header", 'H', "column headers")                                                 \
	_(HEADER_SORT, "header-sort", 'S', "the header of the column that sorts")                  \
	_(BORDER, "border", 'b', "lines between panes")                                            \
	_(STATUS, "status", 's', "the status line")                                                \
	_(KEY, "key", 'k', "a key to press")                                                       \
	_(TIME, "time", 't', "times")                                                              \
	_(CPU, "cpu", 'c', "CPU numbers and flags")                                                \
	_(COMM, "comm", 'p', "names of processes")                                                 \
	_(PID, "pid", 'i', "process and thread ids")                                               \
	_(EVENT, "event", 'e', "names of events")                                                  \
	_(FIELD, "field", 'f', "names of fields")                                                  \
	_(VALUE, "value", 'v', "values of fields")                                                 \
	_(NUMBER, "number", 'n', "counts and rates")                                               \
	_(GRAPH, "graph", 'g', "sparklines and bars")                                              \
	_(ON, "on", 'O', "something that is on")                                                   \
	_(OFF, "off", 'o', "something that is off")                                                \
	_(GOOD, "good", 'G', "right, complete")                                                    \
	_(WARN, "warn", 'W', "unfinished, or worth a look")                                        \
	_(ERROR, "error", 'E', "wrong, failed")                                                    \
	_(LOSS, "loss", 'L', "events that were lost")                                              \
	_(CAPTURE, "capture", 'C', "the capture filter: what is not taken at all")                 \
	_(RECORD, "record", 'R', "a recording that goes on")                                       \
	_(GONE, "gone", 'x', "a process that ended")                                               \
	_(PROMPT, "prompt", 'P', "where one types")                                                \
	_(MATCH, "match", 'm', "a search hit or highlighted value")                                \
	/* in this order: a heat map's levels */                                                   \
	_(HEAT_1, "heat-1", '1', "the rarest of a heat map")                                       \
	_(HEAT_2, "heat-2", '2', "a heat map's second level")                                      \
	_(HEAT_3, "heat-3", '3', "a heat map's third level")                                       \
	_(HEAT_4, "heat-4", '4', "a heat map's fourth level")                                      \
	_(HEAT_5, "heat-5", '5', "a heat map's fifth level")                                       \
	_(HEAT_6, "heat-6", '6', "a heat map's sixth level")                                       \
	_(HEAT_7, "heat-7", '7', "a heat map's seventh level")                                     \
	_(HEAT_8, "heat-8", '8', "a heat map's eighth level")                                      \
	_(HEAT_9, "heat-9", '9', "the most frequent of a heat map")

enum look {
#define LOOK_ENUM(id, name, letter, what) LOOK_##id,
	LOOK_LIST(LOOK_ENUM)
#undef LOOK_ENUM
	    LOOK_COUNT
};

/* On top of a look; bits. In golden screens a third grid shows them. */
enum mark {
	MARK_CURSOR = 1,     /* the row under the cursor, in the pane that has the keys */
	MARK_CURSOR_DIM = 2, /* the same in another pane */
	MARK_CELL = 4,	     /* the cell under the cursor */
	MARK_HIT = 8,	     /* a search hit */
	MARK_TAG = 16,	     /* bookmarked, or between the markers */
};

#define CELL_BYTES 12

struct cell {
	char s[CELL_BYTES]; /* UTF-8 of one character with its combining ones, no NUL when full */
	uint8_t width;	    /* 1 or 2; 0: the right half of the one before */
	uint8_t look;	    /* enum look */
	uint8_t marks;	    /* enum mark bits */
	uint8_t pad;
};

struct canvas {
	int rows, cols;
	struct cell *cells; /* rows * cols */
	bool ascii;	    /* only ASCII may be drawn: lines, sparklines and dots have fallbacks */
	int cursor_y, cursor_x; /* where the terminal's cursor belongs; -1: hidden */
};

/* A rectangle of a canvas; coordinates in it begin at 0. */
struct area {
	struct canvas *canvas;
	int y, x, rows, cols;
};

/* Makes the canvas this large (1 to 1000 each) and blank. */
void canvas_resize(struct canvas *c, int rows, int cols);
void canvas_done(struct canvas *c);
void canvas_clear(struct canvas *c);

struct glyph;

/* Puts a glyph (see tui/glyph.h) at a place that has room for it. Views use draw_text and the like.
 */
void canvas_put(struct canvas *c, int y, int x, const struct glyph *g, enum look look);

/* All of it; a part of an area, clipped. */
struct area area_all(struct canvas *c);
struct area area_sub(const struct area *a, int y, int x, int rows, int cols);

/*
 * Draws text of n bytes at most width columns wide; a longer one ends in "~" (or the ellipsis).
 * Returns the columns used. What is no printable UTF-8 becomes '?'.
 */
int draw_text(struct area *a, int y, int x, int width, enum look look, const char *s, size_t n);

/*
 * The same for names that differ at their ends (sched_process_exec, sched_process_exit): a longer
 * one loses its beginning.
 */
int draw_tail(struct area *a, int y, int x, int width, enum look look, const char *s, size_t n);

/* The same for a string, as wide as the area allows. */
int draw_str(struct area *a, int y, int x, enum look look, const char *s);

/* Right-aligned in width columns. */
int draw_right(struct area *a, int y, int x, int width, enum look look, const char *s);

/* printf text. */
int draw_fmt(struct area *a, int y, int x, enum look look, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Fills width columns with one character (ASCII or a box character that has a fallback). */
void draw_fill(struct area *a, int y, int x, int width, enum look look, const char *s);

/* A horizontal or vertical line with its fallback. */
void draw_hline(struct area *a, int y, int x, int width, enum look look);
void draw_vline(struct area *a, int y, int x, int height, enum look look);

/*
 * A sparkline of the last width of n values, scaled to the largest of them (at least 1): eight
 * heights, or " .:-=+*#" in ASCII. Zero is a blank.
 */
void draw_spark(struct area *a, int y, int x, int width, enum look look, const uint32_t *values,
		size_t n);

/* Sets marks on width columns that are already drawn; and a look instead of what they had. */
void draw_mark(struct area *a, int y, int x, int width, unsigned marks);
void draw_look(struct area *a, int y, int x, int width, enum look look);

/* Columns of n bytes of UTF-8 as a terminal shows them. */
int text_width(const char *s, size_t n);

/* Bytes of the longest prefix of at most width columns. */
size_t text_prefix(const char *s, size_t n, int width);

/*
 * Compares two rows of cols cells. When they differ *from and *to enclose what does, no wide
 * character of either cut.
 */
bool canvas_row_changed(const struct cell *a, const struct cell *b, int cols, int *from, int *to);

/*
 * Appends the canvas as text for golden files: the characters, then a line "-- looks", the letters
 * of the looks (a blank of plain text has none), and if there are any a line "-- marks" and their
 * sums as hexadecimal digits (above 15: letters on). Trailing blanks are cut.
 */
void canvas_dump(const struct canvas *c, struct strbuf *out);

#endif

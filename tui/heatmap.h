/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heatmap: what its files share; nobody else includes it.
 *
 * heatmap.c has the slots of the view and does actions, heatmap_frame.c knows which times and
 * values the picture is of, heatmap_cells.c counts into its cells, heatmap_draw.c draws.
 */
#ifndef TUI_HEATMAP_H
#define TUI_HEATMAP_H

#include "core/scale.h"
#include "tui/spectrum.h"

#define HEATMAP_HEAD   1 /* lines above the picture: the values */
#define HEATMAP_FOOT   2 /* below: what is under the cursor, what the levels mean */
#define HEATMAP_LEVELS 9
#define HEATMAP_ZOOMS  16

/* Which times are seen. */
enum heat_mode {
	HEAT_FOLLOW, /* the last ones: the picture moves up as time goes on */
	HEAT_ALL,    /* all there are, the lines as long as that takes */
	HEAT_RANGE,  /* from one to another */
};

/* What one looks at: a way back is a stack of these. */
struct heat_look {
	enum heat_mode mode;
	uint64_t from, to;  /* HEAT_RANGE */
	uint64_t line_step; /* HEAT_FOLLOW: ns of a line */
	bool has_values;    /* only lo to hi */
	wide_t lo, hi;
};

struct heat_line {
	uint64_t total;
	uint64_t lost;	   /* events that were lost in its time, of those whose number is known */
	bool lost_unknown; /* and others */
};

struct heatmap {
	struct spectrum sp;
	struct heat_look look, zooms[HEATMAP_ZOOMS];
	unsigned depth;
	bool held; /* following, but not just now */

	/* the picture: lines of time downwards, columns of values */
	uint64_t from, step;	 /* time of the first line, ns of each */
	unsigned room, width;	 /* lines and columns there are of the screen */
	unsigned lines, columns; /* that are used */
	unsigned cell;		 /* columns of the screen for one */
	struct scale scale;
	int32_t first;	 /* part of the first column */
	uint64_t *cells; /* lines * columns */
	struct heat_line *line;
	uint64_t levels[HEATMAP_LEVELS]; /* the least count of each; 0: not used */
	unsigned label;			 /* width of a time */
	unsigned digits;		 /* behind its point */

	/* where one is, as a time and a value: they stay when the picture moves */
	uint64_t cursor_ts, anchor_ts;
	wide_t cursor_v, anchor_v;
	bool has_cursor, selecting;
	bool dirty; /* everything is to be made anew */
};

/* A rectangle of cells, all of them in. */
struct heat_box {
	unsigned line, column, last_line, last_column;
};

/* ---- heatmap_frame.c ---- */

/* Begins to look: counts anew for these times. */
void heatmap_look(struct heatmap *m);
/* Where it follows, the picture moves up to now. True when it moved. */
bool heatmap_follow(struct heatmap *m);
/* Times and values of the picture, for an area of that size; true when they are others. The first
 * time it also begins to look. */
bool heatmap_fit(struct heatmap *m, int rows, int cols);
/* The next longer or shorter time of those that people count in. */
uint64_t heatmap_longer(uint64_t step);
uint64_t heatmap_shorter(uint64_t step);

/* ---- heatmap_cells.c ---- */

/* Counts the lines from the one of a time on. */
void heatmap_fill(struct heatmap *m, uint64_t changed);
/* The level of a count, 1 to HEATMAP_LEVELS; 0 for none. */
unsigned heatmap_level(const struct heatmap *m, uint64_t n);
/* Sum of the cells of a box. */
uint64_t heatmap_sum(const struct heatmap *m, const struct heat_box *b);

/* ---- heatmap.c ---- */

/* The cell under the cursor, and the selection (or that cell). False: there is no picture yet. */
bool heatmap_cursor(const struct heatmap *m, unsigned *line, unsigned *column);
bool heatmap_box(const struct heatmap *m, struct heat_box *ret);
/* Times and values of a box. */
struct spectrum_area heatmap_area(const struct heatmap *m, const struct heat_box *b);

/* ---- heatmap_draw.c ---- */

void heatmap_draw(const struct view *v, struct area *a);
/* The line and column of the picture at a place of the area; false when it is beside it. */
bool heatmap_at(const struct heatmap *m, int y, int x, unsigned *line, unsigned *column);

#endif

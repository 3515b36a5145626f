/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * histogram: what its two files share; nobody else includes it.
 */
#ifndef TUI_HISTOGRAM_H
#define TUI_HISTOGRAM_H

#include "tui/spectrum.h"

#define HISTOGRAM_HEAD	3 /* lines above the bars */
#define HISTOGRAM_ZOOMS 16

struct bar {
	wide_t lo, hi;
	uint64_t n;
};

struct zoom {
	wide_t lo, hi;
};

struct histogram {
	struct spectrum sp;
	struct loghist all;
	struct bar *bars;
	unsigned count;
	uint64_t most, total; /* of the bars */
	unsigned cursor, top;
	wide_t cursor_value; /* the cursor is where it is */
	bool has_cursor;
	struct zoom zooms[HISTOGRAM_ZOOMS]; /* the last one holds */
	unsigned depth;
	int lines;  /* for bars */
	bool dirty; /* bars are to be made anew */
};

void histogram_draw(const struct view *v, struct area *a);

#endif

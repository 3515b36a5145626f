/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spectrum: the numbers of one field, of the rows that are shown, counted as they come; what
 * histogram and heat map have in common.
 *
 * Follows the display filter: another one counts anew, in steps, and what was on the screen stays
 * there until there is something better. Draws nothing.
 */
#ifndef TUI_SPECTRUM_H
#define TUI_SPECTRUM_H

#include "core/fold.h"
#include "core/heat.h"
#include "core/numeric.h"
#include "tui/view.h"

struct spectrum {
	struct ui *ui;
	struct numeric *field;
	struct heat *heat;
	struct fold *fold;
	uint64_t scope_version;
	uint64_t began; /* CLOCK_MONOTONIC: when it was counted anew */
	bool counting;	/* more is to be done right now */
	bool caught_up; /* all that was there was counted since then */
	struct fold_stats stats;
};

/* Begins to count a field in at most so many slots of time. */
int spectrum_open(struct spectrum *s, struct ui *ui, const char *field, uint32_t slots,
		  struct err *e);
/* Any state. */
void spectrum_close(struct spectrum *s);

/* Counts on; true when something may have changed. */
bool spectrum_work(struct spectrum *s);

/* Counts anew, for times from <= time < to, with slots of that many ns or longer. */
void spectrum_begin(struct spectrum *s, uint64_t from, uint64_t to, uint64_t step);

/* Whether what was counted so far is worth more than what stands on the screen. */
bool spectrum_is_worth(const struct spectrum *s);

/* Appends what belongs into the title: the field, how many rows, how far, what is missing. */
void spectrum_status(const struct spectrum *s, struct strbuf *out);

/*
 * Narrows the rows to values of lo to hi, and if until is not 0 to from <= time < until; or
 * (exclude) away from them. Rows that lack the field are never excluded. False: it was refused, and
 * that was said.
 */
struct spectrum_area {
	wide_t lo, hi;
	uint64_t from, until;
};

bool spectrum_narrow(struct spectrum *s, const struct spectrum_area *a, bool exclude);

/* Appends a time in seconds, with as many decimals as say something. */
void spectrum_seconds(struct strbuf *out, uint64_t ts);

/* ---- spectrum_open.c ---- */

/*
 * ACT_HISTOGRAM and ACT_HEAT_MAP: shows the field that is the argument, or else `latency` where
 * rows have it, or else asks for one. False: another action.
 */
bool spectrum_act(struct ui *ui, enum action a, const struct act_arg *arg);

/* The dialogs; their argument is the field's name. */
extern const struct view_ops histogram_ops, heatmap_ops;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_view: the live table of a tracer that counts in the kernel, as a dialog.
 */
#ifndef TUI_COUNTS_VIEW_H
#define TUI_COUNTS_VIEW_H

#include "tui/counts_model.h"
#include "tui/view.h"

struct counts_writing;

struct counts_view {
	struct counts_model m;
	struct table_state table;
	const struct schema *schema; /* which the table's columns are of */
	uint64_t looked;	     /* when it was asked last */
	enum tracer_state state;
	char reason[256]; /* why nothing new comes: of the tracer, or of who was asked */
	bool held;	  /* it stands still; the kernel counts on */
	bool picked;	  /* somebody put the cursor there; else it stays on top */
	uint8_t *key;	  /* the record under the cursor, as it was */
	char *search;	  /* NULL: nothing was searched for yet */
	struct counts_writing *writing;
};

static inline struct counts_view *counts_view_of(const struct view *v)
{
	return v->state;
}

/* Opens the dialog over the table of a tracer, on or not. */
void counts_view_open(struct ui *ui, struct backend *b, const char *group, const char *name);

/* ---- counts_act.c ---- */

unsigned counts_act(struct view *v, enum action a, const struct act_arg *arg);
/* The cursor is on a row that it is to stay with. */
void counts_remember(struct counts_view *c);
/* Lines of the table, its header included. */
int counts_height(const struct view *v);

/* ---- counts_write.c ---- */

/* ACT_WRITE: asks for a name, or takes the argument's, and begins. */
unsigned counts_write(struct view *v, const struct act_arg *arg);
/* Goes on; true while there is more to do. */
bool counts_write_work(struct view *v);
void counts_write_close(struct counts_view *c);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_pane: the state of the processes pane, for tui/processes.c (looking and drawing) and
 * tui/processes_act.c (what keys do) alone.
 */
#ifndef TUI_PROCESSES_PANE_H
#define TUI_PROCESSES_PANE_H

#include "tui/processes.h"
#include "tui/view.h"

struct pane {
	struct processes model;
	struct table_state table;
	struct table_column columns[PROCESS_COLUMNS];
	uint64_t looked, version; /* when, and of which state of the store */
	uint64_t period;	  /* ns between two looks */
	uint64_t key;		  /* of the row under the cursor */
	bool picked;		  /* the cursor was put on that row, it is not just on top */
	bool held;		  /* its events are looked at: the cursor follows it anywhere */
	bool looking;		  /* there was a look */
	bool chosen;		  /* somebody chose the columns: none comes or goes by itself */
	unsigned quiet;		  /* looks in a row that found nothing new */
	uint64_t lost;
	bool lost_unknown;
};

/* The row under the cursor, NULL without rows; and notes it as the one to stay with. */
const struct process_row *pane_row(const struct pane *p);
void pane_remember(struct pane *p);

/* Puts the cursor where its row is now. */
void pane_follow(struct view *v);

/* Reads the summary anew; or only sorts anew what is here. */
void pane_look(struct view *v, uint64_t now);
void pane_arrange(struct view *v);

/* What follows from the columns and modes as they are now. */
void pane_adapt(struct pane *p);

/* The column tid stands where there is more than one row a pid, or no pid at all. */
void pane_show_tids(struct pane *p, bool on);

/* The column of a name, -1 when there is none. */
int pane_column(const char *name);

unsigned pane_act(struct view *v, enum action a, const struct act_arg *arg);

/* ---- processes_values.c ---- */

/* The values in the column under the cursor, counted over the rows shown. */
unsigned pane_values(struct view *v, const struct act_arg *arg);

/* Pushes a crumb, unless it is the last one already. */
unsigned pane_push(struct view *v, const char *label, const char *text);
/* Says that no process stands there. */
unsigned pane_nobody(struct view *v);

/* ---- processes_open.c ---- */

/* The events of the row under the cursor, and over to them. */
unsigned pane_events(struct view *v, const struct act_arg *arg);
/* Its cockpit. */
unsigned pane_cockpit(struct view *v, const struct act_arg *arg);

#endif

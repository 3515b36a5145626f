/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_pairs: latency pairs among the events.
 *
 * A row of a pair stands for the rows of its start and its end. Those are folded away where their
 * tracers are on for the pairs alone; a key shows them, or hides those of every pair. The details
 * of a pair's row say start and end in full, and a key goes to each.
 */
#ifndef TUI_EVENTS_PAIRS_H
#define TUI_EVENTS_PAIRS_H

#include "tui/events.h"

/* Shows what passes the scope's filter and is not folded away, where that changed; true then. */
bool pairs_take_scope(struct events *ev);
/* The filter as one text. Caller frees. */
char *pairs_whole(const struct events *ev);
/* Whether rows are folded away now. */
bool pairs_fold(const struct events *ev);
void pairs_done(struct events *ev);

/* ACT_FOLD_PAIRS, ACT_PAIR_START, ACT_PAIR_END. */
unsigned pairs_act(struct events *ev, enum action a, const struct act_arg *arg);

/* Adds start and end to the details of a pair's row. */
void pairs_detail(struct events *ev, const struct row *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * play: how a recording is loaded and played on the dashboard.
 *
 * The deck does it; here is what keys ask of it and what the status line says.
 */
#ifndef TUI_PLAY_H
#define TUI_PLAY_H

#include "backends/deck.h"
#include "tui/action.h"
#include "tui/canvas.h"

struct ui;

/* Takes a look at the deck; true when the status line is not as it was. */
bool play_update(struct ui *ui);

/* All there is was read, and played where it plays: what is counted stands still. */
bool play_has_ended(const struct deck_play *p, struct deck *d);

/* ACT_PLAY and ACT_STEP from a row on. True: the end of what is shown is to be followed. */
bool play_from(struct ui *ui, enum action a, uint64_t from, const struct act_arg *arg);
/* ACT_FASTER and ACT_SLOWER. */
void play_speed(struct ui *ui, enum action a, const struct act_arg *arg);
void play_end(struct ui *ui);

/* ACT_LOAD: goes on with loading, or stops it. */
void play_load(struct ui *ui);
/* Stops loading; false when nothing is loaded. */
bool play_cancel(struct ui *ui);

/* Appends what the status line says, in at most width columns; nothing when all is loaded. */
void play_line(struct strbuf *out, const struct deck_play *p, bool ascii, int width);
/* Draws it. Returns where the line goes on. */
int play_draw(const struct ui *ui, struct area *a, int x);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_pair: defining a latency pair from the tracers pane.
 */
#ifndef TUI_TRACERS_PAIR_H
#define TUI_TRACERS_PAIR_H

#include "tui/tracers.h"

/* ACT_PAIR: a prompt, or the line of the argument at once. */
unsigned pair_prompt(struct tracers *t, const struct act_arg *arg);

#endif

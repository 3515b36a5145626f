/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * values: the values there are of one thing in the rows shown, the most frequent first, to include
 * or exclude one of them or several.
 */
#ifndef TUI_VALUES_H
#define TUI_VALUES_H

#include "tui/view.h"

/* Opens the list over the panes; what cannot be counted is said. key as in tui/grouping.h: "comm",
 * "sched:sched_switch.prev_comm". */
void values_open(struct ui *ui, const char *key);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help: every key there is here and now, as a dialog that also runs what it lists.
 */
#ifndef TUI_HELP_H
#define TUI_HELP_H

#include "tui/view.h"

/* ui_dialog's arg is the name of the pane that is asked about (const char *, static). */
extern const struct view_ops help_ops;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * views: every pane there is, in the order of Tab. The first stands left, the second beside it, the
 * others below that one, one at a time.
 *
 * To add one: its file, its line here, its line in meson.build.
 */
#include <stddef.h>

#include "tui/view.h"

extern const struct view_ops tracers_ops;
extern const struct view_ops events_ops;
extern const struct view_ops processes_ops;
extern const struct view_ops groups_ops;

const struct view_ops *const views[] = {
	&tracers_ops, &events_ops, &processes_ops, &groups_ops, NULL,
};

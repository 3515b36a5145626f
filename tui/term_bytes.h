/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_bytes: what a terminal is told that is no drawing, and which of its colours stands for one.
 *
 * Pure functions: no descriptor, no curses.
 */
#ifndef TUI_TERM_BYTES_H
#define TUI_TERM_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/strbuf.h"
#include "tui/theme.h"

enum { SHADE_DIRECT = 1 << 24 };

/* The colours of a terminal: 0, 8, 16, 256 or SHADE_DIRECT; has_default: it can be told to use its
 * own. */
struct shade {
	int colors;
	bool has_default;
};

/* The number of a colour there, or -1 for the terminal's own. */
int shade_number(const struct shade *s, const struct theme_color *c, bool is_fg);

/* ATTR_ bits that stand for a foreground which the terminal lacks. */
unsigned shade_attrs(const struct shade *s, const struct theme_color *c);

/* Appends text as a message to the clipboard; in_screen: in portions that GNU screen passes on. */
void term_osc52(const char *text, size_t n, bool in_screen, struct strbuf *out);

#endif

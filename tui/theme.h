/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * theme: how looks look.
 *
 * A *.theme file has lines "look = FG BG ATTRIBUTES" and "mark-NAME = ..." (cursor, cursor-dim,
 * cell, hit, tag), "inherits = NAME", # comments. Colours: default, the eight ANSI names with
 * bright-, 0-255, #rrggbb; a fallback for fewer colours may follow after "/": "#ff8800/208/yellow".
 * Attributes: bold dim italic underline reverse. Colour never carries a meaning alone: under
 * NO_COLOR attributes and glyphs remain.
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include "core/err.h"
#include "tui/canvas.h"

enum { THEME_MARKS = 5 };

#define COLOR_DEFAULT (-1)
#define COLOR_KEEP    (-2)	/* of a mark: what the look says */
#define COLOR_RGB     0x1000000 /* | 0xrrggbb */

/* A colour for 8/16, 256 and direct-colour terminals. */
struct theme_color {
	int c16, c256, rgb;
};

enum { ATTR_BOLD = 1, ATTR_DIM = 2, ATTR_ITALIC = 4, ATTR_UNDERLINE = 8, ATTR_REVERSE = 16 };

struct theme_style {
	struct theme_color fg, bg;
	unsigned attrs;
};

struct theme {
	char name[32];
	struct theme_style look[LOOK_COUNT];
	struct theme_style mark[THEME_MARKS]; /* by bit number */
};

/* A theme by name: the user's themes/NAME.theme, the system's, then the built-in ones. */
int theme_load(const char *name, struct theme *ret, struct err *e);
int theme_parse(const char *path, const char *text, size_t size, struct theme *ret, struct err *e);

/* Names of the built-in themes, NULL-ended, the default first. */
extern const char *const theme_names[];

/* The style of a cell: its look with its marks on top. */
struct theme_style theme_style(const struct theme *t, enum look look, unsigned marks);

#endif

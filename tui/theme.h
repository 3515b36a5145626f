/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * theme: how looks look.
 *
 * A *.theme file has lines "look = FG BG ATTRIBUTES" and "mark-NAME = ..." (cursor, cursor-dim,
 * cell, hit, tag), "inherits = NAME" before them, and comments: "#" at the beginning of a line, or
 * between blanks. Colours: default, the eight ANSI names with bright-, 0-255, #rrggbb, and in marks
 * keep (what the look says); a fallback for fewer colours may follow after "/":
 * "#ff8800/208/yellow", else the nearest is taken. Attributes: bold dim italic underline reverse.
 * Everything behind the foreground may be left out. A theme that inherits nothing sets everything.
 * A mark that keeps the foreground keeps a background that the look has set, too.
 *
 * Colour never carries a meaning alone: without colours (NO_COLOR) the built-in theme "mono" is
 * shown, and attributes and glyphs remain.
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include "core/err.h"
#include "tui/canvas.h"

enum { THEME_MARKS = 5 };

#define COLOR_DEFAULT (-1)
#define COLOR_KEEP    (-2)	/* of a mark: what the look says */
#define COLOR_RGB     0x1000000 /* | 0xrrggbb */

/*
 * A colour for 8/16, 256 and direct-colour terminals: COLOR_DEFAULT, COLOR_KEEP, a number of the
 * palette, or (rgb only) COLOR_RGB with the value.
 */
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

/* A built-in theme; always there when its name is in theme_names. */
int theme_builtin(const char *name, struct theme *ret, struct err *e);

/* 0xrrggbb of a palette's number (0-255), as xterm has it. */
uint32_t theme_palette(int number);

/* Names of the built-in themes, NULL-ended, the default first. */
extern const char *const theme_names[];

/* The style of a cell: its look with its marks on top. */
struct theme_style theme_style(const struct theme *t, enum look look, unsigned marks);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sheet: lines of text in a dialog that scrolls; whatever is put on it is harmless.
 */
#ifndef TUI_SHEET_H
#define TUI_SHEET_H

#include "core/strbuf.h"
#include "tui/action.h"
#include "tui/canvas.h"

struct sheet_entry {
	size_t at, len; /* in the text */
	enum look look;
};

struct sheet {
	struct strbuf text; /* each line closed by '\n', for whoever copies it */
	struct sheet_entry *lines;
	size_t count, cap;
	size_t top;
	int left; /* columns scrolled to the right */
};

/* Takes all lines away; where one scrolled to stays. */
void sheet_clear(struct sheet *s);
void sheet_done(struct sheet *s);

/* Appends a line. */
void sheet_line(struct sheet *s, enum look look, const char *text, size_t n);
void sheet_fmt(struct sheet *s, enum look look, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Appends every line of a text as one, tabs as blanks. */
void sheet_text(struct sheet *s, enum look look, const char *text, size_t size);
/* Appends the same, broken at blanks to a width. */
void sheet_wrapped(struct sheet *s, enum look look, const char *text, int width);

void sheet_draw(const struct sheet *s, struct area *a);
/* Scrolls by an action of the group "moving" in so many rows; true when it was one. */
bool sheet_scroll(struct sheet *s, int rows, enum action a, unsigned count);
/* Appends which lines are seen, when not all are. */
void sheet_status(const struct sheet *s, int rows, struct strbuf *out);

#endif

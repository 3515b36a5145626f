/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line: one line of text being typed: cursor, words, kill and yank, history, completion.
 *
 * Knows neither screen nor files. It holds valid UTF-8 without control characters, whatever was
 * typed or pasted. Where candidates for a word come from is the owner's business: Tab says
 * LINE_WANTS, and the owner calls line_offer.
 */
#ifndef TUI_LINE_H
#define TUI_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/strbuf.h"
#include "tui/history.h"
#include "tui/key.h"

enum { LINE_BYTES = 4000 };

enum line_result {
	LINE_IGNORED, /* not a key of the line */
	LINE_MOVED,   /* the cursor, or nothing */
	LINE_CHANGED, /* the text */
	LINE_WANTS,   /* Tab: candidates, please */
	LINE_ACCEPT,  /* Enter */
	LINE_CANCEL,  /* Esc, C-c, C-g */
};

struct line {
	struct strbuf text;
	size_t at; /* of the cursor, in bytes */
	struct strbuf killed;
	/* History: borrowed; where in it we are (0: at what was typed), and what was typed. */
	const struct history *history;
	const char *label;
	size_t browsed;
	struct strbuf typed;
	/* Completion: while there are candidates, the word from word_from to the cursor is one of
	 * them, or what they begin with. */
	char **candidates;
	size_t candidate_count;
	int chosen; /* index of a candidate; -1: what was typed */
	size_t word_from;
	struct strbuf word; /* what was typed of it */
};

/* Begins anew with a text, the cursor behind it. History and label are borrowed and may be NULL. */
void line_begin(struct line *l, const char *text, const struct history *h, const char *label);
void line_done(struct line *l);

enum line_result line_key(struct line *l, keycode k);

/* A pasted character: line ends and tabs become blanks, other control characters are left out. */
enum line_result line_paste(struct line *l, keycode k);

/*
 * Candidates for the word that begins at byte from and ends at the cursor, one a line. One alone is
 * taken; several extend the word by what they have in common, or else the first is taken. Further
 * Tabs go round, Esc goes back to what was typed.
 */
enum line_result line_offer(struct line *l, size_t from, const char *candidates);

/* The text, never NULL. */
const char *line_text(const struct line *l);

/* Which part to draw where there are width columns: from which byte, and the cursor's column. */
void line_window(const struct line *l, int width, size_t *from, int *cursor_x);

#endif

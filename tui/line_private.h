/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line_private: what line.c and line_recall.c share; nobody else includes it.
 */
#ifndef TUI_LINE_PRIVATE_H
#define TUI_LINE_PRIVATE_H

#include "tui/line.h"

/* Appends what of n bytes may stand in a line. */
void line_pass(struct strbuf *out, const char *s, size_t n);

/*
 * Puts what may stand in a line in the place of a part, the cursor behind it. What is too much for
 * the line is left out as a whole: half of it would mean something else.
 */
enum line_result line_replace(struct line *l, size_t from, size_t to, const char *s, size_t n);

void line_end_completion(struct line *l);

/* Keys. */
enum line_result line_older(struct line *l);
enum line_result line_newer(struct line *l);
enum line_result line_tab(struct line *l);
enum line_result line_back_tab(struct line *l);
enum line_result line_escape(struct line *l);

#endif

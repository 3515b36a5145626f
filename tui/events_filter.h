/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_filter: the two filters while they are typed, for the files tui/events*.c alone.
 */
#ifndef TUI_EVENTS_FILTER_H
#define TUI_EVENTS_FILTER_H

#include "tui/events.h"

/* ---- events_filter.c, events_complete*.c ---- */

/* ACT_FILTER and ACT_CAPTURE: a prompt, or the text of the argument at once. */
unsigned filter_open_prompt(struct events *ev, const struct act_arg *arg);
unsigned capture_open_prompt(struct events *ev, const struct act_arg *arg);
/* The same words behind `:filter` and `:capture`. */
bool filter_complete_argument(struct view *v, enum action action, const char *text, size_t at,
			      size_t *from, struct strbuf *out);
/* A prompt_ops.complete. */
void filter_complete(const char *text, size_t at, size_t *from, struct strbuf *out, void *data);

/* ---- events_explain.c ---- */

/* Shows what the kernel does of the capture filter. */
unsigned explain_open(struct events *ev);

/* ---- events_terms.c ---- */

/* Appends where each term of a capture filter is decided, for the events that are on. */
void terms_put(const struct events *ev, const char *text, struct strbuf *out);

/* ---- events_preview.c ---- */

void preview_init(struct events *ev);
void preview_done(struct events *ev);
/* A text that is right: counts anew what it shows, or (captures) what it would have taken. */
void preview_show(struct events *ev, const char *text, bool captures);
/* Counts nothing and says this. */
void preview_tell(struct events *ev, const char *words);
void preview_hide(struct events *ev);
/* Counts on; true when it is worth going on at once. */
bool preview_work(struct events *ev, uint64_t horizon, struct budget *b);
bool preview_busy(const struct events *ev);
/* A prompt_ops.note: the count, and in a second line the hint. */
void preview_note(struct strbuf *out, void *data);

#endif

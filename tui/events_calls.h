/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_calls: rows of system calls in the events pane; for its parts alone, as events.h.
 */
#ifndef TUI_EVENTS_CALLS_H
#define TUI_EVENTS_CALLS_H

#include "tui/events.h"

struct syscalls;

/* Takes what the configuration says of them. */
void calls_init(struct events *ev);
/* Takes the other form, or the one named. */
unsigned calls_act(struct events *ev, enum action a, const struct act_arg *arg);
/* "readable" or "raw", as it is remembered and loaded. */
const char *calls_form(const struct events *ev);
void calls_load(struct events *ev, const char *value);
/* Who says calls where they are shown readable; else NULL. */
struct syscalls *calls_shown(const struct events *ev);
/* Appends a row of a call where calls are readable; false: it is to be said otherwise. */
bool calls_text(const struct events *ev, const struct row *r, struct strbuf *out);
/* What a field of a call means, or NULL; the caller frees it. */
char *calls_meaning(const struct events *ev, const struct row *r, const struct field *f);
/* Adds a line for each argument that has no field of its own. */
void calls_detail(struct events *ev, const struct row *r);

/* Where a text of an event says "name=value"; false when it does not. */
bool text_piece(const char *text, const char *name, size_t *from, size_t *len);

/* Adds a line to the details (events_detail.c). */
struct detail_line *detail_add(struct detail *d, const char *name, struct strbuf *value);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keymap: which key asks for which action, where.
 *
 * themes/keys.conf is compiled in and parsed by the same code as the user's file: sections
 * [global] and [VIEW], lines "key = action" (several keys: "j Down = down"; "none" takes the key
 * away, in a view also the global one). The last = of a line parts it, so = is a key too; the key
 * # is written \#. A key is looked up in the view's map, then in the global one. The sections
 * there are are those of the built-in file. Whoever shows a key asks here, so help never lies.
 */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/strbuf.h"
#include "tui/action.h"
#include "tui/key.h"

struct keymap;

/* The built-in map. */
struct keymap *keymap_new(void);
void keymap_free(struct keymap *m);

/* Adds a file's bindings on top; a missing one is 0 when optional. Errors say path:line:column, and
 * then nothing of the file counts. */
int keymap_read(struct keymap *m, const char *path, bool optional, struct err *e);
int keymap_parse(struct keymap *m, const char *path, const char *text, size_t size, struct err *e);

/* The action of a key in a view (its name; NULL: only global). */
enum action keymap_action(const struct keymap *m, const char *view, keycode k);

/* Appends the first key (the shortest name) bound to an action there, or nothing. Returns whether
 * there is one. */
bool keymap_key(const struct keymap *m, const char *view, enum action a, struct strbuf *out);

/* Appends all keys bound to an action there, blanks between. */
void keymap_keys(const struct keymap *m, const char *view, enum action a, struct strbuf *out);

/* Whether any key, wherever, asks for the action; whether there is a section of that name. */
bool keymap_bound(const struct keymap *m, enum action a);
bool keymap_section(const struct keymap *m, const char *view);

#endif

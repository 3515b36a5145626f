/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key: what somebody pressed, independent of any terminal.
 *
 * A key is a Unicode character, or one of the codes below. Control characters are Ctrl-letter;
 * KC_ALT is added for Alt (or Esc before it). Shift and Ctrl on a named key are not told apart from
 * the key alone, except for S-Tab: half of the terminals do not say them.
 */
#ifndef TUI_KEY_H
#define TUI_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/strbuf.h"

typedef uint32_t keycode;

enum {
	KC_NONE = 0,
	KC_TAB = 9,
	KC_RETURN = 13,
	KC_ESC = 27,
	KC_BACK = 127, /* Backspace, however the terminal says it */
	KC_FIRST_NAMED = 0x110000,
	KC_UP = KC_FIRST_NAMED,
	KC_DOWN,
	KC_LEFT,
	KC_RIGHT,
	KC_PAGE_UP,
	KC_PAGE_DOWN,
	KC_HOME,
	KC_END,
	KC_INSERT,
	KC_DELETE,
	KC_BACK_TAB,
	KC_FN, /* + n: F1 is KC_FN + 1 */
	KC_FN_LAST = KC_FN + 63,
	KC_ALT = 0x1000000,
};

/*
 * INPUT_PASTE is one character of a pasted text, in key: a line's end is KC_RETURN, a tab KC_TAB.
 * It belongs into an open prompt and nowhere else: what is pasted must never run actions.
 */
enum input_type { INPUT_KEY, INPUT_MOUSE, INPUT_RESIZE, INPUT_PASTE };

enum mouse_what { MOUSE_PRESS, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

/* One thing that came from the terminal, or from a key script. */
struct input {
	enum input_type type;
	keycode key;
	enum mouse_what mouse;
	int y, x;
};

/*
 * Reads a key's name: one character ("a", "<", "é"), "C-a", "M-x", "M-C-a", "Space", "Enter",
 * "Esc", "Up", "F1", "Tab", "S-Tab". Words are read in any case, and common other names are known
 * ("Return", "PgUp", "Del").
 */
int key_parse(const char *name, keycode *ret, struct err *e);

/* Appends the name as key_parse reads it. (key_name is a symbol of curses.) */
void key_label(keycode k, struct strbuf *out);

#endif

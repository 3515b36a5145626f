/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_input: bytes from a terminal into keys, mouse and paste.
 *
 * Reads nothing itself and knows no curses: bytes go in, inputs come out. What the terminal's own
 * description says comes first, then what every terminal of the xterm family sends. What is no key
 * is dropped whole, so that no part of an unknown sequence runs an action.
 */
#ifndef TUI_TERM_INPUT_H
#define TUI_TERM_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "tui/key.h"

enum { INPUT_BUF = 1024, INPUT_OWN = 64, INPUT_SEQ = 15 };

/* A sequence that the terminal's description names. */
struct own_key {
	char seq[INPUT_SEQ];
	uint8_t len;
	keycode key;
};

/* A zeroed struct is ready. */
struct term_input {
	char buf[INPUT_BUF];
	size_t len;
	char erase; /* what the terminal sends for Backspace; 0: DEL alone */
	struct own_key own[INPUT_OWN];
	unsigned own_count;
	bool pasting, paste_cr; /* the last pasted was a CR: a LF behind it is the same end */
	int click_y, click_x;
	uint64_t click_time; /* ns; 0: no click to double */
};

/* Adds a sequence of the terminal's own; one that is too long or no sequence is left out. */
void term_input_own(struct term_input *in, const char *seq, keycode key);

/* Takes the keys of a terminal's description; capability gives what it says of a name, or NULL. */
void term_input_learn(struct term_input *in, const char *(*capability)(const char *name));

/* Takes bytes; those that do not fit are dropped. Returns how many it took. */
size_t term_input_add(struct term_input *in, const char *s, size_t n);

/*
 * The next input; false when there is none, or only the beginning of one. With last nothing more
 * comes: a lone Esc is a key then.
 */
bool term_input_next(struct term_input *in, bool last, uint64_t now, struct input *ret);

#endif

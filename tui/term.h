/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term: the terminal. The only file that includes <curses.h>.
 *
 * Shows a canvas by the difference to what is there, reads keys and mouse, and gives the
 * terminal back in every case: at the end, on Ctrl-Z, on a fatal signal. Standard error goes to a
 * memory file while the screen is ours and is replayed afterwards.
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include "tui/canvas.h"
#include "tui/key.h"
#include "tui/theme.h"

struct term;

struct term_conf {
	const char *type;	  /* NULL: $TERM */
	int in, out;		  /* descriptors of the terminal */
	bool mouse, color, ascii; /* as wanted; the terminal may not be able */
};

/* Takes the screen. TERM=dumb, no terminal or one that curses does not know is refused in words. */
int term_open(const struct term_conf *c, struct term **ret, struct err *e);
/* Gives it back; replays what was said meanwhile. NULL-safe, twice is fine. */
void term_close(struct term *t);

void term_size(const struct term *t, int *rows, int *cols);
/* After SIGWINCH: asks the kernel for the size. */
void term_resize(struct term *t);

void term_theme(struct term *t, const struct theme *theme);
void term_mouse(struct term *t, bool on);
bool term_is_ascii(const struct term *t);

/* Shows the canvas; whole: paints everything anew. Returns the bytes written. */
long term_show(struct term *t, const struct canvas *c, bool whole);

/* The next input that is there already; false when there is none. Never blocks. */
bool term_read(struct term *t, struct input *ret);
int term_fd(const struct term *t);

/* Around SIGSTOP: the terminal as it was found, and ours again. */
void term_suspend(struct term *t);
void term_resume(struct term *t);

/* Sends text to the clipboard (OSC 52), at most 64 KiB. */
void term_yank(struct term *t, const char *text, size_t n);

#endif

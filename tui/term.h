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
	const char *type;	  /* NULL: $TERM, and in and out must be a terminal */
	int in, out;		  /* descriptors of the terminal */
	bool mouse, color, ascii; /* as wanted; the terminal may not be able */
};

/*
 * Takes the screen. TERM=dumb, no terminal or one that curses does not know is refused in words.
 * Nothing is written before that. NO_COLOR in the environment is honoured here. Text is ASCII
 * where the locale is not UTF-8, and on consoles that lack the characters.
 */
int term_open(const struct term_conf *c, struct term **ret, struct err *e);
/* Gives it back; replays what was said meanwhile. NULL-safe; the term is freed. */
void term_close(struct term *t);

void term_size(const struct term *t, int *rows, int *cols);
/* After SIGWINCH: asks the kernel for the size. */
void term_resize(struct term *t);

/* Without colours the built-in theme "mono" is shown instead. */
void term_theme(struct term *t, const struct theme *theme);
void term_mouse(struct term *t, bool on);
bool term_is_ascii(const struct term *t);

/* Colours it shows: 0 (none), 8, 16, 256 or 1 << 24. */
int term_colors(const struct term *t);

/*
 * Shows the canvas; whole: paints everything anew. Returns the bytes made for it, 0 when nothing
 * changed. While the terminal has not taken an earlier frame (term_pending) the canvas is not
 * shown: call again later, the newest is the one that counts.
 */
long term_show(struct term *t, const struct canvas *c, bool whole);

/* Output waits for the terminal; sends what it takes now. */
bool term_pending(struct term *t);

/* The terminal hung up: nothing comes and nothing is shown any more. */
bool term_gone(const struct term *t);

/*
 * The next input that is there already; false when there is none. Waits only behind a lone Esc, at
 * most 25 ms, for what may follow it.
 */
bool term_read(struct term *t, struct input *ret);
int term_fd(const struct term *t);

/* Around SIGSTOP: the terminal as it was found, and ours again; the next term_show paints all. */
void term_suspend(struct term *t);
void term_resume(struct term *t);

/* Leaves the terminal to who has it now: nothing of it is touched any more. For an end while
 * suspended, where one touch from the background would stop us for good. */
void term_abandon(struct term *t);

/*
 * Sends text to the clipboard (OSC 52), at most 64 KiB. False when it is longer, or the terminal is
 * of a kind that would print it. Whether the terminal obeys cannot be known.
 */
bool term_yank(struct term *t, const char *text, size_t n);

/* For tests: what curses believes to be on the screen. */
struct term_seen {
	char text[32];	/* UTF-8 of one cell; "" for the right half of a wide character */
	unsigned attrs; /* ATTR_* */
	int fg, bg;	/* as given to curses; -1: default */
};

bool term_peek(const struct term *t, int y, int x, struct term_seen *ret);

#endif

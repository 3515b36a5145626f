/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_tty: the terminal as a device: its modes, its bytes, and how it is given back.
 *
 * Output never blocks for long: what the terminal does not take waits here, and whoever draws
 * leaves frames out meanwhile. Knows no curses and no screen.
 */
#ifndef TUI_TERM_TTY_H
#define TUI_TERM_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "core/err.h"
#include "core/strbuf.h"

struct tty {
	int in, out;	      /* the caller's */
	int own_out;	      /* out opened anew, not blocking; -1: could not be */
	struct termios saved; /* as it was found */
	bool has_modes, gone;
	struct strbuf pending; /* what the terminal has not taken */
	struct strbuf leave;   /* makes it what it was; sent by the handler of fatal signals */
	int real_stderr, said; /* standard error, and what stands in for it; -1: not needed */
	void *signal_stack;
};

/*
 * Whether a dashboard can be shown: type is a word of TERM that can, and in and out, unless
 * negative, are a terminal. Else -ENOTTY with what would help.
 */
int tty_check(int in, int out, const char *type, struct err *e);

/* Takes the terminal: raw, standard error put aside, fatal signals caught. leave is copied. */
void tty_open(struct tty *t, int in, int out, const struct strbuf *leave);

/* Sends what is pending if that goes quickly, gives everything back, replays standard error. */
void tty_close(struct tty *t);

/* Its modes as they were found, and raw again. */
void tty_cooked(struct tty *t);
void tty_raw(struct tty *t);

/* Queues bytes and sends what goes at once. */
void tty_write(struct tty *t, const char *s, size_t n);

/* Sends what is pending and waits at most this long; true when nothing is left. */
bool tty_flush(struct tty *t, int timeout_ms);

/* Reads what is there, at most n bytes, waiting at most this long; 0: nothing, or it is gone. */
size_t tty_read(struct tty *t, char *s, size_t n, int timeout_ms);

/* Rows and columns as the kernel has them; false when it does not know. */
bool tty_size(const struct tty *t, int *rows, int *cols);

#endif

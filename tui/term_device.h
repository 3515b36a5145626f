/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_device: the half of a term that draws nothing: input, mouse, clipboard, and the modes that
 * the terminal is asked for behind curses' back. tui/term.c owns one.
 */
#ifndef TUI_TERM_DEVICE_H
#define TUI_TERM_DEVICE_H

#include "tui/term.h"
#include "tui/term_input.h"
#include "tui/term_tty.h"

struct term_device {
	struct tty tty;
	struct term_input input;
	bool can_mouse, mouse; /* it is able; it is on */
	bool is_xterm;	       /* has UTF-8, bracketed paste and OSC, or at least swallows them */
	bool in_screen;	       /* GNU screen stands between */
};

/* Learns what a type of terminal can do, and what its keys send. */
void device_learn(struct term_device *d, const char *type, bool mouse,
		  const char *(*capability)(const char *name));

/* Takes the terminal with the modes wanted; restore is what curses would send to give it back. */
void device_open(struct term_device *d, int in, int out, const struct strbuf *restore);

/* Asks for the modes, and takes them back. */
void device_enter(struct term_device *d);
void device_leave(struct term_device *d);

/* The device of a term. */
struct term_device *term_device(const struct term *t);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage: the frame of the deck over recordings or over a flow made here, without a terminal.
 *
 * For the tests and measurements that need a screen: the golden screens, the random walk, the cost
 * of a frame. It owns deck and frame. Time stands still unless it is moved on, so the same inputs
 * make the same screen. It prints nothing.
 */
#ifndef SCREENS_STAGE_H
#define SCREENS_STAGE_H

#include "tui/ui.h"

struct stage {
	struct deck *deck;
	struct ui *ui;
	struct conf *conf;
	struct ui_conf ui_conf; /* how the frame is made, and made again */
	uint64_t now;
	struct strbuf yanked; /* what went to the clipboard last */
};

struct stage_conf {
	int rows, cols;
	bool ascii, remember;
	bool live;		  /* the frame takes it for what happens now */
	bool captures;		  /* there is a capture filter; when live too */
	uint64_t memory;	  /* of the store; 0: the default */
	const char *const *files; /* recordings, NULL-ended; NULL: no backend at all */
	struct conf *conf;	  /* taken over; NULL: an empty one */
};

/* Plays the recordings to their end and makes the frame; the clock then says their end. */
int stage_open(struct stage *s, const struct stage_conf *c, struct err *e);

/* Lets go of all; any state, zeroed included. */
void stage_close(struct stage *s);

/* The frame goes and comes, as from one start of the program to the next. */
int stage_reopen(struct stage *s, struct err *e);

/* Lets the views work until none of them wants to go on. False when they never end. */
bool stage_settle(struct stage *s);

/* One input of each kind. */
void stage_key(struct stage *s, keycode k);
void stage_mouse(struct stage *s, enum mouse_what what, int y, int x);
void stage_resize(struct stage *s, int rows, int cols);
/* Each character as a key. */
void stage_write(struct stage *s, const char *text);

/*
 * Is every cell of the canvas as its contract says? Returns NULL, or words in buf about the first
 * that is not.
 */
const char *canvas_complaint(const struct canvas *c, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui: the frame: panes, focus, keys, prompt, dialogs, messages, status line.
 *
 * Owns the views and the canvas and no terminal: inputs go in, a canvas comes out, so that all of
 * it runs in a test. tui/run.c puts a terminal and the poller around it.
 */
#ifndef TUI_UI_H
#define TUI_UI_H

#include "tui/key.h"
#include "tui/theme.h"
#include "tui/view.h"

struct ui_conf {
	struct deck *deck;
	const struct conf *conf;
	int rows, cols;
	bool ascii;
	bool live;		     /* events happen now: no recording is looked at */
	bool remember;		     /* layout, columns, sort and history are read and written */
	uint64_t (*now)(void *data); /* NULL: CLOCK_MONOTONIC */
	void *now_data;
	uint64_t (*wall)(void *data); /* the time of the day in ns, for names; NULL: the clock's */
	/* Takes the capture filter over ("": none) and appends what runs where. NULL: nothing is
	 * captured here. */
	int (*capture)(const char *text, struct strbuf *explained, struct err *e, void *data);
	void *capture_data;
	/* What only a terminal can do; any may be NULL. */
	bool (*yank)(const char *text, size_t n, void *data); /* false: it could not */
	void (*mouse)(bool on, void *data);
	void (*theme)(const struct theme *t, void *data);
	void (*suspend)(void *data);
	void (*redraw)(void *data);
	void *term_data;
};

int ui_new(const struct ui_conf *c, struct ui **ret, struct err *e);
void ui_free(struct ui *ui);

/* Begins with a capture filter that is in force already, and says where it runs. */
void ui_set_captured(struct ui *ui, const char *text, const char *explained);

/* Says that a backend could not be opened, and why: the tracers pane shows it greyed. */
void ui_set_unavailable(struct ui *ui, const char *backend, const char *why);

/* Takes one input; what it leads to is done before it returns. */
void ui_input(struct ui *ui, const struct input *in);

/* Lets the views look at the deck: a bounded piece of work. True when they want to go on at once.
 */
bool ui_update(struct ui *ui);

/* True when the screen is not as the state is: time for ui_draw. */
bool ui_dirty(const struct ui *ui);

/* Draws what changed; the canvas is valid until the next call. */
const struct canvas *ui_draw(struct ui *ui);

/* Before the identity table forgets who ended: views take what they say of them. */
void ui_settle(struct ui *ui);

/* The store changed: what is recorded takes its share, however rarely one looks. */
void ui_flow(struct ui *ui);

/* Until the file of a recording is whole ui_update wants to be called so often, in ns; 0: never. */
uint64_t ui_recording(const struct ui *ui);

/* What became of the last recording that ended, in words; NULL: none did. */
const char *ui_recorded(const struct ui *ui);

/* Ends a recording that goes on and waits until its file is whole: for a death in good order. */
void ui_finish_recording(struct ui *ui);

/* Somebody asked to leave, and nothing holds it back. */
bool ui_ended(const struct ui *ui);

/* Types keys as the user would: names with blanks between ("j j Enter / p i d Enter"). For tests.
 */
int ui_type(struct ui *ui, const char *keys, struct err *e);

#endif

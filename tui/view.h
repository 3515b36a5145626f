/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view: the contract of a pane, and what the frame lends it.
 *
 * A view is a static const struct view_ops and a private state of ops->size bytes. It draws into an
 * area from what it knows (draw changes nothing), takes actions, and asks the frame for what is not
 * its own by bits and requests. No view knows another.
 */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

#include "backends/deck.h"
#include "core/filter.h"
#include "tui/action.h"
#include "tui/canvas.h"
#include "tui/keymap.h"
#include "tui/scope.h"

struct ui;
struct view;

/* What must follow an action, and what update found; bits. */
enum react {
	REACT_NONE = 0,
	REACT_DRAW = 1,	    /* this view looks different now */
	REACT_DRAW_ALL = 2, /* every view does */
	REACT_UNKNOWN = 4,  /* not my action: the frame's */
	REACT_CLOSE = 8,    /* (dialogs) done: take me away */
	REACT_MORE = 16,    /* update wants to go on at once: work is left */
};

struct view_ops {
	const char *name;  /* section in keys.conf, word in the config */
	const char *title; /* in the pane's title line */
	size_t size;
	const enum action
	    *hints; /* what the bottom line offers, most useful first, ACT_NONE-ended */
	int (*open)(struct view *v, struct err *e);
	void (*close)(struct view *v); /* any state */
	/* Looks at the deck, a bounded piece of work. Called before a frame and while REACT_MORE.
	 */
	unsigned (*update)(struct view *v);
	void (*draw)(const struct view *v, struct area *a);
	/*
	 * Does an action. A click comes as ACT_NONE with arg->y, arg->x in the view's area: the
	 * cursor goes there (a click on a column's header sorts); a double click as ACT_ENTER after
	 * it; the wheel as ACT_UP and ACT_DOWN with a count.
	 */
	unsigned (*act)(struct view *v, enum action action, const struct act_arg *arg);
	/* Appends what could stand behind an action of its own on the command line, as
	 * prompt_ops.complete; false: not mine. NULL slot: nothing. */
	bool (*complete)(struct view *v, enum action action, const char *text, size_t at,
			 size_t *from, struct strbuf *out);
	/* A key no map knows, before it is thrown away (type-ahead); NULL slot: none. */
	unsigned (*key)(struct view *v, keycode k);
	/* Appends what belongs into the title line behind the title: counts, filter, paused. */
	void (*status)(const struct view *v, struct strbuf *out);
	/* Saves and restores what is remembered between sessions as "key = value" lines. NULL:
	 * nothing. */
	void (*save)(const struct view *v, struct strbuf *out);
	void (*load)(struct view *v, const char *key, const char *value);
	/* Who ended is about to be forgotten: what is said of them is taken now. NULL: nothing. */
	void (*settle)(struct view *v);
};

#define WHOLE_SCREEN (-1)

struct view {
	const struct view_ops *ops;
	struct ui *ui;
	void *state;
	int rows, cols; /* of its area when it was last laid out, without the title line */
	/* (dialogs) set by open; 0: as large as can be in a frame, WHOLE_SCREEN: all there is */
	int want_rows, want_cols;
	bool focus;
	bool shown; /* it has a place on the screen */
};

/* ---- what the frame does for a view (tui/ui.c) ---- */

struct deck *ui_deck(struct ui *ui);
struct scope *ui_scope(struct ui *ui);
const struct keymap *ui_keymap(struct ui *ui);
const struct conf *ui_conf(struct ui *ui);

/* The i-th backend that could not be opened: its name and why, in words; NULL behind the last. */
const char *ui_unavailable(struct ui *ui, unsigned i, const char **name);

/* The time by which views draw: CLOCK_MONOTONIC in ns, fixed in tests, the end of a recording in
 * replay. */
uint64_t ui_now(struct ui *ui);

/* A line of words at the bottom until the next key; look says how grave it is. */
void ui_say(struct ui *ui, enum look look, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What is loaded and played of a recording, as of this update. Borrowed. */
const struct deck_play *ui_playing(struct ui *ui);

/* Grows when play begins, ends or goes back: what was counted up to then means nothing any more. */
uint64_t ui_turns(struct ui *ui);

/*
 * Plays a recording from a time on, holds it, lets it go on (ACT_PLAY), or goes a step (ACT_STEP).
 * True when it began: the end of what is shown is to be followed.
 */
bool ui_play(struct ui *ui, enum action a, uint64_t from, const struct act_arg *arg);

/* Both markers stand: rows with from <= time < to are between them; or (set false) they do not. */
void ui_mark_range(struct ui *ui, bool set, uint64_t from, uint64_t to);

/* Text to the clipboard. */
void ui_yank(struct ui *ui, const char *text, size_t n);

/* Asks yes or no in words; fn is called with the answer. */
void ui_confirm(struct ui *ui, const char *question, void (*fn)(bool yes, void *data), void *data);

/* What a prompt does while one types and at the end. Strings are copied where needed. */
struct prompt_ops {
	const char *label; /* "filter", "search", ... ; names its history */
	/*
	 * After every key: says whether text is right (1), unfinished (0) or wrong (-1), with a
	 * reason and a column in *e. May show a preview. NULL: anything is right.
	 */
	int (*check)(const char *text, struct err *e, void *data);
	/* Appends candidates for the word that ends at the cursor, one a line, perhaps with a tab
	 * and what it is behind it; *from is where the word begins. */
	void (*complete)(const char *text, size_t at, size_t *from, struct strbuf *out, void *data);
	/* Enter: whether the text can be done; < 0 keeps the prompt open, with the reason in *e.
	 * NULL: what is right can be. */
	int (*take)(const char *text, struct err *e, void *data);
	/* Enter (text) or Esc (NULL). */
	void (*done)(const char *text, void *data);
	/* Appends what is worth knowing of a text that is right. A prompt that has it takes two
	 * lines, with place and reason under what is typed, and lists candidates above. */
	void (*note)(struct strbuf *out, void *data);
	bool captures; /* it decides what is taken at all, and does not look like the others */
};

/*
 * The capture filter: takes another one over (NULL or "": none). On failure the old one stays in
 * force, and *e says why with a column of the text.
 */
int ui_capture(struct ui *ui, const char *text, struct err *e);
/* Its text; NULL: everything that is on is taken. Borrowed. */
const char *ui_captured(struct ui *ui);
/* What runs where, in lines, as of now. Borrowed. */
const char *ui_capture_explained(struct ui *ui);

/* Opens the one prompt at the bottom. */
void ui_prompt(struct ui *ui, const struct prompt_ops *ops, const char *initial, void *data);

/* Puts a dialog (a view of its own) over the panes; taken away by REACT_CLOSE. */
struct view *ui_dialog(struct ui *ui, const struct view_ops *ops, void *arg);
/* What ui_dialog was given, during open. */
void *ui_dialog_arg(struct ui *ui);

/*
 * What a dialog narrowed led away from it: when that is undone (or the trail is shorter for another
 * reason and somebody goes back) fn is called, once, with data, which is freed behind it. Only the
 * last one is remembered.
 */
void ui_return(struct ui *ui, void (*fn)(struct ui *ui, void *data), void *data);

/* Runs an action as if its key had been pressed in the pane of that name (NULL: the one with the
 * keys). */
void ui_act(struct ui *ui, const char *view, enum action action, const struct act_arg *arg);

/* The panes there are, NULL-ended; registry in tui/views.c. */
extern const struct view_ops *const views[];

#endif

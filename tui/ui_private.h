/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_private: the state of the frame, for the files tui/ui*.c alone.
 */
#ifndef TUI_UI_PRIVATE_H
#define TUI_UI_PRIVATE_H

#include "tui/history.h"
#include "tui/line.h"
#include "tui/named.h"
#include "tui/play.h"
#include "tui/record.h"
#include "tui/ui.h"

#define PANES_MAX	8
#define DIALOGS_MAX	4
#define UNAVAILABLE_MAX 8
#define TAB_FIRST	2 /* this pane and those behind it share one place */

/* The line at the bottom while one types. */
struct prompt {
	const struct prompt_ops *ops; /* NULL: closed */
	void *data;
	struct line line;
	int verdict; /* 1 right, 0 unfinished, -1 wrong */
	bool pasted; /* since it was judged */
	struct err why;
	char *offered; /* the candidates as they came, each with what it is */
};

/* A capture filter and the time from which on it was in force; text NULL: none was. */
struct capture_era {
	uint64_t from;
	char *text;
};

/* What is taken at all. */
struct captured {
	char *text; /* NULL: everything that is on */
	struct strbuf explained;
	struct capture_era *eras; /* of what is in the store, oldest first */
	size_t era_count;
};

struct question {
	char *text; /* NULL: nothing is asked */
	void (*fn)(bool yes, void *data);
	void *data;
};

/* How the panes share the screen. */
struct layout {
	int left;		     /* columns of the first pane in percent */
	int top;		     /* rows of the second pane in percent of its column */
	bool max;		     /* the pane with the keys has everything */
	bool split;		     /* there is room for more than one */
	struct area area[PANES_MAX]; /* title line included; rows 0: not shown */
};

/* What flows. */
struct flow {
	uint64_t events, lost, rate;
	uint64_t at, sampled; /* when the rate was last taken, and of how many events */
	uint64_t turns;	      /* ... of which count */
	bool unknown;	      /* losses whose number nobody knows */
};

struct ui {
	struct ui_conf conf;
	struct canvas canvas;
	struct keymap *keymap;
	struct theme theme;
	struct scope scope;
	struct view pane[PANES_MAX];
	unsigned panes, focus;
	unsigned tab; /* which of those that share a place is shown */
	struct view dialog[DIALOGS_MAX];
	unsigned dialogs;
	void *dialog_arg;
	struct layout layout;
	struct prompt prompt;
	struct history *history;
	struct question question;
	struct strbuf message;
	enum look message_look;
	uint64_t message_at; /* it makes room for the keys again after a while */
	int back_to;	     /* the pane from which one was drilled into; -1: none */
	size_t back_at;	     /* as long as the trail has so many crumbs */
	struct {
		void (*fn)(struct ui *ui, void *data); /* NULL: nowhere */
		void *data;
		size_t at; /* as back_at */
	} back_in;	   /* the dialog from which one was led away */
	struct flow flow;
	struct captured capture;
	struct named named; /* filters with names, as last read */
	struct record record;
	struct deck_play play; /* what loads and plays, as of the last update */
	uint64_t turns;	       /* how often what is counted began anew */
	struct {
		char *name, *why;
	} unavailable[UNAVAILABLE_MAX];
	unsigned count; /* typed in front of an action */
	char *own;	/* the crumb that hides our own terminal; NULL: shown */
	bool mouse, dirty, ended;
	bool error_said, note_said; /* of the deck */
};

/* The view that has the keys: the topmost dialog, else the pane. */
struct view *ui_top(struct ui *ui);

/* Where everything belongs at this size. */
void ui_lay_out(struct ui *ui);

/* Which pane a place in the title line of a pane means: itself, or one whose tab stands there. */
unsigned ui_tab_at(const struct ui *ui, unsigned pane, int x);

/* Where a dialog draws, without its frame. */
struct area ui_dialog_area(struct ui *ui, const struct view *v);

/* What the bits of a view lead to. */
void ui_react(struct ui *ui, struct view *v, unsigned bits);

/* Does an action in a view, else in the frame. */
void ui_do(struct ui *ui, struct view *v, enum action a, const struct act_arg *arg);

/* The prompt's share of inputs and of the screen. */
void prompt_key(struct ui *ui, keycode k);
void prompt_paste(struct ui *ui, keycode k);
void prompt_update(struct ui *ui);
void prompt_draw(struct ui *ui);
void prompt_close(struct ui *ui);
void ui_command(struct ui *ui);

/* The time of the day in ns. */
uint64_t ui_wall(struct ui *ui);

/* Takes a theme over by name; errors are said. */
bool ui_take_theme(struct ui *ui, const char *name);

/* What the frame does of filters; false: not one of these. */
bool ui_do_filter(struct ui *ui, enum action a, const struct act_arg *arg);
/* Draws the capture filter into the status line, in at most width columns. Returns where it goes
 * on. */
int capture_draw(const struct ui *ui, struct area *a, int x, int width);
void capture_close(struct ui *ui);
/* Forgets the filters of rows that left. */
void capture_prune(struct ui *ui);

/* The dialogs of the filters: what narrows, and those with names. */
void trail_open(struct ui *ui);
void named_open(struct ui *ui, const char *name);
void named_save(struct ui *ui, const char *name);
/* The name of filter number i, NULL behind the last. */
const char *named_name(struct ui *ui, size_t i);

/* Back into the dialog that led away from itself, when what it narrowed is undone. */
void ui_go_back_in(struct ui *ui);

/* Hides or shows the rows of our own terminal. */
void ui_hide_own(struct ui *ui);

/* What is remembered between sessions. */
void ui_load_state(struct ui *ui);
void ui_save_state(struct ui *ui);

#endif

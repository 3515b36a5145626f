/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: a recording made on the dashboard, for the files tui/record*.c and tui/ui*.c alone.
 *
 * One at a time. The recorder takes what is in the deck's store; here is when it begins, that it
 * gets its turns, when it ends, and what is said of it. The view goes on all the while.
 */
#ifndef TUI_RECORD_H
#define TUI_RECORD_H

#include "sinks/recorder.h"

struct area;
struct ui;

/* Which of the rows go in. */
enum record_scope {
	RECORD_FROM_NOW,
	RECORD_STORE, /* those that are here already too; of a recording all of it */
	RECORD_RANGE, /* those between the markers */
	RECORD_SCOPES,
};

/* What somebody wants. */
struct record_wish {
	const char *path;
	enum record_scope scope;
	bool filtered; /* only what the display filter passes */
	bool compress;
};

enum record_phase {
	RECORD_OFF,
	RECORD_ON,
	RECORD_LAST,   /* what happened before the end was asked for still comes */
	RECORD_ENDING, /* the file is being finished */
};

/* The frame's part of it: zeroed, nothing is recorded. */
struct record {
	enum record_phase phase;
	struct recorder *recorder;
	struct recorder_status status; /* as of the last look */
	char *path;
	uint64_t looked;     /* CLOCK_MONOTONIC in ns: when status was last taken */
	uint64_t asked;	     /* when the end was asked for */
	bool leaving;	     /* the program ends when the file is whole */
	bool tired;	     /* ... or at once, whatever becomes of it */
	bool told;	     /* that it takes a while */
	bool marked;	     /* both markers stand */
	uint64_t from, to;   /* between them: from <= time < to */
	char *folder;	     /* of the last one, "" or with its slash; NULL: none yet */
	bool compress, seen; /* the last choice; something was recorded */
	struct strbuf words; /* what became of the last one */
};

/* ---- record.c: its life ---- */

/* ACT_RECORD: opens the dialog, begins with the file of the text, or ends what goes on. */
void record_act(struct ui *ui, const char *text);
/* Begins; says what goes on. On -EEXIST and the like nothing has happened. */
int record_begin(struct ui *ui, const struct record_wish *w, struct err *e);
/* Nothing that happens from now on goes in. Does not wait. */
void record_end(struct ui *ui);
/* What is new in the store goes to the recorder, at most a slice; true: there is more. */
bool record_step(struct ui *ui);
/* A turn: step, look, and the end when it is there. True: it wants to go on at once. */
bool record_update(struct ui *ui);
/* How often record_update wants to be called, in ns; 0: nothing is recorded. */
uint64_t record_turn(const struct ui *ui);
/* Somebody wants to leave: true when nothing holds it back, else it was asked or goes on. */
bool record_may_leave(struct ui *ui);
/* Ends and waits until the file is whole. */
void record_finish(struct ui *ui);
/* Frees all of it; what is unfinished is finished first, or left as it is when somebody was tired
 * of waiting. */
void record_close(struct ui *ui);

/* ---- record_text.c: its names and words ---- */

/* A name that nothing has: PATH as it is, else with -2, -3, ... before its end. Caller frees. */
char *record_free_name(const char *path);
/* FOLDER/trace-YYYYMMDD-HHMMSS.dat by a wall time in ns, free. Caller frees. */
char *record_default_name(const char *folder, uint64_t real);
/* The folder of a path with its slash, "" where it names none. Caller frees. */
char *record_folder(const char *path);
/* Appends "REC NAME SIZE TIME RATE lost N", as much of it as width columns hold. */
void record_line(struct strbuf *out, const struct recorder_status *s, uint64_t now, int width);
/* Appends what is said at the end of a good one, and of a failed one. */
void record_summary(struct strbuf *out, const struct recorder_status *s);
/* Appends bytes as 12.3 MiB. */
void record_size(struct strbuf *out, uint64_t bytes);

/* ---- record_dialog.c: what goes in ---- */

void record_open_dialog(struct ui *ui);

/* ---- what the frame draws ---- */

/* Draws the recording at the beginning of the status line. Returns where it goes on. */
int record_draw(const struct ui *ui, struct area *a, int x);

#endif

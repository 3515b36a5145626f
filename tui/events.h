/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events: what the parts of the events pane share; nobody else includes it.
 *
 * events.c has the slots of the view and sends actions where they belong; events_window.c knows
 * which rows are on the screen, events_leap.c where the next is, events_tally.c how many there are,
 * events_columns.c what stands in a cell, events_find.c searches and jumps. Everything long is a
 * bounded walk that goes on in the next update and that Esc stops.
 */
#ifndef TUI_EVENTS_H
#define TUI_EVENTS_H

#include <regex.h>

#include "core/arena.h"
#include "core/cursor.h"
#include "core/filter_page.h"
#include "tui/table.h"
#include "tui/spool.h"
#include "tui/view.h"

/* ---- events_rows.c: budgets: what one update may do ---- */

struct budget {
	uint32_t rows;	/* left to be looked at */
	uint64_t until; /* CLOCK_MONOTONIC in ns */
};

struct budget budget_new(uint32_t rows, uint64_t ns);

/* Takes one from the budget; true when there was none left. The clock is read now and then. */
bool budget_spent(struct budget *b);
bool budget_over(const struct budget *b);
/* Takes rows that were looked at together; the clock is read. */
void budget_take(struct budget *b, uint32_t rows);

enum step { STEP_ROW, STEP_END, STEP_SPENT };

/* ---- which rows pass ---- */

struct tally;

struct sieve {
	struct filter *filter; /* NULL: everything passes */
	const struct identity *identity;
	struct tally *tally; /* knows of pages on which nothing passes; NULL: row by row */
};

/* A loss is hidden only by a filter that knows it is not meant: what was lost may have passed. */
bool sieve_passes(const struct sieve *s, const struct row *r);

/* A row of the losses before a page. */
struct row loss_row(const struct run *r, const struct page *p);

/* The total order of rows: time, run, place. */
int row_compare(const struct row *a, const struct row *b);

/* True while the row's bytes are in the store. */
bool row_is_here(const struct store *s, const struct row *r);

/* ---- events_leap.c: the next row that passes, wherever it is ---- */

/*
 * The next row before the cursor that passes, from floor on and below limit. Where rows do not pass
 * for long, pages on which none does are left out. r->ts says how far was looked, if not to floor.
 */
enum step sieve_prev(const struct sieve *s, struct cursor *c, uint64_t floor, uint64_t limit,
		     struct budget *b, struct row *r);
/* The next row behind the cursor that passes, below limit. */
enum step sieve_next(const struct sieve *s, struct cursor *c, uint64_t limit, struct budget *b,
		     struct row *r);

/* ---- events_window.c: the lines around the cursor ---- */

/* A line: one event, or losses with nothing that passes between them, joined into one. */
struct shown {
	struct row row;	 /* the first, kept; lost is the sum, cpu CPU_NONE where they differ */
	struct row last; /* the last of those that were joined */
	uint32_t losses; /* how many */
};

struct window_run {
	uint64_t page;
	uint32_t events;
};

struct window {
	struct store *store;
	struct sieve sieve;
	struct shown *lines; /* a ring of consecutive lines that pass */
	unsigned cap, head, count;
	unsigned at;	 /* the line under the cursor */
	int top;	 /* the first on the screen; below 0: lines before the first are wanted */
	int height;	 /* of the screen */
	bool follow;	 /* the end is shown, whatever comes */
	bool oldest;	 /* nothing that passes is before the first line */
	bool newest;	 /* nor behind the last, up to the horizon */
	bool landing;	 /* the cursor goes to the first line that is found */
	bool restart;	 /* the end is to be looked for anew */
	bool busy;	 /* the last look ended with its budget */
	bool stopped;	 /* somebody did not want to wait */
	bool moved;	 /* (out) lines left the store under the cursor */
	bool changed;	 /* (out) the screen is not as it was */
	int64_t pending; /* lines the cursor still has to go */
	uint64_t horizon, version;

	struct cursor *back, *ahead; /* at the ends of the lines, if ready */
	bool back_ready, ahead_ready;
	uint64_t back_at;    /* how far back looked */
	uint64_t back_limit; /* rows from here on are no concern of back */
	uint64_t end;	     /* following: everything below was looked at */
	bool end_is_known;   /* ahead begins at end, not behind the last line */

	struct cursor *tail; /* following: from the horizon back to end */
	struct row *fresh;   /* what it found, youngest first */
	unsigned fresh_count;
	bool tail_busy;
	uint64_t tail_end, floor; /* what it looks at */
	uint64_t redo;		  /* late rows came from here on; UINT64_MAX: none */
	uint64_t late;		  /* rows of all sources that came so */
	struct window_run *runs;  /* how far each run went at the last look */
	unsigned run_count;
};

void window_init(struct window *w, struct store *s, const struct identity *id);
void window_done(struct window *w);

/* Looks for lines until screen and cursor are as wanted or the budget is spent; true: go on. */
bool window_work(struct window *w, uint64_t horizon, struct budget *b);

/* Another filter: the same place under it. */
void window_filter(struct window *w, struct filter *f);
void window_resize(struct window *w, int height);
void window_follow(struct window *w);
void window_pause(struct window *w);
/* Moves the cursor by lines. */
void window_move(struct window *w, int64_t lines);
/* Puts the cursor on the row, or on the next that passes. */
void window_show(struct window *w, const struct row *r);
/* On the first row with a time of at least ts. */
void window_seek(struct window *w, uint64_t ts);
/* The horizon went back to here: what is beyond it is not shown any more. */
void window_rewind(struct window *w, uint64_t horizon);
/* Gives up what is still looked for. */
void window_stop(struct window *w);

static inline bool window_is_busy(const struct window *w)
{
	return w->busy;
}

static inline struct shown *window_line(const struct window *w, unsigned i)
{
	return &w->lines[(w->head + i) & (w->cap - 1)];
}

/* The line under the cursor, or NULL. */
static inline const struct shown *window_cursor(const struct window *w)
{
	return w->count ? window_line(w, w->at) : NULL;
}

/* Lines on the screen, and the first of them. */
unsigned window_visible(const struct window *w, unsigned *first);

/* ---- events_lines.c ---- */

/* Forgets every line and everything that was known of its ends. */
void window_clear(struct window *w);
void window_add_front(struct window *w, const struct row *r);
void window_add_back(struct window *w, const struct row *r);
/* Takes the first or the last line out, and what the tail found so far. */
void window_drop_front(struct window *w);
void window_drop_back(struct window *w);
void window_drop_fresh(struct window *w);
/* Takes lines out that left the store. */
void window_prune(struct window *w);

/* ---- events_late.c ---- */

/* Takes note of every run; sets redo where rows came below what was looked at. */
void window_notice_late(struct window *w);

/* ---- events_tally.c: how many rows pass ---- */

struct tally_run {
	struct filter_place *pages; /* a queue: pages[first] is that of page number base */
	uint64_t base;
	size_t first, count, cap;
	uint64_t next;	  /* the page at which counting goes on */
	uint64_t checked; /* pages before it are in order of time, up to: */
	uint64_t latest;
};

struct tally {
	struct store *store;
	struct filter_scan *scan; /* NULL: not begun */
	struct tally_run *runs;
	unsigned run_count;
	uint64_t *places;	/* of a leap: a page for each run */
	unsigned leap;		/* so many rows that do not pass before a leap is worth it */
	uint64_t shown, hidden; /* of what is in the store and was counted */
	uint64_t arrived;	/* events there were at the last slice */
	uint64_t epoch;		/* of the store */
	uint64_t horizon; /* rows below it are final, and may be counted whoever asks for them */
	bool fell;	  /* pages of a run are not in order of time: nobody leaps */
	bool complete;
};

void tally_init(struct tally *t, struct store *s);
void tally_done(struct tally *t);
/* Another filter, or other rows: forgets everything. */
void tally_restart(struct tally *t);
/* Counts on; true when it is worth going on at once. */
bool tally_work(struct tally *t, const struct sieve *s, uint64_t horizon, struct budget *b);
/* Makes it ready for tally_page: the store may have changed. */
void tally_begin(struct tally *t, const struct sieve *s);
/* Takes bytes that were scanned from a budget. */
void tally_charge(struct budget *b, uint32_t bytes);
/* What passes of a page below limit; counted too. */
const struct filter_place *tally_page(struct tally *t, const struct run *r, uint64_t page,
				      uint64_t limit, struct budget *b);

/* Events of all shown sources, ever, those at or before a time; exact while they are here. */
uint64_t events_arrived(const struct store *s);
uint64_t events_until(const struct store *s, uint64_t ts);

/* ---- the pane ---- */

enum time_format { TIME_ABSOLUTE, TIME_RELATIVE, TIME_DELTA, TIME_WALL, TIME_FORMATS };

enum column {
	COLUMN_MARK,
	COLUMN_TIME,
	COLUMN_CPU,
	COLUMN_FLAGS,
	COLUMN_COMM,
	COLUMN_PID,
	COLUMN_TID,
	COLUMN_EVENT,
	COLUMN_INFO,
	COLUMN_SYSTEM,
	COLUMN_SOURCE,
	COLUMN_DELTA,
	COLUMN_WALL,
	COLUMNS
};

struct events;

/* Whether a row is what is looked for. */
typedef bool (*find_fn)(struct events *ev, const struct row *r);

struct find {
	/* what somebody waits for */
	find_fn fn; /* NULL: nothing */
	struct cursor *cursor;
	bool backwards;
	unsigned left; /* hits to go */
	char what[64];
	uint64_t origin; /* where it began, when it went on in rows that had to be brought */
	bool away;
	int32_t tid;		     /* of "same thread" */
	const struct schema *schema; /* of "same event" */
	/* the text searched for */
	char *text; /* as typed; NULL: none */
	regex_t regex;
	bool is_regex, ignore_case;
	struct strbuf scratch;
	/* its hits, counted by the way */
	struct cursor *counter;
	struct row *hits; /* in order; only their place is good for anything */
	size_t first_hit, hit_count, hit_cap;
	uint64_t arrived;
	bool counted, restart;
};

#define HIGHLIGHTS 8

/* A value marked wherever it stands: in a column, or in a field of this name. */
struct highlight {
	enum column column;
	char *field; /* with COLUMN_INFO */
	char *value;
};

struct detail_line {
	char *name, *type, *value, *hex, *meaning;
	int field; /* number of the field; -1: none */
};

struct detail {
	bool open;
	struct row row; /* for which the lines were made */
	struct detail_line *lines;
	size_t count, cap;
};

/* What a filter that is being typed would show. */
struct preview {
	struct sieve sieve;
	struct tally tally;
	struct strbuf hint;
	bool on, captures;
};

struct writing {
	struct spool *spool;   /* NULL: nothing is being written */
	struct sink *sink;     /* NULL: all rows are on their way */
	struct filter *filter; /* as it was when it was asked for */
	struct cursor *cursor;
	char *path;
	int fd; /* the way to the spool */
	uint64_t rows, horizon;
	bool stopped;
};

struct events {
	struct view *view;
	struct ui *ui;
	struct deck *deck;
	struct window win;
	struct tally tally;
	struct preview preview;
	struct find find;
	struct detail detail;
	struct writing writing;
	struct table_state table;
	enum time_format time_format;
	bool calls_raw;		  /* system calls as the kernel prints them */
	bool calls_fixed;	  /* the configuration says so */
	struct pairs_fold *pairs; /* see events_pairs.h; NULL: nobody looked yet */
	unsigned field;		  /* with the cursor on info: which field of the event */
	struct row *bookmarks;	  /* in order */
	size_t bookmark_count;
	struct row marker[2];
	bool marker_set[2];
	struct highlight highlights[HIGHLIGHTS];
	unsigned highlight_count;
	uint64_t scope_version, store_version;
	uint64_t epoch; /* of the store */
	bool scope_known;
	bool loading;			   /* a recording, at the last look */
	uint64_t bottom_ts, bottom_events; /* events_until of the last line, while paused */
	bool bottom_known;
	bool said_evicted;
	bool dirty; /* an action changed something */
	struct strbuf title;
};

static inline struct events *events_of(const struct view *v)
{
	return v->state;
}

/* The row under the cursor when it is an event, else NULL. */
const struct row *events_row(const struct events *ev);

/* Columns of the cursor. */
enum column events_column(const struct events *ev);

/* ---- events_columns.c ---- */

extern const struct table_column events_columns[COLUMNS];
extern const struct table_model events_model;
extern const char events_columns_default[];

/* The columns as they are drawn in cols columns: what is worth less makes room for info. */
void events_fit(const struct events *ev, int cols, struct table_state *ret);
/* Appends what stands in a cell; before is the line above, if known. */
void column_text(const struct events *ev, enum column c, const struct row *r,
		 const struct row *before, struct strbuf *out);
/* Appends a time as the format wants it. */
void time_text(const struct events *ev, enum time_format f, const struct row *r,
	       const struct row *before, struct strbuf *out);
/* Appends all cells that are shown, blanks between. */
void row_text(const struct events *ev, const struct row *r, struct strbuf *out);
/* "1,234 events lost on CPU 1" */
void loss_text(const struct shown *s, struct strbuf *out);
/* Appends a number with commas. */
void number_text(struct strbuf *out, uint64_t v);
/* The dialog of ACT_COLUMNS, or the columns of its argument. */
unsigned events_choose_columns(struct events *ev, const struct act_arg *arg);

/* ---- events_time.c: when time itself moves ---- */

/* Notices that the store was filled from elsewhere, or that the horizon went back. */
void time_notice(struct events *ev, uint64_t horizon);
/* Brings rows of a recording back that had to leave; ts is a time among them. True: it did. */
bool time_bring(struct events *ev, uint64_t ts);
/* Brings the rows behind (or before) all that are here. True: from *ts on there are others. */
bool time_bring_next(struct events *ev, bool backwards, uint64_t *ts);
/* The cursor is to go by so many lines: at the last one that is here the next are brought. */
void time_reach(struct events *ev, int64_t lines);
/* The first and the last time there is: of the files, or else of the store. */
void time_range(const struct events *ev, uint64_t *first, uint64_t *last);
/* Reads "50%" of that; 0 or -EINVAL in words. */
int time_percent(const struct events *ev, const char *text, uint64_t *ret, struct err *e);
/* Plays from the row under the cursor. */
unsigned time_play(struct events *ev, enum action a, const struct act_arg *arg);

/* ---- events_title.c ---- */

/* Makes the title anew; true when it is not what it was. */
bool title_update(struct events *ev);

/* ---- events_draw.c ---- */

void events_draw(const struct view *v, struct area *a);
/* Lines of the detail part; 0: it is closed or there is no room. */
int detail_height(const struct events *ev);

/* ---- events_detail.c ---- */

/* Makes the lines for the row under the cursor, if it is another one. */
void detail_update(struct events *ev);
void detail_draw(const struct events *ev, struct area *a);
void detail_close(struct detail *d);

/* ---- events_cell.c: the value under the cursor ---- */

/* The field under the cursor, when it is on the info column of an event that has one. */
const struct field *cell_field(const struct events *ev);
/* Moves by fields within info; false when the cursor leaves it. */
bool cell_step(struct events *ev, int by);
unsigned cell_narrow(struct events *ev, enum action a);
/* The values there are in the column or field under the cursor, or of the argument. */
unsigned cell_values(struct events *ev, const struct act_arg *arg);
unsigned cell_highlight(struct events *ev);
/* Histogram or heat map of the field under the cursor; the cockpit of whose row it is. */
unsigned cell_numbers(struct events *ev, enum action a, const struct act_arg *arg);
unsigned cell_cockpit(struct events *ev, enum action a, const struct act_arg *arg);
unsigned cell_yank(struct events *ev, enum action a);
/* Appends a field's value as the filter language has it; false when it cannot be compared. */
bool field_literal(const struct row *r, const struct field *f, struct strbuf *out);
/* The names that mean the row and not a field, NULL-ended. */
extern const char *const context_names[];
/* The text by which a value of a row is compared with a highlighted one. */
void cell_value(const struct events *ev, enum column c, const struct field *f, const struct row *r,
		struct strbuf *out);
void cell_done(struct events *ev);

/* ---- events_find.c ---- */

void find_init(struct find *f, struct store *s);
void find_done(struct find *f);
unsigned find_prompt(struct events *ev, const struct act_arg *arg);
unsigned find_text(struct events *ev, const struct act_arg *arg, bool backwards);
unsigned find_jump(struct events *ev, enum action a, const struct act_arg *arg);
/* Goes on with what somebody waits for; true: more is to be done. */
bool find_work(struct events *ev, struct budget *b);
/* Counts hits; true when it is worth going on at once. */
bool find_count(struct events *ev, struct budget *b);
/* The filter or the columns changed: what was counted means nothing any more. */
void find_restart(struct find *f);
void find_stop(struct find *f);
/* Forgets the text; false when there was none. */
bool find_forget(struct find *f);
/* Finds the first hit in text at or behind *at; its length or 0. */
size_t find_in(const struct find *f, const char *text, size_t *at);
void find_status(const struct events *ev, struct strbuf *out);

/* ---- events_marks.c ---- */

unsigned marks_bookmark(struct events *ev);
unsigned marks_jump(struct events *ev, bool backwards);
unsigned marks_set(struct events *ev, unsigned which);
unsigned marks_goto(struct events *ev, const struct act_arg *arg);
bool marks_has(const struct events *ev, const struct row *r);
bool marks_between(const struct events *ev, const struct row *r);
/* Forgets what left the store. */
void marks_prune(struct events *ev);
void marks_status(const struct events *ev, struct strbuf *out);
/* Reads "12.5", "+1.5", "-200ms", "14:03:07.5", "50%" as seen from a row; 0 or -EINVAL in words. */
int marks_parse_time(const struct events *ev, const char *text, uint64_t *ret, struct err *e);

/* ---- events_write.c ---- */

unsigned write_open(struct events *ev, const struct act_arg *arg);
bool write_work(struct events *ev, struct budget *b);
/* Ends it early; what was written stays. */
void write_stop(struct events *ev);
void write_status(const struct events *ev, struct strbuf *out);
/* At the end of the pane: nothing is said. */
void write_close(struct events *ev);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit: one process in one screen; what the parts share.
 *
 * cockpit_model.c counts, in one fold for all sections, what the process did; cockpit_sections.c
 * says which sections there are and what stands in their cells; cockpit_files.c knows descriptors,
 * cockpit_head.c who the process is, cockpit_tracers.c what a section lacks. These know no screen.
 * cockpit.c is the view, cockpit_layout.c where its sections stand, cockpit_act.c what keys do;
 * cockpit_open.c finds whose cockpit is meant.
 */
#ifndef TUI_COCKPIT_H
#define TUI_COCKPIT_H

#include "core/group.h"
#include "tui/table.h"
#include "tui/view.h"

struct syscalls;

/* In the order in which they stand. */
enum cockpit_section_id {
	COCKPIT_EVENTS,
	COCKPIT_SYSCALLS,
	COCKPIT_FILES,
	COCKPIT_CPUS,
	COCKPIT_OFFCPU,
	COCKPIT_RUNQ,
	COCKPIT_WAKERS,
	COCKPIT_WAKEES,
	COCKPIT_SECTIONS
};

#define COCKPIT_COLUMNS 8
#define COCKPIT_TASKS	1024 /* threads that are told apart at once while counting */
#define COCKPIT_WOKEN	512  /* threads of the process that were woken, by number */

/* Whose cockpit: one life of a process id; or of a thread whose process nobody knows. */
struct cockpit_who {
	int32_t pid;	/* -1: not known */
	int32_t tid;	/* with pid -1 */
	uint32_t index; /* of the process, see core/identity.h */
	uint64_t at;	/* a time at which it was there */
};

/* What is known of it; texts are safe to show. */
struct cockpit_head {
	char comm[4 * COMM_LEN];
	char *exe, *cmdline, *cgroup, *container, *user, *parents; /* "" where not known */
	int32_t ppid, nspid;
	uint32_t uid, pidns;
	uint32_t threads;
	uint64_t start, end;
	uint64_t from, until; /* the number is this one's; 0 and UINT64_MAX: nobody else's */
	bool known;	      /* the identity table had it once */
};

/* ---- descriptors: cockpit_files.c ---- */

#define FILE_CALLS 8

struct cockpit_file {
	char *path; /* "" where not known */
	int fd;
	uint64_t calls, bytes, latency, first, last;
	int16_t numbers[FILE_CALLS]; /* of the calls that used it */
	uint8_t number_count;
	bool more_numbers;
};

struct cockpit_files {
	struct cockpit_file *all;
	uint32_t count, cap;
	uint32_t *slots; /* open addressing: number + 1 */
	uint32_t mask;
	uint64_t others;      /* calls on more files than are kept */
	uint64_t unexplained; /* calls whose arguments have no names */
	struct strbuf scratch;
};

/* A call of the process. */
void files_take(struct cockpit_files *f, struct syscalls *sc, const struct row *r);
void files_clear(struct cockpit_files *f);
void files_done(struct cockpit_files *f);

/* ---- sections ---- */

struct section_kind {
	const char *title;
	const char *by, *show; /* as group_spec_parse takes them; NULL: not of groups */
	const char *tracer;    /* whose rows it is made of; NULL: all */
	const char *none;      /* said where there are no rows */
	struct table_column columns[COCKPIT_COLUMNS];
	uint8_t sort; /* column */
};

extern const struct section_kind cockpit_kinds[COCKPIT_SECTIONS];

struct cockpit;

struct cockpit_section {
	const struct section_kind *kind;
	struct cockpit *of;
	struct group_spec *spec;
	struct group_table *table;
	uint32_t *order; /* rows, as they stand */
	uint32_t count, cap;
	struct table_column columns[COCKPIT_COLUMNS + 1];
	unsigned column_count;
	unsigned sort;
	bool descending;
	/* of the screen */
	struct table_state state;
	bool picked; /* somebody put the cursor on this row: */
	uint64_t row_id;
	/* what it lacks */
	bool on;	      /* its tracer is */
	bool possible;	      /* it could be switched on */
	struct strbuf reason; /* why not */
};

/* Which rows go where; by schema. */
enum cockpit_class {
	CLASS_NEW, /* nobody looked yet */
	CLASS_PLAIN,
	CLASS_NOTHING, /* made of others, and of no section */
	CLASS_SYSCALL,
	CLASS_ONCPU,
	CLASS_OFFCPU,
	CLASS_RUNQ,
	CLASS_WAKING,
	CLASS_WAKEUP,
};

/* Whether a thread is the process's, for a span of time. */
struct cockpit_task {
	uint64_t from, until;
	int32_t tid;
	uint32_t pass; /* in which it was asked; else it means nothing */
	bool ours;
};

struct cockpit {
	struct deck *deck;
	struct cockpit_who who;
	struct cockpit_head head;
	struct cockpit_section sections[COCKPIT_SECTIONS];
	bool threads; /* sections tell threads apart */
	struct fold *fold;
	struct filter *guard; /* what must hold besides; our own */
	uint64_t scope;	      /* version of the scope it is of */
	bool has_scope;
	uint8_t *classes; /* enum cockpit_class by schema->index */
	uint32_t class_count;
	struct cockpit_task tasks[COCKPIT_TASKS];
	uint32_t pass;
	/* beside what sections show: who woke by sched_wakeup, used where nobody saw sched_waking
	 */
	struct group_table *wakeups[2];
	struct group_spec *error_spec;
	struct group_table *errors; /* calls that failed, by errno */
	struct cockpit_files files;
	int32_t woken[COCKPIT_WOKEN];
	unsigned woken_count;
	bool more_woken;
	uint64_t oncpu_first, oncpu_last; /* of everybody: when somebody was seen to run */
	/* how far it went */
	struct fold_stats stats;
	uint64_t version, horizon, ticked, looked, looked_mono;
	bool busy, complete, stale;
	struct strbuf notes;
};

/* When it is looked at. */
struct cockpit_time {
	uint64_t now; /* as rows' times */
	bool live;    /* rows come as they happen */
	bool ended;   /* nothing more comes */
};

void cockpit_init(struct cockpit *c, struct deck *d, const struct cockpit_who *who);
void cockpit_done(struct cockpit *c);

/* Rows that do not pass (NULL: none) are no part of it; taken over. Counts anew. */
void cockpit_guard(struct cockpit *c, struct filter *guard);

/* Tells threads apart, or not; counts anew. */
void cockpit_threads(struct cockpit *c, bool on);

/* Counts for some milliseconds; bits of enum cockpit_work. */
enum cockpit_work { COCKPIT_DRAW = 1, COCKPIT_MORE = 2 };
unsigned cockpit_work(struct cockpit *c, const struct cockpit_time *t);

/* Before the identity table forgets. */
void cockpit_settle(struct cockpit *c);

/* ---- cockpit_sections.c ---- */

/* Specs and columns, as threads says. */
void sections_make(struct cockpit *c);
void sections_done(struct cockpit *c);
/* The table that a section shows; NULL: of files, or nothing was counted. */
const struct group_table *section_table(const struct cockpit_section *s);
/* Puts the rows in order; the cursor stays with its row. */
void section_arrange(struct cockpit_section *s);
void section_sort(struct cockpit_section *s, unsigned column, bool descending);
/* The row under the cursor; false when there is none. */
bool section_row(const struct cockpit_section *s, uint32_t *ret);
/* The cursor was put somewhere: it stays with this row. */
void section_remember(struct cockpit_section *s);
/* data is a struct cockpit_section *. */
extern const struct table_model section_model;
/* Appends the filter for the row under the cursor, and a label; -Exxx in words. */
int section_filter(const struct cockpit_section *s, struct strbuf *text, struct strbuf *label,
		   struct err *e);
/* Appends what belongs behind its title. */
void section_status(const struct cockpit_section *s, struct strbuf *out);

/* ---- cockpit_head.c ---- */

/* Looks the process up; what it had been stays where it is forgotten. */
void head_look(struct cockpit *c);
void head_done(struct cockpit_head *h);
/* Appends the filter that its rows pass. */
void head_filter(const struct cockpit *c, struct strbuf *out);
/* Appends " and time >= ..." where others had its number before, or after. */
void head_times(const struct cockpit *c, struct strbuf *out);
/* Appends "bash 123". */
void head_name(const struct cockpit *c, struct strbuf *out);

/* ---- cockpit_tracers.c ---- */

/* Which tracers are on; what the others would need. */
void tracers_look(struct cockpit *c);
/* Whether a section has nothing to show for want of its tracer. */
static inline bool section_lacks(const struct cockpit_section *s)
{
	return s->kind->tracer && !s->on && !s->count;
}
/* Asks whether to switch on what a section (NULL: any of them) lacks, saying what it costs. */
void tracers_ask(struct view *v, struct cockpit *c, const struct cockpit_section *s);

/* ---- the view ---- */

/* Where a section stands, in the view's area; rows 0: out of sight. */
struct cockpit_box {
	int y, x, rows, cols;
};

struct cockpit_view {
	struct cockpit c;
	unsigned focus; /* section */
	bool max;	/* it has all of the room */
	unsigned first; /* section on top, where they stand below one another */
	int rows, cols; /* of the view, when it was laid out */
	struct cockpit_box box[COCKPIT_SECTIONS];
};

/* Lines of the head in so many columns. */
int head_lines(const struct cockpit *c, int rows, int cols);
/* Where everything stands now; the section that has the keys is in sight. */
void cockpit_lay_out(struct view *v);
unsigned cockpit_view_act(struct view *v, enum action a, const struct act_arg *arg);

/* ---- cockpit_open.c ---- */

/* What the dialog is given. */
struct cockpit_start {
	struct cockpit_who who;
	unsigned focus;
	bool max, threads;
};

extern const struct view_ops cockpit_ops;

/* Opens the cockpit of a process over the panes. */
void cockpit_open(struct ui *ui, const struct cockpit_who *who);
/* The same for the process that had a thread at a time. */
void cockpit_open_task(struct ui *ui, int32_t tid, uint64_t ts);
/* ACT_COCKPIT with the number of a process or thread; false: another action. */
bool cockpit_act(struct ui *ui, enum action a, const struct act_arg *arg);
/* Opens it again as it was, when what it narrowed is undone. */
void cockpit_come_back(struct view *v);

#endif

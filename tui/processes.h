/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes: the process table as a model, for tui/processes*.c and for whoever prints it plainly.
 *
 * The model samples the summary (at most once a second), knows who lives, sorts, and makes texts
 * of cells. It knows no screen, no frame and no clock: time is given. What it counts is all that
 * was captured, whatever is filtered for display.
 */
#ifndef TUI_PROCESSES_H
#define TUI_PROCESSES_H

#include "core/filter.h"
#include "core/identity.h"
#include "core/summary.h"
#include "core/users.h"
#include "tui/table.h"

/* Seconds a sparkline looks back. */
#define PROCESS_TREND 30

/* What events came from; in the order in which :columns lists them. */
enum process_column {
	PROCESS_PID,
	PROCESS_TID,
	PROCESS_COMM,
	PROCESS_RATE,
	PROCESS_TREND_LINE,
	PROCESS_EVENTS,
	PROCESS_SHARE,
	PROCESS_TOP,
	PROCESS_RECENT,
	PROCESS_FIRST,
	PROCESS_LAST,
	PROCESS_STATE,
	PROCESS_PPID,
	PROCESS_THREADS,
	PROCESS_SUBTREE,
	PROCESS_SUBRATE,
	PROCESS_START,
	PROCESS_END,
	PROCESS_UID,
	PROCESS_USER,
	PROCESS_EXE,
	PROCESS_CMDLINE,
	PROCESS_CONTAINER,
	PROCESS_UNIT,
	PROCESS_CGROUP,
	PROCESS_PIDNS,
	PROCESS_COLUMNS
};

#define PROCESS_COLUMNS_FIRST "pid comm rate trend events share top recent first last state"
/* The same where not every process is known: threads alone tell those rows apart. */
#define PROCESS_COLUMNS_TIDS "pid tid comm rate trend events share top recent first last state"

struct process_row {
	uint64_t key; /* summary_row.key */
	int32_t pid, tid, ppid;
	uint32_t threads, uid;
	uint32_t process, maker; /* numbers in the identity table + 1; 0: not known */
	char comm[COMM_LEN];
	char *exe, *cgroup, *cmdline, *container; /* NULL: not known, or nobody asked */
	const char *user;			  /* the model's */
	uint32_t pidns;
	int32_t nspid;
	uint64_t events, first, last;
	uint64_t start;		   /* 0: before anybody looked */
	uint64_t end;		   /* UINT64_MAX: alive, or nobody knows */
	uint64_t subtree, subrate; /* events and rate with those of all below it, in the tree */
	uint32_t below;		   /* rows that stand below it, folded away or not */
	uint64_t rate;		   /* events in 1,000 seconds, from the last two samples */
	uint64_t sampled;	   /* events at the last one */
	const struct schema *top, *recent;
	uint32_t *trend; /* PROCESS_TREND rates; NULL: all of them 0 */
	uint32_t pass;	 /* in which it was seen last */
	uint32_t parent; /* its row + 1 in the tree; 0: none */
	uint16_t depth;
	bool shown, detailed;
	bool chosen; /* passed `only` once: it stays, also when its names are forgotten */
	bool orphan; /* lives, and who made it ended */
	bool folded; /* what is below it does not stand there: it shows their sums */
};

struct processes {
	struct process_row *rows;
	uint32_t count, cap;
	uint32_t *by_key; /* open addressing: row + 1 */
	uint32_t by_key_mask;
	uint32_t *order;      /* the rows shown, from the first to the last */
	uint32_t shown, gone; /* gone: how many ended, shown or not */
	uint32_t unknown;     /* how many are threads of no known process */
	bool others;	      /* one row is of many that ended long ago, or were too many */
	uint32_t pass;
	uint64_t now, sampled; /* times of asking; 0: never */
	uint64_t events;       /* of all rows */
	bool rated;	       /* there were two samples, or the whole is known */
	struct users *users;
	/* as wanted */
	struct filter *only; /* by thread and time alone; NULL: everybody. Borrowed */
	bool threads, tree, hide_gone, details;
	enum process_column sort;
	bool descending;
};

/* What is looked at, and when. */
struct processes_look {
	struct summary *summary;
	struct identity *identity; /* NULL: nobody is known */
	uint64_t now;
	bool ended; /* nothing more comes (a recording read through): rates are over all of it */
};

extern const struct table_column process_columns[PROCESS_COLUMNS];

/* data is a struct processes *. */
extern const struct table_model process_model;

void processes_init(struct processes *m);
void processes_done(struct processes *m);

/* Reads the summary anew; samples rates when a second went by. O(rows). */
void processes_look(struct processes *m, const struct processes_look *l);

/* Filters, sorts and nests the rows that are here, after a wish changed. */
void processes_arrange(struct processes *m, struct identity *id);

/* Threads instead of processes, or back: every row is another one then, and sampling begins anew.
 */
void processes_threads(struct processes *m, bool on);

/* Sorts by a column, the way round that is usual for it. */
void processes_sort(struct processes *m, enum process_column c);

/* Folds what is below a row of the tree away, or unfolds it; processes_arrange follows. */
void processes_fold(struct processes *m, uint64_t place, bool fold);
void processes_fold_all(struct processes *m, bool fold);

/* Asks /proc for user, program, container and the like of at most budget processes; true while
 * some are left. */
bool processes_detail(struct processes *m, struct identity *id, unsigned budget);

/* The row at a place; NULL when there is none. */
const struct process_row *processes_at(const struct processes *m, uint64_t place);

/* Where the row of a key stands; false when it is not shown. */
bool processes_find(const struct processes *m, uint64_t key, uint64_t *ret);

/*
 * The time in which a number (pid, or tid of threads) meant this row, as far as other rows tell
 * that it meant others: [*from, *to), 0 and UINT64_MAX where none did before or behind it.
 */
void processes_life(const struct processes *m, const struct process_row *r, uint64_t *from,
		    uint64_t *to);

static inline bool process_is_gone(const struct processes *m, const struct process_row *r)
{
	return r->end <= m->now;
}

/* ---- for processes_*.c alone ---- */

/* Puts order, a flat list, into the order of a tree, and counts subtrees. */
void processes_nest(struct processes *m, struct identity *id);
/* Leaves out of the order of a tree what is folded away. */
void processes_hide_folded(struct processes *m);

/* Below, equal or above 0, as order wants them in ascending order of a column. */
int process_compare(const struct process_row *a, const struct process_row *b,
		    enum process_column c);

/* Whether the largest of a column is what one wants to see first. */
bool process_column_falls(enum process_column c);

#endif

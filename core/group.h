/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group: rows counted by what they have in common.
 *
 * A spec says what rows are told apart by (keys: process, comm, container, a field, ...) and what
 * is measured of each group (count, rate, p99(latency), ...). A table folds rows, O(1) each. It is
 * bounded: when too many groups come the lightest are put together into one that says how many
 * they were. Sums and counts are exact and never wrap; percentiles are within one percent.
 *
 * group_spec.c reads specs, group_check.c looks for their fields, group_key.c gets keys from rows,
 * group.c has the table, group_measure.c what is measured, group_print.c how it is said.
 */
#ifndef CORE_GROUP_H
#define CORE_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fold.h"
#include "core/loghist.h"
#include "core/row.h"
#include "core/schema.h"
#include "core/strbuf.h"

#define GROUP_KEYS     8
#define GROUP_MEASURES 24

struct identity;

/* ---- what is asked: group_spec.c ---- */

/* What a key is of. The words are those of the filter language, so that a row can be a filter. */
enum group_kind {
	GROUP_FIELD, /* of the event: [[SYSTEM:]EVENT.]NAME */
	GROUP_EVENT,
	GROUP_SYSTEM,
	GROUP_BACKEND,
	GROUP_CPU,
	/* of the thread at the time */
	GROUP_PROCESS, /* one life of a pid, never two */
	GROUP_THREAD,  /* one life of a tid */
	GROUP_PID,
	GROUP_TID,
	GROUP_PPID,
	GROUP_COMM, /* of the thread */
	GROUP_EXE,
	GROUP_UID,
	GROUP_USER,
	GROUP_CGROUP,
	GROUP_UNIT,
	GROUP_CONTAINER,
	/* by its name, of raw_syscalls, syscalls and pair:syscall */
	GROUP_SYSCALL,
};

/* A field as it is written. */
struct group_field {
	const char *system, *event; /* only there; NULL: any that has it */
	const char *name;
	uint32_t column; /* where it stands in what was read */
};

struct group_key {
	uint8_t kind; /* enum group_kind */
	struct group_field field;
	const char *text; /* as it was written: title and name of its column */
};

enum measure_kind {
	MEASURE_COUNT,
	MEASURE_RATE,  /* events a second, of the last seconds or of the whole: group_tick */
	MEASURE_SHARE, /* of all rows, 0 to 1 */
	MEASURE_FIRST, /* times */
	MEASURE_LAST,
	/* of any field, or of what a key can be of */
	MEASURE_DISTINCT, /* how many values; about, when there are very many */
	/* of a numeric field; rows that lack it count for none of them */
	MEASURE_SUM,
	MEASURE_AVERAGE,
	MEASURE_MIN,
	MEASURE_MAX,
	MEASURE_QUANTILE, /* p50, p99.9 */
	MEASURE_LATEST,	  /* last(X): of all that distinct(X) can be of */
};

struct group_measure {
	uint8_t kind; /* enum measure_kind */
	/* enum group_kind: what it is a value of; GROUP_FIELD also where it is of none. Otherwise
	 * the field has but the name of the key. */
	uint8_t of;
	struct group_field field;
	double quantile;  /* 0 to 1 */
	const char *text; /* as it was written: title and name of its column */
};

struct group_spec {
	struct arena arena; /* owns the strings */
	struct group_key keys[GROUP_KEYS];
	struct group_measure measures[GROUP_MEASURES];
	unsigned key_count, measure_count;
};

/*
 * Reads "comm, event" and "count, rate, p99(latency)" (NULL: count, rate, share). On failure
 * -EINVAL with a caret in the text that is wrong and the nearest word; unfinished input is -EAGAIN.
 * The caller frees it with group_spec_free.
 */
int group_spec_parse(const char *by, const char *show, struct group_spec **ret, struct err *e);
void group_spec_free(struct group_spec *s);

/* -ENOENT, with a caret in by or show and the nearest name, when no event of the sets has a field.
 */
int group_spec_check(const struct group_spec *s, const char *by, const char *show,
		     const struct schema_set *const *sets, size_t count, struct err *e);

/* Appends both as they can be read again, "by" and "show" apart. */
void group_spec_by(const struct group_spec *s, struct strbuf *out);
void group_spec_show(const struct group_spec *s, struct strbuf *out);

/* Calls fn for every word a key or a measure can be, with what it is; for completion and help. */
void group_each_key(void (*fn)(const char *word, const char *help, void *data), void *data);
void group_each_measure(void (*fn)(const char *word, const char *help, void *data), void *data);

/* ---- the table: group.c ---- */

struct group_table;

struct group_conf {
	const struct group_spec *spec; /* borrowed */
	struct identity *identity;     /* may be read from /proc for exe, user, cgroup */
	uint64_t memory; /* bytes; 0: 64 MiB. The bound beyond which groups are joined */
};

struct group_table *group_new(const struct group_conf *c);
void group_free(struct group_table *t);

/*
 * The table as it is now, to be looked at while the other one goes on: takes no rows, borrows the
 * same spec.
 */
struct group_table *group_copy(const struct group_table *t);

/* Takes rows: its data is a struct group_table *. */
extern const struct fold_ops group_fold_ops;

/* Rows that were counted elsewhere, all of one group, and what is known of a field of theirs. */
struct group_bulk {
	uint64_t count;
	const struct field *field; /* of the row's schema, a number */
	wide_t sum, least, greatest;
	const struct loghist *parts; /* the values of the field, or nearly; NULL: nobody knows */
};

/*
 * Adds rows like r, of which only what the keys are of is looked at. Measures of other fields do
 * not see them. Not beside rows of a fold.
 */
void group_add(struct group_table *t, const struct row *r, const struct group_bulk *b);

/*
 * Joins groups before there are too many, where there is time between rows: until about a time of
 * clock_mono, and nothing that can be looked at changes before it is done. True when there is more
 * to do; a row that comes meanwhile has to wait for all of it.
 */
bool group_work(struct group_table *t, uint64_t until);

/* Once a second: rates are of the time since the tick before. now as rows' times. */
void group_tick(struct group_table *t, uint64_t now);

/*
 * Takes names and values of what may be forgotten (processes that ended) into the table. To be
 * called before identity_forget.
 */
void group_settle(struct group_table *t);

/* Groups there are; with those that were joined into "other", which is the last row, if any. */
uint32_t group_count(const struct group_table *t);
bool group_is_other(const struct group_table *t, uint32_t row);
/* How many groups were put into "other", counted when they were: one that came again counts again.
 */
uint64_t group_joined(const struct group_table *t);
/* True when rows of a group may be in "other", so that what it says is "at least": it was met when
 * some had been put there already. */
bool group_is_partial(const struct group_table *t, uint32_t row);
/* Rows that had every key and were counted; those that lack one (no such field) are counted apart.
 */
uint64_t group_rows(const struct group_table *t);
uint64_t group_lacking(const struct group_table *t);
size_t group_bytes(const struct group_table *t);

/*
 * Whose rows a group has, where it is keyed by process: the pid and the number in the identity
 * table. False where it is not, or nobody knows the process.
 */
bool group_process(const struct group_table *t, uint32_t row, int32_t *ret_pid,
		   uint32_t *ret_index);

/* Stays this group's while the table lives and nothing restarts it: to keep a cursor on it. */
uint64_t group_id(const struct group_table *t, uint32_t row);

/* What a column says. */
enum group_type {
	GROUP_NONE,   /* nothing: no row of the group had it */
	GROUP_NUMBER, /* wide */
	GROUP_NS,     /* a duration, wide */
	GROUP_TIME,   /* of a row, wide */
	GROUP_REAL,   /* real: an average, a rate */
	GROUP_REAL_NS,
	GROUP_SHARE, /* real, 0 to 1 */
	GROUP_TEXT,  /* see group_text */
};

struct group_value {
	uint8_t type; /* enum group_type */
	bool about;   /* not exact: very many values were told apart */
	wide_t wide;
	double real;
};

/* The value of a column: keys first, then measures. */
void group_value(const struct group_table *t, uint32_t row, unsigned column,
		 struct group_value *ret);

/* < 0, 0, > 0 as strcmp: by value, text by its bytes; what is nothing is more than all. */
int group_compare(const struct group_table *t, uint32_t a, uint32_t b, unsigned column);

/*
 * The same for tables: down turns it round, but what is nothing comes last either way up, and
 * "other" behind all rows.
 */
int group_order(const struct group_table *t, const uint32_t row[2], unsigned column, bool down);

/* ---- saying it: group_print.c ---- */

/* Appends a cell for people: names of values as the filter language has them, numbers grouped,
 * times as durations with a unit. Safe to draw. */
void group_text(const struct group_table *t, uint32_t row, unsigned column, struct strbuf *out);

/* The same for programs: a JSON value, or what stands in CSV (ns as a number, no grouping). */
void group_json(const struct group_table *t, uint32_t row, unsigned column, struct strbuf *out);
void group_csv(const struct group_table *t, uint32_t row, unsigned column, struct strbuf *out);

/*
 * Appends the filter that the rows of a group pass and no others do, and a short label. -ENOTSUP
 * for "other", with the reason.
 */
int group_filter(const struct group_table *t, uint32_t row, struct strbuf *text,
		 struct strbuf *label, struct err *e);

/* Appends the filter that rows pass whose value of one key is that of the group. */
int group_condition(const struct group_table *t, uint32_t row, unsigned key, struct strbuf *text,
		    struct err *e);

#endif

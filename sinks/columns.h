/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns: the columns that somebody chose, and their values.
 *
 * Names are time, wall, delta, cpu, comm, pid, tid, event, system, info, flags, source; any other
 * one is a field of events. A row without it has no value there.
 */
#ifndef SINKS_COLUMNS_H
#define SINKS_COLUMNS_H

#include "sinks/sink.h"

struct column {
	const struct column_kind *kind; /* NULL: a field */
	char *name;
	const struct field **fields; /* by schema->index, as far as they were asked for */
	uint32_t field_count;
};

struct columns {
	struct column *v;
	unsigned count;
	uint64_t before; /* time of the row before; UINT64_MAX: there was none */
	/* the second whose words stand in wall and zone */
	uint64_t second;
	char wall[24], zone[8];
};

/* Reads "time,comm,prev_prio". -EINVAL for a name that cannot be one. */
int columns_parse(const char *text, struct columns *ret, struct err *e);
void columns_done(struct columns *c);

/* -ENOENT with the nearest name where one is neither a column nor a field in any of the sets
 * (NULL-ended). */
int columns_check(const char *text, const struct schema_set *const *sets, struct err *e);

/* To be called behind the last value of a row. */
void columns_end(struct columns *c, const struct row *r);

/* The field of a row that a column means; NULL: it has none, or the column is no field. */
const struct field *columns_field(struct column *col, const struct row *r);

/* Appends what a row with a schema says: a system call as sink_conf.syscalls has it, or as the
 * kernel prints it. */
void columns_info(const struct sink *s, const struct row *r, struct strbuf *b);

/* For people; for machines: nine decimals, date and zone; the same, not made safe yet. */
enum column_form { COLUMN_TEXT, COLUMN_WIDE, COLUMN_RAW };

/* Appends a value and returns true, or false where the row has none. */
bool columns_value(struct columns *c, struct column *col, const struct sink *s, const struct row *r,
		   enum column_form form, struct strbuf *b);

/* How wide a column of text is; 0: as wide as it gets. */
unsigned columns_width(const struct column *col);

/* True for a column whose values JSON has as numbers: cpu, pid, tid. */
bool columns_is_number(const struct column *col);

#endif

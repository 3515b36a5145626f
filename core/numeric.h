/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * numeric: one numeric field, read from rows of whatever event has it, and said.
 *
 * Written as in filters and groups: [[SYSTEM:]EVENT.]NAME. Where it stands in a record is looked
 * up once a schema.
 */
#ifndef CORE_NUMERIC_H
#define CORE_NUMERIC_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/loghist.h"
#include "core/row.h"
#include "core/schema.h"
#include "core/strbuf.h"

struct numeric;

/* Reads the name of a field; on failure -EINVAL with a caret, unfinished input is -EAGAIN. */
int numeric_new(const char *text, struct numeric **ret, struct err *e);
void numeric_free(struct numeric *n);

/* The name as it was written, without blanks around it. Borrowed. */
const char *numeric_name(const struct numeric *n);

/* -ENOENT with the nearest name when no event of the sets has it, -EINVAL when it is no number. */
int numeric_check(const struct numeric *n, const struct schema_set *const *sets, size_t count,
		  struct err *e);

/* The value of a row; false when it has no such number. Hot. */
bool numeric_read(struct numeric *n, const struct row *r, wide_t *ret);

/* Whether a field can be read as one number. */
bool numeric_fits(const struct field *f);

/* The field as a schema has it, as a number; NULL when it does not. */
const struct field *numeric_in(const struct numeric *n, const struct schema *s);

/* Appends a value for people, with the unit of the first event that was read or checked. */
void numeric_say(const struct numeric *n, wide_t v, struct strbuf *out);
/* The same in few characters: 1.05M, 17.6T. */
void numeric_brief(const struct numeric *n, wide_t v, struct strbuf *out);
/* "lo..hi", or one value where they are the same. */
void numeric_say_range(const struct numeric *n, wide_t lo, wide_t hi, struct strbuf *out);
/* The same for what is between values: an average. */
void numeric_say_real(const struct numeric *n, double v, struct strbuf *out);

/* Appends "NAME >= lo and NAME <= hi", or "NAME == lo", in the filter language. */
void numeric_range(const struct numeric *n, wide_t lo, wide_t hi, struct strbuf *out);

/* Appends a number of whatever width in decimal. */
void wide_text(struct strbuf *out, wide_t v);

#endif

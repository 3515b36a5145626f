/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format_reader: what the two halves of the format parser share; private to core/format*.c.
 */
#ifndef CORE_FORMAT_READER_H
#define CORE_FORMAT_READER_H

#include "core/schema.h"

#define RECORD_MAX (1u << 20) /* no field lies behind this */

/* A piece of the text. */
struct span {
	const char *p;
	size_t n;
};

struct reader {
	const char *p, *end;
	unsigned line; /* of what was read last, from 1 */
	struct schema *s;
	struct err *e;
};

struct span format_trim(struct span t);
/* Letters, digits and '_', at most 255: the kernel has events that begin with a digit (9p). */
bool format_is_event_name(struct span t);

/* The same without a digit in front: a C identifier. */
bool format_is_identifier(struct span t);
/* Cuts the prefix off when it is there. */
bool format_eat(struct span *t, const char *prefix);
/* Reads a decimal number up to max that fills the whole span. */
bool format_number(struct span t, uint32_t max, uint32_t *ret);
/* -EINVAL with the line, why, and the word, made safe. */
int format_refuse(struct reader *r, const char *why, struct span t);
/* Reads what stands behind "field:" in a line. */
int format_parse_field(struct reader *r, struct span line, struct field *f);

#endif

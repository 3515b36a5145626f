/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts: a table that somebody else counts (a map in the kernel), as it is at one time: a record a
 * key, all of one schema, fields of the key first.
 *
 * The records are whole: text_field, filters and sorting take them as they take rows'.
 */
#ifndef CORE_COUNTS_H
#define CORE_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/schema.h"
#include "core/strbuf.h"

struct counts {
	const struct schema *schema; /* borrowed from its backend */
	uint64_t ts, since;	     /* counted between these times */
	uint32_t keys;		     /* how many of the fields (common ones aside) are of the key */
	const struct field
	    *slots;   /* an array whose slot n counts values from 2^n to 2^(n+1), or NULL */
	uint8_t unit; /* of the slots: enum field_unit */
	size_t count, cap;
	uint32_t stride; /* bytes from a record to the next; each has size bytes */
	uint32_t size;
	uint8_t *records;
	uint64_t missed;  /* what found no room in the map */
	uint64_t unknown; /* what is not in it, for there was no room to remember its start */
	uint64_t let_go;  /* keys that were taken out of it: their process has ended */
	char *reason;	  /* NULL, or why there is nothing */
	bool by_key;	  /* counts_find sorted the records; counts_add undoes it */
};

struct counts *counts_new(const struct schema *schema, uint32_t size);
/* NULL-safe. */
void counts_free(struct counts *t);

/* Room for one more record, zeroed; it moves with the next one. */
uint8_t *counts_add(struct counts *t);

static inline const uint8_t *counts_at(const struct counts *t, size_t i)
{
	return t->records + i * t->stride;
}

/* < 0, 0, > 0 by a field: numbers by sign, text by bytes, arrays by their sum. */
int counts_compare(const struct counts *t, size_t a, size_t b, const struct field *f);

/* Puts the indices of all records in order by a field, the greatest first with down; equal ones by
 * their key. */
void counts_order(const struct counts *t, const struct field *f, bool down, uint32_t *order);

/*
 * The record of the same key in other counts of the same tracer, or NULL: to say what came since.
 * The first call for `in` sorts it by key.
 */
const uint8_t *counts_find(struct counts *in, const uint8_t *rec);

/* Lets go of the records whose key stands in others. */
void counts_remove(struct counts *t, struct counts *others);

/* Of slots: how many values, and about which one q (0 to 1) of them are not above. */
uint64_t counts_values(const struct counts *t, const uint8_t *rec);
double counts_quantile(const struct counts *t, const uint8_t *rec, double q);

#endif

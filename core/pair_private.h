/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_private: what pair.c (the matching), pair_bind.c (which field is read where), pair_layout.c
 * (what a derived record consists of) and pair_text.c (its print format) share. Nobody else
 * includes this.
 */
#ifndef CORE_PAIR_PRIVATE_H
#define CORE_PAIR_PRIVATE_H

#include "core/pair.h"

#define PAIR_NONE UINT32_MAX /* no slot */

/* A number of a row. */
struct pair_reader {
	uint32_t offset;
	uint8_t size;
	bool sign;
	uint8_t kind; /* enum pair_key_kind */
};

/* Bytes of a record that go into the derived one. */
struct pair_copy {
	uint32_t from, to, len;
};

/* A field that varies in length, and where the derived record says where it is. */
struct pair_var {
	const struct field *field;
	uint32_t to;
	bool is_text;
};

/* What one event of the spec is read for. */
struct pair_use {
	const struct schema *schema;
	const struct filter_program *program; /* NULL: every row */
	struct pair_reader key[PAIR_KEYS_MAX], who;
	struct pair_copy *copy;
	struct pair_var *var;
	unsigned copies, vars;
	uint8_t which; /* its number in the spec */
	bool end;
};

/* All that rows of a schema are, ends first. */
struct pair_side {
	const struct schema *schema;
	const struct pair_use *uses;
	unsigned count;
};

/* A start that waits. */
struct pair_slot {
	uint64_t key[PAIR_KEYS_MAX], ts;
	uint32_t hash, next; /* in its bucket, or of the free ones */
	uint32_t older, newer;
	int32_t tid;  /* whose it is, where the start says */
	uint16_t use; /* which event it was */
	uint16_t cpu;
	uint8_t which;
	uint32_t room; /* bytes at var; kept for the next one */
	uint8_t *var;
};

/* A field of the derived event, and where it is from. */
struct pair_field {
	char *name;		/* here */
	const struct field *of; /* in the first event of its side; another has the same of it */
	bool end;
	uint32_t offset;
};

/* Of what a derived record consists. */
struct pair_layout {
	struct schema *schema; /* of the pair's set, which owns it */
	struct pair_field *fields;
	unsigned count;
	uint32_t fixed; /* bytes before what varies in length */
	uint32_t latency;
	uint32_t which;	      /* a byte: which of several starts it was; 0: there is one */
	uint32_t start, stop; /* what is of the start is within */
};

/* The events of a pair as a machine knows them; parallel to the spec, NULL where it does not. */
struct pair_known {
	const struct schema *start[PAIR_SIDE_MAX], *end[PAIR_SIDE_MAX];
};

struct pair {
	const struct pair_spec *spec;
	struct schema_set *set;
	const struct identity *identity;
	bool swap;
	unsigned key_count;
	uint32_t max;
	struct filter **filters; /* of the starts, then of the ends */
	struct pair_known known;
	struct pair_layout layout;
	struct pair_use *uses;
	unsigned use_count;
	struct pair_side *sides;
	unsigned side_count;
	uint8_t *out, *gathered;
	struct pair_slot *slots;
	uint8_t *images; /* of starts, `image` bytes a slot */
	uint32_t *buckets;
	uint32_t image, slot_cap, free, open, oldest, newest;
	struct pair_stats stats;
};

/* Lets all slots and what they hold go. */
void pair_forget_slots(struct pair *p);

/* Makes the derived event and its schema in set; ids that avoid has are left out. */
int pair_layout_make(const struct pair_spec *spec, const struct pair_known *known,
		     struct schema_set *set, const struct schema_set *avoid,
		     struct pair_layout *ret, struct err *e);
void pair_layout_done(struct pair_layout *l);

/* Appends the print format of a layout. */
void pair_text_format(const struct pair_spec *spec, const struct pair_known *known,
		      const struct pair_layout *l, struct strbuf *out);

/* The first schema of a side; NULL when there is none. */
static inline const struct schema *pair_first(const struct schema *const v[PAIR_SIDE_MAX])
{
	for (unsigned i = 0; i < PAIR_SIDE_MAX; i++)
		if (v[i])
			return v[i];
	return NULL;
}

/* A field that is the event's own, by name. */
const struct field *pair_own_field(const struct schema *s, const char *name);

/* The first of several names that an event has; NULL when none. */
const struct field *pair_named_field(const struct schema *s, const struct pair_names *names);

#endif

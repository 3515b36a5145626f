/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout: how the bytes that a BPF program gives become a record of ftrace.
 *
 * The struct's bytes stand behind the common fields as they are, so most of it is one copy. What no
 * format can say (bit-fields, floating point) is computed and stands before them. A layout holds no
 * pointer into BTF: it is made where hostile objects are read, and used elsewhere.
 */
#ifndef BPF_LAYOUT_H
#define BPF_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/schema.h"

#define LAYOUT_EXTRAS 256

enum layout_kind {
	LAYOUT_BITS,
	LAYOUT_FLOAT, /* in millionths */
	LAYOUT_LOC,   /* the __data_loc word at `at`, of what stands further back by the shift */
	LAYOUT_TAIL,  /* a __data_loc word of the bytes from `at` to the event's end */
	LAYOUT_SIZE,  /* how many bytes the event has */
};

/* A field that is computed: an integer of 8 bytes at `to`, a __data_loc word of 4. */
struct layout_extra {
	uint8_t kind; /* enum layout_kind */
	bool is_signed;
	uint32_t at;   /* in the struct: bits */
	uint32_t bits; /* at most 64 */
	uint32_t to;   /* behind the common fields */
};

/* Where in the struct a value of the row itself is; size 0: nowhere. */
struct layout_part {
	uint32_t at, size;
};

struct layout {
	char *name;	/* of the event: an identifier */
	char *body;	/* the format's text behind "ID:", beginning with "format:" */
	uint32_t size;	/* of the struct; a shorter event is damaged */
	uint32_t shift; /* bytes of what is computed, before the struct's */
	bool is_open;	/* bytes behind the struct are part of it: text, a flexible array */
	struct layout_part time, cpu, tid, pid, comm, uid, cgroup;
	struct layout_extra *extras;
	uint32_t extra_count;
};

void layout_done(struct layout *l);

/* The schema of an id: the format's text with name and id. The caller owns it. */
int layout_schema(const struct layout *l, const char *system, unsigned id, struct schema **ret,
		  struct err *e);

/* Bytes of the record that an event of size bytes becomes. */
static inline uint32_t layout_record(const struct layout *l, uint32_t size)
{
	return 8 + l->shift + (l->is_open || size < l->size ? size : l->size);
}

/* Writes the record of an event: rec has room for layout_record bytes. */
void layout_put(const struct layout *l, unsigned id, const void *event, uint32_t size, void *rec);

/* A number at a part, widened without sign; false when it is nowhere or the event too short. */
bool layout_number(const struct layout_part *p, const void *event, uint32_t size, uint64_t *ret);

#endif

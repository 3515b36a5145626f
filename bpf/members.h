/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * members: a struct as the flat list of what stands in it.
 *
 * A nested member is a_b, one of an anonymous struct just b, elements of an array of structs are
 * a_0_b, a_1_b. The members of a union lie in the same place. What has no form of its own is bytes.
 */
#ifndef BPF_MEMBERS_H
#define BPF_MEMBERS_H

#include <stddef.h>

#include "bpf/types.h"
#include "core/arena.h"
#include "core/err.h"

#define MEMBERS_MAX	 512
#define MEMBER_NAMES_MAX 256 /* of an enumeration */

/* The name of a value. */
struct member_name {
	const char *name; /* an identifier */
	int64_t value;
};

struct member {
	const char *name; /* an identifier that no other one has */
	uint8_t kind;	  /* enum type_kind, of an element; never TYPE_STRUCT or TYPE_ARRAY */
	bool is_signed;
	bool is_array;	  /* with count 0 it goes to the event's end */
	uint8_t bit;	  /* of a bit-field: from bit of the byte at */
	uint8_t bits;	  /* 0: it is none */
	uint32_t at;	  /* in bytes */
	uint32_t size;	  /* of an element */
	uint32_t count;	  /* of elements; 1 when it is no array */
	const char *word; /* a type word, or NULL */
	const struct member_name *names;
	uint32_t name_count;
};

struct members {
	struct arena arena; /* owns all of them and their texts */
	struct member *v;
	size_t count;
	uint32_t size; /* of what they stand in */
};

/*
 * Adds what stands in a type at an offset: the members of a struct, or else one that has the name.
 * limit is the most that the whole may have. -EINVAL with what is wrong.
 */
int members_add(struct members *ms, const struct type_source *src, uint64_t type, const char *name,
		uint32_t at, uint32_t limit, struct err *e);
void members_done(struct members *ms);

/* The member of a name; a.b is a_b. NULL when there is none. */
struct member *members_find(const struct members *ms, const char *name, size_t len);

#endif

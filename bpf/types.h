/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * types: the types of a BPF object, whoever tells of them (BTF or DWARF), with typedefs and
 * qualifiers taken off. All of it is hostile: a source checks what it reads, and answers anything.
 */
#ifndef BPF_TYPES_H
#define BPF_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#define TYPE_MEMBERS_MAX 1024

enum type_kind {
	TYPE_BYTES, /* what no other word says */
	TYPE_INT,
	TYPE_BOOL,
	TYPE_CHAR, /* plain char: in an array it is text */
	TYPE_FLOAT,
	TYPE_ENUM,
	TYPE_POINTER,
	TYPE_STRUCT, /* or union */
	TYPE_ARRAY,
};

struct type {
	uint64_t id; /* behind typedefs and qualifiers */
	uint8_t kind;
	bool is_signed;
	uint32_t size;	  /* in bytes; of an array 0 */
	uint32_t count;	  /* members, enumerators, elements; 0: a flexible array */
	uint64_t element; /* of an array */
	const char *word; /* the outermost typedef that is a type word, or NULL */
};

struct type_member {
	const char *name; /* "" when it has none */
	uint64_t type;
	uint64_t at;   /* in bits */
	uint32_t bits; /* of a bit-field; 0: it is none */
};

/* Borrowed names live as long as the source. All return false for what is not there. */
struct type_source {
	const void *data;
	bool (*type)(const void *data, uint64_t id, struct type *ret);
	bool (*member)(const void *data, uint64_t id, uint32_t i, struct type_member *ret);
	bool (*enumerator)(const void *data, uint64_t id, uint32_t i, const char **name,
			   int64_t *value);
};

/* The type word of that name (ns_t, ip4_t, ...), or NULL when it is none. */
const char *type_word(const char *name);

struct btf;

/* The types that a BTF has; id is a BTF id. */
struct type_source btf_types(const struct btf *btf);

#endif

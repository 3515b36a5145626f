/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema: the type of an event, as the tracefs format text says it.
 *
 * Every event of every source has one: kernel events, BPF structs, rows of a
 * command. A schema never changes once it is in a set; a name or id that comes
 * again with another format is a new generation. Format texts are hostile input.
 *
 * The record a schema describes is the kernel's: common fields first, then fields at
 * offsets, __data_loc for what varies in length. Its bytes may be of another machine:
 * the set says byte order and word size, the readers here obey it.
 */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/strbuf.h"
#include "core/util.h"

struct text;

#define SCHEMA_ID_MAX	  32767 /* KernelShark keeps ids in an int16 */
#define SCHEMA_FIELDS_MAX 1024
#define SCHEMA_FORMAT_MAX (1 << 20)

/* Where the bytes of a field are. */
enum field_place {
	FIELD_FIXED,	/* offset, size */
	FIELD_DATA_LOC, /* u32 at offset: length << 16 | offset in the record */
	FIELD_REL_LOC,	/* the same, counted from behind the u32 */
	FIELD_TAIL,	/* from offset to the end of the record (char buf[], size 0) */
};

/* What they mean. */
enum field_kind {
	FIELD_INT,     /* one number of 1, 2, 4 or 8 bytes; is_signed */
	FIELD_STRING,  /* bytes up to the first NUL or the end */
	FIELD_ARRAY,   /* numbers of elem_size bytes */
	FIELD_BITMASK, /* cpumask: words of long_size bytes */
	FIELD_BYTES,   /* anything else: shown in hex */
};

/* Meanings that the type's name carries, see DESIGN: type words. */
enum field_unit {
	UNIT_NONE,
	UNIT_NS,      /* ns_t */
	UNIT_SIZE,    /* bytes_t */
	UNIT_ERRNO,   /* errno_t */
	UNIT_IP4,     /* ip4_t, network order */
	UNIT_IP6,     /* ip6_t */
	UNIT_FIX6,    /* fix6_t: millionths */
	UNIT_BOOL,    /* bool */
	UNIT_POINTER, /* the type has a '*': hexadecimal, a string in JSON */
	UNIT_KADDR,   /* kaddr_t: an address in the kernel's text */
	UNIT_UADDR    /* uaddr_t: ... in the program's */
};

struct field {
	const char *name;
	const char *type; /* as the format says it, without the name and the [n] */
	uint32_t offset;
	uint32_t size;	    /* bytes at offset; 4 for *_LOC, 0 for FIELD_TAIL */
	uint16_t elem_size; /* of one element, 1 for strings */
	uint8_t place;	    /* enum field_place */
	uint8_t kind;	    /* enum field_kind */
	uint8_t unit;	    /* enum field_unit */
	bool is_signed;
	bool is_common; /* common_type and friends */
	bool is_long;	/* unsigned long and alike: the size follows the machine */
};

/* Byte order and word size of the machine that wrote the records. */
struct machine {
	bool swap;	   /* the other byte order than ours */
	uint8_t long_size; /* 4 or 8 */
	bool foreign;	   /* another kind than ours: numbers of system calls mean others here */
};

/* Whether what we call system calls by their numbers is what they are there. */
static inline bool machine_has_calls(struct machine m)
{
	return !m.swap && !m.foreign;
}

/* What is learned from an event, found by name when it is registered. */
enum schema_role {
	ROLE_NONE,
	ROLE_NEWTASK,  /* task:task_newtask */
	ROLE_FORK,     /* sched:sched_process_fork */
	ROLE_EXEC,     /* sched:sched_process_exec */
	ROLE_EXIT,     /* sched:sched_process_exit */
	ROLE_RENAME,   /* task:task_rename */
	ROLE_SWITCH,   /* sched:sched_switch: names, when nothing better is there */
	ROLE_TASK,     /* tapdeck:task: who lived when a recording began */
	ROLE_ATTACH,   /* cgroup:cgroup_attach_task: a process moves to another control group */
	ROLE_TRANSFER, /* cgroup:cgroup_transfer_tasks: so does one whose group is given up */
	ROLE_OWN,      /* of a BPF program that says whose its event is */
	/* Not the identity table's: */
	ROLE_CALL, /* system calls that open and close: see core/fds.h */
};

/* What a format says, shared by all schemas that were made of the same. */
struct schema_body {
	atomic_uint refs;
	struct arena arena; /* owns what a schema borrows: names, fields, texts */
};

struct schema {
	struct schema_body *body;
	uint16_t id;
	uint8_t role;		    /* enum schema_role */
	uint32_t gen;		    /* the set's generation from which this one holds */
	const struct schema *older; /* the one that had this id before, or NULL */
	struct machine machine;
	const char *system;
	const char *name;
	const char *format;    /* the whole text as it came */
	const char *print_fmt; /* what stands behind "print fmt: ", "" when there is none */
	struct field *fields;  /* common ones first */
	uint16_t count, common_count;
	uint32_t min_size;		     /* a shorter record is damaged */
	const struct field *pid;	     /* common_pid, never NULL in a set */
	const struct field *flags, *preempt; /* common_flags, _preempt_count; NULL: there is none */
	/* How a record is said, and who compiled it: see core/text.h. Made on first use. */
	struct text *text;
	uint32_t index; /* running number in the process, never reused: a key for caches */
};

#define schema_for_each_field(s, f)                                                                \
	for (const struct field *f = (s)->fields; f < (s)->fields + (s)->count; f++)

/*
 * Parses a format text (the contents of events/SYSTEM/EVENT/format) into a new schema.
 * The text need not end with a NUL. Sizes and offsets are checked; the error names the line.
 * The caller frees it with schema_free, or gives it to a set.
 */
int schema_parse(const char *system, const char *text, size_t size, struct machine m,
		 struct schema **ret, struct err *e);

/*
 * Another schema for another set, of the same body: NULL when system, text (without a NUL) or
 * machine are not those of s. 2,300 formats are 10 MB.
 */
struct schema *schema_again(const struct schema *s, const char *system, const char *text,
			    size_t size, struct machine m);

/* Frees a schema and its compiled text. NULL-safe. */
void schema_free(struct schema *s);

/* Finds a field by name, NULL when there is none. Also takes the name without "common_". */
const struct field *schema_field(const struct schema *s, const char *name);

/* ---- reading records: all of them safe on any bytes ---- */

/*
 * Finds the bytes of a field in a record of size bytes; returns their address and sets *len,
 * or NULL when they would lie outside.
 */
const uint8_t *field_bytes(const struct schema *s, const struct field *f, const uint8_t *rec,
			   uint32_t size, uint32_t *len);

/* Reads a number of size bytes at p in the order of m; sign-extended when is_signed. */
uint64_t field_load(struct machine m, const uint8_t *p, unsigned size, bool is_signed);

/* Reads an integer field; 0 and false when the record is too short or it is no integer. */
bool field_int(const struct schema *s, const struct field *f, const uint8_t *rec, uint32_t size,
	       uint64_t *ret);

/* Finds a string field's characters without the NUL; NULL when it is none. Borrowed from rec. */
const char *field_str(const struct schema *s, const struct field *f, const uint8_t *rec,
		      uint32_t size, uint32_t *len);

/* ---- sets: the schemas of one source, by id ---- */

struct schema_set {
	struct machine machine;
	uint32_t gen;	/* grows when an id gets another format */
	uint32_t added; /* how many were, ever: whoever copies them knows when to look again */
	uint32_t type_offset, type_size, flags_offset, preempt_offset, pid_offset;
	struct schema *by_id[SCHEMA_ID_MAX + 1]; /* the newest of each id */
};

/* Makes an empty set; the offsets of the common fields are the kernel's until one is added. */
struct schema_set *schema_set_new(struct machine m);

/* Frees the set and every schema in it. NULL-safe. */
void schema_set_free(struct schema_set *set);

/*
 * Takes the schema over. One with the same id and another text becomes the older generation
 * and set->gen grows; the same text again is freed and the one that is there returned.
 */
struct schema *schema_set_add(struct schema_set *set, struct schema *s);

/* All of the set, and what will be parsed for it, is of another kind of machine. */
void schema_set_foreign(struct schema_set *set);

/* The schema of an id as it was in generation gen, or NULL. */
static inline const struct schema *schema_set_get(const struct schema_set *set, unsigned id,
						  uint32_t gen)
{
	const struct schema *s = id <= SCHEMA_ID_MAX ? set->by_id[id] : NULL;

	while (unlikely(s && s->gen > gen))
		s = s->older;
	return s;
}

/* Finds the newest schema by system (NULL: any) and name. */
const struct schema *schema_set_find(const struct schema_set *set, const char *system,
				     const char *name);

#endif

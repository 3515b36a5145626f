/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_values: what arguments of system calls mean: flags, one of several, signals, modes.
 *
 * The names of values are read from the machine's headers when tapdeck is built
 * (syscall_values.py). Which argument takes which of them no file of a kernel says: that is the one
 * table in syscall_rules.c.
 */
#ifndef CORE_SYSCALL_VALUES_H
#define CORE_SYSCALL_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/schema.h"
#include "core/strbuf.h"

struct value_name {
	const char *name; /* NULL: the end */
	uint32_t value;
};

struct value_table {
	const char *key;
	uint32_t mask; /* bits that hold one value of several; the others are flags */
	const struct value_name *names;
};

/* Made when tapdeck is built; ends with a key of NULL. */
extern const struct value_table value_tables[];

/* Finds a table by its key, or NULL. */
const struct value_table *value_table_find(const char *key);

/* Appends O_RDWR|O_CLOEXEC; bits without a name as one hexadecimal number. */
void value_table_text(const struct value_table *t, uint64_t v, struct strbuf *out);

/* How an argument or a result is said. */
enum value_how {
	VALUE_HEX,	 /* an address, NULL for 0 */
	VALUE_BITS,	 /* hexadecimal, 0 for 0 */
	VALUE_DECIMAL,	 /* signed or not */
	VALUE_OCTAL,	 /* a mode */
	VALUE_FD,	 /* a descriptor, or AT_FDCWD */
	VALUE_SIGNAL,	 /* SIGTERM */
	VALUE_CLONE,	 /* flags and a signal */
	VALUE_NAMED,	 /* by its table */
	VALUE_OPEN_MODE, /* a mode that means something only where a file is made */
};

struct call_arg {
	const char *name; /* borrowed from the schema */
	const char *type; /* in C, borrowed as well; NULL: not known */
	uint8_t how;	  /* enum value_how */
	uint8_t size;	  /* bytes of its type in C */
	bool is_signed;
	const struct value_table *table; /* of VALUE_NAMED and VALUE_CLONE */
};

/* Fills in how an argument of a call is said; its name and type in C are set. */
void syscall_rule(const char *call, uint8_t long_size, struct call_arg *a);

/* How the result of a call is said: VALUE_FD, VALUE_HEX or VALUE_DECIMAL. */
enum value_how syscall_result_rule(const char *call);

/* Whether the result of a call is how many bytes went through its descriptor. */
bool syscall_moves_bytes(const char *call);

/* Brings a word to what an argument of its type can hold. */
uint64_t call_arg_cut(const struct call_arg *a, uint64_t raw);

/* Appends a value without looking at anything else: a descriptor as its number. */
void call_arg_text(const struct call_arg *a, uint64_t raw, struct strbuf *out);

/* True when opening with these flags makes a file: then it has a mode. */
bool syscall_makes_file(uint64_t flags);

/* Calls fn for the key of every table that a rule names. */
void syscall_rule_tables(void (*fn)(const char *key, void *data), void *data);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_names: the words that an event's own print format has for the values of a field.
 */
#ifndef CORE_TEXT_NAMES_H
#define CORE_TEXT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/schema.h"

struct text_name {
	const char *s; /* not closed by a NUL; borrowed for the call */
	uint32_t len;
	uint64_t value; /* as the field has it, extended by its sign */
	uint64_t mask;	/* the bits it is about; UINT64_MAX: all of them */
	bool is_flag;	/* values can be joined */
};

typedef void (*text_name_fn)(const struct text_name *n, void *data);

/*
 * Calls fn for every name of a field in the tables of __print_flags and __print_symbolic, in their
 * order. None where the print format cannot be compiled.
 */
void text_each_name(const struct schema *s, const struct field *f, text_name_fn fn, void *data);

#endif

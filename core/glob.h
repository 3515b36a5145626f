/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * glob: patterns with * ? [..] as the kernel's own filters know them.
 *
 * A pattern is looked at once and sorted by its shape, so that the usual ones (a word,
 * word*, *word, *word*) cost one comparison. The general matcher never takes
 * more than length times length steps, whatever the pattern is.
 */
#ifndef CORE_GLOB_H
#define CORE_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

enum glob_shape {
	GLOB_EQUAL,   /* text */
	GLOB_PREFIX,  /* text*, and * with an empty text */
	GLOB_SUFFIX,  /* *text */
	GLOB_INFIX,   /* *text* */
	GLOB_GENERAL, /* anything else: text is the pattern itself */
};

struct glob {
	const char *text; /* with the pattern's escapes undone, except for GLOB_GENERAL */
	uint32_t len;
	uint8_t shape; /* enum glob_shape */
};

/* A glob that matches exactly these bytes, which are borrowed. */
struct glob glob_literal(const char *text, size_t len);

/*
 * Compiles a pattern of len bytes; what it needs lives in the arena. * is any run of bytes, ?
 * any byte, [a-z] and [!a-z] one of a set, \ takes away the meaning of what follows. A '['
 * that is not closed stands for itself. Every text is a pattern.
 */
struct glob glob_compile(struct arena *a, const char *pattern, size_t len);

/* True when all len bytes at s match. */
bool glob_match(const struct glob *g, const char *s, size_t len);

#endif

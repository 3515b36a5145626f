/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena: many small things that live and die together.
 *
 * What comes from an arena is freed with it, never alone. Schemas and compiled
 * programs live in one. Also here: the allocators that do not come back without
 * memory, for what is too small to be handled.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;		    /* bytes handed out */
};

/* Returns size zeroed bytes aligned for any type. Aborts without memory. */
void *arena_alloc(struct arena *a, size_t size);

/* Copies up to n bytes of a string and closes them with a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);

/* Frees everything; the arena is empty and usable. NULL-safe. */
void arena_done(struct arena *a);

/*
 * The allocators that abort without memory. Before that they call what
 * xalloc_on_failure named (the terminal's restorer).
 */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
void xalloc_on_failure(void (*fn)(void));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena: blocks that grow in size, handed out from the end of the newest.
 */
#include "core/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	max_align_t bytes[];
};

static void (*on_failure)(void); /* set once, before anything can fail */

void xalloc_on_failure(void (*fn)(void))
{
	on_failure = fn;
}

static void *or_die(void *p)
{
	if (likely(p))
		return p;
	if (on_failure)
		on_failure();
	abort();
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t n, size_t size)
{
	return or_die(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = xcalloc(len + 1, 1);

	return memcpy(p, s, len);
}

static struct arena_block *add_block(struct arena *a, size_t size)
{
	size_t want = a->blocks ? a->blocks->size * 2 : 1024;
	struct arena_block *b;

	if (want > 65536)
		want = 65536;
	if (want < size)
		want = size;
	b = or_die(calloc(1, sizeof(*b) + want));
	b->size = want;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	void *p;

	if (unlikely(size > SIZE_MAX / 2))
		or_die(NULL);
	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!b || b->size - b->used < size)
		b = add_block(a, size);
	p = (char *)b->bytes + b->used;
	b->used += size;
	a->used += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = arena_alloc(a, len + 1);

	memcpy(p, s, len);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

void arena_done(struct arena *a)
{
	struct arena_block *next;

	if (!a)
		return;
	for (struct arena_block *b = a->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena) { 0 };
}

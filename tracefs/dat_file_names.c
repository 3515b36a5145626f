/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_names: the names of threads in a trace.dat that grows.
 *
 * One line a tid; a new name takes the place of the old one. In a file of version 6 each line has a
 * slot of 32 bytes, filled up with newlines, so that a name can be replaced by one small write that
 * is never half done.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "tracefs/dat_file_private.h"

static size_t hash_place(const struct dat_names *n, int32_t tid)
{
	size_t at = (uint32_t)tid * 2654435761u & (n->hash_size - 1);

	while (n->hash[at] && n->list[n->hash[at] - 1].tid != tid)
		at = (at + 1) & (n->hash_size - 1);
	return at;
}

static void grow(struct dat_names *n)
{
	n->cap = n->cap ? n->cap * 2 : 1024;
	n->list = xrealloc(n->list, n->cap, sizeof(*n->list));
	n->hash_size = n->cap * 2;
	free(n->hash);
	n->hash = xcalloc(n->hash_size, sizeof(*n->hash));
	for (size_t i = 0; i < n->count; i++)
		n->hash[hash_place(n, n->list[i].tid)] = (uint32_t)i + 1;
}

/* A newline would begin another line; other control characters help nobody. */
static void copy_comm(char *to, size_t cap, const char *comm, size_t size)
{
	size_t n = 0;

	for (; n < cap - 1 && n < size && comm[n]; n++)
		to[n] = (unsigned char)comm[n] < ' ' ? '?' : comm[n];
	to[n] = '\0';
}

static void set_name(struct dat_names *n, int32_t tid, const char *comm, size_t size)
{
	struct dat_name name = { .tid = tid, .dirty = true };
	struct dat_name *old;
	size_t at;

	if (n->count == n->cap)
		grow(n);
	copy_comm(name.comm, sizeof(name.comm), comm, size);
	if (tid < 0 || !*name.comm)
		return;
	at = hash_place(n, tid);
	if (!n->hash[at]) {
		n->list[n->count++] = name;
		n->hash[at] = (uint32_t)n->count;
		n->dirty++;
		return;
	}
	old = &n->list[n->hash[at] - 1];
	if (!strcmp(old->comm, name.comm))
		return;
	n->dirty += !old->dirty;
	*old = name;
}

void dat_names_set(struct dat_names *n, int32_t tid, const char *comm)
{
	set_name(n, tid, comm, strlen(comm));
}

void dat_names_parse(struct dat_names *n, const char *text, size_t size)
{
	const char *p = text, *end = text + size;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;
		long v = 0;
		const char *s = p;

		while (s < stop && *s >= '0' && *s <= '9' && v <= INT32_MAX)
			v = v * 10 + *s++ - '0';
		if (s > p && s < stop && *s == ' ' && v <= INT32_MAX)
			set_name(n, (int32_t)v, s + 1, (size_t)(stop - s) - 1);
		p = stop + 1;
	}
}

void dat_names_done(struct dat_names *n)
{
	free(n->list);
	free(n->hash);
	*n = (struct dat_names) { 0 };
}

void dat_names_lines(const struct dat_names *n, struct strbuf *out)
{
	for (size_t i = 0; i < n->count; i++)
		strbuf_fmt(out, "%d %s\n", n->list[i].tid, n->list[i].comm);
}

void dat_names_slots(const struct dat_names *n, size_t first, size_t count, struct strbuf *out)
{
	for (size_t i = first; i < first + count; i++) {
		char *slot = strbuf_room(out, COMM_SLOT);
		int len = snprintf(slot, COMM_SLOT, "%d %s", n->list[i].tid, n->list[i].comm);

		len = MIN(len, COMM_SLOT - 1);
		memset(slot + len, '\n', COMM_SLOT - (size_t)len);
		out->len += COMM_SLOT;
	}
}

int dat_names_write(struct dat_file *f, struct err *e)
{
	struct dat_names *n = &f->names;

	if (n->count > f->names_cap)
		return -E2BIG;
	for (size_t i = 0; n->dirty && i < n->count; i++) {
		size_t first = i;
		int r;

		while (i < n->count && n->list[i].dirty)
			i++;
		if (i == first)
			continue;
		strbuf_clear(&f->scratch);
		dat_names_slots(n, first, i - first, &f->scratch);
		r = dat_file_write(f, f->scratch.s, f->scratch.len, f->names_at + first * COMM_SLOT,
				   e);
		if (r < 0)
			return r;
		for (size_t k = first; k < i; k++)
			n->list[k].dirty = false;
		n->dirty -= i - first;
	}
	return 0;
}

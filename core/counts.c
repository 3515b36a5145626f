/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts: see counts.h.
 */
#include "core/counts.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

struct counts *counts_new(const struct schema *schema, uint32_t size)
{
	struct counts *t = xcalloc(1, sizeof(*t));

	t->schema = schema;
	t->size = size;
	t->stride = (size + 7) & ~7u;
	return t;
}

void counts_free(struct counts *t)
{
	if (!t)
		return;
	free(t->records);
	free(t->reason);
	free(t);
}

uint8_t *counts_add(struct counts *t)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->records = xrealloc(t->records, t->cap, t->stride);
	}
	memset(t->records + t->count * t->stride, 0, t->stride);
	return t->records + t->count++ * t->stride;
}

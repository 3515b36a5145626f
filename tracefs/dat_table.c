/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_table: where each CPU's pages are.
 *
 * What lies outside the file is cut to what is there and named. All extents together are at most
 * the file: a small hostile file cannot ask for endless work.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "tracefs/dat_private.h"

struct dat_table *dat_add_table(struct dat *d, const char *name)
{
	struct dat_table *t = &d->tables[d->buffers];

	if (d->buffers == DAT_BUFFERS_MAX) {
		dat_damage(d, "offset %llu: more than %d buffers", (unsigned long long)dat_where(d),
			   DAT_BUFFERS_MAX);
		return NULL;
	}
	t->pub.name = xstrdup(name);
	t->pub.page_size = d->page_size;
	d->buffers++;
	return t;
}

void dat_size_table(struct dat_table *t, unsigned cpus)
{
	t->cpus = xcalloc(cpus ? cpus : 1, sizeof(*t->cpus));
	t->pub.cpus = cpus;
}

void dat_check_extent(struct dat *d, const struct dat_table *t, unsigned cpu)
{
	const char *name = *t->pub.name ? t->pub.name : "the top buffer";
	struct dat_extent *x = &t->cpus[cpu];
	uint64_t there = x->offset < d->size ? d->size - x->offset : 0;

	if (x->size > there) {
		dat_damage(d,
			   "CPU %u of %s has %llu bytes at offset %llu, but the file ends at %llu",
			   cpu, name, (unsigned long long)x->size, (unsigned long long)x->offset,
			   (unsigned long long)d->size);
		x->size = there;
	}
	if (x->size > d->size - d->claimed) {
		dat_damage(d, "offset %llu: CPU %u of %s has pages of another",
			   (unsigned long long)x->offset, cpu, name);
		x->size = 0;
	}
	d->claimed += x->size;
}

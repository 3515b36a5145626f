/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_read: trace.dat files, opened and asked.
 *
 * Owns the struct dat: the map, the schemas, the tables. The steps that move through the head
 * are here too; they never leave the file and never allocate by what it says.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/identity.h"
#include "tracefs/dat_private.h"

const uint8_t *dat_take(struct dat *d, uint64_t n)
{
	const uint8_t *p = d->map + d->pos;

	if (n > d->size - d->pos)
		return NULL;
	d->pos += n;
	return p;
}

uint64_t dat_number(const struct dat *d, const uint8_t *p, unsigned size)
{
	return field_load(d->machine, p, size, false);
}

int dat_take_number(struct dat *d, unsigned size, uint64_t *ret)
{
	const uint8_t *p = dat_take(d, size);

	if (!p)
		return -EBADMSG;
	*ret = dat_number(d, p, size);
	return 0;
}

const char *dat_take_string(struct dat *d, size_t max)
{
	const char *s = (const char *)d->map + d->pos;
	const char *nul = memchr(s, '\0', MIN(max, d->size - d->pos));

	if (!nul)
		return NULL;
	d->pos += (uint64_t)(nul - s) + 1;
	return s;
}

int dat_bad(const struct dat *d, struct err *e, const char *what)
{
	return err_set(e, -EBADMSG, "%s: damaged at offset %llu of %llu: %s cannot be read",
		       d->path, (unsigned long long)d->pos, (unsigned long long)d->size, what);
}

void dat_damage(struct dat *d, const char *fmt, ...)
{
	va_list ap;

	if (d->damages++)
		return;
	va_start(ap, fmt);
	vsnprintf(d->damage, sizeof(d->damage), fmt, ap);
	va_end(ap);
}

int dat_open(const char *path, struct dat **ret, struct err *e)
{
	struct dat *d = xcalloc(1, sizeof(*d));
	int r;

	d->fd = -1;
	r = dat_map(d, path, e);
	if (!r)
		r = dat_read_head(d, e);
	if (!r)
		r = dat_read_tables(d, e);
	if (r < 0) {
		dat_close(d);
		return r;
	}
	*ret = d;
	return 0;
}

void dat_close(struct dat *d)
{
	if (!d)
		return;
	for (unsigned i = 0; i < d->buffers; i++) {
		free(d->tables[i].pub.name);
		free(d->tables[i].pub.clock);
		free(d->tables[i].cpus);
	}
	schema_set_free(d->schemas);
	dat_unmap(d);
	free(d);
}

void dat_info(const struct dat *d, struct dat_info *ret)
{
	*ret = (struct dat_info) {
		.version = d->version,
		.machine = d->machine,
		.size = d->size,
		.buffers = d->buffers,
		.date_offset = d->date_offset,
		.uname = d->uname,
		.damage = d->damages ? d->damage : NULL,
		.damages = d->damages,
	};
}

const struct dat_buffer *dat_buffer(const struct dat *d, unsigned index)
{
	return index < d->buffers ? &d->tables[index].pub : NULL;
}

struct schema_set *dat_schemas(struct dat *d)
{
	return d->schemas;
}

const char *dat_kallsyms(const struct dat *d, size_t *size)
{
	*size = d->kallsyms.size;
	return d->kallsyms.s;
}

const char *dat_printk(const struct dat *d, size_t *size)
{
	*size = d->printk.size;
	return d->printk.s;
}

/* One line "TID NAME"; false for what is none (recorders pad with empty lines). */
static bool parse_cmdline(const char *line, size_t n, int32_t *tid, char *comm)
{
	char copy[64], *end;
	long v;

	if (!n)
		return false;
	n = MIN(n, sizeof(copy) - 1);
	memcpy(copy, line, n);
	copy[n] = '\0';
	v = strtol(copy, &end, 10);
	if (end == copy || *end != ' ' || v < 0 || v > INT32_MAX || !end[1])
		return false;
	*tid = (int32_t)v;
	snprintf(comm, COMM_LEN, "%s", end + 1);
	return true;
}

void dat_cmdlines(const struct dat *d, void (*fn)(int32_t tid, const char *comm, void *data),
		  void *data)
{
	const char *p = d->cmdlines.s, *end = p + d->cmdlines.size;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);
		char comm[COMM_LEN];
		int32_t tid;

		if (parse_cmdline(p, n, &tid, comm))
			fn(tid, comm, data);
		p += n + 1;
	}
}

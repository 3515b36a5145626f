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
#include <sys/utsname.h>

#include "core/arena.h"
#include "core/identity.h"
#include "tracefs/dat_private.h"

const uint8_t *dat_take(struct dat *d, uint64_t n)
{
	const uint8_t *p = d->in.bytes + d->in.pos;

	if (n > d->in.size - d->in.pos)
		return NULL;
	d->in.pos += n;
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
	const char *s = (const char *)d->in.bytes + d->in.pos;
	const char *nul = memchr(s, '\0', MIN(max, d->in.size - d->in.pos));

	if (!nul)
		return NULL;
	d->in.pos += (uint64_t)(nul - s) + 1;
	return s;
}

uint64_t dat_where(const struct dat *d)
{
	return d->in.base + (d->in.inflated ? 0 : d->in.pos);
}

int dat_bad(const struct dat *d, struct err *e, const char *what)
{
	return err_set(e, -EBADMSG, "%s: damaged at offset %llu of %llu: %s cannot be read",
		       d->path, (unsigned long long)dat_where(d), (unsigned long long)d->size,
		       what);
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

static int read_all(struct dat *d, struct err *e)
{
	int r = dat_read_initial(d, e);

	if (r < 0)
		return r;
	d->tables[0].pub.name = xstrdup("");
	d->tables[0].pub.page_size = d->page_size;
	d->buffers = 1;
	r = d->version == 6 ? dat_read_v6(d, e) : dat_read_v7(d, e);
	for (unsigned i = 0; i < d->buffers; i++)
		if (!d->tables[i].pub.clock)
			d->tables[i].pub.clock = xstrdup(d->option_clock);
	dat_time_make(d);
	return r;
}

/* Whether the file says that it was made on another kind of machine: the last of four words. */
static bool is_foreign(const struct dat *d)
{
	const char *word = d->uname;
	struct utsname here;
	unsigned words = 1;

	for (const char *p = word; *p; p++) {
		if (*p != ' ')
			continue;
		word = p + 1;
		words++;
	}
	return words >= 4 && uname(&here) >= 0 && strcmp(word, here.machine) != 0;
}

int dat_open(const char *path, struct dat **ret, struct err *e)
{
	return dat_open_like(path, NULL, ret, e);
}

int dat_open_like(const char *path, const struct dat *like, struct dat **ret, struct err *e)
{
	struct dat *d = xcalloc(1, sizeof(*d));
	int r;

	d->fd = -1;
	d->like = like ? like->schemas : NULL;
	r = dat_map(d, path, e);
	if (!r) {
		d->in = (struct dat_window) { .bytes = d->map, .size = d->size };
		r = read_all(d, e);
	}
	d->like = NULL;
	if (r < 0) {
		dat_close(d);
		return r;
	}
	if (is_foreign(d))
		schema_set_foreign(d->schemas);
	*ret = d;
	return 0;
}

static void free_table(struct dat_table *t)
{
	for (unsigned cpu = 0; cpu < t->pub.cpus; cpu++)
		dat_chunks_free(t->cpus[cpu].chunks);
	free(t->pub.name);
	free(t->pub.clock);
	free(t->cpus);
}

void dat_close(struct dat *d)
{
	if (!d)
		return;
	dat_cache_free(d);
	for (unsigned i = 0; i < d->buffers; i++)
		free_table(&d->tables[i]);
	for (unsigned i = 0; i < DAT_OPTIONS; i++)
		free(d->kept[i]);
	dat_time_free(d);
	strbuf_done(&d->kept_options);
	schema_set_free(d->schemas);
	dat_unmap(d);
	free(d);
}

void dat_info(const struct dat *d, struct dat_info *ret)
{
	static const char *const codecs[] = { "none", "zlib", "zstd" };

	*ret = (struct dat_info) {
		.version = d->version,
		.machine = d->machine,
		.size = d->size,
		.buffers = d->buffers,
		.date_offset = d->date_offset,
		.uname = d->uname,
		.compression = codecs[d->codec],
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

bool dat_is_latency(const struct dat *d)
{
	return d->has_latency;
}

const char *dat_latency(const struct dat *d, size_t *size)
{
	*size = d->latency.size;
	return d->latency.s;
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
	const char *p = d->cmdlines.s, *end = p ? p + d->cmdlines.size : NULL;

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

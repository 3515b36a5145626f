/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file: a trace.dat from its first byte to its clean end.
 *
 * Owns the struct and says in which order things reach the disk: pages, then their headers, then
 * what counts them. It must never make something count that is not there.
 */
#include "tracefs/dat_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "tracefs/dat_file_private.h"

static int check_conf(const struct dat_file *f, struct err *e)
{
	const struct dat_meta *m = f->meta;
	struct stat st;

	if (m->page_size < DAT_PAGE_MIN || m->page_size > 1 << 20 ||
	    (m->page_size & (m->page_size - 1)))
		return err_set(e, -EINVAL, "%s: pages of %u bytes cannot be written: %d to %d",
			       f->path, m->page_size, DAT_PAGE_MIN, 1 << 20);
	if (!m->cpus || m->cpus > DAT_CPUS_MAX)
		return err_set(e, -EINVAL, "%s: %u CPUs cannot be written", f->path, m->cpus);
	if (fstat(f->fd, &st) < 0)
		return err_errno(e, "%s", f->path);
	if (!S_ISREG(st.st_mode) || st.st_size)
		return err_set(e, -EINVAL, "%s: not an empty plain file", f->path);
	return 0;
}

static void add_buffer(struct dat_file *f, const char *name)
{
	f->buffers[f->count++] = (struct dat_out_buffer) {
		.name = xstrdup(name),
		.tracks = xcalloc(f->cpus, sizeof(struct dat_track)),
	};
}

static int find_buffer(const struct dat_file *f, const char *name)
{
	for (unsigned i = 0; i < f->count; i++)
		if (!strcmp(f->buffers[i].name, name))
			return (int)i;
	return -1;
}

static int too_many_buffers(const struct dat_file *f, const char *name, struct err *e)
{
	if (f->count == DAT_BUFFERS_MAX)
		return err_set(e, -E2BIG, "%s: more than %d buffers", f->path, DAT_BUFFERS_MAX);
	if (strlen(name) > 255)
		return err_set(e, -EINVAL, "%s: the name of a buffer is too long", f->path);
	return 0;
}

static int declare_buffers(struct dat_file *f, const char *const *names, struct err *e)
{
	add_buffer(f, "");
	for (; names && *names; names++) {
		int r = too_many_buffers(f, *names, e);

		if (r < 0)
			return r;
		if (find_buffer(f, *names) < 0)
			add_buffer(f, *names);
	}
	return 0;
}

/* Version 6: the whole head with its slack at once. */
static int begin_v6(struct dat_file *f, struct err *e)
{
	struct dat_image im = { .slack = true };
	int r;

	dat_image_v6(f, &im);
	r = dat_file_layout(f, im.bytes.len, e);
	if (!r)
		r = dat_file_room(f, im.bytes.len, e);
	if (!r)
		r = dat_file_allocate(f, 0, im.bytes.len, e);
	if (!r)
		r = dat_file_write(f, im.bytes.s, im.bytes.len, 0, e);
	strbuf_done(&im.bytes);
	if (r < 0)
		return r;
	f->on_disk = 6;
	f->names.dirty = 0;
	for (size_t i = 0; i < f->names.count; i++)
		f->names.list[i].dirty = false;
	return 0;
}

static int begin_v7(struct dat_file *f, struct err *e)
{
	int r = dat_file_layout(f, BEGIN_SIZE, e);

	if (!r)
		r = dat_file_room(f, 0, e);
	if (r < 0)
		return r;
	dat_sections_switch(f);
	return dat_sections_commit(f, e);
}

/* A file that need not survive gets its head at the end, when everything is known. */
static int begin(struct dat_file *f, struct err *e)
{
	int r = check_conf(f, e);

	if (!r)
		r = dat_ids_load(f, e);
	if (r < 0)
		return r;
	dat_names_parse(&f->names, strbuf_cstr(&f->meta->cmdlines), f->meta->cmdlines.len);
	if (f->whole) {
		r = dat_file_layout(f, BEGIN_SIZE, e);
		return r < 0 ? r : dat_file_room(f, 0, e);
	}
	return f->version == 6 ? begin_v6(f, e) : begin_v7(f, e);
}

static void file_free(struct dat_file *f)
{
	for (unsigned i = 0; i < f->count; i++) {
		for (unsigned cpu = 0; cpu < f->cpus; cpu++)
			dat_zip_free(f->buffers[i].tracks[cpu].z);
		free(f->buffers[i].tracks);
		free(f->buffers[i].name);
	}
	for (unsigned cpu = 0; cpu < f->cpus; cpu++)
		free(f->stats[cpu]);
	free(f->stats);
	free(f->buffers);
	free(f->path);
	dat_names_done(&f->names);
	dat_ids_done(&f->ids);
	dat_file_deflate_done(f);
	strbuf_done(&f->scratch);
	dat_meta_free(f->meta);
	close(f->fd);
	free(f);
}

int dat_file_new(const struct dat_file_conf *c, struct dat_file **ret, struct err *e)
{
	struct dat_file *f = xcalloc(1, sizeof(*f));
	int r;

	f->path = xstrdup(c->path);
	f->fd = c->fd;
	f->meta = c->meta;
	f->m = c->meta->machine;
	f->page_size = c->meta->page_size;
	f->header = 8u + f->m.long_size;
	f->room = f->page_size - f->header;
	f->compress = c->compress;
	f->whole = c->whole;
	f->version = c->compress || c->version == 7 ? 7 : 6;
	f->cpus = MIN(c->meta->cpus, DAT_CPUS_MAX + 1u);
	f->stats = xcalloc(f->cpus + 1, sizeof(*f->stats));
	f->buffers = xcalloc(DAT_BUFFERS_MAX, sizeof(*f->buffers));
	if (!f->meta->clock)
		f->meta->clock = xstrdup("mono");
	r = declare_buffers(f, c->buffers, e);
	if (!r)
		r = begin(f, e);
	if (r < 0) {
		file_free(f);
		return r;
	}
	*ret = f;
	return 0;
}

int dat_file_buffer(struct dat_file *f, const char *name, struct err *e)
{
	int i = find_buffer(f, name), r;

	if (i >= 0)
		return i;
	r = too_many_buffers(f, name, e);
	if (r < 0)
		return r;
	add_buffer(f, name);
	r = dat_file_more_regions(f, &f->buffers[f->count - 1], e);
	if (r < 0) {
		f->count--;
		free(f->buffers[f->count].tracks);
		free(f->buffers[f->count].name);
		return r;
	}
	if (f->version == 6 && !f->whole)
		dat_sections_switch(f);
	f->options.dirty = true;
	return (int)f->count - 1;
}

void dat_file_comm(struct dat_file *f, int32_t tid, const char *comm)
{
	dat_names_set(&f->names, tid, comm);
}

static int commit_v6(struct dat_file *f, struct err *e)
{
	int r = dat_names_write(f, e);

	if (r < 0 && r != -E2BIG)
		return r;
	if (r == -E2BIG)
		dat_sections_switch(f);
	r = dat_file_write_tables(f, e);
	return r < 0 || f->version == 6 ? r : dat_sections_commit(f, e);
}

static int each_chunk(struct dat_file *f, bool *grew, struct err *e)
{
	for (unsigned b = 0; b < f->count; b++) {
		for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
			struct dat_track *t = &f->buffers[b].tracks[cpu];
			int r = grew ? dat_zip_write(f, t, grew, e) : dat_zip_count(f, t, e);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* The chunks, then the extents they are in, then what makes the chunks count. */
static int commit_chunks(struct dat_file *f, struct err *e)
{
	bool grew = false;
	int r = each_chunk(f, &grew, e);

	f->options.dirty |= grew;
	if (!r)
		r = dat_sections_commit(f, e);
	return r < 0 ? r : each_chunk(f, NULL, e);
}

int dat_file_commit(struct dat_file *f, struct err *e)
{
	int r;

	f->budget = 0;
	if (f->whole)
		return f->compress ? 0 : dat_file_write_headers(f, e);
	if (f->compress)
		return commit_chunks(f, e);
	r = dat_file_write_headers(f, e);
	if (!r && f->version == 6)
		return commit_v6(f, e);
	/* Should the disk have no room for version 7, the pages count at least. */
	if (!r && f->on_disk == 6)
		r = dat_file_write_tables(f, e);
	return r < 0 ? r : dat_sections_commit(f, e);
}

uint64_t dat_file_bytes(const struct dat_file *f)
{
	return f->head + (f->spare_at - round_up(f->head, DISK_BLOCK)) + f->bytes;
}

int dat_file_version(const struct dat_file *f)
{
	return f->version;
}

void dat_file_stat(struct dat_file *f, unsigned cpu, const char *text)
{
	if (cpu >= f->cpus)
		return;
	free(f->stats[cpu]);
	f->stats[cpu] = xstrdup(text);
}

int dat_file_finish(struct dat_file *f, uint64_t *ret_size, struct err *e)
{
	int r;

	if (!f)
		return 0;
	r = dat_file_commit(f, e);
	if (!r)
		r = dat_file_pack(f, ret_size, e);
	file_free(f);
	return r;
}

void dat_file_abandon(struct dat_file *f)
{
	if (f)
		file_free(f);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_pages: pages into their regions, and the tables of version 6 that make them count.
 *
 * A new page is written with its header: nothing says yet that it is there. A page that counts
 * already gets its records first and its header with the next commit. The number of lost events
 * stands behind a page's records, where the next ones will go: so the header says "some" before
 * these are written.
 */
#include <errno.h>
#include <sys/uio.h>

#include "core/store.h"
#include "tracefs/dat_file_private.h"

bool dat_file_can_store(const struct dat_file *f, const struct dat_track *t)
{
	return t->lost && t->lost != LOST_UNKNOWN && t->used + f->m.long_size <= f->room &&
	       (f->m.long_size == 8 || t->lost <= UINT32_MAX);
}

void dat_file_page_header(const struct dat_file *f, const struct dat_track *t, bool stored, char *p)
{
	uint32_t word = t->used;

	if (t->lost)
		word |= PAGE_MISSED | (stored ? PAGE_MISSED_STORED : 0);
	dat_put_at(p, f->m, t->ts, 8);
	dat_put_at(p + 8, f->m, word, f->m.long_size);
}

static uint64_t page_at(const struct dat_file *f, const struct dat_track *t)
{
	return t->offset + (t->pages - 1) * f->page_size;
}

static int write_header(struct dat_file *f, struct dat_track *t, struct err *e)
{
	bool store = dat_file_can_store(f, t);
	char bytes[16];
	int r;

	if (store) {
		dat_put_at(bytes, f->m, t->lost, f->m.long_size);
		r = dat_file_write(f, bytes, f->m.long_size, page_at(f, t) + f->header + t->used,
				   e);
		if (r < 0)
			return r;
	}
	dat_file_page_header(f, t, store, bytes);
	r = dat_file_write(f, bytes, f->header, page_at(f, t), e);
	if (r < 0)
		return r;
	t->stale = false;
	t->stored = store;
	return 0;
}

/*
 * Header and records in one write; where that is cut short, in two. A page that is nearly full is
 * filled up: a whole one costs the kernel a third less.
 */
static int write_page(struct dat_file *f, struct dat_track *t, const struct dat_part *p,
		      struct err *e)
{
	static const char zeros[DISK_BLOCK];
	uint64_t at = page_at(f, t);
	uint32_t rest = f->room - p->size;
	char bytes[16];
	struct iovec iov[3] = { { bytes, f->header },
				{ (void *)p->bytes, p->size },
				{ (void *)zeros, rest } };
	ssize_t n;
	int r;

	dat_file_page_header(f, t, false, bytes);
	n = pwritev(f->fd, iov, rest <= sizeof(zeros) ? 3 : 2, (off_t)at);
	if (n >= (ssize_t)(f->header + p->size))
		return 0;
	r = dat_file_write(f, bytes, f->header, at, e);
	return r < 0 ? r : dat_file_write(f, p->bytes, p->size, at + f->header, e);
}

/* The next page of a track. Nothing of it is kept where it cannot be written. */
static int begin_page(struct dat_file *f, struct dat_track *t, const struct dat_part *p,
		      struct err *e)
{
	struct dat_track before = *t;
	int r;

	if (t->stale) {
		r = write_header(f, t, e);
		if (r < 0)
			return r;
		before = *t;
	}
	if ((t->pages + 1) * f->page_size > f->region)
		return err_set(
		    e, -EFBIG, "%s: CPU %u of \"%s\" has filled its %llu MiB of the file", f->path,
		    p->cpu, f->buffers[p->buffer].name, (unsigned long long)f->region >> 20);
	t->pages++;
	t->ts = p->ts;
	t->lost = p->lost;
	t->used = p->size;
	t->stored = false;
	t->begun = true;
	r = write_page(f, t, p, e);
	if (r < 0) {
		*t = before;
		return r;
	}
	t->stale = dat_file_can_store(f, t);
	f->bytes += f->page_size;
	return 0;
}

static int grow_page(struct dat_file *f, struct dat_track *t, const struct dat_part *p,
		     struct err *e)
{
	char bytes[16];
	int r;

	if (t->stored) {
		dat_file_page_header(f, t, false, bytes);
		r = dat_file_write(f, bytes, f->header, page_at(f, t), e);
		if (r < 0)
			return r;
		t->stored = false;
		t->stale = true;
	}
	r = dat_file_write(f, p->bytes, p->size, page_at(f, t) + f->header + p->from, e);
	if (r < 0)
		return r;
	t->used = p->from + p->size;
	t->stale = true;
	return 0;
}

static int check_part(const struct dat_file *f, const struct dat_part *p, struct err *e)
{
	const struct dat_track *t;

	if (p->buffer >= f->count)
		return err_set(e, -EINVAL, "%s: there is no buffer %u", f->path, p->buffer);
	if (p->cpu >= f->cpus)
		return err_set(e, -ERANGE, "%s: CPU %u is not among the %u of this file", f->path,
			       p->cpu, f->cpus);
	if (p->size > f->room || p->from > f->room - p->size)
		return err_set(e, -EINVAL, "%s: %u bytes at %u do not fit a page of %u", f->path,
			       p->size, p->from, f->page_size);
	t = &f->buffers[p->buffer].tracks[p->cpu];
	if (p->from && (!t->begun || p->from != t->used))
		return err_set(e, -EINVAL, "%s: a page of CPU %u goes on at %u, not at %u", f->path,
			       p->cpu, t->used, p->from);
	return 0;
}

int dat_file_put(struct dat_file *f, const struct dat_part *p, struct err *e)
{
	struct dat_track *t;
	int r = check_part(f, p, e);

	if (r < 0)
		return r;
	r = dat_file_room(f, p->size + f->header, e);
	if (r < 0)
		return r;
	t = &f->buffers[p->buffer].tracks[p->cpu];
	if (f->compress)
		return dat_zip_put(f, t, p, e);
	return p->from ? grow_page(f, t, p, e) : begin_page(f, t, p, e);
}

int dat_file_write_headers(struct dat_file *f, struct err *e)
{
	for (unsigned b = 0; b < f->count; b++) {
		for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
			struct dat_track *t = &f->buffers[b].tracks[cpu];
			int r = t->stale ? write_header(f, t, e) : 0;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* From the first entry that changed to the last; an entry never crosses a block of the disk. */
static int write_table(struct dat_file *f, struct dat_out_buffer *b, struct err *e)
{
	unsigned first = f->cpus, last = 0;
	int r;

	strbuf_clear(&f->scratch);
	for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
		const struct dat_track *t = &b->tracks[cpu];

		if (t->counted != t->pages * f->page_size) {
			first = MIN(first, cpu);
			last = cpu + 1;
		}
		dat_put(&f->scratch, f->m, t->offset, 8);
		dat_put(&f->scratch, f->m, t->pages * f->page_size, 8);
	}
	if (first == f->cpus)
		return 0;
	r = dat_file_write(f, f->scratch.s + first * 16, (last - first) * 16ul,
			   b->table + first * 16, e);
	if (r < 0)
		return r;
	for (unsigned cpu = 0; cpu < f->cpus; cpu++)
		b->tracks[cpu].counted = b->tracks[cpu].pages * f->page_size;
	return 0;
}

int dat_file_write_tables(struct dat_file *f, struct err *e)
{
	for (unsigned b = 0; b < f->count; b++) {
		/* A buffer that came late has none. */
		int r = f->buffers[b].table ? write_table(f, &f->buffers[b], e) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

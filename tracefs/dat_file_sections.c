/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_sections: what a file of version 7 refers to, while it grows.
 *
 * Each section and the options have two places. What changed is written into the one that does not
 * count, then one write of 8 bytes at the beginning of the file makes the new options count, and
 * with them the sections they name. A file of version 6 becomes one of version 7 by the same step:
 * there the one write is longer and begins with the version.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "tracefs/dat_file_private.h"

/* The place that does not count now, with room for n bytes. A smaller one goes back to the disk. */
static int free_place(struct dat_file *f, struct dat_slot *s, size_t n, uint64_t *ret,
		      struct err *e)
{
	unsigned k = !s->now;

	if (n > s->cap[k]) {
		uint64_t cap = round_up(n + n / 4, DISK_BLOCK), at;
		int r = dat_file_spare(f, cap, &at, e);

		if (r < 0)
			return r;
		if (s->cap[k])
			fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  (off_t)s->at[k], (off_t)s->cap[k]);
		s->at[k] = at;
		s->cap[k] = cap;
	}
	*ret = s->at[k];
	return 0;
}

static int write_section(struct dat_file *f, enum dat_section i, uint64_t *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf bytes = { 0 };
	int r = dat_section_make(f, i, &bytes, e);

	if (r < 0)
		return r;
	r = free_place(f, &f->sections[i], bytes.len, ret, e);
	return r < 0 ? r : dat_file_write(f, bytes.s, bytes.len, *ret, e);
}

int dat_sections_point(struct dat_file *f, uint64_t options, struct err *e)
{
	_cleanup_strbuf_ struct strbuf begin = { 0 };
	char bytes[8];
	int r;

	if (f->on_disk == 7) {
		dat_put_at(bytes, f->m, options, 8);
		return dat_file_write(f, bytes, 8, f->pointer, e);
	}
	dat_begin_v7(f, options, &begin);
	r = dat_file_write(f, begin.s, begin.len, 0, e);
	if (!r)
		f->on_disk = 7;
	return r;
}

static void count_tracks(struct dat_file *f)
{
	for (unsigned b = 0; b < f->count && !f->compress; b++)
		for (unsigned cpu = 0; cpu < f->cpus; cpu++)
			f->buffers[b].tracks[cpu].counted =
			    f->buffers[b].tracks[cpu].pages * f->page_size;
}

static int write_options(struct dat_file *f, const uint64_t *sections, struct err *e)
{
	_cleanup_strbuf_ struct strbuf bytes = { 0 };
	uint64_t at = 0;
	size_t options;
	int r;

	dat_options_v7(f, sections, 0, false, &bytes);
	r = free_place(f, &f->options, bytes.len, &at, e);
	if (r < 0)
		return r;
	strbuf_clear(&bytes);
	options = dat_options_v7(f, sections, at, false, &bytes);
	r = dat_file_write(f, bytes.s, bytes.len, at, e);
	return r < 0 ? r : dat_sections_point(f, at + options, e);
}

/* After the options count: the places just written are those in use. */
static void turn_places(struct dat_file *f)
{
	for (unsigned i = 0; i < SECTIONS; i++) {
		f->sections[i].now ^= f->sections[i].dirty;
		f->sections[i].dirty = false;
	}
	f->options.now ^= 1;
	f->options.dirty = false;
	f->names.dirty = 0;
	for (size_t i = 0; i < f->names.count; i++)
		f->names.list[i].dirty = false;
	count_tracks(f);
}

static bool pages_grew(const struct dat_file *f)
{
	for (unsigned b = 0; b < f->count && !f->compress; b++)
		for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
			const struct dat_track *t = &f->buffers[b].tracks[cpu];

			if (t->counted != t->pages * f->page_size)
				return true;
		}
	return false;
}

int dat_sections_commit(struct dat_file *f, struct err *e)
{
	uint64_t at[SECTIONS];
	bool any = f->options.dirty || pages_grew(f);
	int r;

	f->sections[SEC_COMMS].dirty |= f->names.dirty != 0;
	for (unsigned i = 0; i < SECTIONS; i++) {
		const struct dat_slot *s = &f->sections[i];

		at[i] = s->at[s->now];
		if (!s->dirty)
			continue;
		any = true;
		r = write_section(f, i, &at[i], e);
		if (r < 0)
			return r;
	}
	if (!any)
		return 0;
	r = write_options(f, at, e);
	if (!r)
		turn_places(f);
	return r;
}

void dat_sections_switch(struct dat_file *f)
{
	f->version = 7;
	for (unsigned i = 0; i < SECTIONS; i++)
		f->sections[i].dirty = true;
	f->options.dirty = true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_v7_salvage: what can be had of a file of version 7 whose options are cut off.
 *
 * The options stand behind the pages, so a file that was not copied to its end has none. Sections
 * mostly stand one behind the other: the walk from one to the next finds formats, names and
 * buffers. A buffer's pages are told apart by themselves: compressed ones by their chunks, plain
 * ones by times that step back. Numbers of CPUs and names of buffers are guesses, and the damage
 * says so.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat_private.h"

#define SECTIONS_MAX 4096

/* Extents found in a buffer: one a CPU, as far as anybody can tell. */
struct found {
	struct dat_extent v[DAT_CPUS_MAX];
	unsigned count;
};

static uint64_t aligned(uint64_t at, uint64_t size)
{
	return (at + size - 1) & ~(size - 1);
}

static void add_extent(struct found *f, uint64_t offset, uint64_t end)
{
	if (f->count < DAT_CPUS_MAX && end > offset)
		f->v[f->count++] = (struct dat_extent) { .offset = offset, .size = end - offset };
}

/* The end of the chunks that begin with a count at `at`; `at` when there are none. */
static uint64_t end_of_chunks(const struct dat *d, uint64_t at, uint64_t end)
{
	uint64_t pos = at + 4, count;

	if (end - at < 12)
		return at;
	count = dat_number(d, d->map + at, 4);
	for (uint64_t i = 0; i < count && end - pos >= 8; i++) {
		uint64_t size = dat_number(d, d->map + pos, 4);
		uint64_t inflated = dat_number(d, d->map + pos + 4, 4);

		if (!size || !inflated || inflated % d->page_size ||
		    !dat_inflates(d->codec, size, inflated))
			return i ? pos : at;
		if (size > end - pos - 8)
			return end;
		pos += 8 + size;
	}
	return count ? pos : at;
}

static void find_chunks(const struct dat *d, uint64_t at, uint64_t end, struct found *f)
{
	for (at = aligned(at, d->page_size); at < end; at = aligned(at, d->page_size)) {
		uint64_t next = end_of_chunks(d, at, end);

		if (next == at)
			return;
		add_extent(f, at, next);
		at = next;
	}
}

/* Pages in order of time are one CPU's; a step back begins the next. */
static void find_pages(const struct dat *d, uint64_t at, uint64_t end, struct found *f)
{
	uint64_t from, last = 0;

	at = from = aligned(at, d->page_size);
	for (; at < end && end - at > d->data_offset; at += d->page_size) {
		uint64_t ts = dat_number(d, d->map + at, 8);
		uint64_t word = dat_number(d, d->map + at + 8, d->machine.long_size);
		uint64_t commit = word & PAGE_COMMIT_MASK;

		if (!ts || commit > d->page_size - d->data_offset)
			break;
		if (ts < last) {
			add_extent(f, from, at);
			from = at;
		}
		last = ts;
	}
	add_extent(f, from, MIN(at, end));
}

/* Takes the pages of a buffer's section that no option told of. */
static void salvage_buffer(struct dat *d, const struct dat_section_header *s, uint64_t end,
			   struct found *f)
{
	struct dat_table *t = &d->tables[0];
	uint64_t body = s->at + DAT_SECTION_HEADER;
	char name[64];

	for (unsigned i = 0; i < d->buffers; i++)
		if (d->tables[i].offset == s->at)
			return;
	f->count = 0;
	if (s->flags & DAT_SECTION_COMPRESSED)
		find_chunks(d, body, end, f);
	else
		find_pages(d, body, end, f);
	if (!f->count)
		return;
	snprintf(name, sizeof(name), "at_%llu", (unsigned long long)s->at);
	if (t->offset || t->cpus)
		t = dat_add_table(d, name);
	if (!t)
		return;
	t->offset = s->at;
	dat_size_table(t, f->count);
	for (unsigned cpu = 0; cpu < f->count; cpu++) {
		t->cpus[cpu] = f->v[cpu];
		dat_check_extent(d, t, cpu);
	}
}

/* Steps from one section to the next; the first step gets the first one. */
static bool next_section(struct dat *d, uint64_t *at, struct dat_section_header *s, uint64_t *end)
{
	struct err why = ERR_INIT;
	uint64_t body = *at + DAT_SECTION_HEADER;

	if (dat_read_section(d, *at, s, &why, "a section") < 0 || s->id >= DAT_OPTIONS ||
	    s->flags > DAT_SECTION_COMPRESSED)
		return false;
	/* A size of 0 was to be written when the end was known. */
	*end = s->size && s->size <= d->size - body ? body + s->size : d->size;
	*at = *end;
	return true;
}

void dat_salvage_sections(struct dat *d, uint64_t at)
{
	struct dat_section_header s;
	uint64_t end;

	for (unsigned n = 0; n < SECTIONS_MAX && next_section(d, &at, &s, &end); n++)
		if (s.id >= DAT_OPTION_HEADER_INFO && s.id <= DAT_OPTION_CMDLINES &&
		    !d->sections[s.id])
			d->sections[s.id] = s.at;
}

void dat_salvage_buffers(struct dat *d, uint64_t at)
{
	_cleanup_free_ struct found *f = xcalloc(1, sizeof(*f));
	struct dat_section_header s;
	uint64_t end;

	for (unsigned n = 0; n < SECTIONS_MAX && next_section(d, &at, &s, &end); n++)
		if (s.id == DAT_OPTION_BUFFER)
			salvage_buffer(d, &s, end, f);
}

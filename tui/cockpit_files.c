/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_files: what a process did with which descriptor.
 *
 * A descriptor is another file after it was closed and opened again, so a file is a descriptor and
 * what it was at the time, as far as core/fds.h knows. Bounded: calls on what is too much are
 * counted together.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/syscall_text.h"
#include "core/util.h"
#include "tui/cockpit.h"

#define FILES_MOST 4096
#define FIRST	   64

static uint32_t hash_of(int fd, const char *path)
{
	uint32_t h = 2166136261u ^ (uint32_t)fd;

	for (; *path; path++)
		h = (h ^ (uint8_t)*path) * 16777619u;
	return h;
}

static uint32_t place_of(const struct cockpit_files *f, int fd, const char *path)
{
	uint32_t at = hash_of(fd, path) & f->mask;

	while (f->slots[at]) {
		const struct cockpit_file *o = &f->all[f->slots[at] - 1];

		if (o->fd == fd && !strcmp(o->path, path))
			break;
		at = (at + 1) & f->mask;
	}
	return at;
}

static void grow(struct cockpit_files *f)
{
	f->cap = f->cap ? 2 * f->cap : FIRST;
	f->all = xrealloc(f->all, f->cap, sizeof(*f->all));
	free(f->slots);
	f->slots = xcalloc(2 * (size_t)f->cap, sizeof(*f->slots));
	f->mask = 2 * f->cap - 1;
	for (uint32_t i = 0; i < f->count; i++)
		f->slots[place_of(f, f->all[i].fd, f->all[i].path)] = i + 1;
}

/* The file, made where it is the first time; NULL: there are too many. */
static struct cockpit_file *file_of(struct cockpit_files *f, int fd, const char *path)
{
	uint32_t at;

	if (f->count == f->cap && f->count < FILES_MOST)
		grow(f);
	at = place_of(f, fd, path);
	if (f->slots[at])
		return &f->all[f->slots[at] - 1];
	if (f->count == FILES_MOST)
		return NULL;
	f->all[f->count] =
	    (struct cockpit_file) { .path = xstrdup(path), .fd = fd, .first = UINT64_MAX };
	f->slots[at] = ++f->count;
	return &f->all[f->count - 1];
}

static void note_number(struct cockpit_file *f, int64_t nr)
{
	for (unsigned i = 0; i < f->number_count; i++)
		if (f->numbers[i] == nr)
			return;
	if (f->number_count < FILE_CALLS && nr >= 0 && nr <= INT16_MAX)
		f->numbers[f->number_count++] = (int16_t)nr;
	else
		f->more_numbers = true;
}

void files_take(struct cockpit_files *f, struct syscalls *sc, const struct row *r)
{
	struct cockpit_file *file;
	struct syscall_use use;

	if (!syscalls_use(sc, r, &use)) {
		f->unexplained += !syscalls_explained(sc, r);
		return;
	}
	strbuf_clear(&f->scratch);
	syscalls_fd_name(sc, r->tid, use.began, use.fd, &f->scratch);
	file = file_of(f, use.fd, strbuf_cstr(&f->scratch));
	if (!file) {
		f->others++;
		return;
	}
	file->calls++;
	file->bytes += use.bytes;
	file->latency += use.latency;
	file->first = MIN(file->first, r->ts);
	file->last = MAX(file->last, r->ts);
	note_number(file, use.nr);
}

void files_clear(struct cockpit_files *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		free(f->all[i].path);
	if (f->slots)
		memset(f->slots, 0, (f->mask + (size_t)1) * sizeof(*f->slots));
	f->count = 0;
	f->others = f->unexplained = 0;
}

void files_done(struct cockpit_files *f)
{
	files_clear(f);
	free(f->all);
	free(f->slots);
	strbuf_done(&f->scratch);
	*f = (struct cockpit_files) { 0 };
}

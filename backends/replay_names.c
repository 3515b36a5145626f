/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay_names: what the sources of recordings are called, and whether their times are of one
 * clock.
 *
 * One file's top buffer is "trace.dat", its named buffers have their names. Of several files each
 * has its name in front, as much of the path as tells it from the others.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/replay.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/strbuf.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* The file's name; its path where another has that name; a number where it is named twice. */
static void put_file(const struct replay *r, unsigned index, struct strbuf *out)
{
	const char *path = r->files[index].path, *name = base_name(path);
	unsigned same = 0, times = 1;

	for (unsigned i = 0; i < r->count; i++) {
		const char *other = r->files[i].path;

		same += !strcmp(base_name(other), name) && strcmp(other, path) != 0;
		times += i < index && !strcmp(other, path);
	}
	strbuf_str(out, same ? path : name);
	if (times > 1)
		strbuf_fmt(out, "#%u", times);
}

void replay_names(struct replay *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		struct replay_file *f = &r->files[i];
		struct dat_info info;

		dat_info(f->dat, &info);
		for (unsigned k = 0; k < MAX(info.buffers, 1u); k++) {
			const char *name = k < info.buffers ? dat_buffer(f->dat, k)->name : "";
			struct strbuf b = { 0 };

			if (r->count > 1)
				put_file(r, i, &b);
			if (r->count > 1 && *name)
				strbuf_char(&b, ':');
			strbuf_str(&b, *name || b.len ? name : "trace.dat");
			f->names[k] = strbuf_take(&b);
		}
	}
}

static const char *clock_of(const struct replay_file *f)
{
	struct dat_info info;

	dat_info(f->dat, &info);
	return info.buffers ? dat_buffer(f->dat, 0)->clock : "";
}

char *replay_clocks(const struct replay *r)
{
	const struct replay_file *first = NULL;

	for (unsigned i = 0; i < r->count; i++) {
		const struct replay_file *f = &r->files[i];
		struct strbuf b = { 0 };

		if (!*clock_of(f))
			continue;
		if (!first)
			first = f;
		if (!strcmp(clock_of(f), clock_of(first)))
			continue;
		strbuf_fmt(&b,
			   "%s has the clock %s and %s has %s: their times cannot be compared "
			   "(--offset moves them)",
			   first->path, clock_of(first), f->path, clock_of(f));
		return strbuf_take(&b);
	}
	return NULL;
}

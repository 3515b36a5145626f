/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tape_file: a tape as a recording, written with the recorder's writer and read back, so that
 * reading files is measured on the events that everything else is measured on. The file is in
 * memory.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "tests/bench/tape.h"
#include "tracefs/dat_file.h"

static int put_all(struct dat_file *f, const struct tape *t, struct err *e)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct tape_fragment *from = &t->fragments[i];
		uint64_t ts = load_u64(from->bytes);
		struct dat_part p = { .cpu = from->cpu,
				      .ts = ts,
				      .bytes = from->bytes + PAGE_HEADER,
				      .size = from->size - PAGE_HEADER,
				      .first = ts,
				      .last = ts };
		int r = dat_file_put(f, &p, e);

		if (r < 0)
			return r;
	}
	return 0;
}

static struct dat_meta *meta_of(const struct tape *t)
{
	struct dat_meta *m = dat_meta_new();

	m->machine = t->schemas->machine;
	m->page_size = t->subbuf;
	m->cpus = (unsigned)sysconf(_SC_NPROCESSORS_CONF);
	m->clock = xstrdup("mono");
	return m;
}

int tape_file(const struct tape *t, bool compress, struct dat **ret, struct err *e)
{
	char path[] = "/tmp/tapdeck-tape-XXXXXX";
	struct dat_file_conf c = { .path = path,
				   .fd = mkostemp(path, O_CLOEXEC),
				   .meta = meta_of(t),
				   .compress = compress,
				   .whole = true };
	struct dat_file *f = NULL;
	int r;

	r = dat_file_new(&c, &f, e);
	if (!r)
		r = put_all(f, t, e);
	if (r < 0)
		dat_file_abandon(f);
	else
		r = dat_file_finish(f, NULL, e);
	if (!r)
		r = dat_open(path, ret, e);
	unlink(path);
	return r;
}

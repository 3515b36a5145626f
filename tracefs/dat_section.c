/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_section: the sections of a trace.dat of version 7: a header, then bytes as they are or
 * compressed, which become the window that is read from. What is cut off is named.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat_private.h"

static void whole_file(struct dat *d)
{
	d->in = (struct dat_window) { .bytes = d->map, .size = d->size };
}

int dat_read_section(struct dat *d, uint64_t at, struct dat_section_header *s, struct err *e,
		     const char *what)
{
	uint64_t description;

	whole_file(d);
	d->in.pos = MIN(at, d->size);
	s->at = at;
	if (at > d->size || dat_take_number(d, 2, &s->id) < 0 ||
	    dat_take_number(d, 2, &s->flags) < 0 || dat_take_number(d, 4, &description) < 0 ||
	    dat_take_number(d, 8, &s->size) < 0) {
		d->in.pos = MIN(at, d->size);
		return dat_bad(d, e, what);
	}
	return 0;
}

/* Sizes stand in front of the bytes. */
static int inflate_section(struct dat *d, struct dat_wanted *w, struct err *e)
{
	uint64_t base = d->in.base, size, inflated;
	_cleanup_free_ uint8_t *to = NULL;
	const uint8_t *p;

	if (dat_take_number(d, 4, &size) < 0 || dat_take_number(d, 4, &inflated) < 0)
		return dat_bad(d, e, w->what);
	p = dat_take(d, size);
	if (!p || !dat_inflates(d->codec, size, inflated) || inflated > w->left)
		return dat_bad(d, e, w->what);
	w->left -= inflated;
	to = xcalloc(1, inflated + 1);
	if (dat_inflate(d->codec, p, size, to, inflated) < 0)
		return dat_bad(d, e, w->what);
	d->in =
	    (struct dat_window) { .bytes = to, .size = inflated, .base = base, .inflated = true };
	w->kept = to;
	to = NULL;
	return 0;
}

int dat_open_section(struct dat *d, uint64_t at, struct dat_wanted *w, struct err *e)
{
	struct dat_section_header s;
	uint64_t body;
	int r = dat_read_section(d, at, &s, e, w->what);

	if (r < 0)
		return r;
	if (s.id != w->id)
		return err_set(e, -EBADMSG, "%s: at offset %llu stands section %llu, not %s",
			       d->path, (unsigned long long)at, (unsigned long long)s.id, w->what);
	body = at + DAT_SECTION_HEADER;
	if (s.size > d->size - body) {
		dat_damage(d, "offset %llu: %s cut off", (unsigned long long)at, w->what);
		s.size = d->size - body;
	}
	d->in = (struct dat_window) { .bytes = d->map + body, .size = s.size, .base = body };
	return s.flags & DAT_SECTION_COMPRESSED ? inflate_section(d, w, e) : 0;
}

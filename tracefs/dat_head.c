/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_head: what a trace.dat of any version says in front of its pages: the machine, the formats.
 *
 * Believes nothing: every size is checked against the file before it is used. A format that makes
 * no sense is damage and is skipped; what ends too early is an error, and the caller knows
 * whether the pages can be found without it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/identity.h"
#include "tracefs/dat_private.h"

static int not_a_dat(const struct dat *d, struct err *e)
{
	return err_set(e, -EINVAL, "%s: not a trace.dat file", d->path);
}

static int read_version(struct dat *d, struct err *e)
{
	const char *s = dat_take_string(d, 8);
	char *end;
	long v;

	if (!s)
		return dat_bad(d, e, "the version");
	v = strtol(s, &end, 10);
	if (end == s || *end)
		return not_a_dat(d, e);
	d->version = (int)v;
	if (v != 6 && v != 7)
		return err_set(e, -EOPNOTSUPP, "%s: version %ld of trace.dat is not known", d->path,
			       v);
	return 0;
}

int dat_read_initial(struct dat *d, struct err *e)
{
	const uint8_t *p = dat_take(d, DAT_MAGIC_SIZE);
	uint16_t one = 1;
	uint64_t v;
	bool host_is_big = !*(uint8_t *)&one;
	int r;

	if (!p || memcmp(p, DAT_MAGIC, DAT_MAGIC_SIZE))
		return not_a_dat(d, e);
	r = read_version(d, e);
	if (r < 0)
		return r;
	p = dat_take(d, 2);
	if (!p)
		return dat_bad(d, e, "the byte order");
	if (p[0] > 1 || (p[1] != 4 && p[1] != 8))
		return err_set(e, -EBADMSG, "%s: byte order %u and word size %u make no sense",
			       d->path, p[0], p[1]);
	d->machine.swap = p[0] != host_is_big;
	d->machine.long_size = d->file_long = p[1];
	r = dat_take_number(d, 4, &v);
	if (r < 0)
		return dat_bad(d, e, "the page size");
	if (v < DAT_PAGE_MIN || v > DAT_PAGE_MAX || (v & (v - 1)))
		return err_set(e, -EOPNOTSUPP, "%s: pages of %llu bytes; %d to %d are read",
			       d->path, (unsigned long long)v, DAT_PAGE_MIN, DAT_PAGE_MAX);
	d->page_size = (uint32_t)v;
	d->data_offset = 8u + d->machine.long_size;
	return 0;
}

int dat_take_block(struct dat *d, unsigned width, struct dat_text *ret, struct err *e,
		   const char *what)
{
	uint64_t start = d->in.pos, size;
	const uint8_t *p;

	if (dat_take_number(d, width, &size) < 0)
		return dat_bad(d, e, what);
	p = dat_take(d, size);
	if (!p) {
		d->in.pos = start;
		return dat_bad(d, e, what);
	}
	*ret = (struct dat_text) { (const char *)p, (size_t)size };
	return 0;
}

/* The number behind key in the line of header_page that says "NAME;". */
static bool header_number(const char *text, const char *name, const char *key, unsigned long *ret)
{
	const char *line = strstr(text, name), *eol, *at;

	if (!line)
		return false;
	eol = strchrnul(line, '\n');
	at = strstr(line, key);
	if (!at || at >= eol)
		return false;
	*ret = strtoul(at + strlen(key), NULL, 10);
	return true;
}

/*
 * The commit word is as long as a long of the kernel, which may differ from that of the
 * recorder's user space (the byte at the beginning of the file).
 */
static void learn_page_header(struct dat *d, const char *text)
{
	unsigned long size = 0, offset = 0;

	if (header_number(text, " commit;", "size:", &size) && (size == 4 || size == 8))
		d->machine.long_size = (uint8_t)size;
	d->data_offset = 8u + d->machine.long_size;
	if (header_number(text, " data;", "offset:", &offset) && offset > d->data_offset &&
	    offset <= 64 && offset % 4 == 0)
		d->data_offset = (uint32_t)offset;
}

int dat_read_page_header(struct dat *d, struct err *e)
{
	static const char page[] = "header_page", event[] = "header_event";
	_cleanup_free_ char *copy = NULL;
	const uint8_t *p = dat_take(d, sizeof(page));
	struct dat_text text;
	int r;

	if (!p || memcmp(p, page, sizeof(page)))
		return dat_bad(d, e, "header_page");
	r = dat_take_block(d, 8, &text, e, "header_page");
	if (r < 0)
		return r;
	copy = xstrndup(text.s, MIN(text.size, 65536));
	learn_page_header(d, copy);
	p = dat_take(d, sizeof(event));
	if (!p || memcmp(p, event, sizeof(event)))
		return dat_bad(d, e, "header_event");
	return dat_take_block(d, 8, &text, e, "header_event");
}

/* Blank ones are spares that a recorder kept free for later. */
static bool is_blank(const struct dat_text *t)
{
	for (size_t i = 0; i < t->size; i++)
		if (!strchr(" \t\n", t->s[i]))
			return false;
	return true;
}

/* The schema of another file, if it is of the same text. */
static struct schema *known_format(const struct dat *d, const char *system, const char *text)
{
	const char *id = d->like ? strstr(text, "\nID:") : NULL;
	unsigned long n = id ? strtoul(id + 4, NULL, 10) : SCHEMA_ID_MAX + 1UL;
	const struct schema *s = n <= SCHEMA_ID_MAX ? d->like->by_id[n] : NULL;

	return s ? schema_again(s, system, text, strlen(text), d->machine) : NULL;
}

static void add_format(struct dat *d, const char *system, const struct dat_text *t)
{
	struct err why = ERR_INIT;
	struct schema *s = NULL;
	_cleanup_free_ char *copy = NULL;
	uint64_t at = dat_where(d) - (d->in.inflated ? 0 : t->size);

	if (is_blank(t))
		return;
	if (t->size > SCHEMA_FORMAT_MAX) {
		dat_damage(d, "offset %llu: a format of %s is too long", (unsigned long long)at,
			   system);
		return;
	}
	/* A copy: the file may be written to while the parser looks at it. */
	copy = xcalloc(1, t->size + 1);
	memcpy(copy, t->s, t->size);
	s = known_format(d, system, copy);
	if (!s && schema_parse(system, copy, t->size, d->machine, &s, &why) < 0) {
		dat_damage(d, "offset %llu: a format of %s: %s", (unsigned long long)at, system,
			   why.text);
		return;
	}
	s = schema_set_add(d->schemas, s);
	s->role = identity_role(s);
}

static int read_formats(struct dat *d, const char *system, unsigned *left, struct err *e)
{
	uint64_t count;

	if (dat_take_number(d, 4, &count) < 0)
		return dat_bad(d, e, "the count of formats");
	for (uint64_t i = 0; i < count; i++) {
		struct dat_text t;
		int r = dat_take_block(d, 8, &t, e, "a format");

		if (r < 0)
			return r;
		if (!*left)
			return err_set(e, -E2BIG, "%s: more than %d formats", d->path,
				       DAT_FORMATS_MAX);
		--*left;
		add_format(d, system, &t);
	}
	return 0;
}

int dat_read_ftrace_formats(struct dat *d, struct err *e)
{
	unsigned left = DAT_FORMATS_MAX;

	return read_formats(d, "ftrace", &left, e);
}

int dat_read_event_formats(struct dat *d, struct err *e)
{
	unsigned left = DAT_FORMATS_MAX;
	uint64_t systems;

	if (dat_take_number(d, 4, &systems) < 0)
		return dat_bad(d, e, "the count of systems");
	for (uint64_t i = 0; i < systems; i++) {
		_cleanup_free_ char *system = NULL;
		const char *s = dat_take_string(d, 256);
		int r;

		if (!s)
			return dat_bad(d, e, "the name of a system");
		system = xstrdup(s);
		r = read_formats(d, system, &left, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_table: the options of a trace.dat and where each CPU's pages are.
 *
 * The top buffer and every named one have a table of (offset, size) per CPU; behind it stands a
 * clock, but only where the file has the option for it. What lies outside the file is cut to what
 * is there and named. All extents together are at most the file: a small hostile file cannot ask
 * for endless work.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "tracefs/dat_private.h"

#define CLOCKS_MAX 4096 /* bytes of the list of clocks */

struct option_reader {
	unsigned id;
	void (*read)(struct dat *d, const uint8_t *p, uint32_t size);
};

/* Copies text up to a NUL or newline. */
static void copy_line(char *to, size_t cap, const uint8_t *p, size_t size)
{
	size_t n = 0;

	while (n < size && n < cap - 1 && p[n] && p[n] != '\n')
		n++;
	memcpy(to, p, n);
	to[n] = '\0';
}

/* The word in brackets in "local global [mono]"; false when there is none. */
static bool find_clock(char *to, size_t cap, const uint8_t *p, size_t size)
{
	const uint8_t *open = memchr(p, '[', size), *close;

	if (!open)
		return false;
	open++;
	close = memchr(open, ']', size - (size_t)(open - p));
	if (!close || close == open || (size_t)(close - open) >= cap)
		return false;
	copy_line(to, cap, open, (size_t)(close - open));
	return true;
}

/* Microseconds to wall time, as text with or without 0x. */
static void option_date(struct dat *d, const uint8_t *p, uint32_t size)
{
	char text[32];

	copy_line(text, sizeof(text), p, size);
	d->date_offset += (uint64_t)strtoll(text, NULL, 0) * 1000;
}

static void option_clock(struct dat *d, const uint8_t *p, uint32_t size)
{
	d->has_clock = true;
	find_clock(d->option_clock, sizeof(d->option_clock), p, size);
}

static void option_uname(struct dat *d, const uint8_t *p, uint32_t size)
{
	copy_line(d->uname, sizeof(d->uname), p, size);
}

static void option_cpus(struct dat *d, const uint8_t *p, uint32_t size)
{
	uint64_t n = size == 4 || size == 8 ? dat_number(d, p, size) : 0;

	if (n > DAT_CPUS_MAX)
		dat_damage(d, "an option says %llu CPUs", (unsigned long long)n);
	else if (n > d->cpus)
		d->cpus = (unsigned)n;
}

/* A named buffer: the offset of its table, and its name. Its table is read later. */
static void option_buffer(struct dat *d, const uint8_t *p, uint32_t size)
{
	struct dat_table *t = &d->tables[d->buffers];
	char name[256];

	if (size < 9 || d->buffers == DAT_BUFFERS_MAX) {
		dat_damage(d, size < 9 ? "a buffer without a name" : "too many buffers");
		return;
	}
	copy_line(name, sizeof(name), p + 8, size - 8);
	t->pub.name = xstrdup(name);
	t->offset = dat_number(d, p, 8);
	d->buffers++;
}

static const struct option_reader option_readers[] = {
	{ DAT_OPTION_DATE, option_date },	 { DAT_OPTION_BUFFER, option_buffer },
	{ DAT_OPTION_TRACECLOCK, option_clock }, { DAT_OPTION_UNAME, option_uname },
	{ DAT_OPTION_CPUCOUNT, option_cpus },
};

/* Reads options up to the one that ends them. Those of a buffer may say how many CPUs it has, no
 * more. */
static int read_options(struct dat *d, bool top)
{
	for (;;) {
		uint64_t id, size;
		const uint8_t *p;

		if (dat_take_number(d, 2, &id) < 0)
			return -EBADMSG;
		if (id == DAT_OPTION_DONE)
			return 0;
		if (dat_take_number(d, 4, &size) < 0 || !(p = dat_take(d, size)))
			return -EBADMSG;
		for (size_t i = 0; i < ARRAY_SIZE(option_readers); i++)
			if (option_readers[i].id == id && (top || id == DAT_OPTION_CPUCOUNT))
				option_readers[i].read(d, p, (uint32_t)size);
	}
}

static bool word_is(const uint8_t *p, const char *word)
{
	return p && !memcmp(p, word, strlen(word));
}

/* Reads what stands in front of a table. */
static int read_type(struct dat *d, bool top, struct err *e)
{
	const uint8_t *p = dat_take(d, DAT_WORD_SIZE);

	if (word_is(p, "options")) {
		if (read_options(d, top) < 0)
			return dat_bad(d, e, "the options");
		p = dat_take(d, DAT_WORD_SIZE);
	}
	if (word_is(p, "latency"))
		return err_set(e, -EOPNOTSUPP,
			       "%s: holds the text of a latency tracer, not events: read it with "
			       "`trace-cmd report`",
			       d->path);
	if (!word_is(p, "flyrecord"))
		return dat_bad(d, e, "the kind of data");
	return 0;
}

/* Cuts an extent to what the file has and nobody else claimed. */
static void check_extent(struct dat *d, const struct dat_table *t, unsigned cpu,
			 struct dat_extent *x)
{
	const char *name = *t->pub.name ? t->pub.name : "the top buffer";
	uint64_t there = x->offset < d->size ? d->size - x->offset : 0;

	if (x->size > there) {
		dat_damage(d,
			   "CPU %u of %s has %llu bytes at offset %llu, but the file ends at %llu",
			   cpu, name, (unsigned long long)x->size, (unsigned long long)x->offset,
			   (unsigned long long)d->size);
		x->size = there;
	}
	if (x->size > d->size - d->claimed) {
		dat_damage(d, "CPU %u of %s has pages of another", cpu, name);
		x->size = 0;
	}
	d->claimed += x->size;
}

/* A size, and the list of clocks with the one in use in brackets. */
static void read_clock(struct dat *d, struct dat_table *t)
{
	char clock[sizeof(d->option_clock)] = "";
	const uint8_t *p;
	uint64_t size;

	strcpy(clock, d->option_clock);
	if (d->has_clock) {
		if (dat_take_number(d, 8, &size) < 0 || size > CLOCKS_MAX ||
		    !(p = dat_take(d, size)) || !find_clock(clock, sizeof(clock), p, size))
			dat_damage(d, "offset %llu: no clock behind the table of \"%s\"",
				   (unsigned long long)d->pos, t->pub.name);
	}
	t->pub.clock = xstrdup(clock);
}

static void read_table(struct dat *d, struct dat_table *t)
{
	uint64_t room = (d->size - d->pos) / 16, cpus = d->cpus;

	if (cpus > room || cpus * 16 > d->size - d->claimed) {
		dat_damage(d, "offset %llu: the table of \"%s\" is cut off",
			   (unsigned long long)d->pos, t->pub.name);
		cpus = MIN(room, (d->size - d->claimed) / 16);
	}
	d->claimed += cpus * 16;
	t->cpus = xcalloc(cpus ? cpus : 1, sizeof(*t->cpus));
	t->pub.cpus = (unsigned)cpus;
	t->pub.page_size = d->page_size;
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		struct dat_extent *x = &t->cpus[cpu];

		dat_take_number(d, 8, &x->offset);
		dat_take_number(d, 8, &x->size);
		check_extent(d, t, cpu, x);
	}
	read_clock(d, t);
}

/* The table of a named buffer stands elsewhere, behind a type word of its own. */
static void read_named(struct dat *d, struct dat_table *t)
{
	struct err why = ERR_INIT;
	unsigned cpus = d->cpus;

	d->pos = MIN(t->offset, d->size);
	if (read_type(d, false, &why) < 0) {
		dat_damage(d, "offset %llu: no table of buffer \"%s\"",
			   (unsigned long long)t->offset, t->pub.name);
		t->pub.clock = xstrdup("");
		t->pub.page_size = d->page_size;
	} else {
		read_table(d, t);
	}
	d->cpus = cpus;
}

int dat_read_tables(struct dat *d, struct err *e)
{
	int r;

	d->tables[0].pub.name = xstrdup("");
	d->buffers = 1;
	r = read_type(d, true, e);
	if (r < 0)
		return r;
	read_table(d, &d->tables[0]);
	for (unsigned i = 1; i < d->buffers; i++)
		read_named(d, &d->tables[i]);
	return 0;
}

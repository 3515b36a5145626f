/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_v6: a trace.dat of version 6, whose parts stand one behind the other.
 *
 * Formats, names and the count of CPUs, then options, then the tables of CPUs: the top buffer's
 * here, those of named ones elsewhere. Behind every table stands a clock, but only where the file
 * has the option for it. A head that ends too early is an error, for then nobody knows where the
 * pages are.
 */
#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "tracefs/dat_private.h"

#define CLOCKS_MAX 4096 /* bytes of the list of clocks */

static int read_head(struct dat *d, struct err *e)
{
	uint64_t cpus;
	int r = dat_read_page_header(d, e);

	if (r < 0)
		return r;
	d->schemas = schema_set_new(d->machine);
	r = dat_read_ftrace_formats(d, e);
	if (r < 0)
		return r;
	r = dat_read_event_formats(d, e);
	if (r < 0)
		return r;
	r = dat_take_block(d, 4, &d->kallsyms, e, "kallsyms");
	if (r < 0)
		return r;
	r = dat_take_block(d, 4, &d->printk, e, "the printk formats");
	if (r < 0)
		return r;
	r = dat_take_block(d, 8, &d->cmdlines, e, "the names of threads");
	if (r < 0)
		return r;
	if (dat_take_number(d, 4, &cpus) < 0)
		return dat_bad(d, e, "the count of CPUs");
	if (cpus > DAT_CPUS_MAX)
		return err_set(e, -EBADMSG, "%s: %llu CPUs at offset %llu make no sense", d->path,
			       (unsigned long long)cpus, (unsigned long long)dat_where(d) - 4);
	d->cpus = (unsigned)cpus;
	return 0;
}

/* A named buffer: the offset of its table, and its name. Its table is read later. */
static void option_buffer(struct dat *d, const uint8_t *p, uint32_t size)
{
	struct dat_table *t;
	char name[256];

	if (size < 9) {
		dat_damage(d, "offset %llu: a buffer without a name",
			   (unsigned long long)dat_where(d) - size);
		return;
	}
	dat_copy_line(name, sizeof(name), p + 8, size - 8);
	t = dat_add_table(d, name);
	if (t)
		t->offset = dat_number(d, p, 8);
}

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
		if (top && id == DAT_OPTION_BUFFER)
			option_buffer(d, p, (uint32_t)size);
		else if (top || id == DAT_OPTION_CPUCOUNT)
			dat_read_option(d, (unsigned)id, p, (uint32_t)size);
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
	if (top && word_is(p, "latency")) {
		d->has_latency = true;
		return 0;
	}
	if (!word_is(p, "flyrecord"))
		return dat_bad(d, e, "the kind of data");
	return 0;
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
		    !(p = dat_take(d, size)) || !dat_find_clock(clock, sizeof(clock), p, size))
			dat_damage(d, "offset %llu: no clock behind the table of \"%s\"",
				   (unsigned long long)dat_where(d), t->pub.name);
	}
	t->pub.clock = xstrdup(clock);
}

static void read_table(struct dat *d, struct dat_table *t)
{
	uint64_t room = (d->in.size - d->in.pos) / 16, cpus = d->cpus;

	if (cpus > room || cpus * 16 > d->size - d->claimed) {
		dat_damage(d, "offset %llu: the table of \"%s\" is cut off",
			   (unsigned long long)dat_where(d), t->pub.name);
		cpus = MIN(room, (d->size - d->claimed) / 16);
	}
	d->claimed += cpus * 16;
	dat_size_table(t, (unsigned)cpus);
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		dat_take_number(d, 8, &t->cpus[cpu].offset);
		dat_take_number(d, 8, &t->cpus[cpu].size);
		dat_check_extent(d, t, cpu);
	}
	read_clock(d, t);
}

/* The table of a named buffer stands elsewhere, behind a type word of its own. */
static void read_named(struct dat *d, struct dat_table *t)
{
	struct err why = ERR_INIT;
	unsigned cpus = d->cpus;

	d->in.pos = MIN(t->offset, d->in.size);
	if (read_type(d, false, &why) < 0)
		dat_damage(d, "offset %llu: no table of buffer \"%s\"",
			   (unsigned long long)t->offset, t->pub.name);
	else
		read_table(d, t);
	d->cpus = cpus;
}

/* All that is left is text. Some recorders put the clock in front of it. */
static void read_latency(struct dat *d)
{
	struct dat_window text = d->in;
	const uint8_t *p;
	uint64_t size;
	char clock[32];

	if (d->has_clock && !dat_take_number(d, 8, &size) && size <= CLOCKS_MAX &&
	    (p = dat_take(d, size)) && dat_find_clock(clock, sizeof(clock), p, size)) {
		d->tables[0].pub.clock = xstrdup(clock);
		text = d->in;
	}
	d->latency = (struct dat_text) { (const char *)d->map + text.pos, d->size - text.pos };
}

int dat_read_v6(struct dat *d, struct err *e)
{
	int r = read_head(d, e);

	if (r < 0)
		return r;
	r = read_type(d, true, e);
	if (r < 0)
		return r;
	if (d->has_latency) {
		read_latency(d);
		return 0;
	}
	read_table(d, &d->tables[0]);
	for (unsigned i = 1; i < d->buffers; i++)
		read_named(d, &d->tables[i]);
	return 0;
}

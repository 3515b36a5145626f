/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_v7: a trace.dat of version 7, made of sections that stand anywhere.
 *
 * Options say where everything is; their sections form a chain, which a hostile file may close to a
 * ring: each is read once. What a later one says of a section holds. Sections may be compressed; an
 * inflated one is dropped when it was read, unless something in it is lent out. What the options do
 * not tell, because they are cut off, dat_v7_salvage.c looks for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat_private.h"

#define SECTION_MAX	(64u << 20) /* inflated; kallsyms are 15 MiB */
#define CHAIN_MAX	1024	    /* sections of options */
#define CHAIN_BYTES_MAX (64u << 20) /* inflated, all of them */

static const struct codec_name {
	const char *name;
	enum dat_codec codec;
} codec_names[] = {
	{ "none", DAT_CODEC_NONE },
	{ "", DAT_CODEC_NONE },
	{ "zlib", DAT_CODEC_ZLIB },
	{ "zstd", DAT_CODEC_ZSTD },
};

/* The name and version of what compresses, and where the options are. */
static int read_start(struct dat *d, struct err *e)
{
	const char *name = dat_take_string(d, 256);

	if (!name || !dat_take_string(d, 256))
		return dat_bad(d, e, "the compression");
	for (size_t i = 0;; i++) {
		if (i == ARRAY_SIZE(codec_names))
			return err_set(e, -EOPNOTSUPP,
				       "%s: compressed with \"%.32s\"; zstd and zlib are read",
				       d->path, name);
		if (!strcmp(codec_names[i].name, name)) {
			d->codec = codec_names[i].codec;
			break;
		}
	}
	if (dat_take_number(d, 8, &d->options) < 0)
		return dat_bad(d, e, "where the options are");
	return 0;
}

/* ---- options ---- */

/* The CPUs of a buffer: number, offset and size each. */
static void read_cpus(struct dat *d, struct dat_table *t, uint64_t count)
{
	struct dat_window list = d->in;
	uint64_t highest = 0;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t cpu = 0;

		dat_take_number(d, 4, &cpu);
		dat_take(d, 16);
		if (cpu < DAT_CPUS_MAX && cpu + 1 > highest)
			highest = cpu + 1;
	}
	dat_size_table(t, (unsigned)highest);
	d->in = list;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t cpu = 0, offset = 0, size = 0;

		dat_take_number(d, 4, &cpu);
		dat_take_number(d, 8, &offset);
		dat_take_number(d, 8, &size);
		if (cpu >= highest || t->cpus[cpu].size) {
			dat_damage(d, "offset %llu: CPU %llu of buffer \"%s\" makes no sense",
				   (unsigned long long)dat_where(d), (unsigned long long)cpu,
				   t->pub.name);
			continue;
		}
		t->cpus[cpu].offset = offset;
		t->cpus[cpu].size = size;
		dat_check_extent(d, t, (unsigned)cpu);
	}
}

/* The top buffer is there from the start. */
static struct dat_table *table_for(struct dat *d, const char *name)
{
	bool seen_top = d->tables[0].pub.clock != NULL;

	return *name || seen_top ? dat_add_table(d, name) : &d->tables[0];
}

static bool good_page_size(uint64_t size)
{
	return size >= DAT_PAGE_MIN && size <= DAT_PAGE_MAX && !(size & (size - 1));
}

/* What the option of a buffer begins with: its section, name and clock. */
static struct dat_table *read_buffer_start(struct dat *d, uint64_t *section)
{
	const char *name, *clock;
	char safe_name[256], safe_clock[32];
	struct dat_table *t;

	if (dat_take_number(d, 8, section) < 0 || !(name = dat_take_string(d, 4096)) ||
	    !(clock = dat_take_string(d, 4096))) {
		dat_damage(d, "offset %llu: a buffer without name or clock",
			   (unsigned long long)dat_where(d));
		return NULL;
	}
	dat_copy_line(safe_name, sizeof(safe_name), (const uint8_t *)name, strlen(name));
	dat_copy_line(safe_clock, sizeof(safe_clock), (const uint8_t *)clock, strlen(clock));
	t = table_for(d, safe_name);
	if (t)
		t->pub.clock = xstrdup(safe_clock);
	return t;
}

static void option_buffer(struct dat *d)
{
	uint64_t section = 0, page_size = 0, count = 0;
	struct dat_table *t = read_buffer_start(d, &section);

	if (!t)
		return;
	t->offset = section;
	if (dat_take_number(d, 4, &page_size) < 0 || dat_take_number(d, 4, &count) < 0 ||
	    count > (d->in.size - d->in.pos) / 20) {
		dat_damage(d, "offset %llu: the CPUs of buffer \"%s\" are cut off",
			   (unsigned long long)dat_where(d), t->pub.name);
		return;
	}
	if (page_size && !good_page_size(page_size)) {
		dat_damage(d,
			   "offset %llu: buffer \"%s\" has pages of %llu bytes; %d to %d are read",
			   (unsigned long long)dat_where(d), t->pub.name,
			   (unsigned long long)page_size, DAT_PAGE_MIN, DAT_PAGE_MAX);
		return;
	}
	if (page_size)
		t->pub.page_size = (uint32_t)page_size;
	read_cpus(d, t, count);
}

static void option_latency(struct dat *d)
{
	uint64_t section = 0;

	if (!read_buffer_start(d, &section))
		return;
	if (!d->has_latency)
		d->sections[DAT_OPTION_BUFFER_TEXT] = section;
	d->has_latency = true;
}

static void option_section(struct dat *d, unsigned id, const uint8_t *p, uint32_t size)
{
	if (size < 8)
		dat_damage(d, "offset %llu: option %u is too short",
			   (unsigned long long)dat_where(d), id);
	else
		d->sections[id] = dat_number(d, p, 8);
}

static void read_option(struct dat *d, unsigned id, uint32_t size)
{
	struct dat_window after = d->in;
	const uint8_t *p = dat_take(d, size);

	after.pos += size;
	d->in.pos -= size;
	d->in.size = after.pos; /* an option reads nothing of the next */
	if (id == DAT_OPTION_BUFFER)
		option_buffer(d);
	else if (id == DAT_OPTION_BUFFER_TEXT)
		option_latency(d);
	else if (id >= DAT_OPTION_HEADER_INFO && id <= DAT_OPTION_CMDLINES)
		option_section(d, id, p, size);
	else
		dat_read_option(d, id, p, size);
	d->in = after;
}

/* Reads options up to the one that says where the next ones are; 0: nowhere. */
static int read_options(struct dat *d, uint64_t *next, struct err *e)
{
	for (;;) {
		uint64_t id, size;

		if (dat_take_number(d, 2, &id) < 0 || dat_take_number(d, 4, &size) < 0 ||
		    size > d->in.size - d->in.pos)
			return dat_bad(d, e, "an option");
		if (id == DAT_OPTION_DONE) {
			*next = 0;
			return size < 8 || !dat_take_number(d, 8, next) ? 0 : -EBADMSG;
		}
		read_option(d, (unsigned)id, (uint32_t)size);
	}
}

/* Follows the chain. -EBADMSG where it breaks. */
static int read_chain(struct dat *d, struct err *e)
{
	struct dat_wanted w = { DAT_OPTION_DONE, "the options", CHAIN_BYTES_MAX, NULL };
	uint64_t seen[CHAIN_MAX], at = d->options;

	for (unsigned n = 0; at; n++) {
		uint64_t next = 0;
		int r;

		for (unsigned i = 0; i < n; i++) {
			if (seen[i] != at && n < CHAIN_MAX)
				continue;
			dat_damage(d, "offset %llu: the options form a ring, or too long a chain",
				   (unsigned long long)at);
			return 0;
		}
		seen[n] = at;
		r = dat_open_section(d, at, &w, e);
		if (!r)
			r = read_options(d, &next, e);
		free(w.kept);
		w.kept = NULL;
		if (r < 0) {
			dat_damage(d,
				   "offset %llu: the options cannot be read: CPUs and names of "
				   "buffers that only they tell are guessed",
				   (unsigned long long)at);
			return r;
		}
		at = next;
	}
	return 0;
}

/* ---- what the options point to ---- */

static int read_formats(struct dat *d, struct err *e)
{
	return dat_read_event_formats(d, e);
}

static int read_kallsyms(struct dat *d, struct err *e)
{
	return dat_take_block(d, 4, &d->kallsyms, e, "kallsyms");
}

static int read_printk(struct dat *d, struct err *e)
{
	return dat_take_block(d, 4, &d->printk, e, "the printk formats");
}

static int read_cmdlines(struct dat *d, struct err *e)
{
	return dat_take_block(d, 8, &d->cmdlines, e, "the names of threads");
}

static const struct section_reader {
	unsigned id;
	const char *what;
	int (*read)(struct dat *d, struct err *e);
	bool keep; /* what it holds is lent out */
} section_readers[] = {
	{ DAT_OPTION_FTRACE_EVENTS, "the formats of ftrace", dat_read_ftrace_formats },
	{ DAT_OPTION_EVENT_FORMATS, "the formats", read_formats },
	{ DAT_OPTION_KALLSYMS, "kallsyms", read_kallsyms, true },
	{ DAT_OPTION_PRINTK, "the printk formats", read_printk, true },
	{ DAT_OPTION_CMDLINES, "the names of threads", read_cmdlines, true },
};

static const struct section_reader header_reader = { DAT_OPTION_HEADER_INFO, "the header info",
						     dat_read_page_header };

/* A section that cannot be read is damage; the others may be good. */
static void read_section(struct dat *d, const struct section_reader *s)
{
	struct dat_wanted w = { s->id, s->what, SECTION_MAX, NULL };
	struct err why = ERR_INIT;
	int r;

	if (!d->sections[s->id])
		return;
	r = dat_open_section(d, d->sections[s->id], &w, &why);
	if (!r)
		r = s->read(d, &why);
	if (r < 0)
		dat_damage(d, "offset %llu: %s cannot be read",
			   (unsigned long long)d->sections[s->id], s->what);
	if (s->keep)
		d->kept[s->id] = w.kept;
	else
		free(w.kept);
}

/* Only its section says whether the pages of a buffer are compressed. */
static void read_buffer_flags(struct dat *d, struct dat_table *t)
{
	struct err why = ERR_INIT;
	struct dat_section_header s;
	int r;

	if (!t->pub.cpus)
		return;
	r = dat_read_section(d, t->offset, &s, &why, "a buffer");
	if (!r && s.id == DAT_OPTION_BUFFER) {
		t->compressed = s.flags & DAT_SECTION_COMPRESSED;
		return;
	}
	dat_damage(d, "offset %llu: there is no buffer \"%s\"", (unsigned long long)t->offset,
		   t->pub.name);
	free(t->cpus);
	t->cpus = NULL;
	t->pub.cpus = 0;
}

/* Text of a latency tracer: compressed as pages are, in chunks. */
static void read_latency(struct dat *d)
{
	const uint64_t at = d->sections[DAT_OPTION_BUFFER_TEXT];
	struct dat_extent x = { .offset = at + DAT_SECTION_HEADER };
	struct dat_text *text = &d->latency;
	struct err why = ERR_INIT;
	struct dat_section_header s;

	if (dat_read_section(d, at, &s, &why, "the latency text") < 0 ||
	    s.id != DAT_OPTION_BUFFER_TEXT) {
		dat_damage(d, "offset %llu: there is no latency text", (unsigned long long)at);
		return;
	}
	x.size = MIN(s.size, d->size - x.offset);
	if (x.size < s.size)
		dat_damage(d, "offset %llu: the latency text is cut off", (unsigned long long)at);
	*text = (struct dat_text) { (const char *)d->map + x.offset, x.size };
	if (!(s.flags & DAT_SECTION_COMPRESSED))
		return;
	d->kept[DAT_OPTION_BUFFER_TEXT] = dat_inflate_all(d, &x, SECTION_MAX, &text->size);
	text->s = (const char *)d->kept[DAT_OPTION_BUFFER_TEXT];
}

int dat_read_v7(struct dat *d, struct err *e)
{
	uint64_t first;
	int r = read_start(d, e), broken;

	if (r < 0)
		return r;
	first = d->in.pos;
	broken = read_chain(d, e);
	if (broken < 0)
		dat_salvage_sections(d, first);
	if (broken < 0 && !d->sections[DAT_OPTION_EVENT_FORMATS])
		return broken; /* nothing in it could be shown */
	read_section(d, &header_reader);
	d->schemas = schema_set_new(d->machine);
	for (size_t i = 0; i < ARRAY_SIZE(section_readers); i++)
		read_section(d, &section_readers[i]);
	if (broken < 0)
		dat_salvage_buffers(d, first);
	for (unsigned i = 0; i < d->buffers; i++)
		read_buffer_flags(d, &d->tables[i]);
	if (d->has_latency)
		read_latency(d);
	return 0;
}

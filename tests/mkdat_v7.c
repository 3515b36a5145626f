/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdat_v7: brings a file of version 6 that mkdat wrote to version 7.
 *
 * It takes the blocks of the old file as they are and stands them behind section headers; the
 * tables of CPUs become BUFFER options. Metadata and pages are compressed as asked. Options come in
 * two sections, the second pointed to by the first, and strings in one of their own, as
 * trace-cmd does. It shares nothing with the reader of the program.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/strbuf.h"
#include "tests/mkdat.h"
#include "tracefs/dat_put.h"

#define BUFFERS_MAX 16

struct old {
	const struct maker *m;
	const uint8_t *p;
	size_t size, pos;
};

/* ---- the old file ---- */

static const uint8_t *take(struct old *o, size_t n)
{
	if (n > o->size - o->pos)
		mkdat_fail(o->m, "version 7 of a file that is none");
	o->pos += n;
	return o->p + o->pos - n;
}

static uint64_t take_number(struct old *o, unsigned size)
{
	const uint8_t *p = take(o, size);
	uint16_t one = 1;
	bool big = o->m->conf.machine.swap != !*(uint8_t *)&one;
	uint64_t v = 0;

	for (unsigned i = 0; i < size; i++)
		v |= (uint64_t)p[big ? size - 1 - i : i] << (8 * i);
	return v;
}

static void skip_string(struct old *o)
{
	while (*take(o, 1))
		continue;
}

static void skip_formats(struct old *o)
{
	for (uint64_t n = take_number(o, 4); n > 0; n--)
		take(o, take_number(o, 8));
}

static void skip_header(struct old *o)
{
	skip_string(o);
	take(o, take_number(o, 8));
	skip_string(o);
	take(o, take_number(o, 8));
}

static void skip_systems(struct old *o)
{
	for (uint64_t n = take_number(o, 4); n > 0; n--) {
		skip_string(o);
		skip_formats(o);
	}
}

static void skip_short(struct old *o)
{
	take(o, take_number(o, 4));
}

static void skip_long(struct old *o)
{
	take(o, take_number(o, 8));
}

/* ---- the new file ---- */

struct new
{
	const struct maker *m;
	struct machine machine;
	const char *codec; /* none, zlib, zstd */
	struct strbuf out, strings;
	uint64_t sections[24];
};

static void put(struct new *n, uint64_t v, unsigned size)
{
	dat_put(&n->out, n->machine, v, size);
}

/* Appends the compressed bytes behind their size and what they become. */
static void put_compressed(struct new *n, const void *p, size_t size)
{
	size_t cap = ZSTD_compressBound(size) + compressBound(size), got;
	_cleanup_free_ void *to = xcalloc(1, cap);

	if (!strcmp(n->codec, "zlib")) {
		uLongf len = cap;

		if (compress(to, &len, p, size) != Z_OK)
			mkdat_fail(n->m, "zlib failed");
		got = len;
	} else {
		got = ZSTD_compress(to, cap, p, size, 1);
		if (ZSTD_isError(got))
			mkdat_fail(n->m, "zstd failed");
	}
	put(n, got, 4);
	put(n, size, 4);
	strbuf_add(&n->out, to, got);
}

static bool is_plain(const struct new *n)
{
	return !strcmp(n->codec, "none");
}

/* A section's header; its size is written by end_section. */
static size_t begin_section(struct new *n, unsigned id, bool compressed, const char *what)
{
	put(n, id, 2);
	put(n, compressed, 2);
	put(n, n->strings.len, 4);
	put(n, 0, 8);
	strbuf_add(&n->strings, what, strlen(what) + 1);
	return n->out.len;
}

static void end_section(struct new *n, size_t body)
{
	dat_put_at(n->out.s + body - 8, n->machine, n->out.len - body, 8);
}

static void put_section(struct new *n, unsigned id, const char *what, const void *p, size_t size)
{
	size_t body;

	n->sections[id] = n->out.len;
	body = begin_section(n, id, !is_plain(n), what);
	if (is_plain(n))
		strbuf_add(&n->out, p, size);
	else
		put_compressed(n, p, size);
	end_section(n, body);
}

static const struct block {
	unsigned id;
	const char *what;
	void (*skip)(struct old *o);
} blocks[] = {
	{ 16, "headers", skip_header },	       { 17, "ftrace events", skip_formats },
	{ 18, "events format", skip_systems }, { 19, "kallsyms", skip_short },
	{ 20, "printk", skip_short },	       { 21, "command lines", skip_long },
};

static void copy_blocks(struct new *n, struct old *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		size_t from = o->pos;

		blocks[i].skip(o);
		put_section(n, blocks[i].id, blocks[i].what, o->p + from, o->pos - from);
	}
}

struct old_buffer {
	const char *name;
	uint64_t table;
};

/* Takes the options of the old file: all go to opts but those that say where buffers are. */
static unsigned take_options(struct new *n, struct old *o, struct strbuf *opts,
			     struct old_buffer *buffers)
{
	unsigned count = 1;

	take(o, 10);
	for (;;) {
		uint64_t id = take_number(o, 2), size;

		if (!id)
			break;
		size = take_number(o, 4);
		if (id == 3 && count < BUFFERS_MAX) {
			buffers[count].table = take_number(o, 8);
			buffers[count++].name = (const char *)take(o, size - 8);
		} else {
			dat_put_option(opts, n->machine, (unsigned)id, take(o, size), size);
		}
	}
	buffers[0] = (struct old_buffer) { "", o->pos };
	return count;
}

static void put_pages(struct new *n, const uint8_t *p, size_t size, uint32_t page_size)
{
	size_t chunk = page_size * n->m->chunk_pages;

	if (is_plain(n)) {
		strbuf_add(&n->out, (const char *)p, size);
		return;
	}
	put(n, (size + chunk - 1) / chunk, 4);
	for (size_t done = 0; done < size; done += chunk)
		put_compressed(n, p + done, MIN(chunk, size - done));
}

/* The section of a buffer, and its option, which leaves out CPUs without pages. */
static void put_buffer(struct new *n, struct old *o, const struct old_buffer *b, unsigned index,
		       struct strbuf *option)
{
	uint32_t page_size = n->m->page_sizes[index];
	size_t section = n->out.len;
	size_t body = begin_section(n, 3, !is_plain(n), "buffer flyrecord");
	_cleanup_strbuf_ struct strbuf cpus = { 0 };
	unsigned count = 0;

	o->pos = b->table + 10;
	for (unsigned cpu = 0; cpu < n->m->cpus_written; cpu++) {
		uint64_t offset = take_number(o, 8), size = take_number(o, 8);
		size_t from;

		if (!size)
			continue;
		dat_put_align(&n->out, page_size, '\0');
		from = n->out.len;
		put_pages(n, o->p + offset, size, page_size);
		dat_put(&cpus, n->machine, cpu, 4);
		dat_put(&cpus, n->machine, from, 8);
		dat_put(&cpus, n->machine, n->out.len - from - (is_plain(n) ? 0 : 4), 8);
		count++;
	}
	end_section(n, body);
	dat_put(option, n->machine, section, 8);
	strbuf_add(option, b->name, strlen(b->name) + 1);
	strbuf_add(option, n->m->conf.clock ? n->m->conf.clock : "mono",
		   strlen(n->m->conf.clock ? n->m->conf.clock : "mono") + 1);
	dat_put(option, n->machine, page_size, 4);
	dat_put(option, n->machine, count, 4);
	strbuf_add(option, strbuf_cstr(&cpus), cpus.len);
}

/* Options, and one that says where the next are. */
static void put_options(struct new *n, const struct strbuf *opts, bool more)
{
	size_t body = begin_section(n, 0, false, "options");

	strbuf_add(&n->out, strbuf_cstr(opts), opts->len);
	put(n, 0, 2);
	put(n, 8, 4);
	put(n, more ? n->out.len + 8 : 0, 8);
	end_section(n, body);
}

static void put_latency(struct new *n, struct strbuf *opts)
{
	const struct strbuf *text = &n->m->latency;
	_cleanup_strbuf_ struct strbuf option = { 0 };
	size_t body;

	dat_put(&option, n->machine, n->out.len, 8);
	strbuf_add(&option, "\0mono", 6);
	dat_put_option(opts, n->machine, 22, strbuf_cstr(&option), option.len);
	body = begin_section(n, 22, !is_plain(n), "buffer latency");
	put_pages(n, (const uint8_t *)strbuf_cstr(text), text->len, n->m->conf.page_size);
	end_section(n, body);
}

/* All buffers' sections; their options go to opts. */
static void put_buffers(struct new *n, struct old *o, const struct old_buffer *buffers,
			unsigned count, struct strbuf *opts)
{
	for (unsigned i = 0; i < count; i++) {
		_cleanup_strbuf_ struct strbuf option = { 0 };

		put_buffer(n, o, &buffers[i], i, &option);
		dat_put_option(opts, n->machine, 3, strbuf_cstr(&option), option.len);
	}
}

void mkdat_v7(struct maker *m, struct strbuf *file)
{
	_cleanup_strbuf_ struct strbuf first = { 0 }, second = { 0 };
	struct old o = { .m = m, .p = (const uint8_t *)strbuf_cstr(file), .size = file->len };
	struct new n = { .m = m, .machine = m->conf.machine, .codec = m->codec };
	struct old_buffer buffers[BUFFERS_MAX];
	unsigned count;
	size_t where;
	char at[8];

	o.pos = 10 + 2 + 2 + 4;
	dat_put_initial(&n.out, n.machine, 7, m->conf.page_size);
	strbuf_add(&n.out, m->codec, strlen(m->codec) + 1);
	strbuf_add(&n.out, is_plain(&n) ? "" : "1", is_plain(&n) ? 1 : 2);
	where = n.out.len;
	put(&n, 0, 8);
	copy_blocks(&n, &o);
	m->cpus_written = (unsigned)take_number(&o, 4);
	count = take_options(&n, &o, &first, buffers);
	dat_put_at(at, n.machine, m->cpus_written, 4);
	dat_put_option(&first, n.machine, 8, at, 4);
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		dat_put_at(at, n.machine, n.sections[blocks[i].id], 8);
		dat_put_option(&first, n.machine, blocks[i].id, at, 8);
	}
	if (m->latency.len)
		put_latency(&n, &second);
	else
		put_buffers(&n, &o, buffers, count, &second);
	dat_put_at(n.out.s + where, n.machine, n.out.len, 8);
	put_options(&n, &first, true);
	put_options(&n, &second, false);
	put_section(&n, 15, "strings", strbuf_cstr(&n.strings), n.strings.len);
	strbuf_done(&n.strings);
	strbuf_done(file);
	*file = n.out;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_head: the beginning of a trace.dat of either version, made in memory.
 *
 * A file that grows has slack in it: blank formats, blank lines among the names. A finished one has
 * none. What must be changed by a single write later is placed so that it does not cross a
 * block of the disk.
 */
#include <stdio.h>
#include <zstd.h>

#include "core/cleanup.h"
#include "tracefs/dat_file_private.h"

#define SECTION_HEADER	16
#define FLAG_COMPRESSED 1

static const char spare_name[] = "spare";

uint64_t dat_track_size(const struct dat_file *f, const struct dat_track *t)
{
	return f->compress ? t->counted : t->pages * f->page_size;
}

/* ---- options both versions have ---- */

static void put_text(struct dat_file *f, struct strbuf *out, unsigned id, const char *s)
{
	dat_put_option(out, f->m, id, s, strlen(s) + 1);
}

/* In microseconds: it is added to every time. */
static void put_date(struct dat_file *f, struct strbuf *out)
{
	int64_t us = f->meta->date_offset / 1000;
	char text[32];

	if (!us)
		return;
	snprintf(text, sizeof(text), "%s0x%llx", us < 0 ? "-" : "",
		 (unsigned long long)(us < 0 ? -us : us));
	put_text(f, out, DAT_OPTION_DATE, text);
}

/*
 * Version 6 has the clock behind its tables. libtracecmd forgets one that the option says as well,
 * and reads behind an empty option; so it gets the name without brackets, which it takes for none.
 */
static void put_common(struct dat_file *f, struct strbuf *out, bool brackets)
{
	_cleanup_strbuf_ struct strbuf clock = { 0 };
	char cpus[4];

	put_date(f, out);
	for (unsigned cpu = 0; cpu < f->cpus; cpu++)
		if (f->stats[cpu])
			put_text(f, out, DAT_OPTION_CPUSTAT, f->stats[cpu]);
	strbuf_fmt(&clock, brackets ? "[%s]" : "%s", f->meta->clock);
	put_text(f, out, DAT_OPTION_TRACECLOCK, strbuf_cstr(&clock));
	if (f->meta->uname)
		put_text(f, out, DAT_OPTION_UNAME, f->meta->uname);
	dat_put_at(cpus, f->m, f->cpus, 4);
	dat_put_option(out, f->m, DAT_OPTION_CPUCOUNT, cpus, 4);
	for (size_t i = 0; i < f->meta->option_count; i++) {
		const struct dat_meta_option *o = &f->meta->options[i];

		dat_put_option(out, f->m, o->id, o->bytes, o->size);
	}
}

/* The version, filled up so that `behind` bytes after it something begins at a multiple of 16. */
static void put_version(struct dat_file *f, struct strbuf *out, size_t behind)
{
	const char *v = f->meta->version ? f->meta->version : "tapdeck " TAPDECK_VERSION;
	size_t n = strlen(v) + 1, end = out->len + 6 + n + behind;
	_cleanup_strbuf_ struct strbuf text = { 0 };

	strbuf_add(&text, v, n);
	for (; end % 16; end++)
		strbuf_char(&text, '\0');
	dat_put_option(out, f->m, DAT_OPTION_VERSION, text.s, text.len);
}

/* ---- version 6 ---- */

static void put_spare_format(struct dat_file *f, struct strbuf *out, size_t size)
{
	size_t blank = size - sizeof(spare_name) - 4 - 8;

	strbuf_add(out, spare_name, sizeof(spare_name));
	dat_put(out, f->m, 1, 4);
	dat_put(out, f->m, blank, 8);
	memset(strbuf_room(out, blank), '\n', blank);
	out->len += blank;
}

/* The first one only fills up to where a block begins. */
static void put_spare_formats(struct dat_file *f, struct strbuf *out)
{
	size_t least = sizeof(spare_name) + 4 + 8 + 1;

	put_spare_format(f, out, round_up(out->len + least, DISK_BLOCK) - out->len);
	f->formats_at = out->len;
	f->formats_left = SPARE_FORMATS;
	for (unsigned i = 0; i < SPARE_FORMATS; i++)
		put_spare_format(f, out, DISK_BLOCK);
}

static void put_printk_and_names(struct dat_file *f, struct dat_image *im)
{
	struct strbuf *out = &im->bytes;
	size_t size_at = out->len, printk = f->meta->printk.len, fill = 0;
	_cleanup_strbuf_ struct strbuf names = { 0 };

	if (im->slack)
		fill = (COMM_SLOT - (size_at + 4 + printk + 8) % COMM_SLOT) % COMM_SLOT;
	dat_put(out, f->m, printk + fill, 4);
	strbuf_add(out, strbuf_cstr(&f->meta->printk), printk);
	while (fill--)
		strbuf_char(out, '\n');
	if (im->slack) {
		f->names_at = out->len + 8;
		f->names_cap = MAX(f->names.count * 2, (size_t)SPARE_NAMES);
		dat_names_slots(&f->names, 0, f->names.count, &names);
		size_at = f->names_cap * COMM_SLOT - names.len;
		memset(strbuf_room(&names, size_at), '\n', size_at);
		names.len += size_at;
	} else {
		dat_names_lines(&f->names, &names);
	}
	dat_put_block(out, f->m, strbuf_cstr(&names), names.len, 8);
}

/* "flyrecord", the entries, the clock. Returns where the entries are. */
static uint64_t put_table(struct dat_file *f, struct dat_image *im, const struct dat_out_buffer *b)
{
	struct strbuf *out = &im->bytes;
	uint64_t at;

	strbuf_add(out, "flyrecord", DAT_WORD_SIZE);
	at = out->len;
	for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
		const struct dat_track *t = &b->tracks[cpu];

		dat_put(out, f->m, im->final ? t->final : t->offset, 8);
		dat_put(out, f->m, dat_track_size(f, t), 8);
	}
	dat_put_clock(out, f->m, f->meta->clock);
	return at;
}

static void put_tables(struct dat_file *f, struct dat_image *im, const uint64_t *options)
{
	struct strbuf *out = &im->bytes;

	for (unsigned i = 0; i < f->count; i++) {
		uint64_t at;

		/* The first stands where the options end, which took care of it. */
		while (i && (out->len + DAT_WORD_SIZE) % 16)
			strbuf_char(out, '\0');
		if (i)
			dat_put_at(out->s + options[i], f->m, out->len, 8);
		at = put_table(f, im, &f->buffers[i]);
		if (im->slack)
			f->buffers[i].table = at;
	}
}

void dat_image_v6(struct dat_file *f, struct dat_image *im)
{
	struct strbuf *out = &im->bytes;
	uint64_t options[DAT_BUFFERS_MAX] = { 0 };

	dat_put_initial(out, f->m, 6, f->page_size);
	dat_put_header(out, f->m, f->page_size, &f->meta->header_page, &f->meta->header_event);
	dat_put_ftrace(out, f->meta);
	dat_put(out, f->m, dat_put_system_count(f->meta) + (im->slack ? SPARE_FORMATS + 1 : 0), 4);
	dat_put_systems(out, f->meta);
	if (im->slack)
		put_spare_formats(f, out);
	dat_put_block(out, f->m, strbuf_cstr(&f->meta->kallsyms), f->meta->kallsyms.len, 4);
	put_printk_and_names(f, im);
	dat_put(out, f->m, f->cpus, 4);
	strbuf_add(out, "options  ", DAT_WORD_SIZE);
	put_common(f, out, false);
	for (unsigned i = 1; i < f->count; i++) {
		size_t n = strlen(f->buffers[i].name) + 1;

		dat_put(out, f->m, DAT_OPTION_BUFFER, 2);
		dat_put(out, f->m, 8 + n, 4);
		options[i] = out->len;
		dat_put(out, f->m, 0, 8);
		strbuf_add(out, f->buffers[i].name, n);
	}
	put_version(f, out, 2 + DAT_WORD_SIZE);
	dat_put(out, f->m, DAT_OPTION_DONE, 2);
	put_tables(f, im, options);
	im->begin = BEGIN_SIZE;
}

/* ---- version 7 ---- */

static void put_section_header(struct dat_file *f, struct strbuf *out, unsigned id, bool compressed,
			       uint64_t size)
{
	dat_put(out, f->m, id, 2);
	dat_put(out, f->m, compressed ? FLAG_COMPRESSED : 0, 2);
	dat_put(out, f->m, 0, 4);
	dat_put(out, f->m, size, 8);
}

/*
 * libtracecmd goes through all sections from here in search of strings; there are none, and a
 * section longer than any file keeps it from walking through holes.
 */
void dat_begin_v7(struct dat_file *f, uint64_t options, struct strbuf *out)
{
	const char *version = f->compress ? ZSTD_versionString() : "";

	dat_put_initial(out, f->m, 7, f->page_size);
	strbuf_str(out, f->compress ? "zstd" : "none");
	strbuf_char(out, '\0');
	strbuf_add(out, version, strlen(version) + 1);
	f->pointer = out->len;
	dat_put(out, f->m, options, 8);
	put_section_header(f, out, DAT_OPTION_BUFFER, false, 1ULL << 62);
}

static void put_section_body(struct dat_file *f, enum dat_section s, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf names = { 0 };
	struct dat_meta *meta = f->meta;

	switch (s) {
	case SEC_HEADER:
		dat_put_header(out, f->m, f->page_size, &meta->header_page, &meta->header_event);
		return;
	case SEC_FTRACE:
		dat_put_ftrace(out, meta);
		return;
	case SEC_EVENTS:
		dat_put(out, f->m, dat_put_system_count(meta), 4);
		dat_put_systems(out, meta);
		return;
	case SEC_KALLSYMS:
		dat_put_block(out, f->m, strbuf_cstr(&meta->kallsyms), meta->kallsyms.len, 4);
		return;
	case SEC_PRINTK:
		dat_put_block(out, f->m, strbuf_cstr(&meta->printk), meta->printk.len, 4);
		return;
	default:
		dat_names_lines(&f->names, &names);
		dat_put_block(out, f->m, strbuf_cstr(&names), names.len, 8);
	}
}

int dat_section_make(struct dat_file *f, enum dat_section s, struct strbuf *out, struct err *e)
{
	_cleanup_strbuf_ struct strbuf body = { 0 }, small = { 0 };
	int r;

	put_section_body(f, s, &body);
	if (!f->compress) {
		put_section_header(f, out, DAT_OPTION_HEADER_INFO + s, false, body.len);
		strbuf_add(out, body.s, body.len);
		return 0;
	}
	r = dat_file_deflate(f, body.s, body.len, &small, e);
	if (r < 0)
		return r;
	put_section_header(f, out, DAT_OPTION_HEADER_INFO + s, true, small.len + 8);
	dat_put(out, f->m, small.len, 4);
	dat_put(out, f->m, body.len, 4);
	strbuf_add(out, small.s, small.len);
	return 0;
}

static void put_buffer(struct dat_file *f, const struct dat_out_buffer *b, uint64_t section,
		       bool final, struct strbuf *out)
{
	size_t name = strlen(b->name) + 1, clock = strlen(f->meta->clock) + 1;

	dat_put(out, f->m, DAT_OPTION_BUFFER, 2);
	dat_put(out, f->m, 8 + name + clock + 4 + 4 + f->cpus * 20ul, 4);
	dat_put(out, f->m, section, 8);
	strbuf_add(out, b->name, name);
	strbuf_add(out, f->meta->clock, clock);
	dat_put(out, f->m, f->page_size, 4);
	dat_put(out, f->m, f->cpus, 4);
	for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
		const struct dat_track *t = &b->tracks[cpu];

		dat_put(out, f->m, cpu, 4);
		dat_put(out, f->m, final ? t->final : t->offset, 8);
		dat_put(out, f->m, dat_track_size(f, t), 8);
	}
}

/* In front of the options stand the headers of the buffers' sections; their pages are elsewhere. */
size_t dat_options_v7(struct dat_file *f, const uint64_t *sections, uint64_t at, bool final,
		      struct strbuf *out)
{
	size_t base = out->len, options, size_at;

	for (unsigned i = 0; i < f->count; i++)
		put_section_header(f, out, DAT_OPTION_BUFFER, f->compress, 0);
	options = out->len - base;
	put_section_header(f, out, DAT_OPTION_DONE, false, 0);
	size_at = out->len - 8;
	for (unsigned i = 0; i < SECTIONS; i++) {
		char bytes[8];

		dat_put_at(bytes, f->m, sections[i], 8);
		dat_put_option(out, f->m, DAT_OPTION_HEADER_INFO + i, bytes, 8);
	}
	put_common(f, out, true);
	put_version(f, out, 0);
	for (unsigned i = 0; i < f->count; i++)
		put_buffer(f, &f->buffers[i], at + i * SECTION_HEADER, final, out);
	dat_put(out, f->m, DAT_OPTION_DONE, 2);
	dat_put(out, f->m, 8, 4);
	dat_put(out, f->m, 0, 8);
	dat_put_at(out->s + size_at, f->m, out->len - size_at - 8, 8);
	return options;
}

void dat_image_v7(struct dat_file *f, struct dat_image *im, const struct strbuf *sections)
{
	struct strbuf *out = &im->bytes;
	uint64_t at[SECTIONS];
	size_t options;

	dat_begin_v7(f, 0, out);
	im->begin = out->len;
	for (unsigned i = 0; i < SECTIONS; i++) {
		at[i] = out->len;
		strbuf_add(out, sections[i].s, sections[i].len);
	}
	options = out->len;
	im->options = options + dat_options_v7(f, at, options, im->final, out);
	dat_put_at(out->s + f->pointer, f->m, im->options, 8);
}

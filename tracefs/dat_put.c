/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_put: numbers and blocks in either byte order, and the parts of the head that every version of
 * the file has.
 */
#include "tracefs/dat_put.h"

#include "tracefs/dat_private.h"

void dat_put_at(char *p, struct machine m, uint64_t v, unsigned size)
{
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	if (size == 2)
		store_u16(p, m.swap ? __builtin_bswap16(v16) : v16);
	else if (size == 4)
		store_u32(p, m.swap ? __builtin_bswap32(v32) : v32);
	else
		store_u64(p, m.swap ? __builtin_bswap64(v) : v);
}

void dat_put(struct strbuf *out, struct machine m, uint64_t v, unsigned size)
{
	char bytes[8];

	dat_put_at(bytes, m, v, size);
	strbuf_add(out, bytes, size);
}

void dat_put_block(struct strbuf *out, struct machine m, const char *s, size_t n, unsigned width)
{
	dat_put(out, m, n, width);
	strbuf_add(out, s, n);
}

void dat_put_initial(struct strbuf *out, struct machine m, int version, uint32_t page_size)
{
	uint16_t one = 1;
	bool host_is_big = !*(uint8_t *)&one;

	strbuf_add(out, DAT_MAGIC, DAT_MAGIC_SIZE);
	strbuf_char(out, (char)('0' + version));
	strbuf_char(out, '\0');
	strbuf_char(out, (char)(m.swap != host_is_big));
	strbuf_char(out, (char)m.long_size);
	dat_put(out, m, page_size, 4);
}

/* What a kernel of this machine would say of its pages. */
static void make_header_page(struct strbuf *text, struct machine m, uint32_t page_size)
{
	unsigned size = m.long_size, data = 8 + size;

	strbuf_fmt(text,
		   "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		   "\tfield: local_t commit;\toffset:8;\tsize:%u;\tsigned:1;\n"
		   "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		   "\tfield: char data;\toffset:%u;\tsize:%u;\tsigned:0;\n",
		   size, data, page_size - data);
}

static void make_header_event(struct strbuf *text)
{
	strbuf_str(text, "# compressed entry header\n"
			 "\ttype_len    :    5 bits\n"
			 "\ttime_delta  :   27 bits\n"
			 "\tarray       :   32 bits\n\n"
			 "\tpadding     : type == 29\n"
			 "\ttime_extend : type == 30\n"
			 "\ttime_stamp : type == 31\n"
			 "\tdata max type_len  == 28\n");
}

void dat_put_header(struct strbuf *out, struct machine m, uint32_t page_size,
		    const struct strbuf *page, const struct strbuf *event)
{
	struct strbuf made = { 0 };

	strbuf_add(out, "header_page", 12);
	if (!page || !page->len)
		make_header_page(&made, m, page_size);
	else
		strbuf_add(&made, page->s, page->len);
	dat_put_block(out, m, strbuf_cstr(&made), made.len, 8);
	strbuf_clear(&made);
	strbuf_add(out, "header_event", 13);
	if (!event || !event->len)
		make_header_event(&made);
	else
		strbuf_add(&made, event->s, event->len);
	dat_put_block(out, m, strbuf_cstr(&made), made.len, 8);
	strbuf_done(&made);
}

static bool same_system(const struct dat_meta *meta, size_t i, const char *system)
{
	return !strcmp(meta->formats[i].system, system);
}

/* True when no format before i is of the same system. */
static bool is_first(const struct dat_meta *meta, size_t i)
{
	const char *system = meta->formats[i].system;

	/* Formats of a system mostly stand together. */
	for (size_t k = i; k-- > 0;)
		if (same_system(meta, k, system))
			return false;
	return true;
}

/* The count of a system's formats, and their texts. */
static void put_system(struct strbuf *out, const struct dat_meta *meta, const char *system)
{
	size_t at = out->len;
	unsigned n = 0;

	dat_put(out, meta->machine, 0, 4);
	for (size_t i = 0; i < meta->format_count; i++) {
		if (!same_system(meta, i, system))
			continue;
		dat_put_block(out, meta->machine, meta->formats[i].text, meta->formats[i].size, 8);
		n++;
	}
	dat_put_at(out->s + at, meta->machine, n, 4);
}

void dat_put_ftrace(struct strbuf *out, const struct dat_meta *meta)
{
	put_system(out, meta, "ftrace");
}

unsigned dat_put_system_count(const struct dat_meta *meta)
{
	unsigned n = 0;

	for (size_t i = 0; i < meta->format_count; i++)
		n += !same_system(meta, i, "ftrace") && is_first(meta, i);
	return n;
}

void dat_put_systems(struct strbuf *out, const struct dat_meta *meta)
{
	for (size_t i = 0; i < meta->format_count; i++) {
		const char *system = meta->formats[i].system;

		if (same_system(meta, i, "ftrace") || !is_first(meta, i))
			continue;
		strbuf_add(out, system, strlen(system) + 1);
		put_system(out, meta, system);
	}
}

void dat_put_option(struct strbuf *out, struct machine m, unsigned id, const void *p, size_t n)
{
	dat_put(out, m, id, 2);
	dat_put(out, m, n, 4);
	strbuf_add(out, p, n);
}

void dat_put_clock(struct strbuf *out, struct machine m, const char *clock)
{
	size_t n = strlen(clock);

	dat_put(out, m, n + 2, 8);
	strbuf_char(out, '[');
	strbuf_add(out, clock, n);
	strbuf_char(out, ']');
}

void dat_put_align(struct strbuf *out, size_t size, char fill)
{
	size_t n = (size - out->len % size) % size;

	memset(strbuf_room(out, n), fill, n);
	out->len += n;
}

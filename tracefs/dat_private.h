/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_private: what the parts of the trace.dat reader share, and the numbers of the format
 * that reader and writer share.
 *
 * dat_read.c owns the struct and the steps through it, dat_head.c reads formats and names of any
 * version, dat_v6.c and dat_v7.c where they stand, dat_section.c the sections of version 7,
 * dat_option.c the options, dat_table.c the tables of CPUs, dat_time.c what moves times,
 * dat_inflate.c compressed bytes, dat_chunk.c where they are, dat_cache.c what was made of them,
 * dat_page.c the pages. The writers take the numbers of the format from here.
 */
#ifndef TRACEFS_DAT_PRIVATE_H
#define TRACEFS_DAT_PRIVATE_H

#include <sys/types.h>

#include "tracefs/dat.h"

#define DAT_MAGIC	"\x17\x08\x44tracing"
#define DAT_MAGIC_SIZE	10
#define DAT_WORD_SIZE	10 /* "options  ", "flyrecord" and "latency  ", each with its NUL */
#define DAT_PAGE_MIN	1024
#define DAT_FORMATS_MAX 65536

enum dat_option {
	DAT_OPTION_DONE,
	DAT_OPTION_DATE,
	DAT_OPTION_CPUSTAT,
	DAT_OPTION_BUFFER,
	DAT_OPTION_TRACECLOCK,
	DAT_OPTION_UNAME,
	DAT_OPTION_HOOK,
	DAT_OPTION_OFFSET,
	DAT_OPTION_CPUCOUNT,
	DAT_OPTION_VERSION,
	DAT_OPTION_PROCMAPS,
	DAT_OPTION_TRACEID,
	DAT_OPTION_TIME_SHIFT,
	DAT_OPTION_GUEST,
	DAT_OPTION_TSC2NSEC,
	DAT_OPTION_STRINGS,
	/* in version 7 these are sections too */
	DAT_OPTION_HEADER_INFO,
	DAT_OPTION_FTRACE_EVENTS,
	DAT_OPTION_EVENT_FORMATS,
	DAT_OPTION_KALLSYMS,
	DAT_OPTION_PRINTK,
	DAT_OPTION_CMDLINES,
	DAT_OPTION_BUFFER_TEXT,
	DAT_OPTIONS
};

enum dat_codec {
	DAT_CODEC_NONE,
	DAT_CODEC_ZLIB,
	DAT_CODEC_ZSTD,
};

/* What is being read: the file, or what a section holds. */
struct dat_window {
	const uint8_t *bytes;
	uint64_t size, pos;
	uint64_t base; /* where bytes stand in the file; those of an inflated section: its header */
	bool inflated;
};

struct dat_chunks;

/* The pages of one CPU: an extent of the file. */
struct dat_extent {
	uint64_t offset, size;
	struct dat_chunks *chunks; /* NULL: not compressed, or not looked at yet */
};

struct dat_table {
	struct dat_buffer pub;
	struct dat_extent *cpus; /* pub.cpus of them */
	uint64_t offset;	 /* where the table of a named buffer stands, or its section */
	bool compressed;
};

struct dat_text {
	const char *s;
	size_t size;
};

struct dat {
	char *path;
	int fd;
	const uint8_t *map;
	uint64_t size;
	struct dat_window in; /* the head is read from here */

	int version;
	enum dat_codec codec;
	uint8_t file_long; /* word size of the recorder's user space */
	uint32_t page_size;
	uint32_t data_offset; /* of the records in a page */
	struct machine machine;
	struct schema_set *schemas;
	const struct schema_set *like; /* while it is opened: formats that are probably its own */
	struct dat_text kallsyms, printk, cmdlines;

	unsigned cpus;
	bool has_clock; /* a clock stands behind every table */
	char option_clock[32];
	char uname[400];
	struct strbuf kept_options; /* see dat_options */
	uint64_t date_offset;

	struct dat_table tables[DAT_BUFFERS_MAX];
	unsigned buffers;
	uint64_t claimed; /* bytes of the file that tables said are theirs */

	uint64_t options;		/* version 7: where the first ones stand */
	uint64_t sections[DAT_OPTIONS]; /* ... and the sections; 0: not there */
	uint8_t *kept[DAT_OPTIONS];	/* what was inflated and is still referred to */

	bool has_latency;
	struct dat_text latency;

	struct dat_cache *cache;
	struct dat_times *times;

	char damage[400]; /* what was found first; "" when all is well */
	uint64_t damages;
};

/* ---- reading the head: every step moves the window, or fails and says where ---- */

/* Steps over n bytes and returns them; NULL when the window ends before. */
const uint8_t *dat_take(struct dat *d, uint64_t n);

/* Reads a number of 2, 4 or 8 bytes in the file's order; -EBADMSG when the window ends before. */
int dat_take_number(struct dat *d, unsigned size, uint64_t *ret);

/* Reads a string with its NUL, at most max bytes; NULL when there is none. Borrowed. */
const char *dat_take_string(struct dat *d, size_t max);

/* A number at p, in the file's order. */
uint64_t dat_number(const struct dat *d, const uint8_t *p, unsigned size);

/* Where the window stands in the file: its section, when it was compressed. */
uint64_t dat_where(const struct dat *d);

/* Says that the file ends or makes no sense here, inside what. Returns -EBADMSG. */
int dat_bad(const struct dat *d, struct err *e, const char *what);

/* Counts damage that does not keep the rest from being read, and keeps the first sentence. */
void dat_damage(struct dat *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* dat_head.c: what both versions have, each from where the window stands. */
int dat_read_initial(struct dat *d, struct err *e);
int dat_read_page_header(struct dat *d, struct err *e);
int dat_read_ftrace_formats(struct dat *d, struct err *e);
int dat_read_event_formats(struct dat *d, struct err *e);

/* Reads a size of width bytes and what it counts. */
int dat_take_block(struct dat *d, unsigned width, struct dat_text *ret, struct err *e,
		   const char *what);

/* dat_v6.c, dat_v7.c: all behind the page size, up to where the pages are. */
int dat_read_v6(struct dat *d, struct err *e);
int dat_read_v7(struct dat *d, struct err *e);

/* dat_option.c: one option, whatever the version; those it does not know are left out. */
void dat_read_option(struct dat *d, unsigned id, const uint8_t *p, uint32_t size);

/* Copies text up to a NUL or newline. */
void dat_copy_line(char *to, size_t cap, const uint8_t *p, size_t size);

/* The word in brackets in "local global [mono]"; false when there is none. */
bool dat_find_clock(char *to, size_t cap, const uint8_t *p, size_t size);

/* ---- dat_section.c ---- */

#define DAT_SECTION_HEADER     16
#define DAT_SECTION_COMPRESSED 1

struct dat_section_header {
	uint64_t at; /* of its header in the file */
	uint64_t id, flags, size;
};

/* Reads the header at an offset; the window is the file behind it. */
int dat_read_section(struct dat *d, uint64_t at, struct dat_section_header *s, struct err *e,
		     const char *what);

/* What a section should be, and what becomes of it. */
struct dat_wanted {
	unsigned id;
	const char *what;
	uint64_t left; /* how much may be inflated */
	uint8_t *kept; /* memory to free when nothing refers to it any more, or NULL */
};

/* Makes what a section holds the window. */
int dat_open_section(struct dat *d, uint64_t at, struct dat_wanted *w, struct err *e);

/*
 * dat_v7_salvage.c: looks for sections that no option tells of, the first of them at an offset;
 * then, when it is known what a page looks like, for buffers.
 */
void dat_salvage_sections(struct dat *d, uint64_t at);
void dat_salvage_buffers(struct dat *d, uint64_t at);

/* ---- dat_table.c ---- */

/* The next named buffer; NULL when there are too many, which is damage. */
struct dat_table *dat_add_table(struct dat *d, const char *name);

/* Makes room for the extents of a buffer. Their count is what the file was seen to hold. */
void dat_size_table(struct dat_table *t, unsigned cpus);

/* Cuts an extent to what the file has and nobody else claimed. */
void dat_check_extent(struct dat *d, const struct dat_table *t, unsigned cpu);

/* ---- dat_inflate.c ---- */

/*
 * Inflates size bytes at p to exactly want bytes at to. -EBADMSG when they are damaged or give
 * another number of bytes.
 */
int dat_inflate(enum dat_codec codec, const uint8_t *p, size_t size, uint8_t *to, size_t want);

/* True when size bytes can give want: a bomb and a lie are seen before memory is taken. */
bool dat_inflates(enum dat_codec codec, uint64_t size, uint64_t want);

/* ---- dat_chunk.c ---- */

struct dat_chunk {
	uint64_t offset; /* of the compressed bytes in the file */
	uint64_t page;	 /* number of its first page */
	uint32_t size, inflated;
	bool bad; /* it was tried, and counted as damage */
};

/* The chunks of a CPU, in order, found when they are first asked for. */
struct dat_chunks {
	struct dat_chunk *v;
	uint32_t count;
	uint64_t pages;
};

const struct dat_chunks *dat_chunks(struct dat *d, const struct dat_table *t, struct dat_extent *x);
struct dat_chunk *dat_chunk_of(const struct dat_chunks *c, uint64_t page);
void dat_chunks_free(struct dat_chunks *c);

/* All chunks of an extent one behind the other, up to the first bad one or max bytes. */
uint8_t *dat_inflate_all(struct dat *d, const struct dat_extent *x, uint64_t max, size_t *size);

/* How many pages so many bytes are: a last one that was cut off counts with more than its header */
uint64_t dat_count_pages(const struct dat *d, const struct dat_table *t, uint64_t size);

/* ---- dat_cache.c: bytes that were made of what the file has ---- */

/* A chunk that was inflated, or a page of another byte order. */
struct dat_block {
	struct page_data *data;
	const struct dat_extent *owner; /* with the number, the key */
	uint64_t number;		/* of its first page */
	size_t size;
	uint32_t *turned; /* bytes of records of each page; NULL in files of this byte order */
	struct dat_block *hash, *newer, *older;
};

struct dat_block *dat_cache_find(struct dat *d, const struct dat_extent *x, uint64_t number);

/* A block of size bytes, empty: to be filled, then dat_cache_add. */
struct dat_block *dat_block_new(const struct dat_extent *x, uint64_t number, size_t size);
void dat_block_free(struct dat_block *b);

/* Takes over a block; the least recently used ones that nobody refers to leave for it. */
void dat_cache_add(struct dat *d, struct dat_block *b);

/* True when so much is referred to that nobody should refer to more. There is a cache. */
bool dat_cache_crowded(const struct dat *d);
void dat_cache_free(struct dat *d);

/* ---- dat_time.c ---- */

void dat_time_option(struct dat *d, unsigned id, const uint8_t *p, uint32_t size);
void dat_time_make(struct dat *d); /* when all options were read */
void dat_time_free(struct dat *d);

/* dat_map.c: opens and maps the file, and undoes it. */
int dat_map(struct dat *d, const char *path, struct err *e);
void dat_unmap(struct dat *d);

#endif

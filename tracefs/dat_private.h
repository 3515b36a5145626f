/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_private: what the parts of the trace.dat reader share, and the numbers of the format
 * that reader and writer share.
 *
 * dat_read.c owns the struct, dat_head.c reads what stands in front of the options, dat_table.c
 * the options and the tables of CPUs, dat_page.c the pages. Nobody else includes this.
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
};

/* The pages of one CPU: an extent of the file. */
struct dat_extent {
	uint64_t offset, size;
};

struct dat_table {
	struct dat_buffer pub;
	struct dat_extent *cpus; /* pub.cpus of them */
	uint64_t offset;	 /* where the table of a named buffer stands */
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
	uint64_t pos; /* where the head is being read */

	int version;
	uint8_t file_long; /* word size of the recorder's user space */
	uint32_t page_size;
	uint32_t data_offset; /* of the records in a page */
	struct machine machine;
	struct schema_set *schemas;
	struct dat_text kallsyms, printk, cmdlines;

	unsigned cpus;
	bool has_clock; /* a clock stands behind every table */
	char option_clock[32];
	char uname[400];
	uint64_t date_offset;

	struct dat_table tables[DAT_BUFFERS_MAX];
	unsigned buffers;
	uint64_t claimed; /* bytes of the file that tables said are theirs */

	char damage[400]; /* what was found first; "" when all is well */
	uint64_t damages;
};

/* ---- reading the head: every step moves pos, or fails and says where ---- */

/* Steps over n bytes and returns them; NULL when the file ends before. */
const uint8_t *dat_take(struct dat *d, uint64_t n);

/* Reads a number of 2, 4 or 8 bytes in the file's order; -EBADMSG when the file ends before. */
int dat_take_number(struct dat *d, unsigned size, uint64_t *ret);

/* Reads a string with its NUL, at most max bytes; NULL when there is none. Borrowed. */
const char *dat_take_string(struct dat *d, size_t max);

/* A number at p, in the file's order. */
uint64_t dat_number(const struct dat *d, const uint8_t *p, unsigned size);

/* Says that the file ends or makes no sense at pos, inside what. Returns -EBADMSG. */
int dat_bad(const struct dat *d, struct err *e, const char *what);

/* Counts damage that does not keep the rest from being read, and keeps the first sentence. */
void dat_damage(struct dat *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* dat_head.c: from the magic to the count of CPUs. */
int dat_read_head(struct dat *d, struct err *e);

/* dat_table.c: options, named buffers and every table of CPUs. */
int dat_read_tables(struct dat *d, struct err *e);

/* dat_map.c: opens and maps the file, and undoes it. */
int dat_map(struct dat *d, const char *path, struct err *e);
void dat_unmap(struct dat *d);

#endif

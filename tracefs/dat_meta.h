/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_meta: what a trace.dat says besides its events: the machine, the formats, the names.
 *
 * Collected from the running kernel or taken over from another file, then owned by whoever writes
 * the file. Texts are kept as they came.
 */
#ifndef TRACEFS_DAT_META_H
#define TRACEFS_DAT_META_H

#include "core/err.h"
#include "core/schema.h"
#include "core/strbuf.h"

struct dat;

/* One event's format text. */
struct dat_meta_format {
	char *system;
	char *text;
	size_t size;
};

/* An option as it stands in a file. */
struct dat_meta_option {
	unsigned id;
	char *bytes;
	uint32_t size;
};

struct dat_meta {
	struct machine machine;
	uint32_t page_size; /* of all pages of the file: 1 KiB to 1 MiB */
	unsigned cpus;	    /* of the machine: entries of the top buffer's table */
	char *clock;	    /* "mono" */
	struct strbuf header_page, header_event;
	struct dat_meta_format *formats; /* those of ftrace first */
	size_t format_count, format_cap;
	struct strbuf kallsyms, printk;
	struct strbuf cmdlines;		 /* lines "TID NAME\n" */
	char *uname;			 /* as the option has it; NULL: not known */
	char *version;			 /* of the program that wrote it; NULL: ours */
	int64_t date_offset;		 /* ns from the file's clock to wall time; 0: not known */
	struct dat_meta_option *options; /* beside those the fields above become */
	size_t option_count;
};

struct dat_meta *dat_meta_new(void);
void dat_meta_free(struct dat_meta *m);

/*
 * Everything the running kernel tells, read below the mount of tracefs; only reads, takes about a
 * tenth of a second, any thread. page_size is that of the pages to come. What is closed to us
 * (kallsyms) is left out. -Exxx only when there are no formats at all.
 */
int dat_meta_kernel(const char *tracefs, uint32_t page_size, struct dat_meta **ret, struct err *e);

/* The same of an opened file, for a cut of it. */
int dat_meta_file(struct dat *d, struct dat_meta **ret, struct err *e);

/* Takes over the options that mean the same in a copy whose times are those of the file. */
void dat_meta_options(struct dat_meta *m, const struct dat *d);

/* Adds a format or, where system and event are there already with another text, a second one. */
void dat_meta_format(struct dat_meta *m, const char *system, const char *text, size_t size);

/* Adds a line to the names. */
void dat_meta_comm(struct dat_meta *m, int32_t tid, const char *comm);

#endif

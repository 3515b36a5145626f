/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdat: what the two parts of the maker of trace files share: mkdat.c reads the description
 * and writes the file, mkdat_record.c makes formats, records and pages, mkdat_v7.c makes version 7
 * of what was written.
 */
#ifndef MKDAT_H
#define MKDAT_H

#include <stdio.h>

#include "core/page.h"
#include "core/strbuf.h"
#include "tracefs/dat.h"
#include "tracefs/page_builder.h"

#define FIELDS_MAX 32
#define WORDS_MAX  48
#define EVENTS_MAX 64
#define DAMAGE_MAX 32
#define PAGE_MAX   DAT_PAGE_MAX
#define RECORD_MAX 65000

struct field_def {
	char *name;
	const char *type; /* as the format says it */
	unsigned offset, size, count;
	bool is_signed, is_text, is_loc;
};

struct event_def {
	char *name;
	unsigned id, count, size;
	struct field_def fields[FIELDS_MAX];
};

/* The pages of one CPU of one buffer. */
struct track {
	unsigned buffer, cpu;
	struct page_builder page;
	bool open;
	uint64_t lost;
	uint8_t bytes[PAGE_MAX];
	struct strbuf pages;
	struct track *next;
};

struct damage {
	char kind; /* c, f, n */
	long long a, b;
};

struct maker {
	const char *path;
	unsigned line;
	struct dat_writer_conf conf;
	bool fixed_machine, fixed_page;
	struct dat_writer *writer; /* NULL while the machine may still be said */
	struct event_def events[EVENTS_MAX];
	unsigned event_count;
	struct track *tracks, *at;
	unsigned buffer, cpu;
	uint32_t page_sizes[DAT_BUFFERS_MAX];
	const char *codec;     /* of version 7; NULL: version 6 */
	unsigned chunk_pages;  /* in a compressed chunk */
	unsigned cpus_written; /* in every table of version 6 */
	struct strbuf latency; /* text instead of pages */
	struct damage damage[DAMAGE_MAX];
	unsigned damages;
	FILE *in;
};

struct words {
	char *v[WORDS_MAX];
	unsigned count;
	const char *rest; /* behind the first word */
};

/* Says where and what, and exits: a wrong description is a wrong test. */
void mkdat_fail(const struct maker *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

long long mkdat_number(const struct maker *m, const char *s);

/* The writer, made with the first line that needs it. */
struct dat_writer *mkdat_writer(struct maker *m);

/* Lines of a description: events, formats, records, losses. */
void mkdat_event(struct maker *m, struct words *w);
void mkdat_format(struct maker *m, struct words *w);
void mkdat_at(struct maker *m, struct words *w);
void mkdat_many(struct maker *m, struct words *w);
void mkdat_lost(struct maker *m, struct words *w);
void mkdat_close(struct maker *m, struct words *w);

/* option ID WORD...: one more option of the file. */
void mkdat_option(struct maker *m, struct words *w);

/* Makes a file of version 7 of one of version 6. */
void mkdat_v7(struct maker *m, struct strbuf *file);

/* Gives all pages to the writer, and frees what was made of the description. */
void mkdat_finish(struct maker *m);
void mkdat_free(struct maker *m);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_feed: events of one kind into a dat_file, as a recording would bring them.
 *
 * Event number n of a CPU has the time FEED_START + n * FEED_STEP, and n as its field, so any
 * reader can tell whether all are there and in order. Pages come in parts of a few records.
 * Included once by a program.
 */
#ifndef DAT_FEED_H
#define DAT_FEED_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/page.h"
#include "tracefs/dat_file.h"
#include "tracefs/page_builder.h"

#define FEED_START 1000000000ULL
#define FEED_STEP  1000ULL
#define FEED_ID	   501
#define FEED_PID   77
#define FEED_CPUS  8

/* One CPU of one buffer. */
struct feed_track {
	uint8_t page[1 << 20];
	struct page_builder b;
	bool open;
	uint32_t put; /* bytes of the page that are in the file */
	uint64_t events, first;
	uint64_t lost; /* before the next page */
};

struct feed {
	struct dat_file *file;
	struct machine m;
	uint32_t page_size;
	uint16_t id; /* of the event that is made */
	struct feed_track *tracks[4][FEED_CPUS];
};

/* The text of a format with a number n; extra bytes make it long. */
static inline size_t feed_format(char *to, size_t cap, const char *name, unsigned id, size_t extra)
{
	int n =
	    snprintf(to, cap,
		     "name: %s\nID: %u\nformat:\n"
		     "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		     "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		     "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		     "\tfield:u32 n;\toffset:8;\tsize:4;\tsigned:0;\n"
		     "\nprint fmt: \"n=%%u %.*s\", REC->n\n",
		     name, id, (int)extra,
		     "................................................................"
		     "................................................................");

	return (size_t)n;
}

static inline struct dat_meta *feed_meta(struct machine m, uint32_t page_size, unsigned cpus)
{
	struct dat_meta *meta = dat_meta_new();
	char text[2048];

	meta->machine = m;
	meta->page_size = page_size;
	meta->cpus = cpus;
	meta->clock = xstrdup("mono");
	meta->uname = xstrdup("Linux here 6.1.0 x86_64");
	dat_meta_format(meta, "demo", text, feed_format(text, sizeof(text), "tick", FEED_ID, 0));
	dat_meta_comm(meta, FEED_PID, "ticker");
	return meta;
}

/* One record of the event: number n. */
static inline void feed_record(const struct feed *f, uint8_t *rec, uint32_t n)
{
	uint16_t id = f->m.swap ? __builtin_bswap16(f->id) : f->id;
	uint32_t pid = f->m.swap ? __builtin_bswap32(FEED_PID) : FEED_PID;
	uint32_t v = f->m.swap ? __builtin_bswap32(n) : n;

	memset(rec, 0, 12);
	memcpy(rec, &id, 2);
	memcpy(rec + 4, &pid, 4);
	memcpy(rec + 8, &v, 4);
}

/* Puts what of a CPU's page is not in the file yet. */
static inline int feed_put(struct feed *f, unsigned buffer, unsigned cpu, struct err *e)
{
	struct feed_track *t = f->tracks[buffer][cpu];
	struct dat_part p = { .buffer = buffer, .cpu = cpu };
	int r;

	if (!t || !t->open || t->b.used == t->put)
		return 0;
	p.ts = t->first;
	p.lost = t->put ? 0 : t->lost;
	p.bytes = t->page + 8 + f->m.long_size + t->put;
	p.from = t->put;
	p.size = t->b.used - t->put;
	p.first = t->first;
	p.last = t->b.ts;
	r = dat_file_put(f->file, &p, e);
	if (r < 0)
		return r;
	t->put = t->b.used;
	return 0;
}

/* The next event of a CPU. */
static inline int feed_event(struct feed *f, unsigned buffer, unsigned cpu, struct err *e)
{
	struct feed_track *t = f->tracks[buffer][cpu];
	uint8_t rec[12];
	uint64_t ts;

	if (!t)
		t = f->tracks[buffer][cpu] = xcalloc(1, sizeof(*t));
	ts = FEED_START + t->events * FEED_STEP;
	feed_record(f, rec, (uint32_t)t->events);
	if (!t->open || !page_builder_add(&t->b, ts, rec, sizeof(rec))) {
		int r = feed_put(f, buffer, cpu, e);

		if (r < 0)
			return r;
		page_builder_begin(&t->b, t->page, f->page_size, f->m);
		t->open = true;
		t->put = 0;
		t->first = ts;
		if (!page_builder_add(&t->b, ts, rec, sizeof(rec)))
			return -EINVAL;
	}
	t->events++;
	return 0;
}

/* Puts everything and makes it count. */
static inline int feed_commit(struct feed *f, struct err *e)
{
	for (unsigned b = 0; b < 4; b++)
		for (unsigned cpu = 0; cpu < FEED_CPUS; cpu++) {
			int r = feed_put(f, b, cpu, e);

			if (r < 0)
				return r;
		}
	return dat_file_commit(f->file, e);
}

static inline uint64_t feed_count(const struct feed *f)
{
	uint64_t n = 0;

	for (unsigned b = 0; b < 4; b++)
		for (unsigned cpu = 0; cpu < FEED_CPUS; cpu++)
			n += f->tracks[b][cpu] ? f->tracks[b][cpu]->events : 0;
	return n;
}

static inline void feed_done(struct feed *f)
{
	for (unsigned b = 0; b < 4; b++)
		for (unsigned cpu = 0; cpu < FEED_CPUS; cpu++)
			free(f->tracks[b][cpu]);
}

#endif

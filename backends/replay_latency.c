/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay_latency: the text of a latency tracer, line by line, as rows.
 *
 * Such a file has no events: it is the kernel's `trace` file as it was. Every line is an event
 * latency:line with the line as its text. Its time is the one in the line ("1234us"), from the
 * beginning of the trace on; a line without one has that of the line before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/replay.h"
#include "core/arena.h"
#include "tracefs/page_builder.h"

#define LINE_MAX_BYTES 4096
#define LINE_AT	       12 /* of the text in a record */

static const char format[] =
    "name: line\nID: 1\nformat:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
    "\tfield:__data_loc char[] text;\toffset:8;\tsize:4;\tsigned:1;\n\n"
    "print fmt: \"%s\", __get_str(text)\n";

struct latency {
	struct schema_set *schemas;
	struct source *source;
	struct run *run;
	const char *at, *end; /* what is left of the text */
	int64_t offset;
	uint64_t ts;
};

struct latency *latency_new(struct backend *b, struct replay_file *f)
{
	struct latency *l = xcalloc(1, sizeof(*l));
	struct machine m = { .long_size = 8 };
	struct schema *schema = NULL;
	size_t size = 0;

	l->schemas = schema_set_new(m);
	if (schema_parse("latency", format, sizeof(format) - 1, m, &schema, NULL) >= 0)
		schema_set_add(l->schemas, schema);
	l->source = store_source(b->env->store, "replay", f->names[0], l->schemas, 0);
	l->source->text = &b->text;
	l->run = store_run(b->env->store, l->source, CPU_NONE);
	l->at = dat_latency(f->dat, &size);
	l->end = l->at + size;
	l->offset = f->offset;
	l->source->horizon = size ? 0 : UINT64_MAX;
	return l;
}

void latency_free(struct latency *l)
{
	if (!l)
		return;
	schema_set_free(l->schemas);
	free(l);
}

uint64_t latency_time(const struct latency *l)
{
	return l->ts + (uint64_t)l->offset;
}

bool latency_is_pending(const struct latency *l)
{
	return l->at < l->end;
}

/* The time in a line: digits before "us", with a mark or none, then a blank or ":". */
static uint64_t time_in(const char *s, const char *end)
{
	if (s < end && *s == '#')
		return 0;
	for (const char *p = s; (p = memchr(p, 'u', (size_t)(end - p))); p++) {
		uint64_t us = 0, unit = 1;
		const char *q = p;

		if (end - p < 2 || p[1] != 's')
			continue;
		while (q > s && q[-1] >= '0' && q[-1] <= '9' && unit <= 1000000000000) {
			us += (uint64_t)(*--q - '0') * unit;
			unit *= 10;
		}
		if (q < p && q > s && q[-1] == ' ')
			return us * 1000;
	}
	return 0;
}

/* A line as a record: the common fields, where the text is, the text with its NUL. */
static uint32_t make_record(const char *s, uint32_t len, uint8_t *rec)
{
	memset(rec, 0, LINE_AT);
	store_u16(rec, 1);
	store_u32(rec + 8, (len + 1) << 16 | LINE_AT);
	memcpy(rec + LINE_AT, s, len);
	rec[LINE_AT + len] = '\0';
	return LINE_AT + len + 1;
}

/* Fills a page with lines; returns the bytes of text that went into it. */
static size_t fill_page(struct latency *l, struct store *s, uint8_t *page, uint32_t *ret_used)
{
	uint8_t rec[LINE_AT + LINE_MAX_BYTES + 1];
	const char *began = l->at;
	struct page_builder pb;

	page_builder_begin(&pb, page, store_page_size(s), l->schemas->machine);
	while (l->at < l->end) {
		const char *nl = memchr(l->at, '\n', (size_t)(l->end - l->at));
		const char *end = nl ? nl : l->end;
		uint32_t len = (uint32_t)MIN((size_t)(end - l->at), (size_t)LINE_MAX_BYTES);
		uint64_t ts = MAX(l->ts, time_in(l->at, l->at + len));

		len = MIN(len, page_builder_max(pb.size) - LINE_AT - 1);
		if (!page_builder_add(&pb, ts + (uint64_t)l->offset, rec,
				      make_record(l->at, len, rec)))
			break;
		l->ts = ts;
		l->at = nl ? nl + 1 : l->end;
	}
	*ret_used = page_builder_finish(&pb);
	return (size_t)(l->at - began);
}

int64_t latency_drain(struct latency *l, struct store *s, size_t budget, struct err *e)
{
	size_t moved = 0;

	while (l->at < l->end && moved < budget) {
		uint8_t *page = store_room(s, e);
		uint32_t used;
		int rc;

		if (!page)
			return -ENOMEM;
		moved += fill_page(l, s, page, &used);
		store_close_page(s, l->run);
		rc = store_commit(s, l->run, used, e);
		if (rc < 0)
			return rc;
	}
	l->source->horizon = l->at < l->end ? l->ts + (uint64_t)l->offset : UINT64_MAX;
	return (int64_t)moved;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_fixture: a store filled by hand, recorded into a file of its own folder, and what our
 * reader then finds in that file.
 */
#ifndef TESTS_UNIT_RECORDER_FIXTURE_H
#define TESTS_UNIT_RECORDER_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "sinks/recorder.h"
#include "tests/unit/store_fixture.h"
#include "tracefs/dat.h"
#include "tracefs/dat_meta.h"

#define FOUND_MAX 200000

/* A record of the file. */
struct found {
	char buffer[24];
	unsigned cpu, id;
	uint64_t ts, number, lost; /* lost: in front of its page, with the first record */
	int32_t tid;
	uint64_t page;
};

struct studio {
	struct bench b;
	struct source *hidden;
	struct identity *identity;
	struct recorder_conf conf;
	struct recorder *recorder;
	struct recorder_status status;
	char dir[64], path[96];
	char error[ERR_TEXT];
	/* of the file */
	struct found *found;
	unsigned count, pages;
	struct dat *dat;
};

static inline struct dat_meta *studio_meta(void)
{
	struct dat_meta *m = dat_meta_new();

	m->page_size = 4096;
	m->cpus = 4;
	m->clock = xstrdup("mono");
	return m;
}

static inline void studio_open(struct studio *st, unsigned pages)
{
	struct identity_conf id = { .live = false };

	*st = (struct studio) { 0 };
	bench_open(&st->b, pages);
	st->b.source->backend = "tracefs";
	st->b.source->name = "tracefs";
	st->hidden = store_source(st->b.store, "tracefs", "identity", st->b.schemas, SOURCE_HIDDEN);
	st->b.source->horizon = st->hidden->horizon = UINT64_MAX;
	st->identity = identity_new(&id);
	strcpy(st->dir, "/tmp/tapdeck-recorder-XXXXXX");
	assert_non_null(mkdtemp(st->dir));
	snprintf(st->path, sizeof(st->path), "%s/trace.dat", st->dir);
	st->conf = (struct recorder_conf) {
		.store = st->b.store,
		.identity = st->identity,
		.path = st->path,
		.to = UINT64_MAX,
		.max_events = UINT64_MAX,
		.max_bytes = UINT64_MAX,
	};
	st->found = calloc(FOUND_MAX, sizeof(*st->found));
}

static inline void studio_close(struct studio *st)
{
	recorder_free(st->recorder);
	dat_close(st->dat);
	unlink(st->path);
	assert_int_equal(rmdir(st->dir), 0); /* nothing else was left */
	bench_close(&st->b);
	identity_free(st->identity);
	free(st->found);
}

static inline void studio_start(struct studio *st)
{
	struct err e = ERR_INIT;

	st->conf.meta = studio_meta();
	assert_int_equal(recorder_new(&st->conf, &st->recorder, &e), 0);
	st->conf.meta = NULL; /* taken over, as the filter */
	st->conf.filter = NULL;
}

static inline void studio_step(struct studio *st, uint64_t horizon)
{
	while (recorder_step(st->recorder, horizon, 1000))
		;
}

/* A fragment of another source than the bench's own. */
static inline void studio_feed(struct studio *st, struct source *src, unsigned cpu, uint64_t ts,
			       int32_t tid, uint64_t number)
{
	struct run *r = store_run(st->b.store, src, (uint16_t)cpu);
	struct fragment_maker m;

	fragment_begin(&m, store_room(st->b.store, NULL), ts);
	fragment_add(&m, ts, tid, number);
	assert_int_equal(store_commit(st->b.store, r, PAGE, NULL), 1);
}

static inline void studio_keep(struct studio *st, const struct dat_buffer *b, unsigned cpu,
			       const struct page *p)
{
	struct page_walk w = page_walk_init(p->records, p->size, p->ts);
	struct page_event ev;
	bool first = true;

	while (page_next(&w, &ev)) {
		struct found *f = &st->found[st->count++];

		assert_true(st->count < FOUND_MAX);
		assert_true(ev.size >= 16);
		*f = (struct found) {
			.cpu = cpu,
			.id = load_u16(ev.rec),
			.ts = ev.ts,
			.number = load_u64(ev.rec + 8),
			.tid = (int32_t)load_u32(ev.rec + 4),
			.lost = first ? p->lost : 0,
			.page = st->pages,
		};
		snprintf(f->buffer, sizeof(f->buffer), "%s", b->name);
		first = false;
	}
	assert_false(w.damaged);
	st->pages++;
}

/* Reads the file with our reader, whatever the recorder says of it. */
static inline void studio_read(struct studio *st)
{
	struct err e = ERR_INIT;
	struct dat_info info;

	dat_close(st->dat);
	st->count = st->pages = 0;
	if (dat_open(st->path, &st->dat, &e) < 0)
		fail_msg("%s", e.text);
	dat_info(st->dat, &info);
	assert_null(info.damage);
	for (unsigned i = 0; i < info.buffers; i++) {
		const struct dat_buffer *b = dat_buffer(st->dat, i);

		for (unsigned cpu = 0; cpu < b->cpus; cpu++)
			for (uint64_t n = 0; n < dat_pages(st->dat, i, cpu); n++) {
				struct page_data *keep = NULL;
				struct page p;

				assert_int_equal(dat_page_load(st->dat, i, cpu, n, &p, &keep, &e),
						 0);
				studio_keep(st, b, cpu, &p);
				page_data_unref(keep);
			}
	}
}

/* Ends the recording, keeps what it says, and reads the file. */
static inline void studio_finish(struct studio *st)
{
	recorder_stop(st->recorder);
	assert_true(recorder_ended(st->recorder, true));
	recorder_status(st->recorder, &st->status);
	if (st->status.error)
		snprintf(st->error, sizeof(st->error), "%s", st->status.error->text);
	recorder_free(st->recorder);
	st->recorder = NULL;
	studio_read(st);
}

/* How many records of a buffer have numbers from first to last; each at most once. */
static inline unsigned studio_count(const struct studio *st, const char *buffer, uint64_t first,
				    uint64_t last)
{
	unsigned n = 0;

	for (unsigned i = 0; i < st->count; i++) {
		const struct found *f = &st->found[i];

		if (strcmp(f->buffer, buffer) || f->number < first || f->number > last)
			continue;
		for (unsigned k = 0; k < i; k++)
			assert_false(!strcmp(st->found[k].buffer, buffer) &&
				     st->found[k].cpu == f->cpu &&
				     st->found[k].number == f->number);
		n++;
	}
	return n;
}

static inline const struct found *studio_find(const struct studio *st, uint64_t number)
{
	for (unsigned i = 0; i < st->count; i++)
		if (st->found[i].number == number)
			return &st->found[i];
	fail_msg("record %llu is not in the file", (unsigned long long)number);
	return NULL;
}

#endif

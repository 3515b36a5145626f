/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_details: what only /proc knows of processes, into the recording.
 *
 * The table is asked for all who live, a few at a time, and reads who executes something. Each time
 * it has read one a record is made at once, for he may be gone and forgotten soon. It goes into the
 * file once some CPU of the identity source is as far as what the record says, behind what was
 * handed over there: so no time steps back, and how long ago it was stands in the record.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/task_event.h"
#include "sinks/recorder_private.h"

#define READ_SOME   350	 /* at a step, of which there are at least one a second */
#define DETAILS_MAX 8192 /* that wait; no more can be read between two steps */

struct process *recorder_process_at(const struct process *p, uint64_t ts, struct process *ret)
{
	*ret = *p;
	identity_place(p, ts, &ret->cgroup, &ret->container);
	return ret;
}

static void note(struct recorder_details *d, const struct process *p)
{
	uint64_t since = identity_exe_since(p);
	struct process then;
	struct task t = { .tid = p->pid, .process = recorder_process_at(p, since, &then) };
	struct task_event ev = { .task = &t, .comm = p->comm };
	const struct schema *s = task_event_find(d->source->schemas);
	uint8_t rec[TASK_EVENT_SIZE];
	uint32_t size;

	if (!s || d->count >= DETAILS_MAX)
		return;
	size = task_event_put(d->source->schemas, s, &ev, rec);
	if (!size)
		return;
	if (d->count == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 64;
		d->v = xrealloc(d->v, d->cap, sizeof(*d->v));
	}
	d->v[d->count] = (struct recorder_detail) {
		.since = since,
		.tid = p->pid,
		.size = size,
		.rec = xcalloc(1, size),
	};
	memcpy(d->v[d->count++].rec, rec, size);
}

static void on_detailed(struct identity_watch *w, struct process *p)
{
	note((struct recorder_details *)w, p);
}

void recorder_details_begin(struct recorder *r, struct source *src)
{
	struct recorder_details *d = &r->details;

	identity_want(r->conf.identity);
	identity_detail_some(r->conf.identity, READ_SOME);
	d->source = src;
	d->watch.detailed = on_detailed;
	identity_watch(r->conf.identity, &d->watch);
}

/* Who began between the first rows' time and our beginning to look. */
static bool note_younger(struct process *p, void *data)
{
	struct recorder_details *d = data;

	for (size_t i = 0; i < d->count; i++)
		if (d->v[i].tid == p->pid)
			return true;
	if (p->start >= d->began && identity_is_read(p))
		note(d, p);
	return true;
}

void recorder_details_told(struct recorder *r, uint64_t ts)
{
	struct recorder_details *d = &r->details;

	d->began = MAX(ts, 1ULL);
	if (d->source)
		identity_each(r->conf.identity, note_younger, d);
}

/* Where and when a record can stand that says what was so at `since`; false: nowhere yet. */
static bool find_place(const struct recorder *r, uint64_t since, struct row *row)
{
	const struct recorder_details *d = &r->details;
	uint64_t ts;
	bool found = false;

	for (unsigned i = 0; i < r->run_count; i++) {
		const struct recorder_run *m = &r->runs[i];

		if (m->run->source != d->source)
			continue;
		ts = m->from || m->page > m->run->base ? m->last : 0;
		ts = MIN(MAX(ts, d->began), r->conf.to - 1);
		if (ts < since || (found && ts <= row->ts))
			continue;
		found = true;
		row->ts = ts;
		row->run = m->run->index;
		row->cpu = m->run->cpu;
	}
	return found;
}

static void give(struct recorder *r, const struct recorder_detail *v, struct row *row)
{
	struct err e = ERR_INIT;

	task_event_set_ago(row->source->schemas, row->schema, row->ts - v->since, v->rec, v->size);
	row->rec = v->rec;
	row->size = v->size;
	row->tid = v->tid;
	recorder_check(r, r->sink->ops->row(r->sink, row, &e), &e);
}

bool recorder_details(struct recorder *r)
{
	struct recorder_details *d = &r->details;
	struct row row = { .source = d->source };
	size_t i = 0, kept = 0;

	if (!d->source || r->untold || !r->taking || !d->began)
		return false;
	row.schema = task_event_find(d->source->schemas);
	if (!row.schema)
		return false;
	identity_detail_some(r->conf.identity, READ_SOME);
	if (!d->count)
		return false;
	for (; i < d->count && r->taking && !dat_full(r->sink); i++)
		if (find_place(r, d->v[i].since, &row)) {
			give(r, &d->v[i], &row);
			free(d->v[i].rec);
		} else {
			d->v[kept++] = d->v[i];
		}
	memmove(d->v + kept, d->v + i, (d->count - i) * sizeof(*d->v));
	d->count = kept + d->count - i;
	return i - kept && d->count > kept;
}

void recorder_details_done(struct recorder *r)
{
	identity_unwatch(&r->details.watch);
	for (size_t i = 0; i < r->details.count; i++)
		free(r->details.v[i].rec);
	free(r->details.v);
}

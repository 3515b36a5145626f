/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_tasks: who lived when the recording began.
 *
 * A thread's process stands in no record of it but in those of its birth, so a live recording, and
 * a part of a recording that begins later, begin with one tapdeck:task for every thread there is.
 * They are the first rows of the identity source: what it has itself waits until it was read up to
 * the beginning, for only then the table knows all who lived then.
 */
#include "core/task_event.h"
#include "sinks/recorder_private.h"

#define WAIT_MOST (2 * NSEC_PER_SEC) /* a source that is silent for longer is not waited for */

struct telling {
	struct recorder *recorder;
	const struct schema *schema;
	struct row row;
};

static bool is_replay(const struct source *src)
{
	return src->backend && !strcmp(src->backend, "replay");
}

/* A recording from its beginning on has these rows already. */
static bool is_to_tell(const struct recorder *r, const struct source *src)
{
	if (!(src->flags & SOURCE_HIDDEN) || !src->schemas || src->schemas->machine.swap)
		return false;
	return (!is_replay(src) || r->conf.from) && task_event_find(src->schemas);
}

void recorder_tasks_begin(struct recorder *r)
{
	struct source *src;

	if (!r->conf.identity)
		return;
	for (unsigned i = 0; (src = store_source_at(r->conf.store, i)); i++)
		if (is_to_tell(r, src))
			r->untold = src;
	if (r->untold && !is_replay(r->untold))
		recorder_details_begin(r, r->untold);
}

/* Whether the table may learn more of who lived at the beginning. */
static bool is_early(const struct recorder *r, uint64_t now)
{
	if (r->state != RECORDER_RUNNING || r->untold->horizon >= MAX(r->conf.from, 1ULL))
		return false;
	return is_replay(r->untold) || now - r->began < WAIT_MOST;
}

/* Not later than anything that will be handed over. */
static uint64_t beginning(const struct recorder *r)
{
	uint64_t ts = r->began;
	const struct run *run;

	if (r->conf.from)
		return r->conf.from;
	if (r->untold->horizon)
		ts = MIN(ts, r->untold->horizon);
	for (unsigned i = 0; (run = store_run_at(r->conf.store, i)); i++) {
		const struct page *p = run_page(run, run->base);

		if (p && p->events)
			ts = MIN(ts, run_time(run, p->first));
	}
	return ts;
}

static void tell(const struct task *t, const char *comm, void *data)
{
	struct telling *d = data;
	struct recorder *r = d->recorder;
	struct err e = ERR_INIT;
	struct process then;
	struct task task = *t;
	struct task_event ev = { .task = &task, .comm = comm };
	uint8_t rec[TASK_EVENT_SIZE];

	if (!r->taking)
		return;
	if (is_replay(d->row.source))
		identity_detail(r->conf.identity, t->process);
	task.process = recorder_process_at(t->process, d->row.ts, &then);
	d->row.rec = rec;
	d->row.size = task_event_put(d->row.source->schemas, d->schema, &ev, rec);
	d->row.tid = t->tid;
	if (!d->row.size)
		return;
	recorder_check(r, r->sink->ops->row(r->sink, &d->row, &e), &e);
}

void recorder_tasks(struct recorder *r, uint64_t now)
{
	struct source *src = r->untold;
	struct telling d = { .recorder = r };

	if (!src || is_early(r, now))
		return;
	d.schema = task_event_find(src->schemas);
	d.row = (struct row) {
		.ts = beginning(r),
		.source = src,
		.schema = d.schema,
		.run = store_run(r->conf.store, src, 0)->index,
	};
	r->untold = NULL;
	if (d.schema && d.row.ts < r->conf.to)
		identity_living(r->conf.identity, d.row.ts, tell, &d);
	recorder_details_told(r, d.row.ts);
}

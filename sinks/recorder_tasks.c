/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_tasks: who lived when the recording began.
 *
 * A thread's process stands in no record of it but in those of its birth, so a live recording
 * begins with one tapdeck:task for every thread there is. They are the first rows of the identity
 * source: what it has itself waits until it was read up to the beginning, for only then the table
 * knows all who lived then.
 */
#include "core/task_event.h"
#include "sinks/recorder_private.h"

#define WAIT_MOST (2 * NSEC_PER_SEC) /* a source that is silent for longer is not waited for */

struct telling {
	struct recorder *recorder;
	const struct schema *schema;
	struct row row;
};

void recorder_tasks_begin(struct recorder *r)
{
	struct source *src;

	if (!r->conf.identity)
		return;
	for (unsigned i = 0; (src = store_source_at(r->conf.store, i)); i++)
		if (src->flags & SOURCE_HIDDEN && src->schemas && src->backend &&
		    strcmp(src->backend, "replay") != 0 && task_event_find(src->schemas))
			r->untold = src;
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
	uint8_t rec[TASK_EVENT_SIZE];

	if (!r->taking)
		return;
	d->row.rec = rec;
	d->row.size = task_event_put(d->row.source->schemas, d->schema, t, comm, rec);
	d->row.tid = t->tid;
	recorder_check(r, r->sink->ops->row(r->sink, &d->row, &e), &e);
}

void recorder_tasks(struct recorder *r, uint64_t now)
{
	struct source *src = r->untold;
	struct telling d = { .recorder = r };

	if (!src || (r->state == RECORDER_RUNNING && src->horizon < MAX(r->conf.from, 1ULL) &&
		     now - r->began < WAIT_MOST))
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
}

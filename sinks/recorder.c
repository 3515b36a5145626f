/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder: see the header.
 *
 * A recording that is to end is ENDING: what belongs to it and is in the store is still handed
 * over, as fast as the queue takes it, then the thread is told to finish. Nothing of it waits.
 */
#include "sinks/recorder.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "sinks/recorder_private.h"
#include "tracefs/dat_meta.h"

/* A step comes at least once a second: what is in the file is never older than that. */
#define COMMIT_EVERY (700 * NSEC_PER_MSEC)
#define GRACE	     (2 * NSEC_PER_SEC)
#define NAMES_EVERY  (2 * NSEC_PER_SEC)
#define END_BUDGET   (64u << 20) /* of a step that nobody gave a budget */

bool recorder_check(struct recorder *r, int rc, const struct err *e)
{
	if (rc < 0 && rc != -EAGAIN && !r->error.code) {
		r->error = *e;
		r->error.code = rc;
		r->taking = false;
	}
	return rc >= 0;
}

void recorder_count_loss(struct recorder *r, uint64_t lost)
{
	if (lost == LOST_UNKNOWN)
		r->lost_unknown++;
	else
		r->lost += lost;
}

/* ---- beginning ---- */

/* Called by the writer's thread. */
static int on_valid(void *data, struct err *e)
{
	struct recorder *r = data;

	return recorder_path_valid(&r->path, e);
}

/* All sources must be of one machine: a file has one byte order. */
static int check_machines(const struct recorder *r, struct err *e)
{
	struct machine m = { .long_size = sizeof(long) };
	const struct source *src;

	if (r->conf.meta)
		m = r->conf.meta->machine;
	for (unsigned i = 0; (src = store_source_at(r->conf.store, i)); i++)
		if (src->schemas && (src->schemas->machine.swap != m.swap ||
				     src->schemas->machine.long_size != m.long_size))
			return err_set(e, -EINVAL,
				       "%s: it has another byte order or word size than the file "
				       "would have; record it alone",
				       src->name);
	return 0;
}

/* Times that went through a map are ns of one clock, whatever the recording's own was. */
static void check_clock(struct recorder *r)
{
	const struct run *run;

	for (unsigned i = 0; r->conf.meta && (run = store_run_at(r->conf.store, i)); i++) {
		if (!run->time)
			continue;
		free(r->conf.meta->clock);
		r->conf.meta->clock = xstrdup("mono");
		return;
	}
}

static int open_sink(struct recorder *r, struct err *e)
{
	struct sink_conf c = {
		.identity = r->conf.identity,
		.clocks = r->conf.clocks,
		.path = r->path.path,
		.store = r->conf.store,
		.meta = r->conf.meta,
		.compress = r->conf.compress,
		.valid = on_valid,
		.valid_data = r,
	};
	int rc;

	c.fd = recorder_path_open(&r->path, r->conf.path, r->conf.force, e);
	if (c.fd < 0) {
		recorder_path_done(&r->path);
		return c.fd;
	}
	c.path = r->path.path;
	r->conf.meta = NULL;
	rc = sink_new("dat", &c, &r->sink, e);
	close(c.fd);
	if (rc < 0)
		recorder_path_undo(&r->path);
	return rc;
}

/* Whether rows have to be looked at one by one. */
static bool wants_rows(const struct recorder_conf *c)
{
	return c->wanted || c->max_events != UINT64_MAX || (c->filter && *filter_text(c->filter));
}

/* Wherever we leave ourselves out, the writer is left out as well. */
static void mark_own(const struct recorder *r)
{
	int32_t tid = dat_tid(r->sink);
	struct source *src;

	for (unsigned i = 0; (src = store_source_at(r->conf.store, i)); i++) {
		unsigned k = 1;

		if (!src->own[0])
			continue;
		while (k < SOURCE_LOADER && src->own[k] && src->own[k] != tid)
			k++;
		if (k < SOURCE_LOADER)
			src->own[k] = tid;
	}
}

int recorder_new(const struct recorder_conf *c, struct recorder **ret, struct err *e)
{
	struct recorder *r = xcalloc(1, sizeof(*r));
	int rc;

	r->conf = *c;
	r->error = (struct err)ERR_INIT;
	r->taking = true;
	r->began = r->committed = r->named = r->sample_at = clock_mono();
	check_clock(r);
	rc = check_machines(r, e);
	if (rc >= 0)
		rc = open_sink(r, e);
	if (rc < 0) {
		recorder_free(r);
		return rc;
	}
	if (wants_rows(c)) {
		r->cursor = cursor_new(c->store, CURSOR_LOSSES);
		r->cursor_epoch = store_epoch(c->store);
		cursor_seek(r->cursor, c->from);
		(void)cursor_skipped(r->cursor); /* what left before it began it did not miss */
	}
	recorder_tasks_begin(r);
	recorder_runs(r);
	mark_own(r);
	*ret = r;
	return 0;
}

/* ---- going on ---- */

static void end_with(struct recorder *r, enum recorder_reason reason)
{
	if (r->state != RECORDER_RUNNING)
		return;
	r->state = RECORDER_ENDING;
	r->reason = reason;
}

static enum recorder_reason reason_of(const struct err *e)
{
	return e && e->code == -ENOSPC ? RECORDER_DISK_FULL : RECORDER_ERROR;
}

/* What the thread says of itself; true while it writes. */
static bool look_at_thread(struct recorder *r)
{
	struct dat_progress p;
	uint64_t n;

	if (read(dat_fd(r->sink), &n, sizeof(n)) < 0 && errno != EAGAIN)
		return true;
	dat_progress(r->sink, &p);
	if (p.state == DAT_WRITING)
		return true;
	if (r->state == RECORDER_DONE || r->state == RECORDER_FAILED)
		return false;
	r->ended = p.ended;
	r->state = p.state == DAT_FAILED || r->error.code ? RECORDER_FAILED : RECORDER_DONE;
	if (p.state == DAT_FAILED) {
		r->error = *p.error;
		r->reason = reason_of(p.error);
	} else if (r->error.code) {
		r->reason = RECORDER_ERROR;
	}
	if (!p.valid)
		recorder_path_undo(&r->path);
	return false;
}

static void sample(struct recorder *r, uint64_t now)
{
	uint64_t dt = now - r->sample_at;
	struct dat_progress p;

	if (dt < NSEC_PER_SEC)
		return;
	dat_progress(r->sink, &p);
	r->events_rate = (p.events - r->sample_events) * 1000 / (dt / NSEC_PER_MSEC);
	r->bytes_rate = (p.bytes - MIN(r->sample_bytes, p.bytes)) * 1000 / (dt / NSEC_PER_MSEC);
	r->sample_at = now;
	r->sample_events = p.events;
	r->sample_bytes = p.bytes;
}

/*
 * Nothing below the end will come any more. A horizon may have left a source behind that was
 * silent, or that we had no time to read: a range waits for it longer than the screen does.
 */
static bool is_complete(const struct recorder *r)
{
	const struct source *src;
	uint64_t least = UINT64_MAX;

	if (r->horizon < r->conf.to)
		return false;
	for (unsigned i = 0; (src = store_source_at(r->conf.store, i)); i++)
		least = MIN(least, src->horizon);
	return least >= r->conf.to || r->horizon - r->conf.to > GRACE;
}

/* What ends a recording by itself. */
static void check_limits(struct recorder *r, bool more)
{
	struct dat_progress p;

	dat_progress(r->sink, &p);
	if (p.bytes >= r->conf.max_bytes || p.queued >= r->conf.max_bytes - p.bytes) {
		r->taking = false;
		end_with(r, RECORDER_MAX_BYTES);
	} else if (r->cursor && r->taken >= r->conf.max_events) {
		r->conf.to = MIN(r->conf.to, r->looked + 1);
		end_with(r, RECORDER_MAX_EVENTS);
	} else if (!more && is_complete(r)) {
		end_with(r, RECORDER_RANGE);
	}
	if (r->error.code)
		end_with(r, RECORDER_ERROR);
}

static void tell_names(struct recorder *r, uint64_t now, bool at_once)
{
	if (!at_once && now - r->named < NAMES_EVERY)
		return;
	recorder_comms(r);
	r->named = now;
}

static void tell_stats(struct recorder *r)
{
	struct strbuf b = { 0 };

	if (!r->conf.cpu_stats)
		return;
	for (unsigned cpu = 0; r->conf.cpu_stats(r->conf.cpu_stats_data, cpu, &b); cpu++) {
		dat_stat(r->sink, cpu, strbuf_cstr(&b));
		strbuf_done(&b);
	}
	strbuf_done(&b);
}

/* All that belongs to it was handed over: the thread may finish. */
static void order_end(struct recorder *r)
{
	if (r->ordered)
		return;
	recorder_comms(r);
	tell_stats(r);
	dat_end(r->sink);
	r->ordered = true;
}

static void commit(struct recorder *r, uint64_t now)
{
	struct err e = ERR_INIT;
	int rc;

	tell_names(r, now, false);
	rc = r->sink->ops->tick(r->sink, &e);
	recorder_check(r, rc, &e);
	if (rc != -EAGAIN)
		r->committed = now;
}

bool recorder_step(struct recorder *r, uint64_t horizon, uint64_t budget)
{
	uint64_t now = clock_mono(), limit;
	bool due = now - r->committed >= COMMIT_EVERY, more;

	if (!look_at_thread(r) || r->ordered)
		return false;
	mark_own(r);
	recorder_runs(r);
	r->horizon = MAX(r->horizon, horizon);
	limit = r->state == RECORDER_ENDING ? r->conf.to : MIN(r->horizon, r->conf.to);
	due |= r->state == RECORDER_ENDING;
	recorder_tasks(r, now);
	more = recorder_pages(r, due, &budget);
	if (due)
		more |= recorder_details(r);
	if (r->cursor)
		more |= recorder_rows(r, limit, &budget);
	check_limits(r, more);
	if (r->state == RECORDER_ENDING && !due && r->taking)
		return recorder_step(r, horizon, budget); /* open pages are wanted now */
	if (r->state == RECORDER_ENDING && (!more || !r->taking))
		order_end(r);
	else if (due)
		commit(r, now);
	else
		dat_wake(r->sink);
	sample(r, now);
	return more && r->taking && !dat_full(r->sink);
}

void recorder_end_at(struct recorder *r, uint64_t to)
{
	r->conf.to = MIN(r->conf.to, to);
}

void recorder_stop(struct recorder *r)
{
	struct store_stats stats;

	if (r->state != RECORDER_RUNNING)
		return;
	store_stats(r->conf.store, &stats);
	r->conf.to = MIN(r->conf.to, stats.last + 1);
	end_with(r, RECORDER_STOPPED);
	recorder_step(r, r->horizon, END_BUDGET);
}

bool recorder_ended(struct recorder *r, bool wait)
{
	if (r->state == RECORDER_ENDING)
		recorder_step(r, r->horizon, END_BUDGET);
	while (wait && look_at_thread(r)) {
		struct pollfd p = { .fd = dat_fd(r->sink), .events = POLLIN };

		recorder_step(r, r->horizon, END_BUDGET);
		if (r->state == RECORDER_RUNNING && !is_complete(r))
			return false; /* nobody told it to end */
		if (r->state < RECORDER_DONE)
			poll(&p, 1, 100);
	}
	return !look_at_thread(r);
}

int recorder_fd(const struct recorder *r)
{
	return dat_fd(r->sink);
}

void recorder_status(const struct recorder *r, struct recorder_status *ret)
{
	struct dat_progress p;

	dat_progress(r->sink, &p);
	*ret = (struct recorder_status) {
		.state = r->state,
		.reason = r->reason,
		.path = r->path.path,
		.began = r->began,
		.ended = r->ended,
		.events = p.events,
		.hidden = p.hidden,
		.bytes = p.bytes,
		.events_rate = r->events_rate,
		.bytes_rate = r->bytes_rate,
		.lost = r->lost,
		.lost_unknown = r->lost_unknown,
		.missed = r->missed + p.dropped,
		.own = r->own,
		.unwanted = r->unwanted,
		.queued = p.queued,
		.version = p.version,
		.error = r->error.code ? &r->error : NULL,
		.note = p.note,
	};
}

uint64_t recorder_position(const struct recorder *r)
{
	uint64_t position = recorder_pages_position(r);

	return r->cursor ? MIN(position, r->looked) : position;
}

void recorder_abandon(struct recorder *r)
{
	struct pollfd p = { .events = POLLIN };

	if (!r || !r->sink)
		return;
	r->taking = false;
	r->ordered = true;
	end_with(r, RECORDER_STOPPED);
	dat_drop(r->sink);
	p.fd = dat_fd(r->sink);
	while (look_at_thread(r) && !dat_is_empty(r->sink))
		poll(&p, 1, 10);
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	if (r->sink) {
		if (r->state == RECORDER_RUNNING)
			recorder_stop(r);
		recorder_ended(r, true);
		sink_free(r->sink, NULL);
	}
	cursor_free(r->cursor);
	filter_free(r->conf.filter);
	dat_meta_free(r->conf.meta);
	recorder_path_done(&r->path);
	recorder_details_done(r);
	free(r->runs);
	free(r->comms);
	free(r);
}

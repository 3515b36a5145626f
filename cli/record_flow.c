/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_flow: from the store into files.
 *
 * One recorder takes what comes. Where a new file is to begin, the one before gets an end in time
 * that lies above all it has; when everything below is in, the next one begins at that very time:
 * no row is in both, none in neither.
 */
#include <errno.h>
#include <stdlib.h>

#include "cli/choice.h"
#include "cli/record.h"

#define BUDGET (1u << 20)	   /* bytes handed over in one step */
#define AGAIN  (2 * NSEC_PER_MSEC) /* until the rest of what was there is handed over */
#define TRIES  16		   /* for a number that nobody else took */

void record_flow_failed(struct record *r, const struct err *e)
{
	if (!r->error.code)
		r->error = *e;
}

static void stop(struct record *r)
{
	poller_stop(deck_poller(r->deck), 0);
}

/* ---- files ---- */

/* Losses concern everybody. */
static bool wanted(void *data, const struct row *row)
{
	struct record *r = data;

	return (row->flags & ROW_LOSS) ||
	       family_has(r->family, deck_identity(r->deck), row->tid, row->ts);
}

static uint64_t left(uint64_t limit, uint64_t used)
{
	return limit == UINT64_MAX ? limit : limit - MIN(limit, used);
}

static int open_file(struct record *r, const char *path, uint64_t from, struct err *e)
{
	const struct opts *o = r->opts;
	struct record_totals t;
	struct recorder_conf c = {
		.store = deck_store(r->deck),
		.identity = deck_identity(r->deck),
		.clocks = deck_clocks(r->deck),
		.path = path,
		.force = o->force,
		.compress = o->compress,
		.from = from,
		.to = UINT64_MAX,
		.wanted = r->family ? wanted : NULL,
		.wanted_data = r,
		.cpu_stats = deck_cpu_stats,
		.cpu_stats_data = r->deck,
	};
	int rc = choice_filter(o, 0, &c.filter, e);

	if (rc >= 0 && c.filter)
		filter_trust_kernel(c.filter);
	record_flow_count(r, &t);
	c.max_events = left(o->limit, t.events);
	c.max_bytes = left(o->max_size, t.bytes);
	return rc < 0 ? rc : recorder_new(&c, &r->now, e);
}

static bool rotates(const struct record *r)
{
	return r->files.stem != NULL;
}

static int open_next(struct record *r, uint64_t from, struct err *e)
{
	int rc = -EEXIST;

	if (!rotates(r))
		return open_file(r, r->path, from, e);
	for (unsigned i = 0; i < TRIES && rc == -EEXIST; i++) {
		char *path = NULL;

		err_clear(e);
		rc = record_files_next(&r->files, &path, e);
		if (rc >= 0)
			rc = open_file(r, path, from, e);
		free(path);
	}
	return rc;
}

/* A file that is still being finished is not removed. */
static void keep_files(struct record *r)
{
	struct err e = ERR_INIT;

	if (!rotates(r) || r->opts->keep == UINT64_MAX)
		return;
	record_files_keep(&r->files, r->opts->keep, &e);
	if (e.code)
		record_flow_failed(r, &e);
}

/* The file is closed, well or not. */
static void close_file(struct record *r, struct recorder **file)
{
	struct recorder_status s;

	recorder_status(*file, &s);
	if (s.error)
		record_flow_failed(r, s.error);
	record_totals_add(&r->totals, &s, false);
	recorder_free(*file);
	*file = NULL;
}

int record_flow_begin(struct record *r, struct err *e)
{
	int rc = open_next(r, 0, e);

	r->totals.began = clock_mono();
	if (rc >= 0)
		keep_files(r);
	return rc;
}

void record_flow_count(const struct record *r, struct record_totals *ret)
{
	const struct recorder *open[] = { r->before, r->now };
	struct recorder_status s;

	*ret = r->totals;
	for (size_t i = 0; i < ARRAY_SIZE(open); i++) {
		if (!open[i])
			continue;
		recorder_status(open[i], &s);
		record_totals_add(ret, &s, true);
	}
}

/* ---- the flow ---- */

/* Sees to the file before this one: only when it is closed may there be another. */
static void look_back(struct record *r)
{
	if (!r->before || !recorder_ended(r->before, false))
		return;
	close_file(r, &r->before);
	keep_files(r);
	if (r->error.code)
		stop(r);
}

static bool is_full(const struct record *r, const struct recorder_status *s)
{
	return s->bytes + s->queued >= r->rotate.size || clock_mono() - s->began >= r->rotate.age;
}

/*
 * The file has all it will get: the next one goes on from there. At the very end it need not, where
 * nothing came since.
 */
static void next_file(struct record *r)
{
	uint64_t from = r->split;
	struct err e = ERR_INIT;
	struct store_stats stats;

	store_stats(deck_store(r->deck), &stats);
	r->before = r->now;
	r->now = NULL;
	r->split = 0;
	if (r->closing && stats.last < from)
		return;
	if (open_next(r, from, &e) < 0) {
		record_flow_failed(r, &e);
		stop(r);
	}
}

/* What no file will ask for any more leaves the store. */
static void forget(struct record *r, uint64_t horizon)
{
	recorder_forget(r->now, r->split ? MIN(horizon, r->split) : horizon);
}

/* One step; true when there is more right now. */
static bool hand_over(struct record *r)
{
	uint64_t horizon = deck_horizon(r->deck);
	struct recorder_status s;
	bool more;

	look_back(r);
	if (!r->now || r->over)
		return false;
	more = recorder_step(r->now, horizon, BUDGET);
	forget(r, horizon);
	recorder_status(r->now, &s);
	if (s.state == RECORDER_RUNNING) {
		if (rotates(r) && !r->split && !r->before && !r->closing && is_full(r, &s)) {
			r->split = clock_mono();
			recorder_end_at(r->now, r->split);
		}
		return more;
	}
	if (r->split && s.reason == RECORDER_RANGE) {
		next_file(r);
		return r->now != NULL;
	}
	r->over = true;
	stop(r);
	return false;
}

void record_flow_advance(struct record *r)
{
	if (hand_over(r))
		poller_timer_set(deck_poller(r->deck), r->again, AGAIN, 0);
}

/* ---- the end ---- */

static bool through(const struct recorder *r)
{
	return !r || recorder_ended((struct recorder *)r, false);
}

/* Waits a moment in the poller, so that signals are heard. */
static int wait_for_disk(struct record *r, struct err *e)
{
	int rc = poller_once(deck_poller(r->deck), 20, e);

	if (rc >= 0 && r->hurry)
		return err_set(e, -EINTR,
			       "ended in a hurry: what the file holds by now can be read, the last "
			       "second may be missing");
	return rc;
}

int record_flow_finish(struct record *r, struct err *e)
{
	int rc = 0;

	r->closing = true;
	r->totals.ended = clock_mono();
	deck_stop(r->deck);
	while (rc >= 0 && hand_over(r))
		rc = wait_for_disk(r, e);
	r->over = true;
	if (r->now && rc >= 0)
		recorder_stop(r->now);
	while (rc >= 0 && (!through(r->now) || !through(r->before)))
		rc = wait_for_disk(r, e);
	if (rc < 0)
		return rc;
	if (r->before)
		close_file(r, &r->before);
	if (r->now)
		close_file(r, &r->now);
	keep_files(r);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck_play: recordings: how far they are loaded, what is around a time, and the recorded clock.
 *
 * Playing, all rows stay in the store, and the horizon is where the recorded clock stands. What it
 * passes is folded into counts of their own, in the order of time, while those of the whole file
 * wait (and grow, where the file is still being loaded). The clock waits for pages that are not
 * there yet and for a machine that cannot fold as fast: nothing is passed over.
 */
#include <errno.h>

#include "backends/deck_private.h"

#define PERIOD	   (NSEC_PER_SEC / 15)
#define STEP_TIME  (8 * NSEC_PER_MSEC)	 /* folded at once: a key waits no longer */
#define HURRY_TIME (200 * NSEC_PER_MSEC) /* for a step somebody asked for */
#define SPEED_MIN  0.001
#define SPEED_MAX  1000.0
#define LOOK_CHECK 64 /* rows between two looks at the clock */

struct backend *deck_recording(const struct deck *d)
{
	for (unsigned i = 0; i < d->count; i++)
		if (d->open[i].ops->recording)
			return (struct backend *)&d->open[i];
	return NULL;
}

void deck_play_open(struct deck *d, const struct backend *b)
{
	struct clock_triple t;

	if (b->ops->recording->clock(b, &t))
		clock_map_add(&d->clocks, t);
}

/* ---- the recorded clock ---- */

static void wind(struct play *p)
{
	p->from = p->at;
	p->began = clock_mono();
}

/* Where the recorded clock should be. */
static uint64_t target(const struct play *p)
{
	double passed = (double)(clock_mono() - p->began) * p->speed;

	if (passed >= (double)(UINT64_MAX / 2 - MIN(p->from, UINT64_MAX / 2)))
		return UINT64_MAX;
	return p->from + (uint64_t)passed;
}

/* The store was filled from somewhere else since: brings back what is played. */
static void return_to(struct deck *d)
{
	struct backend *b = deck_recording(d);
	struct play *p = &d->play;

	if (p->epoch == store_epoch(d->env.store))
		return;
	b->ops->recording->seek(b, p->at, NULL);
	p->epoch = store_epoch(d->env.store);
	cursor_seek(p->cursor, p->at);
}

struct folding {
	struct summary *sum;
	const struct identity *id;
	int32_t tid;
	uint32_t task; /* of tid; good until somebody looks at the counts */
};

static struct folding folding_new(const struct deck *d)
{
	return (struct folding) { .sum = d->env.summary, .id = d->env.identity, .tid = -1 };
}

static void fold(struct folding *f, const struct row *r)
{
	if (!f->sum || !r->schema || r->flags & ROW_DAMAGED)
		return;
	if (r->tid != f->tid || f->tid == -1) {
		f->tid = r->tid;
		f->task = summary_task(f->sum, f->id, r->tid, r->ts);
	}
	summary_fold(f->sum, f->task, r->schema, r->ts);
}

/* How far the clock can go: to what is final, or behind the last row of all. */
static uint64_t reach(const struct deck *d)
{
	uint64_t horizon = store_horizon(d->env.store, 0);
	struct store_stats stats;

	if (horizon != UINT64_MAX)
		return horizon;
	store_stats(d->env.store, &stats);
	return stats.last + 1;
}

/*
 * Moves the clock to a time, as far as there are pages and until the deadline. Returns how many
 * rows it passed.
 */
static uint64_t move_to(struct deck *d, uint64_t to, uint64_t deadline)
{
	uint64_t limit = MIN(to, reach(d)), n = 0;
	struct folding f = folding_new(d);
	struct play *p = &d->play;
	struct row r = { 0 };

	while (cursor_next(p->cursor, limit, &r)) {
		fold(&f, &r);
		if (++n % LOOK_CHECK || clock_mono() < deadline)
			continue;
		p->at = MAX(p->at, r.ts);
		return n;
	}
	p->at = MAX(p->at, limit);
	return n;
}

/* True when the clock passed all there is. */
static bool is_over(const struct deck *d)
{
	struct store_stats stats;

	for (unsigned i = 0; store_source_at(d->env.store, i); i++)
		if (store_source_at(d->env.store, i)->horizon != UINT64_MAX)
			return false;
	store_stats(d->env.store, &stats);
	return d->play.at > stats.last;
}

/* Says up to where pages will be wanted soon, and lets the pump bring them. */
static void look_ahead(struct deck *d)
{
	struct backend *b = deck_recording(d);
	uint64_t soon = (uint64_t)(d->play.speed * (double)(4 * PERIOD)) + NSEC_PER_MSEC;
	uint64_t until = d->play.at + soon;

	b->ops->recording->want(b, d->play.at, MAX(until, d->play.at));
	if (b->ops->next(b, 0) == 0)
		poller_step_wake(d->poller, d->step);
}

static void say_changed(struct deck *d)
{
	if (d->conf.changed)
		d->conf.changed(d, d->conf.data);
}

static void schedule(struct deck *d)
{
	if (d->play.on && !d->play.still)
		poller_timer_set(d->poller, d->play.timer, PERIOD, PERIOD);
	else
		poller_timer_cancel(d->poller, d->play.timer);
}

static void on_play(void *data)
{
	struct deck *d = data;
	struct play *p = &d->play;
	uint64_t to = target(p);

	return_to(d);
	/* A clock that was set to wait does not run after what it missed. */
	move_to(d, MIN(to, p->at + (uint64_t)(p->speed * (double)NSEC_PER_SEC)),
		clock_mono() + STEP_TIME);
	if (p->at < to)
		wind(p);
	if (is_over(d)) {
		p->still = true;
		schedule(d);
	}
	look_ahead(d);
	say_changed(d);
}

/* ---- what people ask for ---- */

static int begin(struct deck *d, struct err *e)
{
	struct play *p = &d->play;

	if (!p->timer)
		p->timer = poller_timer_add(d->poller, on_play, d);
	if (!p->timer)
		return err_set(e, -ENOMEM, "play: no timer can be made");
	p->cursor = cursor_new(d->env.store, 0);
	if (d->env.summary) {
		p->whole = summary_new();
		summary_swap(d->env.summary, p->whole);
		store_fold(d->env.store, p->whole);
	}
	p->on = true;
	return 0;
}

int deck_play(struct deck *d, uint64_t from, double speed, struct err *e)
{
	struct backend *b = deck_recording(d);
	struct play *p = &d->play;
	int rc;

	if (!b)
		return err_set(e, -ENOTSUP,
			       "play: no recording is open: what happens now is "
			       "shown as it happens");
	if (!(speed >= SPEED_MIN && speed <= SPEED_MAX))
		return err_set(e, -EINVAL, "play: a speed of %g is not possible: from %g to %g",
			       speed, SPEED_MIN, SPEED_MAX);
	rc = b->ops->recording->seek(b, from, e);
	if (rc >= 0 && !p->on)
		rc = begin(d, e);
	else if (rc >= 0 && d->env.summary)
		summary_reset(d->env.summary);
	if (rc < 0)
		return rc;
	p->epoch = store_epoch(d->env.store);
	cursor_seek(p->cursor, from);
	p->at = from;
	p->speed = speed;
	p->still = false;
	wind(p);
	schedule(d);
	look_ahead(d);
	say_changed(d);
	return 0;
}

void deck_play_speed(struct deck *d, double speed)
{
	if (!d->play.on)
		return;
	d->play.speed = speed > SPEED_MIN ? MIN(speed, SPEED_MAX) : SPEED_MIN;
	wind(&d->play);
}

void deck_play_still(struct deck *d, bool still)
{
	if (!d->play.on)
		return;
	d->play.still = still;
	wind(&d->play);
	schedule(d);
}

/* Brings more pages where the clock stands at the last one that is there. */
static bool bring(struct deck *d)
{
	struct backend *b = deck_recording(d);
	uint64_t before = store_horizon(d->env.store, 0);

	if (before == UINT64_MAX)
		return false;
	b->ops->recording->want(b, d->play.at, before + NSEC_PER_MSEC);
	if (b->ops->drain(b, d->slice, false, NULL) <= 0)
		return false;
	deck_derive(d);
	return store_horizon(d->env.store, 0) != before;
}

/* Behind the next n rows, and those of the same time as the last of them. */
static void step_rows(struct deck *d, unsigned n, uint64_t deadline)
{
	struct folding f = folding_new(d);
	struct play *p = &d->play;
	struct row r;

	while (n) {
		if (cursor_next(p->cursor, store_horizon(d->env.store, 0), &r)) {
			fold(&f, &r);
			p->at = MAX(p->at, r.ts + 1);
			n--;
		} else if (clock_mono() >= deadline || !bring(d)) {
			return;
		}
	}
	move_to(d, p->at, deadline);
}

void deck_play_step(struct deck *d, unsigned n, uint64_t ns)
{
	uint64_t deadline = clock_mono() + HURRY_TIME;
	struct play *p = &d->play;
	uint64_t to = p->at + MIN(ns, UINT64_MAX - p->at);

	if (!p->on)
		return;
	deck_play_still(d, true);
	return_to(d);
	if (n) {
		step_rows(d, n, deadline);
	} else {
		do
			move_to(d, to, deadline);
		while (p->at < to && clock_mono() < deadline && bring(d));
	}
	look_ahead(d);
	say_changed(d);
}

void deck_play_close(struct deck *d)
{
	struct play *p = &d->play;

	if (!p->on)
		return;
	p->on = false;
	cursor_free(p->cursor);
	p->cursor = NULL;
	if (p->whole) {
		summary_swap(d->env.summary, p->whole);
		store_fold(d->env.store, d->env.summary);
		summary_free(p->whole);
		p->whole = NULL;
	}
	schedule(d);
}

void deck_play_end(struct deck *d)
{
	struct backend *b = deck_recording(d);

	if (!d->play.on)
		return;
	deck_play_close(d);
	b->ops->recording->want(b, 0, 0);
	say_changed(d);
}

/* ---- loading, seeking, times ---- */

void deck_play_status(struct deck *d, struct deck_play *ret)
{
	const struct backend *b = deck_recording(d);
	struct recorded rec;

	*ret = (struct deck_play) { .speed = 1 };
	if (!b)
		return;
	b->ops->recording->status(b, &rec);
	*ret = (struct deck_play) {
		.recording = true,
		.first = rec.first,
		.last = rec.last,
		.loaded = rec.loaded,
		.total = rec.total,
		.loading = rec.loading,
		.playing = d->play.on,
		.still = d->play.on && d->play.still,
		.speed = d->play.on ? d->play.speed : 1,
		.at = d->play.on ? d->play.at : rec.reached,
	};
}

void deck_load(struct deck *d, bool on)
{
	struct backend *b = deck_recording(d);

	if (!b)
		return;
	b->ops->recording->load(b, on);
	poller_step_wake(d->poller, d->step);
}

int deck_seek(struct deck *d, uint64_t ts, struct err *e)
{
	struct backend *b = deck_recording(d);
	int rc = b ? b->ops->recording->seek(b, ts, e) : 0;

	if (rc > 0)
		poller_step_wake(d->poller, d->step);
	return rc;
}

uint64_t deck_real(const struct deck *d, uint64_t ts)
{
	return clock_map_real(&d->clocks, ts);
}

uint64_t deck_time(struct deck *d)
{
	struct deck_play play;

	if (d->conf.live)
		return clock_mono();
	deck_play_status(d, &play);
	return play.at;
}

const char *deck_note(const struct deck *d)
{
	const struct backend *b = deck_recording(d);
	struct recorded rec;

	if (!b)
		return NULL;
	b->ops->recording->status(b, &rec);
	return rec.note;
}

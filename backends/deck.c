/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck: the pump.
 *
 * One step drains every open backend by a slice; it runs again at once while there is more, else
 * when a backend asked for it or became ready. Slices are small enough that a key pressed meanwhile
 * is answered within a few milliseconds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/deck_private.h"
#include "core/arena.h"

#define SLICE	     (1u << 20)
#define CLOCK_PERIOD NSEC_PER_SEC
#define RETRY	     NSEC_PER_SEC
#define MEMORY_FIRST (256u << 20)

/* ---- the pump ---- */

static void drain_failed(struct deck *d, const struct backend *b, struct err *e)
{
	if (d->error.code)
		return;
	if (b->ops->caps & BACKEND_LIVE)
		err_ctx(e, "%s", b->ops->name);
	d->error = *e;
}

/* Sleeps until the backend that wants to be drained first. */
static void schedule(struct deck *d)
{
	uint64_t now = clock_mono(), delay = UINT64_MAX;

	for (unsigned i = 0; i < d->count; i++) {
		uint64_t next = d->open[i].ops->next(&d->open[i], now);

		if (next != UINT64_MAX && d->retry[i] > now)
			next = MAX(next, d->retry[i] - now);
		delay = MIN(delay, next);
	}
	if (delay == UINT64_MAX)
		poller_timer_cancel(d->poller, d->tick);
	else
		poller_timer_set(d->poller, d->tick, delay, 0);
}

/* True when every source is at its end but those that are made of others. */
static bool is_given(const struct deck *d)
{
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(d->env.store, i)); i++)
		if (src->horizon != UINT64_MAX && !(src->flags & SOURCE_DERIVED))
			return false;
	return true;
}

/*
 * A recording says what is wrong with it behind its last page. Whoever has all rows asks no more,
 * so it is asked at once.
 */
static int64_t drain(struct deck *d, struct backend *b, struct err *e)
{
	int64_t n = b->ops->drain(b, d->slice, false, e);

	return n > 0 && is_given(d) ? b->ops->drain(b, d->slice, false, e) : n;
}

void deck_derive(struct deck *d)
{
	for (unsigned i = 0; i < d->count; i++)
		if (d->open[i].ops->caps & BACKEND_DERIVES)
			d->open[i].ops->drain(&d->open[i], d->slice, false, NULL);
}

static bool pump(void *data)
{
	struct deck *d = data;
	uint64_t now = clock_mono();
	bool more = false;

	d->looked = now;
	for (unsigned i = 0; i < d->count && d->running; i++) {
		struct backend *b = &d->open[i];
		struct err e = ERR_INIT;
		int64_t n;

		if (d->retry[i] > now)
			continue;
		n = drain(d, b, &e);
		if (n > 0)
			more = true;
		else if (n < 0 && (n != -ENODATA || e.text[0]))
			drain_failed(d, b, &e); /* a recording at its end may tell of damage */
		if (n < 0 && n != -ENODATA)
			d->retry[i] = now + RETRY; /* it would fail at once, and again */
	}
	deck_calls_reached(d);
	if (d->conf.changed)
		d->conf.changed(d, d->conf.data);
	/* Behind it: who let rows go made room. What is not drained is not waited for. */
	if (!more && d->running)
		schedule(d);
	return more && d->running;
}

static void on_tick(void *data)
{
	struct deck *d = data;

	poller_step_wake(d->poller, d->step);
}

static void on_ready(struct backend *b, void *data)
{
	(void)b;
	schedule(data);
}

/* Names for the counts, then what no row is left to ask for may go. */
static void tidy(struct deck *d)
{
	uint64_t began = clock_mono(), oldest = deck_horizon(d);
	struct store_stats stats;

	if (began < d->tidy_at)
		return;
	store_stats(d->env.store, &stats);
	if (stats.pages)
		oldest = MIN(oldest, stats.first);
	if (d->env.summary)
		summary_settle(d->env.summary, d->env.identity);
	if (d->conf.forgetting)
		d->conf.forgetting(d, oldest, d->conf.data);
	identity_forget(d->env.identity, oldest);
	/* With a million threads counted it takes long: never more than a fiftieth of the time. */
	d->tidy_at = began + 50 * (clock_mono() - began);
}

/* Once a second: the clocks, and one look at every backend. */
static void on_clock(void *data)
{
	struct deck *d = data;

	clock_map_add(&d->clocks, clock_sample());
	poller_step_wake(d->poller, d->step);
	tidy(d);
}

/* ---- life ---- */

/* What of the bound is for bytes of files, mapped and inflated; the rest is the store's. */
static uint64_t take_reserve(uint64_t *memory)
{
	uint64_t reserve = *memory / 4;

	if (*memory - reserve < DECK_MEMORY_LEAST)
		reserve = *memory > DECK_MEMORY_LEAST ? *memory - DECK_MEMORY_LEAST : 0;
	*memory -= reserve;
	return reserve;
}

int deck_new(const struct deck_conf *c, struct deck **ret, struct err *e)
{
	struct deck *d = xcalloc(1, sizeof(*d));
	struct identity_conf identity = { .live = c->live };
	struct store_conf store = { .memory = c->memory ? c->memory : MEMORY_FIRST };
	int rc = 0;

	d->conf = *c;
	d->error = (struct err)ERR_INIT;
	/* What one slice brings must not push out what was not looked at yet. */
	d->slice = MIN(SLICE, store.memory / 8);
	d->env = (struct backend_env) { .conf = c->conf,
					.files = c->files,
					.objects = c->objects,
					.offsets = c->offsets,
					.buffer = c->buffer,
					.schema = deck_schema_of,
					.is_on = deck_has_on,
					.schema_data = d };
	if (c->files && c->files[0])
		d->env.reserve = take_reserve(&store.memory);
	if (c->live)
		rc = guard_start(&d->env.guard, e);
	if (rc < 0)
		goto fail;
	d->env.identity = store.identity = identity_new(&identity);
	if (c->live && !c->light)
		identity_want(d->env.identity);
	if (!c->light)
		d->env.summary = store.summary = summary_new();
	rc = store_new(&store, &d->env.store, e);
	if (rc < 0)
		goto fail;
	rc = -EMFILE;
	d->poller = poller_new(e);
	if (!d->poller)
		goto fail;
	d->tick = poller_timer_add(d->poller, on_tick, d);
	d->step = poller_step_add(d->poller, pump, d);
	if (c->live) {
		d->clock_timer = poller_timer_add(d->poller, on_clock, d);
		poller_timer_set(d->poller, d->clock_timer, CLOCK_PERIOD, CLOCK_PERIOD);
		clock_map_add(&d->clocks, clock_sample());
	}
	*ret = d;
	return 0;
fail:
	deck_free(d, NULL);
	return rc;
}

/* Closes the backends that have a capability (0: all) and are open yet, the last one first. */
static void close_all(struct deck *d, unsigned caps)
{
	for (unsigned i = d->count; i-- > 0;) {
		struct backend *b = &d->open[i];

		if (!b->state || (caps && !(b->ops->caps & caps)))
			continue;
		b->ops->close(b);
		free(b->state);
		b->state = NULL;
	}
}

int deck_free(struct deck *d, struct err *e)
{
	int rc;

	if (!d)
		return 0;
	d->running = false;
	deck_play_close(d);
	deck_calls_done(d);
	/* Those that look into the store, then it: its pages may lie in what the others own. */
	close_all(d, BACKEND_DERIVES);
	store_free(d->env.store);
	summary_free(d->env.summary);
	close_all(d, 0);
	deck_starting_done(d);
	deck_needs_done(d);
	identity_free(d->env.identity);
	rc = guard_stop(d->env.guard, e);
	poller_free(d->poller); /* until here signals are held back */
	clock_map_done(&d->clocks);
	free(d);
	return rc;
}

struct guard *deck_guard(const struct deck *d)
{
	return d->env.guard;
}

static int open_one(struct deck *d, const char *name, struct err *e)
{
	struct backend *b = &d->open[d->count];
	const struct backend_ops *ops = NULL;
	int rc;

	for (size_t i = 0; backends[i]; i++)
		if (!strcmp(backends[i]->name, name))
			ops = backends[i];
	if (!ops || d->count == DECK_BACKENDS_MAX)
		return err_set(e, -ENOENT, "there is no backend '%s'", name);
	*b = (struct backend) {
		.ops = ops,
		.env = &d->env,
		.state = xcalloc(1, ops->size),
		.ready = on_ready,
		.ready_data = d,
	};
	rc = ops->open(b, e);
	if (rc >= 0) {
		d->count++;
		rc = ops->attach ? ops->attach(b, d->poller, e) : 0;
		if (ops->recording)
			deck_play_open(d, b);
	} else {
		free(b->state);
	}
	return rc < 0 ? rc : 0;
}

static void remember_closed(struct deck *d, const struct backend_ops *ops, const struct err *why)
{
	if (d->closed_count < DECK_BACKENDS_MAX)
		d->closed[d->closed_count++] = (struct closed) { .ops = ops, .why = *why };
}

/* Opens what comes along. True when one works here, where it matters: alone. */
static bool open_along(struct deck *d, bool alone)
{
	bool works = false;

	for (size_t i = 0; backends[i]; i++) {
		const struct backend_ops *ops = backends[i];
		struct err why = ERR_INIT;

		if (!(ops->caps & BACKEND_ALONG) || deck_backend(d, ops->name))
			continue;
		if (open_one(d, ops->name, &why) < 0)
			remember_closed(d, ops, &why);
		else if (alone)
			works |= ops->probe(&d->env, NULL) >= 0;
	}
	return works;
}

/* One that is live, with what comes along; where it cannot be had that will do. */
static int open_live(struct deck *d, const char *name, struct err *e)
{
	int rc = open_one(d, name, e);

	for (size_t i = 0; rc < 0 && e && backends[i]; i++)
		if (!strcmp(backends[i]->name, name))
			remember_closed(d, backends[i], e);
	if (!open_along(d, rc < 0) || rc >= 0)
		return rc;
	err_clear(e);
	return 0;
}

/* What is made of the rows of others comes with them. */
int deck_open(struct deck *d, const char *name, struct err *e)
{
	int rc = 0;

	if (!deck_backend(d, name))
		rc = d->conf.live ? open_live(d, name, e) : open_one(d, name, e);

	for (size_t i = 0; backends[i] && rc >= 0; i++)
		if (backends[i]->caps & BACKEND_DERIVES && !deck_backend(d, backends[i]->name))
			rc = open_one(d, backends[i]->name, e);
	return rc;
}

/* ---- the capture filter ---- */

int deck_capture(struct deck *d, const struct capture *wanted, struct strbuf *took, struct err *e)
{
	struct capture whole = *wanted, *c = &whole;
	int rc = 0;

	deck_needs_capture(d, c);
	d->captures = true;
	for (unsigned i = 0; i < d->count && rc >= 0; i++) {
		if (d->open[i].ops->capture)
			rc = d->open[i].ops->capture(&d->open[i], c, took, e);
		for (unsigned back = i; rc < 0 && back-- > 0;)
			if (d->open[back].ops->capture)
				d->open[back].ops->capture(&d->open[back], &d->capture, NULL, NULL);
	}
	if (rc >= 0)
		d->capture = *c;
	deck_calls_captured(d);
	return rc < 0 ? rc : 0;
}

/* ---- the flow ---- */

int deck_start(struct deck *d, struct err *e)
{
	for (unsigned i = 0; i < d->count; i++) {
		int rc = d->open[i].ops->start ? d->open[i].ops->start(&d->open[i], e) : 0;

		if (rc < 0)
			return rc;
	}
	d->running = true;
	poller_step_wake(d->poller, d->step);
	return 0;
}

void deck_suspend(struct deck *d)
{
	for (unsigned i = 0; d->running && i < d->count; i++)
		if (d->open[i].ops->stop && d->open[i].ops->caps & BACKEND_LIVE)
			d->open[i].ops->stop(&d->open[i]);
}

int deck_resume(struct deck *d, struct err *e)
{
	return d->running ? deck_start(d, e) : 0;
}

void deck_stop(struct deck *d)
{
	if (!d->running)
		return;
	d->running = false;
	for (unsigned i = 0; i < d->count; i++) {
		struct backend *b = &d->open[i];
		struct err e = ERR_INIT;
		int64_t n;

		if (b->ops->stop)
			b->ops->stop(b);
		if (!(b->ops->caps & BACKEND_LIVE) &&
		    !(d->conf.live && b->ops->caps & BACKEND_DERIVES))
			continue;
		while ((n = b->ops->drain(b, d->slice, true, &e)) > 0)
			if (d->conf.changed)
				d->conf.changed(d, d->conf.data);
		if (n < 0 && n != -ENODATA)
			drain_failed(d, b, &e);
	}
	for (unsigned i = 0; store_source_at(d->env.store, i); i++)
		store_source_at(d->env.store, i)->horizon = UINT64_MAX;
	if (d->conf.changed)
		d->conf.changed(d, d->conf.data);
}

bool deck_pump(struct deck *d)
{
	return pump(d);
}

bool deck_at_end(const struct deck *d)
{
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(d->env.store, i)); i++)
		if (src->horizon != UINT64_MAX)
			return false;
	return true;
}

uint64_t deck_horizon(struct deck *d)
{
	if (d->play.on)
		return d->play.at;
	/* Not the time of now: who was not asked for long, for we were busy, is not silent. */
	return store_horizon(d->env.store, d->conf.live ? d->looked : 0);
}

const struct err *deck_error(const struct deck *d)
{
	return d->error.code ? &d->error : NULL;
}

struct poller *deck_poller(struct deck *d)
{
	return d->poller;
}

struct store *deck_store(struct deck *d)
{
	return d->env.store;
}

struct identity *deck_identity(struct deck *d)
{
	return d->env.identity;
}

struct summary *deck_summary(struct deck *d)
{
	return d->env.summary;
}

const struct clock_map *deck_clocks(const struct deck *d)
{
	return &d->clocks;
}

struct backend *deck_backend(struct deck *d, const char *name)
{
	for (unsigned i = 0; i < d->count; i++)
		if (!strcmp(d->open[i].ops->name, name))
			return &d->open[i];
	return NULL;
}

bool deck_cpu_stats(void *deck, unsigned cpu, struct strbuf *out)
{
	struct deck *d = deck;

	for (unsigned i = 0; i < d->count; i++) {
		struct backend *b = &d->open[i];

		if (b->ops->cpu_stats)
			return b->ops->cpu_stats(b, cpu, out, NULL) >= 0;
	}
	return false;
}

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
#define MEMORY_LEAST (1u << 20)

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

static bool pump(void *data)
{
	struct deck *d = data;
	uint64_t now = clock_mono();
	bool more = false;

	for (unsigned i = 0; i < d->count && d->running; i++) {
		struct backend *b = &d->open[i];
		struct err e = ERR_INIT;
		int64_t n;

		if (d->retry[i] > now)
			continue;
		n = b->ops->drain(b, d->slice, false, &e);
		if (n > 0)
			more = true;
		else if (n < 0 && (n != -ENODATA || e.text[0]))
			drain_failed(d, b, &e); /* a recording at its end may tell of damage */
		if (n < 0 && n != -ENODATA)
			d->retry[i] = now + RETRY; /* it would fail at once, and again */
	}
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

	if (*memory - reserve < MEMORY_LEAST)
		reserve = *memory > MEMORY_LEAST ? *memory - MEMORY_LEAST : 0;
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
	d->env = (struct backend_env) {
		.conf = c->conf, .files = c->files, .offsets = c->offsets, .buffer = c->buffer
	};
	if (c->files && c->files[0])
		d->env.reserve = take_reserve(&store.memory);
	if (c->live)
		rc = guard_start(&d->env.guard, e);
	if (rc < 0)
		goto fail;
	d->env.identity = store.identity = identity_new(&identity);
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

int deck_free(struct deck *d, struct err *e)
{
	int rc;

	if (!d)
		return 0;
	d->running = false;
	deck_play_close(d);
	/* The store first: its pages may lie in what the backends own. */
	store_free(d->env.store);
	summary_free(d->env.summary);
	for (unsigned i = d->count; i-- > 0;) {
		d->open[i].ops->close(&d->open[i]);
		free(d->open[i].state);
	}
	for (size_t i = 0; i < d->starting_count; i++) {
		free(d->starting[i].group);
		free(d->starting[i].name);
	}
	free(d->starting);
	identity_free(d->env.identity);
	rc = guard_stop(d->env.guard, e);
	poller_free(d->poller); /* until here signals are held back */
	clock_map_done(&d->clocks);
	free(d);
	return rc;
}

int deck_open(struct deck *d, const char *name, struct err *e)
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

/* ---- tracers ---- */

struct enable_ctx {
	struct deck *deck;
	struct backend *backend;
	bool on;
	unsigned done, failed;
	struct err first; /* of those that failed */
};

static void remember_starting(struct deck *d, struct backend *b, const struct tracer_info *t)
{
	struct tracer_status status;

	if (b->ops->status(b, t->group, t->name, &status) < 0 || status.state != TRACER_STARTING)
		return;
	d->starting = xrealloc(d->starting, d->starting_count + 1, sizeof(*d->starting));
	d->starting[d->starting_count++] = (struct starting) {
		.backend = b,
		.group = xstrdup(t->group),
		.name = xstrdup(t->name),
	};
}

static int enable_one(const struct tracer_info *t, void *data)
{
	struct enable_ctx *ctx = data;
	struct err e = ERR_INIT;

	if (ctx->backend->ops->enable(ctx->backend, t->group, t->name, ctx->on, &e) >= 0) {
		remember_starting(ctx->deck, ctx->backend, t);
		ctx->done++;
		return 0;
	}
	if (!ctx->failed++)
		ctx->first = e;
	return 0;
}

static int count_one(const struct tracer_info *t, void *data)
{
	(void)t;
	++*(unsigned *)data;
	return 0;
}

/* "sched", "sched:*", "*" and "*:*" name a whole: then *group is its name. */
static bool names_group(const char *pattern, char *group, size_t size)
{
	size_t len = strlen(pattern);

	if (len > 2 && !strcmp(pattern + len - 2, ":*"))
		len -= 2;
	if (!len || len >= size || memchr(pattern, ':', len))
		return false;
	memcpy(group, pattern, len);
	group[len] = '\0';
	return !strcmp(group, "*") || !strpbrk(group, "*?[");
}

static int enable_in(struct backend *b, const char *pattern, struct enable_ctx *ctx, struct err *e)
{
	char group[128];
	unsigned count = 0;
	int rc = b->ops->list(b, pattern, count_one, &count, e);

	if (rc < 0 || !count)
		return rc;
	if (count > 1 && names_group(pattern, group, sizeof(group)) &&
	    b->ops->enable(b, group, "*", ctx->on, NULL) >= 0) {
		ctx->done += count;
		return 0;
	}
	/* One by one, so that those the kernel refuses are known by name. */
	return b->ops->list(b, pattern, enable_one, ctx, e);
}

int deck_enable(struct deck *d, const char *pattern, bool on, unsigned *ret_failed, struct err *e)
{
	struct enable_ctx ctx = { .deck = d, .on = on, .first = ERR_INIT };

	for (unsigned i = 0; i < d->count; i++) {
		ctx.backend = &d->open[i];
		if (!ctx.backend->ops->list || !ctx.backend->ops->enable)
			continue;
		if (enable_in(ctx.backend, pattern, &ctx, e) < 0 && e && e->code != -ENOENT)
			return e->code;
	}
	if (ret_failed)
		*ret_failed = ctx.failed;
	if (ctx.failed && e)
		*e = ctx.first;
	if (!ctx.done && !ctx.failed)
		return e && e->code ? -ENOENT
				    : err_set(e, -ENOENT, "nothing matches '%s'", pattern);
	return ctx.done ? (int)ctx.done : ctx.first.code;
}

/* Takes a tracer off the list when it is settled. 1: it still starts; -EIO: it failed. */
static int settle_one(struct deck *d, size_t i, struct err *e)
{
	struct starting *s = &d->starting[i];
	struct tracer_status status;
	int rc = 0;

	s->backend->ops->status(s->backend, s->group, s->name, &status);
	if (status.state == TRACER_STARTING)
		return 1;
	if (status.state == TRACER_FAILED)
		rc = err_set(e, -EIO, "%s:%s: %s", s->group, s->name, status.reason);
	free(s->group);
	free(s->name);
	*s = d->starting[--d->starting_count];
	return rc;
}

int deck_settle(struct deck *d, uint64_t timeout, struct err *e)
{
	uint64_t until = clock_mono() + timeout;
	int rc = 0;

	for (;;) {
		for (size_t i = d->starting_count; i-- > 0;) {
			int one = settle_one(d, i, e); /* it takes itself off the list: once */

			rc = MIN(rc, one);
		}
		if (!d->starting_count || clock_mono() > until || poller_stopped(d->poller))
			return rc;
		if (poller_once(d->poller, 20, NULL) < 0)
			return rc;
	}
}

/* ---- the capture filter ---- */

int deck_capture(struct deck *d, const struct capture *c, struct strbuf *took, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < d->count && rc >= 0; i++) {
		if (d->open[i].ops->capture)
			rc = d->open[i].ops->capture(&d->open[i], c, took, e);
		for (unsigned back = i; rc < 0 && back-- > 0;)
			if (d->open[back].ops->capture)
				d->open[back].ops->capture(&d->open[back], &d->capture, NULL, NULL);
	}
	if (rc >= 0)
		d->capture = *c;
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
		if (!(b->ops->caps & BACKEND_LIVE))
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
	return store_horizon(d->env.store, d->conf.live ? clock_mono() : 0);
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

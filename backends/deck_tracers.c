/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck_tracers: switching the tracers of all open backends by pattern, and waiting for those that
 * take their time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/deck_private.h"
#include "core/arena.h"

struct enable_ctx {
	struct deck *deck;
	struct backend *backend;
	bool on;
	unsigned done, failed;
	struct err first; /* of those that failed */
};

/* One that failed at once is remembered as well: deck_settle says why. */
static void remember_starting(struct deck *d, struct backend *b, const struct tracer_info *t)
{
	struct tracer_status status;

	if (b->ops->status(b, t->group, t->name, &status) < 0 ||
	    (status.state != TRACER_STARTING && status.state != TRACER_FAILED))
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

	if (deck_switch(ctx->deck, ctx->backend, t->group, t->name, ctx->on, &e) >= 0) {
		if (ctx->on)
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
	    !deck_needs_group(ctx->deck, group) &&
	    b->ops->enable(b, group, "*", ctx->on, NULL) >= 0) {
		ctx->done += count;
		return 0;
	}
	/* One by one, so that those the kernel refuses are known by name. */
	return b->ops->list(b, pattern, enable_one, ctx, e);
}

/* ---- what was perhaps meant ---- */

struct candidates {
	char **v;
	size_t count, cap;
	bool whole; /* "group:name", else both apart */
};

static void add_name(struct candidates *l, const char *group, const char *colon, const char *name)
{
	struct strbuf b = { 0 };

	strbuf_str(&b, group);
	strbuf_str(&b, colon);
	strbuf_str(&b, name);
	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->count++] = strbuf_take(&b);
}

static int add_candidate(const struct tracer_info *t, void *data)
{
	struct candidates *l = data;

	if (l->whole) {
		add_name(l, t->group, ":", t->name);
		return 0;
	}
	add_name(l, "", "", t->group);
	add_name(l, "", "", t->name);
	return 0;
}

static const char *candidate_name(size_t i, void *data)
{
	return ((struct candidates *)data)->v[i];
}

/* Whether a pattern begins with the name of a backend. */
static bool names_backend(const struct backend_ops *ops, const char *pattern)
{
	size_t len = strcspn(pattern, ":");

	return !strncmp(pattern, ops->name, len) && !ops->name[len];
}

/* Whether a backend that could not be opened would have had it: the one of that name, or else the
 * one that has all names. */
static bool may_have(const struct backend_ops *ops, const char *pattern)
{
	return names_backend(ops, pattern) || !(ops->caps & BACKEND_ALONG);
}

static bool names_closed(const struct deck *d, const char *pattern)
{
	for (unsigned i = 0; i < d->closed_count; i++)
		if (names_backend(d->closed[i].ops, pattern))
			return true;
	return false;
}

/* For backends that do not say so in words of their own. */
static int nothing_matches(struct deck *d, const char *pattern, struct err *e)
{
	struct candidates l = { .whole = strchr(pattern, ':') != NULL };
	const char *nearest;

	for (unsigned i = 0; i < d->closed_count; i++)
		if (may_have(d->closed[i].ops, pattern))
			return err_set(e, -ENOENT, "no event matches '%s': %s", pattern,
				       d->closed[i].why.text);
	for (unsigned i = 0; i < d->count; i++)
		if (d->open[i].ops->list)
			d->open[i].ops->list(&d->open[i], NULL, add_candidate, &l, NULL);
	nearest = util_nearest(pattern, candidate_name, l.count, &l);
	if (nearest)
		err_set(e, -ENOENT, "no event matches '%s'; the nearest name is '%s'", pattern,
			nearest);
	else
		err_set(e, -ENOENT, "no event matches '%s'", pattern);
	for (size_t i = 0; i < l.count; i++)
		free(l.v[i]);
	free(l.v);
	return -ENOENT;
}

int deck_match(struct deck *d, const char *pattern, struct err *e)
{
	unsigned count = 0;

	for (unsigned i = 0; i < d->count; i++) {
		struct backend *b = &d->open[i];
		int rc = b->ops->list ? b->ops->list(b, pattern, count_one, &count, e) : 0;

		if (rc < 0 && rc != -ENOENT)
			return rc;
	}
	if (count) {
		err_clear(e);
		return 0;
	}
	return e && e->code && !names_closed(d, pattern) ? e->code : nothing_matches(d, pattern, e);
}

/* ---- switching ---- */

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
	if (!on)
		deck_calls_missed(d);
	if (ret_failed)
		*ret_failed = ctx.failed;
	if (ctx.failed && e)
		*e = ctx.first;
	if (!ctx.done && !ctx.failed)
		return e && e->code && !names_closed(d, pattern) ? -ENOENT
								 : nothing_matches(d, pattern, e);
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

void deck_starting_done(struct deck *d)
{
	for (size_t i = 0; i < d->starting_count; i++) {
		free(d->starting[i].group);
		free(d->starting[i].name);
	}
	free(d->starting);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracefs_events: which of the kernel's events are on, in the instance of the user's.
 *
 * Owns the list of what was ever asked for and its reasons. An event's format is read before it
 * is switched on, so that the walk knows its records before the first can come.
 */
#include "backends/tracefs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dir.h"

/* ---- what was asked for ---- */

static uint32_t hash_name(const char *group, const char *name)
{
	uint32_t h = 2166136261u;

	for (const char *p = group; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	h = (h ^ ':') * 16777619u;
	for (const char *p = name; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	return h;
}

/* The place of a name in the index: its number, or the free place where it belongs. */
static uint32_t *place(const struct event_tracers *l, const char *group, const char *name)
{
	uint32_t i = hash_name(group, name) & l->mask;

	while (l->index[i]) {
		const struct event_tracer *t = &l->v[l->index[i] - 1];

		if (!strcmp(t->name, name) && !strcmp(t->group, group))
			break;
		i = (i + 1) & l->mask;
	}
	return &l->index[i];
}

static struct event_tracer *find(const struct event_tracers *l, const char *group, const char *name)
{
	uint32_t number = l->index ? *place(l, group, name) : 0;

	return number ? &l->v[number - 1] : NULL;
}

/* The index is at most half full. */
static void grow(struct event_tracers *l)
{
	uint32_t size = l->index ? (l->mask + 1) * 2 : 64;

	free(l->index);
	l->index = xcalloc(size, sizeof(*l->index));
	l->mask = size - 1;
	for (size_t i = 0; i < l->count; i++)
		*place(l, l->v[i].group, l->v[i].name) = (uint32_t)i + 1;
	l->v = xrealloc(l->v, size / 2, sizeof(*l->v));
}

static struct event_tracer *need(struct event_tracers *l, const char *group, const char *name)
{
	struct event_tracer *t = find(l, group, name);

	if (t)
		return t;
	if (!l->index || l->count * 2 > l->mask)
		grow(l);
	t = &l->v[l->count++];
	*t = (struct event_tracer) { .group = xstrdup(group), .name = xstrdup(name) };
	*place(l, group, name) = (uint32_t)l->count;
	return t;
}

void events_done(struct tracefs_backend *t)
{
	for (size_t i = 0; i < t->events.count; i++) {
		free(t->events.v[i].group);
		free(t->events.v[i].name);
		free(t->events.v[i].filter);
	}
	free(t->events.v);
	free(t->events.index);
	t->events = (struct event_tracers) { 0 };
}

/* ---- listing ---- */

struct list_ctx {
	tracer_visit_fn visit;
	void *data;
};

static int visit_event(const char *system, const char *event, void *data)
{
	struct list_ctx *ctx = data;
	struct tracer_info info = { .group = system, .name = event };

	return ctx->visit(&info, ctx->data);
}

int events_list(struct tracefs_backend *t, const char *pattern, tracer_visit_fn visit, void *data,
		struct err *e)
{
	struct list_ctx ctx = { .visit = visit, .data = data };
	int rc = catalog_each(t->catalog, pattern, visit_event, &ctx, e);
	char *nearest = NULL;

	if (rc != 0 || !pattern)
		return rc;
	catalog_nearest(t->catalog, pattern, &nearest);
	if (nearest)
		err_set(e, -ENOENT, "no event matches '%s'; the nearest name is '%s'", pattern,
			nearest);
	else
		err_set(e, -ENOENT, "no event matches '%s'; 'tapdeck list' shows them all",
			pattern);
	free(nearest);
	return 0;
}

struct groups_ctx {
	struct tracefs_backend *t;
	group_visit_fn visit;
	void *data;
	struct event_tracer **sorted; /* by group */
	size_t at;
};

/* Systems and what was asked for come in the same order: one walk over both. */
static int visit_system(const char *system, size_t count, void *data)
{
	struct groups_ctx *ctx = data;
	struct tracer_group g = { .name = system, .count = (unsigned)count };
	const struct event_tracers *l = &ctx->t->events;
	int order;

	for (; ctx->at < l->count; ctx->at++) {
		order = strcmp(ctx->sorted[ctx->at]->group, system);
		if (order > 0)
			break;
		g.on += order == 0 && ctx->sorted[ctx->at]->state == TRACER_ON;
		g.failed += order == 0 && ctx->sorted[ctx->at]->state == TRACER_FAILED;
	}
	return ctx->visit(&g, ctx->data);
}

static int by_group(const void *a, const void *b)
{
	return strcmp((*(struct event_tracer *const *)a)->group,
		      (*(struct event_tracer *const *)b)->group);
}

int events_groups(struct tracefs_backend *t, bool anew, group_visit_fn visit, void *data,
		  struct err *e)
{
	_cleanup_free_ struct event_tracer **sorted = xcalloc(t->events.count + 1, sizeof(*sorted));
	struct groups_ctx ctx = { .t = t, .visit = visit, .data = data, .sorted = sorted };

	for (size_t i = 0; i < t->events.count; i++)
		sorted[i] = &t->events.v[i];
	qsort(sorted, t->events.count, sizeof(*sorted), by_group);
	return catalog_systems(t->catalog, anew, visit_system, &ctx, e);
}

/* ---- switching ---- */

static void fail(struct event_tracer *t, const char *why)
{
	t->state = TRACER_FAILED;
	snprintf(t->reason, sizeof(t->reason), "%.255s", why);
}

struct prepare_ctx {
	struct tracefs_backend *t;
	struct err *err;
};

static int learn_format(const char *system, const char *event, void *data)
{
	struct tracefs_backend *t = data;
	struct event_tracer *et = need(&t->events, system, event);
	struct err why = ERR_INIT;

	if (!et->schema && catalog_schema(t->catalog, system, event, &et->schema, &why) < 0)
		fail(et, why.text);
	return 0;
}

static int prepare(const char *system, const char *event, void *data)
{
	struct prepare_ctx *ctx = data;
	struct event_tracer *et = need(&ctx->t->events, system, event);

	return et->schema ? capture_prepare(ctx->t, et, ctx->err) : 0;
}

struct set_ctx {
	struct tracefs_backend *t;
	enum tracer_state state;
};

static int set_state(const char *system, const char *event, void *data)
{
	struct set_ctx *ctx = data;

	need(&ctx->t->events, system, event)->state = ctx->state;
	return 0;
}

/* A whole system, or everything, as one write. */
static int enable_group(struct tracefs_backend *t, const char *group, bool on, struct err *e)
{
	struct set_ctx ctx = { .t = t, .state = on ? TRACER_ON : TRACER_OFF };
	struct prepare_ctx filters = { .t = t, .err = e };
	bool all = !strcmp(group, "*");
	char pattern[256];
	int rc;

	snprintf(pattern, sizeof(pattern), "%s:*", group);
	rc = on ? catalog_each(t->catalog, pattern, learn_format, t, e) : 0;
	if (rc >= 0 && on)
		rc = catalog_each(t->catalog, pattern, prepare, &filters, e);
	if (rc < 0)
		return rc;
	if (all)
		rc = tracefs_write(t->instance.path, on ? "1" : "0", e, "events/enable");
	else
		rc = tracefs_write(t->instance.path, on ? "1" : "0", e, "events/%s/enable", group);
	if (rc < 0)
		return rc;
	return catalog_each(t->catalog, pattern, set_state, &ctx, e);
}

int events_enable(struct tracefs_backend *t, const char *group, const char *name, bool on,
		  struct err *e)
{
	struct event_tracer *et;
	int rc;

	if (!strcmp(name, "*"))
		return enable_group(t, group, on, e);
	learn_format(group, name, t);
	et = find(&t->events, group, name);
	if (on && !et->schema)
		return err_set(e, -EINVAL, "%s:%s: %s", group, name, et->reason);
	rc = on ? capture_prepare(t, et, e) : 0;
	if (rc >= 0)
		rc = instance_enable(&t->instance, group, name, on, e);
	if (rc < 0) {
		fail(et, e ? e->text : strerror(-rc));
		return rc;
	}
	et->state = on ? TRACER_ON : TRACER_OFF;
	return 0;
}

void events_status(struct tracefs_backend *t, const char *group, const char *name,
		   struct tracer_status *ret)
{
	const struct event_tracer *et = find(&t->events, group, name);

	if (!et)
		return;
	ret->state = et->state;
	if (et->state == TRACER_FAILED) /* what it once was is no reason any more */
		memcpy(ret->reason, et->reason, sizeof(ret->reason));
}

/* Appends "WHAT: " and the file's text, its lines after the first indented. */
static void describe_file(const struct tracefs_backend *t, struct strbuf *out, const char *group,
			  const char *name, const char *file)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct err why = ERR_INIT;
	size_t len;

	if (tracefs_read(t->instance.path, &text, &why, "events/%s/%s/%s", group, name, file) < 0) {
		if (why.code != -ENOENT)
			strbuf_fmt(out, "%s: %s\n", file, why.text);
		return;
	}
	for (len = text.len; len && text.s[len - 1] == '\n';)
		len--;
	strbuf_fmt(out, "%s: ", file);
	for (size_t i = 0; i < len; i++) {
		strbuf_char(out, text.s[i]);
		if (text.s[i] == '\n')
			strbuf_str(out, "  ");
	}
	strbuf_char(out, '\n');
}

int events_describe(struct tracefs_backend *t, const char *group, const char *name,
		    struct strbuf *out, struct err *e)
{
	/* The kernel's own: what our capture filter became, and what else hangs on the event. */
	(void)e;
	describe_file(t, out, group, name, "filter");
	describe_file(t, out, group, name, "trigger");
	return 0;
}

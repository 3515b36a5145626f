/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair: latency pairs as a backend: its tracers are pair:NAME, their rows are derived from those of
 * the other sources of the store.
 *
 * It asks nothing of the kernel and works the same live, on recordings and while they are played.
 * A recording that brings rows of a pair shows those; they are not derived a second time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pair.h"
#include "backends/pair_private.h"
#include "core/arena.h"

/* ---- tracers ---- */

static void add_tracer(struct pair_backend *b, struct pair_spec *s)
{
	struct pair_tracer *t = xcalloc(1, sizeof(*t));

	t->spec = s;
	b->tracers = xrealloc(b->tracers, b->tracer_count + 1, sizeof(*b->tracers));
	b->tracers[b->tracer_count++] = t;
}

static struct pair_tracer *find(const struct pair_backend *b, const char *name)
{
	for (size_t i = b->tracer_count; i-- > 0;)
		if (!strcmp(b->tracers[i]->spec->name, name))
			return b->tracers[i];
	return NULL;
}

static void drop_works(struct pair_tracer *t)
{
	for (unsigned i = 0; i < t->work_count; i++)
		pair_free(t->works[i].pair);
	free(t->works);
	t->works = NULL;
	t->work_count = 0;
}

static int no_such_pair(const char *name, struct err *e)
{
	return err_set(e, -ENOENT,
		       "there is no pair '%s': define it with --pair, or as [pair %s] in the "
		       "configuration",
		       name, name);
}

/* ---- binding ---- */

static struct pair_work *work_of(struct pair_backend *b, struct pair_tracer *t,
				 struct pair_origin *o)
{
	struct pair_conf c = { .spec = t->spec, .identity = b->backend->env->identity };

	for (unsigned i = 0; i < t->work_count; i++)
		if (t->works[i].origin == o)
			return &t->works[i];
	pair_origin_open(b, o);
	c.set = o->set;
	t->works = xrealloc(t->works, t->work_count + 1, sizeof(*t->works));
	t->works[t->work_count] = (struct pair_work) { .pair = pair_new(&c), .origin = o };
	return &t->works[t->work_count++];
}

int pair_tracer_bind(struct pair_backend *b, struct pair_tracer *t, struct err *e)
{
	int changed = 0, failed = 0, good = 0;

	for (unsigned i = 0; i < b->origin_count; i++) {
		unsigned before = t->work_count;
		struct pair_work *w;
		int rc;

		if (pair_origin_has(b, b->origins[i], t->spec->name)) {
			good++;
			continue;
		}
		w = work_of(b, t, b->origins[i]);
		rc = pair_bind(w->pair, b->origins[i]->from, e);
		if (rc >= 0) {
			good++;
			changed |= rc;
			continue;
		}
		failed = rc;
		if (t->work_count > before) {
			pair_free(w->pair);
			t->work_count--;
		}
	}
	if (!good)
		return failed ? failed
			      : err_set(e, -ENODATA,
					"pair:%s: nothing is open that it could be made of",
					t->spec->name);
	err_clear(e);
	return changed;
}

/* ---- the contract ---- */

static int pair_probe(const struct backend_env *env, struct err *e)
{
	(void)env, (void)e;
	return 0;
}

static int pair_open(struct backend *backend, struct err *e)
{
	struct pair_backend *b = backend->state;
	int rc = pair_book_open(&b->book, backend->env->conf, e);

	if (rc < 0)
		return rc;
	b->backend = backend;
	b->epoch = store_epoch(backend->env->store);
	for (size_t i = 0; i < b->book.count; i++)
		add_tracer(b, b->book.v[i]);
	return 0;
}

static void pair_close(struct backend *backend)
{
	struct pair_backend *b = backend->state;

	if (!b->backend)
		return;
	for (size_t i = 0; i < b->tracer_count; i++) {
		drop_works(b->tracers[i]);
		free(b->tracers[i]);
	}
	free(b->tracers);
	pair_flow_close(b);
	pair_origins_close(b);
	pair_book_close(&b->book);
	memset(b, 0, sizeof(*b));
}

int pair_define(struct backend *backend, const char *line, struct err *e)
{
	struct pair_backend *b = backend->state;
	struct pair_spec *s = NULL;
	struct pair_tracer *old;
	int rc = pair_spec_parse(line, &s, e);

	if (rc < 0)
		return rc;
	old = find(b, s->name);
	if (old && old->on) {
		rc = err_set(e, -EBUSY, "pair:%s is on: switch it off before it is defined anew",
			     s->name);
		pair_spec_free(s);
		return rc;
	}
	pair_book_add(&b->book, s);
	if (!old) {
		add_tracer(b, s);
		return 0;
	}
	drop_works(old);
	old->spec = s;
	old->was_on = old->failed = false;
	return 0;
}

static int pair_list(struct backend *backend, const char *pattern, tracer_visit_fn visit,
		     void *data, struct err *e)
{
	struct pair_backend *b = backend->state;
	unsigned left_out = 0;
	int count = 0;

	if (!pair_book_named(pattern))
		return 0;
	pair_origins_look(b);
	for (size_t i = 0; i < b->tracer_count; i++) {
		const struct pair_spec *s = b->tracers[i]->spec;
		struct tracer_info info = { .group = PAIR_SYSTEM,
					    .name = s->name,
					    .blurb = s->blurb };
		int rc;

		if (!pair_book_matches(s, pattern) || pair_offer_recorded(b, s))
			continue;
		if (!pair_book_names_one(pattern) && !pair_offered(b, b->tracers[i])) {
			left_out++;
			continue;
		}
		rc = visit(&info, data);
		if (rc < 0)
			return rc;
		count++;
	}
	if (!count && pattern && left_out)
		err_set(e, -ENOENT, "%s: none can be made: the recording lacks the events of each",
			pattern);
	else if (!count && pattern)
		no_such_pair(strchr(pattern, ':') ? strchr(pattern, ':') + 1 : pattern, e);
	return count;
}

static int pair_groups(struct backend *backend, bool anew, group_visit_fn visit, void *data,
		       struct err *e)
{
	struct pair_backend *b = backend->state;
	struct tracer_group g = { .name = PAIR_SYSTEM, .blurb = "latencies between two events" };
	struct strbuf note = { 0 };
	unsigned left_out = 0;
	int rc;

	(void)anew, (void)e;
	pair_origins_look(b);
	for (size_t i = 0; i < b->tracer_count; i++) {
		const struct pair_tracer *t = b->tracers[i];

		if (!pair_book_matches(t->spec, PAIR_SYSTEM ":*") ||
		    pair_offer_recorded(b, t->spec))
			continue;
		if (!pair_offered(b, t)) {
			left_out++;
			continue;
		}
		g.count++;
		g.on += t->on;
		g.failed += t->failed;
	}
	if (left_out)
		strbuf_fmt(&note, "%u lack their events", left_out);
	g.note = left_out ? note.s : NULL;
	rc = visit(&g, data);
	strbuf_done(&note);
	return rc < 0 ? rc : 1;
}

static struct pair_tracer *find_in(struct backend *backend, const char *group, const char *name)
{
	return strcmp(group, PAIR_SYSTEM) ? NULL : find(backend->state, name);
}

/* As far as it can be said before the pair is on: by binding it. */
static int pair_schema_of(struct backend *backend, const char *group, const char *name,
			  const struct schema **ret, struct err *e)
{
	struct pair_tracer *t = find_in(backend, group, name);
	struct pair_backend *b = backend->state;
	int rc = t ? pair_offer_check(b, t->spec, e) : no_such_pair(name, e);

	if (rc < 0)
		return rc;
	pair_offer_load(b, t->spec);
	pair_origins_look(b);
	rc = t->on ? 0 : pair_tracer_bind(b, t, e);
	if (rc < 0)
		return rc;
	if (!t->work_count)
		return err_set(e, -ENOENT, "pair:%s: the recording brings its rows", name);
	*ret = pair_schema(t->works[0].pair);
	return 0;
}

static int switch_on(struct pair_backend *b, struct pair_tracer *t, struct err *e)
{
	int rc = pair_offer_check(b, t->spec, e);

	pair_offer_load(b, t->spec);
	pair_origins_look(b);
	if (rc >= 0)
		rc = pair_tracer_bind(b, t, e);
	t->failed = rc < 0;
	if (rc < 0) {
		snprintf(t->reason, sizeof(t->reason), "%.250s", e ? e->text : "");
		return rc;
	}
	t->on = true;
	pair_flow_add(b, t);
	return 0;
}

static int pair_enable(struct backend *backend, const char *group, const char *name, bool on,
		       struct err *e)
{
	struct pair_tracer *t = find_in(backend, group, name);
	struct pair_backend *b = backend->state;
	struct err why = ERR_INIT;
	int rc = 0;

	if (!t)
		return no_such_pair(name, e);
	if (!on)
		t->failed = false;
	if (on == t->on)
		return 0;
	if (on) {
		rc = switch_on(b, t, &why);
		if (rc < 0 && e)
			*e = why;
	} else {
		t->on = false;
		pair_flow_remove(b, t);
	}
	if (backend->ready)
		backend->ready(backend, backend->ready_data);
	return rc;
}

/* Who shows a reason has the name beside it. */
static const char *without_name(const struct pair_tracer *t, const char *text)
{
	size_t len = strlen(PAIR_SYSTEM ":"), name = strlen(t->spec->name);

	if (strncmp(text, PAIR_SYSTEM ":", len) || strncmp(text + len, t->spec->name, name) ||
	    strncmp(text + len + name, ": ", 2))
		return text;
	return text + len + name + 2;
}

/* One that cannot be had says why before anybody tries. */
static int pair_status(struct backend *backend, const char *group, const char *name,
		       struct tracer_status *ret)
{
	struct pair_tracer *t = find_in(backend, group, name);
	struct err e = ERR_INIT;
	struct pair_stats s;

	if (!t)
		return -ENOENT;
	pair_sum(t, &s);
	*ret = (struct tracer_status) { .state = t->on ? TRACER_ON : TRACER_OFF,
					.events = s.pairs,
					.lost = s.lost + s.evicted };
	if (t->on)
		return 0;
	if (!t->failed && pair_offer_check(backend->state, t->spec, &e) >= 0)
		return 0;
	ret->state = TRACER_FAILED;
	snprintf(ret->reason, sizeof(ret->reason), "%.250s",
		 without_name(t, t->failed ? t->reason : e.text));
	return 0;
}

static int pair_describe(struct backend *backend, const char *group, const char *name,
			 struct strbuf *out, struct err *e)
{
	const struct pair_tracer *t = find_in(backend, group, name);

	if (!t)
		return no_such_pair(name, e);
	pair_say(backend->state, t, out);
	return 0;
}

static int visit_event(struct backend *b, const struct pair_event *ev, tracer_visit_fn visit,
		       void *data)
{
	struct tracer_info info = { .group = ev->system, .name = ev->event };
	const struct schema *s;

	if (!b->env->schema ||
	    b->env->schema(b->env->schema_data, ev->system, ev->event, &s, NULL) < 0)
		return 0;
	return visit(&info, data);
}

static int pair_needs(struct backend *b, const char *group, const char *name, tracer_visit_fn visit,
		      void *data)
{
	struct pair_tracer *t = find_in(b, group, name);
	int rc = 0;

	for (unsigned i = 0; t && i < t->spec->start.count && rc >= 0; i++)
		rc = visit_event(b, &t->spec->start.v[i], visit, data);
	for (unsigned i = 0; t && i < t->spec->end.count && rc >= 0; i++)
		rc = visit_event(b, &t->spec->end.v[i], visit, data);
	return rc < 0 ? rc : 0;
}

static int pair_start(struct backend *backend, struct err *e)
{
	struct pair_backend *b = backend->state;

	(void)e;
	b->started = true;
	return 0;
}

static void pair_stop(struct backend *backend)
{
	struct pair_backend *b = backend->state;

	b->started = false;
}

/* Rows become final when others are drained, and then the deck asks us too. */
static uint64_t pair_next(struct backend *backend, uint64_t now)
{
	const struct pair_backend *b = backend->state;

	(void)now;
	for (unsigned i = 0; b->started && i < b->lane_count; i++)
		if (!b->lanes[i]->done)
			return 0;
	return UINT64_MAX;
}

const struct backend_ops pair_ops = {
	.name = PAIR_SYSTEM,
	.blurb = "latencies: pairs of a start and an end",
	.size = sizeof(struct pair_backend),
	.caps = BACKEND_DERIVES,
	.probe = pair_probe,
	.open = pair_open,
	.close = pair_close,
	.list = pair_list,
	.groups = pair_groups,
	.schema = pair_schema_of,
	.enable = pair_enable,
	.status = pair_status,
	.describe = pair_describe,
	.needs = pair_needs,
	.start = pair_start,
	.stop = pair_stop,
	.drain = pair_drain,
	.next = pair_next,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_terms: where each term of the capture filter is decided: in the kernel or here, and why.
 *
 * Asked for the events that are on.
 */
#include <stdlib.h>

#include "core/filter_push.h"
#include "core/util.h"
#include "tui/events_filter.h"

#define EVENTS_MAX 512

struct plan {
	struct backend *backend; /* the one that is asked */
	const struct filter *filter;
	const char *groups[EVENTS_MAX];
	size_t group_count;
	struct filter_pushed events[EVENTS_MAX];
	size_t count;
};

/* ---- which events ---- */

static int visit_group(const struct tracer_group *g, void *data)
{
	struct plan *p = data;

	if (g->on && p->group_count < EVENTS_MAX)
		p->groups[p->group_count++] = xstrdup(g->name);
	return 0;
}

static int visit_tracer(const struct tracer_info *t, void *data)
{
	struct plan *p = data;
	const struct backend_ops *ops = p->backend->ops;
	struct tracer_status status = { 0 };
	struct filter_pushed *to = &p->events[p->count];

	if (p->count == EVENTS_MAX || ops->status(p->backend, t->group, t->name, &status) < 0 ||
	    status.state != TRACER_ON)
		return 0;
	if (ops->foresee(p->backend, t->group, t->name, p->filter, to, NULL) >= 0)
		p->count++;
	else
		*to = (struct filter_pushed) { .schema = NULL };
	return 0;
}

/* Those that are on. */
static void find_on(struct plan *p)
{
	const struct backend_ops *ops = p->backend->ops;

	p->group_count = 0;
	ops->groups(p->backend, false, visit_group, p, NULL);
	for (size_t i = 0; i < p->group_count; i++) {
		ops->list(p->backend, p->groups[i], visit_tracer, p, NULL);
		free((char *)p->groups[i]);
	}
}

/* Where nothing is switched: those that have rows. */
static void find_seen(const struct events *ev, struct plan *p)
{
	struct filter_push *push = filter_push_new(p->filter);
	const struct summary *sum = deck_summary(ev->deck);
	const struct source *src;

	for (unsigned i = 0; sum && (src = store_source_at(ev->win.store, i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX && !(src->flags & SOURCE_HIDDEN); id++) {
			const struct schema *s = src->schemas->by_id[id];

			if (!s || p->count == EVENTS_MAX || !summary_events(sum, s))
				continue;
			p->events[p->count].schema = s;
			filter_push_event(push, s, FILTER_PUSH_MAX, &p->events[p->count++].text);
		}
	}
	filter_push_free(push);
}

/* Of every backend that has an answer; false: none has. */
static bool find_live(const struct events *ev, struct plan *p)
{
	bool any = false;

	for (size_t i = 0; backends[i]; i++) {
		const struct backend_ops *ops = backends[i];

		if (!ops->foresee || !ops->groups)
			continue;
		p->backend = deck_backend(ev->deck, ops->name);
		any |= p->backend != NULL;
		if (p->backend)
			find_on(p);
	}
	return any;
}

void terms_put(const struct events *ev, const char *text, struct strbuf *out)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	struct filter *f = NULL;
	struct filter_push *push;

	if (scope_parse(ui_scope(ev->ui), text, &f, NULL) < 0) {
		free(p);
		return;
	}
	p->filter = f;
	if (!find_live(ev, p))
		find_seen(ev, p);
	push = filter_push_new(f);
	if (p->count) {
		filter_push_say_terms(push, p->events, p->count, false, out);
		filter_push_say_rest(p->events, p->count, out);
	}
	for (size_t i = 0; i < p->count; i++)
		filter_push_text_done(&p->events[i].text);
	filter_push_free(push);
	filter_free(f);
	free(p);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_terms: where each term of the capture filter is decided: in the kernel or here, and why.
 *
 * Asked for the events that are on; of several with the same answer the first are named.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/filter_push.h"
#include "core/util.h"
#include "tui/events_filter.h"

#define EVENTS_MAX 512
#define NAMES_MAX  3
#define TEXT_MAX   4000 /* bytes of a filter that the kernel takes */

struct plan {
	struct backend *backend;
	const char *groups[EVENTS_MAX];
	size_t group_count;
	const struct schema *schemas[EVENTS_MAX];
	struct filter_push_text texts[EVENTS_MAX];
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
	const struct schema *s = NULL;

	if (p->count == EVENTS_MAX || ops->status(p->backend, t->group, t->name, &status) < 0 ||
	    status.state != TRACER_ON)
		return 0;
	if (ops->schema(p->backend, t->group, t->name, &s, NULL) >= 0 && s)
		p->schemas[p->count++] = s;
	return 0;
}

/* Those that are on. */
static void find_on(struct plan *p)
{
	const struct backend_ops *ops = p->backend->ops;

	if (!ops->groups || !ops->list || !ops->status || !ops->schema)
		return;
	ops->groups(p->backend, false, visit_group, p, NULL);
	for (size_t i = 0; i < p->group_count; i++) {
		ops->list(p->backend, p->groups[i], visit_tracer, p, NULL);
		free((char *)p->groups[i]);
	}
}

/* Where nothing is switched: those that have rows. */
static void find_seen(const struct events *ev, struct plan *p)
{
	const struct summary *sum = deck_summary(ev->deck);
	const struct source *src;

	for (unsigned i = 0; sum && (src = store_source_at(ev->win.store, i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX && !(src->flags & SOURCE_HIDDEN); id++) {
			const struct schema *s = src->schemas->by_id[id];

			if (s && p->count < EVENTS_MAX && summary_events(sum, s))
				p->schemas[p->count++] = s;
		}
	}
}

/* ---- in words ---- */

static bool same_part(const struct filter_push_part *a, const struct filter_push_part *b)
{
	return a->place == b->place && !strcmp(a->why ? a->why : "", b->why ? b->why : "");
}

static bool said_before(const struct plan *p, size_t event, size_t term)
{
	for (size_t i = 0; i < event; i++)
		if (same_part(&p->texts[i].parts[term], &p->texts[event].parts[term]))
			return true;
	return false;
}

static void put_events(const struct plan *p, size_t first, size_t term, struct strbuf *out)
{
	const struct filter_push_part *part = &p->texts[first].parts[term];
	size_t count = 0;

	for (size_t i = first; i < p->count; i++) {
		if (!same_part(&p->texts[i].parts[term], part))
			continue;
		if (count++ < NAMES_MAX)
			strbuf_fmt(out, "%s%s", count > 1 ? ", " : "", p->schemas[i]->name);
	}
	if (count > NAMES_MAX)
		strbuf_fmt(out, " and %zu more", count - NAMES_MAX);
	if (part->why)
		strbuf_fmt(out, ": %s", part->why);
}

static void put_term(const struct plan *p, struct filter_push *push, size_t term,
		     struct strbuf *out)
{
	static const char *const places[] = {
		[PUSH_USER] = "here",
		[PUSH_WEAKER] = "kernel, and here",
		[PUSH_KERNEL] = "kernel",
		[PUSH_DECIDED] = "by the event",
	};
	uint32_t column;

	filter_push_print(push, term, out, &column);
	strbuf_char(out, '\n');
	for (size_t i = 0; i < p->count; i++) {
		if (said_before(p, i, term))
			continue;
		strbuf_fmt(out, "  %-16s  ", places[p->texts[i].parts[term].place]);
		put_events(p, i, term, out);
		strbuf_char(out, '\n');
	}
}

static void put_rest(const struct plan *p, struct strbuf *out)
{
	size_t exact = 0;

	for (size_t i = 0; i < p->count; i++)
		exact += p->texts[i].exact;
	if (exact == p->count)
		strbuf_str(out, "left over: nothing; the kernel does all of it\n");
	else
		strbuf_fmt(out,
			   "left over: the whole filter is asked again here, for %zu of %zu "
			   "events\n",
			   p->count - exact, p->count);
}

void terms_put(const struct events *ev, const char *text, struct strbuf *out)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	struct filter *f = NULL;
	struct filter_push *push;

	p->backend = deck_backend(ev->deck, "tracefs");
	if (p->backend)
		find_on(p);
	else
		find_seen(ev, p);
	if (p->count && scope_parse(ui_scope(ev->ui), text, &f, NULL) >= 0) {
		push = filter_push_new(f);
		for (size_t i = 0; i < p->count; i++)
			filter_push_event(push, p->schemas[i], TEXT_MAX, &p->texts[i]);
		for (size_t i = 0; i < filter_push_count(push); i++)
			put_term(p, push, i, out);
		put_rest(p, out);
		for (size_t i = 0; i < p->count; i++)
			filter_push_text_done(&p->texts[i]);
		filter_push_free(push);
		filter_free(f);
	}
	free(p);
}

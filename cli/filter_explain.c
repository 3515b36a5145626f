/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_explain: which part of a filter runs where, and why not in the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/filter.h"
#include "core/cleanup.h"
#include "core/util.h"

#define NAMES_MAX 3 /* events that are named; more are counted */

static const char *const places[] = {
	[PUSH_USER] = "here",
	[PUSH_WEAKER] = "kernel, and here",
	[PUSH_KERNEL] = "kernel",
	[PUSH_DECIDED] = "by the event",
};

static bool same_part(const struct filter_push_part *a, const struct filter_push_part *b)
{
	return a->place == b->place && !strcmp(a->why ? a->why : "", b->why ? b->why : "");
}

/* An event before this one has the same answer: it was said there. */
static bool said_before(const struct filter_case *c, size_t event, size_t term)
{
	for (size_t i = 0; i < event; i++)
		if (same_part(&c->events[i].text.parts[term], &c->events[event].text.parts[term]))
			return true;
	return false;
}

static void put_events(const struct filter_case *c, size_t first, size_t term, struct strbuf *out)
{
	const struct filter_push_part *part = &c->events[first].text.parts[term];
	size_t count = 0;

	for (size_t i = first; i < c->count; i++) {
		const struct schema *s = c->events[i].schema;

		if (!same_part(&c->events[i].text.parts[term], part))
			continue;
		if (count++ < NAMES_MAX)
			strbuf_fmt(out, "%s%s:%s", count > 1 ? ", " : "", s->system, s->name);
	}
	if (count > NAMES_MAX)
		strbuf_fmt(out, " and %zu more", count - NAMES_MAX);
}

static void put_term(const struct filter_case *c, size_t term, struct strbuf *out)
{
	uint32_t column;

	filter_push_print(c->plan.push, term, out, &column);
	strbuf_char(out, '\n');
	for (size_t i = 0; i < c->count; i++) {
		const struct filter_push_part *part = &c->events[i].text.parts[term];

		if (said_before(c, i, term))
			continue;
		strbuf_fmt(out, "  %-16s  ", places[part->place]);
		put_events(c, i, term, out);
		if (part->why)
			strbuf_fmt(out, ": %s", part->why);
		strbuf_char(out, '\n');
	}
}

static void put_files(const struct filter_case *c, struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < c->count; i++) {
		const struct filter_event *ev = &c->events[i];

		if (!ev->text.text.len)
			continue;
		strbuf_fmt(out, "events/%s/%s/filter: %s%s\n", ev->schema->system, ev->schema->name,
			   ev->text.text.s,
			   ev->text.never ? "   (never true: no row can pass)"
			   : ev->text.cut ? "   (cut: the kernel takes no longer text)"
					  : "");
		any = true;
	}
	if (capture_plan_has_cpus(&c->plan)) {
		strbuf_str(out, "tracing_cpumask: CPU");
		for (unsigned i = 0; i < c->plan.cpu_count; i++)
			if (c->plan.cpus[i])
				strbuf_fmt(out, " %u", i);
		strbuf_char(out, '\n');
		any = true;
	}
	if (capture_plan_has_ids(&c->plan)) {
		strbuf_str(out, "set_event_pid:");
		for (size_t i = 0; i < c->plan.id_count; i++)
			strbuf_fmt(out, "%s %d", c->plan.process[i] ? " all threads of" : "",
				   (int)c->plan.ids[i]);
		strbuf_str(out, ", and all they make (options/event-fork)\n");
		any = true;
	}
	if (!any)
		strbuf_str(out, "nothing of it is for the kernel\n");
}

static void put_rest(const struct filter_case *c, struct strbuf *out)
{
	size_t exact = 0;

	for (size_t i = 0; i < c->count; i++)
		exact += c->events[i].text.exact;
	if (exact == c->count)
		strbuf_str(out, "left over: nothing; the kernel does all of it\n");
	else
		strbuf_fmt(out,
			   "left over: the whole filter is asked again here, for %zu of %zu "
			   "events\n",
			   c->count - exact, c->count);
}

void filter_explain(const struct filter_case *c, struct strbuf *out)
{
	size_t terms = c->plan.push ? filter_push_count(c->plan.push) : 0;

	for (size_t i = 0; i < terms; i++)
		put_term(c, i, out);
	strbuf_str(out, terms ? "\n" : "");
	put_files(c, out);
	put_rest(c, out);
}

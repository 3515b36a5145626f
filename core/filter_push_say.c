/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_push_say: what the kernel takes of a filter, and what stays, in words for people.
 *
 * Comparison by comparison: where it is decided for which events, and why not elsewhere. Of several
 * events with the same answer the first are named.
 */
#include <string.h>

#include "core/filter_push.h"

#define NAMES_MAX 3 /* events that are named; more are counted */

/* The second is of events that a program gives. */
static const char *const places[][2] = {
	[PUSH_USER] = { "here", "here" },
	[PUSH_WEAKER] = { "kernel, and here", "program, and here" },
	[PUSH_KERNEL] = { "kernel", "program" },
	[PUSH_DECIDED] = { "by the event", "by the event" },
};

/* Names of events, as they come. */
struct names {
	struct strbuf *out;
	bool systems; /* SYSTEM:EVENT */
	size_t count;
};

static void add_name(struct names *n, const struct schema *s)
{
	if (n->count++ >= NAMES_MAX)
		return;
	strbuf_str(n->out, n->count > 1 ? ", " : "");
	if (n->systems)
		strbuf_fmt(n->out, "%s:", s->system ? s->system : "");
	strbuf_str(n->out, s->name);
}

static void end_names(const struct names *n)
{
	if (n->count > NAMES_MAX)
		strbuf_fmt(n->out, " and %zu more", n->count - NAMES_MAX);
}

/* ---- where each comparison is decided ---- */

static bool same_part(const struct filter_pushed *one, const struct filter_pushed *other,
		      size_t term)
{
	const struct filter_push_part *a = &one->text.parts[term], *b = &other->text.parts[term];

	return one->in_program == other->in_program && a->place == b->place &&
	       !strcmp(a->why ? a->why : "", b->why ? b->why : "");
}

/* An event before this one has the same answer: it was said there. */
static bool said_before(const struct filter_pushed *events, size_t event, size_t term)
{
	for (size_t i = 0; i < event; i++)
		if (same_part(&events[i], &events[event], term))
			return true;
	return false;
}

/* The events from number `first` on that have the same answer as it. */
static void say_events(const struct filter_pushed *events, size_t count, size_t first, size_t term,
		       struct names names)
{
	for (size_t i = first; i < count; i++)
		if (same_part(&events[i], &events[first], term))
			add_name(&names, events[i].schema);
	end_names(&names);
}

void filter_push_say_terms(const struct filter_push *p, const struct filter_pushed *events,
			   size_t count, bool systems, struct strbuf *out)
{
	uint32_t column;

	for (size_t term = 0; term < filter_push_count(p); term++) {
		filter_push_print(p, term, out, &column);
		strbuf_char(out, '\n');
		for (size_t i = 0; i < count; i++) {
			const struct filter_push_part *part = &events[i].text.parts[term];

			if (said_before(events, i, term))
				continue;
			strbuf_fmt(out, "  %-16s  ", places[part->place][events[i].in_program]);
			say_events(events, count, i, term, (struct names) { out, systems, 0 });
			if (part->why)
				strbuf_fmt(out, ": %s", part->why);
			strbuf_char(out, '\n');
		}
	}
}

/* ---- what stays ---- */

/* Names the events whose text is blind; returns how many. */
static size_t say_blind(const struct filter_pushed *events, size_t count, struct strbuf *out)
{
	struct names names = { out, true, 0 };

	for (size_t i = 0; i < count; i++) {
		if (!events[i].text.blind)
			continue;
		if (!names.count)
			strbuf_str(out, "cannot be captured so: ");
		add_name(&names, events[i].schema);
	}
	end_names(&names);
	if (names.count)
		strbuf_str(out, ": " FILTER_PUSH_BLIND "\n");
	return names.count;
}

void filter_push_say_rest(const struct filter_pushed *events, size_t count, struct strbuf *out)
{
	size_t blind = say_blind(events, count, out), exact = 0;

	for (size_t i = 0; i < count; i++)
		exact += events[i].text.exact;
	if (exact == count)
		strbuf_str(out, "left over: nothing; the kernel does all of it\n");
	else if (exact + blind < count)
		strbuf_fmt(out,
			   "left over: the whole filter is asked again here, for %zu of %zu "
			   "events\n",
			   count - exact - blind, count);
}

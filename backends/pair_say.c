/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_say: what became of the rows that a pair is made of, in words.
 */
#include <string.h>

#include "backends/pair_kernel.h"
#include "backends/pair_private.h"
#include "core/cleanup.h"
#include "tracefs/dir.h"

void pair_sum(const struct pair_tracer *t, struct pair_stats *sum)
{
	*sum = (struct pair_stats) { 0 };
	for (unsigned i = 0; i < t->work_count; i++) {
		struct pair_stats s;

		pair_stats(t->works[i].pair, &s);
		sum->starts += s.starts;
		sum->ends += s.ends;
		sum->pairs += s.pairs;
		sum->open += s.open;
		sum->replaced += s.replaced;
		sum->evicted += s.evicted;
		sum->lost += s.lost;
		sum->stopped += s.stopped;
		sum->unstarted += s.unstarted;
		sum->damaged += s.damaged;
		sum->cut += s.cut;
	}
}

static void say(struct strbuf *out, const char *what, uint64_t n)
{
	if (n)
		strbuf_fmt(out, "%s: %llu\n", what, (unsigned long long)n);
}

/* The events of both sides, one after the other. */
static const struct pair_event *event_at(const struct pair_spec *s, unsigned i)
{
	return i < s->start.count ? &s->start.v[i] : &s->end.v[i - s->start.count];
}

static bool is_repeated(const struct pair_spec *s, unsigned n)
{
	const struct pair_event *ev = event_at(s, n);

	for (unsigned i = 0; i < n; i++)
		if (!strcmp(event_at(s, i)->system, ev->system) &&
		    !strcmp(event_at(s, i)->event, ev->event))
			return true;
	return false;
}

/* The events it is made of, on as long as it is, and those that nobody has. */
static void say_needs(const struct pair_backend *b, const struct pair_spec *s, struct strbuf *out)
{
	const struct backend_env *env = b->backend->env;
	_cleanup_strbuf_ struct strbuf needs = { 0 }, lacks = { 0 };

	for (unsigned i = 0; i < s->start.count + s->end.count; i++) {
		const struct pair_event *ev = event_at(s, i);
		const struct schema *found;
		struct strbuf *to = &lacks;

		if (is_repeated(s, i))
			continue;
		if (env->schema &&
		    env->schema(env->schema_data, ev->system, ev->event, &found, NULL) >= 0)
			to = &needs;
		strbuf_fmt(to, "%s%s:%s", to->len ? ", " : "", ev->system, ev->event);
	}
	if (needs.len)
		strbuf_fmt(out, "needs: %s\n", needs.s);
	if (lacks.len)
		strbuf_fmt(out, "not here: %s\n", lacks.s);
}

/* A number of which more there may have been. */
static void say_count(struct strbuf *out, const char *what, const char *without, uint64_t n,
		      uint64_t alone)
{
	if (!n)
		return;
	strbuf_fmt(out, "%s: %llu", what, (unsigned long long)n);
	if (alone)
		strbuf_fmt(out, ", %llu %s", (unsigned long long)alone, without);
	strbuf_char(out, '\n');
}

static void say_counts(const struct pair_backend *b, const struct pair_stats *s, struct strbuf *out)
{
	uint64_t alone = s->open + s->replaced + s->evicted + s->lost + s->stopped;
	bool at_least = pair_stats_at_least(s) || b->no_room;

	say_count(out, at_least ? "starts, at least" : "starts", "without an end", s->starts,
		  alone);
	say(out, "  waiting for it", s->open);
	say(out, "  replaced by another start", s->replaced);
	say(out, "  let go, too many were open", s->evicted);
	say(out, "  let go where events were lost", s->lost);
	say(out, "  let go while it was off", s->stopped);
	say_count(out, at_least ? "ends, at least" : "ends", "without a start", s->ends,
		  s->unstarted);
	say(out, at_least ? "pairs, at least" : "pairs", s->pairs);
	say(out, "records too short for their format", s->damaged);
	say(out, "texts cut", s->cut);
	say(out, "rows of pairs that found no room in memory", b->no_room);
}

/* What `top --in-kernel` would answer; of a recording nobody can ask that. */
static void say_kernel(const struct pair_backend *b, const struct pair_tracer *t,
		       struct strbuf *out)
{
	_cleanup_free_ char *tracefs = NULL;
	struct err e = ERR_INIT;
	int rc;

	if (!b->backend->env->guard || !t->work_count)
		return;
	rc = tracefs_find(false, &tracefs, &e);
	if (rc >= 0)
		rc = hist_probe(tracefs, &e);
	if (rc >= 0)
		rc = pair_kernel_check(t->spec, t->works[0].origin->from, &e);
	if (rc >= 0)
		strbuf_fmt(out, "in the kernel: can be, tapdeck top --in-kernel -e pair:%s\n",
			   t->spec->name);
	else
		strbuf_fmt(out, "in the kernel: cannot be: %s\n", e.text);
}

void pair_say(const struct pair_backend *b, const struct pair_tracer *t, struct strbuf *out)
{
	struct pair_stats s;

	pair_sum(t, &s);
	if (t->spec->missing) {
		strbuf_fmt(out, "not to be had: %s\n", t->spec->missing);
		return;
	}
	pair_spec_describe(t->spec, out);
	strbuf_fmt(out, "defined: %s\n", t->spec->place);
	say_needs(b, t->spec, out);
	say_kernel(b, t, out);
	say_counts(b, &s, out);
}

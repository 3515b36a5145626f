/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_say: what became of the rows that a pair is made of, in words.
 */
#include "backends/pair_private.h"

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

void pair_say(const struct pair_backend *b, const struct pair_tracer *t, struct strbuf *out)
{
	struct pair_stats s;

	pair_sum(t, &s);
	if (t->spec->missing) {
		strbuf_fmt(out, "not to be had: %s\n", t->spec->missing);
		return;
	}
	strbuf_str(out, "made of: ");
	pair_spec_print(t->spec, out);
	strbuf_fmt(out, "\ndefined: %s\n", t->spec->place);
	say(out, "pairs", s.pairs);
	say(out, "open starts", s.open);
	say(out, "starts that another one replaced", s.replaced);
	say(out, "starts let go, too many were open", s.evicted);
	say(out, "starts let go where events were lost", s.lost);
	say(out, "starts let go while it was off", s.stopped);
	say(out, "ends without a start", s.unstarted);
	say(out, "records too short for their format", s.damaged);
	say(out, "texts cut", s.cut);
	say(out, "rows of pairs that found no room in memory", b->no_room);
	if (pair_stats_at_least(&s) || b->no_room)
		strbuf_str(out, "complete: no, there were at least so many pairs\n");
}

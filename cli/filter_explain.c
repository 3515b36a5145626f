/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_explain: which part of a filter runs where, and why not in the kernel.
 */
#include "cli/filter.h"

static void put_files(const struct filter_case *c, struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < c->count; i++) {
		const struct filter_pushed *ev = &c->events[i];

		if (!ev->text.text.len)
			continue;
		any = true;
		if (ev->in_program) {
			strbuf_fmt(out, "program %s:%s: %s\n", ev->schema->system, ev->schema->name,
				   ev->text.text.s);
			continue;
		}
		strbuf_fmt(out, "events/%s/%s/filter: %s%s\n", ev->schema->system, ev->schema->name,
			   ev->text.text.s,
			   ev->text.never ? "   (never true: no row can pass)"
			   : ev->text.cut ? "   (cut: the kernel takes no longer text)"
					  : "");
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

void filter_explain(const struct filter_case *c, struct strbuf *out)
{
	if (c->plan.push && filter_push_count(c->plan.push)) {
		filter_push_say_terms(c->plan.push, c->events, c->count, true, out);
		strbuf_char(out, '\n');
	}
	put_files(c, out);
	filter_push_say_rest(c->events, c->count, out);
}

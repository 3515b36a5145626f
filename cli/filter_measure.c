/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_measure: what the kernel's part of a filter keeps out. Nothing counts that but a second
 * look: two instances at the same time, one filtered and one not, whose own counts are compared.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/filter.h"
#include "core/guard.h"
#include "core/util.h"
#include "tracefs/instance.h"
#include "tracefs/instance_pids.h"

#define BUFFER (1u << 20) /* what is overwritten counts as well */

/* Filters, then CPUs and threads, then the switches. */
static int set_up(const struct filter_case *c, struct instance *in, bool filtered, struct err *e)
{
	struct pid_set set = { c->plan.ids, c->plan.process, c->plan.id_count, c->plan.kin };
	int rc = 0;

	for (size_t i = 0; i < c->count && rc >= 0 && filtered; i++) {
		const struct filter_pushed *ev = &c->events[i];

		if (ev->text.text.len)
			rc = instance_filter(in, ev->schema->system, ev->schema->name,
					     ev->text.text.s, e);
	}
	if (rc >= 0 && filtered && capture_plan_has_cpus(&c->plan) && c->plan.cpu_count >= in->cpus)
		rc = instance_cpumask(in, c->plan.cpus, e);
	if (rc >= 0 && filtered && capture_plan_has_ids(&c->plan) && instance_pids_known())
		rc = instance_pids_add(in, &set, false, e);
	for (size_t i = 0; i < c->count && rc >= 0; i++)
		rc = instance_enable(in, c->events[i].schema->system, c->events[i].schema->name,
				     true, e);
	return rc;
}

static int count(const struct instance *in, uint64_t *ret, struct err *e)
{
	*ret = 0;
	for (unsigned cpu = 0; cpu < in->cpus; cpu++) {
		struct instance_stats s;
		int rc = instance_stats(in, cpu, &s, e);

		if (rc < 0)
			return rc;
		*ret += s.entries + s.overrun;
	}
	return 0;
}

static int run(struct instance in[2], struct err *e)
{
	struct timespec second = { .tv_sec = 1 };
	int rc = instance_on(&in[0], true, e);

	if (rc >= 0)
		rc = instance_on(&in[1], true, e);
	if (rc < 0)
		return rc;
	nanosleep(&second, NULL);
	rc = instance_on(&in[1], false, e);
	return rc < 0 ? rc : instance_on(&in[0], false, e);
}

static void say(uint64_t all, uint64_t through, struct strbuf *out)
{
	strbuf_str(out, "measured: ");
	strbuf_grouped(out, all);
	strbuf_str(out, " events in one second, ");
	strbuf_grouped(out, through);
	strbuf_str(out, " of them through the kernel's part");
	if (all)
		strbuf_fmt(out, " (%.2f%% kept out)",
			   100.0 * (double)(all - MIN(through, all)) / (double)all);
	strbuf_char(out, '\n');
}

/* What programs keep out they count themselves: see the tracers pane. */
static bool has_programs(const struct filter_case *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->events[i].in_program)
			return true;
	return false;
}

int filter_measure(const struct filter_case *c, struct strbuf *out, struct err *e)
{
	struct instance in[2] = { { .lock_fd = -1 }, { .lock_fd = -1 } };
	uint64_t counts[2] = { 0 };
	struct guard *guard = NULL;
	int rc;

	if (has_programs(c))
		return err_set(e, -EINVAL,
			       "--measure is for events of the kernel's own: a BPF program counts "
			       "what it keeps out itself");
	rc = guard_start(&guard, e);
	for (int i = 0; i < 2 && rc >= 0; i++) {
		rc = instance_open(&in[i], guard, c->tracefs, i ? "filtered" : "all", BUFFER, 4096,
				   e);
		if (rc >= 0)
			rc = set_up(c, &in[i], i == 1, e);
	}
	if (rc >= 0)
		rc = run(in, e);
	for (int i = 0; i < 2 && rc >= 0; i++)
		rc = count(&in[i], &counts[i], e);
	for (int i = 0; i < 2; i++)
		instance_close(&in[i], NULL);
	guard_stop(guard, NULL);
	if (rc >= 0)
		say(counts[0], counts[1], out);
	return rc < 0 ? rc : 0;
}

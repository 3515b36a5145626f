/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture_plan: see capture_plan.h.
 */
#include "backends/capture_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"

#define IDS_MAX 4096

static bool has_id(const struct capture_plan *p, int32_t id, bool process)
{
	for (size_t i = 0; i < p->id_count; i++)
		if (p->ids[i] == id && p->process[i] == process)
			return true;
	return false;
}

static void add_id(struct capture_plan *p, int32_t id, bool process)
{
	if (has_id(p, id, process))
		return;
	p->ids = xrealloc(p->ids, p->id_count + 1, sizeof(*p->ids));
	p->process = xrealloc(p->process, p->id_count + 1, sizeof(*p->process));
	p->ids[p->id_count] = id;
	p->process[p->id_count++] = process;
}

void capture_plan_init(struct capture_plan *p, const struct capture *c, unsigned cpus)
{
	*p = (struct capture_plan) { .cpu_count = cpus };
	p->cpus = xcalloc(cpus + 1, sizeof(*p->cpus));
	if (c->filter && *filter_text(c->filter))
		p->push = filter_push_new(c->filter);
	p->family = c->pid_count > 0;
	p->kin = p->family && c->follow;
	for (size_t i = 0; i < c->pid_count; i++)
		add_id(p, c->pids[i], true);
}

void capture_plan_done(struct capture_plan *p)
{
	filter_push_free(p->push);
	free(p->cpus);
	free(p->ids);
	free(p->process);
	*p = (struct capture_plan) { 0 };
}

static void widen_ids(struct capture_plan *p, const struct schema *s)
{
	_cleanup_free_ struct filter_push_id *ids = NULL;
	int count = p->push ? filter_push_ids(p->push, s, &ids) : -1;

	if (count < 0 || p->id_count + (size_t)count > IDS_MAX) {
		p->everybody = true;
		return;
	}
	for (int i = 0; i < count; i++)
		add_id(p, ids[i].id, ids[i].is_process);
}

void capture_plan_widen(struct capture_plan *p, const struct schema *s)
{
	for (unsigned cpu = 0; cpu < p->cpu_count; cpu++)
		if (!p->cpus[cpu])
			p->cpus[cpu] = !p->push || filter_push_cpu(p->push, s, (uint16_t)cpu);
	/* The processes that were named are the same for all. */
	if (!p->family && !p->everybody)
		widen_ids(p, s);
}

void capture_plan_widen_whole(struct capture_plan *p)
{
	memset(p->cpus, true, p->cpu_count * sizeof(*p->cpus));
	p->everybody = true;
}

void capture_plan_text(struct capture_plan *p, const struct schema *s, struct filter_push_text *ret)
{
	if (p->push)
		filter_push_event(p->push, s, FILTER_PUSH_MAX, ret);
	else
		*ret = (struct filter_push_text) { .exact = true };
}

unsigned capture_plan_cpus(const struct capture_plan *p)
{
	unsigned on = 0;

	for (unsigned cpu = 0; cpu < p->cpu_count; cpu++)
		on += p->cpus[cpu];
	return on;
}

bool capture_plan_has_cpus(const struct capture_plan *p)
{
	unsigned on = capture_plan_cpus(p);

	return on && on < p->cpu_count;
}

bool capture_plan_has_ids(const struct capture_plan *p)
{
	return !p->everybody && p->id_count;
}

bool capture_plan_same_ids(const struct capture_plan *a, const struct capture_plan *b)
{
	if (capture_plan_has_ids(a) != capture_plan_has_ids(b))
		return false;
	if (!capture_plan_has_ids(a))
		return true;
	if (a->id_count != b->id_count || a->family != b->family || a->kin != b->kin)
		return false;
	for (size_t i = 0; i < a->id_count; i++)
		if (!has_id(b, a->ids[i], a->process[i]))
			return false;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracefs_capture: the capture filter, as far as the kernel does it.
 *
 * All of it is set in the instance of the user's events; that of the identity table is never
 * filtered. An event's filter is replaced at once by the kernel, so what the old and the new one
 * want is never missed; what is set for all events is changed behind the filters, which are what
 * can be refused. Refused, all are as they were.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/tracefs.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "tracefs/instance_pids.h"

/* ---- events ---- */

/* What the kernel said of its text, pointing into what the user wrote. */
static int refused(const struct tracefs_backend *t, const struct event_tracer *et,
		   const struct filter_push_text *text, struct err *e)
{
	char said[ERR_TEXT / 2];
	int column, code = e->code;

	snprintf(said, sizeof(said), "%.500s", e->text);
	column = e->column < 0 ? -1 : filter_push_column(text, (size_t)e->column);
	if (column < 0 || !t->capture.filter)
		return err_set(e, code, "%s:%s: the kernel refuses the filter: %s", et->group,
			       et->name, said);
	err_caret(e, filter_text(t->capture.filter), column,
		  "%s:%s: the kernel refuses what this becomes: %s", et->group, et->name, said);
	e->code = code;
	return code;
}

static int write_text(struct tracefs_backend *t, struct event_tracer *et, const char *text,
		      struct err *e)
{
	char *copy = *text ? xstrdup(text) : NULL;
	int rc;

	if (!strcmp(text, et->filter ? et->filter : "")) {
		free(copy);
		return 0;
	}
	rc = instance_filter(&t->instance, et->group, et->name, text, e);
	if (rc < 0) {
		free(copy);
		return rc;
	}
	free(et->filter);
	et->filter = copy;
	return 0;
}

int capture_write(struct tracefs_backend *t, struct event_tracer *et,
		  const struct filter_push_text *text, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = write_text(t, et, strbuf_cstr(&text->text), &why);

	/* An event without such a file is filtered here alone. */
	if (rc == -ENOENT || rc >= 0)
		return 0;
	rc = refused(t, et, text, &why);
	if (e)
		*e = why;
	return rc;
}

/* Of an event that others are made of nothing may be missing. */
static bool is_whole(const struct tracefs_backend *t, const struct event_tracer *et)
{
	const struct capture *c = &t->capture;

	return c->whole && c->whole(c->whole_data, et->group, et->name);
}

static void widen(struct tracefs_backend *t, struct capture_plan *plan,
		  const struct event_tracer *et)
{
	if (is_whole(t, et))
		capture_plan_widen_whole(plan);
	else
		capture_plan_widen(plan, et->schema);
}

static int write_event(struct tracefs_backend *t, struct event_tracer *et,
		       struct capture_plan *plan, struct strbuf *took, struct err *e)
{
	struct filter_push_text text = { 0 };
	int rc;

	if (is_whole(t, et))
		return capture_write(t, et, &text, e);
	capture_plan_text(plan, et->schema, &text);
	rc =
	    text.blind ? filter_push_blind(et->group, et->name, e) : capture_write(t, et, &text, e);
	if (rc >= 0 && took && text.text.len)
		strbuf_fmt(took, "events/%s/%s/filter: %s\n", et->group, et->name, text.text.s);
	filter_push_text_done(&text);
	return rc;
}

/* Every event that is on gets its text; refused, those that have it already get the old one back.
 */
static int write_events(struct tracefs_backend *t, struct capture_plan *plan, struct strbuf *took,
			struct err *e)
{
	_cleanup_free_ char **old = xcalloc(t->events.count + 1, sizeof(*old));
	size_t i;
	int rc = 0;

	for (i = 0; i < t->events.count && rc >= 0; i++) {
		struct event_tracer *et = &t->events.v[i];

		if (et->state != TRACER_ON || !et->schema)
			continue;
		old[i] = xstrdup(et->filter ? et->filter : "");
		rc = write_event(t, et, plan, took, e);
	}
	while (i-- > 0) {
		if (rc < 0 && old[i])
			write_text(t, &t->events.v[i], old[i], NULL);
		free(old[i]);
	}
	return rc;
}

/* ---- what is set for all events ---- */

/* A kernel without such a file lets all pass: no more than that. */
static void set_cpus(struct tracefs_backend *t, const struct capture_plan *plan)
{
	_cleanup_free_ bool *all = xcalloc(plan->cpu_count + 1, sizeof(*all));
	bool some = capture_plan_has_cpus(plan);

	if (!some && !t->cpus_set)
		return;
	for (unsigned i = 0; i < plan->cpu_count; i++)
		all[i] = true;
	if (instance_cpumask(&t->instance, some ? plan->cpus : all, NULL) >= 0)
		t->cpus_set = some;
}

static struct pid_set pid_set_of(const struct capture_plan *plan)
{
	return (struct pid_set) { plan->ids, plan->process, plan->id_count, plan->kin };
}

/* Too many births, or no such file: then everybody passes. Only what cannot be widened is wrong. */
static int set_ids(struct tracefs_backend *t, const struct capture_plan *plan, bool is_new,
		   struct err *e)
{
	struct pid_set set = pid_set_of(plan);
	int rc = 0;

	if (t->ids_set && (is_new || !capture_plan_has_ids(plan))) {
		rc = instance_pids_clear(&t->instance, e);
		if (rc < 0)
			return rc;
		t->ids_set = false;
	}
	if (!capture_plan_has_ids(plan) || !instance_pids_known())
		return 0;
	rc = instance_pids_add(&t->instance, &set, is_new && t->on, NULL);
	if (rc < 0)
		return instance_pids_clear(&t->instance, e);
	t->ids_set = true;
	t->renew_at = clock_mono() + NSEC_PER_SEC;
	return 0;
}

void capture_renew(struct tracefs_backend *t)
{
	struct pid_set set = pid_set_of(&t->plan);
	uint64_t now;

	if (!t->ids_set)
		return;
	now = clock_mono();
	if (now < t->renew_at)
		return;
	instance_pids_renew(&t->instance, &set, NULL);
	t->renew_at = now + NSEC_PER_SEC;
}

static void say_all(const struct tracefs_backend *t, const struct capture_plan *plan,
		    struct strbuf *took)
{
	if (t->cpus_set) {
		strbuf_str(took, "tracing_cpumask: CPU");
		for (unsigned i = 0; i < plan->cpu_count; i++)
			if (plan->cpus[i])
				strbuf_fmt(took, " %u", i);
		strbuf_char(took, '\n');
	}
	if (t->ids_set) {
		strbuf_str(took, "set_event_pid: ");
		instance_pids_say(&t->instance, took, NULL);
		strbuf_char(took, '\n');
	}
}

/* ---- the capture filter ---- */

int tracefs_capture(struct backend *b, const struct capture *c, struct strbuf *took, struct err *e)
{
	struct tracefs_backend *t = b->state;
	struct capture old = t->capture;
	struct capture_plan plan;
	int rc;

	t->capture = *c;
	capture_plan_init(&plan, c, t->instance.cpus);
	for (size_t i = 0; i < t->events.count; i++)
		if (t->events.v[i].state == TRACER_ON && t->events.v[i].schema)
			widen(t, &plan, &t->events.v[i]);
	rc = write_events(t, &plan, took, e);
	if (rc >= 0 && !capture_plan_same_ids(&t->plan, &plan))
		rc = set_ids(t, &plan, true, e);
	if (rc < 0) {
		t->capture = old;
		capture_plan_done(&plan);
		return rc;
	}
	set_cpus(t, &plan);
	capture_plan_done(&t->plan);
	t->plan = plan;
	if (took)
		say_all(t, &plan, took);
	return 0;
}

int tracefs_foresee(struct backend *b, const char *group, const char *name, const struct filter *f,
		    struct filter_pushed *ret, struct err *e)
{
	struct filter_push *push = filter_push_new(f);
	int rc = b->ops->schema(b, group, name, &ret->schema, e);

	if (rc >= 0)
		filter_push_event(push, ret->schema, FILTER_PUSH_MAX, &ret->text);
	filter_push_free(push);
	return rc;
}

int capture_prepare(struct tracefs_backend *t, struct event_tracer *et, struct err *e)
{
	struct capture_plan *plan = &t->plan;
	size_t ids = plan->id_count;
	unsigned cpus = capture_plan_cpus(plan);
	bool everybody = plan->everybody;
	int rc;

	if (!plan->cpus) /* nobody asked for anything yet */
		return 0;
	widen(t, plan, et);
	rc = write_event(t, et, plan, NULL, e);
	if (rc >= 0 && (ids != plan->id_count || everybody != plan->everybody))
		rc = set_ids(t, plan, false, e);
	if (rc >= 0 && cpus != capture_plan_cpus(plan))
		set_cpus(t, plan);
	return rc;
}

void capture_done(struct tracefs_backend *t)
{
	capture_plan_done(&t->plan);
}

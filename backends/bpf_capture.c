/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_capture: has programs keep out what nobody wants.
 *
 * What a program is told is one value of its map tap_control, and a write of it is not seen as one
 * by those that run meanwhile. So a change has two steps: first everything passes, and when nobody
 * looks at the old tests any more the new ones are written, and at last how many they are. What the
 * old and the new filter want is never missed, and nothing is loaded anew.
 */
#include "backends/bpf_capture.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/code_plan.h"
#include "bpf/maps.h"
#include "core/arena.h"

struct bpf_capture *bpf_capture_of(struct bpf_backend *b)
{
	if (!b->capture)
		b->capture = xcalloc(1, sizeof(*b->capture));
	return b->capture;
}

/* ---- plans ---- */

/* Programs that are brought along know nothing of this. */
static bool can_be_told(const struct bpf_tracer *t)
{
	return t->load && !t->load->err.code && t->load->control >= 0;
}

/* Of what others are made of nothing may be missing. */
static bool is_whole(const struct capture *c, const struct bpf_tracer *t)
{
	return c->whole && c->whole(c->whole_data, BPF_GROUP, t->name);
}

/* The rows of a tracer, and how they come of its events: of what counts only heads are known. */
static const struct schema *rows_of(const struct bpf_tracer *t, const struct layout **ret)
{
	const struct loader_answer *a = t->load ? t->load : t->look;

	*ret = &code_head_layout;
	if (a && a->ring_count && t->ring_event_count) {
		*ret = &a->rings[0].layout;
		return t->ring_events[0].schema;
	}
	return t->table_event_count ? t->table_events[0].schema : NULL;
}

static int plan_one(struct bpf_tracer *t, struct code_plan *ret, struct err *e)
{
	const struct bpf_capture *cap = bpf_capture_of(t->b);
	const struct capture *c = &cap->wanted;
	const struct layout *l;
	const struct schema *s = rows_of(t, &l);
	int rc;

	*ret = (struct code_plan) { .pids = NULL };
	if (!can_be_told(t) || is_whole(c, t) || !s)
		return 0;
	rc = code_plan_make(c->filter, s, l, ret, e);
	/* Where processes were named the list is theirs. */
	if (c->pid_count) {
		ret->control.by_pids = cap->family.ready;
		ret->control.follow = c->follow;
	}
	return rc;
}

/* ---- telling ---- */

static bool same(const struct tap_control *a, const struct tap_control *b)
{
	return a->by_pids == b->by_pids && a->follow == b->follow &&
	       !memcmp(&a->who, &b->who, sizeof(a->who)) &&
	       !memcmp(&a->all, &b->all, sizeof(a->all));
}

static bool rejects(const struct tap_control *c)
{
	return c->by_pids || c->who.tests || c->all.tests;
}

static int write_control(struct bpf_tracer *t, const struct tap_control *c)
{
	struct tap_control now = *c;

	now.on = t->control.on;
	now.own = t->control.own;
	now.loader = t->control.loader;
	now.guard = t->control.guard;
	t->control = now;
	return maps_control(t->load->control, &now, NULL);
}

/* Everything passes: the tests stay, but are not asked. */
static struct tap_control open_door(const struct tap_control *c)
{
	struct tap_control open = *c;

	open.by_pids = open.who.tests = open.all.tests = 0;
	return open;
}

/*
 * Lets everything pass those that are told something else, and those that ask the list where it
 * changes; and waits for those that still run.
 */
static void weaken(struct bpf_backend *b, const struct code_plan *plans, bool list_changes)
{
	bool any = false;

	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];
		struct tap_control open;

		if (!can_be_told(t) || !rejects(&t->control) ||
		    (same(&t->control, &plans[i].control) && !(list_changes && t->control.by_pids)))
			continue;
		open = open_door(&t->control);
		write_control(t, &open);
		any = true;
	}
	if (any)
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

static void tell(struct bpf_tracer *t, const struct tap_control *c)
{
	struct tap_control open = open_door(c);

	if (!can_be_told(t) || same(&t->control, c))
		return;
	if (rejects(c))
		write_control(t, &open);
	write_control(t, c);
}

void bpf_capture_list_ready(struct bpf_backend *b)
{
	struct bpf_capture *cap = bpf_capture_of(b);

	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];
		struct tap_control c = t->control;

		if (!can_be_told(t) || is_whole(&cap->wanted, t))
			continue;
		c.by_pids = true;
		tell(t, &c);
	}
}

/* ---- the processes that filters name ---- */

/* Of all that are on, where no processes were named otherwise. Returns their number. */
static size_t gather(const struct bpf_backend *b, const struct code_plan *plans, int32_t **ret)
{
	size_t count = 0, at = 0;

	for (size_t i = 0; i < b->tracer_count; i++)
		count += plans[i].pid_count;
	*ret = xcalloc(count + 1, sizeof(**ret));
	for (size_t i = 0; i < b->tracer_count; i++) {
		if (plans[i].pid_count)
			memcpy(*ret + at, plans[i].pids, plans[i].pid_count * sizeof(**ret));
		at += plans[i].pid_count;
	}
	return count;
}

static void list_named(struct bpf_backend *b, struct code_plan *plans)
{
	int32_t *pids = NULL;
	size_t count;
	bool listed;

	weaken(b, plans, bpf_capture_of(b)->family.ready);
	bpf_family_end(b);
	count = gather(b, plans, &pids);
	listed = (count ? bpf_family_map(b) : b->pids_fd) >= 0 &&
		 maps_pids_set(b->pids_fd, pids, count, NULL) >= 0;
	for (size_t i = 0; i < b->tracer_count; i++)
		plans[i].control.by_pids &= listed;
	free(pids);
}

/* Nobody is asked for while the list becomes another family's. */
static void list_family(struct bpf_backend *b, struct code_plan *plans, const struct capture *old)
{
	const struct bpf_capture *cap = bpf_capture_of(b);

	weaken(b, plans, true);
	bpf_family_begin(b, old);
	for (size_t i = 0; i < b->tracer_count; i++)
		plans[i].control.by_pids = can_be_told(b->tracers[i]) &&
					   !is_whole(&cap->wanted, b->tracers[i]) &&
					   cap->family.ready;
}

/* ---- the capture filter ---- */

static void say(const struct bpf_backend *b, const struct code_plan *plans, struct strbuf *took)
{
	for (size_t i = 0; took && i < b->tracer_count; i++)
		if (plans[i].text.text.len)
			strbuf_fmt(took, "%s:%s: %s\n", BPF_GROUP, b->tracers[i]->name,
				   plans[i].text.text.s);
}

static void done(const struct bpf_backend *b, struct code_plan *plans)
{
	for (size_t i = 0; i < b->tracer_count; i++)
		code_plan_done(&plans[i]);
	free(plans);
}

static int plan_all(struct bpf_backend *b, struct code_plan *plans, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < b->tracer_count && rc >= 0; i++)
		rc = plan_one(b->tracers[i], &plans[i], e);
	return rc;
}

int bpf_capture(struct backend *backend, const struct capture *c, struct strbuf *took,
		struct err *e)
{
	struct bpf_backend *b = backend->state;
	struct bpf_capture *cap = bpf_capture_of(b);
	struct code_plan *plans = xcalloc(b->tracer_count + 1, sizeof(*plans));
	struct capture old = cap->wanted;
	int rc;

	cap->wanted = *c;
	rc = plan_all(b, plans, e);
	if (rc < 0) {
		cap->wanted = old;
		done(b, plans);
		return rc;
	}
	if (c->pid_count)
		list_family(b, plans, &old);
	else
		list_named(b, plans);
	for (size_t i = 0; i < b->tracer_count; i++)
		tell(b->tracers[i], &plans[i].control);
	if (took) {
		say(b, plans, took);
		bpf_family_say(b, took);
	}
	done(b, plans);
	return 0;
}

/* All of it is asked here, for that reason. */
static void all_here(const struct filter *f, struct filter_push_text *ret, const char *why)
{
	struct filter_push *push = filter_push_new(f);

	ret->part_count = filter_push_count(push);
	ret->parts = xcalloc(ret->part_count + 1, sizeof(*ret->parts));
	for (size_t i = 0; i < ret->part_count; i++)
		ret->parts[i] = (struct filter_push_part) { PUSH_USER, why };
	filter_push_free(push);
}

int bpf_capture_foresee(struct backend *backend, const char *group, const char *name,
			const struct filter *f, struct filter_pushed *ret, struct err *e)
{
	struct bpf_tracer *t = bpf_tracer_find(backend->state, name);
	const struct layout *l;
	struct code_plan plan;
	int rc = backend->ops->schema(backend, group, name, &ret->schema, e);

	if (rc < 0)
		return rc;
	ret->in_program = true;
	if (!t->builtin && !can_be_told(t)) {
		all_here(f, &ret->text, "a program that was brought along is not told");
		return 0;
	}
	rows_of(t, &l);
	rc = code_plan_make(f, ret->schema, l, &plan, e);
	if (rc < 0)
		return rc;
	ret->text = plan.text;
	plan.text = (struct filter_push_text) { .parts = NULL };
	code_plan_done(&plan);
	return 0;
}

int bpf_capture_plan(struct bpf_tracer *t, struct err *e)
{
	struct code_plan plan;
	int rc = plan_one(t, &plan, e);

	t->control = (struct tap_control) { 0 };
	if (rc < 0)
		return rc;
	/* Those of the others are in the list; more let more pass. */
	if (plan.pid_count && !bpf_capture_of(t->b)->wanted.pid_count &&
	    (bpf_family_map(t->b) < 0 ||
	     maps_pids_add(t->b->pids_fd, plan.pids, plan.pid_count, NULL) < 0))
		plan.control.by_pids = 0;
	t->control = plan.control;
	code_plan_done(&plan);
	return 0;
}

void bpf_capture_close(struct bpf_backend *b)
{
	if (!b->capture)
		return;
	bpf_family_end(b);
	free(b->capture);
	b->capture = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_tracers: the life of a tracer that is a BPF program: off, starting, on, failed.
 *
 * What the kernel has of it are descriptors of ours: closing them detaches and frees all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/bpf_private.h"
#include "bpf/maps.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"

/* ---- finding ---- */

struct bpf_tracer *bpf_tracer_find(const struct bpf_backend *b, const char *name)
{
	for (size_t i = 0; i < b->tracer_count; i++)
		if (!strcmp(b->tracers[i]->name, name))
			return b->tracers[i];
	return NULL;
}

static const char *tracer_name(size_t i, void *data)
{
	return ((const struct bpf_backend *)data)->tracers[i]->name;
}

struct bpf_tracer *bpf_tracer_get(struct backend *backend, const char *group, const char *name,
				  struct err *e)
{
	struct bpf_backend *b = backend->state;
	struct bpf_tracer *t = strcmp(group, BPF_GROUP) ? NULL : bpf_tracer_find(b, name);
	const char *nearest;

	if (t)
		return t;
	nearest = util_nearest(name, tracer_name, b->tracer_count, b);
	if (nearest)
		err_set(e, -ENOENT, "there is no BPF program '%s'; the nearest name is '%s'", name,
			nearest);
	else
		err_set(e, -ENOENT, "there is no BPF program '%s'", name);
	return NULL;
}

/* ---- states ---- */

void bpf_tracer_failed(struct bpf_tracer *t, const char *why)
{
	t->state = TRACER_FAILED;
	snprintf(t->reason, sizeof(t->reason), "%.250s", why);
}

int bpf_tracer_gate(struct bpf_tracer *t, bool on, struct err *e)
{
	const struct guard *g = t->b->backend->env->guard;

	if (!t->load || t->load->control < 0)
		return 0;
	t->control.on = on;
	t->control.own = (unsigned)getpid();
	t->control.loader = t->b->loader_pid ? (unsigned)t->b->loader_pid : TAP_NOBODY;
	t->control.guard = g ? (unsigned)guard_pid(g) : TAP_NOBODY;
	return maps_control(t->load->control, &t->control, e);
}

void bpf_tracer_unload(struct bpf_tracer *t)
{
	bpf_tap_close(t);
	bpf_tables_done(t);
	loader_answer_free(t->load);
	t->load = NULL;
	t->due = UINT64_MAX;
	t->load_id = 0; /* what comes of it is nobody's */
}

void bpf_tracer_detach(struct bpf_tracer *t)
{
	for (size_t i = 0; t->load && i < t->load->link_count; i++)
		close(t->load->links[i]);
	if (t->load)
		t->load->link_count = 0;
}

/* What is in its rings and tables still belongs to the time when it was on. */
static void take_rest(struct bpf_tracer *t)
{
	bool ended = false;

	if (!t->tap || !t->b->on)
		return;
	bpf_tap_read(t, SIZE_MAX, false, &ended, NULL);
	bpf_losses_look(t);
	bpf_tables_rest(t);
}

/* One that knows no control is detached. */
static void stop_program(struct bpf_tracer *t)
{
	bpf_tracer_gate(t, false, NULL);
	if (t->load && t->load->control < 0)
		bpf_tracer_detach(t);
	take_rest(t);
}

static void switch_off(struct bpf_tracer *t)
{
	stop_program(t);
	bpf_tracer_unload(t);
	t->wanted = false;
	t->state = TRACER_OFF;
	t->reason[0] = '\0';
	bpf_ready(t->b);
}

static int ask_for(struct bpf_tracer *t, struct err *e)
{
	int rc = bpf_check(t->b, e);

	if (rc >= 0 && t->refused)
		rc = err_set(e, -EPERM, "%s", t->refused);
	if (rc >= 0)
		rc = bpf_options_check(t, e);
	if (rc >= 0)
		rc = bpf_ask_load(t, e);
	return rc;
}

int bpf_tracer_reload(struct bpf_tracer *t, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = ask_for(t, &why);

	if (rc < 0) {
		bpf_tracer_unload(t);
		bpf_tracer_failed(t, why.text);
		if (e) {
			*e = why;
			err_ctx(e, BPF_GROUP ":%s", t->name);
		}
		return rc;
	}
	t->state = TRACER_STARTING;
	t->asked_at = clock_mono();
	return 0;
}

int bpf_tracer_switch(struct bpf_tracer *t, bool on, struct err *e)
{
	if (!on) {
		if (t->wanted || t->state == TRACER_FAILED)
			switch_off(t);
		return 0;
	}
	if (t->wanted && t->state != TRACER_FAILED)
		return 0;
	t->wanted = true;
	bpf_source_open(t->b);
	return bpf_tracer_reload(t, e);
}

/* ---- what the loader made of it ---- */

static int begin(struct bpf_tracer *t, struct err *e)
{
	int rc = bpf_schemas_add(t, t->load, e);

	t->room = 0;
	for (size_t i = 0; i < t->load->ring_count; i++) {
		uint64_t size = 0;

		if (!t->load->rings[i].is_perf)
			maps_ring_size(t->load->rings[i].fd, &size);
		t->room = MAX(t->room, size);
	}
	t->interval = bpf_slowest(t);
	t->runs_base = t->ns_base = 0;
	t->idle = 0;
	t->lost_seen = 0;
	t->horizon = 0;
	t->on_since = clock_mono();
	if (rc >= 0)
		rc = bpf_tap_open(t, e);
	if (rc >= 0)
		rc = bpf_capture_plan(t, e);
	if (rc >= 0)
		rc = bpf_tracer_gate(t, t->b->on, e);
	return rc;
}

void bpf_tracer_loaded(struct bpf_tracer *t, struct loader_answer *a)
{
	struct err e = ERR_INIT;

	free(t->log);
	t->log = NULL;
	/* One that is loaded with other options goes on until this one is there. */
	stop_program(t);
	bpf_tracer_unload(t);
	if (a->err.code) {
		bpf_tracer_failed(t, a->err.text);
		t->log = a->log && a->log[0] ? xstrdup(a->log) : NULL;
		loader_answer_free(a);
		return;
	}
	t->load = a;
	if (begin(t, &e) < 0) {
		bpf_tracer_unload(t);
		bpf_tracer_failed(t, e.text);
		return;
	}
	t->state = TRACER_ON;
	if (a->table_count)
		t->b->table_at = MIN(t->b->table_at, clock_mono() + NSEC_PER_SEC);
	bpf_ready(t->b);
}

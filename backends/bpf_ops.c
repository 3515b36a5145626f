/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_ops: BPF programs as a backend: its tracers are bpf:NAME.
 *
 * All rows are in one source, in the order of time: what the rings bring waits in a stage until
 * every program that is on has given what is older. Where no program is on nothing is asked, opened
 * or waited for.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/bpf_private.h"
#include "bpf/maps.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/host.h"
#include "core/util.h"
#include "tracefs/dir.h"

#define STORM_RATE 300000000ULL /* bytes a second that one program gives, with some to spare */
#define TICK_MIN   (1 * NSEC_PER_MSEC)
#define READ_LEAST 65536

/* ---- opening and closing ---- */

static int bpf_probe(const struct backend_env *env, struct err *e)
{
	(void)env;
	return bpf_probe_system(e);
}

int bpf_check(struct bpf_backend *b, struct err *e)
{
	if (!b->probed)
		bpf_probe_system(&b->probe);
	b->probed = true;
	return b->probe.code ? err_set(e, b->probe.code, "%s", b->probe.text) : 0;
}

static void load_symbols(struct symbols *s, void *data)
{
	struct strbuf text = { 0 };

	(void)data;
	if (tracefs_read(host_procfs(), &text, NULL, "kallsyms") >= 0)
		symbols_add_kallsyms(s, strbuf_cstr(&text), text.len);
	strbuf_done(&text);
}

static int bpf_open(struct backend *backend, struct err *e)
{
	struct bpf_backend *b = backend->state;

	(void)e;
	b->backend = backend;
	b->probe = (struct err)ERR_INIT;
	b->loader_fd = b->stats_fd = b->pids_fd = -1;
	b->table_at = UINT64_MAX;
	b->schemas = schema_set_new((struct machine) { .long_size = sizeof(long) });
	b->symbols = symbols_new(load_symbols, b);
	backend->text = (struct text_env) { .symbols = b->symbols };
	bpf_frames_open(b);
	bpf_found_open(b);
	bpf_options_conf(b);
	return 0;
}

static void bpf_close(struct backend *backend)
{
	struct bpf_backend *b = backend->state;

	if (!b->backend)
		return;
	bpf_capture_close(b);
	bpf_found_close(b);
	bpf_ask_close(b);
	bpf_frames_close(b);
	stage_free(b->stage);
	if (b->stats_fd >= 0)
		close(b->stats_fd);
	if (b->pids_fd >= 0)
		close(b->pids_fd);
	symbols_free(b->symbols);
	schema_set_free(b->schemas);
	*b = (struct bpf_backend) { 0 };
}

static int bpf_attach(struct backend *backend, struct poller *p, struct err *e)
{
	struct bpf_backend *b = backend->state;

	(void)e;
	b->poller = p;
	return 0;
}

void bpf_ready(struct bpf_backend *b)
{
	if (b->backend->ready)
		b->backend->ready(b->backend, b->backend->ready_data);
}

void bpf_source_open(struct bpf_backend *b)
{
	if (b->source)
		return;
	b->source =
	    store_source(b->backend->env->store, BPF_GROUP, BPF_GROUP, b->schemas, SOURCE_ARRIVAL);
	b->source->text = &b->backend->text;
	b->source->own[0] = getpid();
	b->source->horizon = UINT64_MAX;
	b->stage = stage_new(b->backend->env->store, b->source);
}

/* ---- tracers ---- */

static bool named(const char *pattern)
{
	size_t len = strlen(BPF_GROUP);

	return !pattern ||
	       (!strncmp(pattern, BPF_GROUP, len) && (!pattern[len] || pattern[len] == ':'));
}

static void fill_info(const struct bpf_tracer *t, struct tracer_info *info)
{
	const struct loader_answer *a = t->load ? t->load : t->look;

	*info = (struct tracer_info) { .group = BPF_GROUP,
				       .name = t->name,
				       .blurb = t->blurb,
				       .cost = t->cost,
				       .gives = t->counts ? GIVES_TABLE : GIVES_EVENTS,
				       .object = t->path };
	if (!a || a->err.code)
		return;
	info->blurb = a->blurb ? a->blurb : t->blurb;
	info->cost = a->cost ? a->cost : t->cost;
	info->gives = a->kind == BPF_TABLE ? GIVES_TABLE : GIVES_EVENTS;
	for (size_t i = 0; i < a->ring_count && !info->hint; i++)
		info->hint = a->rings[i].hint;
}

/* What a brought-along one is, is asked when somebody names it: all of them at once. */
static void look_at(struct bpf_backend *b, const char *pattern)
{
	const char *colon = strchr(pattern, ':');

	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];

		if (!t->builtin && !t->refused && (!colon || !fnmatch(colon + 1, t->name, 0)))
			bpf_ask_look(t, NULL);
	}
}

static int bpf_list(struct backend *backend, const char *pattern, tracer_visit_fn visit, void *data,
		    struct err *e)
{
	const char *colon = pattern ? strchr(pattern, ':') : NULL;
	struct bpf_backend *b = backend->state;
	int count = 0;

	if (!named(pattern))
		return 0;
	if (pattern)
		look_at(b, pattern);
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];
		struct tracer_info info;
		int rc;

		if (colon && fnmatch(colon + 1, t->name, 0))
			continue;
		if (pattern && !t->builtin && !t->refused)
			bpf_ask_wait(t, NULL);
		fill_info(t, &info);
		rc = visit(&info, data);
		if (rc < 0)
			return rc;
		count++;
	}
	if (!count && colon && !strpbrk(colon, "*?["))
		bpf_tracer_get(backend, BPF_GROUP, colon + 1, e);
	return count;
}

static int bpf_groups(struct backend *backend, bool anew, group_visit_fn visit, void *data,
		      struct err *e)
{
	struct bpf_backend *b = backend->state;
	struct tracer_group g = { .name = BPF_GROUP,
				  .blurb = "BPF programs, built in and brought along" };
	int rc;

	(void)anew, (void)e;
	for (size_t i = 0; i < b->tracer_count; i++) {
		g.count++;
		g.on += b->tracers[i]->wanted;
		g.failed += b->tracers[i]->state == TRACER_FAILED;
	}
	if (bpf_check(b, NULL) < 0)
		g.note = b->probe.text;
	rc = visit(&g, data);
	return rc < 0 ? rc : 1;
}

static int bpf_schema_of(struct backend *backend, const char *group, const char *name,
			 const struct schema **ret, struct err *e)
{
	struct bpf_tracer *t = bpf_tracer_get(backend, group, name, e);
	int rc = t ? 0 : -ENOENT;

	if (rc >= 0 && !t->ring_event_count && !t->table_event_count)
		rc = bpf_ask_wait(t, e);
	if (rc < 0)
		return rc;
	if (t->ring_event_count)
		*ret = t->ring_events[0].schema;
	else
		*ret = t->table_event_count ? t->table_events[0].schema : NULL;
	return *ret ? 0 : err_set(e, -ENODATA, "bpf:%s gives neither events nor tables", name);
}

static int bpf_enable(struct backend *backend, const char *group, const char *name, bool on,
		      struct err *e)
{
	struct bpf_tracer *t;

	/* One by one is as cheap, and says which one failed. */
	if (!strcmp(name, "*") || !strcmp(group, "*"))
		return err_set(e, -ENOTSUP, "BPF programs are switched one by one");
	t = bpf_tracer_get(backend, group, name, e);
	return t ? bpf_tracer_switch(t, on, e) : -ENOENT;
}

/* ---- the flow ---- */

static int bpf_start(struct backend *backend, struct err *e)
{
	struct bpf_backend *b = backend->state;
	const struct schema *s;
	int rc = 0;

	/* Where the kernel's own events tell of processes their backend has looked at all of them.
	 */
	if (!b->scanned && (!b->backend->env->schema ||
			    b->backend->env->schema(b->backend->env->schema_data, "task",
						    "task_newtask", &s, NULL) < 0))
		identity_scan(b->backend->env->identity, NULL);
	b->scanned = true;
	bpf_ask_own(b);
	for (size_t i = 0; i < b->tracer_count && rc >= 0; i++) {
		struct bpf_tracer *t = b->tracers[i];
		bool ended;

		/* One that is told whether it is on gave nothing meanwhile: what is there is due.
		 */
		if (t->load && t->load->control < 0 && !t->load->link_count)
			rc = bpf_tracer_reload(t, e); /* it was detached */
		else if (t->load && t->tap && t->load->control < 0 && !b->on)
			bpf_tap_read(t, SIZE_MAX, true, &ended, NULL);
		if (rc >= 0)
			rc = bpf_tracer_gate(t, true, e);
	}
	b->on = true;
	return rc;
}

static void bpf_stop(struct backend *backend)
{
	struct bpf_backend *b = backend->state;

	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];

		bpf_tracer_gate(t, false, NULL);
		if (t->load && t->load->control < 0)
			bpf_tracer_detach(t);
	}
	b->stopped = b->on;
	b->on = false;
}

void bpf_losses_look(struct bpf_tracer *t)
{
	struct tap_counts c;
	uint64_t lost = t->lost_seen;

	if (t->load->counts >= 0 && maps_counts(t->load->counts, &c, NULL) >= 0)
		lost = c.lost;
	else if (t->load->lost >= 0)
		maps_number(t->load->lost, t->load->lost_at, t->load->lost_size, &lost, NULL);
	if (lost > t->lost_seen) {
		t->lost += lost - t->lost_seen;
		stage_lost(t->b->stage, t->last_cpu, lost - t->lost_seen);
	}
	t->lost_seen = lost;
}

uint64_t bpf_slowest(const struct bpf_tracer *t)
{
	uint64_t ns = t->room ? t->room * NSEC_PER_SEC / STORM_RATE : BPF_TICK;

	return MIN(MAX(ns, TICK_MIN), BPF_TICK);
}

/* When to look again, by how much there was. */
static void pace(struct bpf_tracer *t, int64_t bytes, uint64_t now)
{
	uint64_t room = t->room;

	t->idle = bytes ? 0 : t->idle + 1;
	if (room && (uint64_t)bytes > room / 8)
		t->interval = MAX(t->interval / 2, TICK_MIN);
	else
		t->interval = MIN(t->interval * 2, bpf_slowest(t));
	t->due = now + t->interval;
	if (t->idle >= 2)
		bpf_tap_watch(t);
}

/* Reads one tracer. Returns the bytes. */
static int64_t read_one(struct bpf_tracer *t, size_t budget, bool *more, struct err *e)
{
	uint64_t now = clock_mono();
	bool ended, due = t->due <= now;
	int64_t n = bpf_tap_read(t, budget, false, &ended, e);

	if (n < 0)
		return n;
	if (due || n)
		bpf_losses_look(t);
	if (!ended) {
		t->due = 0;
		*more = true;
	} else if (due || (n && t->due == UINT64_MAX)) {
		pace(t, n, now);
	}
	return n;
}

/* Nothing older than this comes from any program. */
static uint64_t horizon(const struct bpf_backend *b)
{
	uint64_t least = UINT64_MAX, patience = clock_mono() - BPF_HOLD;

	for (size_t i = 0; i < b->tracer_count; i++) {
		const struct bpf_tracer *t = b->tracers[i];

		if (t->tap)
			least = MIN(least, MAX(t->horizon, patience));
		else if (t->state == TRACER_STARTING)
			least = MIN(least, MAX(t->asked_at, patience));
	}
	return least;
}

static int64_t bpf_drain(struct backend *backend, size_t budget, bool final, struct err *e)
{
	struct bpf_backend *b = backend->state;
	uint64_t below;
	bool more = false;
	int rc;

	bpf_ask_answers(b);
	bpf_frames_answers(b);
	if (!b->stage || (!b->on && !final))
		return 0;
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];
		int64_t n = t->tap ? read_one(t, MAX(budget, READ_LEAST), &more, e) : 0;

		if (n < 0)
			return n;
	}
	bpf_frames_answers(b);
	if (b->on || b->stopped)
		bpf_tables_read(b, final);
	below = final && !more ? UINT64_MAX : horizon(b);
	rc = stage_flush(b->stage, below, budget * 4, e);
	if (rc < 0)
		return rc;
	if (final && !more && !rc)
		b->stopped = false;
	b->source->horizon = MIN(below, stage_oldest(b->stage));
	if (bpf_frames_waits(b) && !final)
		b->source->horizon = MIN(b->source->horizon, bpf_frames_oldest(b, clock_mono()));
	return more || rc;
}

static uint64_t bpf_next(struct backend *backend, uint64_t now)
{
	const struct bpf_backend *b = backend->state;
	uint64_t due = b->on ? b->table_at : UINT64_MAX;

	for (size_t i = 0; b->on && i < b->tracer_count; i++)
		if (b->tracers[i]->tap)
			due = MIN(due, b->tracers[i]->due);
	/* What waits goes on the next tick, also when its ring sleeps already. */
	if (b->on && b->stage && stage_bytes(b->stage))
		due = MIN(due, now + BPF_TICK);
	if (bpf_frames_waits(b))
		due = MIN(due, now + BPF_TICK);
	if (due == UINT64_MAX)
		return UINT64_MAX;
	return due > now ? due - now : 0;
}

const struct backend_ops bpf_ops = {
	.name = BPF_GROUP,
	.blurb = "BPF programs, built in and brought along",
	.size = sizeof(struct bpf_backend),
	.caps = BACKEND_LIVE | BACKEND_CAPTURES | BACKEND_NEEDS_ROOT | BACKEND_ALONG,
	.probe = bpf_probe,
	.open = bpf_open,
	.close = bpf_close,
	.attach = bpf_attach,
	.list = bpf_list,
	.schema = bpf_schema_of,
	.enable = bpf_enable,
	.status = bpf_say_status,
	.capture = bpf_capture,
	.foresee = bpf_capture_foresee,
	.start = bpf_start,
	.stop = bpf_stop,
	.drain = bpf_drain,
	.next = bpf_next,
	.groups = bpf_groups,
	.describe = bpf_say_describe,
	.options = bpf_options_visit,
	.set_option = bpf_options_set,
	.counts = bpf_tables_counts,
	.watch = bpf_say_watch,
	.log = bpf_say_log,
};

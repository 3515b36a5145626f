/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracefs: the kernel's events, from an instance of our own.
 *
 * Owns two instances: one for what the user switched on, and a small one that always has the five
 * events the identity table learns from (no filter, no pid list; folded and recorded, not shown).
 * Touches nothing of the top level, and keeps our own threads' events out of what it shows.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "backends/tracefs.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/host.h"
#include "core/symbols.h"
#include "core/task_event.h"
#include "tracefs/dir.h"
#include "tracefs/others.h"
#include "tracefs/tep.h"

#define BTF_DIR		"kernel/btf"
#define IDENTITY_SUBBUF 4096
#define IDENTITY_BUFFER (1u << 20)

static const char *const identity_events[][2] = {
	{ "task", "task_newtask" },
	{ "task", "task_rename" },
	{ "sched", "sched_process_fork" },
	{ "sched", "sched_process_exec" },
	{ "sched", "sched_process_exit" },
	{ "cgroup", "cgroup_attach_task" },
	{ "cgroup", "cgroup_transfer_tasks" },
};

/* ---- names of addresses ---- */

static void add_file(struct symbols *s, const char *dir, const char *file,
		     void (*add)(struct symbols *s, const char *text, size_t size))
{
	struct strbuf text = { 0 };

	if (tracefs_read(dir, &text, NULL, "%s", file) >= 0)
		add(s, strbuf_cstr(&text), text.len);
	strbuf_done(&text);
}

static void load_symbols(struct symbols *s, void *data)
{
	const struct tracefs_backend *st = data;

	add_file(s, host_procfs(), "kallsyms", symbols_add_kallsyms);
	add_file(s, st->dir, "printk_formats", symbols_add_printk);
}

static void add_btf(struct symbols *s, const char *file)
{
	struct strbuf btf = { 0 };

	if (tracefs_read(host_sysfs(), &btf, NULL, BTF_DIR "/%s", file) >= 0)
		symbols_add_btf(s, strbuf_cstr(&btf), btf.len);
	strbuf_done(&btf);
}

/* Enumerators that print formats name: the kernel's first, the modules' refer to them. */
static void load_constants(struct symbols *s, void *data)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char path[PATH_MAX];
	struct dirent *d;

	(void)data;
	snprintf(path, sizeof(path), "%s/" BTF_DIR, host_sysfs());
	dir = opendir(path);
	add_btf(s, "vmlinux");
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.' && strcmp(d->d_name, "vmlinux"))
			add_btf(s, d->d_name);
}

/* ---- opening and closing ---- */

static int tracefs_probe(const struct backend_env *env, struct err *e)
{
	char *dir = NULL;
	int rc = tracefs_find(false, &dir, e);

	(void)env;
	free(dir);
	return rc;
}

static int open_identity(struct tracefs_backend *st, const struct backend_env *env, struct err *e)
{
	int rc = instance_open(&st->identity_instance, env->guard, st->dir, "identity",
			       IDENTITY_BUFFER, IDENTITY_SUBBUF, e);

	if (rc < 0)
		return rc;
	/*
	 * Nobody needs a name before there is a row: forks alone shall not wake us, only a buffer
	 * that is half full. The deck comes by once a second anyway.
	 */
	tracefs_write(st->identity_instance.path, "50", NULL, "buffer_percent");
	st->identity_source =
	    store_source(env->store, "tracefs", "identity", st->schemas, SOURCE_HIDDEN);
	for (size_t i = 0; i < ARRAY_SIZE(identity_events); i++) {
		const struct schema *schema;
		const char *system = identity_events[i][0], *event = identity_events[i][1];

		/* A kernel without one of them knows less of its processes; no more than that. */
		if (catalog_schema(st->catalog, system, event, &schema, NULL) >= 0)
			instance_enable(&st->identity_instance, system, event, true, NULL);
	}
	/* For recordings, which say with it who is older than they are. */
	task_event_add(st->schemas, NULL);
	return tap_open(&st->identity_tap, &st->identity_instance, env->store, st->identity_source,
			e);
}

static int open_instance(struct tracefs_backend *st, const struct backend_env *env, struct err *e)
{
	uint64_t buffer = env->buffer;
	int rc;

	if (!buffer)
		buffer = instance_default_buffer((unsigned)sysconf(_SC_NPROCESSORS_CONF));
	rc = instance_open(&st->instance, env->guard, st->dir, "events", buffer, TRACEFS_SUBBUF, e);
	if (rc < 0)
		return rc;
	st->source = store_source(env->store, "tracefs", "tracefs", st->schemas, 0);
	st->source->text = &st->backend->text;
	/*
	 * Our own doings would drown what others do; said on the screen and in the manual. Left out
	 * here and not by set_event_notrace_pid: one pid in it costs every event of the machine 40
	 * ns.
	 */
	st->source->own[0] = getpid();
	return tap_open(&st->tap, &st->instance, env->store, st->source, e);
}

static void tracefs_close(struct backend *b)
{
	struct tracefs_backend *st = b->state;

	tracers_close(st);
	capture_done(st);
	tap_close(&st->tap);
	tap_close(&st->identity_tap);
	instance_close(&st->instance, NULL);
	instance_close(&st->identity_instance, NULL);
	catalog_close(st->catalog);
	tep_free_all(st->tep);
	symbols_free(st->symbols);
	schema_set_free(st->schemas);
	events_done(st);
	free(st->dir);
	*st = (struct tracefs_backend) { 0 };
}

void tracefs_ready(void *data)
{
	struct tracefs_backend *st = data;

	if (st->backend->ready)
		st->backend->ready(st->backend, st->backend->ready_data);
}

static int tracefs_open_backend(struct backend *b, struct err *e)
{
	struct tracefs_backend *st = b->state;
	int rc;

	st->backend = b;
	rc = tracefs_find(true, &st->dir, e);
	if (rc < 0)
		return rc;
	st->schemas = schema_set_new((struct machine) { .long_size = sizeof(long) });
	st->symbols = symbols_new(load_symbols, st);
	symbols_on_constants(st->symbols, load_constants, NULL);
	st->tep = tep_new(st->symbols);
	b->text = (struct text_env) {
		.symbols = st->symbols,
		.fallback = tep_text,
		.fallback_data = st->tep,
	};
	rc = catalog_open(&st->catalog, st->dir, st->schemas, e);
	if (rc >= 0)
		rc = catalog_builtin(st->catalog, e);
	if (rc >= 0)
		rc = open_identity(st, b->env, e);
	if (rc >= 0)
		rc = open_instance(st, b->env, e);
	if (rc < 0)
		tracefs_close(b);
	return rc < 0 ? rc : 0;
}

static int tracefs_attach(struct backend *b, struct poller *p, struct err *e)
{
	struct tracefs_backend *st = b->state;
	int rc;

	st->poller = p;
	st->tap.ready = st->identity_tap.ready = tracefs_ready;
	st->tap.ready_data = st->identity_tap.ready_data = st;
	rc = tap_attach(&st->identity_tap, p, e);
	return rc < 0 ? rc : tap_attach(&st->tap, p, e);
}

/* ---- tracers ---- */

static bool is_tracer(const char *group)
{
	return !strcmp(group, TRACER_GROUP);
}

static int tracefs_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
			struct err *e)
{
	/* What patches every function or stops a CPU is never one of "all": it is named, or not
	 * meant. */
	if (pattern && tracers_named(pattern))
		return tracers_list(b->state, pattern, visit, data, e);
	return events_list(b->state, pattern, visit, data, e);
}

static int tracefs_groups(struct backend *b, bool anew, group_visit_fn visit, void *data,
			  struct err *e)
{
	int rc = events_groups(b->state, anew, visit, data, e), more;

	if (rc < 0)
		return rc;
	more = tracers_group(b->state, visit, data);
	return more < 0 ? more : rc + more;
}

static int tracefs_schema(struct backend *b, const char *group, const char *name,
			  const struct schema **ret, struct err *e)
{
	struct tracefs_backend *st = b->state;

	if (is_tracer(group))
		return tracers_schema(st, name, ret, e);
	return catalog_schema(st->catalog, group, name, ret, e);
}

static int tracefs_enable(struct backend *b, const char *group, const char *name, bool on,
			  struct err *e)
{
	if (is_tracer(group))
		return tracers_enable(b->state, name, on, e);
	return events_enable(b->state, group, name, on, e);
}

static int tracefs_status(struct backend *b, const char *group, const char *name,
			  struct tracer_status *ret)
{
	*ret = (struct tracer_status) { .state = TRACER_OFF };
	if (is_tracer(group))
		tracers_status(b->state, name, ret);
	else
		events_status(b->state, group, name, ret);
	return 0;
}

static int tracefs_describe(struct backend *b, const char *group, const char *name,
			    struct strbuf *out, struct err *e)
{
	if (is_tracer(group))
		return 0;
	return events_describe(b->state, group, name, out, e);
}

/* ---- what others have made ---- */

struct others_ctx {
	other_visit_fn visit;
	void *data;
};

static int visit_other(const struct other *o, void *data)
{
	struct others_ctx *ctx = data;
	_cleanup_strbuf_ struct strbuf facts = { 0 };
	char owner[96] = "";
	struct other_info info = {
		.name = o->name,
		.label = o->name[0] ? o->name : "top level",
		.on = o->on,
	};

	if (o->pid > 0)
		snprintf(owner, sizeof(owner), "%s %d", o->comm, o->pid);
	info.owner = owner[0] ? owner : NULL;
	other_facts(o, &facts);
	info.facts = strbuf_cstr(&facts);
	return ctx->visit(&info, ctx->data);
}

static int tracefs_others(struct backend *b, other_visit_fn visit, void *data, struct err *e)
{
	struct tracefs_backend *st = b->state;
	struct others_ctx ctx = { .visit = visit, .data = data };

	return others_each(st->dir, visit_other, &ctx, e);
}

static int tracefs_look(struct backend *b, const char *name, size_t max, struct strbuf *out,
			struct err *e)
{
	struct tracefs_backend *st = b->state;

	return others_look(st->dir, name, max, out, e);
}

/* ---- the flow ---- */

static int tracefs_start(struct backend *b, struct err *e)
{
	struct tracefs_backend *st = b->state;
	int rc;

	if (!st->started) {
		rc = instance_on(&st->identity_instance, true, e);
		if (rc < 0)
			return rc;
		/* Only now: what happens while /proc is read comes as events. */
		identity_scan(b->env->identity, NULL);
		st->started = true;
	}
	st->on = true;
	tracers_gate(st, true);
	return instance_on(&st->instance, true, e);
}

static void tracefs_stop(struct backend *b)
{
	struct tracefs_backend *st = b->state;

	st->on = false;
	tracers_gate(st, false);
	instance_on(&st->instance, false, NULL);
}

static int64_t tracefs_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	struct tracefs_backend *st = b->state;
	bool more = false, names = false;
	int64_t identity, events, tracers;

	capture_renew(st);
	/* Names first, all of them: what they say is then known when the events are walked. */
	identity = tap_drain(&st->identity_tap, budget, true, &names, e);
	if (identity < 0)
		return identity;
	/* They go on after stop: a storm of forks must not keep the last drain from ending. */
	more = names && !final;
	events = tap_drain(&st->tap, budget, final, &more, e);
	if (events < 0)
		return events;
	tracers = tracers_drain(st, budget, final, &more, e);
	if (tracers < 0)
		return tracers;
	return more ? MAX(identity + events + tracers, 1) : 0;
}

static uint64_t tracefs_next(struct backend *b, uint64_t now)
{
	struct tracefs_backend *st = b->state;
	uint64_t due = MIN(tap_due(&st->tap), tap_due(&st->identity_tap));

	due = MIN(due, tracers_due(st));
	if (due == UINT64_MAX)
		return UINT64_MAX;
	return due > now ? due - now : 0;
}

static int tracefs_cpu_stats(struct backend *b, unsigned cpu, struct strbuf *out, struct err *e)
{
	const struct tracefs_backend *st = b->state;

	return instance_stats_text(&st->instance, cpu, out, e);
}

const struct backend_ops tracefs_ops = {
	.name = "tracefs",
	.blurb = "the kernel's events, from ring buffers of our own",
	.size = sizeof(struct tracefs_backend),
	.caps = BACKEND_LIVE | BACKEND_CAPTURES | BACKEND_NEEDS_ROOT,
	.probe = tracefs_probe,
	.open = tracefs_open_backend,
	.close = tracefs_close,
	.attach = tracefs_attach,
	.list = tracefs_list,
	.schema = tracefs_schema,
	.enable = tracefs_enable,
	.status = tracefs_status,
	.capture = tracefs_capture,
	.foresee = tracefs_foresee,
	.start = tracefs_start,
	.stop = tracefs_stop,
	.drain = tracefs_drain,
	.next = tracefs_next,
	.groups = tracefs_groups,
	.describe = tracefs_describe,
	.others = tracefs_others,
	.look = tracefs_look,
	.cpu_stats = tracefs_cpu_stats,
};

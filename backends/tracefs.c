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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "backends/backend.h"
#include "backends/tap.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/symbols.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"
#include "tracefs/tep.h"

#define BTF_DIR		"/sys/kernel/btf"
#define SUBBUF		65536
#define IDENTITY_SUBBUF 4096
#define IDENTITY_BUFFER (1u << 20)

/* A tracer somebody asked for. */
struct tracer {
	char *group, *name;
	const struct schema *schema; /* NULL when its format could not be read */
	enum tracer_state state;
	char reason[256];
};

struct state {
	struct backend *backend;
	char *dir; /* the mount */
	struct schema_set *schemas;
	struct catalog *catalog;
	struct symbols *symbols;
	struct tep *tep;
	struct instance instance, identity_instance;
	struct source *source, *identity_source;
	struct tap tap, identity_tap;
	struct tracer *tracers;
	size_t tracer_count;
	bool started;
};

static const char *const identity_events[][2] = {
	{ "task", "task_newtask" },	   { "task", "task_rename" },
	{ "sched", "sched_process_fork" }, { "sched", "sched_process_exec" },
	{ "sched", "sched_process_exit" },
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
	const struct state *st = data;

	add_file(s, "/proc", "kallsyms", symbols_add_kallsyms);
	add_file(s, st->dir, "printk_formats", symbols_add_printk);
}

static void add_btf(struct symbols *s, const char *file)
{
	struct strbuf btf = { 0 };

	if (tracefs_read(BTF_DIR, &btf, NULL, "%s", file) >= 0)
		symbols_add_btf(s, strbuf_cstr(&btf), btf.len);
	strbuf_done(&btf);
}

/* Enumerators that print formats name: the kernel's first, the modules' refer to them. */
static void load_constants(struct symbols *s, void *data)
{
	_cleanup_closedir_ DIR *dir = opendir(BTF_DIR);
	struct dirent *d;

	(void)data;
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

static int open_identity(struct state *st, const struct backend_env *env, struct err *e)
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
	return tap_open(&st->identity_tap, &st->identity_instance, env->store, st->identity_source,
			e);
}

static int open_instance(struct state *st, const struct backend_env *env, struct err *e)
{
	uint64_t buffer = env->buffer;
	int rc;

	if (!buffer)
		buffer = instance_default_buffer((unsigned)sysconf(_SC_NPROCESSORS_CONF));
	rc = instance_open(&st->instance, env->guard, st->dir, "events", buffer, SUBBUF, e);
	if (rc < 0)
		return rc;
	st->source = store_source(env->store, "tracefs", "tracefs", st->schemas, 0);
	st->source->text = &st->backend->text;
	/* Our own doings would drown what others do; said on the screen and in the manual. */
	instance_exclude(&st->instance, getpid(), NULL);
	return tap_open(&st->tap, &st->instance, env->store, st->source, e);
}

static void tracefs_close(struct backend *b)
{
	struct state *st = b->state;

	tap_close(&st->tap);
	tap_close(&st->identity_tap);
	instance_close(&st->instance, NULL);
	instance_close(&st->identity_instance, NULL);
	catalog_close(st->catalog);
	tep_free_all(st->tep);
	symbols_free(st->symbols);
	schema_set_free(st->schemas);
	for (size_t i = 0; i < st->tracer_count; i++) {
		free(st->tracers[i].group);
		free(st->tracers[i].name);
	}
	free(st->tracers);
	free(st->dir);
	*st = (struct state) { 0 };
}

static void on_ready(void *data)
{
	struct state *st = data;

	if (st->backend->ready)
		st->backend->ready(st->backend, st->backend->ready_data);
}

static int tracefs_open_backend(struct backend *b, struct err *e)
{
	struct state *st = b->state;
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
	struct state *st = b->state;
	int rc;

	st->tap.ready = st->identity_tap.ready = on_ready;
	st->tap.ready_data = st->identity_tap.ready_data = st;
	rc = tap_attach(&st->identity_tap, p, e);
	return rc < 0 ? rc : tap_attach(&st->tap, p, e);
}

/* ---- tracers ---- */

struct list_ctx {
	tracer_visit_fn visit;
	void *data;
};

static int visit_event(const char *system, const char *event, void *data)
{
	struct list_ctx *ctx = data;
	struct tracer_info info = { .group = system, .name = event };

	return ctx->visit(&info, ctx->data);
}

static int tracefs_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
			struct err *e)
{
	struct state *st = b->state;
	struct list_ctx ctx = { .visit = visit, .data = data };
	int rc = catalog_each(st->catalog, pattern, visit_event, &ctx, e);
	char *nearest = NULL;

	if (rc != 0 || !pattern)
		return rc;
	catalog_nearest(st->catalog, pattern, &nearest);
	if (nearest)
		err_set(e, -ENOENT, "no event matches '%s'; the nearest name is '%s'", pattern,
			nearest);
	else
		err_set(e, -ENOENT, "no event matches '%s'; 'tapdeck list' shows them all",
			pattern);
	free(nearest);
	return 0;
}

static int tracefs_schema(struct backend *b, const char *group, const char *name,
			  const struct schema **ret, struct err *e)
{
	struct state *st = b->state;

	return catalog_schema(st->catalog, group, name, ret, e);
}

static struct tracer *find_tracer(struct state *st, const char *group, const char *name)
{
	for (size_t i = 0; i < st->tracer_count; i++)
		if (!strcmp(st->tracers[i].group, group) && !strcmp(st->tracers[i].name, name))
			return &st->tracers[i];
	return NULL;
}

static struct tracer *need_tracer(struct state *st, const char *group, const char *name)
{
	struct tracer *t = find_tracer(st, group, name);

	if (t)
		return t;
	st->tracers = xrealloc(st->tracers, st->tracer_count + 1, sizeof(*t));
	t = &st->tracers[st->tracer_count++];
	*t = (struct tracer) { .group = xstrdup(group), .name = xstrdup(name) };
	return t;
}

/* Reads the format, so that the walk knows the event's records, before the first can come. */
static int learn_format(const char *system, const char *event, void *data)
{
	struct state *st = data;
	struct tracer *t = need_tracer(st, system, event);
	struct err why = ERR_INIT;

	if (!t->schema && catalog_schema(st->catalog, system, event, &t->schema, &why) < 0) {
		t->state = TRACER_FAILED;
		snprintf(t->reason, sizeof(t->reason), "%.255s", why.text);
	}
	return 0;
}

struct set_ctx {
	struct state *st;
	enum tracer_state state;
};

static int set_state(const char *system, const char *event, void *data)
{
	struct set_ctx *ctx = data;

	need_tracer(ctx->st, system, event)->state = ctx->state;
	return 0;
}

/* A whole system, or everything, as one write: 8 ms each would add up. */
static int enable_group(struct state *st, const char *group, bool on, struct err *e)
{
	bool all = !strcmp(group, "*");
	struct set_ctx ctx = { .st = st, .state = on ? TRACER_ON : TRACER_OFF };
	char pattern[256];
	int rc;

	snprintf(pattern, sizeof(pattern), "%s:*", group);
	rc = on ? catalog_each(st->catalog, pattern, learn_format, st, e) : 0;
	if (rc < 0)
		return rc;
	if (all)
		rc = tracefs_write(st->instance.path, on ? "1" : "0", e, "events/enable");
	else
		rc = tracefs_write(st->instance.path, on ? "1" : "0", e, "events/%s/enable", group);
	if (rc < 0)
		return rc;
	return catalog_each(st->catalog, pattern, set_state, &ctx, e);
}

static int tracefs_enable(struct backend *b, const char *group, const char *name, bool on,
			  struct err *e)
{
	struct state *st = b->state;
	struct tracer *t;
	int rc;

	if (!strcmp(name, "*"))
		return enable_group(st, group, on, e);
	learn_format(group, name, st);
	t = find_tracer(st, group, name);
	if (on && !t->schema)
		return err_set(e, -EINVAL, "%s:%s: %s", group, name, t->reason);
	rc = instance_enable(&st->instance, group, name, on, e);
	if (rc < 0) {
		t->state = TRACER_FAILED;
		snprintf(t->reason, sizeof(t->reason), "%.255s", e ? e->text : strerror(-rc));
		return rc;
	}
	t->state = on ? TRACER_ON : TRACER_OFF;
	return 0;
}

static int tracefs_status(struct backend *b, const char *group, const char *name,
			  struct tracer_status *ret)
{
	struct state *st = b->state;
	const struct tracer *t = find_tracer(st, group, name);

	*ret = (struct tracer_status) { .state = t ? t->state : TRACER_OFF };
	if (!t)
		return 0;
	memcpy(ret->reason, t->reason, sizeof(ret->reason));
	if (t->schema && b->env->summary)
		ret->events = summary_events(b->env->summary, t->schema);
	return 0;
}

/* ---- the flow ---- */

static int tracefs_start(struct backend *b, struct err *e)
{
	struct state *st = b->state;
	int rc;

	if (!st->started) {
		rc = instance_on(&st->identity_instance, true, e);
		if (rc < 0)
			return rc;
		/* Only now: what happens while /proc is read comes as events. */
		identity_scan(b->env->identity, NULL);
		st->started = true;
	}
	return instance_on(&st->instance, true, e);
}

static void tracefs_stop(struct backend *b)
{
	struct state *st = b->state;

	instance_on(&st->instance, false, NULL);
}

static int64_t tracefs_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	struct state *st = b->state;
	bool more = false;
	int64_t identity, events;

	/* Names first, all of them: what they say is then known when the events are walked. */
	identity = tap_drain(&st->identity_tap, budget, true, &more, e);
	if (identity < 0)
		return identity;
	events = tap_drain(&st->tap, budget, final, &more, e);
	if (events < 0)
		return events;
	return more ? MAX(identity + events, 1) : 0;
}

static uint64_t tracefs_next(struct backend *b, uint64_t now)
{
	struct state *st = b->state;
	uint64_t due = MIN(tap_due(&st->tap), tap_due(&st->identity_tap));

	if (due == UINT64_MAX)
		return UINT64_MAX;
	return due > now ? due - now : 0;
}

const struct backend_ops tracefs_ops = {
	.name = "tracefs",
	.blurb = "the kernel's events, from ring buffers of our own",
	.size = sizeof(struct state),
	.caps = BACKEND_LIVE | BACKEND_NEEDS_ROOT,
	.probe = tracefs_probe,
	.open = tracefs_open_backend,
	.close = tracefs_close,
	.attach = tracefs_attach,
	.list = tracefs_list,
	.schema = tracefs_schema,
	.enable = tracefs_enable,
	.status = tracefs_status,
	.start = tracefs_start,
	.stop = tracefs_stop,
	.drain = tracefs_drain,
	.next = tracefs_next,
};

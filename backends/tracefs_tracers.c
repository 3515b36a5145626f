/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracefs_tracers: function and latency tracers, each in an instance of its own.
 *
 * current_tracer of one instance leaves all others alone, and its buffer's flood pushes out nothing
 * else. Patching every function takes seconds, so a child writes current_tracer and the state is
 * "starting" until the child ended. What only the top level may run is refused by the kernel and
 * said so; the top level is never touched.
 */
#include "backends/tracefs.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/slow_write.h"

#define ANSWER_MS 30 /* a refusal comes at once; what takes longer is waited for elsewhere */

/* What is to be known before one of them is switched on, where the kernel does not say it. */
struct tracer_kind {
	const char *name, *blurb, *cost;
	const char *event; /* of the system ftrace: what its records are */
};

static const struct tracer_kind kinds[] = {
	{ "function", "every call of a kernel function",
	  "patches every kernel function (~2 s), slows every call", "function" },
	{ "function_graph", "calls and returns with durations",
	  "patches every kernel function (~2 s), slows every call twice", "funcgraph_entry" },
	{ "wakeup", "the longest time from wake-up to run",
	  "patches every function, follows every wake-up", "function" },
	{ "wakeup_rt", "the same for real-time tasks",
	  "patches every function, follows every wake-up", "function" },
	{ "wakeup_dl", "the same for deadline tasks",
	  "patches every function, follows every wake-up", "function" },
	{ "irqsoff", "the longest time with interrupts off",
	  "patches every function, times interrupts off", "function" },
	{ "preemptoff", "the longest time without preemption",
	  "patches every function, times preemption off", "function" },
	{ "preemptirqsoff", "the longest time without either",
	  "patches every function, times either off", "function" },
	{ "osnoise", "what takes the CPU from a busy thread",
	  "keeps every CPU busy with a thread of its own", "osnoise" },
	{ "timerlat", "latency of timers and their threads",
	  "wakes a real-time thread on every CPU every ms", "timerlat" },
	{ "hwlat", "what the firmware takes", "holds a CPU with interrupts off half of the time",
	  "hwlat" },
	{ "mmiotrace", "accesses to the memory of devices", "takes all CPUs but one off line",
	  "mmiotrace_rw" },
	{ "blk", "block devices, as blktrace shows them", "shows devices that blktrace has chosen",
	  NULL },
};

static const struct tracer_kind other_kind = {
	.blurb = "a tracer of this kernel",
	.cost = "has a cost that is not known here",
	.event = "function",
};

struct own_tracer {
	struct tracefs_backend *t;
	const struct tracer_kind *kind;
	char *name, *source_name;
	struct instance in;
	struct tap tap;
	struct source *source; /* NULL until it is first on */
	struct slow_write write;
	bool wanted;   /* while the state is starting: on or off */
	bool draining; /* off, but what it has seen is still to be taken */
	enum tracer_state state;
	char reason[256];
};

/* ---- which there are ---- */

static const struct tracer_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return &other_kind;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct own_tracer *const *)a)->name,
		      (*(struct own_tracer *const *)b)->name);
}

static void add(struct tracefs_backend *t, const char *name)
{
	struct own_tracer *o = xcalloc(1, sizeof(*o));

	*o = (struct own_tracer) { .t = t, .name = xstrdup(name), .kind = find_kind(name) };
	o->in.lock_fd = -1;
	if (asprintf(&o->source_name, TRACER_GROUP ":%s", name) < 0)
		o->source_name = xstrdup(TRACER_GROUP);
	t->tracers = xrealloc(t->tracers, t->tracer_count + 1, sizeof(*t->tracers));
	t->tracers[t->tracer_count++] = o;
}

/* Asks available_tracers, once: tracers are built in. */
static void load(struct tracefs_backend *t)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char *save = NULL;

	if (t->tracers || tracefs_read(t->dir, &text, NULL, "available_tracers") < 0 || !text.len)
		return;
	for (char *w = strtok_r(text.s, " \n", &save); w; w = strtok_r(NULL, " \n", &save))
		if (strcmp(w, "nop") && strlen(w) <= 24 && !strpbrk(w, "/."))
			add(t, w);
	if (t->tracer_count)
		qsort(t->tracers, t->tracer_count, sizeof(*t->tracers), by_name);
}

static struct own_tracer *find(struct tracefs_backend *t, const char *name)
{
	load(t);
	for (size_t i = 0; i < t->tracer_count; i++)
		if (!strcmp(t->tracers[i]->name, name))
			return t->tracers[i];
	return NULL;
}

bool tracers_named(const char *pattern)
{
	size_t len = strlen(TRACER_GROUP);

	return !strncmp(pattern, TRACER_GROUP, len) && (!pattern[len] || pattern[len] == ':');
}

int tracers_list(struct tracefs_backend *t, const char *pattern, tracer_visit_fn visit, void *data,
		 struct err *e)
{
	const char *colon = strchr(pattern, ':'), *glob = colon ? colon + 1 : "*";
	int count = 0;

	load(t);
	for (size_t i = 0; i < t->tracer_count; i++) {
		const struct own_tracer *o = t->tracers[i];
		struct tracer_info info = {
			.group = TRACER_GROUP,
			.name = o->name,
			.blurb = o->kind->blurb,
			.cost = o->kind->cost,
		};
		int rc;

		if (fnmatch(glob, o->name, 0))
			continue;
		rc = visit(&info, data);
		if (rc < 0)
			return rc;
		count++;
	}
	if (!count)
		err_set(e, -ENOENT, "no tracer of this kernel matches '%s'", pattern);
	return count;
}

int tracers_group(struct tracefs_backend *t, group_visit_fn visit, void *data)
{
	struct tracer_group g = {
		.name = TRACER_GROUP,
		.blurb = "function and latency tracers",
	};
	int rc;

	load(t);
	if (!t->tracer_count)
		return 0;
	g.count = (unsigned)t->tracer_count;
	for (size_t i = 0; i < t->tracer_count; i++) {
		g.on +=
		    t->tracers[i]->state == TRACER_ON || t->tracers[i]->state == TRACER_STARTING;
		g.failed += t->tracers[i]->state == TRACER_FAILED;
	}
	rc = visit(&g, data);
	return rc < 0 ? rc : 1;
}

int tracers_schema(struct tracefs_backend *t, const char *name, const struct schema **ret,
		   struct err *e)
{
	const struct own_tracer *o = find(t, name);
	const struct schema *s = NULL;

	if (o && o->kind->event)
		s = schema_set_find(t->schemas, "ftrace", o->kind->event);
	if (!s)
		return err_set(e, -ENOENT, "the records of the tracer %s are not known", name);
	*ret = s;
	return 0;
}

void tracers_status(struct tracefs_backend *t, const char *name, struct tracer_status *ret)
{
	const struct own_tracer *o = find(t, name);

	if (!o)
		return;
	ret->state = o->state;
	ret->counts = true;
	memcpy(ret->reason, o->reason, sizeof(ret->reason));
	if (!o->source)
		return;
	ret->events = o->source->events;
	ret->lost = o->source->lost;
}

/* ---- switching on ---- */

/* What the errno means for a tracer; the kernel has but one for many reasons. */
static const char *meaning(int code)
{
	switch (code) {
	case -EPERM:
		return ": this kernel forbids patching its functions";
	case -EINVAL:
		return ": this kernel runs it at the top level only";
	case -EBUSY:
		return ": somebody else has it on";
	case -ENODEV:
		return ": this machine cannot do it";
	}
	return "";
}

static int fail(struct own_tracer *o, int code, const char *said, struct err *e)
{
	tap_close(&o->tap);
	instance_close(&o->in, NULL);
	if (o->source)
		o->source->horizon = UINT64_MAX; /* nothing comes, nobody waits */
	o->state = TRACER_FAILED;
	snprintf(o->reason, sizeof(o->reason), "%.150s%.100s", said, meaning(code));
	return err_set(e, code, "%s: %s", o->source_name, o->reason);
}

/* Our own reading would be most of what there is to be read. */
static void leave_us_out(const struct own_tracer *o)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	tracefs_write(o->in.path, pid, NULL, "set_ftrace_notrace_pid");
}

static int open_own(struct own_tracer *o, struct err *e)
{
	const struct backend_env *env = o->t->backend->env;
	uint64_t buffer = env->buffer;
	char name[40];
	int rc;

	if (!buffer)
		buffer = instance_default_buffer((unsigned)sysconf(_SC_NPROCESSORS_CONF));
	snprintf(name, sizeof(name), TRACER_GROUP "-%.24s", o->name);
	rc = instance_open(&o->in, env->guard, o->t->dir, name, buffer, TRACEFS_SUBBUF, e);
	if (rc < 0)
		return rc;
	leave_us_out(o);
	return 0;
}

/* The tracer is set: its buffer becomes a source. */
static int begin_flow(struct own_tracer *o, struct err *e)
{
	const struct backend_env *env = o->t->backend->env;
	int rc;

	if (!o->source) {
		o->source = store_source(env->store, "tracefs", o->source_name, o->t->schemas, 0);
		o->source->text = &o->t->backend->text;
	}
	o->source->horizon = clock_mono();
	rc = tap_open(&o->tap, &o->in, env->store, o->source, e);
	if (rc < 0)
		return rc;
	o->tap.ready = tracefs_ready;
	o->tap.ready_data = o->t;
	if (o->t->poller)
		rc = tap_attach(&o->tap, o->t->poller, e);
	if (rc >= 0 && o->t->on)
		rc = instance_on(&o->in, true, e);
	return rc;
}

/* ---- switching off ---- */

/* Nothing more comes in; what is there is taken slice by slice, as everything is. */
static void stop_flow(struct own_tracer *o)
{
	instance_on(&o->in, false, NULL);
	o->state = TRACER_STARTING;
	o->draining = true;
	tracefs_ready(o->t);
}

static void end_flow(struct own_tracer *o)
{
	o->draining = false;
	tap_close(&o->tap);
	o->source->horizon = UINT64_MAX;
}

/* ---- both: a child writes current_tracer ---- */

static int finish(struct own_tracer *o, int status, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = slow_write_end(&o->write, status, &why);

	if (!o->wanted) {
		/* Whatever became of it: without its instance there is no tracer. */
		rc = instance_close(&o->in, &why);
		o->state = TRACER_OFF;
		return rc < 0 ? err_set(e, rc, "%s: %s", o->source_name, why.text) : 0;
	}
	if (rc < 0)
		return fail(o, rc, strerror(-rc), e);
	rc = begin_flow(o, &why);
	if (rc < 0)
		return fail(o, rc, why.text, e);
	o->state = TRACER_ON;
	return 0;
}

static void on_child(pid_t pid, int status, void *data)
{
	struct own_tracer *o = data;

	(void)pid;
	finish(o, status, NULL);
	tracefs_ready(o->t);
}

/* Writes current_tracer: at once where that is quick, else behind our back. */
static int set_current(struct own_tracer *o, const char *value, struct err *e)
{
	struct err why = ERR_INIT;
	int status = 0, rc;

	rc = slow_write_begin(&o->write, o->t->backend->env->guard, o->in.path, "current_tracer",
			      value, &why);
	if (rc < 0)
		return fail(o, rc, why.text, e);
	o->state = TRACER_STARTING;
	if (slow_write_wait(&o->write, o->t->poller ? ANSWER_MS : -1, &status))
		return finish(o, status, e);
	rc = poller_child_add(o->t->poller, o->write.pid, on_child, o, NULL);
	if (rc < 0) {
		slow_write_wait(&o->write, -1, &status);
		return finish(o, status, e);
	}
	return 0;
}

int tracers_enable(struct tracefs_backend *t, const char *name, bool on, struct err *e)
{
	struct own_tracer *o = find(t, name);
	struct err why = ERR_INIT;
	int rc;

	if (!o)
		return err_set(e, -ENOENT, "this kernel has no tracer '%s'", name);
	if (o->state == TRACER_STARTING)
		return err_set(e, -EBUSY, "%s is being switched %s", o->source_name,
			       o->wanted ? "on" : "off");
	if (on == (o->state == TRACER_ON))
		return 0;
	o->wanted = on;
	o->reason[0] = '\0';
	if (!on && o->state == TRACER_FAILED) {
		o->state = TRACER_OFF;
		return 0;
	}
	if (!on && t->on) {
		stop_flow(o);
		return 0;
	}
	if (!on) {
		/* Nobody drains. */
		end_flow(o);
		return set_current(o, "nop", e);
	}
	rc = open_own(o, &why);
	if (rc < 0)
		return fail(o, rc, why.text, e);
	return set_current(o, o->name, e);
}

/* ---- the flow ---- */

void tracers_gate(struct tracefs_backend *t, bool on)
{
	for (size_t i = 0; i < t->tracer_count; i++)
		if (t->tracers[i]->state == TRACER_ON)
			instance_on(&t->tracers[i]->in, on, NULL);
}

/* One that goes off is emptied; then its functions are given back. */
static int64_t drain_one(struct own_tracer *o, size_t budget, bool final, bool *more, struct err *e)
{
	bool rest = false;
	int64_t n = tap_drain(&o->tap, budget, final || o->draining, &rest, e);

	*more |= rest;
	if (!o->draining || (n >= 0 && rest))
		return n;
	end_flow(o);
	set_current(o, "nop", NULL);
	return n;
}

int64_t tracers_drain(struct tracefs_backend *t, size_t budget, bool final, bool *more,
		      struct err *e)
{
	int64_t sum = 0, failed = 0;

	for (size_t i = 0; i < t->tracer_count; i++) {
		struct own_tracer *o = t->tracers[i];
		int64_t n;

		if (o->state != TRACER_ON && !o->draining)
			continue;
		/* One that cannot be read does not keep the others waiting. */
		n = drain_one(o, budget, final, more, failed ? NULL : e);
		if (n >= 0)
			sum += n;
		else if (!failed)
			failed = n;
	}
	return failed ? failed : sum;
}

uint64_t tracers_due(const struct tracefs_backend *t)
{
	uint64_t due = UINT64_MAX;

	for (size_t i = 0; i < t->tracer_count; i++) {
		if (t->tracers[i]->draining)
			return 0;
		if (t->tracers[i]->state == TRACER_ON)
			due = MIN(due, tap_due(&t->tracers[i]->tap));
	}
	return due;
}

void tracers_close(struct tracefs_backend *t)
{
	for (size_t i = 0; i < t->tracer_count; i++) {
		struct own_tracer *o = t->tracers[i];
		int status;

		/* The instance cannot go before the kernel has done what the child asked for. */
		if (o->write.pid && slow_write_wait(&o->write, -1, &status))
			slow_write_end(&o->write, status, NULL);
		tap_close(&o->tap);
		instance_close(&o->in, NULL);
		free(o->source_name);
		free(o->name);
		free(o);
	}
	free(t->tracers);
	t->tracers = NULL;
	t->tracer_count = 0;
}

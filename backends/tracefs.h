/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracefs: what the parts of the backend share; nobody else includes it.
 *
 * tracefs.c owns the instances and the flow, tracefs_events.c switches events, tracefs_capture.c
 * has the kernel do what it can of the capture filter, tracefs_tracers.c gives every function or
 * latency tracer that is on an instance of its own.
 */
#ifndef BACKENDS_TRACEFS_H
#define BACKENDS_TRACEFS_H

#include "backends/backend.h"
#include "backends/capture_plan.h"
#include "backends/tap.h"
#include "tracefs/catalog.h"
#include "tracefs/instance.h"

#define TRACEFS_SUBBUF 65536

/* The group of what available_tracers says; no system of the kernel has this name. */
#define TRACER_GROUP "tracer"

/* An event somebody asked for. */
struct event_tracer {
	char *group, *name;
	const struct schema *schema; /* NULL when its format could not be read */
	enum tracer_state state;
	char reason[256];
	char *filter; /* what its filter file says of ours; NULL: nothing */
};

struct event_tracers {
	struct event_tracer *v;
	size_t count;
	uint32_t *index; /* hash of group and name to a number in v, and one */
	uint32_t mask;
};

struct own_tracer;

struct tracefs_backend {
	struct backend *backend;
	struct poller *poller; /* NULL before attach */
	char *dir;	       /* the mount */
	struct schema_set *schemas;
	struct catalog *catalog;
	struct symbols *symbols;
	struct tep *tep;
	struct instance instance, identity_instance;
	struct source *source, *identity_source;
	struct tap tap, identity_tap;
	struct event_tracers events;
	struct own_tracer **tracers; /* made when the group is first asked for */
	size_t tracer_count;
	/* tracefs_capture.c */
	struct capture capture;
	struct capture_plan plan; /* what of it the kernel does */
	bool cpus_set, ids_set;	  /* tracing_cpumask and set_event_pid are not as they were */
	uint64_t renew_at;	  /* when to look at set_event_pid again */
	bool started;		  /* the identity events flow */
	bool on;		  /* the tap is open */
};

/* For the taps: something is there to be drained. */
void tracefs_ready(void *data);

/* ---- tracefs_events.c ---- */

int events_list(struct tracefs_backend *t, const char *pattern, tracer_visit_fn visit, void *data,
		struct err *e);
int events_groups(struct tracefs_backend *t, bool anew, group_visit_fn visit, void *data,
		  struct err *e);
int events_enable(struct tracefs_backend *t, const char *group, const char *name, bool on,
		  struct err *e);
void events_status(struct tracefs_backend *t, const char *group, const char *name,
		   struct tracer_status *ret);
int events_describe(struct tracefs_backend *t, const char *group, const char *name,
		    struct strbuf *out, struct err *e);
void events_done(struct tracefs_backend *t);

/* ---- tracefs_capture.c ---- */

int tracefs_capture(struct backend *b, const struct capture *c, struct strbuf *took, struct err *e);
/* See the contract. */
int tracefs_foresee(struct backend *b, const char *group, const char *name, const struct filter *f,
		    struct filter_pushed *ret, struct err *e);
/* Before an event is switched on: its filter, and room for it in what is set for all. */
int capture_prepare(struct tracefs_backend *t, struct event_tracer *et, struct err *e);
/* Puts one event's text in force and remembers it; refused, the one before is. */
int capture_write(struct tracefs_backend *t, struct event_tracer *et,
		  const struct filter_push_text *text, struct err *e);
/* Once a second: what the kernel forgot of the threads. */
void capture_renew(struct tracefs_backend *t);
void capture_done(struct tracefs_backend *t);

/* ---- tracefs_tracers.c ---- */

/* The pattern names the group, alone or with a glob of names behind a colon. */
bool tracers_named(const char *pattern);
int tracers_list(struct tracefs_backend *t, const char *pattern, tracer_visit_fn visit, void *data,
		 struct err *e);
int tracers_group(struct tracefs_backend *t, group_visit_fn visit, void *data);
int tracers_schema(struct tracefs_backend *t, const char *name, const struct schema **ret,
		   struct err *e);
/* Takes an instance for it. What is slow is done by a child; the status says how it went. */
int tracers_enable(struct tracefs_backend *t, const char *name, bool on, struct err *e);
void tracers_status(struct tracefs_backend *t, const char *name, struct tracer_status *ret);
/* Opens and closes the flow of those that are on. */
void tracers_gate(struct tracefs_backend *t, bool on);
int64_t tracers_drain(struct tracefs_backend *t, size_t budget, bool final, bool *more,
		      struct err *e);
uint64_t tracers_due(const struct tracefs_backend *t);
void tracers_close(struct tracefs_backend *t);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_private: what the parts of the backend of BPF programs share. Nobody else includes this.
 *
 * bpf.c reads rings (the only one that knows libbpf's), bpf_ops.c is the table and the flow,
 * bpf_found.c finds tracers, bpf_tracers.c switches them, bpf_ask.c talks to the loader,
 * bpf_options.c has what the user set, bpf_tables.c reads maps that count, bpf_ended.c knows which
 * keys they need no more, bpf_say.c tells of it all, bpf_frames.c has addresses of programs named,
 * bpf_capture.c has programs keep out what nobody wants, bpf_family.c knows whose children are
 * wanted.
 */
#ifndef BACKENDS_BPF_PRIVATE_H
#define BACKENDS_BPF_PRIVATE_H

#include "backends/backend.h"
#include "bpf/code.h"
#include "bpf/loader.h"
#include "core/counts.h"
#include "core/symbols.h"
#include "tracefs/stage.h"

#define BPF_GROUP "bpf"
#define BPF_TICK  (33 * NSEC_PER_MSEC)
#define BPF_HOLD  (200 * NSEC_PER_MSEC) /* nobody is waited for longer: see core/store.h */
#define BPF_SLACK (1 * NSEC_PER_MSEC)	/* from the time of an event to its being there */

struct bpf_backend;
struct bpf_tap;

/* What the user set an option to. */
struct bpf_setting {
	char *name, *value;
	bool from_conf;
};

/* A kind of events: a ring's, or of a table's rows. */
struct bpf_event {
	const struct schema *schema;
	uint16_t id; /* 0: none yet */
};

struct bpf_tracer {
	struct bpf_backend *b;
	char *name;
	const char *builtin; /* NULL: it was brought along, and this is where: */
	char *path, *manifest;
	int fd; /* -1: it could not be opened */
	char *blurb, *cost;
	bool counts; /* as far as its manifest says: known before it was looked at */

	bool wanted; /* the user has it on */
	enum tracer_state state;
	char reason[256];	  /* of TRACER_FAILED */
	char *refused;		  /* why it can never be had: its file; or NULL */
	int64_t look_id, load_id; /* what the loader was asked; 0: nothing */
	bool looked;		  /* once is enough, also when it failed */
	struct loader_answer *look;
	struct loader_answer *load; /* while it is on */
	char *log;		    /* the verifier's, of the last load that failed */
	struct bpf_setting *settings;
	size_t setting_count;

	/* of `load`, or else of `look` */
	struct bpf_event *ring_events, *table_events;
	size_t ring_event_count, table_event_count;

	/* the flow */
	struct bpf_tap *tap;
	uint64_t asked_at; /* when it was switched on */
	uint64_t horizon;  /* nothing older comes from it */
	uint64_t due;	   /* when to look again; UINT64_MAX: its ring wakes us */
	uint64_t interval;
	uint64_t room; /* bytes of its largest ring */
	unsigned idle; /* looks in a row that found nothing */
	uint64_t events, lost, cut, arrived;
	uint64_t lost_seen; /* of the program's own counters */
	uint16_t last_cpu;

	/* tables */
	struct counts **before; /* of each table, as it was said last */
	uint64_t *left;		/* keys of each that were taken out, for their process has ended */
	uint64_t on_since, read_at;

	/* cost, while somebody looks */
	uint64_t runs_base, ns_base;

	struct tap_control control; /* as its program was told */
};

struct bpf_backend {
	struct backend *backend;
	struct poller *poller; /* NULL before attach */
	struct schema_set *schemas;
	struct symbols *symbols;
	struct source *source; /* NULL until a tracer is on */
	struct stage *stage;
	struct bpf_tracer **tracers;
	size_t tracer_count;
	struct err probe; /* code 0: BPF works here */
	bool probed;
	struct loader *loader; /* started when something is asked */
	struct poller_fd *loader_watch;
	int loader_fd;
	pid_t loader_pid; /* the last that was there; nobody wants its events. 0: none was */
	bool on;	  /* started */
	bool scanned;	  /* /proc was looked at here */
	bool stopped;	  /* and not drained to the end since */
	unsigned watchers;
	int stats_fd;
	int pids_fd;		     /* the map of processes that all programs share */
	uint64_t table_at;	     /* when tables are read next; UINT64_MAX: there are none */
	struct bpf_capture *capture; /* bpf_capture.c */
	struct bpf_frames *frames;   /* bpf_frames.c */
};

/* ---- bpf.c ---- */

/* Opens the rings of what was loaded. */
int bpf_tap_open(struct bpf_tracer *t, struct err *e);
void bpf_tap_close(struct bpf_tracer *t);
/* Lets epoll tell when there is something. */
int bpf_tap_attach(struct bpf_tracer *t, struct err *e);
/* Gives what is in the rings to the stage, at most about budget bytes; drop: to nobody. Returns
 * the bytes; *ended: they are empty. */
int64_t bpf_tap_read(struct bpf_tracer *t, size_t budget, bool drop, bool *ended, struct err *e);
/* Has epoll wake us for the next event. */
void bpf_tap_watch(struct bpf_tracer *t);

/* ---- bpf_ops.c ---- */

/* Counts what did not fit into a ring since the last look, by the program's own count. */
void bpf_losses_look(struct bpf_tracer *t);
/* There is something to drain. */
void bpf_ready(struct bpf_backend *b);
/* ns between two looks at a ring, at most: a storm that begins must not fill it before we look. */
uint64_t bpf_slowest(const struct bpf_tracer *t);
/* Where rows go; made when a tracer is first on. */
void bpf_source_open(struct bpf_backend *b);
/* Whether BPF works here at all; asked once. */
int bpf_check(struct bpf_backend *b, struct err *e);

/* ---- bpf_found.c ---- */

/* Those built in, then the objects of the configuration and of the command line. */
void bpf_found_open(struct bpf_backend *b);
void bpf_found_close(struct bpf_backend *b);

/* ---- bpf_tracers.c ---- */

struct bpf_tracer *bpf_tracer_find(const struct bpf_backend *b, const char *name);
/* NULL with -ENOENT and the nearest name. */
struct bpf_tracer *bpf_tracer_get(struct backend *backend, const char *group, const char *name,
				  struct err *e);
int bpf_tracer_switch(struct bpf_tracer *t, bool on, struct err *e);
/* Asks the loader for it again, with what is set now. */
int bpf_tracer_reload(struct bpf_tracer *t, struct err *e);
/* Takes over what was loaded, or why it was not. Owns the answer. */
void bpf_tracer_loaded(struct bpf_tracer *t, struct loader_answer *a);
/* Detaches and forgets everything of the kernel's. */
void bpf_tracer_unload(struct bpf_tracer *t);
/* Ends the attachments alone. */
void bpf_tracer_detach(struct bpf_tracer *t);
void bpf_tracer_failed(struct bpf_tracer *t, const char *why);
/* Tells the program whether it is wanted, and of whom. */
int bpf_tracer_gate(struct bpf_tracer *t, bool on, struct err *e);

/* ---- bpf_ask.c ---- */

/* Asks what a tracer is, unless that is known or asked. */
int bpf_ask_look(struct bpf_tracer *t, struct err *e);
int bpf_ask_load(struct bpf_tracer *t, struct err *e);
/* The same for a program of ours that is no tracer. Returns what bpf_family_answer knows it by. */
int64_t bpf_ask_helper(struct bpf_backend *b, const char *name, struct err *e);
/* Leaves out what the loader's process does, wherever we leave ourselves out. */
void bpf_ask_own(struct bpf_backend *b);
/* Takes the answers that are there. */
void bpf_ask_answers(struct bpf_backend *b);
/* Waits until it is known what a tracer is, 2 s at most. */
int bpf_ask_wait(struct bpf_tracer *t, struct err *e);
void bpf_ask_close(struct bpf_backend *b);

/* ---- bpf_schema.c ---- */

/* Gives the events of an answer ids and schemas. */
int bpf_schemas_add(struct bpf_tracer *t, const struct loader_answer *a, struct err *e);

/* ---- bpf_options.c ---- */

/* Takes over [tracer bpf:NAME] of the configuration. */
void bpf_options_conf(struct bpf_backend *b);
int bpf_options_visit(struct backend *backend, const char *group, const char *name,
		      option_visit_fn visit, void *data);
int bpf_options_set(struct backend *backend, const char *group, const char *name,
		    const char *const setting[2], struct err *e);
/* Whether all that is set can be: -EINVAL with the place in the configuration. */
int bpf_options_check(struct bpf_tracer *t, struct err *e);
void bpf_options_done(struct bpf_tracer *t);

/* ---- bpf_tables.c ---- */

/* Rows of what changed in the tables of all that are on, if it is time; final: in any case. */
void bpf_tables_read(struct bpf_backend *b, bool final);
/* Rows of what changed since, before a tracer is switched off. */
void bpf_tables_rest(struct bpf_tracer *t);
int bpf_tables_counts(struct backend *backend, const char *group, const char *name,
		      struct counts **ret, struct err *e);
void bpf_tables_done(struct bpf_tracer *t);

/* ---- bpf_ended.c ---- */

/*
 * Of a table that is more than half full the keys of processes that have ended and that are as they
 * were before: one behind the other, the caller's to free. Returns how many; it sorts before.
 */
size_t bpf_ended_keys(const struct bpf_tracer *t, const struct bpf_table *table,
		      const struct counts *now, struct counts *before, uint8_t **ret);

/* ---- bpf_say.c ---- */

int bpf_say_describe(struct backend *backend, const char *group, const char *name,
		     struct strbuf *out, struct err *e);
int bpf_say_status(struct backend *backend, const char *group, const char *name,
		   struct tracer_status *ret);
int bpf_say_log(struct backend *backend, const char *group, const char *name, struct strbuf *out,
		struct err *e);
void bpf_say_watch(struct backend *backend, bool on);

/* ---- bpf_capture.c ---- */

int bpf_capture(struct backend *backend, const struct capture *c, struct strbuf *took,
		struct err *e);
/* What a program that comes is told, by the capture in force: fills t->control but for on and own.
 * -EINVAL when its rows can never answer the filter. */
int bpf_capture_plan(struct bpf_tracer *t, struct err *e);
void bpf_capture_close(struct bpf_backend *b);
/* See the contract. */
int bpf_capture_foresee(struct backend *backend, const char *group, const char *name,
			const struct filter *f, struct filter_pushed *ret, struct err *e);

/* ---- bpf_frames.c ---- */

/* Names nothing yet; rows of the backend are said with what it knows. */
void bpf_frames_open(struct bpf_backend *b);
void bpf_frames_close(struct bpf_backend *b);
/* Starts who names them, if that was not done; before the first row that needs names. */
void bpf_frames_start(struct bpf_backend *b);
/* Whether records of a schema have stacks of programs. */
bool bpf_frames_wanted(const struct schema *s);
/* Asks for the names of the addresses in a record's stacks. */
void bpf_frames_note(struct bpf_backend *b, const struct schema *s, uint64_t ts, const void *rec,
		     uint32_t size);
/* Takes the answers that are there, and asks on. */
void bpf_frames_answers(struct bpf_backend *b);
/* The time of the oldest row that is worth waiting for; UINT64_MAX: there is none. */
uint64_t bpf_frames_oldest(const struct bpf_backend *b, uint64_t now);
/* Whether any answer is awaited. */
bool bpf_frames_waits(const struct bpf_backend *b);

/* ---- bpf_family.c ---- */

/* Before a program is loaded: the list of processes that it shares, and who adds to it. */
void bpf_family_prepare(struct bpf_backend *b);
/* Takes an answer that is of a helper; false: it is a tracer's. */
bool bpf_family_answer(struct bpf_backend *b, struct loader_answer *a);

#endif

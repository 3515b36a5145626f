/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backend: the contract of everything that events can come from.
 *
 * A backend is a static const table of functions and a state of `size` bytes that starts
 * zeroed. The deck owns both. No backend sleeps, prints or exits; none knows another.
 */
#ifndef BACKENDS_BACKEND_H
#define BACKENDS_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/conf.h"
#include "core/err.h"
#include "core/filter.h"
#include "core/filter_push.h"
#include "core/guard.h"
#include "core/identity.h"
#include "core/poller.h"
#include "core/store.h"
#include "core/summary.h"
#include "core/counts.h"
#include "core/text.h"

enum backend_cap {
	BACKEND_LIVE = 1,     /* events happen now; else it replays */
	BACKEND_CAPTURES = 2, /* capture() can take something over */
	BACKEND_NEEDS_ROOT = 4,
	BACKEND_DERIVES = 8, /* its rows are made of those of others: it is opened with them */
	BACKEND_ALONG = 16,  /* comes with every other one that is live, or in its place */
};

/* What the deck lends every backend. Borrowed for the backend's life. */
struct backend_env {
	const struct conf *conf;
	struct guard *guard;
	struct store *store;
	struct identity *identity;
	struct summary *summary;
	const char *const *files;   /* what replay opens; NULL-ended */
	const char *const *objects; /* of BPF, beside those found; NULL-ended; or NULL */
	const int64_t *offsets;	    /* ns that the times of each are moved by; NULL: none */
	uint64_t reserve; /* bytes of memory for what of the files is mapped and inflated */
	uint64_t buffer;  /* bytes per CPU; 0: default */
	/* The schema of a tracer of whichever backend has it; -ENOENT: none has. */
	int (*schema)(void *data, const char *group, const char *name, const struct schema **ret,
		      struct err *e);
	/* Whether whichever backend has a tracer has it on: of a recording, has rows of it. */
	bool (*is_on)(void *data, const char *group, const char *name);
	void *schema_data; /* of both */
};

struct backend {
	const struct backend_ops *ops;
	const struct backend_env *env;
	void *state;	      /* ops->size bytes */
	struct text_env text; /* how its rows are said; its sources point here */
	void (*ready)(struct backend *b,
		      void *data); /* to be called when there is something to drain */
	void *ready_data;
};

/* What a tracer gives; whoever switches it on wants to know before. */
enum tracer_gives {
	GIVES_EVENTS, /* a row for each */
	GIVES_TABLE,  /* counted in the kernel: a row a key and second, and a table (counts) */
};

enum tracer_state { TRACER_OFF, TRACER_STARTING, TRACER_ON, TRACER_FAILED };

struct tracer_status {
	enum tracer_state state;
	char reason[256]; /* with TRACER_FAILED: why, in words */
	bool counts;	  /* events is its own count; else the summary's by its schema is */
	uint64_t events, lost;
	/* What it costs, where the backend can say and is watched (see watch): else runs is 0. */
	uint64_t runs, run_ns; /* of its programs, since they are watched */
	uint64_t held, room;   /* bytes in its ring and of it; room 0: it has none */
};

/* One thing that can be switched on. Strings are borrowed during the visit. */
struct tracer_info {
	const char *group; /* system */
	const char *name;  /* event */
	const char *blurb; /* one line, or NULL */
	const char *cost;  /* what switching it on does to the machine: ask before; or NULL */
	enum tracer_gives gives;
	const char *object; /* the file that was brought along for it, or NULL */
	const char *hint;   /* what to add to that so that more is known of its rows, or NULL */
};

/* A typed option of a tracer. Borrowed during the visit. */
struct tracer_option {
	const char *name, *help;
	const char *unit;  /* "ns", "bytes", "hz", "number", "percent", "flag", "text" */
	const char *value; /* as one would write it: 10ms */
	const char *range; /* "1us..10s", or NULL */
};

typedef int (*option_visit_fn)(const struct tracer_option *o, void *data);

typedef int (*tracer_visit_fn)(const struct tracer_info *t, void *data);

/* A system as far as it is known without asking for its events. Borrowed during the visit. */
struct tracer_group {
	const char *name;
	const char *blurb; /* one line, or NULL */
	unsigned count;	   /* tracers in it; 0: nobody looked yet */
	unsigned on, failed;
	const char *note; /* what there is to say below its tracers, or NULL */
};

typedef int (*group_visit_fn)(const struct tracer_group *g, void *data);

/* What somebody else has made where a backend works: to be looked at, never to be touched. */
struct other_info {
	const char *name;  /* for look; "" is a name too */
	const char *label; /* for people */
	const char *owner; /* in words, or NULL */
	const char *facts; /* lines "WHAT: VALUE" */
	bool on;	   /* it records */
};

typedef int (*other_visit_fn)(const struct other_info *o, void *data);

/* What is known of recordings that are open. */
struct recorded {
	uint64_t first, last;	/* times, as far as the heads of pages say */
	uint64_t loaded, total; /* bytes of pages that were walked, of all */
	bool loading;		/* it goes on by itself */
	uint64_t reached;	/* times below it were counted */
	const char *note;	/* what is worth saying of the files, or NULL; borrowed */
};

/* What a backend of recordings can do beside draining. */
struct recording_ops {
	void (*status)(const struct backend *b, struct recorded *ret);
	/* Holds the walk, or lets it go on. */
	void (*load)(struct backend *b, bool on);
	/* See deck_seek. */
	int (*seek)(struct backend *b, uint64_t ts, struct err *e);
	/* The store is to have everything below until; what is older than at may leave for it. */
	void (*want)(struct backend *b, uint64_t at, uint64_t until);
	/* A time and the wall time it was; false when no file says. */
	bool (*clock)(const struct backend *b, struct clock_triple *ret);
};

/* What is to be taken at all. Borrowed until another one takes its place. */
struct capture {
	const struct filter *filter; /* rows for which it is true; NULL: all */
	const int32_t *pids;	     /* of these processes; more may be taken than theirs */
	size_t pid_count;	     /* 0: of everybody */
	bool follow;		     /* and of those they made and will make */
	/* Of these tracers every row is to be taken all the same; NULL: of none. */
	bool (*whole)(void *data, const char *group, const char *name);
	void *whole_data;
};

struct backend_ops {
	const char *name;  /* key in config and in the deck's table */
	const char *blurb; /* one line for people */
	size_t size;	   /* bytes of state */
	unsigned caps;

	/* Can this machine run it? 0, or -Exxx with the reason and what would help. Opens nothing
	 * for good. */
	int (*probe)(const struct backend_env *env, struct err *e);
	/* Acquires; undoes a half-done open by itself. */
	int (*open)(struct backend *b, struct err *e);
	/* Lets go of all and restores every knob. Any state, zeroed included. */
	void (*close)(struct backend *b);
	/* Registers descriptors, timers, children. */
	int (*attach)(struct backend *b, struct poller *p, struct err *e);
	/* Visits the tracers that match a pattern (NULL: all). Returns how many, or what visit
	 * returned below 0. */
	int (*list)(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		    struct err *e);
	/* The schema of a tracer, for help and completion. */
	int (*schema)(struct backend *b, const char *group, const char *name,
		      const struct schema **ret, struct err *e);
	/*
	 * Switches one tracer, live, without disturbing the others. The name "*" is the whole
	 * group, the group "*" everything: one step where that is cheaper than many.
	 */
	int (*enable)(struct backend *b, const char *group, const char *name, bool on,
		      struct err *e);
	int (*status)(struct backend *b, const char *group, const char *name,
		      struct tracer_status *ret);
	/*
	 * Keeps out as many rows that are not wanted as it soundly can (never a wanted one), for
	 * what is on and what will be, and appends to *took, by lines, what went where. What both
	 * this one and the one before want is not lost. When it fails the one before holds.
	 */
	int (*capture)(struct backend *b, const struct capture *c, struct strbuf *took,
		       struct err *e);
	/* Opens and closes the tap; drain runs once more after stop. */
	int (*start)(struct backend *b, struct err *e);
	void (*stop)(struct backend *b);
	/*
	 * Moves at most about budget bytes into the store; never blocks. Returns a positive number
	 * when there is more right now, 0 when not, -ENODATA at the end of a recording, other -Exxx
	 * on errors. With final (after stop) it takes everything there is, due or not.
	 */
	int64_t (*drain)(struct backend *b, size_t budget, bool final, struct err *e);
	/* ns until drain is wanted again though nothing becomes ready; UINT64_MAX: only on
	 * readiness. */
	uint64_t (*next)(struct backend *b, uint64_t now);

	/* What follows may be missing in the table of a backend. */

	/*
	 * Visits the groups, cheaply: nothing is asked of the kernel that is known already, unless
	 * anew (a module may have come). Without it list says what groups there are.
	 */
	int (*groups)(struct backend *b, bool anew, group_visit_fn visit, void *data,
		      struct err *e);
	/* Appends what else there is to say of a tracer, as lines "WHAT: VALUE". */
	int (*describe)(struct backend *b, const char *group, const char *name, struct strbuf *out,
			struct err *e);
	/* Visits what others have made. Returns how many. */
	int (*others)(struct backend *b, other_visit_fn visit, void *data, struct err *e);
	/* Appends the text that is in one of them, at most about max bytes; consumes nothing.
	 * Returns 1 where there was more. */
	int (*look)(struct backend *b, const char *name, size_t max, struct strbuf *out,
		    struct err *e);
	/* Appends what the kernel counted for a CPU, in its own words (per_cpu/cpuN/stats). */
	int (*cpu_stats)(struct backend *b, unsigned cpu, struct strbuf *out, struct err *e);
	/*
	 * Visits the tracers without whose rows a tracer gives none (only group and name are said):
	 * whoever switches it on switches them on before. Those that are not there are left out.
	 */
	int (*needs)(struct backend *b, const char *group, const char *name, tracer_visit_fn visit,
		     void *data);
	/* Visits the options of a tracer. Returns how many. */
	int (*options)(struct backend *b, const char *group, const char *name,
		       option_visit_fn visit, void *data);
	/* Sets one; a tracer that is on takes it over by itself, perhaps by being loaded anew.
	 * -EINVAL with the reason, range and nearest name. */
	int (*set_option)(struct backend *b, const char *group, const char *name,
			  const char *const setting[2], struct err *e);
	/* What a tracer of GIVES_TABLE counts, as of now. The caller frees it with counts_free. */
	int (*counts)(struct backend *b, const char *group, const char *name, struct counts **ret,
		      struct err *e);
	/* Somebody looks at what tracers cost (status: runs), until on is false again; counted. */
	void (*watch)(struct backend *b, bool on);
	/* Appends all that was said when a tracer failed (a verifier's log). -ENOENT: nothing was.
	 */
	int (*log)(struct backend *b, const char *group, const char *name, struct strbuf *out,
		   struct err *e);
	/*
	 * What capture would make of a filter for the rows of one tracer, which need not be on:
	 * ret->schema, and its text, for filter_push_text_done. Writes nothing. -EINVAL when the
	 * filter cannot be captured so.
	 */
	int (*foresee)(struct backend *b, const char *group, const char *name,
		       const struct filter *f, struct filter_pushed *ret, struct err *e);
	/* NULL: it has no recordings. */
	const struct recording_ops *recording;
};

/* The table of all backends, in order, NULL-ended. */
extern const struct backend_ops *const backends[];

#endif

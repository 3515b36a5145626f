/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_private: what pair.c (the tracers), pair_flow.c (following the rows of others) and
 * pair_origin.c (sources, and pages of what is derived) share. Nobody else includes this.
 */
#ifndef BACKENDS_PAIR_PRIVATE_H
#define BACKENDS_PAIR_PRIVATE_H

#include "backends/backend.h"
#include "backends/pair_book.h"
#include "core/cursor.h"
#include "core/pair.h"
#include "tracefs/page_builder.h"

/* Derived records of one CPU that are not in the store yet. */
struct pair_stage {
	struct run *run;
	struct page_builder builder;
	uint8_t *page;
	uint32_t size; /* of the page */
	bool begun;
};

/* A machine whose events are paired with each other: the schemas of a kernel, or of a recording. */
struct pair_origin {
	struct schema_set *from;    /* borrowed */
	struct schema_set *set;	    /* of the derived events */
	struct source *source;	    /* of the derived rows; NULL until a pair is on */
	const struct source *given; /* the first one whose rows they are made of */
	char *name;
	uint32_t gen, added; /* of from, when pairs were bound */
	struct pair_stage *stages;
	unsigned stage_count;
};

/* A pair in one origin. */
struct pair_work {
	struct pair *pair;
	struct pair_origin *origin;
	uint64_t gap; /* nobody listened before it; 0: there is none */
};

/* A pair that can be switched on. */
struct pair_tracer {
	struct pair_spec *spec; /* of the book */
	bool on;
	bool was_on;	/* rows below `until` were looked at before */
	uint64_t until; /* for when it is on again */
	char reason[256];
	bool failed;
	struct pair_work *works;
	unsigned work_count;
	struct pair_lane *lane; /* NULL: it is off */
};

/* What a row of a schema is for. */
struct pair_route {
	struct pair_work *work;
	const struct pair_side *side;
};

struct pair_routes {
	bool known;
	unsigned count;
	struct pair_route *v;
};

/* Events of a CPU are missing before this time. */
struct pair_hole {
	uint64_t ts;
	const struct schema_set *from;
	uint16_t cpu;
};

#define PAIR_ID_WORDS (SCHEMA_ID_MAX / 64 + 1)

/* Of which ids of a machine a lane wants rows. */
struct pair_ids {
	const struct schema_set *from; /* NULL: of any other */
	uint64_t bits[PAIR_ID_WORDS];
};

/* Pairs that have seen the same rows. A pair that was switched on later has a lane of its own
 * until it has caught up. */
struct pair_lane {
	struct cursor *cursor;
	uint64_t at;		    /* rows below it were looked at */
	struct pair_routes *routes; /* by the index of a schema */
	uint32_t route_count;
	struct pair_ids *ids; /* those of nobody first */
	unsigned id_count;
	bool chosen;	  /* the cursor gives just these */
	bool done;	  /* with all rows up to the horizon */
	uint64_t *looked; /* of each run, the number of the page whose losses come next */
	unsigned looked_count;
	struct pair_hole *holes; /* in order of time */
	unsigned hole_count;
};

struct pair_backend {
	struct backend *backend;
	struct pair_book book;
	struct pair_tracer **tracers; /* in the order of the book */
	size_t tracer_count;
	struct pair_origin **origins;
	unsigned origin_count;
	struct pair_lane **lanes; /* the first one is that of the others once they caught up */
	unsigned lane_count;
	uint64_t epoch, horizon;
	bool started;
	bool full;	   /* what waits for the store has to go before the next row */
	uint64_t too_long; /* derived records that fit no page */
	uint64_t no_room;  /* ... or not into the store */
};

/* ---- pair_origin.c ---- */

/* Takes in machines that have come to the store since. */
void pair_origins_look(struct pair_backend *b);
/* The one of a set of schemas; NULL: it is not paired. */
struct pair_origin *pair_origin_of(const struct pair_backend *b, const struct schema_set *from);
/* Makes the source of what is derived, where there is none yet. */
void pair_origin_open(struct pair_backend *b, struct pair_origin *o);
void pair_origins_close(struct pair_backend *b);
/* True when a recording brings the pair's rows itself: then it is not derived again. */
bool pair_origin_has(const struct pair_backend *b, const struct pair_origin *o, const char *name);
/* Puts a derived record where it will be. */
void pair_origin_add(struct pair_backend *b, struct pair_origin *o, const struct pair_out *out);
/* Moves all that waits into the store. Rows that were borrowed from it are void then. */
int pair_origins_flush(struct pair_backend *b, struct err *e);
/* Forgets what waits: the store was emptied. */
void pair_origins_drop(struct pair_backend *b);
/* Nothing older than the backend's horizon will come from here. */
void pair_origins_horizon(struct pair_backend *b);

/* ---- pair.c ---- */

/* Finds the tracer's events in every origin. True when something changed; -ENOENT where they are
 * in none. */
int pair_tracer_bind(struct pair_backend *b, struct pair_tracer *t, struct err *e);

/* ---- pair_offer.c ---- */

/* Whether the pair can be had here; says what is missing. Loads formats: see `tapdeck list`. */
int pair_offer_check(const struct pair_backend *b, const struct pair_spec *s, struct err *e);
/* All of a pair's events are asked for: a format that was not read yet is then known. */
void pair_offer_load(const struct pair_backend *b, const struct pair_spec *s);
/* Every origin brings the pair's rows: its own tracer is listed there. */
bool pair_offer_recorded(const struct pair_backend *b, const struct pair_spec *s);
/* Whether it is listed among all pairs: of a recording those that its rows can make. */
bool pair_offered(const struct pair_backend *b, const struct pair_tracer *t);

/* ---- pair_say.c ---- */

/* The counts of a tracer over all origins. */
void pair_sum(const struct pair_tracer *t, struct pair_stats *sum);
/* Appends what there is to say of it, as lines "WHAT: VALUE". */
void pair_say(const struct pair_backend *b, const struct pair_tracer *t, struct strbuf *out);

/* ---- pair_flow.c ---- */

int64_t pair_drain(struct backend *b, size_t budget, bool final, struct err *e);
/* Puts a tracer, whose works are made, into the flow, and takes it out. */
void pair_flow_add(struct pair_backend *b, struct pair_tracer *t);
void pair_flow_remove(struct pair_backend *b, struct pair_tracer *t);
void pair_flow_close(struct pair_backend *b);

#endif

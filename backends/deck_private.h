/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck_private: what deck.c (the pump and the life of everything), deck_tracers.c (switching) and
 * deck_play.c (recordings: loading, playing, seeking) share. Nobody else includes this.
 */
#ifndef BACKENDS_DECK_PRIVATE_H
#define BACKENDS_DECK_PRIVATE_H

#include "backends/deck.h"
#include "core/cursor.h"

#define DECK_BACKENDS_MAX 16

/* A tracer that was still starting when its switch returned. */
struct starting {
	struct backend *backend;
	char *group, *name;
};

/* A tracer without which others give nothing. */
struct need {
	char *group, *name;
	unsigned count; /* of those others that are on */
	bool wanted;	/* by the user too */
};

/* A live backend that cannot be had, and why. */
struct closed {
	const struct backend_ops *ops;
	struct err why;
};

/* The recorded clock. */
struct play {
	bool on, still;
	double speed;
	uint64_t at;	      /* rows below it are shown */
	uint64_t from, began; /* the clock was `from` at `began` of CLOCK_MONOTONIC */
	uint64_t epoch;	      /* of the store, when the cursor was put */
	struct cursor *cursor;
	struct summary *whole; /* the counts of everything; what people see are those of the play */
	struct poller_timer *timer;
};

struct deck {
	struct capture capture;
	struct deck_conf conf;
	struct backend_env env;
	struct poller *poller;
	struct poller_timer *tick, *clock_timer;
	struct poller_step *step;
	struct backend open[DECK_BACKENDS_MAX];
	uint64_t retry[DECK_BACKENDS_MAX]; /* when one whose drain failed is asked again */
	unsigned count;
	struct closed closed[DECK_BACKENDS_MAX];
	unsigned closed_count;
	struct starting *starting;
	size_t starting_count;
	struct need *needs;
	size_t need_count;
	bool captures; /* capture was asked for */
	struct clock_map clocks;
	uint64_t tidy_at;
	uint64_t looked; /* when the backends were drained last; nobody is silent since */
	bool running;
	size_t slice;
	struct err error; /* the first a drain met */
	struct play play;
	struct calls *calls; /* NULL: nobody asked yet */
};

/* Says how far everything was learned, and lets go of it all (deck_calls.c). */
void deck_calls_reached(struct deck *d);
void deck_calls_done(struct deck *d);

/* Another filter decides what is captured. */
void deck_calls_captured(struct deck *d);

/* A tracer was switched off: not every change of a descriptor is seen any more. */
void deck_calls_missed(struct deck *d);

/* Forgets who is still starting (deck_tracers.c). */
void deck_starting_done(struct deck *d);

/* Forgets who needs what (deck_needs.c). */
void deck_needs_done(struct deck *d);
/* True when a tracer of a group ("*": of any) is needed by others. */
bool deck_needs_group(const struct deck *d, const char *group);
/* Nothing of what is needed may be kept out. */
void deck_needs_capture(struct deck *d, struct capture *c);
/* A backend_env.schema. */
int deck_schema_of(void *deck, const char *group, const char *name, const struct schema **ret,
		   struct err *e);
/* A backend_env.is_on. */
bool deck_has_on(void *deck, const char *group, const char *name);

/* Lets those derive whose rows are made of others' (deck.c). */
void deck_derive(struct deck *d);

/* The backend that has recordings, or NULL. */
struct backend *deck_recording(const struct deck *d);

/* Takes over what a recording says of wall time. */
void deck_play_open(struct deck *d, const struct backend *b);

/* Ends a play, while the store is there. */
void deck_play_close(struct deck *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * feed: a flow of events that a machine could have, made here: processes that come and go on four
 * CPUs, names of every kind, losses.
 *
 * Fills a deck's store as a live backend would, the same way for the same seed. It owns the
 * schemas, which must outlive the deck.
 */
#ifndef SCREENS_FEED_H
#define SCREENS_FEED_H

#include "backends/deck.h"

#define FEED_CPUS   4
#define FEED_EVENTS 12

struct feed {
	struct store *store;
	struct schema_set *schemas;
	struct source *source;
	struct run *runs[FEED_CPUS];
	struct text_env text;
	uint64_t ts;	 /* of the last event */
	uint64_t step;	 /* ns between two events */
	uint64_t random; /* the state of its dice */
	int32_t running[FEED_CPUS];
	int32_t youngest; /* the last tid given out */
};

/* Registers a source with the deck, behind what its store holds by then. The deck is borrowed. */
int feed_open(struct feed *f, struct deck *d, uint64_t seed, struct err *e);
/* After the deck is gone. */
void feed_close(struct feed *f);

/* Makes so many events, a fragment for each CPU. */
int feed_blow(struct feed *f, unsigned events, struct err *e);

/* Says that a CPU lost events here. */
void feed_lose(struct feed *f, uint64_t lost);

/* The next number of the dice. */
uint64_t feed_random(uint64_t *state);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock: one time line for all sources, and its way back to wall time.
 *
 * Every event carries CLOCK_MONOTONIC in ns. The triple (monotonic, real, boot) is
 * sampled once a second and kept where the distance between them changed, so a wall
 * time is right across steps of the clock and suspends.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_triple {
	uint64_t mono;
	uint64_t real;
	uint64_t boot;
};

struct clock_map {
	struct clock_triple *at; /* in order of mono */
	size_t count, cap;
};

/* CLOCK_MONOTONIC now, in ns. */
uint64_t clock_mono(void);

/* Samples the three clocks as close together as it can. */
struct clock_triple clock_sample(void);

/* Keeps the sample if its distances differ from the last kept one by more than 1 ms. */
void clock_map_add(struct clock_map *m, struct clock_triple t);

/* CLOCK_REALTIME in ns for a monotonic time; 0 when the map is empty. */
uint64_t clock_map_real(const struct clock_map *m, uint64_t mono);

/* Frees what the map holds. NULL-safe. */
void clock_map_done(struct clock_map *m);

#endif

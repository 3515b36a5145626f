/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock: samples, and the few of them worth keeping.
 */
#include "core/clock.h"

#include <stdlib.h>
#include <time.h>

#include "core/arena.h"
#include "core/util.h"

#define STEP (1 * NSEC_PER_MSEC)

static uint64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono(void)
{
	return now(CLOCK_MONOTONIC);
}

struct clock_triple clock_sample(void)
{
	struct clock_triple best = { 0 };
	uint64_t width = UINT64_MAX;

	/* The narrowest of three tries: a preemption in the middle would be taken for a step. */
	for (int i = 0; i < 3; i++) {
		uint64_t before = now(CLOCK_MONOTONIC);
		uint64_t real = now(CLOCK_REALTIME), boot = now(CLOCK_BOOTTIME);
		uint64_t after = now(CLOCK_MONOTONIC);

		if (after - before >= width)
			continue;
		width = after - before;
		best = (struct clock_triple) { .mono = before + width / 2,
					       .real = real,
					       .boot = boot };
	}
	return best;
}

static bool moved(uint64_t a, uint64_t b)
{
	return a > b ? a - b > STEP : b - a > STEP;
}

void clock_map_add(struct clock_map *m, struct clock_triple t)
{
	if (m->count) {
		const struct clock_triple *last = &m->at[m->count - 1];

		if (t.mono < last->mono || (!moved(t.real - t.mono, last->real - last->mono) &&
					    !moved(t.boot - t.mono, last->boot - last->mono)))
			return;
	}
	if (m->count == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 4;
		m->at = xrealloc(m->at, m->cap, sizeof(*m->at));
	}
	m->at[m->count++] = t;
}

uint64_t clock_map_real(const struct clock_map *m, uint64_t mono)
{
	size_t low = 0, high = m->count;

	if (!m->count)
		return 0;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (m->at[mid].mono <= mono)
			low = mid;
		else
			high = mid;
	}
	return m->at[low].real + (mono - m->at[low].mono);
}

void clock_map_done(struct clock_map *m)
{
	if (!m)
		return;
	free(m->at);
	*m = (struct clock_map) { 0 };
}

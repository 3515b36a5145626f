/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary: counts folded in the one walk, O(1) an event.
 *
 * Per thread and event: how many, first and last time. Threads are joined to processes when
 * somebody looks. What left the store stays counted.
 */
#ifndef CORE_SUMMARY_H
#define CORE_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/schema.h"

struct identity;
struct summary;

struct summary *summary_new(void);
void summary_free(struct summary *s);

/* Folds one event. Hot: called for every event of the one walk. */
void summary_fold(struct summary *s, const struct schema *schema, int32_t tid, uint64_t ts);

struct summary_row {
	int32_t tid, pid; /* pid -1: not known */
	uint64_t events, first, last;
	const struct schema *top; /* the most frequent event */
};

/* Calls fn for every thread (by process: for every process) with events; stops at false. */
void summary_each(struct summary *s, const struct identity *id, bool by_process,
		  bool (*fn)(const struct summary_row *r, void *data), void *data);

/* Total events of one schema. */
uint64_t summary_events(const struct summary *s, const struct schema *schema);

#endif

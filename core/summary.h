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

/* How often a task gave an event. */
struct summary_slot {
	uint32_t task;	 /* index + 1; 0: free */
	uint32_t schema; /* schema->index */
	uint64_t count;
	uint64_t first, last;
};

struct summary {
	struct summary_slot *slots; /* open addressing, at most three quarters full */
	uint32_t mask, used;
	struct summary_task *tasks;
	uint32_t task_count, task_cap;
	uint32_t *by_tid; /* hash of tid to the newest task */
	uint32_t by_tid_mask;
	const struct schema **schemas; /* by schema->index */
	uint32_t schema_cap;
	uint32_t keep; /* tasks that ended and are kept; more than twice as many are thinned out */
	uint64_t serials; /* tasks so far */
};

struct summary *summary_new(void);
void summary_free(struct summary *s);

/* Begins to count anew. No key comes a second time. */
void summary_reset(struct summary *s);

/* Gives each the counts of the other: whoever looks at one sees the other's from now on. */
void summary_swap(struct summary *a, struct summary *b);

/*
 * The number under which the thread that had tid at ts is counted; good until the next settling.
 * Asked when the tid changes, not for every event. Beyond a million threads it is the one called
 * "other" (tid -1).
 */
uint32_t summary_task(struct summary *s, const struct identity *id, int32_t tid, uint64_t ts);

/* The last time for which the number is sure to hold: beyond it the tid may be another thread's. */
uint64_t summary_task_until(const struct summary *s, uint32_t task);

/* Adds the first event of a (task, schema). */
void summary_insert(struct summary *s, uint32_t task, const struct schema *schema, uint64_t ts);

static inline uint32_t summary_hash(uint32_t task, uint32_t schema)
{
	return (uint32_t)(((uint64_t)task * 0x9e3779b97f4a7c15ULL +
			   (uint64_t)schema * 0xc2b2ae3d27d4eb4fULL) >>
			  32);
}

/* Folds one event. Hot: called for every event of the one walk. */
static inline void summary_fold(struct summary *s, uint32_t task, const struct schema *schema,
				uint64_t ts)
{
	uint32_t i = summary_hash(task, schema->index) & s->mask;

	while (s->slots[i].task) {
		struct summary_slot *slot = &s->slots[i];

		if (likely(slot->task == task + 1 && slot->schema == schema->index)) {
			slot->count++;
			if (likely(ts > slot->last))
				slot->last = ts;
			else if (ts < slot->first)
				slot->first = ts;
			return;
		}
		i = (i + 1) & s->mask;
	}
	summary_insert(s, task, schema, ts);
}

/*
 * Copies pid and name of every counted thread from the identity table, before it may forget them.
 * When very many ended, those that were active last are kept, and the counts of the others
 * put together: in "other", or, while their process lives, in one row of it called "(ended)" (tid
 * -1).
 */
void summary_settle(struct summary *s, struct identity *id);

struct summary_row {
	uint64_t key; /* stays this thread's, or process's, while the summary lives; 0: "other" */
	int32_t tid, pid; /* pid -1: not known; tid -1: "other" */
	int32_t ppid;	  /* -1: not known */
	uint32_t process; /* number of its process + 1 in the identity table; 0: not known */
	uint32_t threads; /* that gave events */
	const char *comm; /* a process has its leader's; borrowed during the call */
	uint64_t events, first, last;
	uint64_t end;		     /* when it ended; UINT64_MAX: alive, or nobody knows */
	const struct schema *top;    /* the most frequent event */
	const struct schema *recent; /* the one that came last */
	uint64_t top_events;
};

/*
 * Calls fn for every thread (by process: for every process) with events, in the order they were
 * first counted; stops at false. Settles names first when there is an identity table.
 */
void summary_each(struct summary *s, struct identity *id, bool by_process,
		  bool (*fn)(const struct summary_row *r, void *data), void *data);

/* Total events of one schema. */
uint64_t summary_events(const struct summary *s, const struct schema *schema);

/*
 * Adds the events of every schema to to[schema->index], for indexes below count: one walk for
 * whoever asks for many. to comes zeroed.
 */
void summary_totals(const struct summary *s, uint64_t *to, uint32_t count);

#endif

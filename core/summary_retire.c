/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary_retire: who ended long ago no longer has counts of its own.
 *
 * A machine that builds software starts a million processes an hour; to look at all of them every
 * second would cost more than tracing them. So of those that ended the ones that were active
 * last are kept. The counts of the others go to "other", those of a thread whose process lives to
 * one task of that process; nothing that was counted is lost. Task numbers change here: nobody
 * may keep one over a settling.
 */
#include "core/summary_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"

/* An exit may be seen before older events of the thread; see also identity. */
#define GRACE (10 * NSEC_PER_SEC)

/* A process, as far as its tasks tell. */
struct remains {
	uint32_t process; /* index + 1; 0: free */
	uint32_t holder;  /* new number of the task that takes its ended threads; 0: none yet */
	uint64_t newest;  /* event of any of its tasks */
};

/* One retiring. */
struct retiring {
	struct summary *s;
	const uint64_t *last; /* by task */
	uint64_t cutoff;      /* who ended and was active last before this goes */
	uint32_t *to;	      /* by old number: the new one */
	struct remains *processes;
	uint32_t mask;
	uint32_t left; /* tasks so far */
};

static bool has_ended(const struct summary_task *t)
{
	return t->identity && t->end != UINT64_MAX && !t->holds;
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The time before which enough of them were active last; 0 when all can stay. */
static uint64_t find_cutoff(const struct summary *s, const uint64_t *last)
{
	uint64_t *v, newest = 0, cutoff = 0;
	uint32_t count = 0;

	for (uint32_t i = 1; i < s->task_count; i++)
		count += has_ended(&s->tasks[i]);
	if (count <= 2 * s->keep)
		return 0;
	v = xcalloc(count, sizeof(*v));
	count = 0;
	for (uint32_t i = 1; i < s->task_count; i++) {
		newest = MAX(newest, last[i]);
		if (has_ended(&s->tasks[i]))
			v[count++] = last[i];
	}
	qsort(v, count, sizeof(*v), by_time);
	cutoff = v[count - s->keep];
	free(v);
	return newest > GRACE ? MIN(cutoff, newest - GRACE) : 0;
}

static struct remains *remains_of(const struct retiring *r, uint32_t process)
{
	uint32_t i = summary_hash(process, 0) & r->mask;

	while (r->processes[i].process && r->processes[i].process != process)
		i = (i + 1) & r->mask;
	return &r->processes[i];
}

static void find_newest(struct retiring *r)
{
	for (uint32_t i = 1; i < r->s->task_count; i++) {
		uint32_t process = r->s->tasks[i].process;
		struct remains *p;

		if (!process)
			continue;
		p = remains_of(r, process);
		p->process = process;
		p->newest = MAX(p->newest, r->last[i]);
	}
}

/*
 * The number a task gets. A process goes as a whole: as long as it stays, what its threads
 * did stays with it. Tasks move down only, so what is behind them stays readable.
 */
static uint32_t renumber(struct retiring *r, uint32_t i)
{
	struct summary_task t = r->s->tasks[i];
	struct remains *p = t.process ? remains_of(r, t.process) : NULL;
	bool goes = has_ended(&t) && r->last[i] < r->cutoff;

	if (p && t.process_end != UINT64_MAX && p->newest < r->cutoff)
		return TASK_OTHER;
	if (goes && !p)
		return TASK_OTHER;
	if (goes || t.holds) {
		if (p->holder)
			return p->holder;
		t.holds = true;
		t.tid = -1;
		snprintf(t.comm, sizeof(t.comm), "(ended)");
		p->holder = r->left;
	}
	r->s->tasks[r->left] = t;
	return r->left++;
}

/* Puts the slots under the new numbers, those that meet there together. */
static void move_slots(struct summary *s, const uint32_t *to)
{
	struct summary_slot *old = s->slots;
	uint32_t count = s->mask + 1;

	s->slots = xcalloc(count, sizeof(*s->slots));
	s->used = 0;
	for (uint32_t k = 0; k < count; k++) {
		uint32_t task, i;

		if (!old[k].task)
			continue;
		task = to[old[k].task - 1];
		i = summary_hash(task, old[k].schema) & s->mask;
		while (s->slots[i].task &&
		       (s->slots[i].task != task + 1 || s->slots[i].schema != old[k].schema))
			i = (i + 1) & s->mask;
		if (s->slots[i].task) {
			s->slots[i].count += old[k].count;
			s->slots[i].first = MIN(s->slots[i].first, old[k].first);
			s->slots[i].last = MAX(s->slots[i].last, old[k].last);
			continue;
		}
		s->slots[i] = old[k];
		s->slots[i].task = task + 1;
		s->used++;
	}
	free(old);
}

bool summary_retire(struct summary *s, const uint64_t *last)
{
	struct retiring r = { .s = s, .last = last, .cutoff = find_cutoff(s, last) };
	uint32_t size = 16;

	if (!r.cutoff)
		return false;
	while (size < s->task_count * 2)
		size *= 2;
	r.mask = size - 1;
	r.processes = xcalloc(size, sizeof(*r.processes));
	r.to = xcalloc(s->task_count, sizeof(*r.to));
	r.left = 1;
	find_newest(&r);
	for (uint32_t i = 1; i < s->task_count; i++)
		r.to[i] = renumber(&r, i);
	s->task_count = r.left;
	move_slots(s, r.to);
	free(r.to);
	free(r.processes);
	return true;
}

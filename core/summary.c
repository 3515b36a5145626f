/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary: the counts.
 *
 * A tid that the kernel used twice is two tasks here: its span is asked of the identity table
 * when the tid comes up, and again when the counts are settled. Bounded to a million tasks; what
 * comes beyond is counted as "other".
 */
#include "core/summary_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

#define SLOTS_FIRST 1024
#define SLOTS_LARGE (1u << 18) /* from here on memory counts more than the steps of a search */
#define TASKS_FIRST 256
#define TASKS_MAX   (1u << 20)
#define KEEP_ENDED  (1u << 14)

static void init(struct summary *s, uint32_t keep, uint64_t serials)
{
	*s = (struct summary) { .keep = keep, .serials = serials };
	s->mask = SLOTS_FIRST - 1;
	s->slots = xcalloc(SLOTS_FIRST, sizeof(*s->slots));
	s->task_cap = TASKS_FIRST;
	s->tasks = xcalloc(s->task_cap, sizeof(*s->tasks));
	s->by_tid_mask = TASKS_FIRST * 2 - 1;
	s->by_tid = xcalloc(TASKS_FIRST * 2, sizeof(*s->by_tid));
	s->tasks[TASK_OTHER] = (struct summary_task) {
		.tid = -1,
		.pid = -1,
		.ppid = -1,
		.comm = "other",
	};
	s->task_count = 1;
}

static void done(struct summary *s)
{
	free(s->slots);
	free(s->tasks);
	free(s->by_tid);
	free(s->schemas);
}

struct summary *summary_new(void)
{
	struct summary *s = xcalloc(1, sizeof(*s));

	init(s, KEEP_ENDED, 0);
	return s;
}

void summary_free(struct summary *s)
{
	if (!s)
		return;
	done(s);
	free(s);
}

void summary_reset(struct summary *s)
{
	done(s);
	init(s, s->keep, s->serials);
}

void summary_swap(struct summary *a, struct summary *b)
{
	struct summary was = *a;
	uint64_t serials = MAX(a->serials, b->serials);

	*a = *b;
	*b = was;
	a->serials = b->serials = serials;
}

/* ---- tasks ---- */

/* The place of tid in the hash: its newest task, or the free place where it belongs. */
static uint32_t *tid_place(struct summary *s, int32_t tid)
{
	uint32_t i = summary_hash((uint32_t)tid, 0) & s->by_tid_mask;

	while (s->by_tid[i] && s->tasks[s->by_tid[i] - 1].tid != tid)
		i = (i + 1) & s->by_tid_mask;
	return &s->by_tid[i];
}

/* Makes the hash for so many tasks; of each tid the newest stands there, the older ones behind it.
 */
static void hash_tids(struct summary *s)
{
	free(s->by_tid);
	s->by_tid_mask = s->task_cap * 2 - 1;
	s->by_tid = xcalloc((size_t)s->task_cap * 2, sizeof(*s->by_tid));
	for (uint32_t i = 1; i < s->task_count; i++) {
		uint32_t *place;

		if (s->tasks[i].holds)
			continue;
		place = tid_place(s, s->tasks[i].tid);
		s->tasks[i].older = *place;
		*place = i + 1;
	}
}

static void grow_tasks(struct summary *s)
{
	s->task_cap *= 2;
	s->tasks = xrealloc(s->tasks, s->task_cap, sizeof(*s->tasks));
	hash_tids(s);
}

static void fill_task(struct summary_task *t, const struct task *life)
{
	const struct process *p = life ? life->process : NULL;

	if (life) {
		t->identity = (uint64_t)life->index + 1;
		t->end = life->end;
	}
	if (p) {
		t->pid = p->pid;
		t->ppid = p->ppid;
		t->process = p->index + 1;
		t->process_end = p->end;
	}
	if (t->tid == 0)
		t->pid = 0;
}

uint32_t summary_task(struct summary *s, const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct task *life = id ? identity_task(id, tid, ts) : NULL;
	uint32_t *place = tid_place(s, tid), older = 0;
	struct summary_task *t;

	for (uint32_t i = *place; i; i = s->tasks[i - 1].older) {
		t = &s->tasks[i - 1];
		if (!life && (!t->identity || ts <= t->end))
			return i - 1;
		if (life && t->identity == (uint64_t)life->index + 1)
			return i - 1;
		if (life && !t->identity) {
			fill_task(t, life);
			return i - 1;
		}
	}
	if (s->task_count >= TASKS_MAX)
		return TASK_OTHER;
	older = *place;
	if (s->task_count == s->task_cap) {
		grow_tasks(s);
		place = tid_place(s, tid);
	}
	t = &s->tasks[s->task_count];
	*t = (struct summary_task) { .tid = tid, .pid = -1, .ppid = -1, .older = older };
	t->serial = ++s->serials;
	fill_task(t, life);
	*place = ++s->task_count;
	return s->task_count - 1;
}

uint64_t summary_task_until(const struct summary *s, uint32_t task)
{
	const struct summary_task *t = &s->tasks[task];

	return t->identity ? t->end : UINT64_MAX;
}

/* ---- slots ---- */

static void grow_slots(struct summary *s)
{
	struct summary_slot *old = s->slots;
	uint32_t count = s->mask + 1;

	s->mask = count * 2 - 1;
	s->slots = xcalloc((size_t)count * 2, sizeof(*s->slots));
	for (uint32_t k = 0; k < count; k++) {
		uint32_t i;

		if (!old[k].task)
			continue;
		i = summary_hash(old[k].task - 1, old[k].schema) & s->mask;
		while (s->slots[i].task)
			i = (i + 1) & s->mask;
		s->slots[i] = old[k];
	}
	free(old);
}

static void remember_schema(struct summary *s, const struct schema *schema)
{
	if (schema->index >= s->schema_cap) {
		uint32_t cap = MAX(schema->index + 1, s->schema_cap * 2);

		s->schemas = xrealloc(s->schemas, cap, sizeof(*s->schemas));
		memset(s->schemas + s->schema_cap, 0, (cap - s->schema_cap) * sizeof(*s->schemas));
		s->schema_cap = cap;
	}
	s->schemas[schema->index] = schema;
}

void summary_insert(struct summary *s, uint32_t task, const struct schema *schema, uint64_t ts)
{
	uint32_t i;

	if (s->used > (s->mask < SLOTS_LARGE ? s->mask / 2 : s->mask / 4 * 3))
		grow_slots(s);
	remember_schema(s, schema);
	i = summary_hash(task, schema->index) & s->mask;
	while (s->slots[i].task)
		i = (i + 1) & s->mask;
	s->slots[i] = (struct summary_slot) {
		.task = task + 1,
		.schema = schema->index,
		.count = 1,
		.first = ts,
		.last = ts,
	};
	s->used++;
}

uint64_t summary_events(const struct summary *s, const struct schema *schema)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i <= s->mask; i++)
		if (s->slots[i].task && s->slots[i].schema == schema->index)
			n += s->slots[i].count;
	return n;
}

void summary_totals(const struct summary *s, uint64_t *to, uint32_t count)
{
	for (uint32_t i = 0; i <= s->mask; i++)
		if (s->slots[i].task && s->slots[i].schema < count)
			to[s->slots[i].schema] += s->slots[i].count;
}

/* ---- names ---- */

/* Whom the identity table knew and knows no more has ended. */
static void settle_end(struct summary_task *t, uint64_t last)
{
	if (t->end == UINT64_MAX)
		t->end = last;
	if (t->process_end == UINT64_MAX && (t->holds || t->tid == t->pid))
		t->process_end = last;
}

/* Takes over what the identity table knows of a task that was active at last. */
static void settle_task(struct summary_task *t, struct identity *id, uint64_t last)
{
	const struct task *life = identity_task(id, t->holds ? t->pid : t->tid, last);
	const struct process *p = life ? life->process : NULL;

	if (!life && t->identity) {
		settle_end(t, last);
		return;
	}
	if (t->holds) {
		if (p && p->index + 1 == t->process)
			t->process_end = p->end;
		return;
	}
	if (!life || (t->identity && t->identity != (uint64_t)life->index + 1))
		return;
	fill_task(t, life);
	snprintf(t->comm, sizeof(t->comm), "%s", identity_comm(id, t->tid, last));
	if (p)
		memcpy(t->process_comm, p->comm, COMM_LEN);
}

void summary_settle(struct summary *s, struct identity *id)
{
	uint64_t *last = xcalloc(s->task_count, sizeof(*last));

	for (uint32_t i = 0; i <= s->mask; i++)
		if (s->slots[i].task)
			last[s->slots[i].task - 1] =
			    MAX(last[s->slots[i].task - 1], s->slots[i].last);
	for (uint32_t i = 1; i < s->task_count; i++)
		settle_task(&s->tasks[i], id, last[i]);
	if (summary_retire(s, last))
		hash_tids(s);
	free(last);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity: the table of who had a thread id at a time: what it answers, and how it forgets.
 *
 * Owns the lives of every tid, found by a two-level table whose small leaves are made when a
 * tid is first seen; older lives of a tid hang behind the newest. Questions are a table
 * look-up for the newest life and a binary search for older ones. Learns nothing here and
 * opens no file. Memory grows with what was learned (some 250 bytes a process of one
 * thread) and shrinks with identity_forget.
 */
#include "core/identity_private.h"

#include "core/arena.h"
#include "core/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TRIM_EVERY_NS NSEC_PER_SEC

static_assert(offsetof(struct life, task) == 0, "a task is the head of a life");
static_assert(offsetof(struct proc, pub) == 0, "a process is the head of a proc");

void *identity_alloc(struct identity *id, size_t size)
{
	id->bytes += size;
	return xcalloc(1, size);
}

void identity_drop(struct identity *id, void *p, size_t size)
{
	if (!p)
		return;
	id->bytes -= size;
	free(p);
}

void *identity_room(struct identity *id, void *v, size_t count, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap : 16;

	if (count <= *cap)
		return v;
	while (more < count)
		more *= 2;
	id->bytes += (more - *cap) * size;
	*cap = more;
	return xrealloc(v, more, size);
}

/* Tid 0 is every CPU's idle task: it never ends and is in no list. */
static struct life *idle_new(struct identity *id)
{
	struct life *l = identity_alloc(id, sizeof(*l));
	struct proc *p = identity_alloc(id, sizeof(*p));

	p->pub = (struct process) {
		.ppid = -1,
		.nspid = -1,
		.end = UINT64_MAX,
		.comm = "<idle>",
		.threads = 1,
		.uid = 0,
		.index = id->next_process++,
	};
	p->detailed = true;
	p->dead = UINT64_MAX;
	l->task = (struct task) {
		.end = UINT64_MAX,
		.process = &p->pub,
		.index = id->next_task++,
	};
	l->born = BORN_SCAN;
	l->rank = NAME_BORN;
	comm_copy(l->last.comm, "<idle>", 6);
	return l;
}

struct identity *identity_new(const struct identity_conf *c)
{
	struct identity *id = xcalloc(1, sizeof(*id));

	id->leaves = xcalloc(TID_LIMIT >> LEAF_BITS, sizeof(*id->leaves));
	id->leaves[0] = identity_alloc(id, LEAF_SIZE * sizeof(struct life *));
	id->idle = idle_new(id);
	id->leaves[0][0] = id->idle;
	id->proc_path = xstrdup(c && c->proc ? c->proc : host_procfs());
	id->live = c && c->live;
	id->containers = containers_new(!id->live ? NULL : c->root ? c->root : host_root());
	return id;
}

static void free_lives(struct identity *id)
{
	struct life **leaf;

	for (unsigned i = 0; i < TID_LIMIT >> LEAF_BITS; i++) {
		leaf = id->leaves[i];
		for (unsigned j = 0; leaf && j < LEAF_SIZE; j++)
			while (leaf[j] && leaf[j] != id->idle)
				life_delete(id, leaf[j]);
		free(leaf);
	}
}

void identity_free(struct identity *id)
{
	if (!id)
		return;
	watches_done(id);
	free_lives(id);
	free(life_proc(id->idle));
	free(id->idle);
	learn_done(id);
	recent_forget(id, UINT64_MAX);
	free(id->recent);
	free(id->graves);
	free(id->strings);
	free(id->leaves);
	free(id->proc_path);
	containers_free(id->containers);
	free(id);
}

/* ---- questions ---- */

/*
 * Behind its end a life still answers for what the dying thread does, but not for ever:
 * should the birth of the next one have been lost, the names would mix.
 */
static const struct life *life_ask(const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct life *l = life_newest(id, tid);

	if (unlikely(!l))
		return NULL;
	if (unlikely(ts < l->task.start)) {
		l = life_at(id, tid, ts);
		if (!l)
			return NULL;
	}
	if (unlikely(ts >= l->task.end && ts - l->task.end > DYING_NS))
		return NULL;
	return l;
}

const struct task *identity_task(const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct life *l = life_ask(id, tid, ts);

	return l ? &l->task : NULL;
}

const char *identity_comm(const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct life *l = life_ask(id, tid, ts);

	if (unlikely(!l))
		return UNKNOWN_COMM;
	if (likely(ts >= l->last.since))
		return l->last.comm;
	return names_at(l, ts);
}

int32_t identity_pid(const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct life *l = life_ask(id, tid, ts);

	return likely(l && l->task.process) ? l->task.process->pid : -1;
}

void identity_stats(const struct identity *id, size_t *tasks, size_t *processes, size_t *bytes)
{
	size_t containers;

	*tasks = id->tasks;
	*processes = id->processes;
	*bytes = id->bytes + containers_bytes(id->containers, &containers);
}

void identity_each(struct identity *id, bool (*fn)(struct process *p, void *data), void *data)
{
	struct proc *next;

	for (struct proc *p = id->procs; p; p = next) {
		next = p->next;
		if (!fn(&p->pub, data))
			return;
	}
}

void identity_names(const struct identity *id,
		    void (*fn)(int32_t tid, const char *comm, void *data), void *data)
{
	for (unsigned i = 0; i < TID_LIMIT >> LEAF_BITS; i++) {
		struct life **leaf = id->leaves[i];

		for (unsigned j = 0; leaf && j < LEAF_SIZE; j++)
			if (leaf[j] && leaf[j] != id->idle && leaf[j]->last.comm[0])
				fn(leaf[j]->task.tid, leaf[j]->last.comm, data);
	}
}

void identity_living(const struct identity *id, uint64_t ts,
		     void (*fn)(const struct task *t, const char *comm, void *data), void *data)
{
	for (unsigned i = 0; i < TID_LIMIT >> LEAF_BITS; i++) {
		struct life **leaf = id->leaves[i];

		for (unsigned j = 0; leaf && j < LEAF_SIZE; j++) {
			const struct life *l = leaf[j];

			if (l && ts < l->task.start)
				l = life_at(id, l->task.tid, ts);
			if (l && l != id->idle && ts < l->task.end && l->task.process)
				fn(&l->task, names_at(l, ts), data);
		}
	}
}

/* ---- forgetting: a heap of ended lives, the oldest end on top ---- */

static void grave_sink(struct identity *id, size_t i)
{
	struct grave g = id->graves[i];
	size_t child;

	while ((child = 2 * i + 1) < id->grave_count) {
		if (child + 1 < id->grave_count &&
		    id->graves[child + 1].end < id->graves[child].end)
			child++;
		if (id->graves[child].end >= g.end)
			break;
		id->graves[i] = id->graves[child];
		i = child;
	}
	id->graves[i] = g;
}

static void grave_rise(struct identity *id, size_t i)
{
	struct grave g = id->graves[i];

	while (i && id->graves[(i - 1) / 2].end > g.end) {
		id->graves[i] = id->graves[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	id->graves[i] = g;
}

/* One entry a life: an end that changes later is looked at again when the entry comes up. */
static void grave_add(struct identity *id, struct life *l)
{
	id->graves =
	    identity_room(id, id->graves, id->grave_count + 1, &id->grave_cap, sizeof(*id->graves));
	id->graves[id->grave_count] = (struct grave) { .end = l->task.end, .life = l };
	grave_rise(id, id->grave_count++);
	l->flags |= LIFE_QUEUED;
}

static struct life *grave_pop(struct identity *id)
{
	struct life *l = id->graves[0].life;

	id->graves[0] = id->graves[--id->grave_count];
	if (id->grave_count)
		grave_sink(id, 0);
	l->flags &= ~LIFE_QUEUED;
	return l;
}

void life_set_end(struct identity *id, struct life *l, uint64_t end, enum ended how)
{
	bool was_alive = l->ended == END_NONE;

	l->task.end = end;
	l->ended = how;
	if (how != END_NONE && !(l->flags & LIFE_QUEUED))
		grave_add(id, l);
	proc_life_changed(l, was_alive);
}

void identity_forget(struct identity *id, uint64_t ts)
{
	struct life *l;

	if (ts <= id->forgotten)
		return;
	watches_forgetting(id, ts);
	id->forgotten = ts;
	recent_forget(id, ts);
	while (id->grave_count && id->graves[0].end < ts) {
		l = grave_pop(id);
		if (l->ended == END_NONE)
			continue;
		if (l->task.end < ts)
			life_delete(id, l);
		else
			grave_add(id, l);
	}
	if (ts - id->trimmed >= TRIM_EVERY_NS) {
		names_trim(id, ts);
		id->trimmed = ts;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_text: strings by number, and the processes and threads that values mean.
 *
 * Each string is kept once. What people are called is taken from the identity table while it knows
 * them, and kept here when it forgets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/group_private.h"

#define FIRST 64 /* places of a hash */

/* ---- strings ---- */

uint64_t group_hash(uint64_t seed, const char *s, size_t len)
{
	uint64_t h = seed ^ len * HASH_PRIME, v = 0;

	for (; len >= 8; s += 8, len -= 8)
		h = hash_step(h, load_u64(s));
	memcpy(&v, s, len);
	return hash_step(hash_step(h, v), HASH_PRIME);
}

/* Where a hash is to stand: the first free place. */
static void put_slot(struct group_slot *slots, uint32_t mask, uint64_t hash, uint32_t number)
{
	uint32_t at = (uint32_t)hash & mask;

	while (slots[at].number)
		at = (at + 1) & mask;
	slots[at] = (struct group_slot) { (uint32_t)(hash >> 32), number + 1 };
}

static void grow_slots(struct group_strings *ss)
{
	uint32_t places = ss->slots ? 2 * (ss->mask + 1) : FIRST;

	free(ss->slots);
	ss->slots = xcalloc(places, sizeof(*ss->slots));
	ss->mask = places - 1;
	for (uint32_t i = 0; i < ss->count; i++)
		put_slot(ss->slots, ss->mask, ss->all[i]->hash, i);
}

static __attribute__((noinline)) uint32_t add_string(struct group_strings *ss, const char *s,
						     size_t len, uint64_t hash)
{
	struct group_string *str = arena_alloc(&ss->arena, sizeof(*str) + len + 1);

	str->hash = hash;
	str->len = (uint32_t)len;
	memcpy(str->text, s, len);
	if (!ss->slots || ss->count > ss->mask / 2)
		grow_slots(ss);
	if (ss->count == ss->cap) {
		ss->cap = MAX(2 * ss->cap, FIRST);
		ss->all = xrealloc(ss->all, ss->cap, sizeof(struct group_string *));
	}
	put_slot(ss->slots, ss->mask, hash, ss->count);
	ss->all[ss->count] = str;
	return ss->count++;
}

uint32_t group_strings_put(struct group_strings *ss, const char *s, size_t len)
{
	uint64_t hash = group_hash(ss->seed, s, len);
	uint32_t at = (uint32_t)hash & ss->mask;
	const struct group_slot *slot;

	for (; ss->slots && (slot = &ss->slots[at])->number; at = (at + 1) & ss->mask) {
		const struct group_string *str;

		if (slot->hash != (uint32_t)(hash >> 32))
			continue;
		str = ss->all[slot->number - 1];
		if (likely(str->len == len && !memcmp(str->text, s, len)))
			return slot->number - 1;
	}
	return add_string(ss, s, len, hash);
}

size_t group_strings_bytes(const struct group_strings *ss)
{
	return ss->arena.used + ss->cap * sizeof(struct group_string *) +
	       (ss->slots ? (ss->mask + 1) * sizeof(*ss->slots) : 0);
}

void group_strings_clear(struct group_strings *ss)
{
	arena_done(&ss->arena);
	free(ss->all);
	free(ss->slots);
	*ss = (struct group_strings) { .seed = ss->seed };
}

const char *group_string(const struct group_table *t, uint64_t number, size_t *len)
{
	const struct group_string *s = t->strings.all[number];

	*len = s->len;
	return s->text;
}

/* ---- people ---- */

/* The place of a person, or where he is to stand. */
static struct group_person *find_person(const struct group_people *p, uint8_t class, uint32_t index)
{
	uint32_t at = (uint32_t)hash_step(HASH_PRIME, (uint64_t) class << 32 | index) & p->mask;

	while (p->slots[at].class && (p->slots[at].index != index || p->slots[at].class != class))
		at = (at + 1) & p->mask;
	return &p->slots[at];
}

static void grow_people(struct group_people *p)
{
	struct group_people to = { .mask = p->slots ? 2 * p->mask + 1 : FIRST - 1 };

	to.slots = xcalloc(to.mask + 1, sizeof(*to.slots));
	for (uint32_t i = 0; p->slots && i <= p->mask; i++)
		if (p->slots[i].class)
			*find_person(&to, p->slots[i].class, p->slots[i].index) = p->slots[i];
	to.count = p->count;
	free(p->slots);
	*p = to;
}

static struct group_person *make_person(struct group_people *p, uint8_t class, uint32_t index)
{
	struct group_person *found;

	if (!p->slots || p->count > p->mask / 2)
		grow_people(p);
	found = find_person(p, class, index);
	if (!found->class) {
		found->class = class;
		found->index = index;
		p->count++;
	}
	return found;
}

/* What the identity table says of him now. */
static void look_at(const struct group_table *t, struct group_person *p, const struct task *task)
{
	const struct process *proc = task->process;

	p->pid = proc ? proc->pid : -1;
	if (p->class == CLASS_PROCESS) {
		p->tid = proc->pid;
		p->start = proc->start;
		p->end = proc->end;
		memcpy(p->comm, proc->comm, COMM_LEN);
		return;
	}
	p->tid = task->tid;
	p->start = task->start;
	p->end = task->end;
	snprintf(p->comm, COMM_LEN, "%s", identity_comm(t->identity, task->tid, p->seen));
}

static void refresh(const struct group_table *t, struct group_person *p)
{
	const struct task *task;
	bool same;

	if (p->ended || !t->identity)
		return;
	task = identity_task(t->identity, p->tid, p->seen);
	same =
	    task && (p->class == CLASS_THREAD ? task->index == p->index
					      : task->process && task->process->index == p->index);
	if (same)
		look_at(t, p, task);
}

struct group_atom group_people_put(struct group_table *t, uint8_t class, const struct task *task,
				   uint64_t ts)
{
	uint32_t index = class == CLASS_THREAD ? task->index : task->process->index;
	uint32_t before = t->people.count;
	struct group_person *p = make_person(&t->people, class, index);

	p->ended = false;
	p->seen = MAX(p->seen, ts);
	look_at(t, p, task);
	if (t->people.count != before)
		group_check_bound(t);
	return (struct group_atom) { index, class };
}

void group_people_copy(struct group_people *to, const struct group_person *p)
{
	*make_person(to, p->class, p->index) = *p;
}

void group_people_done(struct group_people *p)
{
	free(p->slots);
	*p = (struct group_people) { 0 };
}

const struct group_person *group_person(const struct group_table *t, struct group_atom a)
{
	struct group_person *p = find_person(&t->people, a.class, (uint32_t)a.v);

	refresh(t, p);
	return p;
}

static void settle(const struct group_table *t, const struct group_people *people)
{
	for (uint32_t i = 0; people->slots && i <= people->mask; i++) {
		struct group_person *p = &people->slots[i];

		if (!p->class)
			continue;
		refresh(t, p);
		p->ended = p->end != UINT64_MAX;
	}
}

void group_settle(struct group_table *t)
{
	settle(t, &t->people);
	if (t->joining)
		settle(t, group_join_people(t));
}

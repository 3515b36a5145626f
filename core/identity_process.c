/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_process: what is known of a process, and which lives are its threads.
 *
 * Owns the processes and their strings (one copy of each). A process without lives is freed
 * at once. Who belongs to whom is decided in identity_join.c.
 */
#include "core/identity_private.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

/* ---- strings ---- */

struct interned {
	struct interned *next;
	uint32_t hash, refs;
	size_t len;
	char s[];
};

static uint32_t hash_bytes(const char *s, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)s[i]) * 16777619u;
	return h;
}

static void strings_grow(struct identity *id)
{
	size_t buckets = id->string_buckets ? 2 * id->string_buckets : 64;
	struct interned **v = identity_alloc(id, buckets * sizeof(struct interned *)), *next;

	for (size_t i = 0; i < id->string_buckets; i++)
		for (struct interned *s = id->strings[i]; s; s = next) {
			next = s->next;
			s->next = v[s->hash & (buckets - 1)];
			v[s->hash & (buckets - 1)] = s;
		}
	identity_drop(id, id->strings, id->string_buckets * sizeof(struct interned *));
	id->strings = v;
	id->string_buckets = buckets;
}

static const char *intern_get(struct identity *id, const char *s, size_t len)
{
	uint32_t hash = hash_bytes(s, len);
	struct interned **at, *new;

	if (id->string_count >= id->string_buckets)
		strings_grow(id);
	at = &id->strings[hash & (id->string_buckets - 1)];
	for (struct interned *i = *at; i; i = i->next)
		if (i->hash == hash && i->len == len && !memcmp(i->s, s, len)) {
			i->refs++;
			return i->s;
		}
	new = identity_alloc(id, sizeof(*new) + len + 1);
	*new = (struct interned) { .next = *at, .hash = hash, .refs = 1, .len = len };
	memcpy(new->s, s, len);
	*at = new;
	id->string_count++;
	return new->s;
}

static void intern_put(struct identity *id, const char *str)
{
	struct interned *s, **at;

	if (!str)
		return;
	s = container_of(str, struct interned, s);
	if (--s->refs)
		return;
	at = &id->strings[s->hash & (id->string_buckets - 1)];
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	id->string_count--;
	identity_drop(id, s, sizeof(*s) + s->len + 1);
}

void intern_set(struct identity *id, const char **to, const char *s, size_t len)
{
	const char *new = s ? intern_get(id, s, strnlen(s, len)) : NULL;

	intern_put(id, *to);
	*to = new;
}

/* ---- processes and their lives ---- */

struct proc *proc_new(struct identity *id, int32_t pid)
{
	struct proc *p = identity_alloc(id, sizeof(*p));

	p->pub = (struct process) {
		.pid = pid,
		.ppid = -1,
		.nspid = -1,
		.end = UINT64_MAX,
		.uid = UINT32_MAX,
		.comm = UNKNOWN_COMM,
		.index = id->next_process++,
	};
	p->dead = UINT64_MAX;
	p->parent = UINT32_MAX;
	p->next = id->procs;
	if (p->next)
		p->next->prev = p;
	id->procs = p;
	id->processes++;
	return p;
}

static void proc_free(struct identity *id, struct proc *p)
{
	if (p->prev)
		p->prev->next = p->next;
	else
		id->procs = p->next;
	if (p->next)
		p->next->prev = p->prev;
	intern_set(id, &p->pub.exe, NULL, 0);
	detail_free(id, p);
	identity_drop(id, p, sizeof(*p));
	id->processes--;
}

/* The end of a process is its group's, or that of its last life. */
static void proc_count_end(struct proc *p)
{
	uint64_t end = p->last_end;

	if (p->pub.threads) {
		p->pub.end = UINT64_MAX;
		return;
	}
	for (const struct life *l = p->lives; l; l = l->next)
		end = MAX(end, l->task.end);
	p->pub.end = p->dead != UINT64_MAX ? p->dead : end;
}

/* Who was thought to have gone with the others at a time lives on. */
static void reopen(struct identity *id, struct proc *p, uint64_t at)
{
	for (struct life *l = p->lives; l; l = l->next)
		if (l->ended == END_GROUP && l->task.end == at)
			life_reopen(id, l);
}

void proc_count_dead(struct identity *id, struct proc *p)
{
	uint64_t was = p->dead;

	p->dead = UINT64_MAX;
	for (const struct life *l = p->lives; l; l = l->next)
		if (l->flags & LIFE_GROUP_DEAD)
			p->dead = l->task.end;
	if (p->dead != was)
		reopen(id, p, was);
	proc_count_end(p);
}

void proc_life_changed(struct life *l, bool was_alive)
{
	struct proc *p = life_proc(l);

	if (!p)
		return;
	p->pub.threads -= was_alive;
	p->pub.threads += l->ended == END_NONE;
	if (!p->pub.threads || was_alive != (l->ended == END_NONE))
		proc_count_end(p);
}

static void proc_find_leader(struct proc *p)
{
	p->leader = NULL;
	for (struct life *l = p->lives; l; l = l->next)
		if (proc_leads(l, p) && (!p->leader || l->task.start > p->leader->task.start))
			p->leader = l;
	if (p->leader)
		memcpy(p->pub.comm, p->leader->last.comm, COMM_LEN);
}

static void proc_unlink(struct proc *p, struct life *l)
{
	if (l->prev)
		l->prev->next = l->next;
	else
		p->lives = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->next = l->prev = NULL;
	l->task.process = NULL;
	p->pub.threads -= l->ended == END_NONE;
	if (p->leader == l)
		proc_find_leader(p);
}

/* The life was another process's: nothing it told of this one holds. */
static void proc_detach(struct identity *id, struct life *l)
{
	struct proc *p = life_proc(l);

	proc_unlink(p, l);
	if (l->ended == END_GROUP)
		life_reopen(id, l);
	if (l->born & BORN_TAKEN)
		reopen(id, p, l->first);
	if (!p->lives)
		proc_free(id, p);
	else if (l->flags & LIFE_GROUP_DEAD)
		proc_count_dead(id, p);
	else
		proc_count_end(p);
}

/* The life is forgotten: what it told stays. */
void proc_bury(struct identity *id, struct life *l)
{
	struct proc *p = life_proc(l);

	if (!p)
		return;
	p->last_end = MAX(p->last_end, l->task.end);
	proc_unlink(p, l);
	if (!p->lives)
		proc_free(id, p);
}

void proc_attach(struct identity *id, struct life *l, struct proc *p)
{
	if (l->task.process == (struct process *)p)
		return;
	if (l->task.process)
		proc_detach(id, l);
	if (!p)
		return;
	l->next = p->lives;
	if (l->next)
		l->next->prev = l;
	p->lives = l;
	l->task.process = &p->pub;
	p->pub.threads += l->ended == END_NONE;
	if (proc_leads(l, p)) {
		if (!(l->born & BORN_TAKEN))
			p->pub.start = l->task.start;
		proc_find_leader(p);
	}
	proc_count_end(p);
	if (l->flags & LIFE_GROUP_DEAD)
		proc_group_dead(id, p, l->task.end);
	else if (p->dead != UINT64_MAX && l->ended == END_NONE && l->task.start <= p->dead)
		life_set_end(id, l, p->dead, END_GROUP);
}

struct proc *proc_lead(struct identity *id, struct life *l)
{
	struct proc *p = life_proc(l);

	if (p && proc_leads(l, p))
		return p;
	p = proc_new(id, l->task.tid);
	proc_attach(id, l, p);
	return p;
}

void proc_group_dead(struct identity *id, struct proc *p, uint64_t ts)
{
	p->dead = ts;
	for (struct life *l = p->lives; l; l = l->next)
		if (l->ended == END_NONE && l->task.start <= ts)
			life_set_end(id, l, ts, END_GROUP);
	proc_count_end(p);
}

void proc_set_exe(struct identity *id, struct proc *p, const char *exe, size_t len, uint64_t ts)
{
	if (p->exe_ts && ts <= p->exe_ts)
		return;
	p->exe_ts = ts;
	if (ts <= p->told) /* what was read of it is younger */
		return;
	intern_set(id, &p->pub.exe, exe, len);
	intern_set(id, &p->pub.cmdline, NULL, 0);
	p->detailed = false;
	p->failed = 0;
	watches_changed(id, &p->pub);
}

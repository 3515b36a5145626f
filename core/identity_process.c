/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_process: lives joined to processes, and what is known of a process.
 *
 * Owns the processes, their strings (one copy of each) and the births of the last seconds.
 * A thread belongs to its creator's process, but the creator's own birth may be learned
 * later: then the younger births are joined anew, in order of time. A process without
 * lives is freed at once.
 */
#include "core/identity_private.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

#define RECENT_NS  (5 * NSEC_PER_SEC) /* events are never that much out of order */
#define RECENT_MAX 65536

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
	intern_set(id, &p->pub.cgroup, NULL, 0);
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

static bool leads(const struct life *l, const struct proc *p)
{
	return l->task.tid == p->pub.pid;
}

static void proc_find_leader(struct proc *p)
{
	p->leader = NULL;
	for (struct life *l = p->lives; l; l = l->next)
		if (leads(l, p) && (!p->leader || l->task.start > p->leader->task.start))
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
	if (leads(l, p)) {
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

	if (p && leads(l, p))
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
	intern_set(id, &p->pub.exe, exe, len);
	p->exe_ts = ts;
	p->detailed = false;
}

/* ---- joining births ---- */

/* The life that made l, when it was known to live then. */
static struct life *creator_of(const struct identity *id, const struct life *l)
{
	struct life *c = life_at(id, l->creator, l->task.start);

	if (!c || c == l || c == id->idle || (c->ended == END_EVENT && c->task.end < l->task.start))
		return NULL;
	return c;
}

static void inherit(struct identity *id, struct proc *p, const struct life *l,
		    const struct proc *parent)
{
	uint32_t from = parent ? parent->pub.index : UINT32_MAX;
	bool other = from != p->parent;

	p->parent = from;
	p->pub.ppid = -1;
	if (parent)
		p->pub.ppid = l->flags & LIFE_SIBLING ? parent->pub.ppid : parent->pub.pid;
	if (p->detailed || p->exe_ts || (!parent && !other))
		return;
	/* What the parent was before an exec behind this birth we know only if we had it already.
	 */
	if (other || parent->exe_ts <= l->task.start)
		intern_set(id, &p->pub.exe,
			   parent && parent->exe_ts <= l->task.start ? parent->pub.exe : NULL,
			   SIZE_MAX);
	intern_set(id, &p->pub.cgroup, parent ? parent->pub.cgroup : NULL, SIZE_MAX);
	p->pub.uid = parent ? parent->pub.uid : UINT32_MAX;
}

static size_t recent_lower(const struct identity *id, uint64_t ts)
{
	size_t lo = 0, hi = id->recent_count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (id->recent[mid].ts < ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void proc_drop_exe(struct identity *id, struct proc *p, uint64_t since)
{
	const struct life *l;

	if (!p->exe_ts || p->exe_ts < since)
		return;
	intern_set(id, &p->pub.exe, NULL, 0);
	p->exe_ts = 0;
	p->detailed = false;
	/* The exec before that is its own. */
	for (size_t i = recent_lower(id, since); i-- > 0;) {
		const struct recent *r = &id->recent[i];

		l = !r->life && r->tid == p->pub.pid ? life_at(id, r->tid, r->ts) : NULL;
		if (l && life_proc(l) == p) {
			proc_set_exe(id, p, r->exe, SIZE_MAX, r->ts);
			return;
		}
	}
}

/* The leader's life turns out to be of another process: what it brought goes with it. */
static void proc_join(struct identity *id, struct life *l, struct proc *to)
{
	struct proc *from = life_proc(l);
	struct life *next;
	bool alone = true;

	if (from == to)
		return;
	if (!from) {
		proc_attach(id, l, to);
		return;
	}
	proc_drop_exe(id, from, l->first);
	for (const struct life *m = from->lives; m; m = m->next)
		alone &= m == l || !leads(m, from);
	for (struct life *m = from->lives; m; m = next) {
		next = m->next;
		if (m == l || alone)
			proc_attach(id, m, to);
	}
}

/* An exec took the tid of the leader: the process is the one the tid was of before. */
static void resolve_taken(struct identity *id, struct life *l)
{
	const struct life *newest = life_newest(id, l->task.tid), *before = NULL;

	for (unsigned i = lives_upper(newest, l->first); i-- > 0;)
		if (lives_get(newest, i) != l) {
			before = lives_get(newest, i);
			break;
		}
	if (before && life_proc(before) && leads(before, life_proc(before)))
		proc_join(id, l, life_proc(before));
}

/* Who execs under its own tid leads a process, which a fork alone could not tell. */
static void resolve_exec(struct identity *id, const struct recent *r)
{
	struct life *l = life_at(id, r->tid, r->ts), *c;
	struct proc *p;

	if (!l || (l->ended == END_EVENT && l->task.end < r->ts))
		return;
	/* A thread cannot: the birth of the one who could is still to come. */
	if (l->flags & LIFE_THREAD && !(l->born & BORN_TAKEN))
		return;
	p = proc_lead(id, l);
	c = l->creator && p->pub.ppid < 0 ? creator_of(id, l) : NULL;
	if (c && life_proc(c))
		inherit(id, p, l, life_proc(c));
	proc_set_exe(id, p, r->exe, SIZE_MAX, r->ts);
}

static void resolve(struct identity *id, const struct recent *r)
{
	struct life *l = r->life;
	const struct life *c;

	if (!l) {
		resolve_exec(id, r);
		return;
	}
	if (l->born & BORN_TAKEN) {
		resolve_taken(id, l);
		return;
	}
	c = creator_of(id, l);
	if (l->flags & LIFE_THREAD) {
		if (!(l->flags & LIFE_SURE) && (c || !l->task.process))
			proc_attach(id, l, c ? life_proc(c) : NULL);
	} else if (life_proc(l) && (!(l->flags & LIFE_SURE) || life_proc(l)->pub.ppid < 0)) {
		inherit(id, life_proc(l), l, c ? life_proc(c) : NULL);
	}
}

static void recent_cut(struct identity *id, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		intern_set(id, &id->recent[i].exe, NULL, 0);
	if (!n)
		return;
	id->recent_count -= n;
	memmove(id->recent + at, id->recent + at + n,
		(id->recent_count - at) * sizeof(*id->recent));
}

/* A full array first lets go of what is too old to matter. */
static void recent_make_room(struct identity *id, uint64_t ts)
{
	if (id->recent_count < id->recent_cap)
		return;
	if (ts > RECENT_NS)
		recent_cut(id, 0, recent_lower(id, ts - RECENT_NS));
	if (id->recent_count >= RECENT_MAX)
		recent_cut(id, 0, RECENT_MAX / 2);
	if (id->recent_count > id->recent_cap / 2 || !id->recent_cap)
		id->recent = identity_room(id, id->recent, id->recent_cap + 1, &id->recent_cap,
					   sizeof(*id->recent));
}

/* Behind what is there of the same time. */
static void recent_put(struct identity *id, const struct recent *r)
{
	size_t i;

	recent_make_room(id, r->ts);
	i = recent_lower(id, r->ts + 1);
	memmove(id->recent + i + 1, id->recent + i, (id->recent_count - i) * sizeof(*id->recent));
	id->recent[i] = *r;
	id->recent_count++;
}

void recent_add(struct identity *id, uint64_t ts, struct life *l)
{
	struct recent r = { .ts = ts, .life = l };

	for (size_t i = recent_lower(id, l->first); i < id->recent_count; i++)
		if (id->recent[i].life == l) {
			if (id->recent[i].ts == ts)
				return;
			recent_cut(id, i, 1);
			break;
		}
	recent_put(id, &r);
}

void recent_add_exec(struct identity *id, uint64_t ts, int32_t tid, const char *exe, size_t len)
{
	struct recent r = { .ts = ts, .tid = tid };

	intern_set(id, &r.exe, exe, len);
	recent_put(id, &r);
}

void recent_redo(struct identity *id, uint64_t from)
{
	for (size_t i = recent_lower(id, from); i < id->recent_count; i++)
		resolve(id, &id->recent[i]);
}

void recent_forget(struct identity *id, uint64_t ts)
{
	recent_cut(id, 0, recent_lower(id, ts));
}

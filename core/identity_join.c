/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_join: births and execs joined to processes.
 *
 * A thread belongs to its creator's process and an exec to whoever had the tid, but the birth
 * that settles this may be learned later. So the births and execs of the last seconds are
 * kept here, and when one comes late all younger ones are joined anew, in order of time.
 */
#include "core/identity_private.h"

#include <string.h>

#define RECENT_NS  (5 * NSEC_PER_SEC) /* events are never that much out of order */
#define RECENT_MAX 65536

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
	bool other = from != p->parent, same = parent && parent->exe_ts <= l->task.start;

	p->parent = from;
	p->pub.ppid = -1;
	if (parent)
		p->pub.ppid = l->flags & LIFE_SIBLING ? parent->pub.ppid : parent->pub.pid;
	if (p->detailed || p->told || (!parent && !other))
		return;
	/* What the parent was before an exec behind this birth we know only if we had it already.
	 */
	if (!p->exe_ts && (other || same)) {
		intern_set(id, &p->pub.exe, same ? parent->pub.exe : NULL, SIZE_MAX);
		intern_set(id, &p->pub.cmdline, same ? parent->pub.cmdline : NULL, SIZE_MAX);
	}
	detail_inherit(id, p, parent);
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
	intern_set(id, &p->pub.cmdline, NULL, 0);
	p->exe_ts = 0;
	p->detailed = false;
	p->failed = 0;
	/* The exec before that is its own. */
	for (size_t i = recent_lower(id, since); i-- > 0;) {
		const struct recent *r = &id->recent[i];

		l = !r->life && !r->is_move && r->tid == p->pub.pid ? life_at(id, r->tid, r->ts)
								    : NULL;
		if (l && life_proc(l) == p) {
			proc_set_exe(id, p, r->text, SIZE_MAX, r->ts);
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
		alone &= m == l || !proc_leads(m, from);
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
	if (before && life_proc(before) && proc_leads(before, life_proc(before)))
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
	proc_set_exe(id, p, r->text, SIZE_MAX, r->ts);
}

static void resolve_move(struct identity *id, const struct recent *r)
{
	struct life *l = life_at(id, r->tid, r->ts);

	if (!l || (l->ended == END_EVENT && l->task.end < r->ts))
		return;
	if (life_proc(l) && proc_leads(l, life_proc(l)))
		standing_put(id, life_proc(l), r->ts, r->root, r->text);
}

static void resolve(struct identity *id, const struct recent *r)
{
	struct life *l = r->life;
	const struct life *c;

	if (r->is_move) {
		resolve_move(id, r);
		return;
	}
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
		intern_set(id, &id->recent[i].text, NULL, 0);
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

	intern_set(id, &r.text, exe, len);
	recent_put(id, &r);
}

void recent_add_move(struct identity *id, uint64_t ts, int32_t tid, int root, const char *path,
		     size_t len)
{
	struct recent r = { .ts = ts, .tid = tid, .root = (int16_t)root, .is_move = true };

	intern_set(id, &r.text, path, len);
	recent_put(id, &r);
}

void recent_redo(struct identity *id, uint64_t from)
{
	for (size_t i = recent_lower(id, from); i < id->recent_count; i++)
		resolve(id, &id->recent[i]);
}

const struct process *identity_maker(const struct identity *id, const struct process *p,
				     uint32_t *ret_index)
{
	const struct proc *proc = (const struct proc *)p;
	const struct life *l = proc->leader, *c = l && l->creator ? creator_of(id, l) : NULL;
	const struct task *t;

	*ret_index = proc->parent;
	if (!c && proc->parent == UINT32_MAX && p->ppid > 0) {
		t = identity_task(id, p->ppid, p->start); /* the scan of /proc said so */
		c = (const struct life *)t;
	}
	if (!c || !c->task.process || c->task.process == p)
		return NULL;
	*ret_index = c->task.process->index;
	return c->task.process;
}

void recent_forget(struct identity *id, uint64_t ts)
{
	size_t kept = 0;

	recent_cut(id, 0, recent_lower(id, ts));
	if (!id->grave_count || id->graves[0].end >= ts)
		return;
	/* Facts in no sensible order: lives that ended before they were born go, too. */
	for (size_t i = 0; i < id->recent_count; i++) {
		const struct life *l = id->recent[i].life;

		if (!l || l->ended == END_NONE || l->task.end >= ts)
			id->recent[kept++] = id->recent[i];
	}
	id->recent_count = kept;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_names: what a thread called itself, by time.
 *
 * Owns the names of a life: the last one lies in the life itself, older ones in an array
 * that most threads never need. The first of all has no time of its own: it holds from the
 * beginning of the life. Renames come in any order and are put where their time says.
 */
#include "core/identity_private.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

void comm_copy(char to[COMM_LEN], const char *s, size_t len)
{
	len = strnlen(s, MIN(len, (size_t)COMM_LEN - 1));
	memcpy(to, s, len);
	memset(to + len, 0, COMM_LEN - len);
}

static unsigned names_count(const struct life *l)
{
	return (l->names ? l->names->n : 0) + 1;
}

static struct name *names_get(struct life *l, unsigned i)
{
	return l->names && i < l->names->n ? &l->names->v[i] : &l->last;
}

/* How many names began at or before ts; at least 1, the first counts as time 0. */
static unsigned names_upper(const struct life *l, uint64_t ts)
{
	unsigned lo = 1, hi = names_count(l), mid;

	if (ts >= l->last.since)
		return hi;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (names_get((struct life *)l, mid)->since <= ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const char *names_at(const struct life *l, uint64_t ts)
{
	return names_get((struct life *)l, names_upper(l, ts) - 1)->comm;
}

void names_span(const struct life *l, uint64_t ts, uint64_t *from, uint64_t *until)
{
	unsigned n = names_upper(l, ts);

	if (n > 1)
		*from = MAX(*from, names_get((struct life *)l, n - 1)->since);
	if (n < names_count(l))
		*until = MIN(*until, names_get((struct life *)l, n)->since);
}

uint64_t names_first(const struct life *l)
{
	return names_count(l) > 1 ? names_get((struct life *)l, 1)->since : UINT64_MAX;
}

static size_t names_bytes(uint32_t cap)
{
	return sizeof(struct names) + cap * sizeof(struct name);
}

static void names_unlink(struct identity *id, struct names *n)
{
	if (n->prev)
		n->prev->next = n->next;
	else
		id->renamed = n->next;
	if (n->next)
		n->next->prev = n->prev;
}

static void names_link(struct identity *id, struct names *n)
{
	n->prev = NULL;
	n->next = id->renamed;
	if (n->next)
		n->next->prev = n;
	id->renamed = n;
}

void names_free(struct identity *id, struct life *l)
{
	if (!l->names)
		return;
	names_unlink(id, l->names);
	identity_drop(id, l->names, names_bytes(l->names->cap));
	l->names = NULL;
}

/* Makes room for one more old name. */
static struct names *names_grow(struct identity *id, struct life *l)
{
	struct names *n = l->names;
	uint32_t cap;

	if (n && n->n < n->cap)
		return n;
	cap = n ? 2 * n->cap : 2;
	id->bytes += names_bytes(cap) - (n ? names_bytes(n->cap) : 0);
	if (n)
		names_unlink(id, n);
	n = xrealloc(n, 1, names_bytes(cap));
	if (!l->names)
		*n = (struct names) { .life = l };
	n->cap = cap;
	names_link(id, n);
	l->names = n;
	return n;
}

/* Puts a name at place i > 0. */
static void names_put(struct identity *id, struct life *l, unsigned i, const struct name *name)
{
	struct names *n = names_grow(id, l);
	struct name new = *name; /* it may lie in what moves */

	if (i > n->n) {
		n->v[n->n++] = l->last;
		l->last = new;
		return;
	}
	memmove(&n->v[i + 1], &n->v[i], (n->n - i) * sizeof(n->v[0]));
	n->v[i] = new;
	n->n++;
}

/* Takes the places [a, b) out, never place 0. */
static void names_cut(struct identity *id, struct life *l, unsigned a, unsigned b)
{
	struct names *n = l->names;

	if (a >= b)
		return;
	if (b > n->n) {
		l->last = n->v[a - 1];
		n->n = a - 1;
	} else {
		memmove(&n->v[a], &n->v[b], (n->n - b) * sizeof(n->v[0]));
		n->n -= b - a;
	}
	if (!n->n)
		names_free(id, l);
}

/* The process is called as its leader is now. */
static void names_tell(const struct life *l)
{
	struct proc *p = life_proc(l);

	if (p && p->leader == l)
		memcpy(p->pub.comm, l->last.comm, COMM_LEN);
}

void life_first_name(struct life *l, const char *comm, enum name_rank rank)
{
	struct name *first = names_get(l, 0);

	if (rank < l->rank || !comm)
		return;
	/* What it was called at some later time says nothing of the beginning. */
	if (rank < NAME_OLD && names_count(l) > 1)
		return;
	comm_copy(first->comm, comm, COMM_LEN);
	l->rank = rank;
	names_tell(l);
}

void life_rename(struct identity *id, struct life *l, uint64_t ts, const char *old,
		 const char *comm)
{
	struct name name = { .since = ts };
	unsigned i = names_upper(l, ts);
	const struct name *before = names_get(l, i - 1);

	comm_copy(name.comm, comm, COMM_LEN);
	/* The same hit seen through a second instance. */
	if (i > 1 && ts - before->since <= SAME_HIT_NS &&
	    !memcmp(before->comm, name.comm, COMM_LEN))
		return;
	names_put(id, l, i, &name);
	/* A name seen in /proc before this is older than the one given up here. */
	if (i == 1 && !(l->rank == NAME_PROC && ts > id->scan_end))
		life_first_name(l, old, NAME_OLD);
	names_tell(l);
}

void names_move(struct identity *id, struct life *from, struct life *to, uint64_t lo, uint64_t hi)
{
	unsigned a, b;

	if (lo >= hi)
		return;
	a = lo ? names_upper(from, lo - 1) : 1;
	b = names_upper(from, hi - 1);
	for (unsigned i = a; i < b; i++) {
		const struct name *name = names_get(from, i);

		names_put(id, to, names_upper(to, name->since), name);
	}
	names_cut(id, from, a, b);
	names_tell(from);
	names_tell(to);
}

void names_trim(struct identity *id, uint64_t ts)
{
	struct names *next;
	struct life *l;
	unsigned keep;

	for (struct names *n = id->renamed; n; n = next) {
		next = n->next;
		l = n->life;
		keep = names_upper(l, ts) - 1;
		if (!keep)
			continue;
		/* The name at ts becomes the first one, as sure as a name with a time is. */
		names_get(l, 0)[0] = *names_get(l, keep);
		names_get(l, 0)->since = 0;
		l->rank = NAME_BORN;
		names_cut(id, l, 1, keep + 1);
	}
}

void identity_hint(struct identity *id, int32_t tid, int32_t pid, const char *comm)
{
	struct life *l, *leader;

	if (!tid_valid(tid))
		return;
	l = life_newest(id, tid);
	if (!l) {
		l = life_insert(id, tid, 0, 0);
		l->first = UINT64_MAX; /* no time: it may be whoever comes first */
	}
	if (comm && l->rank <= NAME_HINT)
		life_first_name(l, comm, NAME_HINT);
	if (!tid_valid(pid) || l->task.process)
		return;
	leader = life_newest(id, pid);
	if (!leader) {
		leader = life_insert(id, pid, 0, 0);
		leader->first = UINT64_MAX;
	}
	proc_attach(id, l, proc_lead(id, leader));
}

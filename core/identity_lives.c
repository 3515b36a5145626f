/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_lives: births, ends and other facts put in their place in time.
 *
 * Owns the order of the lives of one tid: they never overlap, and each holds the facts of
 * its span. Facts come in any order, so a late one may cut a life in two or give a life
 * whose birth was not known its start. Knows nothing of records and of /proc.
 */
#include "core/identity_private.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

/* newtask and fork are one birth, told twice by the same CPU one behind the other. */
#define ONE_BIRTH_NS (100 * NSEC_PER_MSEC)

/* ---- the lives of a tid as a sequence ---- */

unsigned lives_count(const struct life *newest)
{
	if (!newest)
		return 0;
	return (newest->past ? newest->past->n : 0) + 1;
}

struct life *lives_get(const struct life *newest, unsigned i)
{
	struct past *p = newest->past;

	return p && i < p->n ? p->v[p->first + i] : (struct life *)newest;
}

unsigned lives_upper(const struct life *newest, uint64_t ts)
{
	unsigned lo = 0, hi = lives_count(newest), mid;

	if (!hi || ts >= newest->task.start)
		return hi;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (lives_get(newest, mid)->task.start <= ts)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct life *life_at(const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct life *newest = life_newest(id, tid);
	unsigned n = lives_upper(newest, ts);

	return n ? lives_get(newest, n - 1) : NULL;
}

static size_t past_bytes(uint32_t cap)
{
	return sizeof(struct past) + cap * sizeof(struct life *);
}

static struct past *past_put(struct identity *id, struct past *p, unsigned i, struct life *l)
{
	uint32_t cap = p ? p->cap : 0;

	if (p && p->first + p->n == cap && p->first > p->n) {
		memmove(p->v, p->v + p->first, p->n * sizeof(struct life *));
		p->first = 0;
	}
	if (!p || p->first + p->n == cap) {
		cap = cap ? 2 * cap : 4;
		id->bytes += past_bytes(cap) - (p ? past_bytes(p->cap) : 0);
		p = p ? xrealloc(p, 1, past_bytes(cap)) : xcalloc(1, past_bytes(cap));
		p->cap = cap;
	}
	memmove(&p->v[p->first + i + 1], &p->v[p->first + i], (p->n - i) * sizeof(struct life *));
	p->v[p->first + i] = l;
	p->n++;
	return p;
}

static void past_cut(struct past *p, unsigned i)
{
	p->n--;
	if (i == 0)
		p->first++;
	else
		memmove(&p->v[p->first + i], &p->v[p->first + i + 1],
			(p->n - i) * sizeof(struct life *));
}

/* Where the newest life of a valid tid is noted. */
static struct life **slot(struct identity *id, int32_t tid)
{
	struct life ***leaf = &id->leaves[tid >> LEAF_BITS];

	if (!*leaf)
		*leaf = identity_alloc(id, LEAF_SIZE * sizeof(struct life *));
	return &(*leaf)[tid & (LEAF_SIZE - 1)];
}

static void lives_put(struct identity *id, struct life **at, unsigned i, struct life *l)
{
	struct life *newest = *at;

	if (!newest) {
		*at = l;
	} else if (i == lives_count(newest)) {
		l->past = past_put(id, newest->past, i - 1, newest);
		newest->past = NULL;
		*at = l;
	} else {
		newest->past = past_put(id, newest->past, i, l);
	}
}

static void lives_cut(struct identity *id, struct life **at, struct life *l)
{
	struct life *newest = *at;
	struct past *p = newest->past;
	unsigned i = 0;

	if (l == newest) {
		*at = p ? p->v[p->first + p->n - 1] : NULL;
		if (p) {
			p->n--;
			(*at)->past = p;
			l->past = NULL;
			newest = *at;
		}
	} else {
		while (p->v[p->first + i] != l)
			i++;
		past_cut(p, i);
	}
	if (p && !p->n) {
		newest->past = NULL;
		identity_drop(id, p, past_bytes(p->cap));
	}
}

/* A life ends where the next one of its tid begins, if not before. */
static void fit(struct identity *id, struct life *l, const struct life *next)
{
	if (l->task.end > next->task.start)
		life_set_end(id, l, next->task.start, END_NEXT);
}

static void fit_around(struct identity *id, int32_t tid, unsigned i)
{
	const struct life *newest = life_newest(id, tid);

	if (i)
		fit(id, lives_get(newest, i - 1), lives_get(newest, i));
	if (i + 1 < lives_count(newest))
		fit(id, lives_get(newest, i), lives_get(newest, i + 1));
}

void life_reopen(struct identity *id, struct life *l)
{
	const struct life *newest = life_newest(id, l->task.tid);
	unsigned n = lives_upper(newest, l->task.start);

	if (n == lives_count(newest))
		life_set_end(id, l, UINT64_MAX, END_NONE);
	else
		life_set_end(id, l, lives_get(newest, n)->task.start, END_NEXT);
}

void life_set_start(struct life *l, uint64_t start)
{
	struct proc *p = life_proc(l);

	l->task.start = start;
	if (p && p->pub.pid == l->task.tid && !(l->born & BORN_TAKEN))
		p->pub.start = start;
}

struct life *life_insert(struct identity *id, int32_t tid, unsigned i, uint64_t start)
{
	struct life *l = identity_alloc(id, sizeof(*l));

	l->task = (struct task) {
		.tid = tid,
		.start = start,
		.end = UINT64_MAX,
		.index = id->next_task++,
	};
	l->first = start;
	comm_copy(l->last.comm, UNKNOWN_COMM, COMM_LEN);
	lives_put(id, slot(id, tid), i, l);
	id->tasks++;
	fit_around(id, tid, i);
	return l;
}

void life_delete(struct identity *id, struct life *l)
{
	lives_cut(id, slot(id, l->task.tid), l);
	proc_bury(id, l);
	names_free(id, l);
	identity_drop(id, l, sizeof(*l));
	id->tasks--;
}

/* ---- cutting a life in two ---- */

static bool ended_before(const struct life *l, uint64_t ts)
{
	return l->ended == END_EVENT && l->task.end < ts;
}

/* Life number i ends at ts at the latest; a new one behind it takes the facts from there on. */
static struct life *cut_above(struct identity *id, int32_t tid, unsigned i, uint64_t ts)
{
	struct life *l = lives_get(life_newest(id, tid), i), *new;
	uint64_t end = l->task.end;
	bool moves = l->ended == END_EVENT && end > ts;

	if (l->ended == END_EVENT && !moves)
		return life_insert(id, tid, i + 1, ts);
	new = life_insert(id, tid, i + 1, ts);
	names_move(id, l, new, ts, UINT64_MAX);
	if (moves) {
		new->flags |= l->flags &LIFE_GROUP_DEAD;
		life_set_end(id, new, end, END_EVENT);
		if (l->flags & LIFE_GROUP_DEAD) {
			l->flags &= ~LIFE_GROUP_DEAD;
			if (life_proc(l))
				proc_count_dead(id, life_proc(l));
		}
	}
	return new;
}

/*
 * The tid was taken over at l->first, but something was there between the life before and
 * that time: it gets a life of its own from ts on, and l begins where it is sure.
 */
static struct life *cut_below(struct identity *id, int32_t tid, unsigned i, uint64_t ts)
{
	struct life *l = lives_get(life_newest(id, tid), i), *new;

	life_set_start(l, l->first);
	new = life_insert(id, tid, i, ts);
	names_move(id, l, new, 0, l->first);
	return new;
}

/* A floating life begins where the one before is known to have ended. */
static void float_start(struct identity *id, int32_t tid, unsigned i)
{
	const struct life *newest = life_newest(id, tid), *before;
	struct life *l = lives_get(newest, i);

	if (l->born & ~BORN_TAKEN)
		return;
	before = i ? lives_get(newest, i - 1) : NULL;
	if (!before)
		life_set_start(l, 0);
	else if (before->ended == END_EVENT && before->task.end <= l->first)
		life_set_start(l, before->task.end);
}

/* ---- births ---- */

static bool same_hit(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) <= SAME_HIT_NS;
}

/* Is the birth the one this life began with? */
static bool same_birth(const struct identity *id, const struct life *l, const struct birth *b)
{
	uint64_t start = l->task.start;

	if (!l->born || (l->born & BORN_TAKEN) || ended_before(l, b->ts))
		return false;
	if (l->born == BORN_SCAN)
		return start <= b->ts + PROC_SLACK_NS &&
		       (b->ts <= start + PROC_SLACK_NS || b->ts <= id->scanned);
	if (l->creator != b->creator)
		return false;
	if (l->born & b->born && same_hit(start, b->ts))
		return true;
	if (b->born == BORN_FORK)
		return !(l->born & BORN_FORK) && start <= b->ts && b->ts - start < ONE_BIRTH_NS;
	return l->born == BORN_FORK && b->ts <= start && start - b->ts < ONE_BIRTH_NS;
}

static struct life *birth_place(struct identity *id, const struct birth *b)
{
	struct life *newest = life_newest(id, b->tid);
	unsigned n = lives_upper(newest, b->ts);
	struct life *l = n ? lives_get(newest, n - 1) : NULL;
	struct life *next = n < lives_count(newest) ? lives_get(newest, n) : NULL;

	if (l && same_birth(id, l, b)) {
		if (l->born == BORN_SCAN)
			life_set_start(l, b->ts);
		return l;
	}
	/* The later half of this birth came first; unless somebody ended in between. */
	if (next && same_birth(id, next, b) &&
	    !(l && l->ended == END_EVENT && l->task.end > b->ts)) {
		life_set_start(next, b->ts);
		fit_around(id, b->tid, n);
		return next;
	}
	if (!l)
		return life_insert(id, b->tid, 0, b->ts);
	if (l->born & BORN_TAKEN && l->first > b->ts)
		return cut_below(id, b->tid, n - 1, b->ts);
	if (!l->born && l->first >= b->ts) {
		life_set_start(l, b->ts);
		fit_around(id, b->tid, n - 1);
		return l;
	}
	return cut_above(id, b->tid, n - 1, b->ts);
}

struct life *life_born(struct identity *id, const struct birth *b)
{
	struct life *l = birth_place(id, b);

	l->born |= b->born;
	l->first = MIN(l->first, l->task.start);
	if (b->creator) {
		l->creator = b->creator;
		l->flags |= b->flags;
	}
	if (b->comm)
		life_first_name(l, b->comm, b->born == BORN_SCAN ? NAME_PROC : NAME_BORN);
	return l;
}

/* ---- other facts ---- */

/* Life number i gets its end; what was known of it behind that was another's. */
static struct life *end_at(struct identity *id, int32_t tid, unsigned i, uint64_t ts)
{
	const struct life *newest = life_newest(id, tid);
	struct life *l = lives_get(newest, i);
	struct life *next = i + 1 < lives_count(newest) ? lives_get(newest, i + 1) : NULL;
	bool more = l->ended == END_EVENT; /* at a later time, or we were not here */
	uint64_t end = l->task.end;

	if (next && next->born & BORN_TAKEN && !more) {
		names_move(id, l, next, ts + 1, UINT64_MAX);
	} else if (more || l->last.since > ts) {
		next = cut_above(id, tid, i, ts);
		/* cut_above takes what is at ts as well: a name in the same instant stays. */
		names_move(id, next, l, ts, ts + 1);
		next->first = MIN(names_first(next), more ? end : UINT64_MAX);
	}
	life_set_end(id, l, ts, END_EVENT);
	if (i + 1 < lives_count(life_newest(id, tid)))
		float_start(id, tid, i + 1);
	return l;
}

/* An end that no known life can have: one whose birth we never heard of. */
static struct life *end_unborn(struct identity *id, int32_t tid, unsigned i, uint64_t ts)
{
	struct life *l = life_insert(id, tid, i, ts);

	life_set_end(id, l, ts, END_EVENT);
	float_start(id, tid, i);
	return l;
}

static bool ended_near(const struct life *l, uint64_t ts)
{
	return l->ended == END_EVENT && same_hit(l->task.end, ts);
}

struct life *life_end(struct identity *id, int32_t tid, uint64_t ts, unsigned flags)
{
	const struct life *newest = life_newest(id, tid);
	unsigned n = lives_upper(newest, ts);
	struct life *l = n ? lives_get(newest, n - 1) : NULL;

	/* Seen through a second instance, perhaps behind the start that floats down to it. */
	if (n > 1 && !(l->born & ~BORN_TAKEN) && ended_near(lives_get(newest, n - 2), ts))
		l = lives_get(newest, n - 2);
	if (l && ended_near(l, ts))
		goto out;
	if (!l && ts < id->forgotten)
		return NULL;
	if (!l || ended_before(l, ts)) {
		l = end_unborn(id, tid, n, ts);
	} else if (l->born & BORN_TAKEN && ts < l->first) {
		struct life *new = cut_below(id, tid, n - 1, ts);

		names_move(id, new, l, ts + 1, UINT64_MAX);
		life_set_end(id, new, ts, END_EVENT);
		float_start(id, tid, n - 1);
		float_start(id, tid, n);
		l = new;
	} else {
		l = end_at(id, tid, n - 1, ts);
	}
out:
	l->flags |= flags;
	return l;
}

struct life *life_alive(struct identity *id, int32_t tid, uint64_t ts)
{
	const struct life *newest = life_newest(id, tid);
	unsigned n = lives_upper(newest, ts);
	struct life *l = n ? lives_get(newest, n - 1) : NULL;

	if (l && !ended_before(l, ts)) {
		if (!l->born)
			l->first = MIN(l->first, ts);
		return l;
	}
	l = life_insert(id, tid, n, ts);
	float_start(id, tid, n);
	return l;
}

struct life *life_taken(struct identity *id, int32_t tid, uint64_t ts)
{
	const struct life *newest = life_newest(id, tid);
	unsigned n = lives_upper(newest, ts);
	struct life *l = n ? lives_get(newest, n - 1) : NULL;
	struct life *next = n < lives_count(newest) ? lives_get(newest, n) : NULL;

	if (l && l->born & BORN_TAKEN && same_hit(l->first, ts))
		return l;
	if (next && next->born & BORN_TAKEN && same_hit(next->first, ts))
		return next;
	if (!l || ended_before(l, ts))
		l = life_insert(id, tid, n++, ts);
	else if (l->born & BORN_TAKEN && l->first > ts) /* and was taken once more */
		l = cut_below(id, tid, n - 1, ts);
	else if (l->born || n == 1) /* of the leader that was, until its end is known */
		l = cut_above(id, tid, n++ - 1, ts);
	l->born |= BORN_TAKEN;
	l->first = ts;
	float_start(id, tid, n - 1);
	return l;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_standing: in which control group a process was at a time.
 *
 * Nearly all stay where they were born and keep nothing here. Who moves has an array of where he
 * was before. Moves come in any order and through several instances; the first place has no time
 * of its own. A machine may have several hierarchies: the one whose path says most is followed.
 */
#include "core/identity_private.h"

#include <string.h>

#include "core/arena.h"

#define MOVES_MAX 64 /* who moves more often loses the oldest */

static size_t bytes_of(uint16_t cap)
{
	return sizeof(struct standings) + cap * sizeof(struct standing);
}

/* ---- one place ---- */

static void place_set(struct identity *id, const char **cgroup, const struct container **container,
		      const struct standing *to)
{
	const struct container *had = *container;

	intern_set(id, cgroup, to->cgroup, SIZE_MAX);
	*container = containers_ref(id->containers, to->container);
	containers_put(id->containers, had);
}

static void place_free(struct identity *id, struct standing *st)
{
	intern_set(id, &st->cgroup, NULL, 0);
	containers_put(id->containers, st->container);
}

static struct standing now_of(const struct proc *p)
{
	return (struct standing) {
		.since = p->moved ? p->moved->since : 0,
		.cgroup = p->pub.cgroup,
		.container = p->pub.container,
	};
}

/* Where it was number i; the last is where it is. */
static struct standing place(const struct proc *p, unsigned i)
{
	return p->moved && i < p->moved->n ? p->moved->v[i] : now_of(p);
}

/* The number of the place at ts. */
static unsigned number_at(const struct proc *p, uint64_t ts)
{
	const struct standings *m = p->moved;
	unsigned i;

	if (!m || ts >= m->since)
		return m ? m->n : 0;
	for (i = m->n; i > 1 && m->v[i - 1].since > ts; i--)
		;
	return i - (i > 0);
}

struct standing standing_at(const struct proc *p, uint64_t ts)
{
	return place(p, number_at(p, ts));
}

void standing_span(const struct proc *p, uint64_t ts, uint64_t *from, uint64_t *until)
{
	unsigned i = number_at(p, ts);

	if (!p->moved)
		return;
	*from = MAX(*from, place(p, i).since);
	if (i < p->moved->n)
		*until = MIN(*until, place(p, i + 1).since);
}

/* ---- moves ---- */

static struct standings *room(struct identity *id, struct proc *p)
{
	struct standings *m = p->moved;
	uint16_t cap;

	if (m && m->n == MOVES_MAX) {
		place_free(id, &m->v[0]);
		memmove(&m->v[0], &m->v[1], --m->n * sizeof(m->v[0]));
		m->v[0].since = 0;
	}
	if (m && m->n < m->cap)
		return m;
	cap = m ? (uint16_t)(2 * m->cap) : 1;
	id->bytes += bytes_of(cap) - (m ? bytes_of(m->cap) : 0);
	p->moved = xrealloc(m, 1, bytes_of(cap));
	if (!m)
		*p->moved = (struct standings) { .root = -1 };
	p->moved->cap = cap;
	return p->moved;
}

/* How much a path says: of version 2 more than of another hierarchy, a container more than all. */
static unsigned weight(const char *path, bool is_v2)
{
	struct container_path c;

	if (!path || !strcmp(path, "/"))
		return 0;
	container_parse(path, &c);
	return (is_v2 ? 2 : 1) + (c.kind != CONTAINER_NONE ? 2 : 0) + (*c.runtime ? 2 : 0);
}

/* Whether a path of this hierarchy is to be followed. */
static bool counts(const struct proc *p, uint64_t ts, int root, const char *path)
{
	if (p->moved && p->moved->root == root)
		return true;
	return weight(path, !root) >= weight(standing_at(p, ts).cgroup, true);
}

static bool same_path(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* Behind place number i. */
static void insert(struct identity *id, struct proc *p, unsigned i, struct standing *st)
{
	unsigned had = p->moved ? p->moved->n : 0;
	struct standings *m = room(id, p);

	i -= i && m->n < had; /* the oldest went */
	if (i == m->n) {
		m->v[m->n++] = now_of(p); /* what it holds goes with it */
		p->pub.cgroup = st->cgroup;
		p->pub.container = st->container;
		m->since = st->since;
		return;
	}
	memmove(&m->v[i + 2], &m->v[i + 1], (m->n - i - 1) * sizeof(m->v[0]));
	m->v[i + 1] = *st;
	m->n++;
}

void standing_put(struct identity *id, struct proc *p, uint64_t ts, int root, const char *path)
{
	unsigned i = number_at(p, ts), last = p->moved ? p->moved->n : 0;
	uint32_t home = id->pidns ? id->pidns : INITIAL_PIDNS, ns = p->pub.pidns;
	struct standing st = { .since = ts };

	if (!counts(p, ts, root, path)) {
		p->detailed &= !id->live; /* what it is now is read anew */
		return;
	}
	if (same_path(place(p, i).cgroup, path)) {
		if (p->moved)
			p->moved->root = (int16_t)root;
		return;
	}
	if (i < last && same_path(place(p, i + 1).cgroup, path)) { /* the same, seen before */
		*(i + 1 < last ? &p->moved->v[i + 1].since : &p->moved->since) = ts;
		return;
	}
	intern_set(id, &st.cgroup, path, SIZE_MAX);
	st.container = containers_get(id->containers, path, ns != home ? ns : 0);
	insert(id, p, i, &st);
	p->moved->root = (int16_t)root;
	watches_changed(id, &p->pub);
}

void standing_set_first(struct identity *id, struct proc *p, const struct standing *st)
{
	if (p->moved && p->moved->n)
		place_set(id, &p->moved->v[0].cgroup, &p->moved->v[0].container, st);
	else
		place_set(id, &p->pub.cgroup, &p->pub.container, st);
}

bool standing_knows(struct identity *id, struct proc *p, const char *path,
		    const struct container_told *names)
{
	unsigned n = p->moved ? p->moved->n : 0;

	for (unsigned i = 0; n && i <= n; i++) {
		struct standing st = place(p, i);

		if (!same_path(st.cgroup, path))
			continue;
		if (st.container)
			containers_tell(id->containers, st.container, names);
		return true;
	}
	return false;
}

void standing_drop(struct identity *id, struct proc *p, uint64_t since)
{
	struct standings *m = p->moved;

	while (m && m->n && m->since >= since) {
		struct standing now = now_of(p), *before = &m->v[--m->n];

		place_free(id, &now);
		p->pub.cgroup = before->cgroup;
		p->pub.container = before->container;
		m->since = before->since;
	}
}

void standing_free(struct identity *id, struct proc *p)
{
	struct standings *m = p->moved;

	for (unsigned i = 0; m && i < m->n; i++)
		place_free(id, &m->v[i]);
	if (m)
		identity_drop(id, m, bytes_of(m->cap));
	p->moved = NULL;
}

void identity_place(const struct process *p, uint64_t ts, const char **cgroup,
		    const struct container **container)
{
	struct standing st = standing_at((const struct proc *)p, ts);

	*cgroup = st.cgroup;
	*container = st.container;
}

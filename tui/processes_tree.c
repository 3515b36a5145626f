/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_tree: parents over their children.
 *
 * Who has no row (it gave no event, or is hidden) is passed over: its children stand below the
 * nearest ancestor that has one. Who is whose child comes from outside and may be a
 * ring: every row is placed once, whatever is said.
 */
#include "tui/processes.h"

#include <stdlib.h>

#include "core/arena.h"

#define ANCESTORS_MAX 64

/* All rows of process leaders by pid, the youngest of each. */
struct leaders {
	const struct processes *m;
	uint32_t *at; /* row + 1 */
	uint32_t mask;
};

static uint32_t *leader_place(const struct leaders *l, int32_t pid)
{
	uint32_t i = summary_hash((uint32_t)pid, 0) & l->mask;

	while (l->at[i] && l->m->rows[l->at[i] - 1].pid != pid)
		i = (i + 1) & l->mask;
	return &l->at[i];
}

static void find_leaders(struct leaders *l)
{
	uint32_t size = 16;

	while (size < l->m->count * 2)
		size *= 2;
	l->mask = size - 1;
	l->at = xcalloc(size, sizeof(*l->at));
	for (uint32_t i = 0; i < l->m->count; i++) {
		const struct process_row *r = &l->m->rows[i];
		uint32_t *place;

		if (r->pid <= 0 || r->tid != r->pid)
			continue;
		place = leader_place(l, r->pid);
		if (!*place || l->m->rows[*place - 1].first < r->first)
			*place = i + 1;
	}
}

/* The parent's pid of somebody who has no row. */
static int32_t ppid_of(const struct identity *id, int32_t pid, uint64_t ts)
{
	const struct task *t = id ? identity_task(id, pid, ts) : NULL;

	return t && t->process ? t->process->ppid : -1;
}

/* The row + 1 of the nearest ancestor that is shown; 0: none. */
static uint32_t ancestor(const struct leaders *l, const struct identity *id, uint32_t row)
{
	const struct process_row *r = &l->m->rows[row];
	int32_t pid = r->pid != r->tid ? r->pid : r->ppid;

	for (unsigned i = 0; i < ANCESTORS_MAX && pid > 0; i++) {
		uint32_t at = *leader_place(l, pid);

		if (at == row + 1)
			return 0;
		if (at && l->m->rows[at - 1].shown)
			return at;
		pid = at ? l->m->rows[at - 1].ppid : ppid_of(id, pid, r->first);
	}
	return 0;
}

/* The children of each row, as lists whose heads are the last ones. */
struct branches {
	uint32_t *child, *next; /* row + 1 */
	uint32_t *stack;
	bool *placed;
	uint32_t *order; /* as it was: flat */
};

/* Places a row and all below it, from position at on; returns the next position. */
static uint32_t place_branch(struct processes *m, struct branches *b, uint32_t root, uint32_t at)
{
	uint32_t top = 0;

	b->stack[top++] = root;
	while (top) {
		uint32_t row = b->stack[--top];
		struct process_row *r = &m->rows[row];

		if (b->placed[row])
			continue;
		b->placed[row] = true;
		m->order[at++] = row;
		r->depth = 0;
		if (r->parent)
			r->depth = (uint16_t)MIN(m->rows[r->parent - 1].depth + 1, UINT16_MAX);
		for (uint32_t c = b->child[row]; c; c = b->next[c - 1])
			b->stack[top++] = c - 1;
	}
	return at;
}

static void place_all(struct processes *m, struct branches *b)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < m->shown; i++)
		if (!m->rows[b->order[i]].parent)
			at = place_branch(m, b, b->order[i], at);
	/* What is left is in rings: the first of each is cut loose. */
	for (uint32_t i = 0; i < m->shown; i++) {
		if (b->placed[b->order[i]])
			continue;
		m->rows[b->order[i]].parent = 0;
		at = place_branch(m, b, b->order[i], at);
	}
}

static void add_up(struct processes *m)
{
	for (uint32_t i = m->shown; i-- > 0;) {
		const struct process_row *r = &m->rows[m->order[i]];

		if (r->parent)
			m->rows[r->parent - 1].subtree += r->subtree;
	}
}

void processes_nest(struct processes *m, struct identity *id)
{
	struct leaders leaders = { .m = m };
	struct branches b = {
		.child = xcalloc(m->count + 1, sizeof(*b.child)),
		.next = xcalloc(m->count + 1, sizeof(*b.next)),
		.stack = xcalloc((size_t)m->count + 1, sizeof(*b.stack)),
		.placed = xcalloc(m->count + 1, sizeof(*b.placed)),
		.order = xcalloc(m->shown + 1, sizeof(*b.order)),
	};

	find_leaders(&leaders);
	for (uint32_t i = 0; i < m->shown; i++) {
		uint32_t row = m->order[i], parent = ancestor(&leaders, id, row);

		b.order[i] = row;
		m->rows[row].parent = parent;
		if (!parent)
			continue;
		b.next[row] = b.child[parent - 1];
		b.child[parent - 1] = row + 1;
	}
	place_all(m, &b);
	add_up(m);
	free(leaders.at);
	free(b.child);
	free(b.next);
	free(b.stack);
	free(b.placed);
	free(b.order);
}

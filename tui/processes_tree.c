/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_tree: parents over their children.
 *
 * Who has no row (it gave no event, or is hidden) is passed over: its children stand below the
 * nearest ancestor that has one. Who made whom goes by the running numbers of processes, so that an
 * orphan stays below who made it, whoever has that pid by now. Who is whose child comes from
 * outside and may be a ring: every row is placed once, whatever is said.
 */
#include "tui/processes.h"

#include <stdlib.h>

#include "core/arena.h"

#define ANCESTORS_MAX 64

/* The rows of processes, of threads those of the leaders, by the number of the process. */
struct leaders {
	const struct processes *m;
	uint32_t *at; /* row + 1 */
	uint32_t mask;
};

static uint32_t *leader_place(const struct leaders *l, uint32_t process)
{
	uint32_t i = summary_hash(process, 0) & l->mask;

	while (l->at[i] && l->m->rows[l->at[i] - 1].process != process)
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

		if (r->process && r->tid == r->pid)
			*leader_place(l, r->process) = i + 1;
	}
}

/* The process of a row, while the identity table has it. */
static const struct process *process_of(const struct identity *id, const struct process_row *r)
{
	const struct task *t = id && r->tid >= 0 ? identity_task(id, r->tid, r->last) : NULL;

	return t && t->process && t->process->index + 1 == r->process ? t->process : NULL;
}

/*
 * The row + 1 of the nearest ancestor that is shown; 0: none. Who has no row is known to the
 * identity table alone, who was forgotten there only by what its row noted.
 */
static uint32_t ancestor(const struct leaders *l, const struct identity *id, uint32_t row)
{
	const struct process_row *r = &l->m->rows[row];
	const struct process *p = process_of(id, r);
	uint32_t process = r->pid != r->tid ? r->process : r->maker, at, index;

	if (r->pid == r->tid && p)
		p = identity_maker(id, p, &index);
	for (unsigned i = 0; i < ANCESTORS_MAX && process; i++) {
		at = *leader_place(l, process);
		if (at == row + 1)
			return 0;
		if (at && l->m->rows[at - 1].shown)
			return at;
		if (at)
			p = p ? p : process_of(id, &l->m->rows[at - 1]);
		if (p)
			p = identity_maker(id, p, &index);
		else
			index = UINT32_MAX;
		process = at ? l->m->rows[at - 1].maker : index != UINT32_MAX ? index + 1 : 0;
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
		struct process_row *above = r->parent ? &m->rows[r->parent - 1] : NULL;

		if (!above)
			continue;
		above->subtree += r->subtree;
		above->subrate += r->subrate;
		above->below += r->below + 1;
	}
}

void processes_hide_folded(struct processes *m)
{
	uint32_t to = 0;

	for (uint32_t i = 0; i < m->shown;) {
		const struct process_row *r = &m->rows[m->order[i]];

		m->order[to++] = m->order[i];
		i += 1 + (r->folded ? r->below : 0); /* they stand right behind it */
	}
	m->shown = to;
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
		m->rows[row].subtree = m->rows[row].events;
		m->rows[row].subrate = m->rows[row].rate;
		m->rows[row].below = 0;
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

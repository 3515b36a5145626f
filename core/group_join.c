/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_join: the bound on memory.
 *
 * First what nobody refers to is let go: strings of a last(FIELD) that is another now, people of no
 * group. If that is not enough the lightest half of the groups, of equal ones those that were
 * silent for longest, become part of "other": counts, sums and histograms are merged and stay
 * exact.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/group_private.h"

#define NOT_USED UINT32_MAX

/* ---- what nobody refers to ---- */

struct moving {
	const struct group_table *t;
	struct group_strings strings;
	struct group_people people;
	uint32_t *numbers; /* new ones of strings; NOT_USED */
};

static void move_atom(struct group_atom *a, void *data)
{
	struct moving *m = data;
	const struct group_string *s;

	if (a->class == CLASS_PROCESS || a->class == CLASS_THREAD) {
		group_people_copy(&m->people, group_person(m->t, *a));
		return;
	}
	if (a->class != CLASS_TEXT)
		return;
	if (m->numbers[a->v] == NOT_USED) {
		s = m->t->strings.all[a->v];
		m->numbers[a->v] = group_strings_put(&m->strings, s->text, s->len);
	}
	a->v = m->numbers[a->v];
}

static void move_group(struct moving *m, struct group *g)
{
	for (unsigned i = 0; i < m->t->spec->key_count; i++) {
		struct group_atom a = group_key_atom(g, i);

		move_atom(&a, m);
		g->values[i] = a.v;
	}
	group_parts_each(m->t, g, move_atom, m);
}

/* Keeps the strings and people that groups refer to, and no others. */
static void sweep(struct group_table *t)
{
	struct moving m = { .t = t, .strings.seed = t->strings.seed };

	m.numbers = xcalloc(t->strings.count, sizeof(*m.numbers));
	memset(m.numbers, 0xff, t->strings.count * sizeof(*m.numbers));
	for (uint32_t i = 0; i < t->count; i++)
		move_group(&m, group_at(t, i));
	if (t->other)
		group_parts_each(t, t->other, move_atom, &m);
	free(m.numbers);
	group_strings_clear(&t->strings);
	group_people_done(&t->people);
	t->strings = m.strings;
	t->people = m.people;
	group_forget_plans(t);
	group_rehash(t, 2 * t->count);
}

/* ---- the lightest half ---- */

static int by_weight(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void put_into_other(struct group_table *t, struct group *g)
{
	struct group *other = t->other;

	if (!other) {
		other = t->other = xcalloc(1, t->stride);
		other->first = g->first;
	}
	other->count += g->count;
	other->first = MIN(other->first, g->first);
	other->last = MAX(other->last, g->last);
	group_parts_merge(t, other, g);
	g->count = 0; /* no other group has none */
	t->joined++;
}

/* Closes the gaps. */
static void close_up(struct group_table *t)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		struct group *g = group_at(t, i);

		if (!g->count)
			continue;
		if (kept != i)
			memcpy(group_at(t, kept), g, t->stride);
		kept++;
	}
	t->count = kept;
	group_trim_blocks(t);
}

static void join_half(struct group_table *t)
{
	struct group **order = xcalloc(t->count, sizeof(struct group *));

	if (!t->sure)
		t->sure = t->next_id;
	for (uint32_t i = 0; i < t->count; i++)
		order[i] = group_at(t, i);
	qsort(order, t->count, sizeof(struct group *), by_weight);
	for (uint32_t i = 0; i < t->count / 2; i++)
		put_into_other(t, order[i]);
	free(order);
	close_up(t);
}

void group_join(struct group_table *t)
{
	sweep(t);
	/* Room for a while, or it would have to be done again at once. */
	while (group_grown(t) > t->memory / 4 * 3 && t->count > 1) {
		join_half(t);
		sweep(t);
	}
	t->full = false;
}

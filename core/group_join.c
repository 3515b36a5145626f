/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_join: the bound on memory.
 *
 * What nobody refers to is let go: strings of a last(FIELD) that is another now, people of no
 * group. Where that is not enough the lightest half of the groups, of equal ones those that were
 * silent for longest, become part of "other": counts, sums and histograms are merged and stay
 * exact. Which half that is a sample says.
 *
 * What stays is copied into a table of its own, in steps for those who have time between rows, and
 * takes the place of what was at once: until then nothing that is looked at changes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/group_private.h"

#define NOT_USED UINT32_MAX
#define SAMPLE	 1023 /* groups that say what is light */
#define STEP	 64   /* groups between two looks at the clock */
#define HEADROOM 16   /* this part of the bound is kept free by those who go in steps */

struct weight {
	uint64_t count, last, id;
};

struct group_joining {
	struct group_table *to; /* what stays; once that is done, what was there before */
	uint32_t *numbers;	/* new ones of strings; NOT_USED */
	struct weight limit;	/* those below go; nobody is below nothing */
	uint64_t joined;
	uint32_t at;   /* group */
	bool clearing; /* what stays has taken its place */
};

/* ---- the lightest half ---- */

static struct weight weight_of(const struct group *g)
{
	return (struct weight) { g->count, g->last, g->id };
}

static bool is_below(const struct weight *a, const struct weight *b)
{
	if (a->count != b->count)
		return a->count < b->count;
	return a->last != b->last ? a->last < b->last : a->id < b->id;
}

static int by_weight(const void *a, const void *b)
{
	return is_below(b, a) - is_below(a, b);
}

static struct weight middle(const struct group_table *t)
{
	uint32_t count = MIN(t->count, SAMPLE);
	struct weight w[SAMPLE];

	for (uint32_t i = 0; i < count; i++)
		w[i] = weight_of(group_at(t, (uint32_t)((uint64_t)i * t->count / count)));
	qsort(w, count, sizeof(w[0]), by_weight);
	return w[count / 2];
}

static bool is_light(const struct group_joining *j, const struct group *g)
{
	struct weight w = weight_of(g);

	return is_below(&w, &j->limit);
}

/* Whether there may be much that no group refers to: then it goes first, by itself. */
static bool has_litter(const struct group_table *t)
{
	size_t all = group_grown(t), texts = group_strings_bytes(&t->strings);
	bool latest = false;

	if (t->people.slots)
		texts += (t->people.mask + 1) * sizeof(*t->people.slots);
	for (unsigned i = 0; i < t->part_count; i++)
		latest |= t->parts[i].kind == PART_LATEST;
	return texts > (latest ? all / 4 : all / 4 * 3);
}

/* ---- what stays ---- */

struct moving {
	const struct group_table *t;
	struct group_joining *j;
};

static void move_atom(struct group_atom *a, void *data)
{
	struct moving *m = data;
	struct group_table *to = m->j->to;
	uint32_t *number;

	if (a->class == CLASS_PROCESS || a->class == CLASS_THREAD) {
		group_people_copy(&to->people, group_person(m->t, *a));
		return;
	}
	if (a->class != CLASS_TEXT)
		return;
	number = &m->j->numbers[a->v];
	if (*number == NOT_USED) {
		const struct group_string *s = m->t->strings.all[a->v];

		*number = group_strings_put(&to->strings, s->text, s->len);
	}
	a->v = *number;
}

static void keep(struct moving *m, const struct group *from)
{
	struct group_table *to = m->j->to;
	struct group *g = group_append(to);

	memcpy(g, from, to->stride);
	for (unsigned i = 0; i < to->spec->key_count; i++) {
		struct group_atom a = group_key_atom(g, i);

		move_atom(&a, m);
		g->values[i] = a.v;
	}
	group_parts_each(to, g, move_atom, m);
	to->heap += group_parts_bytes(to, g);
	group_place(to, to->count - 1);
}

/* Texts and people of "other" are the old ones until all is done. */
static void put_into_other(struct group_joining *j, struct group *g)
{
	struct group_table *to = j->to;
	struct group *other = to->other;

	if (!other) {
		other = to->other = xcalloc(1, to->stride);
		other->first = g->first;
	}
	other->count += g->count;
	other->first = MIN(other->first, g->first);
	other->last = MAX(other->last, g->last);
	group_parts_merge(to, other, g);
	j->joined++;
}

static void begin(struct group_table *t, bool halve)
{
	struct group_joining *j = xcalloc(1, sizeof(*j));
	struct group_table *to = j->to = xcalloc(1, sizeof(*to));

	j->numbers = xcalloc(t->strings.count, sizeof(*j->numbers));
	memset(j->numbers, 0xff, t->strings.count * sizeof(*j->numbers));
	if (halve && t->count > 1)
		j->limit = middle(t);
	to->spec = t->spec;
	to->stride = t->stride;
	to->part_count = t->part_count;
	memcpy(to->parts, t->parts, sizeof(to->parts));
	to->strings.seed = t->strings.seed;
	group_rehash(to, halve ? t->count : 2 * t->count);
	if (t->other) {
		to->other = xcalloc(1, t->stride);
		group_copy_one(to, to->other, t->other);
	}
	t->joining = j;
	t->full = true; /* a row that comes meanwhile ends it */
}

static void swap_strings(struct group_strings *a, struct group_strings *b)
{
	struct group_strings was = *a;

	*a = *b;
	*b = was;
}

#define SWAP(member)                                                                               \
	do {                                                                                       \
		__typeof__(a->member) was = a->member;                                             \
		a->member = b->member;                                                             \
		b->member = was;                                                                   \
	} while (0)

/* What groups are, and what they need. */
static void swap_tables(struct group_table *a, struct group_table *b)
{
	SWAP(blocks);
	SWAP(count);
	SWAP(block_count);
	SWAP(block_cap);
	SWAP(slots);
	SWAP(mask);
	SWAP(other);
	SWAP(heap);
	SWAP(people);
	swap_strings(&a->strings, &b->strings);
}

static void take_place(struct group_table *t)
{
	struct group_joining *j = t->joining;
	struct moving m = { .t = t, .j = j };

	if (j->to->other)
		group_parts_each(j->to, j->to->other, move_atom, &m);
	swap_tables(t, j->to);
	if (j->joined && !t->sure)
		t->sure = t->next_id;
	t->joined += j->joined;
	group_forget_plans(t);
	j->clearing = true;
	j->at = 0;
}

/* ---- what was ---- */

/* Those who stayed have taken with them what is theirs. */
static void clear_group(struct group_joining *j, struct group *g)
{
	if (is_light(j, g))
		group_parts_done(j->to, g);
	if ((j->at + 1) % GROUP_BLOCK)
		return;
	free(j->to->blocks[j->at / GROUP_BLOCK]);
	j->to->blocks[j->at / GROUP_BLOCK] = NULL;
}

static void clear_rest(struct group_table *to)
{
	if (to->other)
		group_parts_done(to, to->other);
	free(to->other);
	for (uint32_t i = 0; i < to->block_count; i++)
		free(to->blocks[i]);
	free(to->blocks);
	free(to->slots);
	group_strings_clear(&to->strings);
	group_people_done(&to->people);
	free(to);
}

void group_join_drop(struct group_table *t)
{
	struct group_joining *j = t->joining;

	if (!j)
		return;
	/* Not all stay: what those who were copied have is still the table's. */
	for (; j->clearing && j->at < j->to->count; j->at++)
		clear_group(j, group_at(j->to, j->at));
	clear_rest(j->to);
	free(j->numbers);
	free(j);
	t->joining = NULL;
}

const struct group_people *group_join_people(const struct group_table *t)
{
	return &t->joining->to->people;
}

/* ---- steps ---- */

/* Some groups; true when there are more. */
static bool step(struct group_table *t)
{
	struct group_joining *j = t->joining;
	const struct group_table *from = j->clearing ? j->to : t;
	uint32_t end = MIN(j->at + STEP, from->count);
	struct moving m = { .t = t, .j = j };

	for (; j->at < end; j->at++) {
		struct group *g = group_at(from, j->at);

		if (j->clearing)
			clear_group(j, g);
		else if (is_light(j, g))
			put_into_other(j, g);
		else
			keep(&m, g);
	}
	return end < from->count;
}

/* Room for a while, or it would have to be done again at once. */
static bool is_enough(const struct group_table *t)
{
	return group_grown(t) <= t->memory / 4 * 3 || t->count <= 1;
}

/* True when there is more to do. */
static bool go_on(struct group_table *t)
{
	if (step(t))
		return true;
	if (!t->joining->clearing) {
		take_place(t);
		return true;
	}
	group_join_drop(t);
	if (is_enough(t)) {
		t->full = false;
		return false;
	}
	begin(t, true);
	return true;
}

void group_join(struct group_table *t)
{
	if (!t->joining)
		begin(t, group_grown(t) > t->memory && !has_litter(t));
	while (go_on(t))
		;
}

/* Soon beyond the bound; the hash doubles at once. */
static bool is_nearly_full(const struct group_table *t)
{
	size_t grown = group_grown(t);

	if (t->slots && t->count > t->mask / 2 - t->mask / HEADROOM)
		grown += (t->mask + 1) * sizeof(*t->slots);
	return grown > t->memory - t->memory / HEADROOM && t->count > 1;
}

bool group_work(struct group_table *t, uint64_t until)
{
	if (!t->joining && !t->full && !is_nearly_full(t))
		return false;
	if (!t->joining)
		begin(t, !has_litter(t));
	while (go_on(t))
		if (clock_mono() >= until)
			return true;
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group: the table. A hash of tuples to groups, which lie in blocks and never move while rows come.
 *
 * Where only threads and schemas tell rows apart, the group of a row is looked up by those and its
 * tuple is not even made: most rows cost one look into a small table.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/arena.h"
#include "core/group_private.h"
#include "core/who.h"

#define MEMORY (64u << 20)
#define FIRST  64 /* places of the hash */

#define HOT  static inline __attribute__((always_inline))
#define COLD static __attribute__((noinline))

/* A tuple. */
struct tuple {
	uint64_t classes;
	uint64_t values[GROUP_KEYS];
};

/* ---- the table ---- */

struct group_table *group_new(const struct group_conf *c)
{
	struct group_table *t = xcalloc(1, sizeof(*t));

	t->spec = c->spec;
	t->identity = c->identity;
	t->memory = c->memory ? c->memory : MEMORY;
	t->who = who_new();
	if (getrandom(&t->strings.seed, sizeof(t->strings.seed), GRND_NONBLOCK) < 0)
		t->strings.seed = (uint64_t)(uintptr_t)t; /* young machines */
	t->next_id = 1;
	t->stamp = 1;
	/* Who is in a group may be gone when its rows are final. */
	for (unsigned i = 0; i < t->spec->key_count && t->identity; i++)
		if (t->spec->keys[i].kind >= GROUP_EXE && t->spec->keys[i].kind <= GROUP_CONTAINER)
			identity_want(t->identity);
	group_parts_prepare(t);
	group_keys_prepare(t);
	return t;
}

void group_forget_plans(struct group_table *t)
{
	for (uint32_t i = 0; i < t->plan_count; i++) {
		free(t->plans[i]);
		t->plans[i] = NULL;
	}
	t->nobody.last = NULL;
	if (!++t->stamp) {
		memset(t->memos, 0, sizeof(t->memos));
		memset(t->hits, 0, sizeof(t->hits));
		t->stamp = 1;
	}
}

static void trim_blocks(struct group_table *t)
{
	uint32_t needed = (t->count + GROUP_BLOCK - 1) / GROUP_BLOCK;

	while (t->block_count > needed)
		free(t->blocks[--t->block_count]);
}

/* No group any more, and nothing that groups need. */
static void clear(struct group_table *t)
{
	group_join_drop(t);
	for (uint32_t i = 0; i < t->count; i++)
		group_parts_done(t, group_at(t, i));
	if (t->other)
		group_parts_done(t, t->other);
	free(t->other);
	t->other = NULL;
	t->count = 0;
	trim_blocks(t);
	free(t->slots);
	t->slots = NULL;
	t->mask = 0;
	group_strings_clear(&t->strings);
	group_people_done(&t->people);
	group_forget_plans(t);
}

void group_free(struct group_table *t)
{
	if (!t)
		return;
	clear(t);
	who_free(t->who);
	strbuf_done(&t->said);
	free(t->blocks);
	free(t->plans);
	free(t);
}

/* Numbers of groups go on, so that nobody takes one for another. */
static void restart(void *data)
{
	struct group_table *t = data;

	clear(t);
	t->joined = t->rows = t->lacking = 0;
	t->sure = t->span_rows = 0;
	t->ticked = 0;
	t->rated = t->full = false;
	for (unsigned i = 0; i < t->part_count; i++)
		t->parts[i].of = NULL;
}

/* ---- memory ---- */

size_t group_grown(const struct group_table *t)
{
	return t->block_count * GROUP_BLOCK * t->stride +
	       (t->slots ? (t->mask + 1) * sizeof(*t->slots) : 0) +
	       group_strings_bytes(&t->strings) +
	       (t->people.slots ? (t->people.mask + 1) * sizeof(*t->people.slots) : 0) + t->heap;
}

size_t group_bytes(const struct group_table *t)
{
	return sizeof(*t) + group_grown(t) + t->plan_count * sizeof(struct group_plan *) +
	       t->block_cap * sizeof(uint8_t *);
}

void group_check_bound(struct group_table *t)
{
	t->full = group_grown(t) > t->memory;
}

/* ---- groups ---- */

static uint64_t hash_of(const struct group_table *t, uint64_t classes, const uint64_t *values)
{
	unsigned keys = t->spec->key_count;
	uint64_t h = hash_step(t->strings.seed, classes);

	for (unsigned i = 0; i < keys; i++)
		h = hash_step(h, values[i]);
	return h ^ h >> 32;
}

HOT bool is_tuple(const struct group *g, unsigned keys, const struct tuple *tu)
{
	if (g->classes != tu->classes)
		return false;
	for (unsigned i = 0; i < keys; i++)
		if (g->values[i] != tu->values[i])
			return false;
	return true;
}

void group_place(struct group_table *t, uint32_t row)
{
	const struct group *g = group_at(t, row);
	uint64_t hash = hash_of(t, g->classes, g->values);
	uint32_t at = (uint32_t)hash & t->mask;

	while (t->slots[at].number)
		at = (at + 1) & t->mask;
	t->slots[at] = (struct group_slot) { (uint32_t)(hash >> 32), row + 1 };
}

void group_rehash(struct group_table *t, uint32_t wanted)
{
	uint32_t places = FIRST;

	while (places / 2 < wanted)
		places *= 2;
	free(t->slots);
	t->slots = xcalloc(places, sizeof(*t->slots));
	t->mask = places - 1;
	for (uint32_t i = 0; i < t->count; i++)
		group_place(t, i);
}

struct group *group_append(struct group_table *t)
{
	if (t->count == t->block_count * GROUP_BLOCK) {
		if (t->block_count == t->block_cap) {
			t->block_cap = MAX(2 * t->block_cap, 16);
			t->blocks = xrealloc(t->blocks, t->block_cap, sizeof(uint8_t *));
		}
		t->blocks[t->block_count++] = xcalloc(GROUP_BLOCK, t->stride);
	}
	return group_at(t, t->count++);
}

COLD struct group *new_group(struct group_table *t, const struct tuple *tu, const struct row *r)
{
	struct group *g = group_append(t);

	memset(g, 0, t->stride);
	g->id = t->next_id++;
	g->classes = tu->classes;
	memcpy(g->values, tu->values, t->spec->key_count * sizeof(uint64_t));
	g->schema = r->schema;
	g->first = r->ts;
	g->last = r->ts;
	if (!t->slots || t->count > t->mask / 2)
		group_rehash(t, 2 * t->count);
	else
		t->slots[t->free_slot] = (struct group_slot) { t->free_hash, t->count };
	group_check_bound(t);
	return g;
}

/* The group of a tuple, made when it is new. */
static struct group *get_group(struct group_table *t, const struct tuple *tu, const struct row *r)
{
	unsigned keys = t->spec->key_count;
	uint64_t hash = hash_of(t, tu->classes, tu->values);
	uint32_t at = (uint32_t)hash & t->mask, upper = (uint32_t)(hash >> 32);

	for (; t->slots && t->slots[at].number; at = (at + 1) & t->mask) {
		struct group *g;

		if (t->slots[at].hash != upper)
			continue;
		g = group_at(t, t->slots[at].number - 1);
		if (likely(is_tuple(g, keys, tu)))
			return g;
	}
	t->free_slot = at;
	t->free_hash = upper;
	return new_group(t, tu, r);
}

/* ---- rows ---- */

HOT struct group_memo *memo_of(struct group_table *t, const struct row *r)
{
	return t->by_thread ? group_memo_of(t, r) : &t->nobody;
}

/* The group of a row by its tuple; NULL when the row lacks a key. Apart, for its tuple is of a size
 * that those who need none would pay for. */
COLD struct group *find_by_tuple(struct group_table *t, const struct row *r)
{
	const struct group_plan *plan = group_plan_of(t, r->schema);
	unsigned keys = t->spec->key_count;
	struct group_memo *m;
	struct tuple tu = { 0 };

	if (plan->lacks)
		return NULL;
	m = memo_of(t, r);
	for (unsigned i = 0; i < keys; i++) {
		struct group_atom a;

		if (unlikely(!group_read(t, &plan->reads[i], r, m, &a)))
			return NULL;
		tu.values[i] = a.v;
		tu.classes |= (uint64_t)a.class << 8 * i;
	}
	if (!m->last || !is_tuple(m->last, keys, &tu))
		m->last = get_group(t, &tu, r);
	return m->last;
}

COLD struct group *find_first(struct group_table *t, struct group_hit *h, const struct row *r)
{
	struct group *g = find_by_tuple(t, r);
	const struct group_memo *m = memo_of(t, r);

	*h = (struct group_hit) {
		.key = (uint64_t)t->stamp << 32 | (t->by_thread ? (uint32_t)r->tid : 0),
		.schema = t->by_schema ? r->schema : NULL,
		.from = t->by_thread ? m->from : 0,
		.span = t->by_thread ? m->span : UINT64_MAX,
		.group = g,
	};
	return g;
}

/* The group of a row where its thread and its schema say it. */
HOT struct group *find_steady(struct group_table *t, const struct row *r)
{
	const struct schema *s = t->by_schema ? r->schema : NULL;
	uint32_t tid = t->by_thread ? (uint32_t)r->tid : 0;
	uint32_t at = tid + (s ? s->index * 32 : 0);
	struct group_hit *h = &t->hits[at % GROUP_HITS];

	if (likely(h->key == ((uint64_t)t->stamp << 32 | tid) && h->schema == s &&
		   r->ts - h->from < h->span))
		return h->group;
	return find_first(t, h, r);
}

static void fold_row(void *data, const struct row *r)
{
	struct group_table *t = data;
	struct group *g;

	if (unlikely(t->full))
		group_join(t);
	g = t->steady ? find_steady(t, r) : find_by_tuple(t, r);
	if (unlikely(!g)) {
		t->lacking++;
		return;
	}
	t->rows++;
	g->count++;
	if (likely(r->ts > g->last))
		g->last = r->ts;
	else if (r->ts < g->first)
		g->first = r->ts;
	if (t->folds)
		group_parts_fold(t, g, r);
}

struct group *group_take(struct group_table *t, const struct row *r, uint64_t n)
{
	struct group *g;

	if (t->full)
		group_join(t);
	/* What is known of threads may have changed since the row before. */
	group_fold_ops.page(t, NULL);
	g = find_by_tuple(t, r);
	if (!g) {
		t->lacking += n;
		return NULL;
	}
	t->rows += n;
	g->count += n;
	g->first = MIN(g->first, r->ts);
	g->last = MAX(g->last, r->ts);
	return g;
}

/* Threads may be others than they were. */
static void fold_page(void *data, const struct run *r)
{
	struct group_table *t = data;

	if (likely(++t->stamp))
		return;
	memset(t->memos, 0, sizeof(t->memos));
	memset(t->hits, 0, sizeof(t->hits));
	t->stamp = 1;
}

const struct fold_ops group_fold_ops = {
	.row = fold_row,
	.page = fold_page,
	.restart = restart,
};

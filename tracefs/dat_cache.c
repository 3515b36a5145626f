/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_cache: inflated chunks and turned pages, as many as a bound allows.
 *
 * Found by extent and page number. The least recently used leave when another comes; those
 * that somebody outside refers to stay, also beyond the bound, and leave when they may. Where they
 * are far beyond it (thousands of CPUs, or a bomb) pages are to be copied out instead. It owns one
 * reference on each.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "tracefs/dat_private.h"

#define BUCKETS	      1024
#define LIMIT_DEFAULT (32u << 20)
#define CROWD	      (128u << 20) /* beyond twice the limit */

struct dat_cache {
	size_t used, limit;
	struct dat_block *newest, *oldest;
	struct dat_block *buckets[BUCKETS];
};

static struct dat_cache *cache_of(struct dat *d)
{
	if (!d->cache) {
		d->cache = xcalloc(1, sizeof(*d->cache));
		d->cache->limit = LIMIT_DEFAULT;
	}
	return d->cache;
}

static struct dat_block **bucket(struct dat_cache *c, const struct dat_extent *x, uint64_t number)
{
	uint64_t h = ((uintptr_t)x + number) * 0x9e3779b97f4a7c15u;

	return &c->buckets[(h >> 32) % BUCKETS];
}

static void list_remove(struct dat_cache *c, struct dat_block *b)
{
	*(b->newer ? &b->newer->older : &c->newest) = b->older;
	*(b->older ? &b->older->newer : &c->oldest) = b->newer;
}

static void list_add(struct dat_cache *c, struct dat_block *b)
{
	b->newer = NULL;
	b->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = b;
	c->newest = b;
}

struct dat_block *dat_block_new(const struct dat_extent *x, uint64_t number, size_t size)
{
	struct dat_block *b = xcalloc(1, sizeof(*b));

	b->data = page_data_new(size);
	b->owner = x;
	b->number = number;
	b->size = size;
	return b;
}

void dat_block_free(struct dat_block *b)
{
	page_data_unref(b->data);
	free(b->turned);
	free(b);
}

static void drop(struct dat_cache *c, struct dat_block *b)
{
	struct dat_block **at = bucket(c, b->owner, b->number);

	while (*at != b)
		at = &(*at)->hash;
	*at = b->hash;
	list_remove(c, b);
	c->used -= b->size;
	dat_block_free(b);
}

/* Lets the oldest go until size more fit. */
static void make_room(struct dat_cache *c, size_t size)
{
	struct dat_block *b = c->oldest;

	while (b && c->used + size > c->limit) {
		struct dat_block *newer = b->newer;

		if (atomic_load_explicit(&b->data->refs, memory_order_acquire) == 1)
			drop(c, b);
		b = newer;
	}
}

struct dat_block *dat_cache_find(struct dat *d, const struct dat_extent *x, uint64_t number)
{
	struct dat_cache *c = cache_of(d);

	for (struct dat_block *b = *bucket(c, x, number); b; b = b->hash) {
		if (b->owner != x || b->number != number)
			continue;
		list_remove(c, b);
		list_add(c, b);
		return b;
	}
	return NULL;
}

void dat_cache_add(struct dat *d, struct dat_block *b)
{
	struct dat_cache *c = cache_of(d);
	struct dat_block **at = bucket(c, b->owner, b->number);

	make_room(c, b->size);
	c->used += b->size;
	b->hash = *at;
	*at = b;
	list_add(c, b);
}

void dat_cache_limit(struct dat *d, size_t bytes)
{
	cache_of(d)->limit = bytes;
	make_room(d->cache, 0);
}

bool dat_cache_crowded(const struct dat *d)
{
	return d->cache->used > 2 * d->cache->limit + CROWD;
}

size_t dat_cache_used(const struct dat *d)
{
	return d->cache ? d->cache->used : 0;
}

void dat_cache_free(struct dat *d)
{
	if (!d->cache)
		return;
	while (d->cache->oldest)
		drop(d->cache, d->cache->oldest);
	free(d->cache);
}

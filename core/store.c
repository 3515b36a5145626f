/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store: sources, runs, the directory of pages and the bound on all of it.
 *
 * Memory for pages comes in chunks of 2 MiB that the kernel may back with huge pages: touching
 * a fresh 64 KiB page in 4 KiB steps would cost as much as reading it.
 */
#include "core/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/arena.h"
#include "core/store_private.h"

#define CHUNK_SIZE	(2u << 20)
#define DIRECTORY_FIRST 16
#define PAGES_MIN	16

struct chunk {
	struct chunk *next;
	void *map;
	size_t size;
	struct page_data pages[];
};

int store_new(const struct store_conf *c, struct store **ret, struct err *e)
{
	uint32_t page_size = c->page_size ? c->page_size : PAGE_SIZE_MAX;
	struct store *s;

	if (page_size < 256 || page_size > PAGE_SIZE_MAX || page_size % 8)
		return err_set(e, -EINVAL, "store: a page of %u bytes is not possible", page_size);
	if (c->memory < (uint64_t)PAGES_MIN * page_size)
		return err_set(e, -EINVAL, "memory: %llu bytes are too few, at least %u are needed",
			       (unsigned long long)c->memory, PAGES_MIN * page_size);
	s = xcalloc(1, sizeof(*s));
	s->conf = *c;
	s->conf.page_size = page_size;
	*ret = s;
	return 0;
}

void store_free(struct store *s)
{
	struct chunk *next;

	if (!s)
		return;
	for (unsigned i = 0; i < s->run_count; i++) {
		free(s->runs[i]->pages);
		free(s->runs[i]);
	}
	for (unsigned i = 0; i < s->source_count; i++)
		free(s->sources[i]);
	for (struct chunk *c = s->chunks; c; c = next) {
		next = c->next;
		munmap(c->map, c->size);
		free(c);
	}
	free(s->runs);
	free(s->sources);
	free(s);
}

struct source *store_source(struct store *s, const char *backend, const char *name,
			    struct schema_set *schemas, unsigned flags)
{
	struct source *src = xcalloc(1, sizeof(*src));

	src->backend = backend;
	src->name = name;
	src->schemas = schemas;
	src->flags = (uint16_t)flags;
	src->index = (uint16_t)s->source_count;
	s->sources = xrealloc(s->sources, s->source_count + 1, sizeof(struct source *));
	s->sources[s->source_count++] = src;
	return src;
}

struct run *store_run(struct store *s, struct source *src, uint16_t cpu)
{
	struct run *r;

	for (unsigned i = 0; i < s->run_count; i++)
		if (s->runs[i]->source == src && s->runs[i]->cpu == cpu)
			return s->runs[i];
	r = xcalloc(1, sizeof(*r));
	r->source = src;
	r->cpu = cpu;
	r->index = (uint16_t)s->run_count;
	r->tid = -1;
	s->runs = xrealloc(s->runs, s->run_count + 1, sizeof(struct run *));
	s->runs[s->run_count++] = r;
	s->version++;
	return r;
}

struct source *store_source_at(const struct store *s, unsigned index)
{
	return index < s->source_count ? s->sources[index] : NULL;
}

struct run *store_run_at(const struct store *s, unsigned index)
{
	return index < s->run_count ? s->runs[index] : NULL;
}

uint32_t store_page_size(const struct store *s)
{
	return s->conf.page_size;
}

uint64_t store_version(const struct store *s)
{
	return s->version;
}

uint64_t store_epoch(const struct store *s)
{
	return s->epoch;
}

void store_fold(struct store *s, struct summary *sum)
{
	s->conf.summary = sum;
}

void store_watch(struct store *s, struct fds *fds)
{
	s->fds = fds;
}

/* ---- memory of pages ---- */

static bool add_chunk(struct store *s)
{
	uint64_t wanted = s->conf.memory < CHUNK_SIZE ? s->conf.memory : CHUNK_SIZE;
	size_t count = wanted / s->conf.page_size, size = count * s->conf.page_size;
	struct chunk *c = calloc(1, sizeof(*c) + count * sizeof(struct page_data));
	/* Twice the size, to have an aligned half: huge pages begin at multiples of 2 MiB. */
	char *map = mmap(NULL, size + CHUNK_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *at;

	if (!c || map == MAP_FAILED) {
		free(c);
		if (map != MAP_FAILED)
			munmap(map, size + CHUNK_SIZE);
		return false;
	}
	at = (char *)(((uintptr_t)map + CHUNK_SIZE - 1) & ~(uintptr_t)(CHUNK_SIZE - 1));
	if (at > map)
		munmap(map, (size_t)(at - map));
	munmap(at + size, CHUNK_SIZE - (size_t)(at - map));
	c->map = at;
	c->size = size;
	c->next = s->chunks;
	s->chunks = c;
	if (size == CHUNK_SIZE)
		madvise(at, size, MADV_HUGEPAGE);
	for (size_t i = count; i-- > 0;) {
		c->pages[i].store = s;
		c->pages[i].bytes = (uint8_t *)at + i * s->conf.page_size;
		c->pages[i].next = s->free;
		s->free = &c->pages[i];
	}
	return true;
}

/* The last one let go is the first one taken: its lines are still in the cache. */
static void take_back(struct store *s)
{
	struct page_data *first, *last;

	if (!atomic_load_explicit(&s->returned, memory_order_relaxed))
		return;
	first = last = atomic_exchange_explicit(&s->returned, NULL, memory_order_acquire);
	while (last->next)
		last = last->next;
	last->next = s->free;
	s->free = first;
}

struct page_data *store_page_take(struct store *s)
{
	struct page_data *d;

	s->used += s->conf.page_size;
	store_evict(s);
	take_back(s);
	if (!s->free && !add_chunk(s)) {
		s->used -= s->conf.page_size;
		return NULL;
	}
	d = s->free;
	s->free = d->next;
	d->next = NULL;
	atomic_store_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

struct page_data *page_data_ref(struct page_data *d)
{
	if (d)
		atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

static void free_data(struct page_data *d)
{
	free(d);
}

struct page_data *page_data_new(size_t size)
{
	struct page_data *d = xcalloc(1, sizeof(*d) + size);

	atomic_init(&d->refs, 1);
	d->release = free_data;
	d->bytes = (uint8_t *)(d + 1);
	return d;
}

/* A copy, not a reference: who keeps a screen of rows would keep a whole chunk for each. */
void row_keep(struct row *r)
{
	struct page_data *own = NULL;

	if (r->keep && r->rec) {
		own = page_data_new(r->size);
		memcpy(own->bytes, r->rec, r->size);
		r->rec = own->bytes;
	}
	r->keep = own;
}

void row_let_go(struct row *r)
{
	page_data_unref(r->keep);
	r->keep = NULL;
}

void page_data_unref(struct page_data *d)
{
	struct store *s;

	if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (d->release) {
		d->release(d);
		return;
	}
	s = d->store;
	d->next = atomic_load_explicit(&s->returned, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&s->returned, &d->next, d,
						      memory_order_release, memory_order_relaxed))
		;
}

const uint8_t *page_records(const struct run *r, const struct page *p, struct page_data **keep)
{
	const struct page_loader *l = r->source->loader;

	*keep = NULL;
	if (p->records || !l)
		return p->records;
	return l->load(l->data, r, p, keep);
}

/* ---- directory ---- */

static uint32_t grown(const struct run *r)
{
	return r->cap ? r->cap * 2 : DIRECTORY_FIRST;
}

bool store_has_room(const struct store *s, const struct run *r)
{
	uint64_t more = (uint64_t)(grown(r) - r->cap) * sizeof(struct page);

	return s->used <= s->conf.memory && (r->count < r->cap || s->used + more <= s->conf.memory);
}

static void grow_directory(struct store *s, struct run *r)
{
	uint32_t cap = grown(r);

	r->pages = xrealloc(r->pages, cap, sizeof(*r->pages));
	s->used += (uint64_t)(cap - r->cap) * sizeof(*r->pages);
	/* What stood at the front, behind the end of the ring, goes to the room behind it. */
	memcpy(r->pages + r->cap, r->pages, r->head * sizeof(*r->pages));
	r->cap = cap;
}

static void evict_oldest(struct store *s);

/*
 * Makes room for one more entry. A directory that may not grow lets pages go: the oldest of all
 * runs, so that all begin at about the same time.
 */
static void make_room(struct store *s, struct run *r)
{
	if (r->count < r->cap)
		return;
	if (!r->cap || store_has_room(s, r)) {
		grow_directory(s, r);
		store_evict(s);
		return;
	}
	while (r->count == r->cap && r->count)
		evict_oldest(s);
}

struct page *store_page_add(struct store *s, struct run *r, const struct page *p)
{
	struct page *at;

	make_room(s, r);
	at = &r->pages[(r->head + r->count) & (r->cap - 1)];
	*at = *p;
	r->count++;
	s->pages++;
	s->version++;
	return at;
}

static void drop_first(struct store *s, struct run *r)
{
	struct page *p = &r->pages[r->head];

	if (p->data) {
		page_data_unref(p->data);
		s->used -= s->conf.page_size;
	}
	s->pages--;
	s->events -= p->events;
	r->dropped += p->events;
	s->version++;
	r->head = (r->head + 1) & (r->cap - 1);
	r->base++;
	if (!--r->count)
		r->open = false;
}

/* A page that still grows stays, until it is so old that nothing more will be joined to it. */
static bool may_leave(const struct store *s, const struct run *r)
{
	if (!r->count)
		return false;
	return r->count > 1 || !r->open || s->newest > r->pages[r->head].first + PAGE_AGE;
}

/* The run whose first page is the oldest of all. */
static struct run *oldest(const struct store *s)
{
	struct run *best = NULL;

	for (unsigned i = 0; i < s->run_count; i++) {
		struct run *r = s->runs[i];

		if (!may_leave(s, r))
			continue;
		if (!best || r->pages[r->head].first < best->pages[best->head].first)
			best = r;
	}
	return best;
}

static bool evict(struct store *s, struct run *r)
{
	if (!r)
		return false;
	s->evicted_pages++;
	s->evicted_events += r->pages[r->head].events;
	drop_first(s, r);
	return true;
}

static void evict_oldest(struct store *s)
{
	evict(s, oldest(s));
}

void store_evict(struct store *s)
{
	while (s->used > s->conf.memory && evict(s, oldest(s)))
		continue;
}

bool store_is_consumed(const struct store *s)
{
	return s->consumed;
}

void store_forget(struct store *s, uint64_t ts)
{
	s->consumed = true;
	for (unsigned i = 0; i < s->run_count; i++) {
		struct run *r = s->runs[i];

		while (r->count && r->pages[r->head].last < ts)
			drop_first(s, r);
	}
}

void store_trim(struct store *s, struct run *r, uint64_t number, uint64_t ts)
{
	while (r->count > r->open && r->base < number && r->pages[r->head].last < ts)
		drop_first(s, r);
}

void store_clear(struct store *s)
{
	for (unsigned i = 0; i < s->run_count; i++)
		while (s->runs[i]->count)
			drop_first(s, s->runs[i]);
	for (unsigned i = 0; i < s->source_count; i++)
		if (s->sources[i]->flags & SOURCE_DERIVED)
			s->sources[i]->horizon = 0; /* to be made anew of what comes */
	s->final = 0;
	s->version++;
	s->epoch++;
}

void store_place(struct store *s, struct run *r, uint64_t number, uint64_t dropped)
{
	r->base = number;
	r->dropped = dropped;
	s->version++;
}

void store_charge(struct store *s, int64_t n)
{
	s->used += (uint64_t)n;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair: the matching. Open starts are slots of an array, in a hash by key and in a list by age.
 *
 * Of a start only what the derived record will carry is kept: an image of that part of it, and what
 * varies in length apart. Which field is read where is planned once a schema (pair_bind.c).
 */
#include "core/pair.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/pair_private.h"

#define SLOTS_FIRST 64
#define NONE	    PAIR_NONE

/* ---- slots ---- */

static void rehash(struct pair *p)
{
	memset(p->buckets, 0xff, p->slot_cap * sizeof(*p->buckets));
	for (uint32_t i = p->oldest; i != NONE; i = p->slots[i].newer) {
		uint32_t *b = &p->buckets[p->slots[i].hash & (p->slot_cap - 1)];

		p->slots[i].next = *b;
		*b = i;
	}
}

static void grow(struct pair *p)
{
	uint32_t was = p->slot_cap, cap = was ? was * 2 : SLOTS_FIRST;

	p->slots = xrealloc(p->slots, cap, sizeof(*p->slots));
	p->images = xrealloc(p->images, cap, p->image ? p->image : 1);
	p->buckets = xrealloc(p->buckets, cap, sizeof(*p->buckets));
	memset(p->slots + was, 0, (cap - was) * sizeof(*p->slots));
	memset(p->images + (size_t)was * p->image, 0, (size_t)(cap - was) * p->image);
	for (uint32_t i = cap; i-- > was;) {
		p->slots[i].next = p->free;
		p->free = i;
	}
	p->slot_cap = cap;
	rehash(p);
}

static void take_out(struct pair *p, uint32_t n)
{
	struct pair_slot *s = &p->slots[n];
	uint32_t *at = &p->buckets[s->hash & (p->slot_cap - 1)];

	while (*at != n)
		at = &p->slots[*at].next;
	*at = s->next;
	if (s->older != NONE)
		p->slots[s->older].newer = s->newer;
	else
		p->oldest = s->newer;
	if (s->newer != NONE)
		p->slots[s->newer].older = s->older;
	else
		p->newest = s->older;
	s->next = p->free;
	p->free = n;
	p->open--;
}

/* A free slot, put behind all others; the oldest leaves where there are too many. */
static uint32_t put_in(struct pair *p, uint32_t hash)
{
	struct pair_slot *s;
	uint32_t n, *bucket;

	if (p->open >= p->max) {
		take_out(p, p->oldest);
		p->stats.evicted++;
	}
	if (p->free == NONE)
		grow(p);
	n = p->free;
	s = &p->slots[n];
	p->free = s->next;
	bucket = &p->buckets[hash & (p->slot_cap - 1)];
	s->hash = hash;
	s->next = *bucket;
	*bucket = n;
	s->older = p->newest;
	s->newer = NONE;
	if (p->newest != NONE)
		p->slots[p->newest].newer = n;
	else
		p->oldest = n;
	p->newest = n;
	p->open++;
	return n;
}

static uint32_t find(const struct pair *p, const uint64_t *key, uint32_t hash)
{
	unsigned count = p->key_count;
	uint32_t n;

	if (!p->open)
		return NONE;
	for (n = p->buckets[hash & (p->slot_cap - 1)]; n != NONE; n = p->slots[n].next) {
		const struct pair_slot *s = &p->slots[n];
		bool same = s->hash == hash;

		for (unsigned i = 0; i < count; i++)
			same &= s->key[i] == key[i];
		if (same)
			return n;
	}
	return NONE;
}

/* ---- reading rows ---- */

static inline uint64_t read_number(const struct pair *p, const struct pair_reader *r,
				   const struct row *row)
{
	const uint8_t *at = row->rec + r->offset;

	switch (r->kind) {
	case PAIR_KEY_TID:
		return (uint64_t)(int64_t)row->tid;
	case PAIR_KEY_CPU:
		return row->cpu;
	default:
		break;
	}
	if (r->size == 4 && !p->swap)
		return r->sign ? (uint64_t)(int32_t)load_u32(at) : load_u32(at);
	if (r->size == 8 && !p->swap)
		return load_u64(at);
	return field_load(p->set->machine, at, r->size, r->sign);
}

static inline uint32_t read_key(const struct pair *p, const struct pair_use *u, const struct row *r,
				uint64_t *key)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < p->key_count; i++) {
		key[i] = read_number(p, &u->key[i], r);
		h = (h ^ key[i]) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

static inline bool is_wanted(const struct pair *p, const struct pair_use *u, const struct row *r)
{
	return !u->program || filter_run(u->program, r, p->identity) == FILTER_TRUE;
}

/* What varies in length of a row, as lengths and bytes, to the end of a buffer. */
static uint32_t gather(struct pair *p, const struct pair_use *u, const struct row *r, uint8_t *to)
{
	uint32_t at = 0, room = PAIR_VAR_MAX;

	for (unsigned i = 0; i < u->vars; i++) {
		uint32_t len = 0, least = (u->vars - i) * 4;
		const uint8_t *from =
		    field_bytes(u->schema, u->var[i].field, r->rec, r->size, &len);

		len = from ? len : 0;
		if (len > room - least) {
			len = room - least;
			p->stats.cut++;
		}
		store_u32(to + at, len);
		memcpy(to + at + 4, from ? from : to, len);
		at += 4 + len;
		room -= 4 + len;
	}
	return at;
}

/* ---- writing records ---- */

static void put32(const struct pair *p, uint8_t *at, uint32_t v)
{
	store_u32(at, p->swap ? __builtin_bswap32(v) : v);
}

/* What was gathered goes behind the record, and its places into it. Returns the new end. */
static uint32_t scatter(struct pair *p, const struct pair_use *u, const uint8_t *from, uint32_t end)
{
	for (unsigned i = 0; i < u->vars; i++) {
		uint32_t len = load_u32(from);

		memcpy(p->out + end, from + 4, len);
		if (len && u->var[i].is_text)
			p->out[end + len - 1] = '\0'; /* it may have been cut */
		put32(p, p->out + u->var[i].to, len << 16 | end);
		from += 4 + len;
		end += len;
	}
	return end;
}

/* Mostly a few words: a call would cost more than they do. */
static inline void copy_bytes(uint8_t *to, const uint8_t *from, uint32_t len)
{
	if (unlikely(len > 128)) {
		memcpy(to, from, len);
		return;
	}
	for (; len >= 8; len -= 8, to += 8, from += 8)
		store_u64(to, load_u64(from));
	while (len--)
		*to++ = *from++;
}

static inline void copy_fields(const struct pair_use *u, const struct row *r, uint8_t *to)
{
	for (unsigned i = 0; i < u->copies; i++)
		copy_bytes(to + u->copy[i].to, r->rec + u->copy[i].from, u->copy[i].len);
}

/* The bytes every record has: flags of the end, whose it is, how long it took. */
static void put_head(struct pair *p, const struct pair_use *u, const struct row *r, int32_t tid,
		     uint64_t latency)
{
	const struct schema *s = u->schema;
	uint64_t v = p->swap ? __builtin_bswap64(latency) : latency;

	p->out[p->set->flags_offset] = s->flags ? r->rec[s->flags->offset] : 0;
	p->out[p->set->preempt_offset] = s->preempt ? r->rec[s->preempt->offset] : 0;
	put32(p, p->out + p->set->pid_offset, (uint32_t)tid);
	store_u64(p->out + p->layout.latency, v);
}

/* ---- the two sides ---- */

static void take_start(struct pair *p, const struct pair_use *u, const struct row *r)
{
	uint64_t key[PAIR_KEYS_MAX] = { 0 };
	uint32_t hash = read_key(p, u, r, key), n = find(p, key, hash);
	struct pair_slot *s;
	uint32_t len;

	p->stats.starts++;
	if (n != NONE) {
		p->stats.replaced++;
		if (p->spec->keep_first || p->slots[n].ts > r->ts)
			return;
		take_out(p, n);
	}
	n = put_in(p, hash);
	s = &p->slots[n];
	memcpy(s->key, key, sizeof(key));
	s->ts = r->ts;
	s->cpu = r->cpu;
	s->which = u->which;
	s->use = (uint16_t)(u - p->uses);
	s->tid = p->spec->who.end ? 0 : (int32_t)read_number(p, &u->who, r);
	copy_fields(u, r, p->images + (size_t)n * p->image);
	if (!u->vars)
		return;
	len = gather(p, u, r, p->gathered);
	if (len > s->room) {
		s->var = xrealloc(s->var, 1, len);
		s->room = len;
	}
	memcpy(s->var, p->gathered, len);
}

static bool take_end(struct pair *p, const struct pair_use *u, const struct row *r,
		     struct pair_out *out)
{
	uint64_t key[PAIR_KEYS_MAX] = { 0 };
	uint32_t hash = read_key(p, u, r, key), n = find(p, key, hash), end = p->layout.fixed;
	const struct pair_slot *s;
	const struct pair_use *start;
	int32_t tid;

	p->stats.ends++;
	if (n == NONE || p->slots[n].ts > r->ts) {
		p->stats.unstarted++;
		return false;
	}
	s = &p->slots[n];
	start = &p->uses[s->use];
	tid = p->spec->who.end ? (int32_t)read_number(p, &u->who, r) : s->tid;
	put_head(p, u, r, tid, r->ts - s->ts);
	copy_bytes(p->out + p->layout.start, p->images + (size_t)n * p->image, p->image);
	copy_fields(u, r, p->out);
	if (p->layout.which)
		p->out[p->layout.which] = s->which;
	if (start->vars)
		end = scatter(p, start, s->var, end);
	if (u->vars) {
		gather(p, u, r, p->gathered);
		end = scatter(p, u, p->gathered, end);
	}
	take_out(p, n);
	p->stats.pairs++;
	*out = (struct pair_out) {
		.ts = r->ts, .rec = p->out, .size = end, .tid = tid, .cpu = r->cpu
	};
	return true;
}

/* An event that ends one pair and starts the next does so in this order. */
bool pair_row(struct pair *p, const struct pair_side *side, const struct row *r,
	      struct pair_out *out)
{
	bool ended = false, started = false, gave = false;

	if (unlikely(r->size < side->schema->min_size)) {
		p->stats.damaged++;
		return false;
	}
	for (const struct pair_use *u = side->uses; u < side->uses + side->count; u++) {
		/* The same event with another filter was it already. */
		if ((u->end ? ended : started) || !is_wanted(p, u, r))
			continue;
		if (u->end) {
			gave = take_end(p, u, r, out);
			ended = true;
		} else {
			take_start(p, u, r);
			started = true;
		}
	}
	return gave;
}

/* ---- what is not there ---- */

static void drop_before(struct pair *p, uint64_t ts, int cpu, uint64_t *count)
{
	uint32_t newer;

	for (uint32_t n = p->oldest; n != NONE; n = newer) {
		newer = p->slots[n].newer;
		if (p->slots[n].ts >= ts || (cpu >= 0 && p->slots[n].cpu != cpu))
			continue;
		take_out(p, n);
		++*count;
	}
}

void pair_loss(struct pair *p, uint16_t cpu, uint64_t ts)
{
	bool apart = false; /* what begins on a CPU ends there */

	for (unsigned i = 0; i < p->spec->key_count; i++)
		apart |= p->spec->key[i].kind == PAIR_KEY_CPU;
	drop_before(p, ts, apart && cpu != CPU_NONE ? cpu : -1, &p->stats.lost);
}

void pair_gap(struct pair *p, uint64_t ts)
{
	drop_before(p, ts, -1, &p->stats.stopped);
}

void pair_forget_slots(struct pair *p)
{
	for (uint32_t i = 0; i < p->slot_cap; i++)
		free(p->slots[i].var);
	free(p->slots);
	free(p->images);
	free(p->buckets);
	p->slots = NULL;
	p->images = NULL;
	p->buckets = NULL;
	p->slot_cap = p->open = 0;
	p->free = p->oldest = p->newest = NONE;
}

void pair_reset(struct pair *p)
{
	pair_forget_slots(p);
	memset(&p->stats, 0, sizeof(p->stats));
}

void pair_stats(const struct pair *p, struct pair_stats *ret)
{
	*ret = p->stats;
	ret->open = p->open;
}

size_t pair_memory(const struct pair *p)
{
	size_t var = 0;

	for (uint32_t i = 0; i < p->slot_cap; i++)
		var += p->slots[i].room;
	return var + p->slot_cap * (sizeof(*p->slots) + sizeof(*p->buckets) + p->image);
}

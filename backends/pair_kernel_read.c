/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_kernel_read: from the kernel's tables to groups.
 *
 * The kernel's counts only grow: what is put into the groups is by how much they grew since they
 * were read last, as rows of the derived event whose fields are the keys. Sums are exact: where
 * parts and groups, read one behind the other, do not fit together the sum is set right when they
 * do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pair_kernel_private.h"

#define FIRST 64
#define PRIME UINT64_C(0x9e3779b97f4a7c15)

/* ---- lines that were seen before ---- */

static uint64_t hash_row(const struct pair_kernel *k, const struct hist_row *r)
{
	uint64_t h = PRIME * (r->part + 1) ^ r->lo * PRIME;

	for (unsigned i = 0; i < k->key_count; i++) {
		h = (h ^ r->keys[i].number) * PRIME;
		h ^= h >> 29;
		for (size_t n = 0; n < r->keys[i].len; n++)
			h = (h ^ (uint8_t)r->keys[i].text[n]) * PRIME;
		h ^= h >> 32;
	}
	return h ? h : 1;
}

static bool is_row(const struct pair_kernel *k, const struct kernel_seen *s,
		   const struct hist_row *r)
{
	const char *text = s->text;

	if (s->part != r->part || s->lo != r->lo)
		return false;
	for (unsigned i = 0; i < k->key_count; i++) {
		if (s->keys[i] != r->keys[i].number)
			return false;
		if (!r->keys[i].text)
			continue;
		if (strlen(text) != r->keys[i].len || memcmp(text, r->keys[i].text, r->keys[i].len))
			return false;
		text += r->keys[i].len + 1;
	}
	return true;
}

static void grow(struct pair_kernel *k)
{
	struct kernel_seen *old = k->seen;
	uint32_t count = old ? k->seen_mask + 1 : 0, places = MAX(2 * count, (uint32_t)FIRST);

	k->seen = xcalloc(places, sizeof(*k->seen));
	k->seen_mask = places - 1;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)old[i].hash & k->seen_mask;

		if (!old[i].hash)
			continue;
		while (k->seen[at].hash)
			at = (at + 1) & k->seen_mask;
		k->seen[at] = old[i];
	}
	free(old);
}

/* The keys' strings one behind the other, each closed by a NUL. */
static char *keep_text(const struct pair_kernel *k, const struct hist_row *r)
{
	size_t size = 0;
	char *text, *p;

	for (unsigned i = 0; i < k->key_count; i++)
		size += r->keys[i].text ? r->keys[i].len + 1 : 0;
	if (!size)
		return NULL;
	p = text = xcalloc(1, size);
	for (unsigned i = 0; i < k->key_count; i++) {
		if (!r->keys[i].text)
			continue;
		memcpy(p, r->keys[i].text, r->keys[i].len);
		p += r->keys[i].len + 1;
	}
	return text;
}

static struct kernel_seen *see(struct pair_kernel *k, const struct hist_row *r)
{
	uint64_t hash = hash_row(k, r);
	struct kernel_seen *s;
	uint32_t at;

	if (!k->seen || k->seen_count > k->seen_mask / 2)
		grow(k);
	for (at = (uint32_t)hash & k->seen_mask; k->seen[at].hash; at = (at + 1) & k->seen_mask) {
		if (k->seen[at].hash == hash && is_row(k, &k->seen[at], r))
			return &k->seen[at];
	}
	s = &k->seen[at];
	k->seen_count++;
	*s = (struct kernel_seen) {
		.hash = hash, .lo = r->lo, .part = r->part, .text = keep_text(k, r)
	};
	for (unsigned i = 0; i < k->key_count; i++)
		s->keys[i] = r->keys[i].number;
	return s;
}

/* ---- groups of the kernel ---- */

static struct kernel_group *group_of(struct pair_kernel *k, const struct hist_row *r)
{
	struct hist_row whole = *r;
	struct kernel_group *g;
	struct kernel_seen *s;
	const char *text;

	whole.part = false;
	whole.lo = 0;
	s = see(k, &whole);
	if (s->group)
		return &k->groups[s->group - 1];
	if (k->group_count == k->group_cap) {
		k->group_cap = MAX(2 * k->group_cap, (uint32_t)FIRST);
		k->groups = xrealloc(k->groups, k->group_cap, sizeof(*k->groups));
	}
	g = &k->groups[k->group_count++];
	s->group = k->group_count;
	*g = (struct kernel_group) { .least = UINT64_MAX };
	text = s->text;
	for (unsigned i = 0; i < k->key_count; i++) {
		g->keys[i] = s->keys[i];
		if (!r->keys[i].text)
			continue;
		g->text[i] = text;
		text += r->keys[i].len + 1;
	}
	return g;
}

static void take_row(const struct hist_row *r, void *data)
{
	struct pair_kernel *k = data;
	struct kernel_group *g = group_of(k, r);
	struct kernel_seen *s;
	uint64_t more, at;

	if (!r->part) {
		/* Without keys there is a line a CPU. */
		if (g->reading != k->readings)
			g->count = g->sum = 0;
		g->reading = k->readings;
		g->count += r->count;
		g->sum += r->sum;
		g->max = MAX(g->max, r->max);
		return;
	}
	s = see(k, r);
	more = r->count > s->count ? r->count - s->count : 0;
	s->count = r->count;
	if (!more)
		return;
	g = group_of(k, r);
	at = r->lo + (r->hi - r->lo) / 2;
	loghist_add(&g->fresh, MIN(at, MAX(g->max, r->lo)), more);
	g->parts += more;
	g->least = MIN(g->least, r->lo);
}

/* ---- rows of the derived event ---- */

static int32_t whose(const struct pair_kernel *k, const struct kernel_group *g)
{
	for (unsigned i = 0; i < k->key_count; i++) {
		if (k->keys[i].use == USE_TID)
			return (int32_t)g->keys[i];
	}
	return 0;
}

/* What the kernel calls the thread, where nobody knows better. */
static void hint_name(struct pair_kernel *k, const struct kernel_group *g, int32_t tid)
{
	for (unsigned i = 0; i < k->key_count; i++) {
		char comm[COMM_LEN];

		if (tid <= 0 || !g->text[i] ||
		    (k->keys[i].use != USE_COMM && k->keys[i].use != USE_TID))
			continue;
		snprintf(comm, sizeof(comm), "%s", g->text[i]);
		if (comm[0] != '<') /* <...>: the kernel did not know it either */
			identity_hint(k->conf.identity, tid, -1, comm);
	}
}

static void put_text(struct pair_kernel *k, const struct field *f, const char *text, uint32_t *size)
{
	uint32_t len = (uint32_t)strlen(text);

	if (f->place == FIELD_FIXED) {
		memcpy(k->rec + f->offset, text, MIN(len + 1, f->size));
		return;
	}
	store_u32(k->rec + f->offset, (len + 1) << 16 | *size);
	memcpy(k->rec + *size, text, len + 1);
	*size += len + 1;
}

static void put_number(struct pair_kernel *k, const struct field *f, uint64_t v)
{
	/* The kernel runs here: its order is ours, the low bytes come first or last with it. */
	switch (f->size) {
	case 1:
		k->rec[f->offset] = (uint8_t)v;
		break;
	case 2:
		store_u16(k->rec + f->offset, (uint16_t)v);
		break;
	case 4:
		store_u32(k->rec + f->offset, (uint32_t)v);
		break;
	case 8:
		store_u64(k->rec + f->offset, v);
		break;
	}
}

/* A record that has the keys of a group, and nothing else. Its size. */
static uint32_t make_record(struct pair_kernel *k, const struct kernel_group *g, int32_t tid)
{
	uint32_t size = k->schema->min_size, room = size;

	for (unsigned i = 0; i < k->key_count; i++)
		room += g->text[i] ? (uint32_t)strlen(g->text[i]) + 1 : 0;
	if (room > k->rec_cap)
		k->rec = xrealloc(k->rec, k->rec_cap = room, 1);
	memset(k->rec, 0, room);
	put_number(k, schema_field(k->schema, "common_type"), k->schema->id);
	put_number(k, k->schema->pid, (uint32_t)tid);
	for (unsigned i = 0; i < k->key_count; i++) {
		if (k->keys[i].use != USE_FIELD)
			continue;
		if (g->text[i])
			put_text(k, k->keys[i].field, g->text[i], &size);
		else
			put_number(k, k->keys[i].field, g->keys[i]);
	}
	return size;
}

static uint16_t cpu_of(const struct pair_kernel *k, const struct kernel_group *g)
{
	for (unsigned i = 0; i < k->key_count; i++) {
		if (k->keys[i].use == USE_CPU)
			return (uint16_t)g->keys[i];
	}
	return CPU_NONE;
}

/* The sum that the groups are to have: exact where all of its rows are in parts. */
static wide_t sum_due(const struct pair_kernel *k, const struct kernel_group *g)
{
	if (!k->parts || g->parts == g->count || !g->count)
		return g->sum;
	return (wide_t)g->sum * g->parts / g->count;
}

/* The least that came: where no part of the group found room, of what is known its greatest. */
static wide_t least_of(const struct pair_kernel *k, const struct kernel_group *g)
{
	if (!k->parts)
		return 0;
	return g->least == UINT64_MAX ? g->max : g->least;
}

static void give(struct pair_kernel *k, struct kernel_group *g, struct group_table *t, uint64_t now)
{
	int32_t tid = whose(k, g);
	struct row r = { .ts = now, .tid = tid, .cpu = cpu_of(k, g), .schema = k->schema };
	struct group_bulk bulk = {
		.count = g->count - g->given,
		.field = k->latency,
		.sum = sum_due(k, g) - g->given_sum,
		.least = least_of(k, g),
		.greatest = g->max,
		.parts = k->parts ? &g->fresh : NULL,
	};

	hint_name(k, g, tid);
	r.size = make_record(k, g, tid);
	r.rec = k->rec;
	group_add(t, &r, &bulk);
	g->given = g->count;
	g->given_sum = sum_due(k, g);
	loghist_done(&g->fresh);
	g->fresh = (struct loghist) { 0 };
}

int pair_kernel_read(struct pair_kernel *k, struct group_table *t, uint64_t now, struct err *e)
{
	int rc;

	k->readings++;
	rc = hist_read(&k->hist, take_row, k, &k->counts, e);
	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < k->group_count; i++) {
		struct kernel_group *g = &k->groups[i];

		if (g->count != g->given || g->fresh.total || sum_due(k, g) != g->given_sum)
			give(k, g, t, now);
	}
	return 0;
}

void pair_kernel_forget(struct pair_kernel *k)
{
	for (uint32_t i = 0; k->seen && i <= k->seen_mask; i++)
		free(k->seen[i].text);
	for (uint32_t i = 0; i < k->group_count; i++)
		loghist_done(&k->groups[i].fresh);
	free(k->seen);
	free(k->groups);
	free(k->rec);
	k->seen = NULL;
	k->groups = NULL;
	k->rec = NULL;
	k->group_count = k->group_cap = k->seen_count = 0;
}

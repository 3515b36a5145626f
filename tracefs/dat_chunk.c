/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_chunk: where the compressed chunks of a CPU are, and which pages they hold.
 *
 * A count, then chunks: size, inflated size, bytes. The list is made when a CPU's pages are first
 * asked for, by a walk over the headers: nothing is inflated for it. What does not fit the
 * extent, or cannot become as large as it says, ends the list: the chunks before it are good.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "tracefs/dat_private.h"

#define CHUNK_MAX (64u << 20) /* inflated */

uint64_t dat_count_pages(const struct dat *d, const struct dat_table *t, uint64_t size)
{
	return size / t->pub.page_size + (size % t->pub.page_size > d->data_offset);
}

static void add_chunk(struct dat_chunks *c, const struct dat_chunk *one, uint32_t *cap)
{
	if (c->count == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		c->v = xrealloc(c->v, *cap, sizeof(*c->v));
	}
	c->v[c->count++] = *one;
}

/* What is wrong with a chunk whose header was read; NULL when nothing is. */
static const char *wrong(const struct dat *d, const struct dat_chunk *one, uint64_t left)
{
	if (one->size > left)
		return "is cut off";
	if (one->inflated > CHUNK_MAX || !dat_inflates(d->codec, one->size, one->inflated))
		return "says an absurd size";
	return NULL;
}

static struct dat_chunks *list_chunks(struct dat *d, const struct dat_table *t,
				      const struct dat_extent *x)
{
	struct dat_chunks *c = xcalloc(1, sizeof(*c));
	/* trace-cmd leaves the count out of the size it says. */
	uint64_t at = x->offset, end = at + MIN(x->size + 4, d->size - at), count;
	uint32_t cap = 0;

	if (!x->size || end - at < 4)
		return c;
	count = dat_number(d, d->map + at, 4);
	at += 4;
	for (uint64_t i = 0; i < count; i++) {
		struct dat_chunk one = { .page = c->pages };
		const char *what = "is cut off";

		if (end - at >= 8) {
			one.size = (uint32_t)dat_number(d, d->map + at, 4);
			one.inflated = (uint32_t)dat_number(d, d->map + at + 4, 4);
			one.offset = at + 8;
			what = wrong(d, &one, end - at - 8);
		}
		if (what) {
			dat_damage(d, "offset %llu: a compressed chunk %s", (unsigned long long)at,
				   what);
			break;
		}
		at += 8 + (uint64_t)one.size;
		c->pages += dat_count_pages(d, t, one.inflated);
		if (one.inflated)
			add_chunk(c, &one, &cap);
	}
	return c;
}

const struct dat_chunks *dat_chunks(struct dat *d, const struct dat_table *t, struct dat_extent *x)
{
	if (!x->chunks)
		x->chunks = list_chunks(d, t, x);
	return x->chunks;
}

struct dat_chunk *dat_chunk_of(const struct dat_chunks *c, uint64_t page)
{
	uint32_t from = 0, to = c->count;

	if (page >= c->pages)
		return NULL;
	while (to - from > 1) {
		uint32_t mid = from + (to - from) / 2;

		if (c->v[mid].page <= page)
			from = mid;
		else
			to = mid;
	}
	return &c->v[from];
}

uint8_t *dat_inflate_all(struct dat *d, const struct dat_extent *x, uint64_t max, size_t *size)
{
	struct dat_chunks *c = list_chunks(d, &d->tables[0], x);
	uint64_t want = 0;
	uint32_t count = 0;
	uint8_t *all;

	for (; count < c->count && want + c->v[count].inflated <= max; count++)
		want += c->v[count].inflated;
	all = xcalloc(1, want + 1);
	*size = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct dat_chunk *one = &c->v[i];

		if (dat_inflate(d->codec, d->map + one->offset, one->size, all + *size,
				one->inflated) < 0) {
			dat_damage(d, "offset %llu: a compressed chunk is damaged",
				   (unsigned long long)one->offset);
			break;
		}
		*size += one->inflated;
	}
	dat_chunks_free(c);
	return all;
}

void dat_chunks_free(struct dat_chunks *c)
{
	if (!c)
		return;
	free(c->v);
	free(c);
}

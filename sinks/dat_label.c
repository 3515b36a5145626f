/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_label: one id has one format in a file, so some records get another one.
 *
 * A source's ids hold for a generation of its schemas; the file keeps every format it was ever
 * told. Where the two disagree the record's common_type is written anew, in a copy of ours.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/page.h"
#include "sinks/dat_private.h"

void dat_labels_add(struct dat_labels *l, uint16_t id, uint32_t gen, uint16_t file_id)
{
	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->list = xrealloc(l->list, l->cap, sizeof(*l->list));
	}
	l->list[l->count++] = (struct dat_label) { .gen = gen, .id = id, .file_id = file_id };
	l->differ |= id != file_id;
	l->current = false;
}

void dat_labels_done(struct dat_labels *l)
{
	free(l->list);
	free(l->table);
	*l = (struct dat_labels) { 0 };
}

/* Of each id the youngest format not younger than gen. */
static void make_table(struct dat_labels *l, uint32_t gen)
{
	uint32_t *of;

	if (l->current && l->gen == gen)
		return;
	if (!l->table)
		l->table = xcalloc(65536, sizeof(*l->table));
	memset(l->table, 0, 65536 * sizeof(*l->table));
	of = xcalloc(65536, sizeof(*of));
	for (uint32_t i = 0; i < l->count; i++) {
		const struct dat_label *b = &l->list[i];

		if (b->gen > gen || b->gen < of[b->id])
			continue;
		of[b->id] = b->gen;
		l->table[b->id] = b->id == b->file_id ? 0 : b->file_id;
	}
	free(of);
	l->gen = gen;
	l->current = true;
}

static void put_label(const struct dat_labels *l, uint8_t *p, bool swap)
{
	uint16_t id = load_u16(p);
	uint16_t to = l->table[swap ? __builtin_bswap16(id) : id];

	if (to)
		store_u16(p, swap ? __builtin_bswap16(to) : to);
}

/* The walk of core/page.h knows one byte order; here records are already in the file's. */
void dat_labels_apply(struct dat_labels *l, uint32_t gen, uint8_t *records, uint32_t size,
		      uint16_t type_offset, bool swap)
{
	uint8_t *p = records, *end = records + size;

	make_table(l, gen);
	while (end - p >= 8) {
		uint32_t head = swap ? __builtin_bswap32(load_u32(p)) : load_u32(p);
		uint32_t word = swap ? __builtin_bswap32(load_u32(p + 4)) : load_u32(p + 4);
		uint32_t type = swap ? head >> 27 : head & 31;
		uint64_t body = type * 4, skip = 4;

		if (type >= PAGE_TIME_EXTEND) {
			p += 8;
			continue;
		}
		if (type == PAGE_PADDING && !(swap ? head & 0x7ffffff : head >> 5))
			return;
		if (!type)
			skip = 8;
		if (!type || type == PAGE_PADDING)
			body = word < 4 ? 0 : ((uint64_t)word + 3 - 4) & ~3ULL;
		if (type == PAGE_PADDING)
			skip = 8;
		if (body + skip > (uint64_t)(end - p))
			return;
		if (type != PAGE_PADDING && body >= type_offset + 2u)
			put_label(l, p + skip, swap);
		p += skip + body;
	}
}

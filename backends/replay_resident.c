/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay_resident: how much of a mapped file is in this process's memory.
 *
 * A page that was read stays mapped until somebody says that it may go; whoever looks through a
 * file of 1 GB would be 1 GB in size. What goes is still in the page cache, and comes back by a
 * fault when it is read again: nothing breaks when it goes too early.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "backends/replay.h"

#define BLOCK_SHIFT 18
#define BLOCKS_MIN  4

void resident_limit(struct resident *r, uint64_t bytes)
{
	uint64_t blocks = MAX(bytes >> BLOCK_SHIFT, (uint64_t)BLOCKS_MIN);

	r->limit = (unsigned)MIN(blocks, (uint64_t)RESIDENT_BLOCKS);
}

/* Whole pages around what was read: all of it lies in the map. */
static void release(const struct resident_block *b)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = b->from & ~(page - 1);

	madvise((void *)from, ((b->to + page - 1) & ~(page - 1)) - from, MADV_DONTNEED);
}

/* The block's place; the one that was there longest leaves for it. */
static unsigned place_of(struct resident *r, uintptr_t number)
{
	unsigned i = 0;

	while (i < r->count && r->blocks[i].number != number)
		i++;
	if (i < r->count)
		return i;
	if (r->count < r->limit) {
		r->count++;
	} else {
		i = r->next;
		r->next = (r->next + 1) % r->limit;
		release(&r->blocks[i]);
	}
	r->blocks[i] = (struct resident_block) { .number = number, .from = UINTPTR_MAX };
	return i;
}

void resident_loaded(struct replay_file *f, const struct page *p, bool inflated)
{
	if (!inflated) {
		resident_touch(&f->resident, p->records, p->size);
		return;
	}
	/* What it was made of is hardly larger. */
	f->inflated += p->size;
	if (f->inflated >> BLOCK_SHIFT < f->resident.limit)
		return;
	f->inflated = 0;
	dat_let_go(f->dat);
}

void resident_touch(struct resident *r, const uint8_t *p, size_t size)
{
	uintptr_t from = (uintptr_t)p, to = from + size, number = from >> BLOCK_SHIFT;
	struct resident_block *b;

	if (!r->limit)
		return;
	if (!r->count || r->blocks[r->last].number != number)
		r->last = place_of(r, number);
	b = &r->blocks[r->last];
	b->from = MIN(b->from, from);
	b->to = MAX(b->to, to);
}

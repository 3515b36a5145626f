/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_bulk: rows that somebody else counted, put into the table as if they had come.
 *
 * Only count, rate, share and what is measured of one numeric field can be had so.
 */
#include "core/group_private.h"

static void add_sum(struct part_sum *s, const struct group_bulk *b)
{
	if (!s->total || b->least < s->least)
		s->least = b->least;
	if (!s->total || b->greatest > s->greatest)
		s->greatest = b->greatest;
	s->total += b->count;
	s->sum += b->sum;
}

static void add_hist(struct group_table *t, struct loghist *h, const struct group_bulk *b)
{
	wide_t least = b->least, greatest = b->greatest;
	uint32_t before = h->bytes;

	if (h->total) {
		least = MIN(least, h->least);
		greatest = MAX(greatest, h->greatest);
	}
	if (b->parts->total) {
		loghist_merge(h, b->parts);
		h->sum -= b->parts->sum;
	}
	/* Of the values themselves, not of the middle of their parts. */
	h->sum += b->sum;
	if (h->total) {
		h->least = least;
		h->greatest = greatest;
	}
	t->heap += h->bytes - before;
}

void group_add(struct group_table *t, const struct row *r, const struct group_bulk *b)
{
	struct group *g = group_take(t, r, b->count);
	const struct group_read *rd;

	if (!g)
		return;
	rd = group_plan_of(t, r->schema)->reads + t->spec->key_count;
	for (unsigned i = 0; i < t->part_count; i++, rd++) {
		void *at = (uint8_t *)g + t->parts[i].offset;

		if (rd->how == READ_LACKS || rd->field != b->field)
			continue;
		if (t->parts[i].kind == PART_SUM)
			add_sum(at, b);
		else if (t->parts[i].kind == PART_HIST && b->parts)
			add_hist(t, at, b);
	}
	group_check_bound(t);
}

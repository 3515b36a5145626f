/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_copy: a table as it is now, for somebody who wants to look at it while rows come.
 *
 * Groups lie in the same places with the same numbers, strings and people too. Nothing is found by
 * its tuple in a copy: there is no hash.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/group_private.h"

/* What a part has besides the group is its own. */
static void copy_part(struct group_table *to, const struct group_part *p, uint8_t *at,
		      const uint8_t *from)
{
	if (p->kind == PART_HIST) {
		struct loghist *h = (struct loghist *)at;

		*h = (struct loghist) { 0 };
		loghist_merge(h, (const struct loghist *)from);
		to->heap += loghist_bytes(h);
	} else if (p->kind == PART_DISTINCT) {
		struct distinct *d = (struct distinct *)at;

		*d = (struct distinct) { 0 };
		distinct_merge(d, (const struct distinct *)from);
		to->heap += distinct_bytes(d);
	}
}

void group_copy_one(struct group_table *to, struct group *g, const struct group *from)
{
	memcpy(g, from, to->stride);
	for (unsigned i = 0; i < to->part_count; i++) {
		const struct group_part *p = &to->parts[i];

		copy_part(to, p, (uint8_t *)g + p->offset, (const uint8_t *)from + p->offset);
	}
}

static void copy_groups(struct group_table *to, const struct group_table *t)
{
	to->block_count = to->block_cap = t->block_count;
	to->blocks = xcalloc(t->block_count, sizeof(uint8_t *));
	for (uint32_t i = 0; i < t->block_count; i++)
		to->blocks[i] = xcalloc(GROUP_BLOCK, t->stride);
	to->count = t->count;
	for (uint32_t i = 0; i < t->count; i++)
		group_copy_one(to, group_at(to, i), group_at(t, i));
	if (!t->other)
		return;
	to->other = xcalloc(1, t->stride);
	group_copy_one(to, to->other, t->other);
}

struct group_table *group_copy(const struct group_table *t)
{
	struct group_table *to = group_new(&(struct group_conf) {
	    .spec = t->spec,
	    .identity = t->identity,
	    .memory = t->memory,
	});

	for (uint32_t i = 0; i < t->strings.count; i++)
		group_strings_put(&to->strings, t->strings.all[i]->text, t->strings.all[i]->len);
	for (uint32_t i = 0; t->people.slots && i <= t->people.mask; i++)
		if (t->people.slots[i].class)
			group_people_copy(&to->people, &t->people.slots[i]);
	memcpy(to->parts, t->parts, sizeof(to->parts));
	to->joined = t->joined;
	to->sure = t->sure;
	to->rows = t->rows;
	to->lacking = t->lacking;
	to->next_id = t->next_id;
	to->ticked = t->ticked;
	to->rated = t->rated;
	copy_groups(to, t);
	return to;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_span: for how long an answer about a thread holds.
 *
 * For walks over many records, which then ask once a thread and not once a record. Apart from the
 * questions themselves, because who only asks those may bring a table of his own.
 */
#include "core/identity_private.h"

/* Narrows the span to the times in which the life answers; false when it does not at ts. */
static bool within_life(const struct life *l, uint64_t ts, uint64_t *from, uint64_t *until)
{
	uint64_t end = l->task.end;
	uint64_t silent = end > UINT64_MAX - DYING_NS - 1 ? UINT64_MAX : end + DYING_NS + 1;

	*from = MAX(*from, l->task.start);
	if (ts >= end && ts - end > DYING_NS) {
		*from = MAX(*from, silent);
		return false;
	}
	*until = MIN(*until, silent);
	return true;
}

void identity_span(const struct identity *id, int32_t tid, uint64_t ts, uint64_t *from,
		   uint64_t *until)
{
	const struct life *l = life_newest(id, tid);
	unsigned n;

	*from = 0;
	*until = UINT64_MAX;
	if (!l)
		return;
	if (unlikely(ts < l->task.start)) {
		const struct life *newest = l;

		n = lives_upper(newest, ts);
		*until = lives_get(newest, n)->task.start;
		if (!n)
			return;
		l = lives_get(newest, n - 1);
	}
	if (!within_life(l, ts, from, until))
		return;
	names_span(l, ts, from, until);
	if (life_proc(l))
		standing_span(life_proc(l), ts, from, until);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store_ask: up to when rows are final, which page has a time, and how much there is.
 */
#include "core/store_private.h"

#define SILENT (200 * NSEC_PER_MSEC)

/* The least horizon of the sources that do not have a flag. */
static uint64_t least_horizon(const struct store *s, unsigned without, uint64_t now)
{
	uint64_t floor = now > SILENT ? now - SILENT : 0, least = UINT64_MAX;

	for (unsigned i = 0; i < s->source_count; i++)
		if (!(s->sources[i]->flags & without))
			least = MIN(least, s->sources[i]->horizon);
	return MAX(least, floor);
}

uint64_t store_horizon(struct store *s, uint64_t now)
{
	/* Without sources whatever comes will come. */
	uint64_t least = s->source_count ? least_horizon(s, 0, now) : 0;

	/* What was final stays final; the walk counts what comes below as late. */
	if (least > s->final)
		s->final = least;
	return s->final;
}

uint64_t run_page_from(const struct run *r, enum page_time which, uint64_t ts)
{
	uint64_t low = r->base, high = r->base + r->count;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		const struct page *p = run_page(r, mid);

		if ((which == PAGE_FIRST ? p->first : p->last) < ts)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t store_horizon_given(const struct store *s, uint64_t now)
{
	return least_horizon(s, SOURCE_DERIVED, now);
}

void store_stats(const struct store *s, struct store_stats *ret)
{
	*ret = (struct store_stats) {
		.memory = s->conf.memory,
		.used = s->used,
		.pages = s->pages,
		.events = s->events,
		.evicted_pages = s->evicted_pages,
		.evicted_events = s->evicted_events,
	};
	for (unsigned i = 0; i < s->run_count; i++) {
		const struct run *r = s->runs[i];

		if (!r->count)
			continue;
		if (!ret->first || r->pages[r->head].first < ret->first)
			ret->first = r->pages[r->head].first;
		ret->last = MAX(ret->last, run_page(r, r->base + r->count - 1)->last);
	}
}

const struct text_env *row_text_env(const struct row *r)
{
	return r->source ? r->source->text : NULL;
}

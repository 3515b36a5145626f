/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_late: from where on the window has to look anew because rows came too late.
 *
 * Remembers how far each run went at the last look; asks the directory of pages and reads at most
 * one page a run, and that only when some source counted late rows.
 */
#include "core/util.h"
#include "tui/events.h"

/* The time of event n of a page; UINT64_MAX: it has no such. */
static uint64_t time_of(const struct run *r, const struct page *p, uint32_t n)
{
	struct page_data *keep;
	const uint8_t *records = page_records(r, p, &keep);
	struct page_walk walk = page_walk_init(records, records ? p->size : 0, p->ts);
	struct page_event ev;
	bool there = true;

	for (uint32_t i = 0; i <= n && there; i++)
		there = page_next(&walk, &ev);
	page_data_unref(keep);
	return there ? run_time(r, ev.ts) : UINT64_MAX;
}

/* The time of the first event of a run that was not there at the last look; UINT64_MAX: none. */
static uint64_t first_new(const struct run *r, const struct window_run *seen)
{
	const struct page *p = run_page(r, seen->page);

	if (!p || p->events <= seen->events) {
		p = run_page(r, MAX(seen->page + (p != NULL), r->base));
		return p ? p->first : UINT64_MAX;
	}
	return time_of(r, p, seen->events);
}

static uint64_t late_rows(const struct store *s)
{
	const struct source *src;
	uint64_t n = 0;

	for (unsigned i = 0; (src = store_source_at(s, i)); i++)
		n += src->late;
	return n;
}

/*
 * Rows may come below the horizon, from a source that was silent: from the oldest of them on the
 * tail is looked at anew.
 */
void window_notice_late(struct window *w)
{
	uint64_t late = late_rows(w->store);
	bool look = w->follow && !w->restart && late != w->late;
	const struct run *r;

	w->late = late;
	for (unsigned i = 0; (r = store_run_at(w->store, i)); i++) {
		if (i == w->run_count) {
			w->runs = xrealloc(w->runs, i + 1, sizeof(*w->runs));
			w->runs[w->run_count++] = (struct window_run) { 0 };
		}
		if (look)
			w->redo = MIN(w->redo, first_new(r, &w->runs[i]));
		if (r->count)
			w->runs[i] = (struct window_run) {
				.page = r->base + r->count - 1,
				.events = run_page(r, r->base + r->count - 1)->events,
			};
	}
}

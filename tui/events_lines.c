/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_lines: the ring of lines that the window holds: adding at both ends, taking out what left.
 *
 * Looks at no row that it was not given. Top and cursor of the window keep pointing at the lines
 * they pointed at.
 */
#include "core/util.h"
#include "tui/events.h"

/* What is kept of a row until its line goes. */
static struct shown line_of(const struct row *r)
{
	struct shown s = { .row = *r, .last = *r, .losses = 1 };

	row_keep(&s.row);
	s.last = s.row;
	s.last.keep = NULL; /* one of the two holds the bytes */
	return s;
}

void window_drop_front(struct window *w)
{
	row_let_go(&window_line(w, 0)->row);
	w->head = (w->head + 1) & (w->cap - 1);
	w->count--;
}

void window_drop_back(struct window *w)
{
	row_let_go(&window_line(w, --w->count)->row);
}

void window_drop_fresh(struct window *w)
{
	while (w->fresh_count)
		row_let_go(&w->fresh[--w->fresh_count]);
}

void window_clear(struct window *w)
{
	while (w->count)
		window_drop_back(w);
	w->at = 0;
	w->oldest = w->newest = false;
	w->end_is_known = false;
	w->tail_busy = false;
	w->pending = 0;
	w->stopped = false;
	w->changed = true;
}

static uint64_t add_lost(uint64_t a, uint64_t b)
{
	return a == LOST_UNKNOWN || b == LOST_UNKNOWN ? LOST_UNKNOWN : a + b;
}

/* Losses that only hidden rows keep apart are one line: else they would be all one sees. */
static bool joins(const struct window *w, const struct row *a, const struct row *b)
{
	return w->sieve.filter && a->flags & b->flags & ROW_LOSS;
}

static void join(struct shown *s, const struct row *r)
{
	s->row.lost = add_lost(s->row.lost, r->lost);
	if (s->row.cpu != r->cpu)
		s->row.cpu = CPU_NONE;
	s->losses++;
}

void window_add_front(struct window *w, const struct row *r)
{
	struct shown *s = w->count ? window_line(w, 0) : NULL;

	w->changed = true;
	if (s && joins(w, &s->row, r)) {
		struct row sum = *r;

		join(s, r);
		sum.lost = s->row.lost;
		sum.cpu = s->row.cpu;
		sum.keep = NULL; /* a loss has no bytes */
		s->row = sum;
		return;
	}
	if (w->count == w->cap) {
		window_drop_back(w);
		w->ahead_ready = w->end_is_known = w->newest = false;
	}
	w->head = (w->head - 1) & (w->cap - 1);
	if (w->count++)
		w->at++;
	w->top++;
	*window_line(w, 0) = line_of(r);
}

void window_add_back(struct window *w, const struct row *r)
{
	struct shown *s = w->count ? window_line(w, w->count - 1) : NULL;

	w->changed = true;
	if (s && joins(w, &s->row, r)) {
		join(s, r);
		s->last = *r;
		s->last.keep = NULL;
		return;
	}
	if (w->count == w->cap) {
		window_drop_front(w);
		w->at -= w->at > 0;
		w->top--;
		w->back_ready = w->oldest = false;
	}
	*window_line(w, w->count++) = line_of(r);
}

/*
 * How many lines from the first on make no sense any more: of losses joined into one line some left
 * the store. What is left of them is looked for anew, from the line behind on.
 */
static unsigned torn(const struct window *w)
{
	for (unsigned i = w->count; i-- > 0;) {
		const struct shown *s = window_line(w, i);

		if (s->losses > 1 &&
		    (!row_is_here(w->store, &s->row) || !row_is_here(w->store, &s->last)))
			return i + 1;
	}
	return 0;
}

/* Takes lines out that left the store. */
void window_prune(struct window *w)
{
	unsigned kept = 0, at = w->at, above = 0, cut = torn(w);
	bool lost_cursor = false;

	for (unsigned i = 0; i < w->count; i++) {
		struct shown *s = window_line(w, i);
		bool here = row_is_here(w->store, &s->row);

		if (here && i >= cut) {
			if (kept != i)
				*window_line(w, kept) = *s;
			kept++;
			continue;
		}
		row_let_go(&s->row);
		lost_cursor |= i == w->at && !here;
		at -= i < w->at;
		above += (int)i < w->top;
	}
	if (kept == w->count)
		return;
	if (cut)
		w->back_ready = w->oldest = false;
	w->changed = true;
	w->top -= (int)above;
	w->count = kept;
	w->at = MIN(at, kept ? kept - 1 : 0);
	if (w->follow)
		return;
	w->moved |= lost_cursor;
	if (kept)
		return;
	window_seek(w, 0);
	w->moved = true;
}

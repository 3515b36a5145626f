/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_window: the lines around the cursor, and the walks that find them.
 *
 * Holds a few screens of consecutive lines that pass the filter, with a store cursor at each end.
 * Following, the youngest lines are found from the horizon backwards, never further than where the
 * last look ended: what a screen costs depends neither on the store nor on the rate. It never looks
 * at more rows than the budget allows; what is missing then is looked for in the next round.
 */
#include <stdlib.h>

#include "core/util.h"
#include "tui/events.h"

#define LINES_MIN 256

/* ---- walks ---- */

static void ready_back(struct window *w)
{
	if (w->back_ready)
		return;
	if (w->count) {
		cursor_seek_row(w->back, &window_line(w, 0)->row);
		w->back_limit = window_line(w, 0)->row.ts + 1;
	} else {
		cursor_seek(w->back, w->end);
		w->back_limit = w->end;
	}
	w->back_at = w->back_limit;
	w->back_ready = true;
}

static void ready_ahead(struct window *w)
{
	const struct row *last;
	struct row r;

	if (w->ahead_ready)
		return;
	w->ahead_ready = true;
	if (w->end_is_known || !w->count) {
		cursor_seek(w->ahead, w->end);
		w->end_is_known = false;
		return;
	}
	last = &window_line(w, w->count - 1)->last;
	cursor_seek_row(w->ahead, last);
	if (cursor_next(w->ahead, UINT64_MAX, &r) && row_compare(&r, last) != 0)
		cursor_seek_row(w->ahead, last); /* it left: what is there is all new */
}

static enum step extend_back(struct window *w, struct budget *b)
{
	struct row r;
	enum step s;

	ready_back(w);
	r.ts = w->back_at;
	s = sieve_prev(&w->sieve, w->back, 0, w->back_limit, b, &r);
	w->back_at = r.ts;
	if (s == STEP_ROW)
		window_add_front(w, &r);
	else if (s == STEP_END)
		w->oldest = true;
	return s;
}

static enum step extend_ahead(struct window *w, struct budget *b)
{
	struct row r;
	enum step s;

	ready_ahead(w);
	s = sieve_next(&w->sieve, w->ahead, w->horizon, b, &r);
	if (s == STEP_ROW)
		window_add_back(w, &r);
	else if (s == STEP_END)
		w->newest = true;
	return s;
}

/* ---- following ---- */

static void tail_begin(struct window *w)
{
	cursor_seek(w->tail, w->horizon);
	w->tail_end = w->horizon;
	w->floor = MIN(w->end, w->redo);
	/* Of losses in one line none is left behind. */
	for (unsigned i = w->count; i-- > 0 && window_line(w, i)->last.ts >= w->floor;)
		w->floor = MIN(w->floor, window_line(w, i)->row.ts);
	w->redo = UINT64_MAX;
	window_drop_fresh(w);
	w->tail_busy = true;
}

static void tail_finish(struct window *w)
{
	bool full = w->fresh_count == (unsigned)w->height;

	/* Those that are looked at anew, or all where there is a gap to what was found. */
	while (w->count && (full || window_line(w, w->count - 1)->last.ts >= w->floor)) {
		window_drop_back(w);
		w->changed = true;
	}
	if (!w->count)
		w->at = 0;
	if (full || w->back_at > w->floor)
		w->back_ready = w->oldest = false;
	while (w->fresh_count) {
		struct row *r = &w->fresh[w->fresh_count - 1];

		if (row_is_here(w->store, r))
			window_add_back(w, r);
		row_let_go(r);
		w->fresh_count--;
	}
	w->end = w->tail_end;
	w->end_is_known = true;
	w->ahead_ready = w->tail_busy = false;
}

/* Finds what came since the last look; true when the budget ended it. */
static bool tail_work(struct window *w, struct budget *b)
{
	struct row r;

	while (w->tail_busy || w->horizon > w->end || w->redo < w->end) {
		enum step s = STEP_ROW;

		if (!w->tail_busy)
			tail_begin(w);
		while (s == STEP_ROW && w->fresh_count < (unsigned)w->height) {
			s = sieve_prev(&w->sieve, w->tail, w->floor, w->tail_end, b, &r);
			if (s == STEP_SPENT)
				return true;
			if (s != STEP_ROW)
				break;
			row_keep(&r);
			w->fresh[w->fresh_count++] = r;
		}
		tail_finish(w);
	}
	return false;
}

/* ---- the cursor ---- */

static void keep_in_sight(struct window *w)
{
	int at = (int)w->at;

	if (at < w->top)
		w->top = at;
	else if (at >= w->top + w->height)
		w->top = at - w->height + 1;
}

/* Finds the line that the cursor is to stand on; true when the budget ended it. */
static bool land(struct window *w, struct budget *b)
{
	enum step s = w->newest ? STEP_END : extend_ahead(w, b);

	if (s == STEP_END && !w->oldest) {
		s = extend_back(w, b); /* nothing behind: the last one before */
		if (s == STEP_ROW)
			w->top = 1 - w->height;
	}
	w->landing = s == STEP_SPENT;
	return s == STEP_SPENT;
}

/* Moves the cursor as far as it is to go; true when the budget ended it. */
static bool go(struct window *w, struct budget *b)
{
	if (w->landing && !w->count && land(w, b))
		return true;
	w->landing = false;
	while (w->pending) {
		bool up = w->pending < 0;
		int64_t room = up ? (int64_t)w->at : (int64_t)w->count - 1 - (int64_t)w->at;
		int64_t n = MIN(up ? -w->pending : w->pending, MAX(room, 0));

		if (n) {
			w->at = up ? w->at - (unsigned)n : w->at + (unsigned)n;
			w->pending += up ? n : -n;
			w->changed = true;
			keep_in_sight(w);
		} else if (!w->count || (up ? w->oldest : w->newest)) {
			w->pending = 0;
		} else if ((up ? extend_back(w, b) : extend_ahead(w, b)) == STEP_SPENT) {
			return true;
		}
	}
	return false;
}

/* Losses at an end may be a part of those that will be joined into this line. */
static bool is_part(const struct window *w, unsigned line)
{
	return w->sieve.filter && line < w->count && window_line(w, line)->row.flags & ROW_LOSS;
}

static bool misses_below(const struct window *w)
{
	int behind = w->top + w->height;

	if (w->follow || w->newest)
		return false;
	return behind > (int)w->count || (behind == (int)w->count && is_part(w, w->count - 1));
}

static bool misses_above(const struct window *w)
{
	return !w->oldest && (w->top < 0 || (!w->top && is_part(w, 0)));
}

/* Finds what is missing to fill the screen; true when the budget ended it. */
static bool fill(struct window *w, struct budget *b)
{
	int was = w->top;

	do {
		while (misses_below(w))
			if (extend_ahead(w, b) == STEP_SPENT)
				return true;
		if (w->follow || w->top + w->height > (int)w->count)
			w->top = (int)w->count - w->height;
		while (misses_above(w))
			if (extend_back(w, b) == STEP_SPENT)
				return true;
		w->top = MAX(w->top, 0);
		/* With fewer above than were wanted there is room for more below. */
	} while (misses_below(w));
	w->changed |= w->top != was;
	return false;
}

/* What the store did since the last look. */
static void notice(struct window *w, uint64_t horizon)
{
	if (horizon != w->horizon)
		w->newest = false;
	w->horizon = horizon;
	if (w->version == store_version(w->store))
		return;
	w->version = store_version(w->store);
	w->newest = false;
	window_prune(w);
	window_notice_late(w);
}

bool window_work(struct window *w, uint64_t horizon, struct budget *b)
{
	bool more = false;

	if (w->height <= 0)
		return false;
	notice(w, horizon);
	if (w->restart) {
		w->restart = false;
		window_clear(w);
		w->end = horizon;
		w->end_is_known = true;
		w->back_ready = w->ahead_ready = false;
		w->redo = UINT64_MAX;
	}
	if (w->follow)
		more = tail_work(w, b);
	else if (!w->stopped)
		more = go(w, b);
	if (!w->stopped)
		more |= fill(w, b);
	else if (w->follow)
		w->top = MAX((int)w->count - w->height, 0);
	if (w->follow && w->count)
		w->at = w->count - 1;
	w->busy = more;
	return more;
}

/* ---- what one asks of it ---- */

void window_init(struct window *w, struct store *s, const struct identity *id)
{
	*w = (struct window) {
		.store = s,
		.sieve = { .identity = id },
		.follow = true,
		.restart = true,
		.redo = UINT64_MAX,
		.back = cursor_new(s, CURSOR_LOSSES),
		.ahead = cursor_new(s, CURSOR_LOSSES),
		.tail = cursor_new(s, CURSOR_LOSSES),
	};
	window_resize(w, 1);
}

void window_done(struct window *w)
{
	cursor_free(w->back);
	cursor_free(w->ahead);
	cursor_free(w->tail);
	window_clear(w);
	window_drop_fresh(w);
	free(w->lines);
	free(w->fresh);
	free(w->runs);
	*w = (struct window) { 0 };
}

void window_resize(struct window *w, int height)
{
	unsigned cap = w->cap ? w->cap : LINES_MIN;

	if (height == w->height || height < 1)
		return;
	while (cap < 4 * (unsigned)height)
		cap *= 2;
	if (cap != w->cap) {
		struct shown *lines = xcalloc(cap, sizeof(*lines));

		for (unsigned i = 0; i < w->count; i++)
			lines[i] = *window_line(w, i);
		free(w->lines);
		w->lines = lines;
		w->head = 0;
		w->cap = cap;
	}
	window_drop_fresh(w);
	w->fresh = xrealloc(w->fresh, (size_t)height, sizeof(*w->fresh));
	w->tail_busy = false;
	w->height = height;
	w->stopped = false;
	w->changed = true;
	keep_in_sight(w);
}

void window_follow(struct window *w)
{
	w->follow = w->restart = true;
	w->stopped = w->landing = false;
	w->changed = true;
}

void window_pause(struct window *w)
{
	w->changed |= w->follow;
	w->follow = false;
	w->restart = false;
	w->tail_busy = false;
}

/* Both ends at one place, nothing between them yet. */
static void begin(struct window *w, int top)
{
	window_pause(w);
	window_clear(w);
	w->back_ready = w->ahead_ready = true;
	w->landing = true;
	w->top = top;
}

void window_seek(struct window *w, uint64_t ts)
{
	cursor_seek(w->back, ts);
	cursor_seek(w->ahead, ts);
	begin(w, ts ? -(w->height / 3) : 0);
	w->back_limit = ts;
}

static void seek_row(struct window *w, const struct row *r, int top)
{
	struct row at = *r; /* may be one of the lines that go */

	cursor_seek_row(w->back, &at);
	cursor_seek_row(w->ahead, &at);
	begin(w, top);
	w->back_limit = at.ts + 1;
}

void window_show(struct window *w, const struct row *r)
{
	for (unsigned i = 0; i < w->count; i++) {
		const struct shown *s = window_line(w, i);

		if (row_compare(&s->row, r) > 0 || row_compare(r, &s->last) > 0)
			continue;
		window_pause(w);
		w->pending = 0;
		w->at = i;
		w->changed = true;
		w->stopped = false;
		keep_in_sight(w);
		return;
	}
	seek_row(w, r, -(w->height / 3));
}

void window_filter(struct window *w, struct filter *f)
{
	const struct shown *s = window_cursor(w);

	w->sieve.filter = f;
	if (w->follow)
		window_follow(w);
	else if (s)
		seek_row(w, &s->row, -MAX((int)w->at - w->top, 0));
	else
		window_seek(w, 0);
}

void window_move(struct window *w, int64_t lines)
{
	window_pause(w);
	w->pending += lines;
	w->stopped = false;
}

void window_rewind(struct window *w, uint64_t horizon)
{
	const struct shown *s = window_cursor(w);
	/* Where one stands, or where somebody has said already to go. */
	uint64_t at = s ? s->row.ts : w->landing ? w->back_limit : horizon;

	w->horizon = horizon;
	if (w->follow) {
		window_clear(w);
		window_follow(w);
		return;
	}
	if (at >= horizon || !s) {
		int64_t pending = w->pending;

		window_seek(w, MIN(at, horizon));
		w->pending = pending;
		return;
	}
	while (w->count && window_line(w, w->count - 1)->last.ts >= horizon)
		window_drop_back(w);
	w->at = MIN(w->at, w->count ? w->count - 1 : 0);
	w->ahead_ready = w->end_is_known = w->newest = false;
	w->tail_busy = false;
	w->changed = true;
}

void window_stop(struct window *w)
{
	w->pending = 0;
	w->landing = false;
	w->stopped = w->busy;
	w->busy = false;
}

unsigned window_visible(const struct window *w, unsigned *first)
{
	*first = (unsigned)MAX(w->top, 0);
	if (*first >= w->count)
		return 0;
	return MIN(w->count - *first, (unsigned)w->height);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_time: when time itself moves: a recording that plays, one that is larger than the store,
 * times that people name.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/util.h"
#include "tui/events.h"

/* Nothing that is known of a place in the store is good for anything any more. */
static void forget_places(struct events *ev)
{
	const struct shown *s = window_cursor(&ev->win);
	/* Where one stands, or where somebody has said already to go. */
	uint64_t at = s ? s->row.ts : ev->win.landing ? ev->win.back_limit : 0;

	find_stop(&ev->find);
	write_stop(ev);
	detail_close(&ev->detail);
	if (ev->win.follow) {
		window_clear(&ev->win);
		window_follow(&ev->win);
	} else {
		window_seek(&ev->win, at);
	}
}

static void count_anew(struct events *ev)
{
	tally_restart(&ev->tally);
	find_restart(&ev->find);
	ev->bottom_known = false;
	ev->dirty = true;
}

void time_notice(struct events *ev, uint64_t horizon)
{
	uint64_t epoch = store_epoch(ev->win.store);
	bool loading = ui_playing(ev->ui)->loading;

	if (ev->loading && !loading)
		count_anew(ev); /* who was which thread is known to the end now */
	ev->loading = loading;
	if (epoch != ev->epoch) {
		ev->epoch = epoch;
		ev->win.horizon = 0; /* it is another one, and went back from nowhere */
		forget_places(ev);
		count_anew(ev);
	} else if (horizon < ev->win.horizon && ui_playing(ev->ui)->recording) {
		window_rewind(&ev->win, horizon);
		count_anew(ev);
	}
}

bool time_bring(struct events *ev, uint64_t ts)
{
	const struct deck_play *p = ui_playing(ev->ui);
	struct err e = ERR_INIT;
	int rc;

	if (!p->recording || p->playing)
		return false;
	rc = deck_seek(ev->deck, MIN(MAX(ts, p->first), p->last), &e);
	if (rc < 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	if (rc > 0)
		time_notice(ev, ev->win.horizon);
	return rc > 0;
}

bool time_bring_next(struct events *ev, bool backwards, uint64_t *ts)
{
	const struct deck_play *p = ui_playing(ev->ui);
	struct store_stats s;

	store_stats(ev->win.store, &s);
	if (!p->recording || p->loading || (backwards ? s.first <= p->first : s.last >= p->last))
		return false;
	*ts = backwards ? s.first : s.last + 1;
	if (backwards)
		return time_bring(ev, s.first - 1);
	/* The next row may be any time away. */
	for (uint64_t gap = 0; s.last + gap < p->last; gap = 2 * gap + 1)
		if (time_bring(ev, s.last + 1 + gap))
			return true;
	return false;
}

void time_reach(struct events *ev, int64_t lines)
{
	const struct window *w = &ev->win;
	int64_t to = (int64_t)w->at + lines;
	uint64_t ts;

	if (w->count && (to < 0 ? w->oldest : to >= (int64_t)w->count && w->newest))
		time_bring_next(ev, to < 0, &ts);
}

void time_range(const struct events *ev, uint64_t *first, uint64_t *last)
{
	const struct deck_play *p = ui_playing(ev->ui);
	struct store_stats s;

	store_stats(ev->win.store, &s);
	*first = p->recording ? p->first : s.first;
	*last = p->recording ? p->last : s.last;
}

int time_percent(const struct events *ev, const char *text, uint64_t *ret, struct err *e)
{
	uint64_t first, last;
	char *end;
	double v = strtod(text, &end);

	if (end == text || strcmp(end, "%") != 0 || !(v >= 0 && v <= 100))
		return err_set(e, -EINVAL, "a part of all: 0%% to 100%%");
	time_range(ev, &first, &last);
	*ret = first + (uint64_t)((double)(last - first) * v / 100);
	return 0;
}

unsigned time_play(struct events *ev, enum action a, const struct act_arg *arg)
{
	const struct shown *s = window_cursor(&ev->win);

	if (ui_play(ev->ui, a, s ? s->row.ts : 0, arg))
		window_follow(&ev->win);
	return REACT_DRAW;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_marks: bookmarks, the markers A and B, and the way to a time.
 *
 * A mark is the place of a row in the store, not a line of the screen: it stays where it is under
 * every filter and goes when its row leaves. Reads no row.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/cleanup.h"
#include "core/time_parse.h"
#include "core/util.h"
#include "tui/events.h"

#define BOOKMARKS_MAX 1000

/* ---- bookmarks ---- */

/* The first bookmark at or behind a row. */
static size_t place_of(const struct events *ev, const struct row *r)
{
	size_t low = 0, high = ev->bookmark_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (row_compare(&ev->bookmarks[mid], r) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool marks_has(const struct events *ev, const struct row *r)
{
	size_t at = place_of(ev, r);

	return at < ev->bookmark_count && !row_compare(&ev->bookmarks[at], r);
}

static void remove_at(struct events *ev, size_t at)
{
	ev->bookmark_count--;
	memmove(ev->bookmarks + at, ev->bookmarks + at + 1,
		(ev->bookmark_count - at) * sizeof(*ev->bookmarks));
}

unsigned marks_bookmark(struct events *ev)
{
	const struct shown *s = window_cursor(&ev->win);
	size_t at;

	if (!s)
		return REACT_DRAW;
	at = place_of(ev, &s->row);
	if (marks_has(ev, &s->row)) {
		remove_at(ev, at);
		return REACT_DRAW;
	}
	if (ev->bookmark_count == BOOKMARKS_MAX) {
		ui_say(ev->ui, LOOK_WARN, "there are %d bookmarks already", BOOKMARKS_MAX);
		return REACT_DRAW;
	}
	ev->bookmarks = xrealloc(ev->bookmarks, ev->bookmark_count + 1, sizeof(*ev->bookmarks));
	memmove(ev->bookmarks + at + 1, ev->bookmarks + at,
		(ev->bookmark_count - at) * sizeof(*ev->bookmarks));
	ev->bookmarks[at] = s->row;
	ev->bookmark_count++;
	return REACT_DRAW;
}

unsigned marks_jump(struct events *ev, bool backwards)
{
	const struct shown *s = window_cursor(&ev->win);
	size_t at = s ? place_of(ev, &s->row) : 0;

	if (s && !backwards && marks_has(ev, &s->row))
		at++;
	if (backwards ? !at : at >= ev->bookmark_count) {
		ui_say(ev->ui, LOOK_WARN,
		       ev->bookmark_count ? "no bookmark %s" : "no bookmarks yet",
		       backwards ? "before this row" : "behind this row");
		return REACT_DRAW;
	}
	window_show(&ev->win, &ev->bookmarks[backwards ? at - 1 : at]);
	return REACT_DRAW;
}

void marks_prune(struct events *ev)
{
	for (size_t i = ev->bookmark_count; i-- > 0;)
		if (!row_is_here(ev->win.store, &ev->bookmarks[i]))
			remove_at(ev, i);
}

/* ---- markers ---- */

/* Whoever records between the markers asks the frame. */
static void tell_range(struct events *ev)
{
	const struct row *a = &ev->marker[0], *b = &ev->marker[1];

	ui_mark_range(ev->ui, ev->marker_set[0] && ev->marker_set[1], MIN(a->ts, b->ts),
		      MAX(a->ts, b->ts) + 1);
}

unsigned marks_set(struct events *ev, unsigned which)
{
	const struct shown *s = window_cursor(&ev->win);

	if (!s)
		return REACT_DRAW;
	if (ev->marker_set[which] && !row_compare(&ev->marker[which], &s->row)) {
		ev->marker_set[which] = false; /* twice at one place takes it away */
		tell_range(ev);
		return REACT_DRAW;
	}
	ev->marker[which] = s->row;
	ev->marker_set[which] = true;
	tell_range(ev);
	return REACT_DRAW;
}

bool marks_between(const struct events *ev, const struct row *r)
{
	const struct row *a = &ev->marker[0], *b = &ev->marker[1];

	if (!ev->marker_set[0] || !ev->marker_set[1])
		return false;
	if (row_compare(a, b) > 0) {
		a = &ev->marker[1];
		b = &ev->marker[0];
	}
	return row_compare(a, r) <= 0 && row_compare(r, b) <= 0;
}

void marks_status(const struct events *ev, struct strbuf *out)
{
	const struct row *a = &ev->marker[0], *b = &ev->marker[1];
	uint64_t from, to;

	if (!ev->marker_set[0] || !ev->marker_set[1])
		return;
	from = MIN(a->ts, b->ts);
	to = MAX(a->ts, b->ts);
	strbuf_str(out, ", A-B ");
	if (b->ts < a->ts)
		strbuf_char(out, '-');
	strbuf_time(out, to - from, 9);
	strbuf_str(out, " s, ");
	/* Of the two ends one counts: the events from A on, up to B. */
	if (row_is_here(ev->win.store, a) && row_is_here(ev->win.store, b)) {
		number_text(out,
			    events_until(ev->win.store, to) - events_until(ev->win.store, from));
		strbuf_str(out, " events");
	} else {
		strbuf_str(out, "events left the store");
	}
}

/* ---- going to a time ---- */

/* What printed relative times count from; 0 when they are printed absolute. */
static uint64_t printed_base(const struct events *ev)
{
	uint64_t first, last;

	if (ev->time_format != TIME_RELATIVE)
		return 0;
	if (ev->marker_set[0])
		return ev->marker[0].ts;
	time_range(ev, &first, &last);
	return first;
}

int marks_parse_time(const struct events *ev, const char *text, uint64_t *ret, struct err *e)
{
	const struct shown *s = window_cursor(&ev->win);
	struct time_frame frame = {
		.near = s ? s->row.ts : 0,
		.base = printed_base(ev),
		.clocks = deck_clocks(ev->deck),
	};

	if (strchr(text, '%'))
		return time_percent(ev, text, ret, e);
	return time_parse(text, &frame, ret, e);
}

static int check_time(const char *text, struct err *e, void *data)
{
	uint64_t ts;

	return marks_parse_time(data, text, &ts, e) < 0 ? (*text ? -1 : 0) : 1;
}

static void time_done(const char *text, void *data)
{
	struct events *ev = data;
	struct err e = ERR_INIT;
	uint64_t ts = 0;

	if (!text || !*text)
		return;
	if (marks_parse_time(ev, text, &ts, &e) < 0) {
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
		return;
	}
	time_bring(ev, ts);
	window_seek(&ev->win, ts);
	ev->dirty = true;
}

unsigned marks_goto(struct events *ev, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "time",
		.check = check_time,
		.done = time_done,
	};

	if (arg->text)
		time_done(arg->text, ev);
	else
		ui_prompt(ev->ui, &ops, "", ev);
	return REACT_DRAW;
}

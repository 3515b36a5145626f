/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_title: what stands behind the pane's name: the state first, then counts, then the rest.
 *
 * Made in the update, so that drawing asks for nothing. A number that is not complete has a "+", an
 * estimate a "~".
 */
#include "core/util.h"
#include "tui/events.h"
#include "tui/events_pairs.h"

/* The events there are; of a recording that plays those that its clock has passed. */
static uint64_t arrived(const struct events *ev)
{
	const struct deck_play *p = ui_playing(ev->ui);

	if (p->playing)
		return p->at ? events_until(ev->win.store, p->at - 1) : 0;
	return events_arrived(ev->win.store);
}

/* How many events came behind the last line on the screen. */
static void put_behind(struct events *ev, struct strbuf *out)
{
	unsigned first, n = window_visible(&ev->win, &first);
	uint64_t all = ev->tally.shown + ev->tally.hidden, behind, ts;

	if (!n)
		return;
	ts = window_line(&ev->win, first + n - 1)->last.ts;
	if (!ev->bottom_known || ts != ev->bottom_ts) {
		ev->bottom_ts = ts;
		ev->bottom_events = events_until(ev->win.store, ts);
		ev->bottom_known = true;
	}
	behind = arrived(ev);
	behind -= MIN(behind, ev->bottom_events);
	strbuf_str(out, ", ");
	if (ev->win.sieve.filter) { /* as many of them as of all */
		behind = all ? (uint64_t)((double)behind * (double)ev->tally.shown / (double)all)
			     : behind;
		strbuf_char(out, '~');
	}
	number_text(out, behind);
	strbuf_str(out, " behind");
}

/* Nothing is hidden by anybody: what is missing was not to be captured. */
static void put_dropped(const struct events *ev, struct strbuf *out)
{
	const char *more = ev->tally.complete ? "" : "+";

	number_text(out, ev->tally.shown);
	strbuf_fmt(out, "%s events", more);
	if (!ev->tally.hidden)
		return;
	strbuf_str(out, ", ");
	number_text(out, ev->tally.hidden);
	strbuf_fmt(out, "%s not to be captured", more);
}

static void put_counts(const struct events *ev, struct strbuf *out)
{
	struct store_stats stats;

	if (!ev->win.sieve.filter) {
		store_stats(ev->win.store, &stats);
		number_text(out, arrived(ev));
		strbuf_str(out, " events");
		return;
	}
	if (!scope_parts(ui_scope(ev->ui)) && !pairs_fold(ev)) {
		put_dropped(ev, out);
		return;
	}
	number_text(out, ev->tally.shown);
	strbuf_str(out, ev->tally.complete ? " of " : "+ of ");
	number_text(out, ev->tally.shown + ev->tally.hidden);
	strbuf_str(out, " shown, ");
	number_text(out, ev->tally.hidden);
	strbuf_str(out, ev->tally.complete ? "" : "+");
	strbuf_str(out, scope_parts(ui_scope(ev->ui)) ? " hidden" : " folded into pairs");
}

/* The field under the cursor, for those whose text does not name it. */
static void put_field(const struct events *ev, struct strbuf *out)
{
	const struct field *f = cell_field(ev);
	const struct row *r = events_row(ev);

	if (!f || !ev->view->focus)
		return;
	strbuf_fmt(out, ", %s=", f->name);
	text_row_field(r, f, out);
}

bool title_update(struct events *ev)
{
	struct strbuf b = { 0 };
	bool changed;

	if (ev->find.fn || window_is_busy(&ev->win))
		strbuf_str(&b, "searching..., ");
	strbuf_str(&b, ev->win.follow ? "following" : "paused");
	if (!ev->win.follow)
		put_behind(ev, &b);
	/* What goes on and what was asked for stand before what only counts: a pane may be narrow.
	 */
	write_status(ev, &b);
	find_status(ev, &b);
	strbuf_str(&b, ", ");
	put_counts(ev, &b);
	marks_status(ev, &b);
	put_field(ev, &b);
	changed = strcmp(strbuf_cstr(&b), strbuf_cstr(&ev->title)) != 0;
	strbuf_done(&ev->title);
	ev->title = b;
	return changed;
}

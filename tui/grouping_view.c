/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouping_view: a grouping as part of a view: the frame says what passes and what time it is.
 */
#include "core/cleanup.h"
#include "tui/grouping.h"
#include "tui/play.h"
#include "tui/view.h"

/* The filter as it is now, for ourselves: the scope's own goes with its next change. */
static void take_scope(struct grouping *g, const struct scope *s)
{
	_cleanup_free_ char *text = NULL;
	struct filter *f = NULL;

	if (g->has_scope && s->version == g->scope)
		return;
	text = scope_whole(s);
	if (*text)
		scope_parse(s, text, &f, NULL);
	grouping_filter(g, f);
	g->has_scope = true;
	g->scope = s->version;
}

unsigned grouping_update(struct grouping *g, struct view *v)
{
	struct deck *d = ui_deck(v->ui);
	const struct deck_play *play = ui_playing(v->ui);
	struct grouping_time t = {
		.now = ui_now(v->ui),
		.live = !play->recording || play->playing,
		.ended = store_source_at(deck_store(d), 0) &&
			 (play_has_ended(play, d) || (play->playing && play->still)),
		.seen = v->shown,
	};

	take_scope(g, ui_scope(v->ui));
	return grouping_work(g, &t);
}

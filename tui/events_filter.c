/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_filter: the filter bar: what is typed is judged at every key, and taken over at Enter.
 *
 * A field is right when one of the sources has an event with it. Changes the scope and nothing
 * else; the window notices by the scope's version.
 */
#include <errno.h>

#include "core/util.h"
#include "tui/events.h"

/* Fields are checked against every source; what one of them knows is right. */
static int check_fields(struct events *ev, const struct filter *f, struct err *e)
{
	const struct source *src;
	int rc = 0;

	for (unsigned i = 0; (src = store_source_at(ev->win.store, i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		err_clear(e);
		rc = filter_check(f, src->schemas, e);
		if (rc >= 0)
			return 0;
	}
	return rc;
}

static int check_filter(const char *text, struct err *e, void *data)
{
	struct filter *f = NULL;
	int rc = filter_parse(text, &f, e);

	if (rc >= 0)
		rc = check_fields(data, f, e);
	filter_free(f);
	if (rc < 0)
		return rc == -EAGAIN ? 0 : -1;
	err_clear(e);
	return 1;
}

static void filter_done(const char *text, void *data)
{
	struct events *ev = data;
	struct err e = ERR_INIT;

	if (!text)
		return;
	if (scope_type(ui_scope(ev->ui), text, &e) < 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	ev->dirty = true;
}

unsigned filter_open_prompt(struct events *ev, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "filter",
		.check = check_filter,
		.complete = filter_complete,
		.done = filter_done,
	};
	const char *typed = ui_scope(ev->ui)->typed;
	struct err e = ERR_INIT;

	if (!arg->text)
		ui_prompt(ev->ui, &ops, typed ? typed : "", ev);
	else if (check_filter(arg->text, &e, ev) <= 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	else
		filter_done(arg->text, ev);
	return REACT_DRAW;
}

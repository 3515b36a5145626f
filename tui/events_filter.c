/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_filter: typing the two filters: what is typed is judged at every key, and taken over at
 * Enter.
 *
 * A field is right when one of the sources has an event with it. The display filter changes the
 * scope and nothing else; the window notices by the scope's version. The capture filter is the
 * frame's. What a right text would show is counted meanwhile (events_preview.c).
 */
#include <errno.h>

#include "core/util.h"
#include "tui/events_filter.h"

typedef int (*check_fn)(const struct filter *f, const struct schema_set *set, struct err *e);

/* Fields are checked against every source; what one of them knows is right. */
static int check_fields(struct events *ev, const struct filter *f, check_fn check, struct err *e)
{
	const struct source *src;
	int rc = 0;

	for (unsigned i = 0; (src = store_source_at(ev->win.store, i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		err_clear(e);
		rc = check(f, src->schemas, e);
		if (rc >= 0)
			return 0;
	}
	return rc;
}

static int check_filter(struct events *ev, const char *text, check_fn check, struct err *e)
{
	struct filter *f = NULL;
	int rc = scope_parse(ui_scope(ev->ui), text, &f, e);

	if (rc >= 0)
		rc = check_fields(ev, f, check, e);
	filter_free(f);
	if (rc < 0)
		return rc == -EAGAIN ? 0 : -1;
	err_clear(e);
	return 1;
}

/* While one types: what is right is counted, what is not leaves nothing to count. */
static int check_display(const char *text, struct err *e, void *data)
{
	struct events *ev = data;
	int verdict = check_filter(ev, text, filter_check, e);

	if (verdict > 0 && *text)
		preview_show(ev, text, false);
	else
		preview_hide(ev);
	return verdict;
}

static int check_capture(const char *text, struct err *e, void *data)
{
	struct events *ev = data;
	int verdict = check_filter(ev, text, filter_check_capture, e);
	struct err kernel = ERR_INIT;

	if (verdict <= 0 || !*text)
		preview_hide(ev);
	else if (check_filter(ev, text, filter_check, &kernel) > 0)
		preview_show(ev, text, true);
	else
		preview_tell(ev, "only the kernel can tell what it takes of these rows");
	return verdict;
}

/* ---- the display filter ---- */

static void display_done(const char *text, void *data)
{
	struct events *ev = data;
	struct err e = ERR_INIT;

	preview_hide(ev);
	if (!text)
		return;
	if (scope_type(ui_scope(ev->ui), text, &e) < 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	ev->dirty = true;
}

bool filter_complete_argument(struct view *v, enum action action, const char *text, size_t at,
			      size_t *from, struct strbuf *out)
{
	if (action != ACT_FILTER && action != ACT_CAPTURE)
		return false;
	filter_complete(text, at, from, out, events_of(v));
	return true;
}

unsigned filter_open_prompt(struct events *ev, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "filter",
		.check = check_display,
		.complete = filter_complete,
		.done = display_done,
		.note = preview_note,
	};
	const char *typed = ui_scope(ev->ui)->typed;
	struct err e = ERR_INIT;

	if (!arg->text)
		ui_prompt(ev->ui, &ops, typed ? typed : "", ev);
	else if (check_filter(ev, arg->text, filter_check, &e) <= 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	else
		display_done(arg->text, ev);
	return REACT_DRAW;
}

/* ---- the capture filter ---- */

/* What the kernel does not take stays in the prompt, with its words; the old one is in force. */
static int capture_take(const char *text, struct err *e, void *data)
{
	struct events *ev = data;

	return ui_capture(ev->ui, text, e);
}

static void say_captured(struct events *ev, const char *text)
{
	bool none = !text[strspn(text, " ")];

	ui_say(ev->ui, LOOK_GOOD,
	       none ? "all events of the tracers that are on are captured"
		    : "from now on only this is captured: %s",
	       text);
}

static void capture_done(const char *text, void *data)
{
	struct events *ev = data;

	preview_hide(ev);
	if (text)
		say_captured(ev, text);
}

unsigned capture_open_prompt(struct events *ev, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "capture",
		.check = check_capture,
		.complete = filter_complete,
		.take = capture_take,
		.done = capture_done,
		.note = preview_note,
		.captures = true,
	};
	const char *typed = ui_captured(ev->ui);
	struct err e = ERR_INIT;

	if (!arg->text)
		ui_prompt(ev->ui, &ops, typed ? typed : "", ev);
	else if (check_filter(ev, arg->text, filter_check_capture, &e) <= 0 ||
		 ui_capture(ev->ui, arg->text, &e) < 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	else
		say_captured(ev, arg->text);
	return REACT_DRAW;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_log: all that was said when a tracer failed, such as a verifier's log, in a page that
 * scrolls.
 */
#include <stdlib.h>

#include "core/cleanup.h"
#include "tui/tracers.h"

struct log {
	struct sheet page;
	char *title;
};

struct log_of {
	const struct strbuf *text;
	char *title;
};

static int open_view(struct view *v, struct err *e)
{
	const struct log_of *of = ui_dialog_arg(v->ui);
	struct log *l = v->state;

	(void)e;
	l->title = of->title;
	sheet_text(&l->page, LOOK_TEXT, of->text->s, of->text->len);
	return 0;
}

static void close_view(struct view *v)
{
	struct log *l = v->state;

	sheet_done(&l->page);
	free(l->title);
}

static void draw_view(const struct view *v, struct area *a)
{
	sheet_draw(&((const struct log *)v->state)->page, a);
}

static unsigned act_view(struct view *v, enum action a, const struct act_arg *arg)
{
	struct log *l = v->state;

	if (sheet_scroll(&l->page, v->rows, a, arg->count))
		return REACT_DRAW;
	switch (a) {
	case ACT_YANK_ROW:
		ui_yank(v->ui, strbuf_cstr(&l->page.text), l->page.text.len);
		return REACT_DRAW;
	case ACT_CANCEL:
	case ACT_BACK:
	case ACT_ENTER:
	case ACT_LOG:
	case ACT_QUIT:
		return REACT_CLOSE;
	default:
		return REACT_UNKNOWN;
	}
}

static void status_view(const struct view *v, struct strbuf *out)
{
	const struct log *l = v->state;

	strbuf_str(out, l->title);
	sheet_status(&l->page, v->rows, out);
}

static const enum action hints[] = { ACT_PAGE_DOWN, ACT_PAGE_UP, ACT_YANK_ROW, ACT_NONE };

/* Named as the pane is, for its keys are the pane's. */
static const struct view_ops log_ops = {
	.name = "tracers",
	.title = "Log",
	.size = sizeof(struct log),
	.hints = hints,
	.open = open_view,
	.close = close_view,
	.draw = draw_view,
	.act = act_view,
	.status = status_view,
};

unsigned log_open(struct tracers *t, const struct node *n)
{
	struct backend *b = n && n->kind == NODE_TRACER ? node_backend(t, n) : NULL;
	_cleanup_strbuf_ struct strbuf text = { 0 }, title = { 0 };
	struct log_of of = { .text = &text };
	struct err e = ERR_INIT;

	if (!b) {
		ui_say(t->ui, LOOK_DIM, "no tracer stands here");
		return REACT_DRAW;
	}
	node_title(n, &title);
	if (!b->ops->log || b->ops->log(b, n->parent->name, n->name, &text, &e) < 0 || !text.len) {
		ui_say(t->ui, LOOK_DIM, "%s: nothing more was said", title.s);
		return REACT_DRAW;
	}
	of.title = strbuf_take(&title);
	if (!ui_dialog(t->ui, &log_ops, &of))
		free(of.title);
	return REACT_DRAW_ALL;
}

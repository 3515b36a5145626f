/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit: one process in one screen, over the panes.
 *
 * A dialog. It shows all that was captured of the process, whatever is filtered for display. Looks
 * once a second; drawing changes nothing.
 */
#include "tui/cockpit.h"

#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/play.h"

/* ---- life ---- */

static int open_view(struct view *v, struct err *e)
{
	struct cockpit_view *p = v->state;
	const struct cockpit_start *s = ui_dialog_arg(v->ui);

	(void)e;
	cockpit_init(&p->c, ui_deck(v->ui), &s->who);
	p->focus = s->focus;
	p->max = s->max;
	if (s->threads)
		cockpit_threads(&p->c, true);
	v->want_rows = v->want_cols = WHOLE_SCREEN;
	return 0;
}

static void close_view(struct view *v)
{
	cockpit_done(&((struct cockpit_view *)v->state)->c);
}

/* What holds besides all narrowings is no narrowing of anybody. */
static void take_guard(struct view *v)
{
	struct cockpit *c = &((struct cockpit_view *)v->state)->c;
	const struct scope *s = ui_scope(v->ui);
	struct filter *f = NULL;

	if (c->has_scope && s->version == c->scope)
		return;
	if (s->guard)
		scope_parse(s, s->guard, &f, NULL);
	if (c->has_scope && !f && !c->guard) {
		c->scope = s->version;
		return;
	}
	cockpit_guard(c, f);
	c->has_scope = true;
	c->scope = s->version;
}

static unsigned update_view(struct view *v)
{
	struct cockpit_view *p = v->state;
	struct deck *d = ui_deck(v->ui);
	const struct deck_play *play = ui_playing(v->ui);
	struct cockpit_time t = {
		.now = ui_now(v->ui),
		.live = !play->recording || play->playing,
		.ended = store_source_at(deck_store(d), 0) && play_has_ended(play, d),
	};
	unsigned did;
	bool draw;

	take_guard(v);
	did = cockpit_work(&p->c, &t);
	draw = did & COCKPIT_DRAW || v->rows != p->rows || v->cols != p->cols;
	if (draw)
		cockpit_lay_out(v);
	return (draw ? REACT_DRAW : 0) | (did & COCKPIT_MORE ? REACT_MORE : 0);
}

static void settle_view(struct view *v)
{
	cockpit_settle(&((struct cockpit_view *)v->state)->c);
}

/* ---- the head ---- */

static void put_life(const struct view *v, const struct cockpit_head *h, struct strbuf *out)
{
	uint64_t now = ui_now(v->ui);

	if (h->start) {
		strbuf_str(out, ", since ");
		strbuf_time(out, h->start, 6);
	}
	if (h->end == UINT64_MAX)
		return;
	strbuf_str(out, h->end <= now ? ", ended " : ", ends ");
	strbuf_time(out, h->end, 6);
	if (h->start && h->end > h->start) {
		strbuf_str(out, " after ");
		strbuf_duration(out, (double)(h->end - h->start));
	}
}

static void put_who(const struct view *v, struct strbuf *out)
{
	const struct cockpit *c = &((const struct cockpit_view *)v->state)->c;
	const struct cockpit_head *h = &c->head;

	if (*h->user)
		strbuf_fmt(out, ", user %s", h->user);
	else if (h->uid != UINT32_MAX)
		strbuf_fmt(out, ", uid %u", h->uid);
	if (h->threads > 1)
		strbuf_fmt(out, ", %u threads", h->threads);
	if (h->nspid >= 0 && h->nspid != c->who.pid)
		strbuf_fmt(out, ", %d in its pid namespace", h->nspid);
	if (!h->known)
		strbuf_str(out, c->who.pid < 0 && c->who.tid ? ", of a process nobody knows" : "");
	put_life(v, h, out);
}

static void draw_line(struct area *a, int y, const char *name, const char *text)
{
	int x = draw_str(a, y, 0, LOOK_DIM, name);

	draw_text(a, y, x, a->cols - x, LOOK_TEXT, text, strlen(text));
}

static void draw_head(const struct view *v, struct area *a)
{
	const struct cockpit *c = &((const struct cockpit_view *)v->state)->c;
	const struct cockpit_head *h = &c->head;
	_cleanup_strbuf_ struct strbuf b = { 0 }, where = { 0 };
	int lines = head_lines(c, v->rows, v->cols), y = 0, x;
	bool gone = h->end != UINT64_MAX && h->end <= ui_now(v->ui);

	head_name(c, &b);
	x = draw_text(a, y, 0, a->cols, gone ? LOOK_GONE : LOOK_COMM, b.s, b.len);
	strbuf_clear(&b);
	put_who(v, &b);
	draw_text(a, y++, x, a->cols - x, LOOK_TEXT, strbuf_cstr(&b), b.len);
	if (y < lines && (*h->cmdline || *h->exe))
		draw_line(a, y++, *h->cmdline ? "runs " : "program ",
			  *h->cmdline ? h->cmdline : h->exe);
	if (y < lines && *h->parents)
		draw_line(a, y++, "made by ", h->parents);
	if (*h->container)
		strbuf_fmt(&where, "%s, ", h->container);
	strbuf_str(&where, h->cgroup);
	if (y < lines && where.len)
		draw_line(a, y++, *h->container ? "container " : "cgroup ", where.s);
}

/* ---- the sections ---- */

static void put_key(const struct view *v, enum action a, struct strbuf *b)
{
	if (!keymap_key(ui_keymap(v->ui), v->ops->name, a, b))
		strbuf_fmt(b, ":%s", actions[a].name);
}

/* Why there is nothing. */
static void draw_empty(const struct view *v, const struct cockpit_section *s, struct area *a)
{
	_cleanup_strbuf_ struct strbuf key = { 0 };
	int x = 1;

	if (!section_lacks(s)) {
		draw_str(a, 0, x, LOOK_DIM, s->of->complete ? s->kind->none : "counting...");
		return;
	}
	x += draw_fmt(a, 0, x, LOOK_DIM, "%s is off", s->kind->tracer);
	if (s->possible) {
		put_key(v, ACT_ADD_TRACERS, &key);
		x += draw_str(a, 0, x, LOOK_DIM, "; ");
		x += draw_str(a, 0, x, LOOK_KEY, key.s);
		draw_str(a, 0, x, LOOK_DIM, " switches on what is missing");
	} else if (s->reason.len) {
		draw_fmt(a, 0, x, LOOK_DIM, ": %s", s->reason.s);
	}
}

static void draw_section(const struct view *v, unsigned i, struct area *all)
{
	const struct cockpit_view *p = v->state;
	const struct cockpit_section *s = &p->c.sections[i];
	const struct cockpit_box *b = &p->box[i];
	struct area a = area_sub(all, b->y, b->x, b->rows, b->cols), body;
	bool focus = i == p->focus && v->focus;
	enum look look = focus ? LOOK_TITLE_FOCUS : LOOK_TITLE;
	_cleanup_strbuf_ struct strbuf status = { 0 };
	int x;

	draw_fill(&a, 0, 0, a.cols, look, " ");
	x = 1 + draw_str(&a, 0, 1, look, s->kind->title);
	section_status(s, &status);
	if (status.len)
		draw_text(&a, 0, x + 2, a.cols - x - 3, look, status.s, status.len);
	if (a.rows < 2)
		return;
	body = area_sub(&a, 1, 0, a.rows - 1, a.cols);
	if (s->count)
		table_draw(&s->state, &section_model, s, &body, focus);
	else
		draw_empty(v, s, &body);
}

static void draw_view(const struct view *v, struct area *a)
{
	const struct cockpit_view *p = v->state;
	const struct strbuf *notes = &p->c.notes;

	draw_head(v, a);
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		if (p->box[i].rows > 0)
			draw_section(v, i, a);
	if (notes->len && a->rows - head_lines(&p->c, v->rows, v->cols) > 4)
		draw_text(a, a->rows - 1, 0, a->cols, LOOK_WARN, notes->s, notes->len);
}

static void status(const struct view *v, struct strbuf *out)
{
	const struct cockpit *c = &((const struct cockpit_view *)v->state)->c;

	head_name(c, out);
	if (c->threads)
		strbuf_str(out, ", by threads");
	if (ui_scope(v->ui)->guard)
		strbuf_str(out, "; all that the kernel let pass");
}

static const enum action hints[] = { ACT_ENTER,	   ACT_ITS_EVENTS, ACT_ADD_TRACERS, ACT_NEXT_PANE,
				     ACT_MAXIMIZE, ACT_SORT,	   ACT_THREADS,	    ACT_NONE };

const struct view_ops cockpit_ops = {
	.name = "cockpit",
	.title = "Cockpit",
	.size = sizeof(struct cockpit_view),
	.hints = hints,
	.open = open_view,
	.close = close_view,
	.update = update_view,
	.draw = draw_view,
	.act = cockpit_view_act,
	.status = status,
	.settle = settle_view,
};

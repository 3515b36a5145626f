/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * histogram: how often which size of a number came, over the rows that are shown.
 *
 * A dialog. The bars are powers of two and parts of them, as fine as there are lines for. One can
 * be looked into, as far as it was counted, or be what the rows are narrowed to.
 */
#include "tui/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/scale.h"
#include "core/util.h"

static int histogram_open(struct view *v, struct err *e)
{
	struct histogram *h = v->state;

	v->want_rows = v->want_cols = WHOLE_SCREEN;
	return spectrum_open(&h->sp, v->ui, ui_dialog_arg(v->ui), 1, e);
}

static void histogram_close(struct view *v)
{
	struct histogram *h = v->state;

	spectrum_close(&h->sp);
	loghist_done(&h->all);
	free(h->bars);
}

/* ---- bars ---- */

struct filling {
	struct histogram *h;
	struct scale scale;
	int32_t first;
};

static void fill(wide_t lo, wide_t hi, uint64_t n, void *data)
{
	struct filling *f = data;
	int64_t at = (int64_t)scale_at(f->scale, lo) - f->first;

	(void)hi;
	if (at >= 0 && at < (int64_t)f->h->count)
		f->h->bars[at].n += n;
}

/* The values that bars are made of. */
static bool range_of(const struct histogram *h, wide_t *lo, wide_t *hi)
{
	if (!h->all.total)
		return false;
	*lo = h->all.least;
	*hi = h->all.greatest;
	if (h->depth) {
		*lo = MAX(*lo, h->zooms[h->depth - 1].lo);
		*hi = MIN(*hi, h->zooms[h->depth - 1].hi);
	}
	return *lo <= *hi;
}

static void make_bars(struct histogram *h, unsigned lines)
{
	struct filling f = { .h = h };
	wide_t lo, hi;

	h->count = 0;
	h->most = h->total = 0;
	if (!range_of(h, &lo, &hi))
		return;
	f.scale = scale_fit(lo, hi, MAX(lines, 3u));
	f.first = scale_at(f.scale, lo);
	h->count = scale_count(f.scale, lo, hi);
	h->bars = xrealloc(h->bars, h->count, sizeof(*h->bars));
	for (unsigned i = 0; i < h->count; i++)
		h->bars[i] = (struct bar) {
			.lo = scale_first(f.scale, f.first + (int32_t)i),
			.hi = scale_last(f.scale, f.first + (int32_t)i),
		};
	loghist_each(&h->all, fill, &f);
	for (unsigned i = 0; i < h->count; i++) {
		h->most = MAX(h->most, h->bars[i].n);
		h->total += h->bars[i].n;
	}
}

/* The cursor stays on the values that it was on. */
static void keep_cursor(struct histogram *h, int lines)
{
	unsigned at = 0;

	while (h->has_cursor && at + 1 < h->count && h->bars[at].hi < h->cursor_value)
		at++;
	h->cursor = at;
	if (h->cursor < h->top)
		h->top = h->cursor;
	if (h->cursor >= h->top + (unsigned)MAX(lines, 1))
		h->top = h->cursor - (unsigned)MAX(lines, 1) + 1;
	if (h->top + (unsigned)lines > h->count)
		h->top = h->count > (unsigned)lines ? h->count - (unsigned)lines : 0;
}

static void rebuild(struct histogram *h, int lines)
{
	loghist_done(&h->all);
	heat_sum(h->sp.heat, 0, UINT64_MAX, &h->all);
	make_bars(h, (unsigned)MAX(lines, 1));
	keep_cursor(h, lines);
	h->lines = lines;
	h->dirty = false;
}

static unsigned histogram_update(struct view *v)
{
	struct histogram *h = v->state;
	int lines = MAX(v->rows - HISTOGRAM_HEAD, 0);
	bool draw = spectrum_work(&h->sp);

	if (lines != h->lines || h->dirty ||
	    (heat_changed(h->sp.heat) != UINT64_MAX && spectrum_is_worth(&h->sp))) {
		rebuild(h, lines);
		draw = true;
	}
	return (draw ? REACT_DRAW : 0) | (h->sp.counting ? REACT_MORE : 0);
}

/* ---- actions ---- */

static const struct bar *bar_at_cursor(const struct histogram *h)
{
	return h->cursor < h->count ? &h->bars[h->cursor] : NULL;
}

static void go(struct histogram *h, int64_t to)
{
	if (!h->count)
		return;
	h->cursor = (unsigned)MAX(MIN(to, (int64_t)h->count - 1), (int64_t)0);
	h->cursor_value = h->bars[h->cursor].lo;
	h->has_cursor = true;
	keep_cursor(h, h->lines);
}

static unsigned move(struct histogram *h, enum action a, unsigned count)
{
	int64_t at = h->cursor, by = MAX(count, 1u);

	switch (a) {
	case ACT_UP:
		go(h, at - by);
		break;
	case ACT_DOWN:
		go(h, at + by);
		break;
	case ACT_PAGE_UP:
	case ACT_HALF_UP:
		go(h, at - by * MAX(h->lines / (a == ACT_HALF_UP ? 2 : 1), 1));
		break;
	case ACT_PAGE_DOWN:
	case ACT_HALF_DOWN:
		go(h, at + by * MAX(h->lines / (a == ACT_HALF_DOWN ? 2 : 1), 1));
		break;
	case ACT_FIRST:
		go(h, 0);
		break;
	default:
		go(h, h->count);
	}
	return REACT_DRAW;
}

static unsigned zoom(struct view *v, bool in)
{
	struct histogram *h = v->state;
	const struct bar *b = bar_at_cursor(h);

	if (!in && !h->depth) {
		ui_say(v->ui, LOOK_DIM, "these are all values");
		return REACT_DRAW;
	}
	if (in && (!b || b->lo == b->hi || h->count <= 1 || h->depth == HISTOGRAM_ZOOMS)) {
		ui_say(v->ui, LOOK_DIM, "it is not counted finer than this");
		return REACT_DRAW;
	}
	if (in)
		h->zooms[h->depth++] = (struct zoom) { b->lo, b->hi };
	else
		h->depth--;
	h->dirty = true;
	return REACT_DRAW;
}

static unsigned narrow(struct view *v, enum action a)
{
	struct histogram *h = v->state;
	const struct bar *b = bar_at_cursor(h);
	struct spectrum_area area;

	if (!b) {
		ui_say(v->ui, LOOK_WARN, "there is nothing under the cursor");
		return REACT_DRAW;
	}
	area = (struct spectrum_area) { .lo = b->lo, .hi = b->hi };
	if (!spectrum_narrow(&h->sp, &area, a == ACT_EXCLUDE))
		return REACT_DRAW;
	if (a != ACT_ENTER)
		return REACT_DRAW_ALL;
	ui_act(v->ui, "events", ACT_EVENTS, NULL);
	return REACT_CLOSE;
}

static unsigned click(struct histogram *h, const struct act_arg *arg)
{
	if (arg->y >= HISTOGRAM_HEAD && (unsigned)(arg->y - HISTOGRAM_HEAD) + h->top < h->count)
		go(h, (int64_t)h->top + arg->y - HISTOGRAM_HEAD);
	return REACT_DRAW;
}

static unsigned histogram_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct histogram *h = v->state;

	if (a >= ACT_UP && a <= ACT_LAST && a != ACT_LEFT && a != ACT_RIGHT)
		return move(h, a, arg->count);
	switch (a) {
	case ACT_NONE:
		return click(h, arg);
	case ACT_ZOOM_IN:
	case ACT_ZOOM_OUT:
		return zoom(v, a == ACT_ZOOM_IN);
	case ACT_ENTER:
	case ACT_INCLUDE:
	case ACT_EXCLUDE:
		return narrow(v, a);
	case ACT_BACK: /* out of a zoom, then out of here */
		return h->depth ? zoom(v, false) : REACT_UNKNOWN;
	case ACT_HEAT_MAP:
		spectrum_act(v->ui, a,
			     &(struct act_arg) { .text = numeric_name(h->sp.field), .y = -1 });
		return REACT_CLOSE;
	case ACT_HISTOGRAM:
		return REACT_CLOSE;
	default:
		return REACT_UNKNOWN;
	}
}

static void histogram_status(const struct view *v, struct strbuf *out)
{
	const struct histogram *h = v->state;

	spectrum_status(&h->sp, out);
	if (!h->depth)
		return;
	strbuf_str(out, ", only ");
	numeric_say_range(h->sp.field, h->zooms[h->depth - 1].lo, h->zooms[h->depth - 1].hi, out);
}

static const enum action hints[] = { ACT_ENTER,	   ACT_INCLUDE,	 ACT_EXCLUDE, ACT_ZOOM_IN,
				     ACT_ZOOM_OUT, ACT_HEAT_MAP, ACT_NONE };

const struct view_ops histogram_ops = {
	.name = "histogram",
	.title = "Histogram",
	.size = sizeof(struct histogram),
	.hints = hints,
	.open = histogram_open,
	.close = histogram_close,
	.update = histogram_update,
	.draw = histogram_draw,
	.act = histogram_act,
	.status = histogram_status,
};

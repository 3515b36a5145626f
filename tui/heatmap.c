/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heatmap: how often which size of a number came when: a spectrogram over the rows that are shown.
 *
 * A dialog. Time goes down and values to the right. An area of it, or the cell under the cursor,
 * can be looked into, or be what the rows are narrowed to.
 */
#include "tui/heatmap.h"

#include <stdlib.h>

#include "core/util.h"

#define SLOTS	   2048
#define LINE_FIRST (200 * NSEC_PER_MSEC)
#define LINE_MOST  (3600 * NSEC_PER_SEC)
#define LINE_LEAST 1000

static int heatmap_open(struct view *v, struct err *e)
{
	struct heatmap *m = v->state;
	const struct deck_play *p = ui_playing(v->ui);

	v->want_rows = v->want_cols = WHOLE_SCREEN;
	m->look = (struct heat_look) {
		.mode = p->recording && !p->playing ? HEAT_ALL : HEAT_FOLLOW,
		.line_step = LINE_FIRST,
	};
	return spectrum_open(&m->sp, v->ui, ui_dialog_arg(v->ui), SLOTS, e);
}

static void heatmap_close(struct view *v)
{
	struct heatmap *m = v->state;

	spectrum_close(&m->sp);
	free(m->cells);
	free(m->line);
}

static unsigned heatmap_update(struct view *v)
{
	struct heatmap *m = v->state;
	bool first = !m->step, draw;
	uint64_t changed;

	if (first) /* not before it is known which rows are wanted */
		heatmap_fit(m, v->rows, v->cols);
	draw = spectrum_work(&m->sp);
	if (!spectrum_is_worth(&m->sp) && !m->dirty)
		return (draw ? REACT_DRAW : 0) | REACT_MORE;
	changed = heat_changed(m->sp.heat);
	if (heatmap_fit(m, v->rows, v->cols) || !m->cells)
		changed = 0;
	m->dirty = false;
	if (changed != UINT64_MAX) {
		heatmap_fill(m, changed);
		draw = true;
	}
	return (draw ? REACT_DRAW : 0) | (m->sp.counting ? REACT_MORE : 0);
}

/* ---- where one is ---- */

/* The line of a time, the last one of what is behind. */
static unsigned line_at(const struct heatmap *m, uint64_t ts)
{
	uint64_t line = ts > m->from ? (ts - m->from) / m->step : 0;

	return (unsigned)MIN(line, (uint64_t)m->lines - 1);
}

static unsigned column_at(const struct heatmap *m, wide_t v)
{
	int64_t at = (int64_t)scale_at(m->scale, v) - m->first;

	return (unsigned)MAX(MIN(at, (int64_t)m->columns - 1), (int64_t)0);
}

bool heatmap_cursor(const struct heatmap *m, unsigned *line, unsigned *column)
{
	if (!m->columns || !m->lines || !m->cells)
		return false;
	*line = m->has_cursor ? line_at(m, m->cursor_ts) : m->lines - 1;
	*column = m->has_cursor ? column_at(m, m->cursor_v) : m->columns / 2;
	return true;
}

bool heatmap_box(const struct heatmap *m, struct heat_box *ret)
{
	unsigned line, column, line2, column2;

	if (!heatmap_cursor(m, &line, &column))
		return false;
	line2 = m->selecting ? line_at(m, m->anchor_ts) : line;
	column2 = m->selecting ? column_at(m, m->anchor_v) : column;
	*ret = (struct heat_box) {
		.line = MIN(line, line2),
		.last_line = MAX(line, line2),
		.column = MIN(column, column2),
		.last_column = MAX(column, column2),
	};
	return true;
}

struct spectrum_area heatmap_area(const struct heatmap *m, const struct heat_box *b)
{
	return (struct spectrum_area) {
		.lo = scale_first(m->scale, m->first + (int32_t)b->column),
		.hi = scale_last(m->scale, m->first + (int32_t)b->last_column),
		.from = m->from + b->line * m->step,
		.until = m->from + (b->last_line + 1) * m->step,
	};
}

static void put_cursor(struct heatmap *m, int64_t line, int64_t column)
{
	line = MAX(MIN(line, (int64_t)m->lines - 1), (int64_t)0);
	column = MAX(MIN(column, (int64_t)m->columns - 1), (int64_t)0);
	m->cursor_ts = m->from + (uint64_t)line * m->step;
	m->cursor_v = scale_first(m->scale, m->first + (int32_t)column);
	m->has_cursor = true;
}

/* The picture stands still: what comes is left out of it. */
static void hold(struct heatmap *m)
{
	if (m->look.mode != HEAT_FOLLOW || m->held)
		return;
	m->held = true;
	heat_until(m->sp.heat, m->from + m->lines * m->step);
}

static void follow(struct heatmap *m)
{
	bool was = m->held;

	m->has_cursor = m->selecting = false;
	if (was)
		heatmap_look(m);
}

/* ---- actions ---- */

static unsigned move(struct heatmap *m, enum action a, unsigned count)
{
	int64_t by = MAX(count, 1u), page = m->lines > 1 ? m->lines - 1 : 1, y, x;
	unsigned line, column;

	if (!heatmap_cursor(m, &line, &column))
		return REACT_NONE;
	y = line;
	x = column;
	switch (a) {
	case ACT_LEFT:
		x -= by;
		break;
	case ACT_RIGHT:
		x += by;
		break;
	case ACT_UP:
		y -= by;
		break;
	case ACT_DOWN:
		y += by;
		break;
	case ACT_PAGE_UP:
		y -= by * page;
		break;
	case ACT_PAGE_DOWN:
		y += by * page;
		break;
	case ACT_HALF_UP:
		y -= by * (page / 2);
		break;
	case ACT_HALF_DOWN:
		y += by * (page / 2);
		break;
	case ACT_FIRST:
		y = 0;
		break;
	default:
		follow(m);
		y = m->lines - 1;
	}
	if (a != ACT_LAST)
		hold(m);
	put_cursor(m, y, x);
	return REACT_DRAW;
}

static unsigned select_area(struct heatmap *m)
{
	unsigned line, column;

	if (!heatmap_cursor(m, &line, &column))
		return REACT_NONE;
	m->selecting = !m->selecting;
	if (!m->selecting)
		return REACT_DRAW;
	hold(m);
	put_cursor(m, line, column);
	m->anchor_ts = m->cursor_ts;
	m->anchor_v = m->cursor_v;
	return REACT_DRAW;
}

static void push(struct heatmap *m, const struct heat_look *l)
{
	if (m->depth == HEATMAP_ZOOMS) {
		memmove(m->zooms, m->zooms + 1, (HEATMAP_ZOOMS - 1) * sizeof(*m->zooms));
		m->depth--;
	}
	m->zooms[m->depth++] = m->look;
	m->look = *l;
}

/* Into what is selected; else half the time, around the cursor. */
static unsigned zoom_in(struct view *v)
{
	struct heatmap *m = v->state;
	struct heat_look l = m->look;
	struct heat_box b;
	struct spectrum_area area;
	uint64_t half = m->lines * m->step / 4;

	if (!heatmap_box(m, &b))
		return REACT_NONE;
	area = heatmap_area(m, &b);
	if (m->selecting) {
		l.mode = HEAT_RANGE;
		l.from = area.from;
		l.to = area.until;
		l.has_values = true;
		l.lo = area.lo;
		l.hi = area.hi;
	} else if (l.mode == HEAT_FOLLOW && !m->held) {
		l.line_step = MAX(heatmap_shorter(l.line_step), (uint64_t)LINE_LEAST);
	} else {
		l.mode = HEAT_RANGE;
		l.from = MAX(m->from, area.from > half ? area.from - half : 0);
		l.to = l.from + 2 * half;
	}
	if (l.mode == HEAT_RANGE && l.to - l.from < m->lines) {
		ui_say(v->ui, LOOK_DIM, "no time is shorter than this");
		return REACT_DRAW;
	}
	push(m, &l);
	m->selecting = false;
	heatmap_look(m);
	return REACT_DRAW;
}

static unsigned zoom_out(struct view *v)
{
	struct heatmap *m = v->state;

	if (m->depth) {
		m->look = m->zooms[--m->depth];
	} else if (m->look.mode == HEAT_FOLLOW) {
		m->look.line_step = MIN(heatmap_longer(m->look.line_step), (uint64_t)LINE_MOST);
	} else if (m->look.mode == HEAT_ALL) {
		ui_say(v->ui, LOOK_DIM, "this is all there is");
		return REACT_DRAW;
	} else {
		m->look.mode = HEAT_ALL;
	}
	m->selecting = m->has_cursor = false;
	heatmap_look(m);
	return REACT_DRAW;
}

static unsigned narrow(struct view *v, enum action a)
{
	struct heatmap *m = v->state;
	struct spectrum_area area;
	struct heat_box b;

	if (!heatmap_box(m, &b))
		return REACT_NONE;
	area = heatmap_area(m, &b);
	if (!spectrum_narrow(&m->sp, &area, a == ACT_EXCLUDE))
		return REACT_DRAW;
	m->selecting = false;
	if (a != ACT_ENTER)
		return REACT_DRAW_ALL;
	ui_act(v->ui, "events", ACT_EVENTS, NULL);
	return REACT_CLOSE;
}

static unsigned click(struct heatmap *m, const struct act_arg *arg)
{
	unsigned line, column;

	if (!heatmap_at(m, arg->y, arg->x, &line, &column))
		return REACT_NONE;
	hold(m);
	put_cursor(m, line, column);
	return REACT_DRAW;
}

static unsigned back(struct view *v)
{
	struct heatmap *m = v->state;

	if (m->selecting) {
		m->selecting = false;
		return REACT_DRAW;
	}
	return m->depth ? zoom_out(v) : REACT_UNKNOWN;
}

static unsigned heatmap_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct heatmap *m = v->state;

	if (a >= ACT_UP && a <= ACT_LAST)
		return move(m, a, arg->count);
	switch (a) {
	case ACT_NONE:
		return click(m, arg);
	case ACT_SELECT:
		return select_area(m);
	case ACT_ZOOM_IN:
		return zoom_in(v);
	case ACT_ZOOM_OUT:
		return zoom_out(v);
	case ACT_ENTER:
	case ACT_INCLUDE:
	case ACT_EXCLUDE:
		return narrow(v, a);
	case ACT_BACK:
		return back(v);
	case ACT_CANCEL:
		if (!m->selecting)
			return REACT_UNKNOWN;
		return back(v);
	case ACT_HISTOGRAM:
		spectrum_act(v->ui, a,
			     &(struct act_arg) { .text = numeric_name(m->sp.field), .y = -1 });
		return REACT_CLOSE;
	case ACT_HEAT_MAP:
		return REACT_CLOSE;
	default:
		return REACT_UNKNOWN;
	}
}

static void heatmap_status(const struct view *v, struct strbuf *out)
{
	const struct heatmap *m = v->state;

	spectrum_status(&m->sp, out);
	if (!m->step)
		return;
	strbuf_str(out, ", a line is ");
	strbuf_duration(out, (double)m->step);
	if (m->held)
		strbuf_str(out, ", held");
}

static const enum action hints[] = { ACT_SELECT,    ACT_ENTER, ACT_ZOOM_IN, ACT_ZOOM_OUT,
				     ACT_HISTOGRAM, ACT_LAST,  ACT_NONE };

const struct view_ops heatmap_ops = {
	.name = "heat-map",
	.title = "Heat map",
	.size = sizeof(struct heatmap),
	.hints = hints,
	.open = heatmap_open,
	.close = heatmap_close,
	.update = heatmap_update,
	.draw = heatmap_draw,
	.act = heatmap_act,
	.status = heatmap_status,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_draw: where everything stands, and the lines that belong to no view.
 *
 * From top to bottom: the panes, each under its title; the status line; the line for prompts,
 * questions, messages, and when there is none of these, for keys.
 */
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "tui/ui_private.h"

#define SPLIT_COLS    60
#define SPLIT_ROWS    12
#define LEFT_LEAST    22
#define LEFT_MOST     52
#define ROWS_LEAST    4
#define CAPTURE_LEAST 11 /* columns: that there is one is seen */
#define BESIDE	      64 /* columns of the status line beside a filter */

static int clamp(int v, int least, int most)
{
	return v < least ? least : v > most ? most : v;
}

/* The first pane left, the second right of it, below that whichever of the others was used last. */
static void split(struct ui *ui, struct area all)
{
	struct layout *l = &ui->layout;
	int left = clamp(all.cols * l->left / 100, LEFT_LEAST, MIN(LEFT_MOST, all.cols / 2));
	int right = all.cols - left - 1;
	int top = clamp(all.rows * l->top / 100, ROWS_LEAST, all.rows - ROWS_LEAST);

	l->area[0] = area_sub(&all, 0, 0, all.rows, left);
	if (ui->panes == 2)
		top = all.rows;
	l->area[1] = area_sub(&all, 0, left + 1, top, right);
	if (ui->panes > TAB_FIRST)
		l->area[ui->tab] = area_sub(&all, top, left + 1, all.rows - top, right);
}

static void lay_dialog(struct ui *ui, struct view *v)
{
	int rows = ui->canvas.rows - 4, cols = ui->canvas.cols - 6;

	if (v->want_rows)
		rows = v->want_rows == WHOLE_SCREEN ? rows + 2 : MIN(rows, v->want_rows + 2);
	if (v->want_cols)
		cols = v->want_cols == WHOLE_SCREEN ? cols + 6 : MIN(cols, v->want_cols + 4);
	v->rows = MAX(rows - 2, 1);
	v->cols = MAX(cols - 4, 1);
	v->focus = v->shown = true;
}

void ui_lay_out(struct ui *ui)
{
	struct area all = area_all(&ui->canvas);
	struct layout *l = &ui->layout;

	all.rows = MAX(all.rows - 2, 1);
	if (ui->focus >= TAB_FIRST)
		ui->tab = ui->focus;
	l->split = all.cols >= SPLIT_COLS && all.rows >= SPLIT_ROWS;
	memset(l->area, 0, sizeof(l->area));
	if (l->split && !l->max && ui->panes > 1)
		split(ui, all);
	else
		l->area[ui->focus] = all;
	for (unsigned i = 0; i < ui->panes; i++) {
		struct view *v = &ui->pane[i];

		v->focus = i == ui->focus && !ui->dialogs;
		v->shown = l->area[i].rows > 0;
		if (!v->shown)
			continue;
		v->rows = MAX(l->area[i].rows - 1, 0);
		v->cols = l->area[i].cols;
	}
	for (unsigned i = 0; i < ui->dialogs; i++)
		lay_dialog(ui, &ui->dialog[i]);
	ui->dirty = true;
}

/* ---- titles ---- */

/* Whether several panes share the place of one, and its title names them all. */
static bool is_tabbed(const struct ui *ui, unsigned pane)
{
	return pane >= TAB_FIRST && ui->panes > TAB_FIRST + 1 && ui->layout.split &&
	       !ui->layout.max;
}

/* Where the title of a pane begins in the title line of those it shares its place with. */
static int tab_x(const struct ui *ui, unsigned pane)
{
	int x = 1;

	for (unsigned i = TAB_FIRST; i < pane; i++)
		x += text_width(ui->pane[i].ops->title, strlen(ui->pane[i].ops->title)) + 2;
	return x;
}

unsigned ui_tab_at(const struct ui *ui, unsigned pane, int x)
{
	for (unsigned i = TAB_FIRST; i < ui->panes && is_tabbed(ui, pane); i++)
		if (x >= tab_x(ui, i) - 1 && x < tab_x(ui, i + 1) - 1)
			return i;
	return pane;
}

/* The title from column at on, behind it the status from column end on. */
static void draw_title(const struct view *v, struct area *a, int at, int end)
{
	enum look look = v->focus ? LOOK_TITLE_FOCUS : LOOK_TITLE;
	struct strbuf status = { 0 };
	int x;

	draw_fill(a, 0, 0, a->cols, look, " ");
	x = MAX(at + draw_str(a, 0, at, look, v->ops->title), end);
	if (v->ops->status)
		v->ops->status(v, &status);
	if (status.len && x + 2 < a->cols)
		draw_text(a, 0, x + 2, a->cols - x - 3, look, status.s, status.len);
	strbuf_done(&status);
}

/* All that share the place are named, those that are not shown dimmed. */
static void draw_tabs(struct ui *ui, unsigned pane, struct area *a)
{
	draw_title(&ui->pane[pane], a, tab_x(ui, pane), tab_x(ui, ui->panes) - 2);
	for (unsigned i = TAB_FIRST; i < ui->panes; i++) {
		const char *title = ui->pane[i].ops->title;
		int x = tab_x(ui, i), width = tab_x(ui, i + 1) - x;

		if (i == pane)
			continue;
		draw_fill(a, 0, x - 1, width, LOOK_DIM, " ");
		draw_str(a, 0, x, LOOK_DIM, title);
	}
}

static void draw_pane(struct ui *ui, unsigned i)
{
	struct area *a = &ui->layout.area[i], body;

	if (!a->rows)
		return;
	if (is_tabbed(ui, i))
		draw_tabs(ui, i, a);
	else
		draw_title(&ui->pane[i], a, 1, 0);
	body = area_sub(a, 1, 0, a->rows - 1, a->cols);
	if (body.rows > 0)
		ui->pane[i].ops->draw(&ui->pane[i], &body);
}

/* A dialog stands in the middle. */
static struct area dialog_box(struct ui *ui, const struct view *v)
{
	struct area all = area_all(&ui->canvas);
	int rows = v->rows + 2, cols = v->cols + 4;

	return area_sub(&all, (all.rows - 1 - rows) / 2, (all.cols - cols) / 2, rows, cols);
}

struct area ui_dialog_area(struct ui *ui, const struct view *v)
{
	struct area box = dialog_box(ui, v);

	return area_sub(&box, 1, 2, v->rows, v->cols);
}

/* Its frame: the title above, lines around. */
static void draw_dialog(struct ui *ui, struct view *v)
{
	struct area box = dialog_box(ui, v), body = ui_dialog_area(ui, v);

	for (int y = 0; y < box.rows; y++)
		draw_fill(&box, y, 0, box.cols, LOOK_TEXT, " ");
	draw_title(v, &box, 1, 0);
	draw_vline(&box, 1, 0, box.rows - 2, LOOK_BORDER);
	draw_vline(&box, 1, box.cols - 1, box.rows - 2, LOOK_BORDER);
	draw_hline(&box, box.rows - 1, 0, box.cols, LOOK_BORDER);
	v->ops->draw(v, &body);
}

/* ---- the status line ---- */

/* How long the events took that were counted: of a recording all of it, wherever one looks. */
static void put_range(const struct ui *ui, struct strbuf *b, const struct store_stats *s)
{
	bool whole = ui->play.recording && !ui->play.loading;
	uint64_t first = whole ? ui->play.first : s->first, last = whole ? ui->play.last : s->last;
	uint64_t ns = last > first ? last - first : 0;

	if (!s->first)
		return;
	strbuf_str(b, " over ");
	if (ns < 10 * NSEC_PER_SEC)
		strbuf_fmt(b, "%.1f s", (double)ns / 1e9);
	else if (ns < 600 * NSEC_PER_SEC)
		strbuf_fmt(b, "%.0f s", (double)ns / 1e9);
	else
		strbuf_fmt(b, "%.0f min", (double)ns / 60e9);
}

static int draw_flow(struct ui *ui, struct area *a, int x, const struct store_stats *s, bool brief)
{
	const struct flow *f = &ui->flow;
	struct strbuf b = { 0 };

	if (!play_has_ended(&ui->play, ui->conf.deck)) { /* a recording that was read has no rate */
		strbuf_count(&b, f->rate);
		strbuf_str(&b, "/s  ");
	}
	strbuf_count(&b, f->events);
	strbuf_str(&b, " events");
	if (!brief)
		put_range(ui, &b, s);
	x += 1 + draw_text(a, 0, x + 1, a->cols - x - 1, LOOK_STATUS, strbuf_cstr(&b), b.len);
	strbuf_clear(&b);
	if (f->lost || f->unknown) {
		strbuf_str(&b, f->lost && f->unknown ? "  at least " : "  ");
		if (f->lost)
			strbuf_count(&b, f->lost);
		else
			strbuf_str(&b, "some");
		strbuf_str(&b, " lost");
		x += draw_text(a, 0, x, a->cols - x, LOOK_LOSS, b.s, b.len);
	} else {
		x += draw_str(a, 0, x, LOOK_STATUS, "  none lost");
	}
	strbuf_done(&b);
	return x;
}

/* The trail of narrowings, the last ones kept in sight. */
static void put_trail(const struct ui *ui, struct strbuf *b)
{
	const struct scope *s = &ui->scope;

	for (size_t i = 0; i < s->count; i++) {
		strbuf_str(b, b->len ? (ui->canvas.ascii ? " > " : " › ") : "");
		if (!s->crumbs[i].on)
			strbuf_str(b, "(off) ");
		safe_text(b, s->crumbs[i].label, strlen(s->crumbs[i].label));
	}
	if (s->typed) {
		strbuf_str(b, b->len ? (ui->canvas.ascii ? " > " : " › ") : "");
		if (s->typed_off)
			strbuf_str(b, "(off) ");
		safe_text(b, s->typed, strlen(s->typed));
	}
}

/* Of a trail longer than its room the end stays in sight. */
static void draw_trail(const struct ui *ui, struct area *a, int x, const struct strbuf *b)
{
	const char *dots = ui->canvas.ascii ? "~" : "…";
	int room = a->cols - x - 1, cut = text_width(b->s, b->len) - room;
	size_t skip = cut > 0 ? text_prefix(b->s, b->len, cut + 1) : 0;

	if (skip)
		x += draw_str(a, 0, x, LOOK_PROMPT, dots);
	draw_text(a, 0, x, a->cols - x - 1, LOOK_PROMPT, b->s + skip, b->len - skip);
}

/* Where it is narrow, what was asked for (the filter) goes before the store's level. */
static void draw_status(struct ui *ui, struct area *a)
{
	struct store_stats s;
	struct strbuf b = { 0 };
	int x, percent;
	bool brief;

	store_stats(deck_store(ui->conf.deck), &s);
	draw_fill(a, 0, 0, a->cols, LOOK_STATUS, " ");
	put_trail(ui, &b);
	x = play_draw(ui, a, record_draw(ui, a, 0));
	x = capture_draw(
	    ui, a, x, MAX(MIN(a->cols / (b.len ? 4 : 2), a->cols - x - LEFT_LEAST), CAPTURE_LEAST));
	brief = ui->play.playing ||
		((b.len || x) && text_width(strbuf_cstr(&b), b.len) + BESIDE > a->cols - x);
	x = draw_flow(ui, a, x, &s, brief);
	percent = s.memory ? (int)(MIN(s.used, s.memory) * 100 / s.memory) : 0;
	if (x + 14 < a->cols && (!brief || s.evicted_events))
		x += draw_fmt(a, 0, x, LOOK_STATUS, "  store %d%%%s", percent,
			      s.evicted_events ? ", oldest leave" : "");
	if (b.len && x + 6 < a->cols) {
		x += 2 + draw_str(a, 0, x + 2, LOOK_STATUS, "filter ");
		draw_trail(ui, a, x, &b);
	}
	strbuf_done(&b);
}

/* ---- the bottom line ---- */

/* Draws a list of keys with what they do from x on, as far as they end before end. Returns where
 * it goes on. */
static int put_hints(struct ui *ui, struct area *a, const enum action *list, int x, int end)
{
	const struct view *v = ui_top(ui);

	for (const enum action *h = list; h && *h != ACT_NONE; h++) {
		_cleanup_strbuf_ struct strbuf key = { 0 };
		const char *name = actions[*h].name;
		int name_x = x + 1, next;

		if (!keymap_key(ui->keymap, v->ops->name, *h, &key))
			continue;
		name_x += text_width(strbuf_cstr(&key), key.len);
		next = name_x + text_width(name, strlen(name));
		if (next > end)
			continue;
		draw_str(a, 0, x, LOOK_KEY, strbuf_cstr(&key));
		draw_str(a, 0, name_x, LOOK_DIM, name);
		x = next + 2;
	}
	return x;
}

/* The view's own keys, and behind them, whatever their number, the way to the others and out. */
static void draw_hints(struct ui *ui, struct area *a)
{
	static const enum action pane[] = { ACT_HELP, ACT_QUIT, ACT_NONE };
	static const enum action dialog[] = { ACT_CANCEL, ACT_NONE };
	const enum action *common = ui->dialogs ? dialog : pane;
	struct area nowhere = area_sub(a, 0, 0, 0, 0);
	int room = put_hints(ui, &nowhere, common, 0, a->cols);
	int x = put_hints(ui, a, ui_top(ui)->ops->hints, 1, a->cols - room);

	put_hints(ui, a, common, x, a->cols);
}

static void draw_bottom(struct ui *ui, struct area *a)
{
	if (ui->question.text) {
		const char *text = ui->question.text;
		/* However long it is, how to answer is seen. */
		int x = 1 + draw_text(a, 0, 1, a->cols - 5, LOOK_WARN, text, strlen(text));

		draw_str(a, 0, x + 1, LOOK_KEY, "y/n");
	} else if (ui->message.len) {
		draw_text(a, 0, 1, a->cols - 1, ui->message_look, ui->message.s, ui->message.len);
	} else if (ui->count) {
		draw_fmt(a, 0, 1, LOOK_PROMPT, "%u", ui->count);
	} else {
		draw_hints(ui, a);
	}
}

const struct canvas *ui_draw(struct ui *ui)
{
	struct area all = area_all(&ui->canvas), status, bottom;

	ui_lay_out(ui);
	canvas_clear(&ui->canvas);
	ui->canvas.cursor_y = ui->canvas.cursor_x = -1;
	status = area_sub(&all, all.rows - 2, 0, 1, all.cols);
	bottom = area_sub(&all, all.rows - 1, 0, 1, all.cols);
	for (unsigned i = 0; i < ui->panes; i++)
		draw_pane(ui, i);
	if (ui->layout.split && !ui->layout.max && ui->panes > 1)
		draw_vline(&all, 0, ui->layout.area[0].cols, all.rows - 2, LOOK_BORDER);
	for (unsigned i = 0; i < ui->dialogs; i++)
		draw_dialog(ui, &ui->dialog[i]);
	if (all.rows > 1)
		draw_status(ui, &status);
	if (ui->prompt.ops && !ui->question.text) /* the question takes the keys */
		prompt_draw(ui);
	else
		draw_bottom(ui, &bottom);
	ui->dirty = false;
	return &ui->canvas;
}

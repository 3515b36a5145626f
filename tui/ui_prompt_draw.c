/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_prompt_draw: the prompt on the screen.
 *
 * The verdict is a glyph and a colour before what is typed. A prompt for filters has two lines:
 * under the text a caret with the reason, or what is known of a text that is right; candidates are
 * listed above it with what each is. The others have one line, and all that in the line above.
 */
#include <string.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/ui_private.h"

#define LIST_LINES 8

static const enum look verdict_looks[] = { LOOK_ERROR, LOOK_WARN, LOOK_GOOD };

static enum look verdict_look(const struct prompt *p)
{
	return verdict_looks[p->verdict + 1];
}

/* ---- one line: candidates and reason above ---- */

static void draw_candidates(const struct line *l, struct area *a)
{
	int x = 1;

	draw_fill(a, 0, 0, a->cols, LOOK_STATUS, " ");
	for (size_t i = 0; i < l->candidate_count && x < a->cols; i++) {
		_cleanup_strbuf_ struct strbuf word = { 0 };

		safe_text(&word, l->candidates[i], strlen(l->candidates[i]));
		x += draw_text(a, 0, x, a->cols - x, (int)i == l->chosen ? LOOK_MATCH : LOOK_STATUS,
			       strbuf_cstr(&word), word.len);
		x += 2;
	}
}

/* What is wrong, in one line; where, the line below shows. */
static void draw_reason(const struct prompt *p, struct area *a)
{
	size_t len = strcspn(p->why.text, "\n");

	draw_fill(a, 0, 0, a->cols, LOOK_STATUS, " ");
	draw_text(a, 0, 1, a->cols - 1, verdict_look(p), p->why.text, len);
}

/* ---- two lines: the list above ---- */

/* What a candidate is: behind its tab in what was offered. */
static void put_description(const struct prompt *p, const char *word, struct strbuf *out)
{
	size_t n = strlen(word), line;

	for (const char *s = p->offered ? p->offered : ""; *s; s += line + (s[line] == '\n')) {
		line = strcspn(s, "\n");
		if (line <= n || s[n] != '\t' || strncmp(s, word, n) != 0)
			continue;
		safe_text(out, s + n + 1, line - n - 1);
		return;
	}
}

/* Columns of the longest candidate. */
static int words_width(const struct line *l, size_t from, size_t to)
{
	int width = 0;

	for (size_t i = from; i < to; i++)
		width = MAX(width, text_width(l->candidates[i], strlen(l->candidates[i])));
	return width;
}

static void draw_entry(const struct prompt *p, size_t i, struct area *a, int y, int words)
{
	_cleanup_strbuf_ struct strbuf word = { 0 }, what = { 0 };
	bool chosen = (int)i == p->line.chosen;
	int x = MIN(words, a->cols / 2) + 4;

	safe_text(&word, p->line.candidates[i], strlen(p->line.candidates[i]));
	put_description(p, p->line.candidates[i], &what);
	draw_fill(a, y, 0, a->cols, LOOK_TEXT, " ");
	draw_text(a, y, 2, x - 4, chosen ? LOOK_MATCH : LOOK_FIELD, strbuf_cstr(&word), word.len);
	draw_text(a, y, x, a->cols - x - 1, LOOK_DIM, strbuf_cstr(&what), what.len);
}

/* The list, with the candidate that is chosen in sight; its head says how many there are. */
static void draw_list(const struct prompt *p, struct area *all, int bottom)
{
	const struct line *l = &p->line;
	size_t room = (size_t)MAX(MIN(LIST_LINES, bottom / 2), 1), from = 0, to;
	int top, words;

	if (bottom < 2)
		return;
	if (l->chosen >= (int)room)
		from = (size_t)l->chosen - room + 1;
	to = MIN(from + room, l->candidate_count);
	top = bottom - (int)(to - from) - 1;
	words = words_width(l, from, to);
	draw_hline(all, top, 0, all->cols, LOOK_BORDER);
	if (l->chosen >= 0)
		draw_fmt(all, top, 2, LOOK_BORDER, " %d of %zu ", l->chosen + 1,
			 l->candidate_count);
	else
		draw_fmt(all, top, 2, LOOK_BORDER, " %zu ", l->candidate_count);
	for (size_t i = from; i < to; i++)
		draw_entry(p, i, all, top + 1 + (int)(i - from), words);
}

/* ---- two lines: place and reason below ---- */

/* A caret under the place, and the reason on that side of it where there is room. */
static void draw_caret(const struct prompt *p, struct area *a, int at)
{
	size_t len = strcspn(p->why.text, "\n");
	int width = text_width(p->why.text, len), x = 1;
	enum look look = verdict_look(p);

	if (at >= 0 && at < a->cols) {
		if (at + 2 + width <= a->cols)
			x = at + 2;
		else if (width + 2 <= at)
			x = at - width - 1;
		else
			at = -1; /* the place is marked in the text too */
	}
	if (at >= 0 && at < a->cols)
		draw_str(a, 0, at, look, "^");
	draw_text(a, 0, x, a->cols - x, look, p->why.text, len);
}

static void draw_note(const struct prompt *p, struct area *a)
{
	_cleanup_strbuf_ struct strbuf note = { 0 };
	size_t len;

	p->ops->note(&note, p->data);
	len = strcspn(strbuf_cstr(&note), "\n");
	draw_text(a, 0, 1, a->cols - 1, LOOK_NUMBER, strbuf_cstr(&note), len);
	if (note.len > len)
		draw_text(a, 0, text_width(note.s, len) + 3, a->cols, LOOK_WARN, note.s + len + 1,
			  note.len - len - 1);
}

/* ---- what is typed ---- */

/* Draws the line; *ret_at is the column of the place that is wrong, -1: none or out of sight. */
static void draw_typed(const struct ui *ui, struct area *a, int *ret_at)
{
	static const char *const glyphs[] = { "x", "~", "=" };
	const struct prompt *p = &ui->prompt;
	enum look label = p->ops->captures ? LOOK_CAPTURE : LOOK_PROMPT;
	const char *text = line_text(&p->line);
	int x, cursor, column = p->why.column;
	size_t from;

	draw_fill(a, 0, 0, a->cols, LOOK_TEXT, " ");
	x = draw_str(a, 0, 0, verdict_look(p), glyphs[p->verdict + 1]);
	x += 1 + draw_str(a, 0, x + 1, label, p->ops->label);
	x += draw_str(a, 0, x, label, ":");
	x++;
	line_window(&p->line, MAX(a->cols - x - 1, 1), &from, &cursor);
	draw_text(a, 0, x, a->cols - x, LOOK_TEXT, text + from, strlen(text + from));
	*ret_at = -1;
	if (column >= (int)from && column <= (int)strlen(text))
		*ret_at = x + text_width(text + from, (size_t)column - from);
	if (p->verdict < 0 && *ret_at >= 0 && column < (int)strlen(text)) {
		draw_look(a, 0, *ret_at, 1, LOOK_ERROR);
		draw_mark(a, 0, *ret_at, 1, MARK_CELL);
	}
	a->canvas->cursor_y = a->y;
	a->canvas->cursor_x = a->x + MIN(x + cursor, a->cols - 1);
}

static void draw_two(const struct ui *ui, struct area *all)
{
	const struct prompt *p = &ui->prompt;
	struct area typed = area_sub(all, all->rows - 2, 0, 1, all->cols);
	struct area below = area_sub(all, all->rows - 1, 0, 1, all->cols);
	int at;

	draw_fill(&below, 0, 0, below.cols, LOOK_TEXT, " ");
	draw_typed(ui, &typed, &at);
	if (p->why.text[0] && line_text(&p->line)[0])
		draw_caret(p, &below, at);
	else
		draw_note(p, &below);
	if (p->line.candidate_count)
		draw_list(p, all, all->rows - 2);
}

void prompt_draw(struct ui *ui)
{
	const struct prompt *p = &ui->prompt;
	struct area all = area_all(&ui->canvas), typed, above;
	int at;

	if (p->ops->note && all.rows > 2) {
		draw_two(ui, &all);
		return;
	}
	typed = area_sub(&all, all.rows - 1, 0, 1, all.cols);
	above = area_sub(&all, MAX(all.rows - 2, 0), 0, 1, all.cols);
	if (p->line.candidate_count)
		draw_candidates(&p->line, &above);
	else if (p->why.text[0] && line_text(&p->line)[0])
		draw_reason(p, &above);
	draw_typed(ui, &typed, &at);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line: one line of text being typed: cursor, words, kill and yank, and the table of keys.
 *
 * Owns the text. Keys are one table; the cursor stands between characters, never within
 * one. Everything that comes in passes one gate that keeps the text harmless. History
 * and completion are in line_recall.c.
 */
#include "tui/line.h"

#include <ctype.h>
#include <string.h>

#include "core/safe.h"
#include "core/util.h"
#include "tui/canvas.h"
#include "tui/glyph.h"
#include "tui/line_private.h"

const char *line_text(const struct line *l)
{
	return strbuf_cstr(&l->text);
}

/* ---- places ---- */

/* The place behind the glyph at a place. */
static size_t next(const struct line *l, size_t at)
{
	struct glyph g;

	if (at >= l->text.len)
		return l->text.len;
	glyph_next(l->text.s + at, l->text.len - at, &g);
	return at + g.bytes;
}

/* The place before it: back over what belongs to one character and what combines with it. */
static size_t prev(const struct line *l, size_t at)
{
	uint32_t c = 0;

	while (at) {
		do {
			at--;
		} while (at && ((unsigned char)l->text.s[at] & 0xc0) == 0x80);
		utf8_decode(l->text.s + at, l->text.len - at, &c);
		if (char_width(c) != 0)
			break;
	}
	return at;
}

static bool is_word(const struct line *l, size_t at)
{
	unsigned char c = (unsigned char)l->text.s[at];

	return isalnum(c) || c == '_' || c >= 0x80;
}

static bool is_blank(const struct line *l, size_t at)
{
	return l->text.s[at] == ' ';
}

static size_t word_begin(const struct line *l)
{
	size_t at = l->at;

	while (at && !is_word(l, prev(l, at)))
		at = prev(l, at);
	while (at && is_word(l, prev(l, at)))
		at = prev(l, at);
	return at;
}

static size_t word_end(const struct line *l)
{
	size_t at = l->at;

	while (at < l->text.len && !is_word(l, at))
		at = next(l, at);
	while (at < l->text.len && is_word(l, at))
		at = next(l, at);
	return at;
}

/* Where what C-w takes begins: back to a blank. */
static size_t blank_begin(const struct line *l)
{
	size_t at = l->at;

	while (at && is_blank(l, prev(l, at)))
		at = prev(l, at);
	while (at && !is_blank(l, prev(l, at)))
		at = prev(l, at);
	return at;
}

/* ---- changing ---- */

/* Puts n bytes in the place of those from from to to, the cursor behind them. No gate. */
static void splice(struct line *l, size_t from, size_t to, const char *s, size_t n)
{
	size_t tail = l->text.len - to;

	strbuf_room(&l->text, n);
	memmove(l->text.s + from + n, l->text.s + to, tail);
	if (n)
		memcpy(l->text.s + from, s, n);
	strbuf_cut(&l->text, from + n + tail);
	l->at = from + n;
}

void line_pass(struct strbuf *out, const char *s, size_t n)
{
	while (n) {
		uint32_t c = 0;
		size_t len = utf8_decode(s, n, &c);

		if (len && (c == '\t' || c == '\n' || c == '\r'))
			strbuf_char(out, ' ');
		else if (len && safe_is_plain(s, len))
			strbuf_add(out, s, len);
		len = MAX(len, 1);
		s += len;
		n -= len;
	}
}

enum line_result line_replace(struct line *l, size_t from, size_t to, const char *s, size_t n)
{
	struct strbuf clean = { 0 };
	enum line_result result = LINE_MOVED;

	line_pass(&clean, s, n);
	if (l->text.len - (to - from) + clean.len <= LINE_BYTES && (clean.len || to > from)) {
		splice(l, from, to, strbuf_cstr(&clean), clean.len);
		result = LINE_CHANGED;
	}
	strbuf_done(&clean);
	return result;
}

static enum line_result insert(struct line *l, keycode k)
{
	char utf8[4];

	line_end_completion(l);
	l->browsed = 0;
	return line_replace(l, l->at, l->at, utf8, utf8_encode(k, utf8));
}

static enum line_result cut(struct line *l, size_t from, size_t to)
{
	if (from == to)
		return LINE_MOVED;
	splice(l, from, to, NULL, 0);
	l->browsed = 0;
	return LINE_CHANGED;
}

/* The same, and keeps it for C-y. */
static enum line_result kill_part(struct line *l, size_t from, size_t to)
{
	if (from != to) {
		strbuf_clear(&l->killed);
		strbuf_add(&l->killed, l->text.s + from, to - from);
	}
	return cut(l, from, to);
}

static enum line_result move(struct line *l, size_t to)
{
	l->at = to;
	return LINE_MOVED;
}

/* ---- keys: moving and changing ---- */

static enum line_result on_left(struct line *l)
{
	return move(l, prev(l, l->at));
}

static enum line_result on_right(struct line *l)
{
	return move(l, next(l, l->at));
}

static enum line_result on_home(struct line *l)
{
	return move(l, 0);
}

static enum line_result on_end(struct line *l)
{
	return move(l, l->text.len);
}

static enum line_result on_word_left(struct line *l)
{
	return move(l, word_begin(l));
}

static enum line_result on_word_right(struct line *l)
{
	return move(l, word_end(l));
}

static enum line_result on_backspace(struct line *l)
{
	return cut(l, prev(l, l->at), l->at);
}

static enum line_result on_delete(struct line *l)
{
	return cut(l, l->at, next(l, l->at));
}

static enum line_result on_kill_blank(struct line *l)
{
	return kill_part(l, blank_begin(l), l->at);
}

static enum line_result on_kill_word_left(struct line *l)
{
	return kill_part(l, word_begin(l), l->at);
}

static enum line_result on_kill_word_right(struct line *l)
{
	return kill_part(l, l->at, word_end(l));
}

static enum line_result on_kill_begin(struct line *l)
{
	return kill_part(l, 0, l->at);
}

static enum line_result on_kill_end(struct line *l)
{
	return kill_part(l, l->at, l->text.len);
}

static enum line_result on_yank(struct line *l)
{
	l->browsed = 0;
	return line_replace(l, l->at, l->at, strbuf_cstr(&l->killed), l->killed.len);
}

static enum line_result on_accept(struct line *l)
{
	return LINE_ACCEPT;
}

static enum line_result on_cancel(struct line *l)
{
	return LINE_CANCEL;
}

/* ---- the table of keys ---- */

#define CTRL(c) ((c) - 'a' + 1)

static const struct {
	enum line_result (*fn)(struct line *l);
	keycode key;
	bool completes; /* candidates stay */
} keys[] = {
	{ on_left, KC_LEFT, false },
	{ on_left, CTRL('b'), false },
	{ on_right, KC_RIGHT, false },
	{ on_right, CTRL('f'), false },
	{ on_home, KC_HOME, false },
	{ on_home, CTRL('a'), false },
	{ on_end, KC_END, false },
	{ on_end, CTRL('e'), false },
	{ on_word_left, KC_ALT + 'b', false },
	{ on_word_left, KC_ALT + KC_LEFT, false },
	{ on_word_right, KC_ALT + 'f', false },
	{ on_word_right, KC_ALT + KC_RIGHT, false },
	{ on_backspace, KC_BACK, false },
	{ on_backspace, CTRL('h'), false },
	{ on_delete, KC_DELETE, false },
	{ on_delete, CTRL('d'), false },
	{ on_kill_blank, CTRL('w'), false },
	{ on_kill_word_left, KC_ALT + KC_BACK, false },
	{ on_kill_word_right, KC_ALT + 'd', false },
	{ on_kill_begin, CTRL('u'), false },
	{ on_kill_end, CTRL('k'), false },
	{ on_yank, CTRL('y'), false },
	{ line_older, KC_UP, false },
	{ line_older, CTRL('p'), false },
	{ line_newer, KC_DOWN, false },
	{ line_newer, CTRL('n'), false },
	{ line_tab, KC_TAB, true },
	{ line_back_tab, KC_BACK_TAB, true },
	{ on_accept, KC_RETURN, false },
	{ line_escape, KC_ESC, true },
	{ on_cancel, CTRL('c'), false },
	{ on_cancel, CTRL('g'), false },
};

enum line_result line_key(struct line *l, keycode k)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key != k)
			continue;
		if (!keys[i].completes)
			line_end_completion(l);
		return keys[i].fn(l);
	}
	if (k < ' ' || k >= KC_FIRST_NAMED)
		return LINE_IGNORED;
	return insert(l, k);
}

enum line_result line_paste(struct line *l, keycode k)
{
	return k < KC_FIRST_NAMED && k != KC_NONE ? insert(l, k) : LINE_IGNORED;
}

/* ---- the whole ---- */

void line_begin(struct line *l, const char *text, const struct history *h, const char *label)
{
	line_end_completion(l);
	strbuf_clear(&l->text);
	line_replace(l, 0, 0, text, strlen(text));
	l->at = l->text.len;
	l->history = h;
	l->label = label;
	l->browsed = 0;
}

void line_done(struct line *l)
{
	line_end_completion(l);
	strbuf_done(&l->text);
	strbuf_done(&l->killed);
	strbuf_done(&l->typed);
	strbuf_done(&l->word);
	*l = (struct line) { .chosen = -1 };
}

void line_window(const struct line *l, int width, size_t *from, int *cursor_x)
{
	int column = text_width(line_text(l), l->at), step = MAX(width / 2, 1), skip = 0;

	/* In steps of half the width, so that the text does not slide under every key. */
	if (column >= width && width > 0)
		skip = ((column - width) / step + 1) * step;
	*from = text_prefix(line_text(l), l->text.len, skip);
	if (*from > l->at)
		*from = l->at;
	*cursor_x = text_width(line_text(l) + *from, l->at - *from);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sheet: see the header.
 */
#include "tui/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"

#define SIDEWAYS      8
#define SIDEWAYS_MOST 400

void sheet_clear(struct sheet *s)
{
	strbuf_clear(&s->text);
	s->count = 0;
}

void sheet_done(struct sheet *s)
{
	strbuf_done(&s->text);
	free(s->lines);
	*s = (struct sheet) { 0 };
}

/* ---- writing ---- */

void sheet_line(struct sheet *s, enum look look, const char *text, size_t n)
{
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->lines = xrealloc(s->lines, s->cap, sizeof(*s->lines));
	}
	s->lines[s->count] = (struct sheet_entry) { .at = s->text.len, .look = look };
	safe_text(&s->text, text, n);
	s->lines[s->count].len = s->text.len - s->lines[s->count].at;
	strbuf_char(&s->text, '\n');
	s->count++;
}

void sheet_fmt(struct sheet *s, enum look look, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	sheet_line(s, look, text, (size_t)n);
	free(text);
}

void sheet_text(struct sheet *s, enum look look, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((nl ? nl : end) - text);
		_cleanup_strbuf_ struct strbuf line = { 0 };

		for (size_t i = 0; i < len; i++)
			if (text[i] == '\t')
				strbuf_str(&line, "    ");
			else
				strbuf_char(&line, text[i]);
		sheet_line(s, look, strbuf_cstr(&line), line.len);
		text += len + 1;
	}
}

void sheet_wrapped(struct sheet *s, enum look look, const char *text, int width)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), fit = text_prefix(text, len, MAX(width, 10));

		if (fit < len) {
			size_t word = fit;

			while (word && text[word] != ' ')
				word--;
			fit = word ? word : MAX(fit, (size_t)1);
		}
		sheet_line(s, look, text, fit);
		text += fit;
		text += *text == '\n' ? 1 : strspn(text, " ");
	}
}

/* ---- looking ---- */

static size_t last_top(const struct sheet *s, int rows)
{
	size_t sight = rows > 0 ? (size_t)rows : 1;

	return s->count > sight ? s->count - sight : 0;
}

void sheet_draw(const struct sheet *s, struct area *a)
{
	size_t top = MIN(s->top, last_top(s, a->rows));

	for (int y = 0; y < a->rows && top + (size_t)y < s->count; y++) {
		const struct sheet_entry *l = &s->lines[top + (size_t)y];
		const char *text = s->text.s + l->at;
		size_t skip = text_prefix(text, l->len, s->left);

		draw_text(a, y, 0, a->cols, l->look, text + skip, l->len - skip);
	}
}

static void scroll(struct sheet *s, int rows, int64_t by)
{
	int64_t to = (int64_t)MIN(s->top, last_top(s, rows)) + by;

	s->top = to < 0 ? 0 : MIN((size_t)to, last_top(s, rows));
}

bool sheet_scroll(struct sheet *s, int rows, enum action a, unsigned count)
{
	int64_t n = count ? count : 1, page = MAX(rows - 1, 1);

	switch (a) {
	case ACT_UP:
	case ACT_DOWN:
		scroll(s, rows, a == ACT_UP ? -n : n);
		break;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		scroll(s, rows, a == ACT_PAGE_UP ? -n * page : n * page);
		break;
	case ACT_HALF_UP:
	case ACT_HALF_DOWN:
		scroll(s, rows, (a == ACT_HALF_UP ? -n : n) * MAX(page / 2, 1));
		break;
	case ACT_FIRST:
	case ACT_LAST:
		s->top = a == ACT_FIRST ? 0 : last_top(s, rows);
		break;
	case ACT_LEFT:
		s->left = MAX(s->left - SIDEWAYS, 0);
		break;
	case ACT_RIGHT:
		s->left = MIN(s->left + SIDEWAYS, SIDEWAYS_MOST);
		break;
	default:
		return false;
	}
	return true;
}

void sheet_status(const struct sheet *s, int rows, struct strbuf *out)
{
	size_t top = MIN(s->top, last_top(s, rows));

	if (s->count > (size_t)MAX(rows, 1))
		strbuf_fmt(out, "  %zu-%zu of %zu lines", top + 1, top + (size_t)rows, s->count);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_lines: see the header.
 */
#include "tui/group_lines.h"

#include <string.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/canvas.h"

#define KEY_WIDTH 64 /* of what is said of a key in text */
#define GAP	  2  /* between columns */

typedef unsigned long long ull;

static unsigned column_count(const struct group_lines *l)
{
	return l->spec->key_count + l->spec->measure_count;
}

static const char *column_title(const struct group_lines *l, unsigned column)
{
	unsigned keys = l->spec->key_count;

	return column < keys ? l->spec->keys[column].text : l->spec->measures[column - keys].text;
}

/* ---- text ---- */

/* A cell; a key is cut to its width. */
static void put_cell(const struct group_lines *l, uint32_t row, unsigned column, struct strbuf *b)
{
	group_text(l->table, row, column, b);
	if (column >= l->spec->key_count || text_width(strbuf_cstr(b), b->len) <= KEY_WIDTH)
		return;
	strbuf_cut(b, text_prefix(b->s, b->len, KEY_WIDTH - 1));
	strbuf_str(b, l->ascii ? "~" : "\xe2\x80\xa6");
}

static void widen(struct group_lines *l, unsigned column, const char *text, size_t len)
{
	l->widths[column] = MAX(l->widths[column], text_width(text, len));
}

void group_lines_measure(struct group_lines *l, uint32_t row)
{
	_cleanup_strbuf_ struct strbuf cell = { 0 };

	for (unsigned i = 0; i < column_count(l); i++) {
		strbuf_clear(&cell);
		put_cell(l, row, i, &cell);
		widen(l, i, strbuf_cstr(&cell), cell.len);
	}
}

static void put_blanks(struct strbuf *b, int count)
{
	for (int i = 0; i < count; i++)
		strbuf_char(b, ' ');
}

/* Keys to the left, what is measured to the right; no blanks at the end of a line. */
static void put_column(const struct group_lines *l, unsigned column, const char *text, size_t len,
		       struct strbuf *b)
{
	int blanks = l->widths[column] - text_width(text, len);
	bool is_key = column < l->spec->key_count;

	if (column)
		put_blanks(b, GAP);
	if (!is_key)
		put_blanks(b, blanks);
	strbuf_add(b, text, len);
	if (is_key && column + 1 < column_count(l))
		put_blanks(b, blanks);
}

void group_lines_text_head(struct group_lines *l, struct strbuf *b)
{
	for (unsigned i = 0; i < column_count(l); i++) {
		const char *title = column_title(l, i);

		widen(l, i, title, strlen(title));
		put_column(l, i, title, strlen(title), b);
	}
	strbuf_char(b, '\n');
}

void group_lines_text(const struct group_lines *l, uint32_t row, struct strbuf *b)
{
	_cleanup_strbuf_ struct strbuf cell = { 0 };

	for (unsigned i = 0; i < column_count(l); i++) {
		strbuf_clear(&cell);
		put_cell(l, row, i, &cell);
		put_column(l, i, strbuf_cstr(&cell), cell.len, b);
	}
	strbuf_char(b, '\n');
}

/* ---- JSON ---- */

static void put_json_time(struct strbuf *b, const char *name, uint64_t ts)
{
	strbuf_fmt(b, ",\"%s\":\"", name);
	strbuf_time(b, ts, 9);
	strbuf_char(b, '"');
}

void group_lines_json_whole(const struct group_lines *l, const struct group_whole *w,
			    struct strbuf *b)
{
	const struct fold_stats *s = &w->fold;

	strbuf_str(b, "{\"table\":\"whole\"");
	if (l->live)
		put_json_time(b, "ts", l->now);
	strbuf_fmt(b, ",\"events\":%llu,\"filtered\":%llu,\"lacking\":%llu",
		   (ull)group_rows(l->table), (ull)s->hidden, (ull)group_lacking(l->table));
	if (s->rows) {
		put_json_time(b, "first", s->first);
		put_json_time(b, "last", s->last);
	} else {
		strbuf_str(b, ",\"first\":null,\"last\":null");
	}
	strbuf_fmt(b, ",\"joined\":%llu,\"lost\":%llu,\"missed\":%llu,\"damaged\":%llu",
		   (ull)group_joined(l->table), (ull)w->lost, (ull)s->missed, (ull)w->damaged);
	strbuf_fmt(b, ",\"at_least\":%s}\n", l->fewer ? "true" : "false");
}

/* "NAME":value of some columns. */
static void put_json_columns(const struct group_lines *l, uint32_t row, unsigned from, unsigned to,
			     struct strbuf *b)
{
	for (unsigned i = from; i < to; i++) {
		const char *title = column_title(l, i);

		if (i > from)
			strbuf_char(b, ',');
		safe_json(b, title, strlen(title));
		strbuf_char(b, ':');
		group_json(l->table, row, i, b);
	}
}

void group_lines_json(const struct group_lines *l, uint32_t row, struct strbuf *b)
{
	unsigned keys = l->spec->key_count;

	strbuf_str(b, "{\"table\":\"group\"");
	if (l->live)
		put_json_time(b, "ts", l->now);
	if (group_is_other(l->table, row)) {
		strbuf_fmt(b, ",\"by\":null,\"joined\":%llu", (ull)group_joined(l->table));
	} else {
		strbuf_str(b, ",\"by\":{");
		put_json_columns(l, row, 0, keys, b);
		strbuf_char(b, '}');
	}
	strbuf_str(b, ",\"show\":{");
	put_json_columns(l, row, keys, column_count(l), b);
	strbuf_fmt(b, "},\"at_least\":%s}\n",
		   l->fewer || group_is_partial(l->table, row) ? "true" : "false");
}

/* ---- CSV ---- */

void group_lines_csv_head(const struct group_lines *l, struct strbuf *b)
{
	for (unsigned i = 0; i < column_count(l); i++)
		strbuf_fmt(b, "%s%s", i ? "," : "", column_title(l, i));
	strbuf_char(b, '\n');
}

void group_lines_csv(const struct group_lines *l, uint32_t row, struct strbuf *b)
{
	for (unsigned i = 0; i < column_count(l); i++) {
		if (i)
			strbuf_char(b, ',');
		group_csv(l->table, row, i, b);
	}
	strbuf_char(b, '\n');
}

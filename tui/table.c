/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table: where rows and columns stand, and how the cursor moves over them.
 *
 * Owns nothing but the caller's state. Rows come and go between two calls, so every call takes
 * their number and trusts neither cursor nor top. What it looks like is in table_draw.c.
 */
#include "tui/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"

enum {
	FLEXIBLE_MIN = 10, /* columns of a column that takes what is left, at least */
	WIDTH_MAX = 500,
};

void table_init(struct table_state *t, const struct table_column *columns, unsigned count)
{
	assert(count <= TABLE_COLUMNS);
	*t = (struct table_state) { .columns = columns, .count = count, .shown = count };
	t->sort = -1;
	for (unsigned i = 0; i < count; i++)
		t->order[i] = (uint8_t)i;
}

/* ---- widths ---- */

static bool is_flexible(const struct table_state *t, unsigned index)
{
	unsigned c = t->order[index];

	return !t->columns[c].width && !t->widths[c];
}

/* What a column wants at least. */
static int wanted(const struct table_state *t, unsigned index)
{
	unsigned c = t->order[index];

	if (is_flexible(t, index))
		return FLEXIBLE_MIN;
	return t->widths[c] > 0 ? t->widths[c] : t->columns[c].width;
}

/* The kept column of least worth; of equals the last one; never the one under a cell's cursor. */
static unsigned least(const struct table_state *t, const int *width)
{
	unsigned best = t->shown;

	for (unsigned i = 0; i < t->shown; i++) {
		if (!width[i] || (t->cells && i == t->column))
			continue;
		if (best == t->shown ||
		    t->columns[t->order[i]].worth <= t->columns[t->order[best]].worth)
			best = i;
	}
	return best;
}

/* Shares what is left among the flexible columns; the last one takes the remainder. */
static void share(const struct table_state *t, int *width, int left)
{
	int flexible = 0;

	for (unsigned i = 0; i < t->shown; i++)
		flexible += width[i] && is_flexible(t, i);
	for (unsigned i = 0; i < t->shown; i++) {
		if (width[i] && is_flexible(t, i)) {
			width[i] += left / flexible;
			left -= left / flexible;
			flexible--;
		}
	}
}

/* The width of each shown column in cols columns; 0: dropped. */
static void layout(const struct table_state *t, int cols, int *width)
{
	unsigned kept = t->shown, drop;
	int total = -1;

	for (unsigned i = 0; i < t->shown; i++) {
		width[i] = wanted(t, i);
		total += width[i] + 1;
	}
	while (total > cols && kept > 1) {
		drop = least(t, width);
		total -= width[drop] + 1;
		width[drop] = 0;
		kept--;
	}
	if (total <= cols) {
		share(t, width, cols - total);
		return;
	}
	for (unsigned i = 0; i < t->shown; i++)
		width[i] = width[i] ? MAX(cols, 0) : 0;
}

bool table_place(const struct table_state *t, int cols, unsigned index, int *x, int *width)
{
	int widths[TABLE_COLUMNS] = { 0 }, at = 0;

	if (index >= t->shown)
		return false;
	layout(t, cols, widths);
	for (unsigned i = 0; i < index; i++)
		at += widths[i] ? widths[i] + 1 : 0;
	if (!widths[index])
		return false;
	*x = at;
	*width = widths[index];
	return true;
}

bool table_widen(struct table_state *t, int cols, int by)
{
	int x, width, to;

	if (!table_place(t, cols, t->column, &x, &width))
		return false;
	to = MIN(MAX(width + by, 1), MIN(WIDTH_MAX, MAX(cols, 1)));
	if (to == width)
		return false;
	t->widths[t->order[t->column]] = (int16_t)to;
	return true;
}

/* ---- moving ---- */

int table_header(int height)
{
	return height > 1;
}

/* Rows in sight of a pane of that height. */
static uint64_t page(int height)
{
	return (uint64_t)MAX(height - table_header(height), 1);
}

void table_fit(struct table_state *t, uint64_t rows, int height)
{
	uint64_t sight = page(height);

	t->cursor = rows ? MIN(t->cursor, rows - 1) : 0;
	if (t->top > t->cursor)
		t->top = t->cursor;
	if (t->cursor - t->top >= sight)
		t->top = t->cursor - sight + 1;
	/* No blank lines at the end while rows above are out of sight. */
	t->top = MIN(t->top, rows > sight ? rows - sight : 0);
	if (t->column >= t->shown)
		t->column = t->shown ? t->shown - 1 : 0;
}

void table_carry(struct table_state *t, uint64_t row)
{
	uint64_t below = t->cursor - MIN(t->top, t->cursor);

	t->cursor = row;
	t->top = row - MIN(below, row);
}

/* Up and down by n rows, within rows. */
static uint64_t step(uint64_t at, uint64_t rows, uint64_t n, bool up)
{
	if (up)
		return at - MIN(at, n);
	return rows ? at + MIN(n, rows - 1 - MIN(at, rows - 1)) : 0;
}

/* The same for cursor and top together, so that the cursor stays where it is on the screen. */
static void scroll(struct table_state *t, uint64_t rows, uint64_t n, bool up)
{
	t->cursor = step(t->cursor, rows, n, up);
	t->top = step(t->top, rows, n, up);
}

static void step_column(struct table_state *t, unsigned n, bool left)
{
	unsigned last = t->shown ? t->shown - 1 : 0;

	if (left)
		t->column -= MIN(t->column, n);
	else
		t->column += MIN(n, last - MIN(t->column, last));
}

/* With a count FIRST and LAST go to that row, as far as there are rows. */
static uint64_t jump(uint64_t rows, unsigned count, bool first)
{
	if (count)
		return count - 1;
	return first || !rows ? 0 : rows - 1;
}

bool table_move(struct table_state *t, uint64_t rows, int height, enum action a, unsigned count)
{
	bool back = a == ACT_UP || a == ACT_PAGE_UP || a == ACT_HALF_UP || a == ACT_LEFT;
	uint64_t n = count ? count : 1, sight = page(height);

	table_fit(t, rows, height);
	switch (a) {
	case ACT_UP:
	case ACT_DOWN:
		t->cursor = step(t->cursor, rows, n, back);
		break;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		scroll(t, rows, n * sight, back);
		break;
	case ACT_HALF_UP:
	case ACT_HALF_DOWN:
		scroll(t, rows, n * MAX(sight / 2, 1), back);
		break;
	case ACT_FIRST:
	case ACT_LAST:
		t->cursor = jump(rows, count, a == ACT_FIRST);
		break;
	case ACT_LEFT:
	case ACT_RIGHT:
		if (!t->cells)
			return false;
		step_column(t, (unsigned)n, back);
		break;
	default:
		return false;
	}
	table_fit(t, rows, height);
	return true;
}

bool table_at(const struct table_state *t, uint64_t rows, const struct area *a,
	      const struct act_arg *click, uint64_t *row, unsigned *column)
{
	int header = table_header(a->rows), y = click->y, x = click->x;
	uint64_t at;

	*column = 0;
	for (unsigned i = 0; i < t->shown; i++) {
		int from, width;

		/* The gap belongs to the column in front of it. */
		if (table_place(t, a->cols, i, &from, &width) && (x >= from || !from))
			*column = i;
	}
	if (y < header || y >= a->rows || x < 0 || x >= a->cols)
		return false;
	at = t->top + (uint64_t)(y - header);
	if (at >= rows)
		return false;
	*row = at;
	return true;
}

/* ---- columns by name ---- */

static const char *column_name(size_t i, void *data)
{
	return ((const struct table_state *)data)->columns[i].name;
}

static int unknown(struct table_state *t, const char *word, int column, struct err *e)
{
	const char *near = util_nearest(word, column_name, t->count, t);
	_cleanup_strbuf_ struct strbuf known = { 0 };

	for (unsigned i = 0; i < t->count; i++)
		strbuf_fmt(&known, "%s%s", i ? " " : "", t->columns[i].name);
	err_set(e, -ENOENT, "no column '%s'%s%s%s; there are %s", word,
		near ? "; nearest is '" : "", near ? near : "", near ? "'" : "",
		strbuf_cstr(&known));
	if (e)
		e->column = column;
	return -ENOENT;
}

static int wrong(int column, struct err *e, const char *what, const char *word)
{
	err_set(e, -EINVAL, "columns: '%s' %s", word, what);
	if (e)
		e->column = column;
	return -EINVAL;
}

static int parse_width(const char *digits, int16_t *ret)
{
	size_t len = strspn(digits, "0123456789");
	long v = strtol(digits, NULL, 10);

	if (!len || len > 3 || digits[len] || v < 1 || v > WIDTH_MAX)
		return -EINVAL;
	*ret = (int16_t)v;
	return 0;
}

/* The column of a name; count when there is none. */
static unsigned find_column(const struct table_state *t, const char *name)
{
	unsigned c = 0;

	while (c < t->count && strcmp(t->columns[c].name, name) != 0)
		c++;
	return c;
}

/* One word "NAME" or "NAME:WIDTH" into to, whose order is being filled. A name may have colons. */
static int add_column(struct table_state *to, char *word, int at, struct err *e)
{
	unsigned c = find_column(to, word);
	char *colon = c < to->count ? NULL : strrchr(word, ':');

	if (colon) {
		*colon = '\0';
		c = find_column(to, word);
	}
	if (c == to->count)
		return unknown(to, word, at, e);
	for (unsigned i = 0; i < to->shown; i++)
		if (to->order[i] == c)
			return wrong(at, e, "stands there twice", word);
	if (colon && parse_width(colon + 1, &to->widths[c]) < 0)
		return wrong(at, e, "takes a width of 1 to 500 behind the colon", word);
	to->order[to->shown++] = (uint8_t)c;
	return 0;
}

int table_set_columns(struct table_state *t, const char *text, struct err *e)
{
	static const char blanks[] = " \t\r\n,";
	struct table_state to = *t;
	size_t len;
	int r;

	to.shown = 0;
	memset(to.widths, 0, sizeof(to.widths));
	for (const char *p = text + strspn(text, blanks); *p; p += len + strspn(p + len, blanks)) {
		char word[TABLE_NAME] = "";

		len = strcspn(p, blanks);
		memcpy(word, p, MIN(len, sizeof(word) - 1));
		r = add_column(&to, word, (int)(p - text), e);
		if (r < 0)
			return r;
	}
	if (!to.shown)
		return wrong(0, e, "names no column", text);
	to.column = MIN(to.column, to.shown - 1);
	*t = to;
	return 0;
}

void table_get_columns(const struct table_state *t, struct strbuf *out)
{
	for (unsigned i = 0; i < t->shown; i++) {
		unsigned c = t->order[i];

		strbuf_fmt(out, "%s%s", i ? " " : "", t->columns[c].name);
		if (t->widths[c])
			strbuf_fmt(out, ":%d", t->widths[c]);
	}
}

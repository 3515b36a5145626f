/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counting_print: see the header. Cells are core/group_print.c's.
 */
#include "cli/counting_print.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/choice.h"
#include "cli/losses.h"
#include "core/arena.h"
#include "core/safe.h"
#include "tui/canvas.h"

#define KEY_WIDTH 64 /* of what is printed of a key */
#define GAP	  2  /* between columns */

typedef unsigned long long ull;

static unsigned column_count(const struct counting *c)
{
	return c->spec->key_count + c->spec->measure_count;
}

static const char *column_title(const struct counting *c, unsigned column)
{
	unsigned keys = c->spec->key_count;

	return column < keys ? c->spec->keys[column].text : c->spec->measures[column - keys].text;
}

/* ---- what a table lacks ---- */

/* Groups that may have had rows which are in "other" now. */
static uint64_t partial_count(const struct counting *c)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < group_count(c->table); i++)
		count += group_is_partial(c->table, i);
	return count;
}

static bool at_least(const struct counting_print *p, const struct fold_stats *s)
{
	return p->fewer || p->lost || p->lost_unknown || s->missed;
}

/* "WHAT: 1,234 WHY", nothing where there are none. */
static void put_lack(struct strbuf *b, const char *what, uint64_t count, const char *why)
{
	if (!count)
		return;
	strbuf_fmt(b, "%s: ", what);
	strbuf_grouped(b, count);
	strbuf_fmt(b, " %s\n", why);
}

/* A line each of what is not in the rows. */
static void put_lacks(const struct counting_print *p, struct strbuf *b)
{
	const struct counting *c = p->counting;
	const struct group_spec *spec = c->spec;
	struct strbuf why = { 0 };
	struct fold_stats s;

	fold_stats(c->fold, &s);
	if (p->lost || p->lost_unknown) {
		strbuf_str(b, "lost: ");
		losses_put(b, p->lost, p->lost_unknown, " events");
		strbuf_str(b, "; what is counted is \"at least\"\n");
	}
	put_lack(b, "not counted", s.missed, "events that left the memory before");
	strbuf_fmt(&why, "events that have no %s",
		   spec->key_count > 1 ? "value for one of the keys" : spec->keys[0].text);
	put_lack(b, "in no group", group_lacking(c->table), why.s);
	put_lack(b, "put together", group_joined(c->table),
		 "groups with the fewest events, for want of memory (--memory)");
	put_lack(b, "not whole", partial_count(c),
		 "groups that came after that, and may have been among them: \"at least\"");
	put_lack(b, "damaged", p->damaged, "records");
	strbuf_str(b, p->notes ? p->notes : "");
	strbuf_done(&why);
}

void counting_say_lacks(const struct counting_print *p)
{
	struct strbuf b = { 0 };
	char *save = NULL;

	put_lacks(p, &b);
	for (char *line = b.len ? strtok_r(b.s, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		cli_say("%s", line);
	strbuf_done(&b);
}

/* ---- text ---- */

/* The cells of the rows that are shown, and how wide each column is. */
struct sheet {
	const struct counting_print *p;
	uint32_t rows;
	unsigned columns;
	struct strbuf text; /* of all cells, one behind the other */
	size_t *ends;	    /* of each cell in text */
	int widths[GROUP_KEYS + GROUP_MEASURES];
};

static const char *cell(const struct sheet *s, uint32_t row, unsigned column, size_t *len)
{
	size_t at = (size_t)row * s->columns + column, begin = at ? s->ends[at - 1] : 0;

	*len = s->ends[at] - begin;
	return strbuf_cstr(&s->text) + begin;
}

/* Cuts what was appended from begin on to the width of a key. */
static void cut_key(const struct sheet *s, struct strbuf *b, size_t begin)
{
	if (text_width(b->s + begin, b->len - begin) <= KEY_WIDTH)
		return;
	strbuf_cut(b, begin + text_prefix(b->s + begin, b->len - begin, KEY_WIDTH - 1));
	strbuf_str(b, s->p->ascii ? "~" : "\xe2\x80\xa6");
}

static void fill_cell(struct sheet *s, uint32_t row, unsigned column)
{
	const struct counting *c = s->p->counting;
	size_t begin = s->text.len;

	group_text(c->table, c->order[row], column, &s->text);
	if (column < c->spec->key_count && s->text.len > begin)
		cut_key(s, &s->text, begin);
	s->ends[(size_t)row * s->columns + column] = s->text.len;
	s->widths[column] =
	    MAX(s->widths[column], text_width(strbuf_cstr(&s->text) + begin, s->text.len - begin));
}

static void put_blanks(struct strbuf *b, int count)
{
	for (int i = 0; i < count; i++)
		strbuf_char(b, ' ');
}

/* Keys to the left, what is measured to the right; no blanks at the end of a line. */
static void put_column(const struct sheet *s, unsigned column, const char *text, size_t len,
		       struct strbuf *b)
{
	int blanks = s->widths[column] - text_width(text, len);
	bool is_key = column < s->p->counting->spec->key_count;

	if (column)
		put_blanks(b, GAP);
	if (!is_key)
		put_blanks(b, blanks);
	strbuf_add(b, text, len);
	if (is_key && column + 1 < s->columns)
		put_blanks(b, blanks);
}

static void put_sheet(struct sheet *s, struct strbuf *b)
{
	const struct counting *c = s->p->counting;

	for (unsigned i = 0; i < s->columns; i++)
		s->widths[i] = text_width(column_title(c, i), strlen(column_title(c, i)));
	for (uint32_t row = 0; row < s->rows; row++)
		for (unsigned i = 0; i < s->columns; i++)
			fill_cell(s, row, i);
	for (unsigned i = 0; i < s->columns; i++)
		put_column(s, i, column_title(c, i), strlen(column_title(c, i)), b);
	strbuf_char(b, '\n');
	for (uint32_t row = 0; row < s->rows; row++) {
		for (unsigned i = 0; i < s->columns; i++) {
			size_t len;
			const char *text = cell(s, row, i, &len);

			put_column(s, i, text, len, b);
		}
		strbuf_char(b, '\n');
	}
}

void counting_put_clock(struct strbuf *b)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[16];

	if (localtime_r(&now, &tm) && strftime(text, sizeof(text), "%H:%M:%S", &tm))
		strbuf_fmt(b, "%s  ", text);
}

static void put_header(const struct counting_print *p, const struct fold_stats *s, struct strbuf *b)
{
	const struct counting *c = p->counting;
	uint64_t groups = c->count - (c->count && group_is_other(c->table, c->count - 1)) +
			  group_joined(c->table);

	if (p->live) {
		counting_put_clock(b);
	} else {
		strbuf_time(b, s->first, 6);
		strbuf_str(b, " to ");
		strbuf_time(b, s->last, 6);
		strbuf_str(b, ": ");
		strbuf_time(b, s->last - s->first, 6);
		strbuf_str(b, " s, ");
	}
	strbuf_str(b, at_least(p, s) ? "at least " : "");
	strbuf_grouped(b, group_rows(c->table));
	strbuf_str(b, group_rows(c->table) == 1 ? " event in " : " events in ");
	/* One that was put away and came again is counted twice. */
	strbuf_str(b, group_joined(c->table) ? "at most " : "");
	strbuf_grouped(b, groups);
	strbuf_str(b, groups == 1 ? " group" : " groups");
	if (s->hidden) {
		strbuf_str(b, ", ");
		strbuf_grouped(b, s->hidden);
		strbuf_str(b, " filtered out");
	}
	if (s->apart) {
		strbuf_str(b, ", ");
		strbuf_grouped(b, s->apart);
		strbuf_fmt(b, " %s", choice_apart(c->opts));
	}
	strbuf_char(b, '\n');
}

void counting_put_text(const struct counting_print *p, struct strbuf *b)
{
	struct sheet s = { .p = p, .columns = column_count(p->counting) };
	struct counting *c = p->counting;
	struct fold_stats stats;

	counting_sort(c);
	fold_stats(c->fold, &stats);
	if (!p->first)
		strbuf_char(b, '\n');
	if (!p->live && !stats.rows) {
		strbuf_str(b, stats.hidden ? "no events pass the filter\n" : "no events\n");
	} else {
		s.rows = (uint32_t)MIN((uint64_t)c->count, p->rows);
		s.ends = xcalloc((size_t)s.rows * s.columns + 1, sizeof(*s.ends));
		put_header(p, &stats, b);
		if (!p->live)
			strbuf_char(b, '\n');
		put_sheet(&s, b);
		if (s.rows < c->count)
			strbuf_fmt(b, "and %u more\n", c->count - s.rows);
	}
	put_lacks(p, b);
	free(s.ends);
	strbuf_done(&s.text);
}

/* ---- JSON ---- */

static void put_json_time(struct strbuf *b, const char *name, uint64_t ts)
{
	strbuf_fmt(b, ",\"%s\":\"", name);
	strbuf_time(b, ts, 9);
	strbuf_char(b, '"');
}

static void put_json_whole(const struct counting_print *p, const struct fold_stats *s,
			   struct strbuf *b)
{
	const struct counting *c = p->counting;

	strbuf_str(b, "{\"table\":\"whole\"");
	if (p->live)
		put_json_time(b, "ts", p->now);
	strbuf_fmt(b, ",\"events\":%llu,\"filtered\":%llu,\"lacking\":%llu",
		   (ull)group_rows(c->table), (ull)s->hidden, (ull)group_lacking(c->table));
	if (s->rows) {
		put_json_time(b, "first", s->first);
		put_json_time(b, "last", s->last);
	} else {
		strbuf_str(b, ",\"first\":null,\"last\":null");
	}
	strbuf_fmt(b, ",\"joined\":%llu,\"lost\":%llu,\"missed\":%llu,\"damaged\":%llu",
		   (ull)group_joined(c->table), (ull)p->lost, (ull)s->missed, (ull)p->damaged);
	strbuf_fmt(b, ",\"at_least\":%s}\n", at_least(p, s) ? "true" : "false");
}

/* "NAME":value of some columns. */
static void put_json_columns(const struct counting *c, uint32_t row, unsigned from, unsigned to,
			     struct strbuf *b)
{
	for (unsigned i = from; i < to; i++) {
		const char *title = column_title(c, i);

		if (i > from)
			strbuf_char(b, ',');
		safe_json(b, title, strlen(title));
		strbuf_char(b, ':');
		group_json(c->table, row, i, b);
	}
}

static void put_json_row(const struct counting_print *p, uint32_t row, bool fewer, struct strbuf *b)
{
	const struct counting *c = p->counting;
	unsigned keys = c->spec->key_count;

	strbuf_str(b, "{\"table\":\"group\"");
	if (p->live)
		put_json_time(b, "ts", p->now);
	if (group_is_other(c->table, row)) {
		strbuf_fmt(b, ",\"by\":null,\"joined\":%llu", (ull)group_joined(c->table));
	} else {
		strbuf_str(b, ",\"by\":{");
		put_json_columns(c, row, 0, keys, b);
		strbuf_char(b, '}');
	}
	strbuf_str(b, ",\"show\":{");
	put_json_columns(c, row, keys, column_count(c), b);
	fewer |= group_is_partial(c->table, row);
	strbuf_fmt(b, "},\"at_least\":%s}\n", fewer ? "true" : "false");
}

void counting_put_json(const struct counting_print *p, struct strbuf *b)
{
	struct counting *c = p->counting;
	struct fold_stats s;
	bool fewer;

	counting_sort(c);
	fold_stats(c->fold, &s);
	fewer = at_least(p, &s);
	put_json_whole(p, &s, b);
	for (uint32_t i = 0; i < MIN((uint64_t)c->count, p->rows); i++)
		put_json_row(p, c->order[i], fewer, b);
}

/* ---- CSV ---- */

void counting_put_csv(const struct counting_print *p, struct strbuf *b)
{
	struct counting *c = p->counting;
	unsigned columns = column_count(c);

	counting_sort(c);
	for (unsigned i = 0; i < columns; i++)
		strbuf_fmt(b, "%s%s", i ? "," : "", column_title(c, i));
	strbuf_char(b, '\n');
	for (uint32_t row = 0; row < MIN((uint64_t)c->count, p->rows); row++) {
		for (unsigned i = 0; i < columns; i++) {
			if (i)
				strbuf_char(b, ',');
			group_csv(c->table, c->order[row], i, b);
		}
		strbuf_char(b, '\n');
	}
}

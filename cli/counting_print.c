/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counting_print: see the header. Lines are tui/group_lines.c's.
 */
#include "cli/counting_print.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/choice.h"
#include "cli/losses.h"
#include "core/arena.h"
#include "core/util.h"
#include "tui/group_lines.h"

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

static struct group_lines lines_of(const struct counting_print *p, bool fewer)
{
	return (struct group_lines) {
		.table = p->counting->table,
		.spec = p->counting->spec,
		.ascii = p->ascii,
		.fewer = fewer,
		.live = p->live,
		.now = p->now,
	};
}

static uint32_t rows_of(const struct counting_print *p)
{
	return (uint32_t)MIN((uint64_t)p->counting->count, p->rows);
}

static void put_sheet(const struct counting_print *p, struct strbuf *b)
{
	struct group_lines l = lines_of(p, false);

	for (uint32_t i = 0; i < rows_of(p); i++)
		group_lines_measure(&l, p->counting->order[i]);
	group_lines_text_head(&l, b);
	for (uint32_t i = 0; i < rows_of(p); i++)
		group_lines_text(&l, p->counting->order[i], b);
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
	struct counting *c = p->counting;
	struct fold_stats stats;

	counting_sort(c);
	fold_stats(c->fold, &stats);
	if (!p->first)
		strbuf_char(b, '\n');
	if (!p->live && !stats.rows) {
		strbuf_str(b, stats.hidden ? "no events pass the filter\n" : "no events\n");
	} else {
		put_header(p, &stats, b);
		if (!p->live)
			strbuf_char(b, '\n');
		put_sheet(p, b);
		if (rows_of(p) < c->count)
			strbuf_fmt(b, "and %u more\n", c->count - rows_of(p));
	}
	put_lacks(p, b);
}

/* ---- for programs ---- */

void counting_put_json(const struct counting_print *p, struct strbuf *b)
{
	struct group_whole w = { .lost = p->lost, .damaged = p->damaged };
	struct group_lines l;

	counting_sort(p->counting);
	fold_stats(p->counting->fold, &w.fold);
	l = lines_of(p, at_least(p, &w.fold));
	group_lines_json_whole(&l, &w, b);
	for (uint32_t i = 0; i < rows_of(p); i++)
		group_lines_json(&l, p->counting->order[i], b);
}

void counting_put_csv(const struct counting_print *p, struct strbuf *b)
{
	struct group_lines l = lines_of(p, false);

	counting_sort(p->counting);
	group_lines_csv_head(&l, b);
	for (uint32_t i = 0; i < rows_of(p); i++)
		group_lines_csv(&l, p->counting->order[i], b);
}

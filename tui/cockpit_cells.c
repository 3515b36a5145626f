/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_cells: what stands in the cells and behind the titles of the sections.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/names.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/cockpit.h"

#define ERRORS_MOST 64 /* kinds of errors of one call that are put in order */

/* ---- errors ---- */

struct failing {
	int64_t error;
	uint64_t count;
};

static int more_often(const void *a, const void *b)
{
	const struct failing *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

/* What the rows of both tables are told apart by, beside the error. */
static void key_text(const struct group_table *t, uint32_t row, unsigned keys, struct strbuf *out)
{
	for (unsigned k = 0; k < keys; k++) {
		group_text(t, row, k, out);
		strbuf_char(out, '\n');
	}
}

/* "12 ENOENT, 3 EAGAIN" of the calls of a row. */
static void put_errors(const struct cockpit_section *s, uint32_t row, struct strbuf *out)
{
	const struct group_table *t = s->of->errors;
	unsigned keys = s->spec->key_count, n = 0;
	_cleanup_strbuf_ struct strbuf mine = { 0 }, other = { 0 };
	struct failing all[ERRORS_MOST];

	key_text(s->table, row, keys, &mine);
	for (uint32_t i = 0; i < group_count(t) && n < ERRORS_MOST; i++) {
		struct group_value error, count;

		strbuf_clear(&other);
		if (!group_is_other(t, i))
			key_text(t, i, keys, &other);
		if (strcmp(strbuf_cstr(&mine), strbuf_cstr(&other)) != 0)
			continue;
		group_value(t, i, keys, &error);
		group_value(t, i, keys + 1, &count);
		all[n++] = (struct failing) { (int64_t)error.wide, (uint64_t)count.wide };
	}
	qsort(all, n, sizeof(*all), more_often);
	for (unsigned i = 0; i < n; i++) {
		const char *name = names_of(NAMES_ERRNO, (int)-all[i].error);

		strbuf_str(out, i ? ", " : "");
		strbuf_count(out, all[i].count);
		strbuf_char(out, ' ');
		if (name)
			strbuf_str(out, name);
		else
			strbuf_s64(out, all[i].error);
	}
}

/* ---- shares and reasons ---- */

/* Of the time in which anybody was seen to run. */
static void put_share(const struct cockpit_section *s, uint32_t row, struct strbuf *out)
{
	const struct cockpit *c = s->of;
	struct group_value sum;
	double window;

	if (c->oncpu_last <= c->oncpu_first)
		return;
	window = (double)(c->oncpu_last - c->oncpu_first);
	group_value(s->table, row, s->spec->key_count + 1, &sum);
	strbuf_fmt(out, "%.1f %%", 100 * (double)sum.wide / window);
}

/* What the letters of a state mean, as the kernel's sched_switch has them. */
static void put_reason(const struct cockpit_section *s, uint32_t row, unsigned column,
		       struct strbuf *out)
{
	static const char *const words[] = {
		['R'] = "pushed off, could run",
		['S'] = "sleeping",
		['D'] = "uninterruptible (disk)",
		['T'] = "stopped",
		['t'] = "traced",
		['X'] = "dead",
		['Z'] = "zombie",
		['P'] = "parked",
		['I'] = "idle",
	};
	size_t from = out->len;
	unsigned char letter;

	group_text(s->table, row, column, out);
	letter = out->len > from ? (unsigned char)out->s[from] : 0;
	if (out->len == from + 2 && letter == 'R' && out->s[from + 1] == '+')
		strbuf_str(out, " preempted");
	else if (out->len == from + 1 && letter < ARRAY_SIZE(words) && words[letter])
		strbuf_fmt(out, " %s", words[letter]);
}

/* ---- cells ---- */

static void group_cell(const struct cockpit_section *s, uint32_t row, unsigned column,
		       struct table_cell *cell)
{
	const struct group_table *t = section_table(s);
	unsigned keys = s->spec->key_count;
	size_t before = cell->text->len;
	struct group_value v;

	if (group_is_other(t, row) && column < keys) {
		cell->look = LOOK_WARN;
		if (column == 0) {
			strbuf_str(cell->text, "other: ");
			strbuf_count(cell->text, group_joined(t));
		}
		return;
	}
	if (column >= keys + s->spec->measure_count) {
		if (s->kind == &cockpit_kinds[COCKPIT_SYSCALLS])
			put_errors(s, row, cell->text);
		else
			put_share(s, row, cell->text);
		return;
	}
	if (column + 1 == keys && s->kind == &cockpit_kinds[COCKPIT_OFFCPU]) {
		put_reason(s, row, column, cell->text);
		return;
	}
	group_value(t, row, column, &v);
	if (v.type != GROUP_NONE)
		group_text(t, row, column, cell->text);
	if (cell->text->len > before)
		return;
	strbuf_str(cell->text, column < keys ? "(none)" : "-");
	cell->look = LOOK_DIM;
}

static void file_cell(const struct cockpit_file *f, unsigned column, struct table_cell *cell)
{
	switch (column) {
	case 0:
		strbuf_s64(cell->text, f->fd);
		break;
	case 1:
		strbuf_str(cell->text, *f->path ? f->path : "not known");
		cell->look = *f->path ? cell->look : LOOK_DIM;
		break;
	case 2:
		strbuf_grouped(cell->text, f->calls);
		break;
	case 3:
		if (f->bytes)
			strbuf_count(cell->text, f->bytes);
		break;
	default:
		strbuf_duration(cell->text, (double)f->latency);
	}
}

static uint64_t model_rows(const void *data)
{
	return ((const struct cockpit_section *)data)->count;
}

static void model_cell(const void *data, uint64_t place, unsigned column, struct table_cell *cell)
{
	const struct cockpit_section *s = data;
	uint32_t row;

	if (place >= s->count)
		return;
	row = s->order[place];
	if (s->spec)
		group_cell(s, row, column, cell);
	else
		file_cell(&s->of->files.all[row], column, cell);
}

const struct table_model section_model = { .rows = model_rows, .cell = model_cell };

/* ---- titles ---- */

static void put_sum(const struct cockpit_section *s, struct strbuf *out)
{
	const struct group_table *t = section_table(s);
	uint64_t rows = t ? group_rows(t) : 0;

	if (s->spec) {
		strbuf_grouped(out, rows);
	} else {
		rows = 0;
		for (uint32_t i = 0; i < s->count; i++)
			rows += s->of->files.all[i].calls;
		strbuf_grouped(out, rows);
		strbuf_str(out, rows == 1 ? " call on " : " calls on ");
		strbuf_grouped(out, s->count);
	}
}

void section_status(const struct cockpit_section *s, struct strbuf *out)
{
	if (!s->count)
		return;
	put_sum(s, out);
	if (s->spec && section_table(s) != s->table)
		strbuf_str(out, ", by sched_wakeup");
	if (!s->spec && s->of->files.others) {
		strbuf_str(out, ", ");
		strbuf_count(out, s->of->files.others);
		strbuf_str(out, " on others");
	}
	if (s->kind->tracer && !s->on && s->possible)
		strbuf_fmt(out, "; %s is off", s->kind->tracer);
}

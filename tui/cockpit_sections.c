/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_sections: which sections there are, their rows in order, and a row as a filter.
 *
 * Sections are data; all but the files are tables of groups. What stands in cells is in
 * cockpit_cells.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/cockpit.h"

#define THREAD_WIDTH 20

/* clang-format off */
#define NAME(n, t, w, l)    { .name = (n), .title = (t), .width = (w), .worth = 200, .look = (l) }
#define NUMBER(n, t, w, o)  { .name = (n), .title = (t), .width = (w), .worth = (o), \
			      .right = true, .look = LOOK_NUMBER }

const struct section_kind cockpit_kinds[COCKPIT_SECTIONS] = {
	[COCKPIT_EVENTS] = {
		.title = "Events", .by = "event", .show = "count, rate",
		.none = "no event of it came",
		.sort = 1,
		.columns = {
			{ .name = "event", .title = "EVENT", .worth = 200, .look = LOOK_EVENT, .tail = true },
			NUMBER("count", "COUNT", 11, 100),
			NUMBER("rate", "RATE/s", 9, 90),
		},
	},
	[COCKPIT_SYSCALLS] = {
		.title = "System calls", .by = "syscall", .tracer = "pair:syscall",
		.show = "count, sum(latency), avg(latency), p99(latency), max(latency)",
		.none = "no system call of it ended",
		.sort = 2,
		.columns = {
			NAME("call", "CALL", 16, LOOK_EVENT),
			NUMBER("count", "COUNT", 9, 180),
			NUMBER("total", "TOTAL", 9, 170),
			NUMBER("avg", "AVG", 8, 140),
			NUMBER("p99", "P99", 8, 160),
			NUMBER("max", "MAX", 8, 150),
			{ .name = "errors", .title = "ERRORS", .worth = 165, .look = LOOK_WARN },
		},
	},
	[COCKPIT_FILES] = {
		.title = "Files", .tracer = "pair:syscall",
		.none = "no call of it had a descriptor",
		.sort = 2,
		.columns = {
			{ .name = "fd", .title = "FD", .width = 5, .worth = 190, .right = true, .look = LOOK_PID },
			{ .name = "path", .title = "PATH", .worth = 200, .look = LOOK_VALUE, .tail = true },
			NUMBER("calls", "CALLS", 9, 180),
			NUMBER("bytes", "BYTES", 10, 170),
			NUMBER("total", "TIME", 9, 160),
		},
	},
	[COCKPIT_CPUS] = {
		.title = "On CPU", .by = "cpu", .tracer = "pair:oncpu",
		.show = "count, sum(latency), p99(latency), max(latency)",
		.none = "it did not run",
		.sort = 2,
		.columns = {
			{ .name = "cpu", .title = "CPU", .worth = 200, .look = LOOK_CPU },
			NUMBER("times", "TIMES", 9, 150),
			NUMBER("total", "TOTAL", 9, 180),
			NUMBER("p99", "P99", 8, 140),
			NUMBER("max", "MAX", 8, 145),
			NUMBER("share", "SHARE", 8, 190),
		},
	},
	[COCKPIT_OFFCPU] = {
		.title = "Off CPU", .by = "prev_state", .tracer = "pair:offcpu",
		.show = "count, sum(latency), p99(latency), max(latency)",
		.none = "it was never off a CPU and back",
		.sort = 2,
		.columns = {
			{ .name = "reason", .title = "REASON", .worth = 200, .look = LOOK_VALUE },
			NUMBER("times", "TIMES", 9, 150),
			NUMBER("total", "TOTAL", 9, 190),
			NUMBER("p99", "P99", 8, 180),
			NUMBER("max", "MAX", 8, 170),
		},
	},
	[COCKPIT_RUNQ] = {
		.title = "Waiting for a CPU", .by = "cpu", .tracer = "pair:runq",
		.show = "count, sum(latency), avg(latency), p99(latency), max(latency)",
		.none = "it never waited for a CPU",
		.sort = 2,
		.columns = {
			{ .name = "cpu", .title = "CPU", .worth = 200, .look = LOOK_CPU },
			NUMBER("times", "TIMES", 9, 150),
			NUMBER("total", "TOTAL", 9, 190),
			NUMBER("avg", "AVG", 8, 160),
			NUMBER("p99", "P99", 8, 180),
			NUMBER("max", "MAX", 8, 170),
		},
	},
	[COCKPIT_WAKERS] = {
		.title = "Woken by", .by = "process", .tracer = "sched:sched_waking", .show = "count",
		.none = "nobody woke it",
		.sort = 1,
		.columns = {
			{ .name = "process", .title = "PROCESS", .worth = 200, .look = LOOK_COMM },
			NUMBER("count", "COUNT", 11, 100),
		},
	},
	[COCKPIT_WAKEES] = {
		.title = "Wakes", .by = ".comm, .pid", .tracer = "sched:sched_waking",
		.show = "count",
		.none = "it woke nobody",
		.sort = 2,
		.columns = {
			{ .name = "comm", .title = "COMM", .worth = 200, .look = LOOK_COMM },
			{ .name = "tid", .title = "TID", .width = 8, .worth = 190, .right = true, .look = LOOK_PID },
			NUMBER("count", "COUNT", 11, 180),
		},
	},
};
/* clang-format on */

/* ---- specs and columns ---- */

static const struct table_column thread_column = {
	.name = "thread", .title = "THREAD", .width = THREAD_WIDTH, .worth = 195, .look = LOOK_COMM
};

/* Who is woken and whose files they are is not told by our threads. */
static bool has_threads(const struct cockpit_section *s)
{
	return s->of->threads && s->kind->by && s->kind != &cockpit_kinds[COCKPIT_WAKERS] &&
	       s->kind != &cockpit_kinds[COCKPIT_WAKEES];
}

static struct group_spec *spec_of(const struct cockpit_section *s, const char *by, const char *show)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct group_spec *spec = NULL;

	if (has_threads(s))
		strbuf_str(&text, "thread, ");
	strbuf_str(&text, by);
	group_spec_parse(text.s, show, &spec, NULL);
	return spec;
}

static void make_section(struct cockpit_section *s)
{
	unsigned extra = has_threads(s), n = 0;

	group_spec_free(s->spec);
	s->spec = s->kind->by ? spec_of(s, s->kind->by, s->kind->show) : NULL;
	if (extra)
		s->columns[n++] = thread_column;
	for (unsigned i = 0; i < COCKPIT_COLUMNS && s->kind->columns[i].name; i++)
		s->columns[n++] = s->kind->columns[i];
	s->column_count = n;
	table_init(&s->state, s->columns, n);
	s->state.cells = true;
	s->state.column = s->sort = s->kind->sort + extra;
	s->descending = true;
	s->picked = false;
}

void sections_make(struct cockpit *c)
{
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		make_section(&c->sections[i]);
	group_spec_free(c->error_spec);
	c->error_spec = spec_of(&c->sections[COCKPIT_SYSCALLS], "syscall, ret", "count");
}

void sections_done(struct cockpit *c)
{
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		group_spec_free(c->sections[i].spec);
		free(c->sections[i].order);
		strbuf_done(&c->sections[i].reason);
	}
	group_spec_free(c->error_spec);
}

/* Where nobody saw who is being woken it is told by who was. */
const struct group_table *section_table(const struct cockpit_section *s)
{
	const struct cockpit *c = s->of;
	bool wakers = s == &c->sections[COCKPIT_WAKERS], wakees = s == &c->sections[COCKPIT_WAKEES];

	if ((wakers || wakees) && s->table && !group_rows(c->sections[COCKPIT_WAKERS].table) &&
	    !group_rows(c->sections[COCKPIT_WAKEES].table))
		return c->wakeups[wakees];
	return s->table;
}

/* ---- order ---- */

static int compare_files(const struct cockpit_file *a, const struct cockpit_file *b, unsigned by)
{
#define ORDER(x, y) (((x) > (y)) - ((x) < (y)))
	switch (by) {
	case 0:
		return ORDER(a->fd, b->fd);
	case 1:
		return strcmp(a->path, b->path);
	case 2:
		return ORDER(a->calls, b->calls);
	case 3:
		return ORDER(a->bytes, b->bytes);
	default:
		return ORDER(a->latency, b->latency);
	}
#undef ORDER
}

static int compare_rows(const void *x, const void *y, void *data)
{
	const struct cockpit_section *s = data;
	const uint32_t rows[2] = { *(const uint32_t *)x, *(const uint32_t *)y };
	const struct cockpit_file *all = s->of->files.all;
	unsigned columns;
	int order;

	if (s->spec) {
		/* What is computed of others is in the order of what it is of. */
		columns = s->spec->key_count + s->spec->measure_count;
		return group_order(section_table(s), rows,
				   s->sort < columns ? s->sort : s->spec->key_count + 1,
				   s->descending);
	}
	order = compare_files(&all[rows[0]], &all[rows[1]], s->sort);
	if (!order)
		order = compare_files(&all[rows[1]], &all[rows[0]], 0);
	return s->descending ? -order : order;
}

static uint64_t id_of(const struct cockpit_section *s, uint32_t row)
{
	return s->spec ? group_id(section_table(s), row) : row;
}

bool section_row(const struct cockpit_section *s, uint32_t *ret)
{
	if (s->state.cursor >= s->count)
		return false;
	*ret = s->order[s->state.cursor];
	return true;
}

void section_remember(struct cockpit_section *s)
{
	uint32_t row;

	s->picked = section_row(s, &row);
	if (s->picked)
		s->row_id = id_of(s, row);
}

void section_arrange(struct cockpit_section *s)
{
	const struct group_table *t = section_table(s);

	s->count = t ? group_count(t) : s->spec ? 0 : s->of->files.count;
	if (s->count > s->cap) {
		s->cap = MAX(s->count, 2 * s->cap);
		s->order = xrealloc(s->order, s->cap, sizeof(*s->order));
	}
	for (uint32_t i = 0; i < s->count; i++)
		s->order[i] = i;
	if (s->count)
		qsort_r(s->order, s->count, sizeof(*s->order), compare_rows, s);
	for (uint32_t i = 0; s->picked && i < s->count; i++)
		if (id_of(s, s->order[i]) == s->row_id) {
			s->state.cursor = i;
			break;
		}
	if (!s->picked)
		s->state.cursor = 0;
	s->state.sort = (int)s->sort;
	s->state.reverse = s->descending;
}

void section_sort(struct cockpit_section *s, unsigned column, bool descending)
{
	s->sort = column;
	s->descending = descending;
	section_arrange(s);
}

/* ---- a row as a filter ---- */

static int file_filter(const struct cockpit_section *s, const struct cockpit_file *f,
		       struct strbuf *text, struct strbuf *label, struct err *e)
{
	if (f->more_numbers)
		return err_set(e, -ENOTSUP, "too many kinds of calls used it to ask for them all");
	strbuf_str(text, " and event == pair:syscall and id in (");
	for (unsigned i = 0; i < f->number_count; i++)
		strbuf_fmt(text, i ? ", %d" : "%d", f->numbers[i]);
	strbuf_str(text, ") and time >= ");
	strbuf_time(text, f->first, 9);
	strbuf_str(text, " and time <= ");
	strbuf_time(text, f->last, 9);
	strbuf_fmt(label, "calls like those on fd %d%s%s", f->fd, *f->path ? " " : "", f->path);
	(void)s;
	return 0;
}

/* Whose thread is woken is a field of the event. */
static int put_woken(const struct cockpit *c, struct strbuf *text, struct err *e)
{
	if (c->more_woken)
		return err_set(e, -ENOTSUP, "too many of its threads were woken to name them");
	strbuf_str(text, " and .pid in (");
	for (unsigned i = 0; i < c->woken_count; i++)
		strbuf_fmt(text, i ? ", %d" : "%d", c->woken[i]);
	strbuf_char(text, ')');
	head_times(c, text);
	return 0;
}

static const char *event_of(const struct cockpit_section *s)
{
	if (s->kind->tracer && section_table(s) == s->table)
		return s->kind->tracer;
	return s->kind->tracer ? "sched:sched_wakeup" : NULL;
}

int section_filter(const struct cockpit_section *s, struct strbuf *text, struct strbuf *label,
		   struct err *e)
{
	bool wakers = s == &s->of->sections[COCKPIT_WAKERS];
	_cleanup_strbuf_ struct strbuf is = { 0 }, name = { 0 };
	uint32_t row;
	int rc = 0;

	if (!section_row(s, &row))
		return err_set(e, -ENOENT, "no row stands here");
	head_name(s->of, label);
	strbuf_str(label, ": ");
	if (!s->spec) {
		head_filter(s->of, text);
		return file_filter(s, &s->of->files.all[row], text, label, e);
	}
	rc = group_filter(section_table(s), row, &is, &name, e);
	if (rc < 0)
		return rc;
	filter_enclose(text, is.s);
	if (event_of(s))
		strbuf_fmt(text, " and event == %s", event_of(s));
	if (wakers)
		rc = put_woken(s->of, text, e);
	if (!wakers) {
		strbuf_str(text, " and ");
		head_filter(s->of, text);
	}
	strbuf_fmt(label, "%s%s", wakers ? "woken by " : "", name.s);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_columns: what stands in the cells of the events.
 *
 * Text is made here from the raw record, for the rows on the screen and for those that are
 * searched, never for others. Everything from outside has gone through safe_text when it leaves
 * this file.
 */
#include <stdio.h>
#include <time.h>

#include "core/safe.h"
#include "core/util.h"
#include "tui/columns_dialog.h"
#include "tui/events.h"
#include "tui/events_calls.h"

const struct table_column events_columns[COLUMNS] = {
	[COLUMN_MARK] = { .name = "mark", .title = "", .width = 1, .worth = 55, .look = LOOK_WARN },
	[COLUMN_TIME] = { .name = "time",
			  .title = "TIME",
			  .width = 13,
			  .worth = 85,
			  .right = true,
			  .look = LOOK_TIME },
	[COLUMN_CPU] = { .name = "cpu",
			 .title = "CPU",
			 .width = 3,
			 .worth = 50,
			 .right = true,
			 .look = LOOK_CPU },
	[COLUMN_FLAGS] = { .name = "flags",
			   .title = "FLAGS",
			   .width = 5,
			   .worth = 20,
			   .look = LOOK_CPU },
	[COLUMN_COMM] = { .name = "comm",
			  .title = "COMM",
			  .width = 15,
			  .worth = 80,
			  .look = LOOK_COMM },
	[COLUMN_PID] = { .name = "pid",
			 .title = "PID",
			 .width = 7,
			 .worth = 40,
			 .right = true,
			 .look = LOOK_PID },
	[COLUMN_TID] = { .name = "tid",
			 .title = "TID",
			 .width = 7,
			 .worth = 60,
			 .right = true,
			 .look = LOOK_PID },
	[COLUMN_EVENT] = { .name = "event",
			   .title = "EVENT",
			   .width = 18,
			   .worth = 90,
			   .tail = true,
			   .look = LOOK_EVENT },
	[COLUMN_INFO] = { .name = "info", .title = "INFO", .worth = 100, .look = LOOK_TEXT },
	[COLUMN_SYSTEM] = { .name = "system",
			    .title = "SYSTEM",
			    .width = 12,
			    .worth = 35,
			    .look = LOOK_EVENT },
	[COLUMN_SOURCE] = { .name = "source",
			    .title = "SOURCE",
			    .width = 10,
			    .worth = 30,
			    .look = LOOK_DIM },
	[COLUMN_DELTA] = { .name = "delta",
			   .title = "DELTA",
			   .width = 12,
			   .worth = 45,
			   .right = true,
			   .look = LOOK_TIME },
	[COLUMN_WALL] = { .name = "wall",
			  .title = "WALL",
			  .width = 15,
			  .worth = 45,
			  .right = true,
			  .look = LOOK_TIME },
};

const char events_columns_default[] = "mark time cpu flags comm pid tid event info";

/* ---- numbers and times ---- */

void number_text(struct strbuf *out, uint64_t v)
{
	strbuf_grouped(out, v);
}

/* The distance of two times with its sign, microseconds as the kernel shows them. */
static void distance_text(struct strbuf *out, uint64_t from, uint64_t to)
{
	if (to < from)
		strbuf_char(out, '-');
	strbuf_time(out, to < from ? from - to : to - from, 6);
}

static void wall_text(const struct events *ev, uint64_t ts, struct strbuf *out)
{
	uint64_t real = clock_map_real(deck_clocks(ev->deck), ts);
	time_t seconds = (time_t)(real / NSEC_PER_SEC);
	struct tm tm;
	char buf[16];

	if (!real || !localtime_r(&seconds, &tm) || !strftime(buf, sizeof(buf), "%H:%M:%S", &tm)) {
		strbuf_str(out, "n/a");
		return;
	}
	strbuf_str(out, buf);
	strbuf_char(out, '.');
	strbuf_u64_pad(out, real % NSEC_PER_SEC / 1000, 6, '0');
}

/* What relative times count from: marker A, or else the oldest row there is. */
static uint64_t time_base(const struct events *ev)
{
	uint64_t first, last;

	if (ev->marker_set[0])
		return ev->marker[0].ts;
	time_range(ev, &first, &last);
	return first;
}

void time_text(const struct events *ev, enum time_format f, const struct row *r,
	       const struct row *before, struct strbuf *out)
{
	if (r->flags & ROW_APPROX_TIME)
		strbuf_char(out, '~');
	switch (f) {
	case TIME_RELATIVE:
		distance_text(out, time_base(ev), r->ts);
		break;
	case TIME_DELTA:
		if (before)
			distance_text(out, before->ts, r->ts);
		break;
	case TIME_WALL:
		wall_text(ev, r->ts, out);
		break;
	default:
		strbuf_time(out, r->ts, 6);
	}
}

/* ---- cells ---- */

static void comm_text(const struct events *ev, const struct row *r, struct strbuf *out)
{
	const char *comm = identity_comm(deck_identity(ev->deck), r->tid, r->ts);

	safe_text(out, comm, strlen(comm));
}

static void pid_text(const struct events *ev, const struct row *r, struct strbuf *out)
{
	int32_t pid = identity_pid(deck_identity(ev->deck), r->tid, r->ts);

	if (pid < 0)
		strbuf_char(out, '?');
	else
		strbuf_s64(out, pid);
}

static void event_text(const struct row *r, struct strbuf *out)
{
	if (r->schema)
		safe_text(out, r->schema->name, strlen(r->schema->name));
	else
		strbuf_char(out, '?');
}

/* A record nobody knows the format of: its id and its first bytes. */
static void unknown_text(const struct row *r, struct strbuf *out)
{
	strbuf_str(out, "no format for this event");
	strbuf_fmt(out, ", %u bytes:", r->size);
	for (uint32_t i = 0; i < MIN(r->size, 32u); i++)
		strbuf_fmt(out, " %02x", r->rec[i]);
	if (r->size > 32)
		strbuf_str(out, " ...");
}

static void info_text(const struct events *ev, const struct row *r, struct strbuf *out)
{
	if (r->schema && calls_text(ev, r, out))
		return;
	if (r->schema)
		text_row_print(r, out);
	else
		unknown_text(r, out);
}

static void mark_text(const struct events *ev, const struct row *r, struct strbuf *out)
{
	for (unsigned i = 0; i < 2; i++) {
		if (ev->marker_set[i] && !row_compare(&ev->marker[i], r)) {
			strbuf_char(out, (char)('A' + i));
			return;
		}
	}
	if (marks_has(ev, r))
		strbuf_char(out, '*');
	else if (r->flags & ROW_DAMAGED)
		strbuf_char(out, '!');
	else if (r->flags & ROW_LATE)
		strbuf_char(out, '<');
}

void column_text(const struct events *ev, enum column c, const struct row *r,
		 const struct row *before, struct strbuf *out)
{
	switch (c) {
	case COLUMN_MARK:
		mark_text(ev, r, out);
		break;
	case COLUMN_TIME:
		time_text(ev, ev->time_format, r, before, out);
		break;
	case COLUMN_CPU:
		if (r->cpu == CPU_NONE)
			strbuf_char(out, '-');
		else
			strbuf_u64(out, r->cpu);
		break;
	case COLUMN_FLAGS:
		if (r->schema)
			text_flags(r->schema, r->rec, r->size, out);
		break;
	case COLUMN_COMM:
		comm_text(ev, r, out);
		break;
	case COLUMN_PID:
		pid_text(ev, r, out);
		break;
	case COLUMN_TID:
		strbuf_s64(out, r->tid);
		break;
	case COLUMN_EVENT:
		event_text(r, out);
		break;
	case COLUMN_INFO:
		info_text(ev, r, out);
		break;
	case COLUMN_SYSTEM:
		if (r->schema)
			safe_text(out, r->schema->system, strlen(r->schema->system));
		break;
	case COLUMN_SOURCE:
		safe_text(out, r->source->name, strlen(r->source->name));
		break;
	case COLUMN_DELTA:
		time_text(ev, TIME_DELTA, r, before, out);
		break;
	case COLUMN_WALL:
		time_text(ev, TIME_WALL, r, before, out);
		break;
	case COLUMNS:
		break;
	}
}

void row_text(const struct events *ev, const struct row *r, struct strbuf *out)
{
	if (r->flags & ROW_LOSS) {
		struct shown s = { .row = *r, .losses = 1 };

		loss_text(&s, out);
		return;
	}
	for (unsigned i = 0; i < ev->table.shown; i++) {
		enum column c = ev->table.order[i];

		if (c == COLUMN_MARK || c == COLUMN_DELTA)
			continue;
		column_text(ev, c, r, NULL, out);
		strbuf_char(out, ' ');
	}
}

void loss_text(const struct shown *s, struct strbuf *out)
{
	if (s->row.lost == LOST_UNKNOWN)
		strbuf_str(out, "events");
	else
		number_text(out, s->row.lost);
	strbuf_str(out, s->row.lost == LOST_UNKNOWN ? "" : s->row.lost == 1 ? " event" : " events");
	if (s->row.cpu == CPU_NONE)
		strbuf_str(out, " lost on several CPUs");
	else
		strbuf_fmt(out, " lost on CPU %u", s->row.cpu);
	if (s->row.lost == LOST_UNKNOWN)
		strbuf_str(out, ", their number is not known");
	if (s->losses > 1)
		strbuf_fmt(out, ", in %u places", s->losses);
}

/* ---- how much fits ---- */

#define INFO_LEAST   20 /* columns; what an event says is why one looks */
#define WORTH_LEAST  75 /* columns worth less make room for that */
#define WALL_WIDTH   15 /* HH:MM:SS.uuuuuu */
#define COMM_NARROW  11
#define EVENT_NARROW 14

/* True when every column has its place and info enough of it. */
static bool is_roomy(const struct table_state *t, int cols)
{
	int x, width;

	for (unsigned i = 0; i < t->shown; i++)
		if (!table_place(t, cols, i, &x, &width) ||
		    (t->order[i] == COLUMN_INFO && width < INFO_LEAST))
			return false;
	return true;
}

/* Takes out the column of least worth that may go; false when none may. */
static bool drop_one(struct table_state *t)
{
	unsigned least = t->shown;

	for (unsigned i = 0; i < t->shown; i++) {
		uint8_t worth = events_columns[t->order[i]].worth;

		if (worth < WORTH_LEAST && i != t->column &&
		    (least == t->shown || worth < events_columns[t->order[least]].worth))
			least = i;
	}
	if (least == t->shown)
		return false;
	t->shown--;
	t->column -= least < t->column;
	memmove(t->order + least, t->order + least + 1, t->shown - least);
	return true;
}

void events_fit(const struct events *ev, int cols, struct table_state *ret)
{
	*ret = ev->table;
	if (ev->time_format == TIME_WALL && ret->widths[COLUMN_TIME] < WALL_WIDTH)
		ret->widths[COLUMN_TIME] = WALL_WIDTH;
	while (!is_roomy(ret, cols) && drop_one(ret))
		;
	if (is_roomy(ret, cols))
		return;
	if (!ret->widths[COLUMN_COMM])
		ret->widths[COLUMN_COMM] = COMM_NARROW;
	if (!ret->widths[COLUMN_EVENT])
		ret->widths[COLUMN_EVENT] = EVENT_NARROW;
}

/* ---- the model ---- */

static uint64_t model_rows(const void *data)
{
	const struct events *ev = data;
	unsigned first;

	return window_visible(&ev->win, &first);
}

static void model_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct events *ev = data;
	const struct shown *s, *before = NULL;
	unsigned first;

	window_visible(&ev->win, &first);
	s = window_line(&ev->win, first + (unsigned)row);
	if (s->row.flags & ROW_LOSS || !row_is_here(ev->win.store, &s->row))
		return; /* drawn over, or gone since the last look */
	if (first + row > 0)
		before = window_line(&ev->win, first + (unsigned)row - 1);
	column_text(ev, column, &s->row, before ? &before->row : NULL, cell->text);
}

static void model_row(const void *data, uint64_t row, enum look *look, unsigned *marks)
{
	const struct events *ev = data;
	const struct shown *s;
	unsigned first;

	window_visible(&ev->win, &first);
	s = window_line(&ev->win, first + (unsigned)row);
	(void)look;
	if (marks_has(ev, &s->row) || marks_between(ev, &s->row))
		*marks |= MARK_TAG;
}

const struct table_model events_model = {
	.rows = model_rows,
	.cell = model_cell,
	.row = model_row,
};

/* ---- choosing them ---- */

static const char *column_what(unsigned column, void *data)
{
	static const char *const what[COLUMNS] = {
		[COLUMN_MARK] = "bookmark *, markers A B, damaged !, late <",
		[COLUMN_TIME] = "when, in the format chosen",
		[COLUMN_CPU] = "on which CPU",
		[COLUMN_FLAGS] = "interrupts, need-resched, context, preemption",
		[COLUMN_COMM] = "name of the thread at that time",
		[COLUMN_PID] = "process; ? where not known",
		[COLUMN_TID] = "thread",
		[COLUMN_EVENT] = "name of the event",
		[COLUMN_INFO] = "its fields",
		[COLUMN_SYSTEM] = "system of the event",
		[COLUMN_SOURCE] = "where it came from",
		[COLUMN_DELTA] = "time since the row above",
		[COLUMN_WALL] = "time of the day",
	};

	(void)data;
	return what[column];
}

static void columns_changed(void *data)
{
	struct events *ev = data;

	ev->dirty = true;
	find_restart(&ev->find);
}

unsigned events_choose_columns(struct events *ev, const struct act_arg *arg)
{
	struct columns_choice c = {
		.table = &ev->table,
		.what = column_what,
		.changed = columns_changed,
		.data = ev,
	};

	return columns_choose(ev->ui, &c, arg);
}

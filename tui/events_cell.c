/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_cell: the value under the cursor, and what can be done with it.
 *
 * Include and exclude become crumbs of the scope, values quoted, so that a hostile name means
 * nothing but itself. Excluding must not hide the events that have no such field: where a field is
 * unknown, `not` would be unknown too, so the event's name goes with it.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/cockpit.h"
#include "tui/events.h"
#include "tui/spectrum.h"
#include "tui/values.h"

/* ---- fields within info ---- */

static unsigned field_count(const struct row *r)
{
	return r && r->schema ? r->schema->count - r->schema->common_count : 0;
}

const struct field *cell_field(const struct events *ev)
{
	const struct row *r = events_row(ev);
	unsigned count = field_count(r);

	if (!r || !count || events_column(ev) != COLUMN_INFO)
		return NULL;
	return &r->schema->fields[r->schema->common_count + MIN(ev->field, count - 1)];
}

bool cell_step(struct events *ev, int by)
{
	unsigned count = field_count(events_row(ev));
	int to;

	if (!count || events_column(ev) != COLUMN_INFO)
		return false;
	to = (int)MIN(ev->field, count - 1) + by;
	if (to < 0 || to >= (int)count)
		return false;
	ev->field = (unsigned)to;
	return true;
}

void cell_value(const struct events *ev, enum column c, const struct field *f, const struct row *r,
		struct strbuf *out)
{
	if (f && r->schema)
		text_row_field(r, f, out);
	else if (c != COLUMN_INFO)
		column_text(ev, c, r, NULL, out);
}

/* ---- narrowing ---- */

const char *const context_names[] = {
	"event", "system", "comm", "pid", "tid", "cpu", "lost", NULL
};

/* Names that mean the row and not a field of the event. */
static bool is_context(const char *name)
{
	for (size_t i = 0; context_names[i]; i++)
		if (!strcmp(context_names[i], name))
			return true;
	return false;
}

bool field_literal(const struct row *r, const struct field *f, struct strbuf *out)
{
	uint32_t len;
	uint64_t v;
	const char *s;

	if (f->kind == FIELD_STRING) {
		s = field_str(r->schema, f, r->rec, r->size, &len);
		if (s)
			filter_quote(out, s, len);
		return s != NULL;
	}
	if (f->kind != FIELD_INT || !field_int(r->schema, f, r->rec, r->size, &v))
		return false;
	if (f->unit == UNIT_POINTER)
		strbuf_fmt(out, "0x%llx", (unsigned long long)v);
	else if (f->is_signed)
		strbuf_s64(out, (int64_t)v);
	else
		strbuf_u64(out, v);
	return true;
}

/* Appends "field == value"; false for what cannot be compared. */
static bool field_condition(const struct row *r, const struct field *f, struct strbuf *out)
{
	strbuf_fmt(out, "%s%s == ", is_context(f->name) ? "." : "", f->name);
	return field_literal(r, f, out);
}

/* "event == "sched:sched_switch"" */
static bool event_condition(const struct row *r, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf name = { 0 };

	if (!r->schema)
		return false;
	strbuf_fmt(&name, "%s:%s", r->schema->system, r->schema->name);
	strbuf_str(out, "event == ");
	filter_quote(out, name.s, name.len);
	return true;
}

static bool comm_condition(const struct events *ev, const struct row *r, struct strbuf *out)
{
	const char *comm = identity_comm(deck_identity(ev->deck), r->tid, r->ts);

	if (!strcmp(comm, "<...>"))
		return false;
	strbuf_str(out, "comm == ");
	filter_quote(out, comm, strlen(comm));
	return true;
}

/* Appends the condition that the value under the cursor holds; false when there is none. */
static bool condition(const struct events *ev, const struct row *r, struct strbuf *out)
{
	const struct field *f = cell_field(ev);
	int32_t pid = identity_pid(deck_identity(ev->deck), r->tid, r->ts);

	switch (events_column(ev)) {
	case COLUMN_CPU:
		strbuf_fmt(out, "cpu == %u", r->cpu);
		return r->cpu != CPU_NONE;
	case COLUMN_COMM:
		return comm_condition(ev, r, out);
	case COLUMN_PID:
		strbuf_fmt(out, "pid == %d", pid);
		return pid >= 0;
	case COLUMN_TID:
		strbuf_fmt(out, "tid == %d", r->tid);
		return true;
	case COLUMN_EVENT:
		return event_condition(r, out);
	case COLUMN_SYSTEM:
		if (!r->schema)
			return false;
		strbuf_str(out, "system == ");
		filter_quote(out, r->schema->system, strlen(r->schema->system));
		return true;
	case COLUMN_INFO:
		return f && field_condition(r, f, out);
	default:
		return false;
	}
}

static unsigned nothing_here(const struct events *ev, const char *what)
{
	ui_say(ev->ui, LOOK_WARN,
	       "this cannot be %s: put the cursor on a comm, pid, tid, cpu, event or field that is "
	       "known",
	       what);
	return REACT_DRAW;
}

unsigned cell_narrow(struct events *ev, enum action a)
{
	bool exclude = a == ACT_EXCLUDE;
	_cleanup_strbuf_ struct strbuf is = { 0 }, text = { 0 }, label = { 0 };
	const struct row *r = events_row(ev);
	struct err e = ERR_INIT;

	if (!r || !condition(ev, r, &is))
		return nothing_here(ev, exclude ? "excluded" : "included");
	if (exclude) {
		strbuf_str(&text, "not (");
		if (cell_field(ev)) {
			event_condition(r, &text);
			strbuf_str(&text, " and ");
		}
		strbuf_fmt(&text, "%s)", is.s);
		strbuf_fmt(&label, "not %s", is.s);
	} else {
		strbuf_str(&text, is.s);
		strbuf_str(&label, is.s);
	}
	if (scope_push(ui_scope(ev->ui), label.s, text.s, &e) < 0)
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	return REACT_DRAW_ALL;
}

/* ---- counting ---- */

/* What the values in the column are called where rows are grouped; false when nothing is. */
static bool put_key(const struct events *ev, struct strbuf *out)
{
	static const char *const keys[COLUMNS] = {
		[COLUMN_CPU] = "cpu", [COLUMN_COMM] = "comm",	[COLUMN_PID] = "pid",
		[COLUMN_TID] = "tid", [COLUMN_EVENT] = "event", [COLUMN_SYSTEM] = "system",
	};
	const struct field *f = cell_field(ev);
	const struct row *r = events_row(ev);

	if (f)
		strbuf_fmt(out, "%s:%s.%s", r->schema->system, r->schema->name, f->name);
	else if (keys[events_column(ev)])
		strbuf_str(out, keys[events_column(ev)]);
	return out->len;
}

unsigned cell_values(struct events *ev, const struct act_arg *arg)
{
	_cleanup_strbuf_ struct strbuf key = { 0 };

	if (arg->text)
		strbuf_str(&key, arg->text);
	else if (!put_key(ev, &key))
		return nothing_here(ev, "counted");
	values_open(ev->ui, key.s);
	return REACT_DRAW;
}

/* ---- highlighting ---- */

static void drop(struct events *ev, unsigned i)
{
	free(ev->highlights[i].field);
	free(ev->highlights[i].value);
	ev->highlight_count--;
	for (; i < ev->highlight_count; i++)
		ev->highlights[i] = ev->highlights[i + 1];
}

static bool is_same(const struct highlight *h, enum column c, const char *field, const char *value)
{
	return h->column == c && !strcmp(h->field ? h->field : "", field ? field : "") &&
	       !strcmp(h->value, value);
}

unsigned cell_highlight(struct events *ev)
{
	enum column c = events_column(ev);
	const struct row *r = events_row(ev);
	const struct field *f = cell_field(ev);
	_cleanup_strbuf_ struct strbuf value = { 0 };

	if (r)
		cell_value(ev, c, f, r, &value);
	if (!value.len || c == COLUMN_MARK)
		return nothing_here(ev, "highlighted");
	for (unsigned i = 0; i < ev->highlight_count; i++) {
		if (is_same(&ev->highlights[i], c, f ? f->name : NULL, value.s)) {
			drop(ev, i);
			return REACT_DRAW;
		}
	}
	if (ev->highlight_count == HIGHLIGHTS)
		drop(ev, 0);
	ev->highlights[ev->highlight_count++] = (struct highlight) {
		.column = c,
		.field = f ? xstrdup(f->name) : NULL,
		.value = strbuf_take(&value),
	};
	return REACT_DRAW;
}

void cell_done(struct events *ev)
{
	while (ev->highlight_count)
		drop(ev, 0);
}

/* ---- numbers ---- */

/* Where it is no number the frame knows what to do. */
unsigned cell_numbers(struct events *ev, enum action a, const struct act_arg *arg)
{
	_cleanup_strbuf_ struct strbuf name = { 0 };
	const struct field *f = arg->text ? NULL : cell_field(ev);

	if (!f || !numeric_fits(f))
		return REACT_UNKNOWN;
	strbuf_fmt(&name, "%s.%s", events_row(ev)->schema->name, f->name);
	spectrum_act(ev->ui, a, &(struct act_arg) { .text = name.s, .y = -1, .x = -1 });
	return REACT_DRAW_ALL;
}

/* ---- yanking ---- */

unsigned cell_yank(struct events *ev, enum action a)
{
	const struct shown *s = window_cursor(&ev->win);
	const struct row *r = events_row(ev);
	_cleanup_free_ char *filter = scope_text(ui_scope(ev->ui));
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (a == ACT_YANK_FILTER) {
		if (*filter)
			ui_yank(ev->ui, filter, strlen(filter));
		else
			ui_say(ev->ui, LOOK_WARN, "there is no filter to copy");
		return REACT_DRAW;
	}
	if (s && s->row.flags & ROW_LOSS)
		loss_text(s, &text);
	else if (r && a == ACT_YANK_ROW)
		row_text(ev, r, &text);
	else if (r)
		cell_value(ev, events_column(ev), cell_field(ev), r, &text);
	while (text.len && text.s[text.len - 1] == ' ')
		strbuf_cut(&text, text.len - 1);
	if (text.len)
		ui_yank(ev->ui, text.s, text.len);
	else
		ui_say(ev->ui, LOOK_WARN, "there is nothing under the cursor to copy");
	return REACT_DRAW;
}

unsigned cell_cockpit(struct events *ev, enum action a, const struct act_arg *arg)
{
	const struct row *r = events_row(ev);

	(void)a;
	if (arg->text)
		return REACT_UNKNOWN;
	if (!r)
		ui_say(ev->ui, LOOK_WARN, "no event stands here");
	else
		cockpit_open_task(ev->ui, r->tid, r->ts);
	return REACT_DRAW;
}

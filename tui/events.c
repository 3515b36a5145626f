/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events: the pane of the events, in time order over all sources.
 *
 * The slots of the view and the table of its actions. Each update is one bounded slice of whatever
 * is to be done: the lines on the screen first, then what somebody waits for, then the counts.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/safe.h"
#include "core/util.h"
#include "tui/events_calls.h"
#include "tui/events_filter.h"
#include "tui/events_pairs.h"

/* A slice: rows and time for the screen, time for what is only counted. */
#define SLICE_ROWS 200000
#define SLICE	   (5 * NSEC_PER_MSEC)
#define COUNT_TIME (2 * NSEC_PER_MSEC)

static const char *const time_formats[TIME_FORMATS] = { "absolute", "relative", "delta", "wall" };

const struct row *events_row(const struct events *ev)
{
	const struct shown *s = window_cursor(&ev->win);

	if (!s || s->row.flags & ROW_LOSS || !row_is_here(ev->win.store, &s->row))
		return NULL;
	return &s->row;
}

enum column events_column(const struct events *ev)
{
	return ev->table.order[ev->table.column];
}

/* ---- life ---- */

static int events_open(struct view *v, struct err *e)
{
	struct events *ev = events_of(v);

	ev->view = v;
	ev->ui = v->ui;
	ev->deck = ui_deck(v->ui);
	ev->writing.fd = -1;
	window_init(&ev->win, deck_store(ev->deck), deck_identity(ev->deck));
	tally_init(&ev->tally, deck_store(ev->deck));
	ev->win.sieve.tally = &ev->tally;
	find_init(&ev->find, deck_store(ev->deck));
	preview_init(ev);
	calls_init(ev);
	table_init(&ev->table, events_columns, COLUMNS);
	ev->table.cells = true;
	if (table_set_columns(&ev->table, events_columns_default, e) < 0)
		return -EINVAL;
	while (events_column(ev) != COLUMN_COMM) /* something that can be included at once */
		ev->table.column++;
	return 0;
}

static void events_close(struct view *v)
{
	struct events *ev = events_of(v);

	if (!ev || !ev->view)
		return;
	write_close(ev);
	cell_done(ev);
	pairs_done(ev);
	detail_close(&ev->detail);
	find_done(&ev->find);
	preview_done(ev);
	tally_done(&ev->tally);
	window_done(&ev->win);
	free(ev->bookmarks);
	strbuf_done(&ev->title);
	*ev = (struct events) { 0 };
}

/* ---- update ---- */

static void events_status(const struct view *v, struct strbuf *out)
{
	strbuf_str(out, strbuf_cstr(&events_of(v)->title));
}

/* The horizon, but never beyond the rows there are: so it stands still when nothing comes. */
static uint64_t horizon_of(struct events *ev)
{
	struct store_stats stats;

	store_stats(ev->win.store, &stats);
	return MIN(deck_horizon(ev->deck), stats.last + 1);
}

static bool is_idle(const struct events *ev, uint64_t horizon)
{
	const struct window *w = &ev->win;

	return ev->store_version == store_version(w->store) && horizon == w->horizon &&
	       !ev->dirty && !w->changed && !w->busy && !w->pending && !w->landing && !w->restart &&
	       !ev->find.fn && !ev->writing.spool && (!w->sieve.filter || ev->tally.complete) &&
	       (!ev->find.text || ev->find.counted) && !preview_busy(ev);
}

static void say_moved(struct events *ev)
{
	ev->win.moved = false;
	if (ev->said_evicted)
		return;
	ev->said_evicted = true;
	ui_say(ev->ui, LOOK_WARN,
	       "the rows shown here left the store: a larger --memory keeps more of them");
}

/* What is looked for, and the lines on the screen; true: more is to be done. */
static bool work(struct events *ev, uint64_t horizon)
{
	struct budget b = budget_new(SLICE_ROWS, SLICE), counts;
	bool more;

	ev->tally.horizon = horizon;
	more = window_work(&ev->win, horizon, &b);
	if (ev->find.fn) {
		more |= find_work(ev, &b);
		more |= window_work(&ev->win, horizon, &b);
	}
	more |= write_work(ev, &b);
	if (more)
		return true;
	counts = budget_new(SLICE_ROWS, COUNT_TIME);
	if (ev->win.sieve.filter)
		more |= tally_work(&ev->tally, &ev->win.sieve, horizon, &counts);
	more |= preview_work(ev, horizon, &counts);
	return more | find_count(ev, &counts);
}

static unsigned events_update(struct view *v)
{
	struct events *ev = events_of(v);
	uint64_t horizon = horizon_of(ev);
	bool draw, more;

	time_notice(ev, horizon);
	pairs_take_scope(ev);
	window_resize(&ev->win, v->rows - detail_height(ev) - 1);
	if (is_idle(ev, horizon))
		return REACT_NONE;
	if (ev->store_version != store_version(ev->win.store))
		marks_prune(ev);
	ev->store_version = store_version(ev->win.store);
	more = work(ev, horizon);
	if (ev->win.moved)
		say_moved(ev);
	detail_update(ev);
	draw = ev->dirty | ev->win.changed;
	ev->dirty = ev->win.changed = false;
	draw |= title_update(ev);
	return (draw ? REACT_DRAW : 0) | (more ? REACT_MORE : 0);
}

/* ---- actions ---- */

typedef unsigned (*act_fn)(struct events *ev, enum action a, const struct act_arg *arg);

static unsigned act_move(struct events *ev, enum action a, const struct act_arg *arg)
{
	bool up = a == ACT_UP || a == ACT_PAGE_UP || a == ACT_HALF_UP;
	int64_t n = arg->count ? arg->count : 1;

	if (a == ACT_PAGE_UP || a == ACT_PAGE_DOWN)
		n *= MAX(ev->win.height - 1, 1);
	else if (a == ACT_HALF_UP || a == ACT_HALF_DOWN)
		n *= MAX(ev->win.height / 2, 1);
	/* Following already stands at the end. */
	if (up || !ev->win.follow) {
		time_reach(ev, up ? -n : n);
		window_move(&ev->win, up ? -n : n);
	}
	return REACT_DRAW;
}

static unsigned act_edge(struct events *ev, enum action a, const struct act_arg *arg)
{
	(void)arg;
	ev->said_evicted = false;
	time_bring(ev, a == ACT_LAST ? UINT64_MAX : 0);
	if (a == ACT_LAST)
		window_follow(&ev->win);
	else
		window_seek(&ev->win, 0);
	return REACT_DRAW;
}

static unsigned act_pause(struct events *ev, enum action a, const struct act_arg *arg)
{
	(void)a;
	(void)arg;
	ev->said_evicted = false;
	if (ev->win.follow)
		window_pause(&ev->win);
	else
		window_follow(&ev->win);
	return REACT_DRAW;
}

static unsigned act_side(struct events *ev, enum action a, const struct act_arg *arg)
{
	int by = a == ACT_LEFT ? -1 : 1;

	for (unsigned n = arg->count ? arg->count : 1; n; n--) {
		int to = (int)ev->table.column + by;

		if (cell_step(ev, by))
			continue;
		if (to < 0 || to >= (int)ev->table.shown)
			break;
		ev->table.column = (unsigned)to;
		ev->field = by > 0 ? 0 : UINT32_MAX; /* into info from its left, from its right */
	}
	return REACT_DRAW;
}

/* Which visible row a click means, and with *column which shown column; false for none. */
static bool row_at(struct events *ev, const struct act_arg *click, struct table_state *t,
		   uint64_t *row, unsigned *column)
{
	struct area area = { .rows = ev->win.height + 1, .cols = ev->view->cols };
	unsigned first;

	events_fit(ev, area.cols, t);
	t->top = 0;
	return table_at(t, window_visible(&ev->win, &first), &area, click, row, column);
}

static unsigned act_enter(struct events *ev, enum action a, const struct act_arg *arg)
{
	struct table_state t;
	unsigned column;
	uint64_t row;

	(void)a;
	if (arg->y >= 0 && !row_at(ev, arg, &t, &row, &column))
		return REACT_NONE; /* a double click beside the rows */
	ev->detail.open = !ev->detail.open;
	detail_close(&ev->detail);
	if (ev->detail.open)
		window_pause(&ev->win); /* what is looked into stays */
	return REACT_DRAW;
}

static unsigned act_back(struct events *ev, enum action a, const struct act_arg *arg)
{
	return ev->detail.open ? act_enter(ev, a, arg) : REACT_UNKNOWN;
}

/* Stops what runs, or else closes what is open, or else forgets what was searched for. */
static unsigned act_cancel(struct events *ev, enum action a, const struct act_arg *arg)
{
	bool runs = ev->find.fn || ev->writing.spool || window_is_busy(&ev->win);

	find_stop(&ev->find);
	write_stop(ev);
	if (window_is_busy(&ev->win))
		window_stop(&ev->win);
	if (runs)
		return REACT_DRAW;
	if (ev->detail.open)
		return act_enter(ev, a, arg);
	return find_forget(&ev->find) ? REACT_DRAW : REACT_UNKNOWN;
}

static unsigned act_filter(struct events *ev, enum action a, const struct act_arg *arg)
{
	if (a == ACT_EXPLAIN)
		return explain_open(ev);
	return a == ACT_CAPTURE ? capture_open_prompt(ev, arg) : filter_open_prompt(ev, arg);
}

static unsigned act_search(struct events *ev, enum action a, const struct act_arg *arg)
{
	return a == ACT_SEARCH ? find_prompt(ev, arg) : find_text(ev, arg, a == ACT_SEARCH_PREV);
}

static unsigned act_jump(struct events *ev, enum action a, const struct act_arg *arg)
{
	return find_jump(ev, a, arg);
}

static unsigned act_mark(struct events *ev, enum action a, const struct act_arg *arg)
{
	switch (a) {
	case ACT_BOOKMARK:
		return marks_bookmark(ev);
	case ACT_MARK_A:
	case ACT_MARK_B:
		return marks_set(ev, a == ACT_MARK_B);
	case ACT_GOTO_TIME:
		return marks_goto(ev, arg);
	default:
		return marks_jump(ev, a == ACT_PREV_BOOKMARK);
	}
}

static unsigned act_value(struct events *ev, enum action a, const struct act_arg *arg)
{
	if (a == ACT_VALUES)
		return cell_values(ev, arg);
	if (a == ACT_HIGHLIGHT)
		return cell_highlight(ev);
	if (a == ACT_INCLUDE || a == ACT_EXCLUDE)
		return cell_narrow(ev, a);
	return cell_yank(ev, a);
}

static bool set_time_format(struct events *ev, const char *name)
{
	for (unsigned i = 0; i < TIME_FORMATS; i++) {
		if (strcmp(time_formats[i], name) != 0)
			continue;
		ev->time_format = (enum time_format)i;
		return true;
	}
	return false;
}

static unsigned act_time_format(struct events *ev, enum action a, const struct act_arg *arg)
{
	(void)a;
	if (!arg->text)
		ev->time_format = (ev->time_format + 1) % TIME_FORMATS;
	else if (!set_time_format(ev, arg->text))
		ui_say(ev->ui, LOOK_ERROR,
		       "no time format '%s'; there are absolute, relative, "
		       "delta, wall",
		       arg->text);
	find_restart(&ev->find);
	if (!arg->text)
		ui_say(ev->ui, LOOK_GOOD, "times %s", time_formats[ev->time_format]);
	return REACT_DRAW;
}

static unsigned act_columns(struct events *ev, enum action a, const struct act_arg *arg)
{
	int by = (int)(arg->count ? arg->count : 1);

	if (a == ACT_COLUMNS)
		return events_choose_columns(ev, arg);
	table_widen(&ev->table, ev->view->cols, a == ACT_WIDER ? by : -by);
	return REACT_DRAW;
}

static unsigned act_write(struct events *ev, enum action a, const struct act_arg *arg)
{
	(void)a;
	return write_open(ev, arg);
}

/* A click puts the cursor where it was. */
static unsigned act_click(struct events *ev, enum action a, const struct act_arg *arg)
{
	struct table_state t;
	unsigned first, column;
	uint64_t row;

	(void)a;
	window_visible(&ev->win, &first);
	if (row_at(ev, arg, &t, &row, &column))
		window_show(&ev->win, &window_line(&ev->win, first + (unsigned)row)->row);
	for (unsigned i = 0; i < ev->table.shown && arg->y >= 0 && arg->y <= ev->win.height; i++)
		if (ev->table.order[i] == t.order[column])
			ev->table.column = i;
	return REACT_DRAW;
}

static const act_fn act_fns[ACT_COUNT] = {
	[ACT_NONE] = act_click,
	[ACT_UP] = act_move,
	[ACT_DOWN] = act_move,
	[ACT_PAGE_UP] = act_move,
	[ACT_PAGE_DOWN] = act_move,
	[ACT_HALF_UP] = act_move,
	[ACT_HALF_DOWN] = act_move,
	[ACT_FIRST] = act_edge,
	[ACT_LAST] = act_edge,
	[ACT_PAUSE] = act_pause,
	[ACT_LEFT] = act_side,
	[ACT_RIGHT] = act_side,
	[ACT_ENTER] = act_enter,
	[ACT_BACK] = act_back,
	[ACT_CANCEL] = act_cancel,
	[ACT_FILTER] = act_filter,
	[ACT_CAPTURE] = act_filter,
	[ACT_EXPLAIN] = act_filter,
	[ACT_SEARCH] = act_search,
	[ACT_SEARCH_NEXT] = act_search,
	[ACT_SEARCH_PREV] = act_search,
	[ACT_NEXT_SAME_PID] = act_jump,
	[ACT_PREV_SAME_PID] = act_jump,
	[ACT_NEXT_SAME_EVENT] = act_jump,
	[ACT_PREV_SAME_EVENT] = act_jump,
	[ACT_NEXT_LOSS] = act_jump,
	[ACT_PREV_LOSS] = act_jump,
	[ACT_BOOKMARK] = act_mark,
	[ACT_NEXT_BOOKMARK] = act_mark,
	[ACT_PREV_BOOKMARK] = act_mark,
	[ACT_MARK_A] = act_mark,
	[ACT_MARK_B] = act_mark,
	[ACT_GOTO_TIME] = act_mark,
	[ACT_INCLUDE] = act_value,
	[ACT_EXCLUDE] = act_value,
	[ACT_VALUES] = act_value,
	[ACT_HIGHLIGHT] = act_value,
	[ACT_YANK_ROW] = act_value,
	[ACT_YANK_CELL] = act_value,
	[ACT_YANK_FILTER] = act_value,
	[ACT_TIME_FORMAT] = act_time_format,
	[ACT_SYSCALLS] = calls_act,
	[ACT_FOLD_PAIRS] = pairs_act,
	[ACT_PAIR_START] = pairs_act,
	[ACT_PAIR_END] = pairs_act,
	[ACT_COLUMNS] = act_columns,
	[ACT_WIDER] = act_columns,
	[ACT_NARROWER] = act_columns,
	[ACT_HISTOGRAM] = cell_numbers,
	[ACT_HEAT_MAP] = cell_numbers,
	[ACT_COCKPIT] = cell_cockpit,
	[ACT_WRITE] = act_write,
	[ACT_PLAY] = time_play,
	[ACT_STEP] = time_play,
};

static unsigned events_act(struct view *v, enum action action, const struct act_arg *arg)
{
	struct events *ev = events_of(v);
	unsigned bits = act_fns[action] ? act_fns[action](ev, action, arg) : REACT_UNKNOWN;

	if (!(bits & REACT_UNKNOWN))
		ev->dirty = true;
	return bits;
}

/* ---- what is remembered ---- */

static void events_save(const struct view *v, struct strbuf *out)
{
	const struct events *ev = events_of(v);

	strbuf_str(out, "columns = ");
	table_get_columns(&ev->table, out);
	strbuf_fmt(out, "\ntime-format = %s\nsyscalls = %s\n", time_formats[ev->time_format],
		   calls_form(ev));
}

static void events_load(struct view *v, const char *key, const char *value)
{
	struct events *ev = events_of(v);

	/* What is not understood any more leaves the defaults. */
	if (!strcmp(key, "columns"))
		table_set_columns(&ev->table, value, NULL);
	else if (!strcmp(key, "time-format"))
		set_time_format(ev, value);
	else if (!strcmp(key, "syscalls"))
		calls_load(ev, value);
	ev->dirty = true;
}

static const enum action hints[] = { ACT_FILTER,  ACT_SEARCH,	   ACT_PAUSE,
				     ACT_ENTER,	  ACT_INCLUDE,	   ACT_EXCLUDE,
				     ACT_COLUMNS, ACT_TIME_FORMAT, ACT_NONE };

const struct view_ops events_ops = {
	.name = "events",
	.title = "Events",
	.size = sizeof(struct events),
	.hints = hints,
	.open = events_open,
	.close = events_close,
	.update = events_update,
	.draw = events_draw,
	.act = events_act,
	.complete = filter_complete_argument,
	.status = events_status,
	.save = events_save,
	.load = events_load,
};

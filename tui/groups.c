/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups: the pane that counts rows by what they have in common.
 *
 * What passes the display filter is counted, whatever pane shows it. Nothing is counted before
 * somebody looks for the first time; from then on it goes on, so that nothing is missed. Drawing
 * asks nobody: titles and notes are made in the update.
 */
#include "tui/groups.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"

#define BY_FIRST   "comm, event" /* who does what */
#define KEY_LEAST  12		 /* columns of a key, where it is narrow */
#define WIDTH_MOST 400
#define NOTES_ROWS 5 /* a pane that has fewer shows groups alone */

/* ---- where things are ---- */

int groups_height(const struct view *v)
{
	return v->rows - (groups_of(v)->notes.len && v->rows >= NOTES_ROWS);
}

bool groups_row(const struct groups *p, uint32_t *ret)
{
	return grouping_at(&p->g, p->table.cursor, ret);
}

void groups_remember(struct groups *p)
{
	uint32_t row;

	strbuf_clear(&p->name);
	if (!groups_row(p, &row)) {
		p->picked = false;
		return;
	}
	p->id = group_id(p->g.shown, row);
	grouping_name(&p->g, row, &p->name);
}

static bool is_key(const struct groups *p, unsigned column)
{
	return column < p->g.spec->key_count && !p->table.widths[column];
}

/* Columns that are left in cols columns. */
static int room_left(const struct table_state *t, int cols)
{
	int left = cols + 1, x, width;

	for (unsigned i = 0; i < t->shown; i++)
		if (table_place(t, cols, i, &x, &width))
			left -= width + 1;
	return left;
}

/* The narrowest key that wants more; shown when none does. */
static unsigned poorest_key(const struct groups *p, const struct table_state *t, int cols)
{
	unsigned poorest = t->shown;
	int least = INT16_MAX, x, width;

	for (unsigned i = 0; i < t->shown; i++) {
		unsigned c = t->order[i];

		if (!is_key(p, c) || t->widths[c] >= MIN(p->widths[c], WIDTH_MOST) ||
		    t->widths[c] >= least || !table_place(t, cols, i, &x, &width))
			continue;
		least = t->widths[c];
		poorest = i;
	}
	return poorest;
}

/* Keys begin narrow, and take what is left by the columns that have a place. */
void groups_fit(const struct groups *p, int cols, struct table_state *ret)
{
	*ret = p->table;
	for (unsigned i = 0; i < ret->shown; i++) {
		unsigned c = ret->order[i];

		if (!ret->widths[c])
			ret->widths[c] =
			    (int16_t)MIN(p->widths[c], is_key(p, c) ? KEY_LEAST : WIDTH_MOST);
	}
	for (int left = room_left(ret, cols); left > 0; left--) {
		unsigned i = poorest_key(p, ret, cols);

		if (i == ret->shown)
			break;
		ret->widths[ret->order[i]]++;
	}
}

/* ---- looking ---- */

/* The cursor stays with its group, in another table too; if nobody put it there it is on top. */
static void follow(struct view *v)
{
	struct groups *p = groups_of(v);
	uint64_t at;

	if (!p->picked)
		p->table.cursor = 0;
	else if (p->turn == p->g.turn && grouping_find(&p->g, p->id, &at))
		table_carry(&p->table, at);
	else if (p->turn != p->g.turn && grouping_find_name(&p->g, strbuf_cstr(&p->name), &at))
		p->table.cursor = at;
	p->turn = p->g.turn;
	table_fit(&p->table, p->g.count, groups_height(v));
	if (p->g.count)
		groups_remember(p);
	p->table.sort = (int)p->g.sort;
	p->table.reverse = p->g.descending;
}

static void measure_widths(struct view *v)
{
	struct groups *p = groups_of(v);

	for (unsigned c = 0; c < p->g.column_count; c++) {
		int width = grouping_width(&p->g, c, p->table.top, (unsigned)MAX(v->rows, 1));

		p->widths[c] = MAX(p->widths[c], width);
	}
}

/* What is narrow cuts the end: what one does not know stands first. */
static void make_title(struct view *v)
{
	struct groups *p = groups_of(v);
	struct strbuf *b = &p->title;

	strbuf_clear(b);
	strbuf_clear(&p->notes);
	if (!p->g.spec || !p->g.fold)
		return;
	groups_write_status(p, b);
	if (p->g.held)
		strbuf_str(b, "paused, ");
	if (!p->g.complete) {
		struct store_stats s;

		store_stats(deck_store(ui_deck(v->ui)), &s);
		strbuf_fmt(b, "%u %% of ", grouping_percent(&p->g));
		strbuf_count(b, s.events);
		strbuf_str(b, ", ");
	}
	grouping_counts(&p->g, "group", b);
	strbuf_str(b, ", by ");
	group_spec_by(p->g.spec, b);
	grouping_notes(&p->g, &p->notes);
}

static unsigned groups_update(struct view *v)
{
	struct groups *p = groups_of(v);
	unsigned did = grouping_update(&p->g, v);
	bool more = groups_find_work(v);

	more |= groups_write_work(v);
	if (!(did & GROUPING_DRAW) && !p->dirty)
		return did & GROUPING_MORE || more ? REACT_MORE : REACT_NONE;
	p->dirty = false;
	make_title(v);
	follow(v);
	measure_widths(v);
	return (v->shown ? REACT_DRAW : 0) | (did & GROUPING_MORE || more ? REACT_MORE : 0);
}

static void groups_settle(struct view *v)
{
	grouping_settle(&groups_of(v)->g);
	groups_write_settle(groups_of(v));
}

/* ---- on the screen ---- */

static void put_key(const struct view *v, const char *view, enum action a, struct strbuf *b)
{
	if (!keymap_key(ui_keymap(v->ui), view, a, b))
		strbuf_fmt(b, ":%s", actions[a].name);
}

/* Nothing to show is a state too, and says what to do. */
static void draw_empty(const struct view *v, struct area *a)
{
	const struct groups *p = groups_of(v);
	_cleanup_strbuf_ struct strbuf key = { 0 };
	const struct fold_stats *s = &p->g.shown_stats;
	int x;

	if (p->g.shown && group_lacking(p->g.shown)) {
		draw_str(a, 1, 1, LOOK_DIM, "no row has what they are grouped by");
		put_key(v, "groups", ACT_GROUP, &key);
		x = draw_str(a, 2, 1, LOOK_KEY, key.s);
		draw_str(a, 2, 1 + x, LOOK_DIM, " groups them by something else");
	} else if (s->hidden) {
		draw_str(a, 1, 1, LOOK_DIM, "no row passes the filter");
		put_key(v, "groups", ACT_BACK, &key);
		x = draw_str(a, 2, 1, LOOK_KEY, key.s);
		draw_str(a, 2, 1 + x, LOOK_DIM, " takes the last one away");
	} else {
		draw_str(a, 1, 1, LOOK_DIM, "rows are counted here by what they have in common");
		put_key(v, "groups", ACT_GROUP, &key);
		x = draw_str(a, 2, 1, LOOK_KEY, key.s);
		x += draw_str(a, 2, 1 + x, LOOK_DIM, " says by what, ");
		strbuf_clear(&key);
		put_key(v, "groups", ACT_TRACERS, &key);
		x += draw_str(a, 2, 1 + x, LOOK_KEY, key.s);
		draw_str(a, 2, 1 + x, LOOK_DIM, " goes to the tracers");
	}
}

static void groups_draw(const struct view *v, struct area *a)
{
	const struct groups *p = groups_of(v);
	struct area rows = area_sub(a, 0, 0, groups_height(v), a->cols);
	struct table_state t;

	if (!p->g.spec)
		return;
	groups_fit(p, a->cols, &t);
	table_draw(&t, &grouping_model, &p->g, &rows, v->focus);
	groups_find_mark(p, &t, &rows);
	if (!p->g.count)
		draw_empty(v, &rows);
	if (rows.rows < a->rows)
		draw_text(a, a->rows - 1, 1, a->cols - 1, LOOK_WARN, p->notes.s, p->notes.len);
}

static void groups_status(const struct view *v, struct strbuf *out)
{
	strbuf_str(out, strbuf_cstr(&groups_of(v)->title));
}

/* ---- life ---- */

/* What stands in the columns when they are of another grouping. */
static void begin_table(struct groups *p)
{
	table_init(&p->table, p->g.columns, p->g.column_count);
	p->table.cells = true;
	p->table.sort = (int)p->g.sort;
	p->table.reverse = p->g.descending;
	memset(p->widths, 0, sizeof(p->widths));
	p->chosen = p->picked = false;
}

bool groups_ask(struct view *v, const char *text)
{
	struct groups *p = groups_of(v);
	_cleanup_free_ char *by = NULL, *show = NULL;
	struct err e = ERR_INIT;

	if (p->writing) {
		ui_say(v->ui, LOOK_WARN, "a file is being written; Esc stops it");
		return false;
	}
	grouping_split(text, &by, &show);
	if (grouping_ask(&p->g, by, show, &e) < 0) {
		ui_say(v->ui, LOOK_ERROR, "%s", e.text);
		return false;
	}
	begin_table(p);
	groups_find_forget(p);
	p->asked = p->dirty = true;
	return true;
}

static int groups_open(struct view *v, struct err *e)
{
	struct groups *p = groups_of(v);
	int rc;

	grouping_init(&p->g, ui_deck(v->ui));
	rc = grouping_ask(&p->g, BY_FIRST, NULL, e);
	if (rc >= 0)
		begin_table(p);
	return rc;
}

static void groups_close(struct view *v)
{
	struct groups *p = groups_of(v);

	groups_write_close(p);
	grouping_done(&p->g);
	groups_find_forget(p);
	free(p->typing);
	strbuf_done(&p->name);
	strbuf_done(&p->title);
	strbuf_done(&p->notes);
}

/* Only what comes back as it is; a hostile name of a field would not. */
static void groups_save(const struct view *v, struct strbuf *out)
{
	const struct groups *p = groups_of(v);
	_cleanup_strbuf_ struct strbuf text = { 0 };

	grouping_text(&p->g, &text);
	if (!p->asked || strpbrk(strbuf_cstr(&text), "#;\"\n"))
		return;
	strbuf_fmt(out, "group = %s\n", text.s);
	if (p->chosen) {
		strbuf_str(out, "columns = ");
		table_get_columns(&p->table, out);
		strbuf_char(out, '\n');
	}
	strbuf_fmt(out, "sort = %s\ndescending = %s\n", p->g.columns[p->g.sort].name,
		   p->g.descending ? "yes" : "no");
}

/* What an older or newer version wrote and this one does not know is left out. */
static void groups_load(struct view *v, const char *key, const char *value)
{
	struct groups *p = groups_of(v);
	_cleanup_free_ char *by = NULL, *show = NULL;

	if (!strcmp(key, "group")) {
		grouping_split(value, &by, &show);
		if (grouping_ask(&p->g, by, show, NULL) < 0)
			return;
		begin_table(p);
		p->asked = true;
	} else if (!strcmp(key, "columns")) {
		p->chosen |= table_set_columns(&p->table, value, NULL) >= 0;
	} else if (!strcmp(key, "sort")) {
		for (unsigned i = 0; i < p->g.column_count; i++)
			if (!strcmp(p->g.columns[i].name, value))
				p->g.sort = i;
	} else if (!strcmp(key, "descending")) {
		p->g.descending = !strcmp(value, "yes");
	}
	p->table.sort = (int)p->g.sort;
	p->table.reverse = p->g.descending;
}

static const enum action hints[] = {
	ACT_GROUP, ACT_ENTER, ACT_INCLUDE, ACT_EXCLUDE, ACT_SORT, ACT_REVERSE, ACT_PAUSE, ACT_NONE,
};

const struct view_ops groups_ops = {
	.name = "groups",
	.title = "Groups",
	.size = sizeof(struct groups),
	.hints = hints,
	.open = groups_open,
	.close = groups_close,
	.update = groups_update,
	.draw = groups_draw,
	.act = groups_act,
	.complete = groups_complete,
	.status = groups_status,
	.save = groups_save,
	.load = groups_load,
	.settle = groups_settle,
};

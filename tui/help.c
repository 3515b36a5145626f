/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help: every key there is here and now, and what it does; Enter does it.
 *
 * A dialog over one pane, made from the live key map: first the pane's own actions, then what
 * holds everywhere, by groups. Knows no view but the pane's name, and no key by itself.
 */
#include "tui/help.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/table.h"

enum {
	COLUMN_KEYS,
	COLUMN_HELP,
	COLUMN_NAME,
	ROWS_MAX = 2 * ACT_COUNT, /* each action and a head for each */
};

static const struct table_column columns[] = {
	{ .name = "keys", .title = "keys", .width = 12, .worth = 3, .look = LOOK_KEY },
	{ .name = "help", .title = "what it does", .width = 57, .worth = 4, .look = LOOK_TEXT },
	{ .name = "name", .title = ":name", .width = 18, .worth = 1, .look = LOOK_FIELD },
};

struct help_row {
	enum action action; /* ACT_NONE: the head of a group */
	const char *group;
};

struct help {
	struct table_state table;
	const char *pane;
	char *search; /* NULL: everything */
	struct help_row rows[ROWS_MAX];
	size_t count;
};

/* ---- which rows ---- */

/* Whether the pane can be asked for an action: it has a key here, or none anywhere. */
static bool is_possible(const struct view *v, enum action a)
{
	const struct keymap *m = ui_keymap(v->ui);
	const struct help *h = v->state;
	_cleanup_strbuf_ struct strbuf key = { 0 };
	const char *group = actions[a].group;

	if (keymap_key(m, h->pane, a, &key))
		return true;
	if (keymap_bound(m, a))
		return false;
	return !strcmp(group, h->pane) || !keymap_section(m, group);
}

static bool is_found(const struct view *v, enum action a)
{
	const struct help *h = v->state;
	_cleanup_strbuf_ struct strbuf keys = { 0 };

	if (!h->search)
		return true;
	keymap_keys(ui_keymap(v->ui), h->pane, a, &keys);
	return strcasestr(actions[a].name, h->search) || strcasestr(actions[a].help, h->search) ||
	       strstr(strbuf_cstr(&keys), h->search);
}

/* What another view's group lends this pane: it has a key in the pane's own section alone. */
static bool is_lent(const struct view *v, enum action a)
{
	const struct keymap *m = ui_keymap(v->ui);
	const struct help *h = v->state;
	_cleanup_strbuf_ struct strbuf key = { 0 };
	const char *group = actions[a].group;

	return strcmp(group, h->pane) != 0 && keymap_section(m, group) &&
	       !keymap_key(m, NULL, a, &key);
}

/* Adds an action under the head of a group, if it belongs on the list. */
static void add(const struct view *v, enum action a, const char *group)
{
	struct help *h = v->state;

	if (!is_possible(v, a) || !is_found(v, a))
		return;
	if (!h->count || strcmp(h->rows[h->count - 1].group, group) != 0)
		h->rows[h->count++] = (struct help_row) { .group = group };
	h->rows[h->count++] = (struct help_row) { .action = a, .group = group };
}

static void add_group(const struct view *v, const char *group)
{
	for (enum action a = ACT_NONE + 1; a < ACT_COUNT; a++)
		if (!strcmp(actions[a].group, group) && !is_lent(v, a))
			add(v, a, group);
}

/* The pane's own actions first, then from the special to the general, which is the list backward.
 */
static void rebuild(struct view *v)
{
	struct help *h = v->state;
	const char *last = h->pane;

	h->count = 0;
	add_group(v, h->pane);
	for (enum action a = ACT_NONE + 1; a < ACT_COUNT; a++)
		if (is_lent(v, a))
			add(v, a, h->pane);
	for (enum action a = ACT_COUNT - 1; a > ACT_NONE; a--) {
		const char *group = actions[a].group;

		if (strcmp(group, last) != 0 && strcmp(group, h->pane) != 0)
			add_group(v, group);
		last = group;
	}
	/* On the first action, its head in sight; how high the pane is may not be known yet. */
	h->table.cursor = h->count > 0;
	h->table.top = 0;
}

static void set_search(struct view *v, const char *text)
{
	struct help *h = v->state;
	bool none = !text || !*text;

	if (none ? !h->search : h->search && !strcmp(h->search, text))
		return;
	free(h->search);
	h->search = none ? NULL : xstrdup(text);
	rebuild(v);
}

/* ---- the table ---- */

static uint64_t row_count(const void *data)
{
	const struct view *v = data;

	return ((const struct help *)v->state)->count;
}

static void row_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct view *v = data;
	const struct help *h = v->state;
	const struct help_row *r = &h->rows[row];

	if (r->action == ACT_NONE) {
		cell->look = LOOK_TITLE;
		if (column == COLUMN_KEYS)
			strbuf_str(cell->text, r->group);
	} else if (column == COLUMN_KEYS) {
		keymap_keys(ui_keymap(v->ui), h->pane, r->action, cell->text);
	} else if (column == COLUMN_HELP) {
		strbuf_str(cell->text, actions[r->action].help);
	} else {
		strbuf_fmt(cell->text, ":%s", actions[r->action].name);
	}
}

static const struct table_model model = { .rows = row_count, .cell = row_cell };

static void help_draw(const struct view *v, struct area *a)
{
	const struct help *h = v->state;
	struct table_state t = h->table;

	/* The pane may have another height than at the last move. */
	table_fit(&t, h->count, a->rows);
	table_draw(&t, &model, v, a, v->focus);
}

/* ---- search as one types ---- */

static int search_check(const char *text, struct err *e, void *data)
{
	struct view *v = data;
	struct help *h = v->state;

	set_search(v, text);
	if (h->count)
		return 1;
	err_set(e, -ENOENT, "no key and no action here says '%.80s'", text);
	return -1;
}

static void search_done(const char *text, void *data)
{
	set_search(data, text);
}

static const struct prompt_ops search_prompt = {
	.label = "help",
	.check = search_check,
	.done = search_done,
};

/* ---- actions ---- */

/* Heads of groups are stepped over, in the direction of the move. */
static void skip_head(struct view *v, enum action a)
{
	struct help *h = v->state;
	bool up = a == ACT_UP || a == ACT_PAGE_UP || a == ACT_HALF_UP;

	if (h->table.cursor >= h->count || h->rows[h->table.cursor].action != ACT_NONE)
		return;
	table_move(&h->table, h->count, v->rows, up && h->table.cursor ? ACT_UP : ACT_DOWN, 1);
	/* Keep the first head in sight. */
	if (h->table.cursor == 1)
		h->table.top = 0;
}

static unsigned run(struct view *v)
{
	const struct act_arg arg = { .y = -1, .x = -1 };
	struct help *h = v->state;
	enum action a = h->table.cursor < h->count ? h->rows[h->table.cursor].action : ACT_NONE;

	if (a == ACT_NONE)
		return REACT_NONE;
	/* Help on help would only stack up. */
	if (a != ACT_HELP && a != ACT_CANCEL)
		ui_act(v->ui, h->pane, a, &arg);
	return REACT_CLOSE;
}

/* A click goes to its row. */
static bool take_click(struct view *v, const struct act_arg *arg)
{
	struct help *h = v->state;
	const struct area a = { .rows = v->rows, .cols = v->cols };
	unsigned column;

	return table_at(&h->table, h->count, &a, arg, &h->table.cursor, &column);
}

static unsigned help_act(struct view *v, enum action action, const struct act_arg *arg)
{
	struct help *h = v->state;
	bool click = arg && arg->y >= 0;

	table_fit(&h->table, h->count, v->rows);
	if (click && !take_click(v, arg))
		return REACT_NONE;
	if (table_move(&h->table, h->count, v->rows, action, arg ? arg->count : 0)) {
		skip_head(v, action);
		return REACT_DRAW;
	}
	switch (action) {
	case ACT_ENTER:
		return run(v);
	case ACT_FILTER:
	case ACT_SEARCH:
		ui_prompt(v->ui, &search_prompt, h->search ? h->search : "", v);
		return REACT_DRAW;
	case ACT_FILTER_CLEAR:
		set_search(v, NULL);
		return REACT_DRAW;
	case ACT_BACK:
		if (!h->search)
			return REACT_CLOSE;
		set_search(v, NULL);
		return REACT_DRAW;
	case ACT_HELP:
	case ACT_CANCEL:
		return REACT_CLOSE;
	default:
		return click ? REACT_DRAW : REACT_UNKNOWN;
	}
}

/* ---- the rest of the contract ---- */

static int help_open(struct view *v, struct err *e)
{
	struct help *h = v->state;

	h->pane = ui_dialog_arg(v->ui);
	if (!h->pane)
		h->pane = "global";
	table_init(&h->table, columns, ARRAY_SIZE(columns));
	rebuild(v);
	v->want_rows = (int)h->count + 1;
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		v->want_cols += columns[i].width + (i > 0);
	return 0;
}

static void help_close(struct view *v)
{
	struct help *h = v->state;

	free(h->search);
	h->search = NULL;
}

/* Appends "KEY word" for an action that this dialog takes. */
static void hint(const struct view *v, struct strbuf *out, enum action a, const char *word)
{
	size_t len = out->len;

	strbuf_str(out, ", ");
	if (keymap_key(ui_keymap(v->ui), help_ops.name, a, out))
		strbuf_fmt(out, " %s", word);
	else
		strbuf_cut(out, len);
}

static void help_status(const struct view *v, struct strbuf *out)
{
	const struct help *h = v->state;

	strbuf_str(out, h->pane);
	if (h->search)
		strbuf_fmt(out, " with '%s'", h->search);
	hint(v, out, ACT_ENTER, "runs it");
	hint(v, out, ACT_FILTER, "searches");
	hint(v, out, ACT_CANCEL, "closes");
}

const struct view_ops help_ops = {
	.name = "help",
	.title = "keys",
	.size = sizeof(struct help),
	.open = help_open,
	.close = help_close,
	.draw = help_draw,
	.act = help_act,
	.status = help_status,
};

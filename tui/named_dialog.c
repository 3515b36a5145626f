/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * named_dialog: keeping the display filter under a name, and taking one that has a name.
 *
 * The frame holds the list as it was last read. Every change reads the file, changes, and writes
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/table.h"
#include "tui/ui_private.h"

#define STATE_FILE "filters"
#define WANT_COLS  76

/* ---- the list ---- */

/* Where they are kept; NULL where nothing is remembered. Caller frees. */
static char *kept_path(const struct ui *ui)
{
	return ui->conf.remember ? conf_state_path(STATE_FILE) : NULL;
}

/* What is not kept in a file is as it was. */
static int refresh(struct ui *ui, struct err *e)
{
	_cleanup_free_ char *path = kept_path(ui);

	if (path)
		named_done(&ui->named);
	return named_read(&ui->named, ui->conf.conf, path, e);
}

/* Keeps a filter, or takes it away (text NULL). */
static int change(struct ui *ui, const char *name, const char *text, struct err *e)
{
	_cleanup_free_ char *path = kept_path(ui);
	int rc = refresh(ui, e);

	if (rc >= 0)
		rc = named_set(&ui->named, name, text, e);
	if (rc >= 0 && path)
		rc = named_write(&ui->named, path, e);
	return rc;
}

const char *named_name(struct ui *ui, size_t i)
{
	if (!i)
		refresh(ui, NULL);
	return i < ui->named.count ? ui->named.v[i].name : NULL;
}

/* ---- keeping one ---- */

static void save(struct ui *ui, const char *name)
{
	_cleanup_free_ char *text = scope_text(&ui->scope);
	struct err e = ERR_INIT;

	if (change(ui, name, text, &e) < 0)
		ui_say(ui, LOOK_ERROR, "%s", e.text);
	else
		ui_say(ui, LOOK_GOOD, "kept as '%s': %s", name, text);
}

static int check_name(const char *text, struct err *e, void *data)
{
	struct ui *ui = data;
	const struct named_filter *f;

	if (!*text)
		return 0;
	if (named_check(text, e) < 0)
		return -1;
	f = named_find(&ui->named, text);
	if (f && f->configured) {
		err_set(e, -EPERM, "'%s' stands in the configuration", text);
		return -1;
	}
	if (f)
		err_set(e, -EEXIST, "takes the place of: %s", f->text);
	return 1;
}

static void name_done(const char *text, void *data)
{
	if (text && *text)
		save(data, text);
}

void named_save(struct ui *ui, const char *name)
{
	static const struct prompt_ops ops = {
		.label = "name",
		.check = check_name,
		.done = name_done,
	};

	if (!scope_parts(&ui->scope)) {
		ui_say(ui, LOOK_WARN, "there is no display filter to keep: / types one");
		return;
	}
	refresh(ui, NULL);
	if (name)
		save(ui, name);
	else
		ui_prompt(ui, &ops, "", ui);
}

/* ---- taking one ---- */

static bool take(struct ui *ui, const struct named_filter *f)
{
	struct err e = ERR_INIT;

	if (scope_type(&ui->scope, f->text, &e) < 0) {
		ui_say(ui, LOOK_ERROR, "'%s': %s", f->name, e.text);
		return false;
	}
	ui->dirty = true;
	return true;
}

static bool take_to_capture(struct ui *ui, const struct named_filter *f)
{
	struct err e = ERR_INIT;

	if (ui_capture(ui, f->text, &e) < 0) {
		ui_say(ui, LOOK_ERROR, "'%s': %s", f->name, e.text);
		return false;
	}
	return true;
}

struct picker {
	struct ui *ui;
	struct table_state table;
};

enum { PICK_NAME, PICK_TEXT, PICK_FROM };

static const struct table_column pick_columns[] = {
	[PICK_NAME] = { .name = "name",
			.title = "name",
			.width = 18,
			.worth = 3,
			.look = LOOK_FIELD },
	[PICK_TEXT] = { .name = "filter", .title = "filter", .worth = 2 },
	[PICK_FROM] = { .name = "from", .title = "from", .width = 6, .worth = 1, .look = LOOK_DIM },
};

static uint64_t pick_rows(const void *data)
{
	return ((const struct picker *)data)->ui->named.count;
}

static void pick_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct named_filter *f = &((const struct picker *)data)->ui->named.v[row];

	if (column == PICK_FROM)
		strbuf_str(cell->text, f->configured ? "config" : "kept");
	else if (column == PICK_NAME)
		safe_text(cell->text, f->name, strlen(f->name));
	else
		safe_text(cell->text, f->text, strlen(f->text));
}

static const struct table_model pick_model = { .rows = pick_rows, .cell = pick_cell };

static int picker_open(struct view *v, struct err *e)
{
	struct picker *p = v->state;
	int rc;

	p->ui = ui_dialog_arg(v->ui);
	rc = refresh(p->ui, e);
	table_init(&p->table, pick_columns, ARRAY_SIZE(pick_columns));
	v->want_rows = (int)MIN(MAX(p->ui->named.count, (size_t)3), (size_t)30) + 1;
	v->want_cols = WANT_COLS;
	return rc;
}

static unsigned take_away(struct view *v)
{
	struct picker *p = v->state;
	struct err e = ERR_INIT;
	_cleanup_free_ char *name = NULL;

	/* The list is read anew before it is changed. */
	name = xstrdup(p->ui->named.v[p->table.cursor].name);
	if (change(p->ui, name, NULL, &e) < 0)
		ui_say(p->ui, LOOK_ERROR, "%s", e.text);
	table_fit(&p->table, pick_rows(p), v->rows);
	return REACT_DRAW;
}

static unsigned pick(struct view *v, enum action a)
{
	struct picker *p = v->state;
	const struct named_filter *f;

	if (p->table.cursor >= pick_rows(p))
		return REACT_NONE;
	f = &p->ui->named.v[p->table.cursor];
	if (a == ACT_REMOVE)
		return take_away(v);
	if (a == ACT_CAPTURE)
		return take_to_capture(p->ui, f) ? REACT_CLOSE : REACT_DRAW;
	return take(p->ui, f) ? REACT_CLOSE : REACT_DRAW;
}

static unsigned picker_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct picker *p = v->state;
	struct area area = { .rows = v->rows, .cols = v->cols };
	unsigned column;

	table_fit(&p->table, pick_rows(p), v->rows);
	switch (a) {
	case ACT_NONE:
		table_at(&p->table, pick_rows(p), &area, arg, &p->table.cursor, &column);
		return REACT_DRAW;
	case ACT_ENTER:
	case ACT_REMOVE:
	case ACT_CAPTURE:
		return pick(v, a);
	default:
		return table_move(&p->table, pick_rows(p), v->rows, a, arg->count) ? REACT_DRAW
										   : REACT_UNKNOWN;
	}
}

static void picker_draw(const struct view *v, struct area *a)
{
	const struct picker *p = v->state;

	if (pick_rows(p))
		table_draw(&p->table, &pick_model, p, a, v->focus);
	else
		draw_str(a, 0, 0, LOOK_DIM, "no filter has a name yet");
}

static const enum action hints[] = { ACT_ENTER, ACT_CAPTURE, ACT_REMOVE, ACT_NONE };

static const struct view_ops picker_ops = {
	.name = "filters",
	.title = "Filters with names",
	.size = sizeof(struct picker),
	.hints = hints,
	.open = picker_open,
	.draw = picker_draw,
	.act = picker_act,
};

static const char *name_at(size_t i, void *data)
{
	const struct named *n = data;

	return i < n->count ? n->v[i].name : NULL;
}

void named_open(struct ui *ui, const char *name)
{
	const struct named_filter *f;
	const char *nearest;
	struct err e = ERR_INIT;

	if (!name) {
		ui_dialog(ui, &picker_ops, ui);
		return;
	}
	if (refresh(ui, &e) < 0) {
		ui_say(ui, LOOK_ERROR, "%s", e.text);
		return;
	}
	f = named_find(&ui->named, name);
	if (f) {
		take(ui, f);
		return;
	}
	nearest = util_nearest(name, name_at, ui->named.count, &ui->named);
	ui_say(ui, LOOK_ERROR,
	       nearest ? "no filter has the name '%s'; did you mean '%s'?"
		       : "no filter has the name '%s'",
	       name, nearest);
}

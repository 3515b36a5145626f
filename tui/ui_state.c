/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_state: what is remembered from one session to the next: layout, theme, columns, sort, history.
 *
 * A file of the same form as the configuration, written whole and renamed, for its owner only. A
 * file that makes no sense is left out, not complained about: nobody wrote it by hand.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "tui/state_file.h"
#include "tui/ui_private.h"

#define STATE_FILE   "session"
#define HISTORY_FILE "history"

static int number(const struct conf *c, const char *key, int dflt, int least, int most)
{
	const char *s = conf_get(c, "ui", key);
	int v = s ? atoi(s) : dflt;

	return v < least || v > most ? dflt : v;
}

struct loading {
	struct view *view;
};

static void load_key(const char *key, const char *value, void *data)
{
	struct loading *l = data;

	l->view->ops->load(l->view, key, value);
}

static void load_frame(struct ui *ui, const struct conf *c)
{
	const char *focus = conf_get(c, "ui", "focus"), *theme = conf_get(c, "ui", "theme");
	const char *tab = conf_get(c, "ui", "tab");

	ui->layout.left = number(c, "left", ui->layout.left, 10, 90);
	ui->layout.top = number(c, "top", ui->layout.top, 10, 90);
	ui->mouse = number(c, "mouse", 1, 0, 1);
	for (unsigned i = 0; i < ui->panes; i++) {
		if (focus && !strcmp(ui->pane[i].ops->name, focus))
			ui->focus = i;
		if (tab && i >= TAB_FIRST && !strcmp(ui->pane[i].ops->name, tab))
			ui->tab = i;
	}
	/* What the configuration says wins over what was last tried. */
	if (theme && !(ui->conf.conf && conf_get(ui->conf.conf, "ui", "theme")))
		theme_load(theme, &ui->theme, NULL);
}

static void load_record(struct ui *ui, const struct conf *c)
{
	const char *folder = conf_get(c, "record", "folder");
	const char *compress = conf_get(c, "record", "compress");

	if (folder && *folder) {
		free(ui->record.folder);
		ui->record.folder = xstrdup(folder);
	}
	ui->record.compress = compress && atoi(compress);
}

/* A folder whose name would not come back as it is, is forgotten. */
static void put_record(const struct ui *ui, struct strbuf *b)
{
	const char *folder = ui->record.folder;
	_cleanup_strbuf_ struct strbuf safe = { 0 };

	if (folder)
		safe_text(&safe, folder, strlen(folder));
	strbuf_str(b, "\n[record]\n");
	if (safe.len && !strcmp(safe.s, folder) && !strpbrk(folder, "#;\"") && folder[0] != ' ')
		strbuf_fmt(b, "folder = %s\n", folder);
	strbuf_fmt(b, "compress = %d\n", ui->record.compress);
}

void ui_load_state(struct ui *ui)
{
	_cleanup_free_ char *path = conf_state_path(STATE_FILE);
	_cleanup_free_ char *history = conf_state_path(HISTORY_FILE);
	struct conf *c = conf_new();

	if (history)
		history_read(ui->history, history, NULL);
	if (path && conf_read(c, path, true, NULL) >= 0) {
		load_frame(ui, c);
		load_record(ui, c);
		for (unsigned i = 0; i < ui->panes; i++) {
			struct loading l = { .view = &ui->pane[i] };

			if (l.view->ops->load)
				conf_each_key(c, l.view->ops->name, load_key, &l);
		}
	}
	conf_free(c);
}

static void put_state(struct ui *ui, struct strbuf *b)
{
	strbuf_fmt(b, "[ui]\nleft = %d\ntop = %d\nmouse = %d\nfocus = %s\ntab = %s\ntheme = %s\n",
		   ui->layout.left, ui->layout.top, ui->mouse, ui->pane[ui->focus].ops->name,
		   ui->pane[ui->tab].ops->name, ui->theme.name);
	for (unsigned i = 0; i < ui->panes; i++) {
		if (!ui->pane[i].ops->save)
			continue;
		strbuf_fmt(b, "\n[%s]\n", ui->pane[i].ops->name);
		ui->pane[i].ops->save(&ui->pane[i], b);
	}
	put_record(ui, b);
}

void ui_save_state(struct ui *ui)
{
	_cleanup_free_ char *path = conf_state_path(STATE_FILE);
	_cleanup_free_ char *history = conf_state_path(HISTORY_FILE);
	_cleanup_strbuf_ struct strbuf b = { 0 };

	if (!path)
		return;
	put_state(ui, &b);
	state_write(path, &b, NULL); /* a full disk leaves the old one */
	if (history)
		history_write(ui->history, history, NULL);
}

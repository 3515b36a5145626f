/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers: the pane in which things are switched on and off: backends, their systems, their events.
 *
 * The slots of the view and what is remembered of it. Nothing is asked of the kernel before a
 * backend is open, and only names of systems then.
 */
#include "tui/tracers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"

#define REASON_COLS 40 /* a pane this wide has room for why something failed */

static int tracers_open(struct view *v, struct err *e)
{
	struct tracers *t = tracers_of(v);

	(void)e;
	t->view = v;
	t->ui = v->ui;
	t->root.kind = NODE_ROOT;
	t->root.name = xstrdup("");
	t->root.unfolded = t->root.loaded = true;
	table_init(&t->table, tracers_columns, tracers_column_count);
	return 0;
}

static void tracers_close(struct view *v)
{
	struct tracers *t = tracers_of(v);

	cost_watch(t, false);
	switch_done(t);
	search_done(t);
	tree_done(t);
	free(t->lines);
	free(t->want_unfolded);
	free(t->want_cursor);
}

static unsigned count_on(const struct tracers *t)
{
	unsigned on = 0;

	for (size_t i = 0; i < t->root.count; i++)
		if (t->root.children[i]->kind == NODE_BACKEND)
			on += t->root.children[i]->on;
	return on;
}

/*
 * Once, when nobody was anywhere yet: the first system of which something is on comes into the
 * middle of the pane when it would stand below it. Whoever begins sees what is counted.
 */
static void show_what_is_on(struct tracers *t)
{
	uint64_t sight = (uint64_t)MAX(t->view->rows - table_header(t->view->rows), 1);

	if (t->showed_on || !count_on(t))
		return;
	t->showed_on = true;
	if (t->table.cursor || t->table.top || t->want_cursor)
		return;
	for (size_t i = 0; i < t->line_count; i++) {
		if (t->lines[i].node->kind != NODE_GROUP || !t->lines[i].node->on)
			continue;
		if (i < sight)
			return;
		t->table.cursor = i;
		t->table.top = i - sight / 2;
		return;
	}
}

/*
 * Once, when a recording is read: our own ones bring the format of every event there is. The few
 * that have rows are what one looks for.
 */
static void leave_out_empty(struct tracers *t)
{
	const struct deck_play *play = ui_playing(t->ui);
	unsigned on = 0, total = 0;

	if (t->narrowed || !play->recording || play->loading || play->loaded < play->total)
		return;
	for (size_t i = 0; i < t->root.count; i++) {
		const struct backend *b = node_backend(t, t->root.children[i]);

		if (!b || b->ops->caps & BACKEND_DERIVES)
			continue;
		on += t->root.children[i]->on;
		total += t->root.children[i]->total;
	}
	if (!on)
		return;
	t->narrowed = true;
	if (on > total / 2)
		return;
	t->only_on = true;
	lines_build(t);
}

static unsigned tracers_update(struct view *v)
{
	struct tracers *t = tracers_of(v);
	bool changed = tree_backends(t), more;
	bool switching = t->job.active;

	more = switch_work(t);
	changed |= switching;
	changed |= tree_sample(t);
	lines_fit(t);
	cost_watch(t, lines_show_cost(t));
	if (t->stale)
		lines_build(t);
	leave_out_empty(t);
	show_what_is_on(t);
	/* The pane may have another size since. */
	table_fit(&t->table, t->line_count, v->rows);
	return (changed ? REACT_DRAW : 0u) | (more ? REACT_MORE : 0u);
}

/* ---- the title ---- */

/* Every backend was tried, and none could be opened. */
static bool is_all_missing(const struct tracers *t)
{
	for (size_t i = 0; i < t->root.count; i++)
		if (t->root.children[i]->kind != NODE_MISSING)
			return false;
	return t->root.count > 0;
}

static void put_key(const struct tracers *t, struct strbuf *out, enum action a, const char *what)
{
	struct strbuf key = { 0 };

	if (keymap_key(ui_keymap(t->ui), t->view->ops->name, a, &key))
		strbuf_fmt(out, ", %s %s", key.s, what);
	strbuf_done(&key);
}

static void tracers_status(const struct view *v, struct strbuf *out)
{
	const struct tracers *t = tracers_of(v);
	const struct node *n = lines_cursor(t);

	if (t->job.active) {
		strbuf_fmt(out, "switching %zu/%zu", t->job.at, t->job.count);
		put_key(t, out, ACT_CANCEL, "stops");
		strbuf_fmt(out, " (%s)", t->job.what);
	} else if (n && n->state == TRACER_FAILED && n->reason && v->cols >= REASON_COLS) {
		strbuf_str(out, n->reason);
	} else if (t->search.narrow) {
		strbuf_fmt(out, "%zu of '%s'", t->search.hits, t->search.text);
		put_key(t, out, ACT_CANCEL, "shows all");
	} else if (is_all_missing(t)) {
		strbuf_str(out, "unavailable");
	} else if (!count_on(t)) {
		strbuf_str(out, "none on");
		put_key(t, out, ACT_TOGGLE, "switches");
	} else {
		strbuf_fmt(out, t->only_on ? "only the %u on" : "%u on", count_on(t));
	}
}

/* ---- what is remembered ---- */

/* Paths stand in one line of a file: those with anything else in them are not kept. */
static bool is_storable(const char *path)
{
	for (; *path; path++)
		if (!isalnum((unsigned char)*path) && !strchr("_:.-", *path))
			return false;
	return true;
}

static void put_unfolded(const struct node *n, struct strbuf *out)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct node *c = n->children[i];
		struct strbuf path = { 0 };

		if (c->unfolded && node_has_children(c)) {
			node_path(c, &path);
			if (is_storable(path.s))
				strbuf_fmt(out, " %s", path.s);
		}
		strbuf_done(&path);
		put_unfolded(c, out);
	}
}

/* A backend that is folded is said too: one that was never met begins unfolded. */
static void put_folded(const struct tracers *t, struct strbuf *out)
{
	for (size_t i = 0; i < t->root.count; i++) {
		const struct node *n = t->root.children[i];

		if (n->kind == NODE_BACKEND && !n->unfolded && is_storable(n->name))
			strbuf_fmt(out, " -%s", n->name);
	}
}

static bool is_met(const struct tracers *t, const char *name, size_t len)
{
	for (size_t i = 0; i < t->root.count; i++) {
		const struct node *n = t->root.children[i];

		if (n->kind != NODE_MISSING && strlen(n->name) == len &&
		    !memcmp(n->name, name, len))
			return true;
	}
	return false;
}

/* What was told of backends that this session had not: a recording has no kernel. */
static void keep_unmet(const struct tracers *t, struct strbuf *out)
{
	for (const char *p = t->want_unfolded; p && *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " "), sign = *p == '-';

		if (n > sign && !is_met(t, p + sign, strcspn(p + sign, ": ")))
			strbuf_fmt(out, " %.*s", (int)n, p);
		p += n;
	}
}

static void tracers_save(const struct view *v, struct strbuf *out)
{
	const struct tracers *t = tracers_of(v);
	_cleanup_strbuf_ struct strbuf path = { 0 };

	/* A session that never came so far keeps what it was told. */
	if (!t->root.count) {
		if (t->want_unfolded)
			strbuf_fmt(out, "unfolded = %s\n", t->want_unfolded);
		return;
	}
	strbuf_str(out, "unfolded = -");
	put_folded(t, out);
	put_unfolded(&t->root, out);
	keep_unmet(t, out);
	strbuf_char(out, '\n');
	if (lines_cursor(t))
		node_path(lines_cursor(t), &path);
	if (path.len && is_storable(path.s))
		strbuf_fmt(out, "cursor = %s\n", path.s);
	if (t->columns_chosen) {
		strbuf_str(out, "columns = ");
		table_get_columns(&t->table, out);
		strbuf_char(out, '\n');
	}
}

static void tracers_load(struct view *v, const char *key, const char *value)
{
	struct tracers *t = tracers_of(v);

	if (!strcmp(key, "unfolded")) {
		free(t->want_unfolded);
		t->want_unfolded = xstrdup(value);
	} else if (!strcmp(key, "cursor")) {
		free(t->want_cursor);
		t->want_cursor = xstrdup(value);
	} else if (!strcmp(key, "columns")) {
		t->columns_chosen = table_set_columns(&t->table, value, NULL) >= 0;
	}
}

static bool tracers_complete(struct view *v, enum action action, const char *text, size_t at,
			     size_t *from, struct strbuf *out)
{
	if (action != ACT_OPTION)
		return false;
	option_complete(tracers_of(v), text, at, from, out);
	return true;
}

static const enum action hints[] = {
	ACT_TOGGLE,	  ACT_SEARCH,  ACT_ENTER,  ACT_ONLY_ON, ACT_INCLUDE,
	ACT_NOISIEST_OFF, ACT_ALL_OFF, ACT_OPTION, ACT_TABLE,	ACT_NONE,
};

const struct view_ops tracers_ops = {
	.name = "tracers",
	.title = "Tracers",
	.size = sizeof(struct tracers),
	.hints = hints,
	.open = tracers_open,
	.close = tracers_close,
	.update = tracers_update,
	.draw = lines_draw,
	.act = tracers_act,
	.complete = tracers_complete,
	.status = tracers_status,
	.save = tracers_save,
	.load = tracers_load,
};

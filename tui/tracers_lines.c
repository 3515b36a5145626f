/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_lines: which nodes of the tree are on the screen, and in which columns.
 *
 * Lines are made anew when the tree changed, never while drawing; the cursor stays on its node.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/tracers.h"

#define TEXT_INDENT 4	/* columns before the lines of a text */
#define TREND_LEAST 9	/* its header */
#define NAMED	    43	/* columns of all but the trend, when most names are whole */
#define COSTS	    110 /* columns of a pane that has room for what programs cost */

const struct table_column tracers_columns[] = {
	{ .name = "state", .title = "", .width = 1, .worth = 9, .look = LOOK_OFF },
	{ .name = "name", .title = "tracer", .worth = 10, .look = LOOK_EVENT },
	{ .name = "events",
	  .title = "events",
	  .width = 6,
	  .worth = 8,
	  .right = true,
	  .look = LOOK_NUMBER },
	{ .name = "trend", .title = "last 20 s", .width = TREND, .worth = 3, .look = LOOK_GRAPH },
	{ .name = "cpu", .title = "CPU", .width = 7, .worth = 5, .right = true, .look = LOOK_DIM },
	{ .name = "total",
	  .title = "total",
	  .width = 11,
	  .worth = 4,
	  .right = true,
	  .look = LOOK_NUMBER },
	{ .name = "runs",
	  .title = "runs",
	  .width = 7,
	  .worth = 2,
	  .right = true,
	  .look = LOOK_NUMBER },
	{ .name = "each",
	  .title = "each",
	  .width = 7,
	  .worth = 2,
	  .right = true,
	  .look = LOOK_NUMBER },
	{ .name = "ring",
	  .title = "ring",
	  .width = 5,
	  .worth = 1,
	  .right = true,
	  .look = LOOK_NUMBER },
	{ .name = "lost",
	  .title = "lost",
	  .width = 6,
	  .worth = 1,
	  .right = true,
	  .look = LOOK_LOSS },
};

const unsigned tracers_column_count = ARRAY_SIZE(tracers_columns);

/* ---- which lines ---- */

static void add_line(struct tracers *t, struct node *n, unsigned from, unsigned len)
{
	if (t->line_count == t->line_cap) {
		t->line_cap = t->line_cap ? t->line_cap * 2 : 128;
		t->lines = xrealloc(t->lines, t->line_cap, sizeof(*t->lines));
	}
	t->lines[t->line_count++] = (struct line_of) { .node = n, .from = from, .len = len };
}

bool lines_is_on(const struct node *n)
{
	if (n->kind == NODE_TRACER)
		return n->state != TRACER_OFF;
	return n->on || n->failed || n->starting;
}

/* What can be made of a recording has rows as soon as it is wanted: it counts as what is in it. */
static bool is_offered(const struct tracers *t, const struct node *n)
{
	const struct backend *b = node_backend(t, n);

	return b && b->ops->caps & BACKEND_DERIVES && ui_playing(t->ui)->recording;
}

static bool is_shown(const struct tracers *t, const struct node *n)
{
	if (t->search.narrow && !n->hit)
		return false;
	if (!t->only_on)
		return true;
	return n->kind == NODE_BACKEND || n->kind == NODE_MISSING || lines_is_on(n) ||
	       is_offered(t, n);
}

const char *lines_text(const struct node *n)
{
	const char *text = n->kind == NODE_GROUP ? n->note : n->text;

	return text ? text : "";
}

/* The same, in lines as wide as the pane. */
static void add_text(struct tracers *t, struct node *n)
{
	int width = MAX(t->view->cols - TEXT_INDENT, 8);
	const char *text = lines_text(n);
	size_t at = 0;

	while (text[at]) {
		size_t len = strcspn(text + at, "\n"), fit = text_prefix(text + at, len, width);

		if (fit < len) {
			size_t word = fit;

			while (word && text[at + word] != ' ')
				word--;
			fit = word ? word : fit;
		}
		if (!fit && len)
			break;
		if (fit)
			add_line(t, n, (unsigned)at, (unsigned)fit);
		at += fit;
		while (text[at] == ' ' || text[at] == '\n')
			at++;
	}
}

static void add_lines(struct tracers *t, struct node *n)
{
	bool all = t->search.narrow || t->only_on;

	for (size_t i = 0; i < n->count; i++) {
		struct node *c = n->children[i];

		if (!is_shown(t, c))
			continue;
		add_line(t, c, 0, 0);
		if (c->kind == NODE_MISSING && c->unfolded)
			add_text(t, c);
		else if (c->unfolded || (all && c->kind != NODE_OTHERS))
			add_lines(t, c);
		if (c->kind == NODE_GROUP && c->note && !t->search.narrow && (c->unfolded || all))
			add_text(t, c);
	}
}

struct node *lines_cursor(const struct tracers *t)
{
	if (t->table.cursor >= t->line_count)
		return NULL;
	return t->lines[t->table.cursor].node;
}

static int64_t find_line(const struct tracers *t, const struct node *n)
{
	for (size_t i = 0; i < t->line_count; i++)
		if (t->lines[i].node == n && !t->lines[i].len)
			return (int64_t)i;
	return -1;
}

static struct node *find_path(struct node *n, const char *path)
{
	for (size_t i = 0; i < n->count; i++) {
		struct node *c = n->children[i], *found;
		size_t len = strlen(c->name);

		if (strncmp(c->name, path, len) != 0)
			continue;
		if (!path[len])
			return c;
		found = path[len] == ':' ? find_path(c, path + len + 1) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

/* The cursor's node, or the nearest one above it that has a line. */
static void place_cursor(struct tracers *t, struct node *n, uint64_t part)
{
	for (; n && n->parent; n = n->parent, part = 0) {
		int64_t line = find_line(t, n);

		if (line < 0)
			continue;
		table_carry(&t->table, (uint64_t)line + part);
		break;
	}
}

void lines_build(struct tracers *t)
{
	struct node *was = lines_cursor(t);
	uint64_t part = was ? t->table.cursor - (uint64_t)find_line(t, was) : 0;

	if (t->search.narrow)
		search_mark(t);
	t->stale = false;
	t->line_count = 0;
	add_lines(t, &t->root);
	if (t->want_cursor && find_path(&t->root, t->want_cursor)) {
		was = find_path(&t->root, t->want_cursor);
		part = 0;
		free(t->want_cursor);
		t->want_cursor = NULL;
	}
	place_cursor(t, was, part);
	table_fit(&t->table, t->line_count, t->view->rows);
}

void lines_go(struct tracers *t, struct node *n)
{
	int64_t line;

	for (struct node *p = n->parent; p && p->parent; p = p->parent)
		p->unfolded = true;
	lines_build(t);
	line = find_line(t, n);
	if (line >= 0)
		t->table.cursor = (uint64_t)line;
	table_fit(&t->table, t->line_count, t->view->rows);
}

/* Something that is on is of a backend that knows what its programs cost. */
static bool costs_something(const struct tracers *t)
{
	for (size_t i = 0; i < t->root.count; i++) {
		const struct node *n = t->root.children[i];
		const struct backend *b = n->kind == NODE_BACKEND ? node_backend(t, n) : NULL;

		if (b && b->ops->watch && lines_is_on(n))
			return true;
	}
	return false;
}

bool lines_show_cost(const struct tracers *t)
{
	int x, width;

	for (unsigned i = 0; i < t->table.shown; i++)
		if (t->table.order[i] >= COLUMN_RUNS &&
		    table_place(&t->table, t->view->cols, i, &x, &width))
			return t->view->shown;
	return false;
}

/* Narrow panes have name and rate; the sparkline grows with what names leave. */
void lines_fit(struct tracers *t)
{
	struct table_state *s = &t->table;
	int cols = t->view->cols;

	if (t->columns_chosen)
		return;
	s->shown = 0;
	s->order[s->shown++] = COLUMN_STATE;
	s->order[s->shown++] = COLUMN_NAME;
	s->order[s->shown++] = COLUMN_EVENTS;
	if (cols >= 44)
		s->order[s->shown++] = COLUMN_TREND;
	if (cols >= 36)
		s->order[s->shown++] = COLUMN_CPU;
	if (cols >= 80)
		s->order[s->shown++] = COLUMN_TOTAL;
	for (unsigned c = COLUMN_RUNS; cols >= COSTS && c <= COLUMN_LOST && costs_something(t); c++)
		s->order[s->shown++] = (uint8_t)c;
	s->widths[COLUMN_TREND] = (int16_t)MIN(MAX(cols - NAMED, TREND_LEAST), TREND);
}

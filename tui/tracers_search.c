/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_search: tracers by name, as one types.
 *
 * All words must be in "group:name", in any case of letters; a word with * or ? is a glob. While
 * the text stands only hits are shown; when it was taken away, n and N still go from hit to hit.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tui/tracers.h"

#define WORDS_MAX 16

struct words {
	char *text, *v[WORDS_MAX];
	unsigned count;
};

/* A glob stands for a part of the name, as a word does. */
static void split(const char *text, struct words *w)
{
	struct strbuf all = { 0 };
	char *save = NULL;

	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		bool glob = memchr(p, '*', len) || memchr(p, '?', len);

		strbuf_fmt(&all, glob ? "*%.*s* " : "%.*s ", (int)len, p);
		p += len;
	}
	w->count = 0;
	w->text = strbuf_take(&all);
	for (char *p = strtok_r(w->text, " ", &save); p && w->count < WORDS_MAX;
	     p = strtok_r(NULL, " ", &save))
		w->v[w->count++] = p;
}

static bool matches(const struct words *w, const struct node *n)
{
	char name[300];

	snprintf(name, sizeof(name), "%s:%s", n->parent->name, n->name);
	for (unsigned i = 0; i < w->count; i++) {
		if (w->v[i][0] == '*' ? fnmatch(w->v[i], name, FNM_CASEFOLD) != 0
				      : !strcasestr(name, w->v[i]))
			return false;
	}
	return w->count > 0;
}

static size_t mark(struct node *n, const struct words *w)
{
	size_t hits = 0;

	if (n->kind == NODE_TRACER)
		hits = matches(w, n);
	for (size_t i = 0; i < n->count; i++)
		hits += mark(n->children[i], w);
	n->hit = hits > 0;
	return hits;
}

void search_mark(struct tracers *t)
{
	struct words w;

	if (!t->search.text)
		return;
	for (size_t i = 0; i < t->root.count; i++)
		tree_load_all(t, t->root.children[i]);
	split(t->search.text, &w);
	t->search.hits = mark(&t->root, &w);
	free(w.text);
}

/* ---- moving among hits ---- */

static struct node *next_hit(struct tracers *t, const struct node *from)
{
	struct node *n = node_next_tracer(t, from);

	while (n && !n->hit)
		n = node_next_tracer(t, n);
	return n;
}

/* The hit before a node; NULL: the last of all. */
static struct node *prev_hit(struct tracers *t, const struct node *to)
{
	struct node *found = NULL;

	for (struct node *n = next_hit(t, NULL); n && n != to; n = next_hit(t, n))
		found = n;
	return found;
}

/* From a group the hit before is one of a group above, so the walk ends at its first tracer. */
static struct node *step_back(struct tracers *t, const struct node *at)
{
	const struct node *stop = at && at->kind != NODE_TRACER ? node_next_tracer(t, at) : at;
	struct node *found = NULL;

	for (struct node *n = node_next_tracer(t, NULL); n && n != stop; n = node_next_tracer(t, n))
		if (n->hit)
			found = n;
	return found;
}

unsigned search_step(struct tracers *t, unsigned count, bool backwards)
{
	struct node *at = lines_cursor(t), *to = NULL;

	if (!t->search.text) {
		ui_say(t->ui, LOOK_DIM, "nothing was searched for yet");
		return REACT_DRAW;
	}
	search_mark(t);
	if (!t->search.hits) {
		ui_say(t->ui, LOOK_WARN, "nothing matches '%s'", t->search.text);
		return REACT_DRAW;
	}
	/* Once round all hits leads nowhere, however large the count. */
	for (size_t i = 0; i < (count ? (count - 1) % t->search.hits + 1 : 1); i++) {
		to = backwards ? step_back(t, at) : next_hit(t, at);
		if (!to) {
			to = backwards ? prev_hit(t, NULL) : next_hit(t, NULL);
			ui_say(t->ui, LOOK_DIM,
			       backwards ? "round to the last hit" : "round to the first hit");
		}
		at = to;
	}
	if (to)
		lines_go(t, to);
	return REACT_DRAW;
}

/* ---- typing ---- */

static bool is_called(const struct node *n, const char *text)
{
	return (n->kind == NODE_GROUP || n->kind == NODE_TRACER) && !strcmp(n->name, text);
}

/* The cursor goes to what is called so, else to the first tracer that is meant. */
static void set_text(struct tracers *t, const char *text)
{
	struct search *s = &t->search;

	if (s->text && !strcmp(s->text, text) && s->narrow)
		return;
	free(s->text);
	s->text = xstrdup(text);
	s->narrow = text[strspn(text, " ")] != '\0';
	s->hits = 0;
	t->table.cursor = t->table.top = 0;
	lines_build(t);
	for (size_t i = t->line_count; s->narrow && i-- > 0;)
		if (t->lines[i].node->kind == NODE_TRACER)
			t->table.cursor = i;
	for (size_t i = t->line_count; s->narrow && i-- > 0;)
		if (is_called(t->lines[i].node, text))
			t->table.cursor = i;
	table_fit(&t->table, t->line_count, t->view->rows);
}

static void go_to_origin(struct tracers *t)
{
	free(t->want_cursor);
	t->want_cursor = t->search.origin;
	t->search.origin = NULL;
	lines_build(t);
	free(t->want_cursor);
	t->want_cursor = NULL;
}

static int check(const char *text, struct err *e, void *data)
{
	struct tracers *t = tracers_of(data);

	set_text(t, text);
	if (!t->search.narrow)
		return 0;
	if (t->search.hits)
		return 1;
	err_set(e, -ENOENT, "no tracer has this in its name");
	return -1;
}

static void done(const char *text, void *data)
{
	struct tracers *t = tracers_of(data);

	if (text && text[strspn(text, " ")]) {
		free(t->search.origin);
		t->search.origin = NULL;
		return;
	}
	t->search.narrow = false;
	if (!text || !*text) {
		free(t->search.text);
		t->search.text = NULL;
	}
	go_to_origin(t);
}

/* Names of groups and tracers that begin with the word at the cursor. */
static void complete(const char *text, size_t at, size_t *from, struct strbuf *out, void *data)
{
	struct tracers *t = tracers_of(data);
	size_t begin = at, offered = 0;

	while (begin && text[begin - 1] != ' ')
		begin--;
	*from = begin;
	for (struct node *n = node_next_tracer(t, NULL); n && offered < 200;
	     n = node_next_tracer(t, n)) {
		if (strncmp(n->name, text + begin, at - begin) != 0 || n->label)
			continue;
		strbuf_fmt(out, "%s\n", n->name);
		offered++;
	}
}

static const struct prompt_ops ops = {
	.label = "find tracer",
	.check = check,
	.complete = complete,
	.done = done,
};

unsigned search_open(struct tracers *t, const struct act_arg *arg)
{
	struct strbuf origin = { 0 };

	if (arg->text) {
		set_text(t, arg->text);
		if (!t->search.hits)
			ui_say(t->ui, LOOK_WARN, "no tracer has '%s' in its name", arg->text);
		return REACT_DRAW;
	}
	if (lines_cursor(t))
		node_path(lines_cursor(t), &origin);
	free(t->search.origin);
	t->search.origin = strbuf_take(&origin);
	ui_prompt(t->ui, &ops, t->search.narrow ? t->search.text : "", t->view);
	return REACT_DRAW;
}

bool search_clear(struct tracers *t)
{
	struct node *at = lines_cursor(t);

	if (!t->search.narrow)
		return false;
	/* What was found stays in sight; n and N still know the text. */
	t->search.narrow = false;
	if (at)
		lines_go(t, at);
	else
		lines_build(t);
	return true;
}

void search_done(struct tracers *t)
{
	free(t->search.text);
	free(t->search.origin);
	t->search = (struct search) { 0 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_tree: backends, their groups, their tracers; asked for when somebody wants to see them.
 *
 * Owns the nodes. A group's tracers are listed when it is unfolded, searched, or when one of them
 * is on. Nothing here switches anything.
 */
#include "tui/tracers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"

#define UNFOLD_FEW 4 /* groups of a recording that are unfolded at once */

/* ---- nodes ---- */

static void node_free(struct node *n)
{
	for (size_t i = 0; i < n->count; i++) {
		node_free(n->children[i]);
		free(n->children[i]);
	}
	free(n->children);
	free(n->name);
	free(n->label);
	free(n->text);
	free(n->cost);
	free(n->note);
	free(n->reason);
	free(n->meter);
	free(n->spent);
}

static void set_text(char **to, const char *text)
{
	struct strbuf safe = { 0 };

	free(*to);
	*to = NULL;
	if (!text)
		return;
	/* Lines stay lines. */
	for (const char *p = text; *p; p += *p == '\n') {
		size_t len = strcspn(p, "\n");

		safe_text(&safe, p, len);
		p += len;
		if (*p)
			strbuf_char(&safe, '\n');
	}
	*to = strbuf_take(&safe);
}

/* Whether the word stands in a list of words with blanks between. */
static bool in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; p && *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == len && !memcmp(p, word, n))
			return true;
		p += n;
	}
	return false;
}

static struct node *add_child(struct tracers *t, struct node *parent, enum node_kind kind,
			      const char *name)
{
	struct node *n = xcalloc(1, sizeof(*n));
	_cleanup_strbuf_ struct strbuf path = { 0 };

	n->kind = kind;
	n->name = xstrdup(name);
	n->parent = parent;
	if (!safe_is_plain(name, strlen(name)))
		set_text(&n->label, name);
	if (parent->count == parent->cap) {
		parent->cap = parent->cap ? parent->cap * 2 : 16;
		parent->children =
		    xrealloc(parent->children, parent->cap, sizeof(*parent->children));
	}
	parent->children[parent->count++] = n;
	node_path(n, &path);
	n->unfolded = t->want_unfolded && in_list(t->want_unfolded, strbuf_cstr(&path));
	return n;
}

/*
 * The child of that name, made when there is none. Lists come in the same order each time, so the
 * one behind the last that was asked for is tried first.
 */
static struct node *need_child(struct tracers *t, struct node *parent, enum node_kind kind,
			       const char *name, size_t *at)
{
	for (size_t k = 0; parent->loaded && k < parent->count; k++) {
		size_t i = (*at + k) % parent->count;

		if (strcmp(parent->children[i]->name, name) != 0 ||
		    parent->children[i]->kind != kind)
			continue;
		*at = i + 1;
		return parent->children[i];
	}
	*at = parent->count + 1;
	return add_child(t, parent, kind, name);
}

static bool is_below(const struct node *n, const struct node *above)
{
	for (; n; n = n->parent)
		if (n == above)
			return true;
	return false;
}

static void forget_node(struct tracers *t, const struct node *n)
{
	if (is_below(t->ask, n))
		t->ask = NULL;
	/* A job holds nodes; what goes away meanwhile ends it. */
	for (size_t i = t->job.at; t->job.active && i < t->job.count; i++)
		if (is_below(t->job.nodes[i], n))
			switch_stop(t);
}

static void begin_list(struct node *n)
{
	for (size_t i = 0; i < n->count; i++)
		n->children[i]->seen = false;
}

/* Removes what is no longer there. Lines point at nodes, so they are made anew at once. */
static void end_list(struct tracers *t, struct node *n)
{
	_cleanup_free_ struct node **gone = xcalloc(n->count + 1, sizeof(*gone));
	size_t to = 0, lost = 0;

	for (size_t i = 0; i < n->count; i++) {
		if (n->children[i]->seen)
			n->children[to++] = n->children[i];
		else
			gone[lost++] = n->children[i];
	}
	n->count = to;
	free(t->by_index);
	t->by_index = NULL;
	t->index_count = 0;
	t->stale = true;
	if (!lost)
		return;
	for (size_t i = 0; i < lost; i++)
		forget_node(t, gone[i]);
	/* While all of them are still whole: the cursor looks for its node by its path. */
	lines_build(t);
	for (size_t i = 0; i < lost; i++) {
		node_free(gone[i]);
		free(gone[i]);
	}
}

void node_path(const struct node *n, struct strbuf *out)
{
	if (n->parent && n->parent->kind != NODE_ROOT) {
		node_path(n->parent, out);
		strbuf_char(out, ':');
	}
	strbuf_str(out, n->name);
}

void node_title(const struct node *n, struct strbuf *out)
{
	if (n->kind == NODE_TRACER) {
		node_title(n->parent, out);
		strbuf_char(out, ':');
	}
	strbuf_str(out, n->label ? n->label : n->name);
}

struct backend *node_backend(const struct tracers *t, const struct node *n)
{
	while (n && n->kind != NODE_BACKEND && n->kind != NODE_OTHERS)
		n = n->parent;
	if (n && n->kind == NODE_OTHERS)
		return deck_backend(ui_deck(t->ui), n->text);
	return n ? deck_backend(ui_deck(t->ui), n->name) : NULL;
}

/* The next node in order: what is below n first, then what is behind it. */
static struct node *next_node(struct node *n)
{
	if (n->count)
		return n->children[0];
	for (; n->parent; n = n->parent) {
		struct node *p = n->parent;

		for (size_t i = 0; i + 1 < p->count; i++)
			if (p->children[i] == n)
				return p->children[i + 1];
	}
	return NULL;
}

struct node *node_next_tracer(struct tracers *t, const struct node *n)
{
	struct node *at = n ? (struct node *)n : &t->root;

	do {
		at = next_node(at);
	} while (at && at->kind != NODE_TRACER);
	return at;
}

/* ---- listing ---- */

struct list_ctx {
	struct tracers *t;
	struct node *parent;
	size_t at;
};

static int on_tracer(const struct tracer_info *info, void *data)
{
	struct list_ctx *c = data;
	struct node *n;

	/* A group's name may look like a glob. */
	if (strcmp(info->group, c->parent->name) != 0)
		return 0;
	n = need_child(c->t, c->parent, NODE_TRACER, info->name, &c->at);
	n->seen = true;
	set_text(&n->text, info->blurb);
	set_text(&n->cost, info->cost);
	n->gives = info->gives;
	return 0;
}

static void load_group(struct tracers *t, struct node *g)
{
	struct backend *b = node_backend(t, g);
	struct list_ctx c = { .t = t, .parent = g };
	_cleanup_strbuf_ struct strbuf pattern = { 0 };

	if (!b)
		return;
	strbuf_fmt(&pattern, "%s:*", g->name);
	begin_list(g);
	b->ops->list(b, pattern.s, on_tracer, &c, NULL);
	end_list(t, g);
	g->loaded = true;
	for (size_t i = 0; i < g->count; i++)
		tree_status(t, g->children[i]);
}

static int on_group(const struct tracer_group *info, void *data)
{
	struct list_ctx *c = data;
	struct node *n = need_child(c->t, c->parent, NODE_GROUP, info->name, &c->at);

	n->seen = true;
	if (!n->text)
		set_text(&n->text, info->blurb);
	if (!n->loaded || info->count)
		n->total = info->count;
	n->on = info->on;
	n->failed = info->failed;
	set_text(&n->note, info->note);
	return 0;
}

/* Of a backend without groups: the groups of its tracers. */
static int on_tracer_group(const struct tracer_info *info, void *data)
{
	struct list_ctx *c = data;
	struct tracer_group g = { .name = info->group };

	if (c->parent->count && !strcmp(c->parent->children[c->parent->count - 1]->name, g.name))
		c->parent->children[c->parent->count - 1]->seen = true;
	else
		on_group(&g, c);
	return 0;
}

static void load_groups(struct tracers *t, struct node *n, bool anew)
{
	struct backend *b = node_backend(t, n);
	struct list_ctx c = { .t = t, .parent = n };
	bool first = !n->loaded;

	if (!b)
		return;
	begin_list(n);
	if (b->ops->groups)
		b->ops->groups(b, anew, on_group, &c, NULL);
	else
		b->ops->list(b, NULL, on_tracer_group, &c, NULL);
	end_list(t, n);
	n->loaded = true;
	if (!first || b->ops->caps & BACKEND_LIVE || n->count > UNFOLD_FEW)
		return;
	for (size_t i = 0; i < n->count; i++) {
		load_group(t, n->children[i]);
		n->children[i]->unfolded = true;
	}
}

static int on_other(const struct other_info *info, void *data)
{
	struct list_ctx *c = data;
	struct node *n = need_child(c->t, c->parent, NODE_OTHER, info->name, &c->at);

	n->seen = true;
	n->state = info->on ? TRACER_ON : TRACER_OFF;
	set_text(&n->label, info->label);
	set_text(&n->text, info->facts);
	set_text(&n->cost, info->owner);
	return 0;
}

static void load_others(struct tracers *t, struct node *n)
{
	struct backend *b = node_backend(t, n);
	struct list_ctx c = { .t = t, .parent = n };

	if (!b || !b->ops->others)
		return;
	begin_list(n);
	b->ops->others(b, on_other, &c, NULL);
	end_list(t, n);
	n->loaded = true;
	t->others_at = ui_now(t->ui);
}

void tree_load(struct tracers *t, struct node *n, bool anew)
{
	if (n->loaded && !anew)
		return;
	if (n->kind == NODE_BACKEND)
		load_groups(t, n, anew);
	else if (n->kind == NODE_GROUP)
		load_group(t, n);
	else if (n->kind == NODE_OTHERS)
		load_others(t, n);
	tree_count(&t->root);
}

/* All names of the kernel cost 2 ms. */
void tree_load_all(struct tracers *t, struct node *n)
{
	if (n->kind == NODE_OTHERS)
		return;
	if (node_has_children(n) && !n->loaded)
		tree_load(t, n, false);
	for (size_t i = 0; i < n->count; i++)
		tree_load_all(t, n->children[i]);
}

/* ---- backends ---- */

static struct node *find_child(const struct node *n, enum node_kind kind, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->children[i]->kind == kind && !strcmp(n->children[i]->name, name))
			return n->children[i];
	return NULL;
}

static void add_backend(struct tracers *t, const struct backend_ops *ops)
{
	struct node *n = add_child(t, &t->root, NODE_BACKEND, ops->name), *o;
	char folded[64];

	snprintf(folded, sizeof(folded), "-%s", ops->name);
	set_text(&n->text, ops->blurb);
	n->unfolded = !in_list(t->want_unfolded, folded);
	load_groups(t, n, false);
	for (size_t i = 0; i < n->count; i++)
		if (n->children[i]->unfolded)
			tree_load(t, n->children[i], false);
	if (!ops->others)
		return;
	o = add_child(t, &t->root, NODE_OTHERS, "instances");
	set_text(&o->text, ops->name);
	if (o->unfolded)
		load_others(t, o);
}

static bool add_missing(struct tracers *t)
{
	const char *name, *why;
	bool found = false;

	for (unsigned i = 0; (why = ui_unavailable(t->ui, i, &name)); i++) {
		struct node *n;

		if (find_child(&t->root, NODE_MISSING, name))
			continue;
		n = add_child(t, &t->root, NODE_MISSING, name);
		n->unfolded = true;
		set_text(&n->text, why);
		found = true;
	}
	return found;
}

static int has_tracers(const struct tracer_group *g, void *data)
{
	*(bool *)data |= g->count > 0;
	return 0;
}

/* What is made of a recording's rows is shown when something can be. */
static bool is_shown(struct tracers *t, const struct backend_ops *ops)
{
	struct backend *b = deck_backend(ui_deck(t->ui), ops->name);
	bool any = false;

	if (!b || !(ops->caps & BACKEND_DERIVES) || !ui_playing(t->ui)->recording)
		return b != NULL;
	b->ops->groups(b, false, has_tracers, &any, NULL);
	return any;
}

bool tree_backends(struct tracers *t)
{
	bool found = add_missing(t);

	for (size_t i = 0; backends[i]; i++) {
		if (find_child(&t->root, NODE_BACKEND, backends[i]->name) ||
		    !is_shown(t, backends[i]))
			continue;
		add_backend(t, backends[i]);
		found = true;
	}
	if (found) {
		t->stale = true;
		t->sampled = 0;
		tree_count(&t->root);
	}
	return found;
}

void tree_done(struct tracers *t)
{
	node_free(&t->root);
	t->root = (struct node) { 0 };
	free(t->by_index);
	t->by_index = NULL;
}

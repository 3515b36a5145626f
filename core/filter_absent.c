/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_absent: a field that no event has, and what was probably meant.
 *
 * For filters and for specs of groups, which name fields in the same words.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/filter_tree.h"
#include "core/util.h"

void filter_guess_add(struct filter_guess *g, const char *name)
{
	if (g->count == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 256;
		g->v = xrealloc(g->v, g->cap, sizeof(*g->v));
	}
	g->v[g->count++] = name;
}

static const char *name_at(size_t i, void *data)
{
	return ((struct filter_guess *)data)->v[i];
}

const char *filter_guess_nearest(struct filter_guess *g, const char *word)
{
	return util_nearest(word, name_at, g->count, g);
}

void filter_guess_done(struct filter_guess *g)
{
	free(g->v);
	*g = (struct filter_guess) { 0 };
}

void filter_each_schema(const struct schema_set *set,
			void (*fn)(const struct schema *s, void *data), void *data)
{
	for (size_t i = 0; i <= SCHEMA_ID_MAX; i++)
		for (const struct schema *s = set->by_id[i]; s; s = s->older)
			if (s->role != ROLE_TASK)
				fn(s, data);
}

struct look {
	const struct filter_operand *operand;
	struct filter_guess names;
};

static void add_fields(const struct schema *s, void *data)
{
	struct look *l = data;

	if (!filter_operand_meant(l->operand, s))
		return;
	schema_for_each_field (s, f)
		filter_guess_add(&l->names, f->name);
}

static void add_event(const struct schema *s, void *data)
{
	filter_guess_add(&((struct look *)data)->names, s->name);
}

int filter_absent(const struct filter_absent *a, const struct filter_operand *o, struct err *e)
{
	struct look l = { .operand = o };
	const char *word = o->name, *what = "field", *near;
	bool in_event;

	for (size_t i = 0; i < a->count; i++)
		filter_each_schema(a->sets[i], add_fields, &l);
	if (o->event && !l.names.count) {
		/* Not even the event is there. */
		word = o->event;
		what = "event";
		for (size_t i = 0; i < a->count; i++)
			filter_each_schema(a->sets[i], add_event, &l);
	} else if (!o->event && a->others) {
		a->others(&l.names);
	}
	in_event = word == o->name && o->event;
	near = filter_guess_nearest(&l.names, word);
	err_caret(e, a->text, (int)o->column, "%s: no %s '%.64s'%s%.64s%s%.64s%s", a->topic, what,
		  word, in_event ? " in event " : "", in_event ? o->event : "",
		  near ? "; nearest is '" : "", near ? near : "", near ? "'" : "");
	filter_guess_done(&l.names);
	if (e)
		e->code = -ENOENT;
	return -ENOENT;
}

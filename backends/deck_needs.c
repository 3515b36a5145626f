/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck_needs: one tracer on or off, with those that it cannot do without.
 *
 * What is on for others is counted: it goes off with the last of them, unless the user had it on
 * himself or switched it on meanwhile. What the user switches off while it is needed goes on for
 * the others alone, and off with them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/deck_private.h"
#include "backends/pair.h"
#include "core/arena.h"
#include "core/pair_spec.h"

static struct need *find(const struct deck *d, const char *group, const char *name)
{
	for (size_t i = 0; i < d->need_count; i++)
		if (!strcmp(d->needs[i].group, group) && !strcmp(d->needs[i].name, name))
			return &d->needs[i];
	return NULL;
}

static void forget(struct deck *d, struct need *n)
{
	free(n->group);
	free(n->name);
	*n = d->needs[--d->need_count];
}

void deck_needs_done(struct deck *d)
{
	while (d->need_count)
		forget(d, &d->needs[0]);
	free(d->needs);
	d->needs = NULL;
}

bool deck_needed(const struct deck *d, const char *group, const char *name)
{
	const struct need *n = find(d, group, name);

	return n && !n->wanted;
}

void deck_each_needed(const struct deck *d,
		      void (*fn)(const char *group, const char *name, bool only_so, void *data),
		      void *data)
{
	for (size_t i = 0; i < d->need_count; i++)
		fn(d->needs[i].group, d->needs[i].name, !d->needs[i].wanted, data);
}

bool deck_needs_group(const struct deck *d, const char *group)
{
	for (size_t i = 0; i < d->need_count; i++)
		if (!strcmp(group, "*") || !strcmp(d->needs[i].group, group))
			return true;
	return false;
}

/* A capture's question: of what others need nothing may be kept out. */
static bool is_whole(void *data, const char *group, const char *name)
{
	return find(data, group, name) != NULL;
}

void deck_needs_capture(struct deck *d, struct capture *c)
{
	c->whole = is_whole;
	c->whole_data = d;
}

int deck_pair_add(struct deck *d, const char *line, struct err *e)
{
	struct backend *b = deck_backend(d, PAIR_SYSTEM);

	return b ? pair_define(b, line, e)
		 : err_set(e, -ENOTSUP, "pairs need something open that they are made of");
}

/* Whose tracer it is; NULL: nobody's. */
static struct backend *owner(struct deck *d, const char *group, const char *name,
			     struct tracer_status *ret)
{
	for (unsigned i = 0; i < d->count; i++) {
		struct backend *b = &d->open[i];

		if (!b->ops->needs && b->ops->enable && b->ops->status(b, group, name, ret) >= 0)
			return b;
	}
	return NULL;
}

int deck_schema_of(void *deck, const char *group, const char *name, const struct schema **ret,
		   struct err *e)
{
	struct deck *d = deck;

	for (unsigned i = 0; i < d->count; i++) {
		struct backend *b = &d->open[i];

		if (!b->ops->needs && b->ops->schema &&
		    b->ops->schema(b, group, name, ret, NULL) >= 0)
			return 0;
	}
	return err_set(e, -ENOENT, "there is no event %s:%s", group, name);
}

bool deck_has_on(void *deck, const char *group, const char *name)
{
	struct tracer_status status;

	return owner(deck, group, name, &status) && status.state == TRACER_ON;
}

/* ---- what is needed ---- */

struct visit {
	struct deck *deck;
	struct err first; /* of those that could not be switched on */
	bool changed;	  /* of what is on already more, or less, may be kept out */
};

static int need_one(const struct tracer_info *t, void *data)
{
	struct visit *v = data;
	struct deck *d = v->deck;
	struct need *n = find(d, t->group, t->name);
	struct tracer_status status;
	struct err e = ERR_INIT;
	struct backend *b;

	if (n) {
		n->count++;
		return 0;
	}
	b = owner(d, t->group, t->name, &status);
	/* What a recording holds is there, whoever wants it. */
	if (!b || !(b->ops->caps & BACKEND_LIVE))
		return 0;
	/* First, so that the capture filter lets it alone from the beginning. */
	d->needs = xrealloc(d->needs, d->need_count + 1, sizeof(*d->needs));
	n = &d->needs[d->need_count++];
	*n = (struct need) { .group = xstrdup(t->group),
			     .name = xstrdup(t->name),
			     .count = 1,
			     .wanted = status.state == TRACER_ON };
	if (!n->wanted && b->ops->enable(b, t->group, t->name, true, &e) < 0) {
		if (!v->first.code)
			v->first = e;
		forget(d, n);
		return 0;
	}
	v->changed |= n->wanted;
	return 0;
}

static int release_one(const struct tracer_info *t, void *data)
{
	struct visit *v = data;
	struct need *n = find(v->deck, t->group, t->name);
	struct tracer_status status;
	struct backend *b;

	if (!n || --n->count)
		return 0;
	b = n->wanted ? NULL : owner(v->deck, t->group, t->name, &status);
	if (b) {
		b->ops->enable(b, t->group, t->name, false, NULL);
		deck_calls_missed(v->deck);
	}
	forget(v->deck, n);
	v->changed = true;
	return 0;
}

/* What may be kept out is another now. */
static int capture_anew(struct deck *d, const struct visit *v, struct err *e)
{
	struct capture c = d->capture;

	return v->changed && d->captures ? deck_capture(d, &c, NULL, e) : 0;
}

static int switch_needing(struct deck *d, struct backend *b, const struct tracer_info *t, bool on,
			  struct err *e)
{
	struct visit v = { .deck = d, .first = ERR_INIT };
	struct tracer_status was = { 0 };
	int rc;

	rc = b->ops->status(b, t->group, t->name, &was);
	if (rc < 0 || on == (was.state == TRACER_ON))
		return b->ops->enable(b, t->group, t->name, on, e);
	if (!on) {
		rc = b->ops->enable(b, t->group, t->name, false, e);
		b->ops->needs(b, t->group, t->name, release_one, &v);
		capture_anew(d, &v, NULL);
		return rc;
	}
	b->ops->needs(b, t->group, t->name, need_one, &v);
	rc = capture_anew(d, &v, e);
	if (rc >= 0)
		rc = b->ops->enable(b, t->group, t->name, true, e);
	if (rc >= 0)
		return rc;
	if (v.first.code && e)
		*e = v.first; /* what is needed could not be had: that is the reason */
	b->ops->needs(b, t->group, t->name, release_one, &v);
	return rc;
}

/* ---- one tracer ---- */

int deck_switch(struct deck *d, struct backend *b, const char *group, const char *name, bool on,
		struct err *e)
{
	struct tracer_info t = { .group = group, .name = name };
	struct need *n = find(d, group, name);

	if (!on)
		deck_calls_missed(d);
	if (b->ops->needs)
		return switch_needing(d, b, &t, on, e);
	if (n && !b->ops->needs) {
		n->wanted = on; /* it is on, and stays so for those that need it */
		return 0;
	}
	return b->ops->enable(b, group, name, on, e);
}

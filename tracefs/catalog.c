/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalog: patterns to names, names and ids to schemas.
 *
 * The schemas belong to the set it was given. What is not found is looked for once more in lists
 * that are read anew, before it is said to be missing. Nothing here writes.
 */
#include "tracefs/catalog.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/identity.h"
#include "core/util.h"
#include "tracefs/catalog_names.h"
#include "tracefs/dir.h"

#define BUILTIN "ftrace"

/* Where an id is: positions hold as long as the generation does. */
struct place {
	uint16_t system; /* counted from 1; 0: no such id */
	uint16_t event;
};

struct catalog {
	struct names names;
	struct schema_set *set;
	unsigned visiting;   /* depth of catalog_each: lists must stand still */
	struct place *by_id; /* SCHEMA_ID_MAX + 1, NULL until an id is asked for */
	unsigned by_id_generation;
};

int catalog_open(struct catalog **ret, const char *tracefs, struct schema_set *set, struct err *e)
{
	struct catalog *c = xcalloc(1, sizeof(*c));
	int r;

	c->names.tracefs = xstrdup(tracefs);
	c->set = set;
	r = names_load(&c->names, e);
	if (r) {
		catalog_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void catalog_close(struct catalog *c)
{
	if (!c)
		return;
	names_done(&c->names);
	free(c->by_id);
	free(c);
}

/* Reads the lists anew, unless somebody walks over them. */
static bool look_again(struct catalog *c)
{
	return !c->visiting && !names_load(&c->names, NULL);
}

/* ---- patterns ---- */

struct pattern {
	char *system; /* globs; the caller frees this one */
	const char *event;
	bool builtin; /* ftrace was named */
};

static void pattern_parse(const struct catalog *c, const char *text, struct pattern *p)
{
	char *colon;

	if (!text || !text[0])
		text = "*";
	p->system = xstrdup(text);
	colon = strchr(p->system, ':');
	if (colon) {
		*colon = '\0';
		p->event = colon[1] ? colon + 1 : "*";
	} else if (names_system(&c->names, text)) {
		p->event = "*";
	} else {
		free(p->system);
		p->system = xstrdup("*");
		p->event = text;
	}
	p->builtin = !strcmp(p->system, BUILTIN);
}

typedef int (*visit_fn)(const char *system, const char *event, void *data);

static int visit_events(struct system *s, const char *glob, visit_fn visit, void *data)
{
	int count = 0;

	for (size_t i = 0; i < s->count; i++) {
		int r;

		if (fnmatch(glob, s->events[i].name, 0))
			continue;
		r = visit(s->name, s->events[i].name, data);
		if (r < 0)
			return r;
		count++;
	}
	return count;
}

static int visit_systems(struct catalog *c, const struct pattern *p, visit_fn visit, void *data,
			 struct err *e)
{
	int count = 0;

	for (size_t i = 0; i < c->names.count; i++) {
		struct system *s = c->names.systems[i];
		int r;

		if (fnmatch(p->system, s->name, 0) || (!p->builtin && !strcmp(s->name, BUILTIN)))
			continue;
		r = names_events(&c->names, s, e);
		if (r == -ENOENT) /* went away since its name was read */
			continue;
		if (!r)
			r = visit_events(s, p->event, visit, data);
		if (r < 0)
			return r;
		count += r;
	}
	return count;
}

int catalog_each(struct catalog *c, const char *pattern,
		 int (*visit)(const char *system, const char *event, void *data), void *data,
		 struct err *e)
{
	int count = 0;

	for (int again = 0; again < 2; again++) {
		struct pattern p = { 0 };

		pattern_parse(c, pattern, &p);
		c->visiting++;
		count = visit_systems(c, &p, visit, data, e);
		c->visiting--;
		free(p.system);
		/* A module or a probe may have come since. */
		if (count || again || !look_again(c))
			break;
	}
	return count;
}

int catalog_systems(struct catalog *c, bool anew,
		    int (*visit)(const char *system, size_t count, void *data), void *data,
		    struct err *e)
{
	int count = 0, r = 0;

	if (anew && !c->visiting)
		r = names_load(&c->names, e);
	c->visiting++;
	for (size_t i = 0; r >= 0 && i < c->names.count; i++) {
		const struct system *s = c->names.systems[i];

		if (!strcmp(s->name, BUILTIN))
			continue;
		r = visit(s->name, s->loaded ? s->count : 0, data);
		count++;
	}
	c->visiting--;
	return r < 0 ? r : count;
}

/* ---- schemas ---- */

static struct event *look_up(struct catalog *c, const char *system, const char *event)
{
	struct system *s = names_system(&c->names, system);

	if (!s || names_events(&c->names, s, NULL))
		return NULL;
	return names_event(s, event);
}

/* Reads and parses a format, and gives it to the set. */
static int load_schema(struct catalog *c, const char *system, struct event *ev, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct schema *s = NULL;
	int r;

	r = tracefs_read(c->names.tracefs, &text, e, "events/%s/%s/format", system, ev->name);
	if (r)
		return r;
	r = schema_parse(system, strbuf_cstr(&text), text.len, c->set->machine, &s, e);
	if (r) {
		err_ctx(e, "%s:%s", system, ev->name);
		return r;
	}
	s = schema_set_add(c->set, s);
	s->role = (uint8_t)identity_role(s);
	ev->schema = s;
	return 0;
}

int catalog_schema(struct catalog *c, const char *system, const char *event,
		   const struct schema **ret, struct err *e)
{
	struct event *ev = look_up(c, system, event);
	int r;

	if (!ev && look_again(c))
		ev = look_up(c, system, event);
	if (!ev)
		return err_set(e, -ENOENT, "there is no event %.64s:%.64s", system, event);
	if (!ev->schema) {
		r = load_schema(c, system, ev, e);
		if (r)
			return r;
	}
	*ret = ev->schema;
	return 0;
}

/* The ids of a system's events into the table; what cannot be read is left out. */
static void learn_ids(struct catalog *c, size_t at)
{
	struct system *s = c->names.systems[at];

	for (size_t i = 0; i < s->count && i < UINT16_MAX; i++) {
		uint64_t id;

		if (tracefs_read_u64(c->names.tracefs, &id, NULL, "events/%s/%s/id", s->name,
				     s->events[i].name) ||
		    id > SCHEMA_ID_MAX)
			continue;
		c->by_id[id] = (struct place) { (uint16_t)(at + 1), (uint16_t)i };
	}
}

/* One walk over all id files: 2,300 reads, done when the first unknown id turns up. */
static void index_ids(struct catalog *c)
{
	if (c->by_id && c->by_id_generation == c->names.generation)
		return;
	if (!c->by_id)
		c->by_id = xcalloc(SCHEMA_ID_MAX + 1, sizeof(*c->by_id));
	else
		memset(c->by_id, 0, (SCHEMA_ID_MAX + 1) * sizeof(*c->by_id));
	for (size_t i = 0; i < c->names.count && i < UINT16_MAX; i++) {
		if (!names_events(&c->names, c->names.systems[i], NULL))
			learn_ids(c, i);
	}
	c->by_id_generation = c->names.generation;
}

const struct schema *catalog_by_id(struct catalog *c, unsigned id)
{
	const struct schema *known;
	struct system *s;
	struct event *ev;

	if (id > SCHEMA_ID_MAX)
		return NULL;
	known = schema_set_get(c->set, id, UINT32_MAX);
	if (known)
		return known;
	index_ids(c);
	if (!c->by_id[id].system)
		return NULL;
	s = c->names.systems[c->by_id[id].system - 1];
	ev = &s->events[c->by_id[id].event];
	/* Parsed once: an id that is still unknown then has moved on to another event. */
	if (!ev->schema && load_schema(c, s->name, ev, NULL)) {
		c->by_id[id].system = 0;
		return NULL;
	}
	return ev->schema->id == id ? ev->schema : NULL;
}

int catalog_builtin(struct catalog *c, struct err *e)
{
	struct system *s = names_system(&c->names, BUILTIN);
	size_t good = 0;
	int r;

	if (!s)
		return err_set(e, -ENOENT, "%s/events/%s is missing", c->names.tracefs, BUILTIN);
	r = names_events(&c->names, s, e);
	if (r)
		return r;
	/* One that we cannot read costs the text of its rows, not the session. */
	for (size_t i = 0; i < s->count; i++) {
		if (s->events[i].schema || !load_schema(c, s->name, &s->events[i], e))
			good++;
	}
	if (s->count && !good)
		return e && e->code ? e->code : -EINVAL;
	err_clear(e);
	return 0;
}

/* ---- what was perhaps meant ---- */

struct candidates {
	char **v;
	size_t count, cap;
};

static void candidate(struct candidates *l, const char *system, const char *event)
{
	char *name;

	if (asprintf(&name, "%s%s%s", system, system[0] && event[0] ? ":" : "", event) < 0)
		return;
	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->count++] = name;
}

static const char *candidate_name(size_t i, void *data)
{
	return ((struct candidates *)data)->v[i];
}

static int add_full(const char *system, const char *event, void *data)
{
	candidate(data, system, event);
	return 0;
}

static int add_event(const char *system, const char *event, void *data)
{
	candidate(data, "", event);
	return 0;
}

void catalog_nearest(struct catalog *c, const char *pattern, char **ret)
{
	struct candidates l = { 0 };
	const char *colon = strchr(pattern, ':'), *found;
	char system[128];

	*ret = NULL;
	snprintf(system, sizeof(system), "%.*s", (int)(colon ? colon - pattern : 0), pattern);
	if (colon && names_system(&c->names, system)) {
		/* The system is right: look in it alone. */
		catalog_each(c, system, add_full, &l, NULL);
	} else if (colon) {
		catalog_each(c, NULL, add_full, &l, NULL);
	} else {
		for (size_t i = 0; i < c->names.count; i++)
			candidate(&l, c->names.systems[i]->name, "");
		catalog_each(c, NULL, add_event, &l, NULL);
	}
	found = util_nearest(pattern, candidate_name, l.count, &l);
	if (found)
		*ret = xstrdup(found);
	for (size_t i = 0; i < l.count; i++)
		free(l.v[i]);
	free(l.v);
}

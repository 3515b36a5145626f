/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck_options: options of tracers, as a line says them: [GROUP:]NAME.OPTION=VALUE.
 *
 * Whatever backend has the tracer takes the value and knows what is wrong with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/deck_private.h"
#include "core/arena.h"
#include "core/cleanup.h"

#define GROUP_MEANT "bpf" /* where none is said: nobody else has options */

void deck_setting_done(struct deck_setting *s)
{
	free(s->group);
	free(s->name);
	free(s->option);
	free(s->value);
	*s = (struct deck_setting) { 0 };
}

int deck_setting_parse(const char *line, struct deck_setting *ret, struct err *e)
{
	const char *equal = strchr(line, '='), *dot, *colon;
	size_t head = equal ? (size_t)(equal - line) : strlen(line);

	*ret = (struct deck_setting) { 0 };
	dot = memrchr(line, '.', head);
	colon = memchr(line, ':', head);
	if (!equal || !dot || dot == line || dot + 1 == equal || (colon && colon + 1 >= dot))
		return err_set(e, -EINVAL,
			       "'%s' is no TRACER.OPTION=VALUE, such as bpf:runqlat.least=5ms",
			       line);
	if (memchr(line, '*', head) || memchr(line, '?', head) || memchr(line, '[', head))
		return err_set(e, -EINVAL, "'%s': name one tracer, not a pattern", line);
	ret->group = colon ? xstrndup(line, (size_t)(colon - line)) : xstrdup(GROUP_MEANT);
	colon = colon ? colon + 1 : line;
	ret->name = xstrndup(colon, (size_t)(dot - colon));
	ret->option = xstrndup(dot + 1, (size_t)(equal - dot - 1));
	ret->value = xstrdup(equal + 1);
	return 0;
}

static int count_one(const struct tracer_info *t, void *data)
{
	(void)t;
	++*(unsigned *)data;
	return 0;
}

static int set_one(struct deck *d, const struct deck_setting *s, const char *tracer, struct err *e)
{
	const char *setting[2] = { s->option, s->value };

	for (unsigned i = 0; i < d->count; i++) {
		struct backend *b = &d->open[i];
		unsigned count = 0;

		if (!b->ops->list || b->ops->list(b, tracer, count_one, &count, NULL) < 0 || !count)
			continue;
		if (!b->ops->set_option)
			return err_set(e, -ENOTSUP, "%s has no options", tracer);
		return b->ops->set_option(b, s->group, s->name, setting, e);
	}
	return deck_match(d, tracer, e);
}

int deck_set(struct deck *d, const char *line, struct err *e)
{
	_cleanup_strbuf_ struct strbuf tracer = { 0 };
	struct deck_setting s;
	int rc = deck_setting_parse(line, &s, e);

	if (rc < 0)
		return rc;
	strbuf_fmt(&tracer, "%s:%s", s.group, s.name);
	rc = set_one(d, &s, tracer.s, e);
	deck_setting_done(&s);
	return rc;
}

/* ---- objects that were brought along ---- */

struct brought {
	const char *const *objects;
	struct strbuf *names;
};

static int add_brought(const struct tracer_info *t, void *data)
{
	const struct brought *b = data;

	for (size_t i = 0; t->object && b->objects[i]; i++) {
		if (strcmp(t->object, b->objects[i]) != 0)
			continue;
		strbuf_fmt(b->names, "%s:%s", t->group, t->name);
		strbuf_add(b->names, "", 1);
		return 0;
	}
	return 0;
}

void deck_brought(struct deck *d, const char *const *objects, struct strbuf *names)
{
	struct brought b = { objects, names };

	for (unsigned i = 0; objects && i < d->count; i++)
		if (d->open[i].ops->list && d->open[i].ops->set_option)
			d->open[i].ops->list(&d->open[i], NULL, add_brought, &b, NULL);
}

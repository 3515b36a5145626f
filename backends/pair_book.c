/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_book: reading what is built in with the parser of what users write.
 */
#include "backends/pair_book.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"

/* backends/pairs.conf, put here by the build. */
extern const char pair_builtin[];
extern const size_t pair_builtin_size;

struct reading {
	struct pair_book *book;
	const struct conf *conf;
	bool builtin;
	struct err *e;
	int rc;
};

void pair_book_add(struct pair_book *b, struct pair_spec *s)
{
	b->v = xrealloc(b->v, b->count + 1, sizeof(struct pair_spec *));
	b->v[b->count++] = s;
}

static void read_one(const char *name, void *data)
{
	struct reading *r = data;
	struct pair_spec *s = NULL;

	if (r->rc < 0 || (r->builtin && pair_book_find(r->book, name)))
		return;
	r->rc = pair_spec_read(r->conf, name, &s, r->e);
	if (r->rc < 0)
		return;
	if (r->builtin) {
		free(s->place);
		s->place = xstrdup("built in");
	}
	pair_book_add(r->book, s);
}

/* [pair] alone defines nothing: that would never be noticed. */
static int check_names(const struct conf *c, struct err *e)
{
	static const char *const keys[] = { "start",  "end",  "key",   "who",
					    "fields", "keep", "blurb", "missing" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (conf_get(c, PAIR_SYSTEM, keys[i])) {
			err_set(e, -EINVAL, "a pair has a name: [pair NAME]");
			conf_complain(c, PAIR_SYSTEM, NULL, e);
			return -EINVAL;
		}
	return 0;
}

int pair_book_check(const struct conf *c, struct err *e)
{
	struct pair_book b = { 0 };
	struct reading r = { .book = &b, .conf = c, .e = e };

	r.rc = check_names(c, e);
	conf_each_section(c, PAIR_SYSTEM, read_one, &r);
	pair_book_close(&b);
	return MIN(r.rc, 0);
}

int pair_book_open(struct pair_book *b, const struct conf *c, struct err *e)
{
	struct reading r = { .book = b, .conf = c, .e = e };
	struct conf *builtin = conf_new();

	*b = (struct pair_book) { 0 };
	if (c)
		conf_each_section(c, PAIR_SYSTEM, read_one, &r);
	if (r.rc >= 0)
		r.rc = conf_parse(builtin, "(built in) pairs.conf", pair_builtin, pair_builtin_size,
				  e);
	r.conf = builtin;
	r.builtin = true;
	if (r.rc >= 0)
		conf_each_section(builtin, PAIR_SYSTEM, read_one, &r);
	conf_free(builtin);
	if (r.rc < 0)
		pair_book_close(b);
	return r.rc < 0 ? r.rc : 0;
}

void pair_book_close(struct pair_book *b)
{
	for (size_t i = 0; i < b->count; i++)
		pair_spec_free(b->v[i]);
	free(b->v);
	*b = (struct pair_book) { 0 };
}

struct pair_spec *pair_book_find(const struct pair_book *b, const char *name)
{
	for (size_t i = b->count; i-- > 0;)
		if (!strcmp(b->v[i]->name, name))
			return b->v[i];
	return NULL;
}

bool pair_book_named(const char *pattern)
{
	size_t len = strlen(PAIR_SYSTEM);

	return !pattern ||
	       (!strncmp(pattern, PAIR_SYSTEM, len) && (!pattern[len] || pattern[len] == ':'));
}

bool pair_book_names_one(const char *pattern)
{
	const char *colon = pattern ? strchr(pattern, ':') : NULL;

	return colon && !strpbrk(colon, "*?[");
}

bool pair_book_matches(const struct pair_spec *s, const char *pattern)
{
	const char *colon = pattern ? strchr(pattern, ':') : NULL;

	/* What nobody can have is no part of a whole. */
	if (s->missing && pattern && !pair_book_names_one(pattern))
		return false;
	return !colon || !fnmatch(colon + 1, s->name, 0);
}

int pair_book_say(struct conf *c, const char *line, struct err *e)
{
	struct pair_spec *s = NULL;
	int rc = pair_spec_parse(line, &s, e);

	if (rc < 0)
		return rc;
	pair_spec_say(s, c);
	pair_spec_free(s);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manifest: what an object says of itself in lines KEY = VALUE.
 *
 * Lines of a section end in a newline or a NUL: each string of a program is one of its own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/manifest.h"
#include "core/util.h"

#define LINES_MAX 1024
#define VALUE_MAX 16384

enum about { ABOUT_NOTHING, ABOUT_DOT /* key.about */, ABOUT_MAP /* = about: value */ };

static const struct {
	const char *name;
	enum about about;
} keys[] = {
	{ "blurb", ABOUT_NOTHING },  { "cost", ABOUT_NOTHING },	     { "event", ABOUT_MAP },
	{ "time", ABOUT_NOTHING },   { "cpu", ABOUT_NOTHING },	     { "tid", ABOUT_NOTHING },
	{ "pid", ABOUT_NOTHING },    { "comm", ABOUT_NOTHING },	     { "uid", ABOUT_NOTHING },
	{ "cgroup", ABOUT_NOTHING }, { "hide", ABOUT_NOTHING },	     { "print", ABOUT_NOTHING },
	{ "type", ABOUT_DOT },	     { "title", ABOUT_DOT },	     { "option", ABOUT_DOT },
	{ "either", ABOUT_NOTHING }, { "maybe", ABOUT_NOTHING },     { "table", ABOUT_NOTHING },
	{ "count", ABOUT_NOTHING },  { "histogram", ABOUT_NOTHING }, { "sample", ABOUT_NOTHING },
	{ "lost", ABOUT_NOTHING },   { "target", ABOUT_NOTHING },
};

struct reader {
	const char *name;
	unsigned line;
	struct manifest *m;
	size_t cap;
	struct err *e;
};

static int refuse(const struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse(const struct reader *r, const char *fmt, ...)
{
	va_list ap;
	char *why = NULL;
	int ret;

	va_start(ap, fmt);
	if (vasprintf(&why, fmt, ap) < 0)
		why = NULL;
	va_end(ap);
	ret = err_set(r->e, -EINVAL, "%s:%u: %s", r->name, r->line, why ? why : fmt);
	free(why);
	return ret;
}

static void trim(const char **p, size_t *n)
{
	while (*n && isspace((unsigned char)(*p)[0])) {
		(*p)++;
		(*n)--;
	}
	while (*n && isspace((unsigned char)(*p)[*n - 1]))
		(*n)--;
}

/* Where a comment begins: # at the beginning or behind a blank, in no quotes. */
static size_t without_comment(const char *p, size_t n)
{
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\\' && quoted)
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (p[i] == '#' && !quoted && (!i || isspace((unsigned char)p[i - 1])))
			return i;
	}
	return n;
}

static const char *key_name(size_t i, void *data)
{
	return keys[i].name;
}

/* Splits "type.FIELD" and "MAP: struct X"; what is about nothing is about "". */
static int split(struct reader *r, struct manifest_line *l, enum about about)
{
	char *dot = strchr(l->key, '.'), *colon;

	l->about = "";
	if (about == ABOUT_DOT) {
		if (dot)
			*dot = '\0';
		if (!dot || !dot[1])
			return refuse(r, "%s: of which one? %s.NAME = ...", l->key, l->key);
		l->about = dot + 1;
	}
	colon = about == ABOUT_MAP ? strchr(l->value, ':') : NULL;
	if (colon) {
		const char *map = l->value, *type = colon + 1;
		size_t map_len = (size_t)(colon - map), type_len = strlen(type);

		trim(&map, &map_len);
		trim(&type, &type_len);
		if (!map_len || !type_len)
			return refuse(r, "%s: it is MAP: struct NAME, or struct NAME", l->key);
		l->about = arena_strndup(&r->m->arena, map, map_len);
		l->value = arena_strndup(&r->m->arena, type, type_len);
	}
	return 0;
}

static int check_key(struct reader *r, struct manifest_line *l)
{
	size_t len = strcspn(l->key, ".");
	const char *nearest;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == len && !strncmp(keys[i].name, l->key, len) &&
		    (keys[i].about == ABOUT_DOT || !l->key[len]))
			return split(r, l, keys[i].about);
	nearest = util_nearest(l->key, key_name, ARRAY_SIZE(keys), NULL);
	return nearest ? refuse(r, "unknown key '%.64s', nearest: %s", l->key, nearest)
		       : refuse(r, "unknown key '%.64s'", l->key);
}

static int add_line(struct reader *r, struct manifest_line *l)
{
	struct manifest *m = r->m;
	int ret = check_key(r, l);

	if (ret)
		return ret;
	if (manifest_get(m, l->key, l->about) && strcmp(l->key, "either") != 0)
		return refuse(r, "%s%s%s is said twice", l->key, *l->about ? " of " : "", l->about);
	if (m->count == LINES_MAX)
		return refuse(r, "more than %d lines", LINES_MAX);
	if (m->count == r->cap) {
		struct manifest_line *more;

		r->cap = r->cap ? r->cap * 2 : 16;
		more = arena_alloc(&m->arena, r->cap * sizeof(*more));
		if (m->count)
			memcpy(more, m->lines, m->count * sizeof(*more));
		m->lines = more;
	}
	m->lines[m->count++] = *l;
	return 0;
}

static bool is_printable(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)p[i]) && p[i] != '\t')
			return false;
	return true;
}

static int read_line(struct reader *r, const char *p, size_t n)
{
	struct manifest_line l = { .line = r->line };
	const char *equals, *value;
	size_t key_len, len;

	n = without_comment(p, n);
	trim(&p, &n);
	if (!n)
		return 0;
	if (!is_printable(p, n))
		return refuse(r, "a control character");
	equals = memchr(p, '=', n);
	if (!equals)
		return refuse(r, "no '=': a line is KEY = VALUE");
	key_len = (size_t)(equals - p);
	value = equals + 1;
	len = n - key_len - 1;
	trim(&p, &key_len);
	trim(&value, &len);
	if (!len)
		return refuse(r, "no value behind the '='");
	if (len > VALUE_MAX)
		return refuse(r, "a value of %zu bytes; %d are the most", len, VALUE_MAX);
	l.key = arena_strndup(&r->m->arena, p, key_len);
	l.value = arena_strndup(&r->m->arena, value, len);
	return add_line(r, &l);
}

int manifest_parse(const char *name, const char *text, size_t size, struct manifest *ret,
		   struct err *e)
{
	struct manifest m = { 0 };
	struct reader r = { .name = name, .m = &m, .e = e };
	size_t n;
	int err = 0;

	for (size_t at = 0; !err && at < size; at += n + 1) {
		for (n = 0; at + n < size && text[at + n] && text[at + n] != '\n'; n++)
			;
		r.line++;
		err = read_line(&r, text + at, n);
	}
	if (err) {
		manifest_done(&m);
		return err;
	}
	*ret = m;
	return 0;
}

void manifest_done(struct manifest *m)
{
	if (!m)
		return;
	arena_done(&m->arena);
	m->lines = NULL;
	m->count = 0;
}

const char *manifest_get(const struct manifest *m, const char *key, const char *about)
{
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->lines[i].key, key) && !strcmp(m->lines[i].about, about ? about : ""))
			return m->lines[i].value;
	return NULL;
}

static bool has_word(const char *p, const char *word)
{
	while (*p) {
		size_t n = strcspn(p, ","), len = n;
		const char *is = p;

		trim(&is, &len);
		if (len == strlen(word) && !memcmp(is, word, len))
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

bool manifest_lists(const struct manifest *m, const char *key, const char *word)
{
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->lines[i].key, key) && has_word(m->lines[i].value, word))
			return true;
	return false;
}

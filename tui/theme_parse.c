/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * theme_parse: the text of a *.theme file. Every complaint says path:line:column.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/util.h"
#include "tui/theme_private.h"

enum { ENTRIES = LOOK_COUNT + THEME_MARKS };

/* Looks by enum, then marks by bit. */
static const char *const entries[] = {
#define LOOK_NAME(id, name, letter, what) name,
	LOOK_LIST(LOOK_NAME)
#undef LOOK_NAME
	    "mark-cursor",
	"mark-cursor-dim",
	"mark-cell",
	"mark-hit",
	"mark-tag",
	/* for the nearest name only */
	"inherits",
};

_Static_assert(ARRAY_SIZE(entries) == ENTRIES + 1, "a name for every look and mark");

static const struct {
	const char *name;
	unsigned attr;
} attributes[] = {
	{ "bold", ATTR_BOLD },		 { "dim", ATTR_DIM },	      { "italic", ATTR_ITALIC },
	{ "underline", ATTR_UNDERLINE }, { "reverse", ATTR_REVERSE },
};

struct parse {
	const char *path;
	const char *line, *end; /* the present line without its end */
	unsigned number;	/* of it, from 1 */
	unsigned set[ENTRIES];	/* the line an entry was set in; 0: not */
	unsigned inherits;	/* the line that said so; 0: none */
	const struct theme_chain *chain;
	struct theme theme;
	struct err *err;
};

struct word {
	const char *s;
	size_t n;
};

/* Fails at p, a place in the present line. */
__attribute__((format(printf, 3, 4))) static int wrong(struct parse *ps, const char *p,
						       const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = err_vat(ps->err, ps->path, ps->number, (unsigned)(p - ps->line) + 1, fmt, ap);
	va_end(ap);
	return rc;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

/* The next word from *p on; false at the end of the line or at a comment. */
static bool next_word(const struct parse *ps, const char **p, struct word *ret)
{
	const char *s = skip_blanks(*p, ps->end), *q = s;

	while (q < ps->end && !is_blank(*q))
		q++;
	*p = q;
	*ret = (struct word) { .s = s, .n = (size_t)(q - s) };
	return ret->n && !(ret->n == 1 && *s == '#');
}

static bool word_is(const struct word *w, const char *name)
{
	return strlen(name) == w->n && !strncasecmp(w->s, name, w->n);
}

static unsigned find_attribute(const struct word *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (word_is(w, attributes[i].name))
			return attributes[i].attr;
	return 0;
}

static const char *attribute_name(size_t i, void *data)
{
	return attributes[i].name;
}

static const char *entry_name(size_t i, void *data)
{
	return entries[i];
}

static void copy_word(const struct word *w, char *to, size_t size)
{
	snprintf(to, size, "%.*s", (int)MIN(w->n, size), w->s);
}

static int unknown_attribute(struct parse *ps, const struct word *w)
{
	char word[64];
	const char *near;

	copy_word(w, word, sizeof(word));
	near = util_nearest(word, attribute_name, ARRAY_SIZE(attributes), NULL);
	if (near)
		return wrong(ps, w->s, "'%s' is no attribute; did you mean %s?", word, near);
	return wrong(ps, w->s,
		     "'%s' is no attribute: there are bold, dim, italic, underline, reverse", word);
}

/* FG BG ATTRIBUTES from p on; whatever is left out is the default or, in marks, kept. */
static int parse_style(struct parse *ps, const char *p, bool is_mark, struct theme_style *ret)
{
	int none = is_mark ? COLOR_KEEP : COLOR_DEFAULT;
	struct theme_style style = { .fg = { none, none, none }, .bg = { none, none, none } };
	struct theme_color *colors[] = { &style.fg, &style.bg };
	const char *begin = skip_blanks(p, ps->end);
	size_t color = 0, words = 0;
	struct word w;

	while (next_word(ps, &p, &w)) {
		unsigned attr = find_attribute(&w);
		struct err e = ERR_INIT;
		size_t bad = 0;

		words++;
		if (attr) {
			style.attrs |= attr;
			color = ARRAY_SIZE(colors);
			continue;
		}
		if (color == ARRAY_SIZE(colors))
			return unknown_attribute(ps, &w);
		if (theme_color_parse(w.s, w.n, is_mark, colors[color++], &bad, &e) < 0)
			return wrong(ps, w.s + bad, "%s", e.text);
	}
	if (!words)
		return wrong(ps, begin, "a style is missing: FOREGROUND BACKGROUND ATTRIBUTES");
	*ret = style;
	return 0;
}

static int parse_inherits(struct parse *ps, const char *p)
{
	const char *begin = skip_blanks(p, ps->end);
	char name[sizeof(ps->theme.name)];
	struct word w, more;
	int r;

	for (size_t i = 0; i < ENTRIES; i++)
		if (ps->set[i])
			return wrong(ps, ps->line, "inherits stands before the looks it changes");
	if (ps->inherits)
		return wrong(ps, ps->line, "inherits twice, first in line %u", ps->inherits);
	if (!next_word(ps, &p, &w))
		return wrong(ps, begin, "the name of a theme is missing");
	if (next_word(ps, &p, &more))
		return wrong(ps, more.s, "a theme inherits one other");
	copy_word(&w, name, sizeof(name));
	if (strlen(name) != w.n)
		return wrong(ps, w.s, "the name is too long");
	r = theme_load_chain(name, ps->chain, &ps->theme, ps->err);
	ps->inherits = ps->number;
	if (r == -ENOENT || r == -ELOOP) {
		err_ctx(ps->err, "%.300s:%u:%u", ps->path, ps->number,
			(unsigned)(w.s - ps->line) + 1);
		return -EINVAL; /* this file is there; what it asks for is wrong */
	}
	return r;
}

static int unknown_entry(struct parse *ps, const struct word *key)
{
	char word[64];
	const char *near;

	copy_word(key, word, sizeof(word));
	near = util_nearest(word, entry_name, ARRAY_SIZE(entries), NULL);
	if (near)
		return wrong(ps, key->s, "there is no look '%s'; did you mean %s?", word, near);
	return wrong(ps, key->s, "there is no look '%s'", word);
}

static int parse_entry(struct parse *ps, const struct word *key, const char *value)
{
	struct theme_style *to;
	size_t i = 0;

	while (i < ENTRIES && !word_is(key, entries[i]))
		i++;
	if (i == ENTRIES)
		return unknown_entry(ps, key);
	if (ps->set[i])
		return wrong(ps, key->s, "'%s' is set twice, first in line %u", entries[i],
			     ps->set[i]);
	ps->set[i] = ps->number;
	to = i < LOOK_COUNT ? &ps->theme.look[i] : &ps->theme.mark[i - LOOK_COUNT];
	return parse_style(ps, value, i >= LOOK_COUNT, to);
}

static int parse_line(struct parse *ps)
{
	const char *p = skip_blanks(ps->line, ps->end), *equals, *end;
	struct word key = { .s = p };

	for (const char *q = ps->line; q < ps->end; q++)
		if (((unsigned char)*q < ' ' && *q != '\t') || *q == 0x7f)
			return wrong(ps, q, "a control character (\\x%02x)", (unsigned char)*q);
	if (p == ps->end || *p == '#')
		return 0;
	equals = memchr(p, '=', (size_t)(ps->end - p));
	if (!equals)
		return wrong(ps, ps->end, "'=' is missing: a line is LOOK = STYLE");
	for (end = equals; end > p && is_blank(end[-1]); end--)
		;
	key.n = (size_t)(end - p);
	if (!key.n)
		return wrong(ps, p, "a look is missing before '='");
	if (word_is(&key, "inherits"))
		return parse_inherits(ps, equals + 1);
	return parse_entry(ps, &key, equals + 1);
}

/* A theme of its own says everything, so that none of it depends on what else is there. */
static int check_complete(struct parse *ps)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (!ps->set[i] && !ps->inherits)
			return wrong(ps, ps->line,
				     "'%s' is not set: set it, or begin with \"inherits = dark\"",
				     entries[i]);
	return 0;
}

/* NAME of "/some/where/NAME.theme". */
static void name_theme(struct theme *t, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t n = dot && !strcmp(dot, ".theme") ? (size_t)(dot - base) : strlen(base);

	snprintf(t->name, sizeof(t->name), "%.*s", (int)MIN(n, sizeof(t->name)), base);
}

int theme_parse_chain(const char *path, const char *text, size_t size,
		      const struct theme_chain *chain, struct theme *ret, struct err *e)
{
	struct parse ps = { .path = path, .chain = chain, .err = e, .number = 1 };
	const char *p = text, *end = text + size;
	int r = 0;

	ps.line = ps.end = text;
	for (unsigned number = 1; r == 0 && p < end; number++) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		ps.number = number;
		ps.line = p;
		ps.end = eol ? eol : end;
		p = eol ? eol + 1 : end;
		if (ps.end > ps.line && ps.end[-1] == '\r')
			ps.end--;
		r = parse_line(&ps);
	}
	if (r == 0)
		r = check_complete(&ps);
	if (r < 0)
		return r;
	name_theme(&ps.theme, path);
	*ret = ps.theme;
	return 0;
}

int theme_parse(const char *path, const char *text, size_t size, struct theme *ret, struct err *e)
{
	return theme_parse_chain(path, text, size, NULL, ret, e);
}

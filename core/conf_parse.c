/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_parse: the text of a configuration file into entries.
 *
 * Line by line; every complaint says path:line:column. Quotes keep comment signs and
 * spaces in. Where a value as a whole is one quoted string, quotes and escapes
 * are undone; elsewhere they stay, because they belong to what is quoted: a filter, a command.
 */
#include "core/conf_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/strbuf.h"
#include "core/util.h"

#define CONF_SIZE_MAX (1 << 20)

struct parse {
	struct conf *conf;
	const char *path;	/* in the conf's arena */
	const char *section;	/* in the conf's arena */
	const char *line, *end; /* the present line without its end */
	unsigned number;	/* of it, from 1 */
	struct conf_entry at;	/* key and place of the value being gathered */
	bool open;		/* there is one */
	struct strbuf value;
	struct err *err;
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

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* A comment begins at p: at the start of its line or behind white space. */
static bool is_comment(const struct parse *ps, const char *p)
{
	return p < ps->end && (*p == '#' || *p == ';') && (p == ps->line || is_space(p[-1]));
}

/* Steps over a quoted string that begins at p; NULL when it is not closed in its line. */
static const char *skip_quoted(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && end - p > 1)
			p++;
	}
	return NULL;
}

/* Finds where the text that begins at p ends: before a comment and the white space around. */
static int text_end(struct parse *ps, const char *p, const char **ret)
{
	const char *last = p;

	while (p < ps->end && !is_comment(ps, p)) {
		const char *next = p + 1;

		if (*p == '"') {
			next = skip_quoted(p, ps->end);
			if (!next)
				return wrong(ps, p, "the quote is not closed");
		}
		if (!is_space(*p))
			last = next;
		p = next;
	}
	*ret = last;
	return 0;
}

/* Whether a value is one quoted string from its first to its last byte. */
static bool is_quoted(const char *s, size_t len)
{
	return len >= 2 && s[0] == '"' && skip_quoted(s, s + len) == s + len;
}

/* Undoes quotes and escapes in place. -EINVAL with *bad on an escape that means nothing. */
static int unquote(struct strbuf *b, size_t *bad)
{
	char *to = b->s;

	for (size_t i = 1; i + 1 < b->len; i++) {
		char c = b->s[i];

		if (c == '\\') {
			switch (b->s[++i]) {
			case 'n':
				c = '\n';
				break;
			case 't':
				c = '\t';
				break;
			case '"':
			case '\\':
				c = b->s[i];
				break;
			default:
				*bad = i - 1;
				return -EINVAL;
			}
		}
		*to++ = c;
	}
	strbuf_cut(b, (size_t)(to - b->s));
	return 0;
}

/* Gives the gathered value to its entry; earlier files and nothing else are overridden. */
static int close_value(struct parse *ps)
{
	struct conf_entry *e;
	size_t bad = 0;

	if (!ps->open)
		return 0;
	ps->open = false;
	if (is_quoted(strbuf_cstr(&ps->value), ps->value.len) && unquote(&ps->value, &bad) < 0)
		return err_set(ps->err, -EINVAL,
			       "%.300s:%u:%u: unknown escape (there are \\n \\t \\\" and \\\\)",
			       ps->path, ps->at.value_line, ps->at.value_column + (unsigned)bad);
	e = conf_entry_find(ps->conf, ps->section, ps->at.key);
	if (e && e->line && e->file == ps->at.file)
		return err_set(
		    ps->err, -EEXIST,
		    "%.300s:%u:%u: [%.100s] %.100s: set twice, first in line %u, column %u",
		    ps->path, ps->at.line, ps->at.column, ps->section, ps->at.key, e->line,
		    e->column);
	if (e && e->is_fixed)
		return 0;
	if (!e)
		e = conf_entry_add(ps->conf, ps->section, ps->at.key);
	free(e->value);
	e->value = strbuf_take(&ps->value);
	e->path = ps->path;
	e->line = ps->at.line;
	e->column = ps->at.column;
	e->value_line = ps->at.value_line;
	e->value_column = ps->at.value_column;
	e->file = ps->at.file;
	return 0;
}

/* A section is listed when it is first seen, empty or not. */
static void open_section(struct parse *ps, const char *name, const char *p)
{
	struct conf_entry *e = conf_entry_find(ps->conf, name, NULL);

	if (!e) {
		e = conf_entry_add(ps->conf, name, NULL);
		e->path = ps->path;
		e->line = ps->number;
		e->column = (unsigned)(p - ps->line) + 1;
	}
	ps->section = e->section;
}

/* "[kind]" or "[kind NAME]" becomes "kind" or "kind NAME". */
static int parse_section(struct parse *ps)
{
	const char *p = skip_space(ps->line + 1, ps->end), *kind = p, *name;
	const char *close = memchr(p, ']', (size_t)(ps->end - p)), *behind;
	_cleanup_strbuf_ struct strbuf b = { 0 };

	if (!close)
		return wrong(ps, ps->end, "']' is missing");
	while (p < close && !is_space(*p))
		p++;
	if (p == kind)
		return wrong(ps, p, "the section has no name");
	strbuf_add(&b, kind, (size_t)(p - kind));
	name = skip_space(p, close);
	p = close;
	while (p > name && is_space(p[-1]))
		p--;
	if (p > name) {
		strbuf_char(&b, ' ');
		strbuf_add(&b, name, (size_t)(p - name));
	}
	behind = skip_space(close + 1, ps->end);
	if (behind < ps->end && !is_comment(ps, behind))
		return wrong(ps, behind, "nothing but a comment stands behind ']'");
	open_section(ps, strbuf_cstr(&b), ps->line);
	return 0;
}

/* The value begins at p: on the key's line or, if nothing stands there, on a later one. */
static void place_value(struct parse *ps, const char *p)
{
	ps->at.value_line = ps->number;
	ps->at.value_column = (unsigned)(p - ps->line) + 1;
}

/* Takes the value's text from p on, into the gathered one. */
static int gather(struct parse *ps, const char *p)
{
	const char *end = p;
	int r;

	r = text_end(ps, p, &end);
	if (r < 0)
		return r;
	if (end == p)
		return 0;
	if (ps->value.len)
		strbuf_char(&ps->value, ' ');
	else
		place_value(ps, p);
	strbuf_add(&ps->value, p, (size_t)(end - p));
	return 0;
}

static int parse_key(struct parse *ps)
{
	const char *p = ps->line, *end, *equals;

	equals = memchr(p, '=', (size_t)(ps->end - p));
	if (!equals)
		return wrong(ps, ps->end, "'=' is missing: a line is KEY = VALUE or [SECTION]");
	for (end = equals; end > p && is_space(end[-1]); end--)
		;
	if (end == p)
		return wrong(ps, p, "a key is missing before '='");
	for (; p < end; p++)
		if (is_space(*p) || *p == '"' || *p == '#' || *p == ';' || *p == '[' || *p == ']')
			return wrong(ps, p, "a key is one word without quotes");
	if (!ps->section)
		open_section(ps, "", ps->line);
	ps->at = (struct conf_entry) {
		.key = arena_strndup(&ps->conf->arena, ps->line, (size_t)(end - ps->line)),
		.line = ps->number,
		.column = 1,
		.file = ps->conf->files,
	};
	p = skip_space(equals + 1, ps->end);
	place_value(ps, p);
	ps->open = true;
	strbuf_clear(&ps->value);
	return gather(ps, p);
}

static int parse_line(struct parse *ps)
{
	const char *p = skip_space(ps->line, ps->end);
	int r;

	for (const char *q = ps->line; q < ps->end; q++)
		if (((unsigned char)*q < ' ' && *q != '\t') || *q == 0x7f)
			return wrong(ps, q, "a control character (\\x%02x)", (unsigned char)*q);
	/* An empty line ends a value, a comment does not. */
	if (p < ps->end && is_comment(ps, p))
		return 0;
	if (p > ps->line && p < ps->end) {
		if (!ps->open)
			return wrong(ps, p,
				     "a line that begins with white space continues a value");
		return gather(ps, p);
	}
	r = close_value(ps);
	if (r < 0 || p == ps->end)
		return r;
	return *p == '[' ? parse_section(ps) : parse_key(ps);
}

int conf_parse(struct conf *c, const char *path, const char *text, size_t size, struct err *e)
{
	struct parse ps = { .conf = c, .path = arena_strdup(&c->arena, path), .err = e };
	const char *p = text, *end = text + size;
	int r = 0;

	if (size > CONF_SIZE_MAX)
		return err_set(e, -EFBIG, "%.300s: longer than %d bytes", path, CONF_SIZE_MAX);
	c->files++;
	if (size >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3; /* a byte order mark */
	while (r == 0 && p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		ps.number++;
		ps.line = p;
		ps.end = eol ? eol : end;
		p = eol ? eol + 1 : end;
		if (ps.end > ps.line && ps.end[-1] == '\r')
			ps.end--;
		r = parse_line(&ps);
	}
	if (r == 0)
		r = close_value(&ps);
	strbuf_done(&ps.value);
	return r;
}

/* Reads all of a file of at most CONF_SIZE_MAX bytes. */
static int slurp(int fd, const char *path, struct strbuf *ret, struct err *e)
{
	for (;;) {
		char *to = strbuf_room(ret, 65536);
		ssize_t n = read(fd, to, 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "%.300s", path);
		if (n == 0)
			return 0;
		ret->len += (size_t)n;
		if (ret->len > CONF_SIZE_MAX)
			return err_set(e, -EFBIG, "%.300s: longer than %d bytes", path,
				       CONF_SIZE_MAX);
	}
}

int conf_read(struct conf *c, const char *path, bool optional, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int r;

	if (fd < 0 && optional && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_errno(e, "%.300s", path);
	r = slurp(fd, path, &text, e);
	return r < 0 ? r : conf_parse(c, path, strbuf_cstr(&text), text.len, e);
}

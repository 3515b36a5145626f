/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keymap: which key asks for which action, where.
 *
 * Owns the bindings in the order they were read: the last one for a key in a section
 * holds. There are a few hundred, so a search from the end is fast enough for fingers. A file with
 * an error leaves the map as it was.
 */
#include "tui/keymap.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/embedded.h"
#include "tui/slurp.h"

enum {
	KEYMAP_FILE_MAX = 256 * 1024,
	KEY_NAME_MAX = 32,
	SECTION_GLOBAL = 0,
};

#define SECTION_NONE UINT32_MAX /* no such section */

struct binding {
	keycode key;
	enum action action; /* ACT_NONE: taken away */
	unsigned section;
	unsigned file, line; /* running number of the file, to tell a key given twice in it */
};

struct keymap {
	struct binding *v;
	size_t count, cap;
	char **sections; /* by number; the first one is "global" */
	unsigned section_count;
	unsigned files;
};

/* What the parser is at. */
struct parse {
	struct keymap *map;
	const char *path;
	const char *line, *end; /* the present one, without comment and blanks at its end */
	unsigned number;	/* of it, from 1 */
	unsigned section;	/* SECTION_NONE before the first one */
	bool defines;		/* the built-in file: its sections are those there are */
	struct err *err;
};

/* ---- sections and bindings ---- */

static unsigned section_find(const struct keymap *m, const char *name, size_t len)
{
	for (unsigned i = 0; i < m->section_count; i++)
		if (strlen(m->sections[i]) == len && !memcmp(m->sections[i], name, len))
			return i;
	return SECTION_NONE;
}

static unsigned section_add(struct keymap *m, const char *name, size_t len)
{
	m->sections = xrealloc(m->sections, m->section_count + 1, sizeof(*m->sections));
	m->sections[m->section_count] = xstrndup(name, len);
	return m->section_count++;
}

/* The binding that holds for a key in one section, or NULL. */
static const struct binding *find(const struct keymap *m, unsigned section, keycode k)
{
	for (size_t i = m->count; i-- > 0;)
		if (m->v[i].key == k && m->v[i].section == section)
			return &m->v[i];
	return NULL;
}

/* The same for a view: its own section, then the global one. */
static const struct binding *lookup(const struct keymap *m, unsigned section, keycode k)
{
	const struct binding *b = NULL;

	if (section != SECTION_NONE)
		b = find(m, section, k);
	return b || section == SECTION_GLOBAL ? b : find(m, SECTION_GLOBAL, k);
}

static unsigned view_section(const struct keymap *m, const char *view)
{
	return view ? section_find(m, view, strlen(view)) : SECTION_GLOBAL;
}

static void add(struct keymap *m, const struct binding *b)
{
	if (m->count == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 128;
		m->v = xrealloc(m->v, m->cap, sizeof(*m->v));
	}
	m->v[m->count++] = *b;
}

/* ---- parsing ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

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

/* What is quoted in an error must not carry control characters to the terminal. */
static const char *shown(const char *p, size_t n, char *buf, size_t size)
{
	size_t len = MIN(n, size - 1);

	for (size_t i = 0; i < len; i++)
		buf[i] = (unsigned char)p[i] < ' ' || p[i] == 0x7f ? '?' : p[i];
	buf[len] = '\0';
	return buf;
}

static const char *section_name(size_t i, void *data)
{
	return ((struct keymap *)data)->sections[i];
}

/* A line "[NAME]". */
static int parse_section(struct parse *ps, const char *p)
{
	const char *name = skip_blanks(p + 1, ps->end), *last = ps->end - 1, *near;
	char word[64];
	size_t len;

	if (*last != ']')
		return wrong(ps, ps->end, "']' is missing behind the section's name");
	while (last > name && is_blank(last[-1]))
		last--;
	len = (size_t)(last - name);
	if (!len)
		return wrong(ps, name, "a section's name is missing");
	ps->section = section_find(ps->map, name, len);
	if (ps->section != SECTION_NONE)
		return 0;
	if (ps->defines) {
		ps->section = section_add(ps->map, name, len);
		return 0;
	}
	shown(name, len, word, sizeof(word));
	near = util_nearest(word, section_name, ps->map->section_count, ps->map);
	return wrong(ps, name, "[%s]: unknown section%s%s%s", word, near ? "; nearest is [" : "",
		     near ? near : "", near ? "]" : "");
}

static const char *action_name(size_t i, void *data)
{
	return actions[i + 1].name;
}

/* The word behind "=". */
static int parse_action(struct parse *ps, const char *p, enum action *ret)
{
	const char *near;
	char word[64];

	if (p == ps->end)
		return wrong(ps, p, "an action is missing behind '='");
	shown(p, (size_t)(ps->end - p), word, sizeof(word));
	*ret = action_find(word);
	if (*ret != ACT_NONE || !strcmp(word, "none"))
		return 0;
	near = util_nearest(word, action_name, ACT_COUNT - 1, NULL);
	return wrong(ps, p, "'%s' is no action%s%s%s", word, near ? "; nearest is '" : "",
		     near ? near : "", near ? "'" : "");
}

/* One key's name of len bytes at p. */
static int parse_key(struct parse *ps, const char *p, size_t len, keycode *ret)
{
	struct err e = ERR_INIT;
	char name[KEY_NAME_MAX];

	if (len == 2 && p[0] == '\\' && p[1] == '#') {
		*ret = '#';
		return 0;
	}
	shown(p, len, name, sizeof(name));
	if (len >= sizeof(name))
		return wrong(ps, p, "'%s...' is no key", name);
	if (key_parse(name, ret, &e) < 0)
		return wrong(ps, p, "%s", e.text);
	if (*ret >= '0' && *ret <= '9')
		return wrong(ps, p, "'%s' is no key: digits make the count of an action", name);
	return 0;
}

/* Binds one key, unless this file did so before. */
static int bind_key(struct parse *ps, const char *p, size_t len, enum action action)
{
	struct binding b = {
		.action = action, .section = ps->section, .file = ps->map->files, .line = ps->number
	};
	const struct binding *before;
	char name[KEY_NAME_MAX];
	int r;

	r = parse_key(ps, p, len, &b.key);
	if (r < 0)
		return r;
	before = find(ps->map, b.section, b.key);
	if (before && before->file == b.file)
		return wrong(ps, p, "'%s' stands in line %u already",
			     shown(p, len, name, sizeof(name)), before->line);
	add(ps->map, &b);
	return 0;
}

/* A line "KEY... = ACTION"; equals is its last '='. */
static int parse_binding(struct parse *ps, const char *p, const char *equals)
{
	enum action action = ACT_NONE;
	int r;

	if (ps->section == SECTION_NONE)
		return wrong(ps, p, "a section such as [global] must come first");
	if (p == equals)
		return wrong(ps, p, "a key is missing before '='");
	r = parse_action(ps, skip_blanks(equals + 1, ps->end), &action);
	while (r >= 0 && p < equals) {
		const char *word = p;

		while (p < equals && !is_blank(*p))
			p++;
		r = bind_key(ps, word, (size_t)(p - word), action);
		p = skip_blanks(p, equals);
	}
	return r;
}

/* Sets ps->end before a comment and the blanks in front of it. */
static void cut_comment(struct parse *ps)
{
	for (const char *p = ps->line; p < ps->end; p++) {
		if (*p == '#' && (p == ps->line || is_blank(p[-1]))) {
			ps->end = p;
			break;
		}
	}
	while (ps->end > ps->line && is_blank(ps->end[-1]))
		ps->end--;
}

static int parse_line(struct parse *ps)
{
	const char *p, *equals;

	cut_comment(ps);
	p = skip_blanks(ps->line, ps->end);
	if (p == ps->end)
		return 0;
	equals = memrchr(p, '=', (size_t)(ps->end - p));
	if (equals)
		return parse_binding(ps, p, equals);
	if (*p == '[')
		return parse_section(ps, p);
	return wrong(ps, ps->end, "'=' and an action are missing");
}

static int parse(struct parse *ps, const char *text, size_t size)
{
	size_t count = ps->map->count;
	const char *end = text + size;
	int r = 0;

	ps->map->files++;
	ps->section = SECTION_NONE;
	for (const char *p = text; p < end && r >= 0; p = ps->end + 1) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		ps->line = p;
		ps->end = eol ? eol : end;
		ps->number++;
		if (memchr(p, '\0', (size_t)(ps->end - p)))
			r = wrong(ps, p, "a NUL byte: this is no text");
		else
			r = parse_line(ps);
		ps->end = eol ? eol : end;
	}
	if (r < 0)
		ps->map->count = count;
	return r < 0 ? r : 0;
}

/* ---- public ---- */

struct keymap *keymap_new(void)
{
	const struct embedded *file = embedded_find("keys.conf");
	struct keymap *m = xcalloc(1, sizeof(*m));
	struct parse ps = { .map = m, .path = "themes/keys.conf", .defines = true };
	int r;

	section_add(m, "global", strlen("global"));
	assert(file);
	r = parse(&ps, file->text, file->size);
	assert(r == 0);
	(void)r;
	return m;
}

void keymap_free(struct keymap *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->section_count; i++)
		free(m->sections[i]);
	free(m->sections);
	free(m->v);
	free(m);
}

int keymap_parse(struct keymap *m, const char *path, const char *text, size_t size, struct err *e)
{
	struct parse ps = { .map = m, .path = path, .err = e };

	return parse(&ps, text, size);
}

int keymap_read(struct keymap *m, const char *path, bool optional, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int r = slurp(path, KEYMAP_FILE_MAX, optional, &text, e);

	return r > 0 ? keymap_parse(m, path, strbuf_cstr(&text), text.len, e) : r;
}

enum action keymap_action(const struct keymap *m, const char *view, keycode k)
{
	const struct binding *b = lookup(m, view_section(m, view), k);

	return b ? b->action : ACT_NONE;
}

typedef void (*key_fn)(keycode k, void *data);

/* Calls fn for each key that asks for an action in a view: the view's own first. */
static void each_key(const struct keymap *m, const char *view, enum action a, key_fn fn, void *data)
{
	unsigned own = view_section(m, view);

	for (unsigned pass = 0; pass < 2; pass++) {
		unsigned section = pass ? SECTION_GLOBAL : own;

		if (section == SECTION_NONE || (pass && own == SECTION_GLOBAL))
			continue;
		for (size_t i = 0; i < m->count; i++) {
			const struct binding *b = &m->v[i];

			if (b->section == section && b->action == a && lookup(m, own, b->key) == b)
				fn(b->key, data);
		}
	}
}

static void append_key(keycode k, void *data)
{
	struct strbuf *out = data;

	if (out->len && out->s[out->len - 1] != ' ')
		strbuf_char(out, ' ');
	key_label(k, out);
}

void keymap_keys(const struct keymap *m, const char *view, enum action a, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf keys = { 0 };

	if (a == ACT_NONE)
		return;
	each_key(m, view, a, append_key, &keys);
	strbuf_str(out, strbuf_cstr(&keys));
}

struct shortest {
	struct strbuf best, name;
};

static void keep_shortest(keycode k, void *data)
{
	struct shortest *s = data;

	strbuf_clear(&s->name);
	key_label(k, &s->name);
	if (!s->best.len || s->name.len < s->best.len) {
		strbuf_clear(&s->best);
		strbuf_add(&s->best, strbuf_cstr(&s->name), s->name.len);
	}
}

bool keymap_key(const struct keymap *m, const char *view, enum action a, struct strbuf *out)
{
	struct shortest s = { 0 };
	bool found;

	if (a == ACT_NONE)
		return false;
	each_key(m, view, a, keep_shortest, &s);
	found = s.best.len > 0;
	strbuf_str(out, strbuf_cstr(&s.best));
	strbuf_done(&s.best);
	strbuf_done(&s.name);
	return found;
}

bool keymap_bound(const struct keymap *m, enum action a)
{
	for (size_t i = 0; a != ACT_NONE && i < m->count; i++)
		if (m->v[i].action == a && find(m, m->v[i].section, m->v[i].key) == &m->v[i])
			return true;
	return false;
}

bool keymap_section(const struct keymap *m, const char *view)
{
	return view && section_find(m, view, strlen(view)) != SECTION_NONE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what the configuration says, after it was read: keys, values and where each stands.
 *
 * Owns the entries and their text. conf_parse.c fills it, here it is asked. A value that
 * means nothing, or a key that nobody knows, is told with path, line and column; it never
 * silently counts as its default.
 */
#include "core/conf_entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"

#define COMMAND_LINE "command line"

struct conf *conf_new(void)
{
	struct conf *c = xcalloc(1, sizeof(*c));

	c->bucket_count = 64;
	c->buckets = xcalloc(c->bucket_count, sizeof(*c->buckets));
	return c;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		free(c->entries[i].value);
	free(c->entries);
	free(c->buckets);
	arena_done(&c->arena);
	free(c);
}

/* ---- entries ---- */

/* FNV-1a over both words; a section without a key hashes too. */
static uint32_t hash(const char *section, const char *key)
{
	uint32_t h = 2166136261u;

	for (; *section; section++)
		h = (h ^ (unsigned char)*section) * 16777619u;
	h = (h ^ ']') * 16777619u;
	for (; key && *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return h;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

struct conf_entry *conf_entry_find(const struct conf *c, const char *section, const char *key)
{
	uint32_t i = c->buckets[hash(section, key) & (c->bucket_count - 1)];

	for (; i; i = c->entries[i - 1].chain)
		if (same(c->entries[i - 1].section, section) && same(c->entries[i - 1].key, key))
			return &c->entries[i - 1];
	return NULL;
}

static void rehash(struct conf *c)
{
	c->bucket_count *= 2;
	free(c->buckets);
	c->buckets = xcalloc(c->bucket_count, sizeof(*c->buckets));
	for (size_t i = 0; i < c->count; i++) {
		struct conf_entry *e = &c->entries[i];
		uint32_t *b = &c->buckets[hash(e->section, e->key) & (c->bucket_count - 1)];

		e->chain = *b;
		*b = (uint32_t)i + 1;
	}
}

struct conf_entry *conf_entry_add(struct conf *c, const char *section, const char *key)
{
	struct conf_entry *e;
	uint32_t *b;

	if (c->count == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 32;
		c->entries = xrealloc(c->entries, c->cap, sizeof(*c->entries));
	}
	if (c->count >= c->bucket_count)
		rehash(c);
	b = &c->buckets[hash(section, key) & (c->bucket_count - 1)];
	e = &c->entries[c->count++];
	*e = (struct conf_entry) { .chain = *b };
	e->section = arena_strdup(&c->arena, section);
	e->key = key ? arena_strdup(&c->arena, key) : NULL;
	e->path = COMMAND_LINE;
	*b = (uint32_t)c->count;
	return e;
}

void conf_set(struct conf *c, const char *section, const char *key, const char *value)
{
	struct conf_entry *e = conf_entry_find(c, section, key);
	char *copy = xstrdup(value);

	if (!conf_entry_find(c, section, NULL))
		conf_entry_add(c, section, NULL);
	if (!e)
		e = conf_entry_add(c, section, key);
	free(e->value);
	e->value = copy;
	e->path = COMMAND_LINE;
	e->line = 0;
	e->is_fixed = true;
}

/* ---- asking ---- */

const char *conf_get(const struct conf *c, const char *section, const char *key)
{
	const struct conf_entry *e = conf_entry_find(c, section, key);

	return e ? e->value : NULL;
}

/* "path:line:column" of the value or the key, or where else it was set, into buf. */
static const char *place(const struct conf_entry *e, bool value, char *buf, size_t size)
{
	if (e->line)
		snprintf(buf, size, "%.300s:%u:%u", e->path, value ? e->value_line : e->line,
			 value ? e->value_column : e->column);
	else
		snprintf(buf, size, "%s", e->path);
	return buf;
}

static int bad_value(const struct conf_entry *e, const char *what, struct err *err)
{
	char at[384];

	return err_set(err, -EINVAL, "%s: [%.100s] %.100s: '%.100s' is no %s",
		       place(e, true, at, sizeof(at)), e->section, e->key, e->value, what);
}

int conf_complain(const struct conf *c, const char *section, const char *key, struct err *e)
{
	const struct conf_entry *entry = conf_entry_find(c, section, key);
	const char *gap = key ? " " : "";
	unsigned column;

	if (!e)
		return -EINVAL;
	key = key ? key : "";
	entry = entry ? entry : conf_entry_find(c, section, NULL);
	if (!entry || !entry->line)
		return err_ctx(e, "[%.100s]%s%.100s", section, gap, key);
	column = entry->key ? entry->value_column : entry->column;
	if (entry->key && e->column > 0)
		column += (unsigned)e->column;
	return err_ctx(e, "%.300s:%u:%u: [%.100s]%s%.100s", entry->path,
		       entry->key ? entry->value_line : entry->line, column, section, gap, key);
}

int conf_get_size(const struct conf *c, const char *section, const char *key, uint64_t dflt,
		  uint64_t *ret, struct err *e)
{
	const struct conf_entry *entry = conf_entry_find(c, section, key);

	if (!entry)
		*ret = dflt;
	else if (util_parse_size(entry->value, ret) < 0)
		return bad_value(entry, "size (such as 65536, 64k or 1.5G)", e);
	return 0;
}

int conf_get_duration(const struct conf *c, const char *section, const char *key, uint64_t dflt,
		      uint64_t *ret, struct err *e)
{
	const struct conf_entry *entry = conf_entry_find(c, section, key);

	if (!entry)
		*ret = dflt;
	else if (util_parse_duration(entry->value, ret) < 0)
		return bad_value(entry, "duration (such as 10, 1.5ms or 5m)", e);
	return 0;
}

int conf_get_bool(const struct conf *c, const char *section, const char *key, bool dflt, bool *ret,
		  struct err *e)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "false", "true" }, { "off", "on" }, { "0", "1" }
	};
	const struct conf_entry *entry = conf_entry_find(c, section, key);

	if (!entry) {
		*ret = dflt;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (int v = 0; v < 2; v++) {
			if (!strcmp(entry->value, words[i][v])) {
				*ret = v;
				return 0;
			}
		}
	}
	return bad_value(entry, "yes or no", e);
}

void conf_each_section(const struct conf *c, const char *kind,
		       void (*fn)(const char *name, void *data), void *data)
{
	size_t len = strlen(kind);

	for (size_t i = 0; i < c->count; i++) {
		const char *s = c->entries[i].section;

		if (!c->entries[i].key && !strncmp(s, kind, len) && s[len] == ' ')
			fn(s + len + 1, data);
	}
}

void conf_each_key(const struct conf *c, const char *section,
		   void (*fn)(const char *key, const char *value, void *data), void *data)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->entries[i].key && !strcmp(c->entries[i].section, section))
			fn(c->entries[i].key, c->entries[i].value, data);
}

/* ---- checking ---- */

struct known {
	const struct conf_key *keys;
	const char *section; /* of which the keys count; NULL: sections themselves */
	size_t len;	     /* of the section without its NAME */
};

/* Whether a word of the table is the section's, or its kind's. */
static bool in_section(const struct known *k, size_t i)
{
	return strlen(k->keys[i].section) == k->len &&
	       !strncmp(k->keys[i].section, k->section, k->len);
}

static const char *known_section(size_t i, void *data)
{
	return ((struct known *)data)->keys[i].section;
}

static const char *known_key(size_t i, void *data)
{
	const struct known *k = data;

	return in_section(k, i) ? k->keys[i].key : NULL;
}

static int unknown(const struct conf_entry *entry, struct known *k, size_t count, struct err *e)
{
	char at[384], word[128];
	const char *near;

	place(entry, false, at, sizeof(at));
	if (entry->key) {
		near = util_nearest(entry->key, known_key, count, k);
		return err_set(e, -ENOENT, "%s: [%.100s] %.100s: unknown key%s%s%s", at,
			       entry->section, entry->key, near ? "; nearest is '" : "",
			       near ? near : "", near ? "'" : "");
	}
	snprintf(word, sizeof(word), "%.*s", (int)MIN(k->len, sizeof(word) - 1), entry->section);
	near = util_nearest(word, known_section, count, k);
	return err_set(e, -ENOENT, "%s: [%.100s]: unknown section%s%s%s", at, entry->section,
		       near ? "; nearest is [" : "", near ? near : "", near ? "]" : "");
}

int conf_check(const struct conf *c, const struct conf_key *known, size_t count, struct err *e)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct conf_entry *entry = &c->entries[i];
		struct known k = { .keys = known,
				   .section = entry->section,
				   .len = strcspn(entry->section, " ") };
		bool found = false;

		for (size_t j = 0; j < count && !found; j++)
			found = in_section(&k, j) && (!entry->key || same(known[j].key, "*") ||
						      same(known[j].key, entry->key));
		if (!found)
			return unknown(entry, &k, count, e);
	}
	return 0;
}

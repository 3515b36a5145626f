/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * named: filters that have names, and the file they are kept in.
 *
 * Owns names and texts. The file has the form of the configuration and is read by its parser, so a
 * text is quoted as a whole.
 */
#include "tui/named.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/strbuf.h"
#include "tui/state_file.h"

#define NAME_MAX_BYTES 48

static const char section[] = "filters";

static void filter_done(struct named_filter *f)
{
	free(f->name);
	free(f->text);
}

void named_done(struct named *n)
{
	for (size_t i = 0; i < n->count; i++)
		filter_done(&n->v[i]);
	free(n->v);
	*n = (struct named) { 0 };
}

/* Where a name stands or would stand. */
static size_t place_of(const struct named *n, const char *name)
{
	size_t i = 0;

	while (i < n->count && strcmp(n->v[i].name, name) < 0)
		i++;
	return i;
}

static bool is_at(const struct named *n, size_t i, const char *name)
{
	return i < n->count && !strcmp(n->v[i].name, name);
}

const struct named_filter *named_find(const struct named *n, const char *name)
{
	size_t i = place_of(n, name);

	return is_at(n, i, name) ? &n->v[i] : NULL;
}

int named_check(const char *name, struct err *e)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-_.";
	size_t n = strspn(name, chars);

	if (name[n]) {
		err_set(e, -EINVAL, "a name has letters, digits, - _ and . only");
		if (e)
			e->column = (int)n;
		return -EINVAL;
	}
	if (!n || n > NAME_MAX_BYTES)
		return err_set(e, -EINVAL, "a name has 1 to %d characters", NAME_MAX_BYTES);
	return 0;
}

/* Puts one in its place, or in the place of the one that has its name. */
static void put(struct named *n, const char *name, const char *text, bool configured)
{
	struct named_filter f = {
		.name = xstrdup(name),
		.text = xstrdup(text),
		.configured = configured,
	};
	size_t i = place_of(n, name);

	if (is_at(n, i, name)) {
		filter_done(&n->v[i]);
	} else {
		n->v = xrealloc(n->v, n->count + 1, sizeof(*n->v));
		memmove(&n->v[i + 1], &n->v[i], (n->count - i) * sizeof(*n->v));
		n->count++;
	}
	n->v[i] = f;
}

static void take_out(struct named *n, size_t i)
{
	filter_done(&n->v[i]);
	memmove(&n->v[i], &n->v[i + 1], (n->count - i - 1) * sizeof(*n->v));
	n->count--;
}

int named_set(struct named *n, const char *name, const char *text, struct err *e)
{
	size_t i = place_of(n, name);
	int rc = named_check(name, e);

	if (rc < 0)
		return rc;
	if (is_at(n, i, name) && n->v[i].configured)
		return err_set(e, -EPERM, "'%s' stands in the configuration and is changed there",
			       name);
	if (text)
		put(n, name, text, false);
	else if (!is_at(n, i, name))
		return err_set(e, -ENOENT, "no filter has the name '%s'", name);
	else
		take_out(n, i);
	return 0;
}

/* ---- files ---- */

static void read_kept(const char *key, const char *value, void *data)
{
	if (named_check(key, NULL) == 0)
		put(data, key, value, false);
}

static void read_configured(const char *key, const char *value, void *data)
{
	put(data, key, value, true);
}

int named_read(struct named *n, const struct conf *conf, const char *path, struct err *e)
{
	struct conf *kept = conf_new();
	int rc = path ? conf_read(kept, path, true, e) : 0;

	if (rc >= 0)
		conf_each_key(kept, section, read_kept, n);
	conf_free(kept);
	if (conf)
		conf_each_key(conf, section, read_configured, n);
	return rc < 0 ? rc : 0;
}

/* A value that is one quoted string as a whole. */
static void put_quoted(struct strbuf *out, const char *text)
{
	strbuf_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_char(out, '\\');
		strbuf_char(out, *text);
	}
	strbuf_char(out, '"');
}

int named_write(const struct named *n, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	strbuf_fmt(&b, "[%s]\n", section);
	for (size_t i = 0; i < n->count; i++) {
		if (n->v[i].configured)
			continue;
		strbuf_fmt(&b, "%s = ", n->v[i].name);
		put_quoted(&b, n->v[i].text);
		strbuf_char(&b, '\n');
	}
	return state_write(path, &b, e);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * theme: where themes are found, and what a look with its marks comes to.
 *
 * The user's file comes before the system's and that before the built-in one; a theme may inherit
 * one of its own name from further back.
 */
#include "tui/theme.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/conf.h"
#include "core/util.h"
#include "tui/embedded.h"
#include "tui/slurp.h"
#include "tui/theme_private.h"

enum { LEVEL_USER, LEVEL_SYSTEM, LEVEL_BUILTIN, LEVELS };

enum { FILE_MAX = 65536 };

const char *const theme_names[] = { "dark", "light", "contrast", "mono", NULL };

static const char *name_at(size_t i, void *data)
{
	return theme_names[i];
}

static int parse_embedded(const char *name, const struct theme_chain *chain, struct theme *ret,
			  struct err *e)
{
	char file[64];
	const struct embedded *f;

	snprintf(file, sizeof(file), "%s.theme", name);
	f = embedded_find(file);
	if (!f)
		return -ENOENT;
	return theme_parse_chain(file, f->text, f->size, chain, ret, e);
}

/* Reads the theme at one level. -ENOENT without a word when it is not there. */
static int load_level(const struct theme_chain *self, struct theme *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	_cleanup_free_ char *path = NULL;
	char name[64];
	int r;

	if (self->level == LEVEL_BUILTIN)
		return parse_embedded(self->name, self, ret, e);
	snprintf(name, sizeof(name), "themes/%s.theme", self->name);
	path = self->level == LEVEL_USER ? conf_user_path(name) : conf_system_path(name);
	r = slurp(path, FILE_MAX, true, &text, e);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	return theme_parse_chain(path, strbuf_cstr(&text), text.len, self, ret, e);
}

static int not_found(const char *name, struct err *e)
{
	const char *near = util_nearest(name, name_at, ARRAY_SIZE(theme_names) - 1, NULL);

	if (near)
		return err_set(e, -ENOENT, "there is no theme '%.40s'; did you mean %s?", name,
			       near);
	return err_set(e, -ENOENT,
		       "there is no theme '%.40s': there are dark, light, contrast, mono and your "
		       "own in tapdeck/themes of the configuration",
		       name);
}

int theme_load_chain(const char *name, const struct theme_chain *chain, struct theme *ret,
		     struct err *e)
{
	struct theme_chain self = { .name = name, .up = chain };
	bool again = false;

	if (!name[0] || name[0] == '.' || strchr(name, '/') || strlen(name) >= sizeof(ret->name))
		return err_set(e, -EINVAL, "'%.40s' cannot be the name of a theme", name);
	for (const struct theme_chain *c = chain; c; c = c->up) {
		if (strcmp(c->name, name))
			continue;
		again = true;
		self.level = MAX(self.level, c->level + 1);
	}
	for (; self.level < LEVELS; self.level++) {
		int r = load_level(&self, ret, e);

		if (r != -ENOENT)
			return r;
	}
	if (again)
		return err_set(e, -ELOOP, "'%.40s' inherits from itself", name);
	return not_found(name, e);
}

int theme_load(const char *name, struct theme *ret, struct err *e)
{
	return theme_load_chain(name, NULL, ret, e);
}

int theme_builtin(const char *name, struct theme *ret, struct err *e)
{
	int r = parse_embedded(name, NULL, ret, e);

	return r == -ENOENT ? not_found(name, e) : r;
}

static void put_color(struct theme_color *c, const struct theme_color *mark)
{
	if (mark->rgb != COLOR_KEEP)
		*c = *mark;
}

struct theme_style theme_style(const struct theme *t, enum look look, unsigned marks)
{
	/* What says more comes later: a hit is seen under the cursor. */
	static const uint8_t order[THEME_MARKS] = { 4, 1, 0, 2, 3 };
	struct theme_style s = t->look[look];

	for (size_t i = 0; i < THEME_MARKS; i++) {
		const struct theme_style *m = &t->mark[order[i]];

		if (!(marks & (1u << order[i])))
			continue;
		/* A foreground that is kept stays on the background it was made for. */
		if (m->fg.rgb != COLOR_KEEP || s.bg.rgb == COLOR_DEFAULT)
			put_color(&s.bg, &m->bg);
		put_color(&s.fg, &m->fg);
		s.attrs |= m->attrs;
	}
	return s;
}

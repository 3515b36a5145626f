/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scope: which rows are looked at: the display filter as a trail of crumbs.
 *
 * Owns the texts and the filter made of them. Every change builds the whole anew before
 * the old one goes, so a wrong text leaves all as it was. Never looks at a row.
 */
#include "tui/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

/* Appends "(text)" behind what is there. */
static void join(struct strbuf *out, const char *text)
{
	if (is_blank(text))
		return;
	strbuf_str(out, out->len ? " and " : "");
	filter_enclose(out, text);
}

/* The one text that counts when only one does, else NULL. */
static const char *only_text(const struct scope *s, const char *typed)
{
	const char *only = NULL;
	size_t parts = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->crumbs[i].on && !is_blank(s->crumbs[i].text)) {
			only = s->crumbs[i].text;
			parts++;
		}
	}
	if (typed && !is_blank(typed)) {
		only = typed;
		parts++;
	}
	return parts == 1 ? only : NULL;
}

char *scope_text_with(const struct scope *s, const char *typed)
{
	const char *only = only_text(s, typed);
	struct strbuf b = { 0 };

	if (only)
		return xstrdup(only);
	for (size_t i = 0; i < s->count; i++)
		if (s->crumbs[i].on)
			join(&b, s->crumbs[i].text);
	if (typed)
		join(&b, typed);
	return strbuf_take(&b);
}

char *scope_text(const struct scope *s)
{
	return scope_text_with(s, s->typed_off ? NULL : s->typed);
}

char *scope_whole(const struct scope *s)
{
	_cleanup_free_ char *text = scope_text(s);
	struct strbuf b = { 0 };

	if (!s->guard)
		return xstrdup(text);
	if (!*text)
		return xstrdup(s->guard);
	join(&b, s->guard);
	join(&b, text);
	return strbuf_take(&b);
}

int scope_parse(const struct scope *s, const char *text, struct filter **ret, struct err *e)
{
	int r = filter_parse_env(text, s->has_env ? &s->env : NULL, ret, e);

	/* What the guard asks for was asked in the kernel where no record holds it. */
	if (r >= 0 && s->guard)
		filter_trust_kernel(*ret);
	return r;
}

/* Makes the filter of all texts as they are now; on failure the old one stays. */
static int rebuild(struct scope *s, struct err *e)
{
	_cleanup_free_ char *text = scope_whole(s);
	struct filter *f = NULL;
	int r;

	if (*text) {
		r = scope_parse(s, text, &f, e);
		if (r < 0)
			return r;
	}
	filter_free(s->filter);
	s->filter = f;
	s->version++;
	return 0;
}

/* A text must be right by itself: its error points into what was typed, and no stray ')' in it
 * can join what stands around. */
static int check(const struct scope *s, const char *text, struct err *e)
{
	struct filter *f = NULL;
	int r = scope_parse(s, text, &f, e);

	filter_free(f);
	return r;
}

int scope_type(struct scope *s, const char *text, struct err *e)
{
	struct scope old = *s;
	int r = check(s, text, e);

	/* Who watches the version need not look at all rows again for nothing. */
	if (r < 0 || (!s->typed_off && !strcmp(s->typed ? s->typed : "", text)))
		return r;
	s->typed = is_blank(text) ? NULL : xstrdup(text);
	s->typed_off = false;
	r = rebuild(s, e);
	if (r < 0) {
		free(s->typed);
		s->typed = old.typed;
		s->typed_off = old.typed_off;
		return r;
	}
	free(old.typed);
	return 0;
}

static void crumb_done(struct crumb *c)
{
	free(c->label);
	free(c->text);
}

int scope_push(struct scope *s, const char *label, const char *text, struct err *e)
{
	struct strbuf safe = { 0 };
	int r = check(s, text, e);

	if (r < 0)
		return r;
	safe_text(&safe, label, strlen(label));
	s->crumbs = xrealloc(s->crumbs, s->count + 1, sizeof(*s->crumbs));
	s->crumbs[s->count++] =
	    (struct crumb) { .label = strbuf_take(&safe), .text = xstrdup(text), .on = true };
	r = rebuild(s, e);
	if (r < 0)
		crumb_done(&s->crumbs[--s->count]);
	return r;
}

size_t scope_parts(const struct scope *s)
{
	return s->count + (s->typed != NULL);
}

static bool is_on(const struct scope *s, size_t part)
{
	return part < s->count ? s->crumbs[part].on : !s->typed_off;
}

static void set_on(struct scope *s, size_t part, bool on)
{
	if (part < s->count)
		s->crumbs[part].on = on;
	else
		s->typed_off = !on;
}

int scope_switch(struct scope *s, size_t part, bool on, struct err *e)
{
	int r;

	if (part >= scope_parts(s))
		return err_set(e, -ENOENT, "there is no narrowing number %zu", part + 1);
	if (is_on(s, part) == on)
		return 0;
	set_on(s, part, on);
	r = rebuild(s, e);
	if (r < 0)
		set_on(s, part, !on);
	return r;
}

static void forget_typed(struct scope *s)
{
	free(s->typed);
	s->typed = NULL;
	s->typed_off = false;
}

/* Takes one out and leaves the filter. */
static void take_out(struct scope *s, size_t part)
{
	if (part >= s->count) {
		forget_typed(s);
		return;
	}
	crumb_done(&s->crumbs[part]);
	for (size_t i = part; i + 1 < s->count; i++)
		s->crumbs[i] = s->crumbs[i + 1];
	s->count--;
}

bool scope_pop(struct scope *s)
{
	if (!scope_parts(s))
		return false;
	take_out(s, s->count ? s->count - 1 : 0);
	/* Parts of what was right before are right. */
	rebuild(s, NULL);
	return true;
}

void scope_remove(struct scope *s, size_t part)
{
	if (part >= scope_parts(s))
		return;
	take_out(s, part);
	rebuild(s, NULL);
}

void scope_remove_on(struct scope *s)
{
	for (size_t i = scope_parts(s); i--;)
		if (is_on(s, i))
			take_out(s, i);
	rebuild(s, NULL);
}

int scope_guard(struct scope *s, const char *text, struct err *e)
{
	char *old = s->guard;
	int r;

	s->guard = text && !is_blank(text) ? xstrdup(text) : NULL;
	r = rebuild(s, e);
	if (r < 0) {
		free(s->guard);
		s->guard = old;
		return r;
	}
	free(old);
	return 0;
}

/* Frees the narrowings. */
static void empty(struct scope *s)
{
	for (size_t i = 0; i < s->count; i++)
		crumb_done(&s->crumbs[i]);
	free(s->crumbs);
	s->crumbs = NULL;
	s->count = 0;
	forget_typed(s);
}

void scope_clear(struct scope *s)
{
	if (!s->count && !s->typed)
		return;
	empty(s);
	rebuild(s, NULL);
}

void scope_done(struct scope *s)
{
	empty(s);
	free(s->guard);
	filter_free(s->filter);
	*s = (struct scope) { .version = s->version };
}

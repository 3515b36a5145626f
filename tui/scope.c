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
	strbuf_str(out, out->len ? " and (" : "(");
	strbuf_str(out, text);
	strbuf_char(out, ')');
}

/* The one text that counts when only one does, else NULL. */
static const char *only_text(const struct scope *s)
{
	const char *only = NULL;
	size_t parts = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->crumbs[i].on && !is_blank(s->crumbs[i].text)) {
			only = s->crumbs[i].text;
			parts++;
		}
	}
	if (s->typed && !is_blank(s->typed)) {
		only = s->typed;
		parts++;
	}
	return parts == 1 ? only : NULL;
}

char *scope_text(const struct scope *s)
{
	const char *only = only_text(s);
	struct strbuf b = { 0 };

	if (only)
		return xstrdup(only);
	for (size_t i = 0; i < s->count; i++)
		if (s->crumbs[i].on)
			join(&b, s->crumbs[i].text);
	if (s->typed)
		join(&b, s->typed);
	return strbuf_take(&b);
}

/* Makes the filter of all texts as they are now; on failure the old one stays. */
static int rebuild(struct scope *s, struct err *e)
{
	_cleanup_free_ char *text = scope_text(s);
	struct filter *f = NULL;
	int r;

	if (*text) {
		r = filter_parse(text, &f, e);
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
static int check(const char *text, struct err *e)
{
	struct filter *f = NULL;
	int r = filter_parse(text, &f, e);

	filter_free(f);
	return r;
}

int scope_type(struct scope *s, const char *text, struct err *e)
{
	char *old = s->typed;
	int r = check(text, e);

	/* Who watches the version need not look at all rows again for nothing. */
	if (r < 0 || !strcmp(old ? old : "", text))
		return r;
	s->typed = is_blank(text) ? NULL : xstrdup(text);
	r = rebuild(s, e);
	if (r < 0) {
		free(s->typed);
		s->typed = old;
		return r;
	}
	free(old);
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
	int r = check(text, e);

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

int scope_switch(struct scope *s, size_t crumb, bool on, struct err *e)
{
	int r;

	if (crumb >= s->count)
		return err_set(e, -ENOENT, "there is no narrowing number %zu", crumb + 1);
	if (s->crumbs[crumb].on == on)
		return 0;
	s->crumbs[crumb].on = on;
	r = rebuild(s, e);
	if (r < 0)
		s->crumbs[crumb].on = !on;
	return r;
}

bool scope_pop(struct scope *s)
{
	if (s->count) {
		crumb_done(&s->crumbs[--s->count]);
	} else if (s->typed) {
		free(s->typed);
		s->typed = NULL;
	} else {
		return false;
	}
	/* Parts of what was right before are right. */
	rebuild(s, NULL);
	return true;
}

void scope_remove(struct scope *s, size_t crumb)
{
	if (crumb >= s->count)
		return;
	crumb_done(&s->crumbs[crumb]);
	for (size_t i = crumb; i + 1 < s->count; i++)
		s->crumbs[i] = s->crumbs[i + 1];
	s->count--;
	rebuild(s, NULL);
}

/* Frees texts and filter and leaves the version. */
static void empty(struct scope *s)
{
	for (size_t i = 0; i < s->count; i++)
		crumb_done(&s->crumbs[i]);
	free(s->crumbs);
	free(s->typed);
	filter_free(s->filter);
	*s = (struct scope) { .version = s->version };
}

void scope_clear(struct scope *s)
{
	if (!s->count && !s->typed)
		return;
	empty(s);
	s->version++;
}

void scope_done(struct scope *s)
{
	empty(s);
}

/* ---- quoting ---- */

/* Bytes of the character at p by its first byte; 1 for what begins none. */
static size_t char_len(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;
	size_t len = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return len <= n ? len : 1;
}

static void quote_byte(struct strbuf *out, char c)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;
	char s[4] = { '\\', 'x', hex[u >> 4], hex[u & 15] };

	strbuf_add(out, s, sizeof(s));
}

void scope_quote(struct strbuf *out, const char *text, size_t n)
{
	size_t len;

	n = strnlen(text, n);
	strbuf_char(out, '"');
	for (size_t i = 0; i < n; i += len) {
		len = char_len(text + i, n - i);
		if (text[i] == '"' || text[i] == '\\') {
			strbuf_char(out, '\\');
			strbuf_char(out, text[i]);
		} else if (safe_is_plain(text + i, len)) {
			strbuf_add(out, text + i, len);
		} else {
			/* One byte: what follows may be whole again. */
			quote_byte(out, text[i]);
			len = 1;
		}
	}
	strbuf_char(out, '"');
}

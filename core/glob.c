/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * glob: see glob.h.
 *
 * The general matcher goes back only to the last star: what an earlier star could
 * give, the last one can give too. So it is quadratic at worst and needs no memory.
 */
#include "core/glob.h"

#include <string.h>

#include "core/util.h"

struct glob glob_literal(const char *text, size_t len)
{
	return (struct glob) { .text = text, .len = (uint32_t)len, .shape = GLOB_EQUAL };
}

/* Finds the ']' that closes a set beginning at p[0] == '['; NULL when there is none. */
static const char *set_end(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '!')
		p++;
	/* A ']' in the first place belongs to the set. */
	if (p < end && *p == ']')
		p++;
	while (p < end && *p != ']')
		p++;
	return p < end ? p : NULL;
}

/* Whether the set from p[0] == '[' to close holds c. */
static bool set_has(const char *p, const char *close, unsigned char c)
{
	bool invert = p[1] == '!';
	bool found = false;

	for (p += invert ? 2 : 1; p < close; p++) {
		unsigned char lo = (unsigned char)p[0], hi = lo;

		if (close - p > 2 && p[1] == '-') {
			hi = (unsigned char)p[2];
			p += 2;
		}
		found |= lo <= c && c <= hi;
	}
	return found != invert;
}

/* Matches one byte against the element at p, which is no star; returns what follows it or NULL. */
static const char *match_one(const char *p, const char *end, unsigned char c)
{
	const char *close;

	switch (*p) {
	case '?':
		return p + 1;
	case '[':
		close = set_end(p, end);
		if (close)
			return set_has(p, close, c) ? close + 1 : NULL;
		break;
	case '\\':
		if (end - p > 1)
			p++;
		break;
	}
	return (unsigned char)*p == c ? p + 1 : NULL;
}

static bool match_general(const struct glob *g, const char *s, size_t len)
{
	const char *p = g->text, *end = p + g->len, *stop = s + len;
	const char *star = NULL, *resume = NULL;

	while (s < stop) {
		const char *next;

		if (p < end && *p == '*') {
			star = ++p;
			resume = s;
			continue;
		}
		next = p < end ? match_one(p, end, (unsigned char)*s) : NULL;
		if (next) {
			p = next;
			s++;
		} else if (star) {
			/* Give the last star one byte more and try again. */
			p = star;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

/* Whether a pattern without its outer stars is plain bytes; undoes escapes into to. */
static bool unescape(const char *p, const char *end, char *to, uint32_t *len)
{
	char *begin = to;

	for (; p < end; p++) {
		if (*p == '*' || *p == '?' || (*p == '[' && set_end(p, end)))
			return false;
		if (*p == '\\' && end - p > 1)
			p++;
		*to++ = *p;
	}
	*len = (uint32_t)(to - begin);
	return true;
}

/* Whether the star at p (the last byte) is one: an odd number of backslashes takes its meaning. */
static bool star_at_end(const char *begin, const char *p)
{
	const char *b = p;

	while (b > begin && b[-1] == '\\')
		b--;
	return *p == '*' && (p - b) % 2 == 0;
}

struct glob glob_compile(struct arena *a, const char *pattern, size_t len)
{
	char *copy = arena_alloc(a, len + 1);
	const char *p = pattern, *end = pattern + len;
	struct glob g = { .text = copy, .len = (uint32_t)len, .shape = GLOB_GENERAL };
	bool before = false, behind = false;

	memcpy(copy, pattern, len);
	while (p < end && *p == '*') {
		before = true;
		p++;
	}
	while (p < end && star_at_end(p, end - 1)) {
		behind = true;
		end--;
	}
	if (!unescape(p, end, copy, &g.len)) {
		memcpy(copy, pattern, len);
		g.len = (uint32_t)len;
		return g;
	}
	if (!g.len && before)
		g.shape = GLOB_PREFIX;
	else if (before)
		g.shape = behind ? GLOB_INFIX : GLOB_SUFFIX;
	else
		g.shape = behind ? GLOB_PREFIX : GLOB_EQUAL;
	return g;
}

/* Names are short: a plain search beats the set-up of memmem, which never takes squares. */
static bool has_infix(const struct glob *g, const char *s, size_t len)
{
	enum { SHORT = 64 };

	if (len > SHORT)
		return memmem(s, len, g->text, g->len) != NULL;
	for (; len >= g->len; s++, len--)
		if (*s == *g->text && !memcmp(s, g->text, g->len))
			return true;
	return false;
}

bool glob_match(const struct glob *g, const char *s, size_t len)
{
	switch ((enum glob_shape)g->shape) {
	case GLOB_EQUAL:
		return len == g->len && !memcmp(s, g->text, len);
	case GLOB_PREFIX:
		return len >= g->len && !memcmp(s, g->text, g->len);
	case GLOB_SUFFIX:
		return len >= g->len && !memcmp(s + len - g->len, g->text, g->len);
	case GLOB_INFIX:
		return has_infix(g, s, len);
	case GLOB_GENERAL:
		return match_general(g, s, len);
	}
	return false;
}

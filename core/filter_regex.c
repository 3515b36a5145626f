/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_regex: POSIX extended regular expressions over text that has a length and no NUL.
 *
 * Compiled once a literal. Bytes are bytes: no locale is asked, so a broken UTF-8 name is matched
 * as it is. What could take the machine's memory or hours is refused: repetitions whose counts
 * multiply, and references back into the match. A run of plain bytes that every match must have is
 * looked for first, which says no to most text at the price of a search.
 */
#include <ctype.h>
#include <locale.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter_tree.h"

#define COUNT_MAX 4096 /* the product of all {n,m} */
#define COPY_MAX  512  /* longer text is copied elsewhere */

struct filter_regex {
	regex_t re;
	struct filter_regex *next;
	struct glob must; /* every match has this; empty: nothing known */
};

/* Multiplies the largest counts of all {n}, {n,} and {n,m}. */
static uint64_t counts(const char *s)
{
	uint64_t product = 1;

	for (; *s; s++) {
		uint64_t most = 0;

		if (*s == '\\' && s[1]) {
			s++;
			continue;
		}
		if (*s != '{')
			continue;
		for (s++; isdigit((unsigned char)*s) || *s == ','; s++) {
			uint64_t v = 0;

			for (; isdigit((unsigned char)*s); s++)
				v = MIN(v * 10 + (uint64_t)(*s - '0'), (uint64_t)COUNT_MAX + 1);
			most = MAX(most, v);
			if (*s != ',')
				break;
		}
		product = MIN(product * MAX(most, 1), (uint64_t)COUNT_MAX + 1);
		if (!*s)
			break;
	}
	return product;
}

static bool has_reference(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' && isdigit((unsigned char)s[1]))
			return true;
		if (*s == '\\' && s[1])
			s++;
	}
	return false;
}

/*
 * The longest run of plain bytes at the top level, none of which is made optional by what follows.
 * With an alternative, a class or a group anything may be missing: what stands in them is skipped,
 * and | at any depth gives up.
 */
static struct glob plain_run(struct arena *a, const char *s)
{
	const char *best = "", *begin = s;
	size_t best_len = 0;

	if (strpbrk(s, "|([\\"))
		return (struct glob) { .text = "", .shape = GLOB_INFIX };
	for (;; s++) {
		size_t len = (size_t)(s - begin);

		if (*s && !strchr(".^$*+?{}", *s))
			continue;
		/* What is repeated may be there no time. */
		if (len && *s && strchr("*?{", *s))
			len--;
		if (len > best_len) {
			best = begin;
			best_len = len;
		}
		if (*s == '{')
			s += strcspn(s, "}");
		if (!*s)
			break;
		begin = s + 1;
	}
	return (struct glob) { .text = arena_strndup(a, best, best_len),
			       .len = (uint32_t)best_len,
			       .shape = GLOB_INFIX };
}

/* The C library's words for what is wrong. */
static int refuse(const struct filter *f, const struct filter_literal *l, const regex_t *re,
		  int code, struct err *e)
{
	char why[128];

	regerror(code, re, why, sizeof(why));
	return err_caret(e, f->text, (int)l->column, "filter: a bad regular expression: %s", why);
}

int filter_regex_compile(struct filter *f, struct filter_literal *l, struct err *e)
{
	struct filter_regex *r;
	locale_t plain, before;
	int code;

	if (l->len > FILTER_REGEX_MAX)
		return err_caret(e, f->text, (int)l->column,
				 "filter: a regular expression is longer than %d bytes",
				 FILTER_REGEX_MAX);
	if (has_reference(l->text))
		return err_caret(e, f->text, (int)l->column,
				 "filter: \\1 is not for regular expressions here");
	if (counts(l->text) > COUNT_MAX)
		return err_caret(e, f->text, (int)l->column,
				 "filter: the repetitions {..} multiply to more than %d",
				 COUNT_MAX);
	plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	before = uselocale(plain);
	r = arena_alloc(&f->arena, sizeof(*r));
	code = regcomp(&r->re, l->text, REG_EXTENDED | REG_NOSUB);
	uselocale(before);
	freelocale(plain);
	if (code)
		return refuse(f, l, &r->re, code, e);
	r->must = plain_run(&f->arena, l->text);
	r->next = f->regexes;
	f->regexes = r;
	l->regex = r;
	return 0;
}

void filter_regex_free(struct filter_regex *r)
{
	for (; r; r = r->next)
		regfree(&r->re);
}

bool filter_regex_match(const struct filter_regex *r, const char *s, size_t len)
{
	char copy[COPY_MAX], *large = NULL;
	bool found;

	if (r->must.len && !glob_match(&r->must, s, len))
		return false;
	/* What is in a record has no NUL, and not every C library can be told an end. */
	if (len >= sizeof(copy))
		large = xstrndup(s, len);
	else
		memcpy(copy, s, len);
	copy[len < sizeof(copy) ? len : 0] = '\0';
	found = regexec(&r->re, large ? large : copy, 0, NULL, 0) == 0;
	free(large);
	return found;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_literal: the values of a filter, from hostile text.
 *
 * A value is read without knowing the field it is for: it keeps its text and, where it looks
 * like one, its number. What a name means as a number is found when a schema is known.
 */
#include "core/filter_tree.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/util.h"

static unsigned hex_digit(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0')
					 : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
}

/* ---- text in quotes ---- */

/* The byte that \xNN means, behind its x. */
static int unescape_hex(struct filter_lexer *lx, const char *p, char *to)
{
	int column = (int)(p - 2 - lx->text);
	unsigned c;

	if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]))
		return err_caret(lx->err, lx->text, column,
				 "filter: \\x takes two hexadecimal digits");
	c = hex_digit(p[0]) << 4 | hex_digit(p[1]);
	if (!c)
		return err_caret(lx->err, lx->text, column, "filter: text cannot hold a NUL");
	*to = (char)c;
	return 0;
}

/*
 * Undoes the escape at *s (behind the backslash) into *to. One that means nothing
 * stays with its backslash: globs and regular expressions have their own.
 */
static int unescape(struct filter_lexer *lx, const char **s, char **to)
{
	const char *p = (*s)++;

	switch (*p) {
	case 'n':
		*(*to)++ = '\n';
		return 0;
	case 't':
		*(*to)++ = '\t';
		return 0;
	case '"':
	case '\'':
	case '\\':
		*(*to)++ = *p;
		return 0;
	case 'x':
		*s += 2;
		return unescape_hex(lx, p + 1, (*to)++);
	default:
		*(*to)++ = '\\';
		*(*to)++ = *p;
		return 0;
	}
}

/* The quote that closes the string beginning at s (behind its opening quote), or NULL. */
static const char *closing_quote(const char *s, char quote)
{
	for (; *s; s++) {
		if (*s == quote)
			return s;
		if (*s == '\\' && s[1])
			s++;
	}
	return NULL;
}

static int lex_string(struct filter_lexer *lx, struct arena *a, struct filter_literal *ret)
{
	const char *s = lx->text + lx->at + 1;
	const char *end = closing_quote(s, s[-1]);
	char *copy, *to;
	int r;

	if (!end)
		return filter_lex_unfinished(lx, "the closing quote is missing");
	copy = to = arena_alloc(a, (size_t)(end - s) + 1);
	while (s < end) {
		if (*s != '\\') {
			*to++ = *s++;
			continue;
		}
		s++;
		r = unescape(lx, &s, &to);
		if (r < 0)
			return r;
	}
	ret->text = copy;
	ret->len = (uint32_t)(to - copy);
	ret->quoted = true;
	lx->at = (uint32_t)(end + 1 - lx->text);
	return 0;
}

/* ---- numbers ---- */

#define MICRO	   1000000
#define DIGITS_MAX 9 /* behind the point */

static const struct {
	const char *suffix;
	uint8_t measure;
	uint64_t scale;
} measures[] = {
	{ "ns", MEASURE_DURATION, 1 },
	{ "us", MEASURE_DURATION, 1000 },
	{ "ms", MEASURE_DURATION, NSEC_PER_MSEC },
	{ "s", MEASURE_DURATION, NSEC_PER_SEC },
	{ "k", MEASURE_SIZE, 1 << 10 },
	{ "K", MEASURE_SIZE, 1 << 10 },
	{ "M", MEASURE_SIZE, 1 << 20 },
	{ "G", MEASURE_SIZE, 1 << 30 },
	{ "T", MEASURE_SIZE, (uint64_t)1 << 40 },
};

/* The base of the digits at *s, which it steps over a prefix. */
static unsigned number_base(const char **s)
{
	if ((*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X')) {
		*s += 2;
		return 16;
	}
	return (*s)[0] == '0' && isdigit((unsigned char)(*s)[1]) ? 8 : 10;
}

static filter_wide read_digits(const char **s, unsigned base)
{
	const filter_wide limit = (filter_wide)1 << 66;
	filter_wide v = 0;

	for (; isxdigit((unsigned char)**s) && hex_digit(**s) < base; (*s)++)
		v = MIN(v * (int)base + (int)hex_digit(**s), limit);
	return v;
}

/* Reads ".25" as 250,000,000; false when there are no digits or more than count. */
static bool read_fraction(const char **s, filter_wide *ret)
{
	unsigned n = 0;

	*ret = 0;
	for ((*s)++; isdigit((unsigned char)**s); (*s)++, n++)
		*ret = n < DIGITS_MAX ? *ret * 10 + (**s - '0') : *ret;
	for (unsigned i = n; i < DIGITS_MAX; i++)
		*ret *= 10;
	return n && n <= DIGITS_MAX;
}

/* Puts a number and its billionths together by what stands behind them. */
static bool apply_suffix(struct filter_literal *l, const char *suffix, filter_wide v,
			 filter_wide billionths, int sign)
{
	const filter_wide limit = (filter_wide)1 << 66;

	for (size_t i = 0; i < ARRAY_SIZE(measures); i++) {
		filter_wide scale = (filter_wide)measures[i].scale;

		if (strcmp(suffix, measures[i].suffix) != 0)
			continue;
		if (billionths * scale % 1000000000)
			return false;
		v = MIN(v, limit) * scale + billionths * scale / 1000000000;
		l->number = sign * MIN(v, limit);
		l->measure = measures[i].measure;
		return true;
	}
	return false;
}

/* Whether text is a number: 10, 0x1f, 017, 1.5, 4k, 2.5ms with a sign or none. */
static void parse_number(const char *text, struct filter_literal *l)
{
	int sign = *text == '-' ? -1 : 1;
	const char *s = text + (*text == '-' || *text == '+'), *digits;
	unsigned base = number_base(&s);
	filter_wide v, billionths = 0;
	bool point;

	digits = s;
	v = read_digits(&s, base);
	if (s == digits)
		return;
	point = base == 10 && *s == '.';
	if (point && !read_fraction(&s, &billionths))
		return;
	if (*s) {
		l->is_number = base == 10 && apply_suffix(l, s, v, billionths, sign);
	} else if (!point) {
		l->is_number = true;
		l->number = sign * v;
	} else if (!(billionths % 1000)) {
		l->is_decimal = true;
		l->micro = sign * (v * MICRO + billionths / 1000);
	}
}

/* What a number may begin with and still is none. */
static bool begins_number(const char *text)
{
	const char *s = text + (*text == '-' || *text == '+');

	return !*s || !strcmp(s, "0x") || !strcmp(s, "0X");
}

/* ---- words ---- */

/* A word goes on behind a single | (flags: A|B), unless a blank follows. */
static size_t word_length(const char *s)
{
	size_t len = 0;

	for (;;) {
		len += strcspn(s + len, " \t\r\n()\"'=<>!~&|,");
		if (!len || s[len] != '|' || !s[len + 1] || strchr("| \t\r\n()&", s[len + 1]))
			return len;
		len++;
	}
}

static struct filter_literal *part_of(struct arena *a, const struct filter_literal *l, uint32_t at,
				      uint32_t len)
{
	struct filter_literal *part = arena_alloc(a, sizeof(*part));

	part->text = arena_strndup(a, l->text + at, len);
	part->len = len;
	part->column = l->column + at;
	parse_number(part->text, part);
	part->glob = glob_literal(part->text, len);
	return part;
}

/* FROM..TO, both inclusive. As text it stays what it is. */
static void split_range(struct arena *a, struct filter_literal *l)
{
	const char *dots = strstr(l->text, "..");
	uint32_t at = dots ? (uint32_t)(dots - l->text) : 0;

	if (!at || at + 2 >= l->len || dots[2] == '.')
		return;
	l->from = part_of(a, l, 0, at);
	l->to = part_of(a, l, at + 2, l->len - at - 2);
}

static int lex_word(struct filter_lexer *lx, struct arena *a, bool in_list,
		    struct filter_literal *ret)
{
	const char *s = lx->text + lx->at;
	size_t len = word_length(s);

	if (!len && !*s)
		return filter_lex_unfinished(lx, "a value is missing at the end");
	if (!len)
		return err_caret(lx->err, lx->text, (int)lx->at,
				 "filter: a number, a word or \"text\" was expected");
	if (filter_op_is_word(s, len) && !s[len])
		return filter_lex_unfinished(lx, "a value is missing at the end");
	if (filter_op_is_word(s, len))
		return err_caret(lx->err, lx->text, (int)lx->at,
				 "filter: a value was expected (the word '%.*s' stands in quotes)",
				 (int)len, s);
	if (s[len] && strchr(in_list ? "\"'=<>!~(" : "\"'=<>!~(,", s[len]))
		return err_caret(lx->err, lx->text, (int)(lx->at + len),
				 "filter: text with a %c in it stands in quotes", s[len]);
	ret->text = arena_strndup(a, s, len);
	ret->len = (uint32_t)len;
	parse_number(ret->text, ret);
	if (in_list)
		split_range(a, ret);
	lx->at += (uint32_t)len;
	return 0;
}

int filter_lex_literal(struct filter_lexer *lx, struct arena *a, bool in_list,
		       struct filter_literal *ret)
{
	char c = lx->text[lx->at];
	int r;

	*ret = (struct filter_literal) { .column = lx->at };
	r = c == '"' || c == '\'' ? lex_string(lx, a, ret) : lex_word(lx, a, in_list, ret);
	if (r < 0)
		return r;
	/* "pid == -" is not wrong yet. */
	if (!ret->quoted && !lx->text[lx->at] && begins_number(ret->text))
		return filter_lex_unfinished(lx, "a number is missing its digits");
	ret->glob = glob_literal(ret->text, ret->len);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_lex: the tokens of a print format.
 *
 * The language is the C expressions that the kernel's macros leave in a format text. The text
 * is hostile; a token never reaches behind its end.
 */
#include <string.h>

#include "core/safe.h"
#include "core/text_program.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* C's rules: the first type of the row that holds the value. */
static struct value_type number_type(uint64_t v, bool decimal, bool u, unsigned longs,
				     unsigned long_size)
{
	unsigned size = longs > 1 ? 8 : longs ? long_size : 4;

	for (;; size = 8) {
		uint64_t max = size == 8 ? UINT64_MAX : UINT32_MAX;

		if (!u && v <= max >> 1)
			return (struct value_type) { VALUE_INT, (uint8_t)size, true, 0 };
		if ((u || !decimal || size == 8) && v <= max)
			return (struct value_type) { VALUE_INT, (uint8_t)size, false, 0 };
	}
}

static struct token lex_number(const char **pp, const char *end, unsigned long_size)
{
	const char *p = *pp, *start = p;
	struct token t = { .kind = TOKEN_NUMBER, .p = p };
	unsigned base = 10, longs = 0;
	bool u = false;

	if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
		base = 16;
		p += 2;
	} else if (*p == '0') {
		base = 8;
	}
	for (; p < end && digit_value(*p) < (int)base; p++)
		t.value = t.value * base + (uint64_t)digit_value(*p);
	for (; p < end && ((*p | 0x20) == 'u' || (*p | 0x20) == 'l'); p++) {
		u |= (*p | 0x20) == 'u';
		longs += (*p | 0x20) == 'l';
	}
	if (p < end && is_name(*p))
		t.kind = TOKEN_BAD;
	t.type = number_type(t.value, base == 10, u, longs, long_size);
	t.len = (uint32_t)(p - start);
	*pp = p;
	return t;
}

/* One character of a literal, its escape undone; -1 behind the end. */
static int unescape(const char **pp, const char *end)
{
	static const char letters[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
	const char *p = *pp, *at;
	int v = 0;

	if (p == end)
		return -1;
	if (*p != '\\' || end - p < 2) {
		*pp = p + 1;
		return (uint8_t)*p;
	}
	p++;
	at = *p ? strchr(letters, *p) : NULL;
	if (at) {
		v = meanings[at - letters];
		p++;
	} else if (*p == 'x') {
		for (p++; p < end && digit_value(*p) < 16; p++)
			v = (v << 4 | digit_value(*p)) & 0xff;
	} else if (digit_value(*p) < 8) {
		for (int n = 0; n < 3 && p < end && digit_value(*p) < 8; n++, p++)
			v = (v << 3 | digit_value(*p)) & 0xff;
	} else {
		v = (uint8_t)*p++; /* \\ \" \' and what has no meaning */
	}
	*pp = p;
	return v;
}

/* "..." or '.': the token holds what is between the quotes. */
static struct token lex_quoted(const char **pp, const char *end)
{
	const char *p = *pp, quote = *p++, *start = p;
	struct token t = { .kind = TOKEN_STRING, .p = start };
	int c;

	while (p < end && *p != quote)
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	if (p >= end) {
		*pp = end;
		t.kind = TOKEN_BAD;
		t.len = (uint32_t)(end - start);
		return t;
	}
	t.len = (uint32_t)(p - start);
	*pp = p + 1;
	if (quote == '"')
		return t;
	c = unescape(&start, p);
	t.kind = c < 0 || start != p ? TOKEN_BAD : TOKEN_NUMBER;
	t.value = (uint64_t)(int8_t)c;
	t.type = value_int;
	return t;
}

static struct token lex_punct(const char **pp, const char *end)
{
	static const char *const doubles[] = {
		"->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||"
	};
	const char *p = *pp;
	struct token t = { .kind = TOKEN_PUNCT, .p = p, .len = 1, .punct = (uint8_t)*p };

	for (size_t i = 0; end - p > 1 && i < ARRAY_SIZE(doubles); i++)
		if (p[0] == doubles[i][0] && p[1] == doubles[i][1]) {
			t.punct = PUNCT2(p[0], p[1]);
			t.len = 2;
		}
	*pp = p + t.len;
	return t;
}

struct token text_lex(const char **pp, const char *end, unsigned long_size)
{
	const char *p = *pp;
	struct token t = { .kind = TOKEN_END };

	while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		p++;
	*pp = p;
	t.p = p;
	if (p == end)
		return t;
	if (*p == '"' || *p == '\'')
		return lex_quoted(pp, end);
	if (is_digit(*p))
		return lex_number(pp, end, long_size);
	if (!is_name(*p))
		return lex_punct(pp, end);
	while (p < end && is_name(*p))
		p++;
	t.kind = TOKEN_NAME;
	t.len = (uint32_t)(p - t.p);
	*pp = p;
	return t;
}

bool text_unescape(const struct token *t, struct strbuf *out)
{
	const char *p = t->p, *end = t->p + t->len;
	int c;

	while ((c = unescape(&p, end)) > 0)
		strbuf_char(out, (char)c);
	return c < 0; /* a NUL ends the kernel's string */
}

/* One event is one line: the white space of a format becomes blanks. */
void text_literal(struct strbuf *out, const char *p, size_t n)
{
	while (n) {
		size_t i = 0;

		while (i < n && p[i] != '\t' && p[i] != '\n')
			i++;
		safe_text(out, p, i);
		if (i < n) {
			strbuf_char(out, ' ');
			i++;
		}
		p += i;
		n -= i;
	}
}

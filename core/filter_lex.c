/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_lex: the words of a filter, from hostile text.
 *
 * What a word is depends on where it stands: left of an operator it is a field, right of
 * it a literal. So there is no token stream; the parser asks for what it needs. A text
 * that ends too early is told from a wrong one, for those who watch it being typed.
 */
#include "core/filter_tree.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/util.h"

void filter_lex_space(struct filter_lexer *lx)
{
	lx->at += (uint32_t)strspn(lx->text + lx->at, " \t\r\n");
}

int filter_lex_unfinished(struct filter_lexer *lx, const char *what)
{
	err_caret(lx->err, lx->text, (int)strlen(lx->text), "filter: %s", what);
	if (lx->err)
		lx->err->code = -EAGAIN;
	return -EAGAIN;
}

/* ---- the left side ---- */

/* One part of a field's name; event names may begin with a digit (9p). */
static const char *lex_part(struct filter_lexer *lx, struct arena *a)
{
	const char *s = lx->text + lx->at;
	size_t len = 0;

	while (isalnum((unsigned char)s[len]) || s[len] == '_')
		len++;
	lx->at += (uint32_t)len;
	return len ? arena_strndup(a, s, len) : NULL;
}

/* What stands where a field was expected. */
static int no_field(struct filter_lexer *lx)
{
	const char *s = lx->text + lx->at;

	if (!*s)
		return filter_lex_unfinished(lx, "a field is missing at the end");
	return err_caret(lx->err, lx->text, (int)lx->at, "filter: a field's name was expected%s",
			 *s == '"' || *s == '\'' ? " (names stand without quotes)" : "");
}

int filter_lex_operand(struct filter_lexer *lx, struct arena *a, struct filter_operand *ret)
{
	const char *part;

	*ret = (struct filter_operand) { .column = lx->at };
	part = lex_part(lx, a);
	if (part && lx->text[lx->at] == ':') {
		lx->at++;
		ret->system = part;
		part = lex_part(lx, a);
		if (!part)
			return no_field(lx);
		if (!lx->text[lx->at])
			return filter_lex_unfinished(lx, "SYSTEM:EVENT.FIELD was expected");
		if (lx->text[lx->at] != '.')
			return err_caret(lx->err, lx->text, (int)lx->at,
					 "filter: '.FIELD' was expected behind SYSTEM:EVENT");
	}
	if (lx->text[lx->at] == '.') {
		lx->at++;
		ret->event = part;
		ret->name = lex_part(lx, a);
		if (!ret->name)
			return no_field(lx);
	} else {
		ret->name = part;
		if (!part)
			return no_field(lx);
		ret->context = filter_context_find(part);
	}
	if (isdigit((unsigned char)ret->name[0]))
		return err_caret(lx->err, lx->text, (int)ret->column,
				 "filter: a comparison begins with a field's name");
	return 0;
}

/* ---- the right side ---- */

static unsigned hex_digit(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0')
					 : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
}

/*
 * Undoes the escape at *s (behind the backslash) into *to. One that means nothing
 * stays with its backslash: globs have their own.
 */
static int unescape(struct filter_lexer *lx, const char **s, char **to)
{
	const char *p = *s;
	unsigned c;

	switch (*p) {
	case 'n':
		*(*to)++ = '\n';
		break;
	case 't':
		*(*to)++ = '\t';
		break;
	case '"':
	case '\'':
		*(*to)++ = *p;
		break;
	case '\\':
		*(*to)++ = '\\';
		break;
	case 'x':
		if (!isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2]))
			return err_caret(lx->err, lx->text, (int)(p - 1 - lx->text),
					 "filter: \\x takes two hexadecimal digits");
		c = hex_digit(p[1]) << 4 | hex_digit(p[2]);
		if (!c)
			return err_caret(lx->err, lx->text, (int)(p - 1 - lx->text),
					 "filter: text cannot hold a NUL");
		*(*to)++ = (char)c;
		p += 2;
		break;
	default:
		*(*to)++ = '\\';
		*(*to)++ = *p;
	}
	*s = p + 1;
	return 0;
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

/* The base of the digits at *s, which it steps over a prefix. */
static unsigned number_base(const char **s)
{
	if ((*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X')) {
		*s += 2;
		return 16;
	}
	return (*s)[0] == '0' ? 8 : 10;
}

/* Whether text is a number: 10, 0x1f, 017 with a sign or none; then *ret is its value. */
static bool parse_number(const char *text, filter_wide *ret)
{
	const filter_wide limit = (filter_wide)1 << 66;
	bool minus = *text == '-';
	const char *s = text + (minus || *text == '+');
	unsigned base = number_base(&s);
	filter_wide v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (!isxdigit((unsigned char)*s) || hex_digit(*s) >= base)
			return false;
		v = MIN(v * (int)base + (int)hex_digit(*s), limit);
	}
	*ret = minus ? -v : v;
	return true;
}

/* What a number may begin with and still is none. */
static bool begins_number(const char *text)
{
	const char *s = text + (*text == '-' || *text == '+');

	return !*s || !strcmp(s, "0x") || !strcmp(s, "0X");
}

static int lex_word(struct filter_lexer *lx, struct arena *a, struct filter_literal *ret)
{
	const char *s = lx->text + lx->at;
	size_t len = strcspn(s, " \t\r\n()\"'=<>!~&|,");

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
	if (s[len] && strchr("\"'=<>!~(,", s[len]))
		return err_caret(lx->err, lx->text, (int)(lx->at + len),
				 "filter: text with a %c in it stands in quotes", s[len]);
	ret->text = arena_strndup(a, s, len);
	ret->len = (uint32_t)len;
	ret->is_number = parse_number(ret->text, &ret->number);
	lx->at += (uint32_t)len;
	return 0;
}

int filter_lex_literal(struct filter_lexer *lx, struct arena *a, struct filter_literal *ret)
{
	char c = lx->text[lx->at];
	int r;

	*ret = (struct filter_literal) { .column = lx->at };
	r = c == '"' || c == '\'' ? lex_string(lx, a, ret) : lex_word(lx, a, ret);
	if (r < 0)
		return r;
	/* "pid == -" is not wrong yet. */
	if (!ret->quoted && !lx->text[lx->at] && begins_number(ret->text))
		return filter_lex_unfinished(lx, "a number is missing its digits");
	return 0;
}

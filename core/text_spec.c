/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_spec: the conversions of printf, as the kernel's vsnprintf does them.
 *
 * Where the kernel and C differ the kernel is right: %#x of 0 is "0x0", zeros pad in front of
 * a precision, %p takes all letters and digits behind it. Widths are bounded, since they come from
 * records too.
 */
#include <stdlib.h>
#include <string.h>

#include "core/safe.h"
#include "core/text_program.h"

#define WIDTH_MAX 4096 /* the kernel takes 8 M; no line wants that */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *parse_flags(const char *p, const char *end, struct spec *s)
{
	for (; p < end; p++) {
		if (*p == '-')
			s->left = true;
		else if (*p == '+')
			s->plus = true;
		else if (*p == ' ')
			s->space = true;
		else if (*p == '#')
			s->alt = true;
		else if (*p == '0')
			s->zero = true;
		else
			break;
	}
	return p;
}

static const char *parse_count(const char *p, const char *end, int *ret, bool *star)
{
	if (p < end && *p == '*') {
		*star = true;
		return p + 1;
	}
	for (; p < end && is_digit(*p); p++)
		*ret = MIN((*ret < 0 ? 0 : *ret) * 10 + (*p - '0'), WIDTH_MAX);
	return p;
}

/* hh h l ll L q z Z t j */
static const char *parse_size(const char *p, const char *end, unsigned long_size, struct spec *s)
{
	bool doubled = end - p > 1 && p[0] == p[1];

	s->size = 4;
	if (p == end || !*p || !strchr("hlLqzZtj", *p))
		return p;
	switch (*p) {
	case 'h':
		s->size = doubled ? 1 : 2;
		return p + 1 + doubled;
	case 'l':
		s->size = doubled ? 8 : (uint8_t)long_size;
		return p + 1 + doubled;
	case 'L':
	case 'q':
	case 'j':
		s->size = 8;
		return p + 1;
	default:
		s->size = (uint8_t)long_size;
		return p + 1;
	}
}

const char *spec_parse(const char *p, const char *end, unsigned long_size, struct spec *ret)
{
	struct spec s = { .width = -1, .prec = -1 };
	size_t n = 0;

	p = parse_flags(p, end, &s);
	p = parse_count(p, end, &s.width, &s.star_width);
	if (p < end && *p == '.') {
		s.prec = 0;
		p = parse_count(p + 1, end, &s.prec, &s.star_prec);
	}
	p = parse_size(p, end, long_size, &s);
	if (p == end || !*p || !strchr("diuxXocsp", *p))
		return NULL;
	s.conv = *p == 'i' ? 'd' : *p;
	p++;
	for (; s.conv == 'p' && p < end && is_alnum(*p); p++)
		if (n < sizeof(s.ext) - 1)
			s.ext[n++] = *p;
	*ret = s;
	return p;
}

void spec_set_width(struct spec *s, int width)
{
	if (width < 0)
		s->left = true;
	s->width = width <= -WIDTH_MAX || width >= WIDTH_MAX ? WIDTH_MAX : abs(width);
}

/* Negative is "none", as in C; what does not fit the kernel's 16 bits it takes for 0. */
void spec_set_prec(struct spec *s, int prec)
{
	s->prec = prec < INT16_MIN ? 0 : MAX(prec, -1);
}

static void fill(struct strbuf *out, char c, int n)
{
	if (n <= 0)
		return;
	memset(strbuf_room(out, (size_t)n), c, (size_t)n);
	out->len += (size_t)n;
	out->s[out->len] = '\0';
}

void spec_pad(struct strbuf *out, const struct spec *s, size_t from)
{
	size_t len = out->len - from;
	int n = s->width - (int)MIN(len, (size_t)WIDTH_MAX);

	if (n <= 0)
		return;
	fill(out, ' ', n);
	if (s->left)
		return;
	memmove(out->s + from + n, out->s + from, len);
	memset(out->s + from, ' ', (size_t)n);
}

/* Writes digits in front of end; returns where they begin. */
static char *digits(char *end, uint64_t v, unsigned base, const char *letters)
{
	do {
		*--end = letters[v % base];
		v /= base;
	} while (v);
	return end;
}

/* The sign or the base that stands in front of a number, into buf of 4 bytes. */
static unsigned prefix(const struct spec *s, char *buf, uint64_t v, bool negative)
{
	unsigned n = 0;

	if (negative)
		buf[n++] = '-';
	else if (s->conv == 'd' && (s->plus || s->space))
		buf[n++] = s->plus ? '+' : ' ';
	if (s->alt && ((s->conv | 0x20) == 'x' || (s->conv == 'o' && v)))
		buf[n++] = '0';
	if (s->alt && (s->conv | 0x20) == 'x')
		buf[n++] = s->conv;
	return n;
}

void spec_number(struct strbuf *out, const struct spec *s, uint64_t v)
{
	const char *letters = s->conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = s->conv == 'o' ? 8 : (s->conv | 0x20) == 'x' ? 16 : 10, n;
	char buf[24], *end = buf + sizeof(buf), *p, before[4];
	bool negative;
	int width, len;

	v = eval_narrow(v, s->size, s->conv == 'd');
	negative = s->conv == 'd' && (int64_t)v < 0;
	if (negative)
		v = -v;
	p = digits(end, v, base, letters);
	len = (int)(end - p);
	n = prefix(s, before, v, negative);
	width = s->width - MAX(len, MIN(s->prec, WIDTH_MAX)) - (int)n;
	if (!s->zero && !s->left)
		fill(out, ' ', width);
	strbuf_add(out, before, n);
	if (s->zero && !s->left)
		fill(out, '0', width);
	fill(out, '0', MIN(s->prec, WIDTH_MAX) - len);
	strbuf_add(out, p, (size_t)len);
	if (s->left)
		fill(out, ' ', width);
}

void spec_string(struct strbuf *out, const struct spec *s, const char *p, size_t len)
{
	size_t from = out->len;

	if (s->prec >= 0)
		len = MIN(len, (size_t)s->prec);
	safe_text(out, p, strnlen(p, len));
	spec_pad(out, s, from);
}

void spec_char(struct strbuf *out, const struct spec *s, uint8_t c)
{
	size_t from = out->len;
	char ch = (char)c;

	safe_text(out, &ch, 1);
	spec_pad(out, s, from);
}

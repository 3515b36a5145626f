/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strbuf: growing, and numbers as text without printf.
 */
#include "core/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/util.h"

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

char *strbuf_grow(struct strbuf *b, size_t n)
{
	size_t want = b->len + n + 1;

	if (want < n)
		want = SIZE_MAX; /* fails in xrealloc, as it must */
	if (want > b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;

		b->cap = cap > want ? cap : want;
		b->s = xrealloc(b->s, b->cap, 1);
		b->s[b->len] = '\0';
	}
	return b->s + b->len;
}

void strbuf_done(struct strbuf *b)
{
	if (!b)
		return;
	free(b->s);
	*b = (struct strbuf) { 0 };
}

char *strbuf_take(struct strbuf *b)
{
	char *s = b->s ? b->s : xstrdup("");

	*b = (struct strbuf) { 0 };
	return s;
}

void strbuf_fmt(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	strbuf_room(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

/* Writes v backwards, so that it ends before end; returns its first digit. */
static char *digits(char *end, uint64_t v)
{
	while (v >= 100) {
		unsigned two = (unsigned)(v % 100) * 2;

		v /= 100;
		end -= 2;
		memcpy(end, pairs + two, 2);
	}
	if (v >= 10) {
		end -= 2;
		memcpy(end, pairs + v * 2, 2);
	} else {
		*--end = (char)('0' + v);
	}
	return end;
}

void strbuf_u64(struct strbuf *b, uint64_t v)
{
	char tmp[24], *s;

	if (v < 10) {
		strbuf_char(b, (char)('0' + v));
		return;
	}
	s = digits(tmp + sizeof(tmp), v);
	strbuf_add(b, s, (size_t)(tmp + sizeof(tmp) - s));
}

void strbuf_s64(struct strbuf *b, int64_t v)
{
	if (v < 0) {
		strbuf_char(b, '-');
		strbuf_u64(b, -(uint64_t)v);
	} else {
		strbuf_u64(b, (uint64_t)v);
	}
}

void strbuf_hex(struct strbuf *b, uint64_t v)
{
	unsigned n = v ? (67 - (unsigned)__builtin_clzll(v)) / 4 : 1;
	char *to = strbuf_room(b, n);

	for (unsigned i = n; i-- > 0; v >>= 4)
		to[i] = "0123456789abcdef"[v & 15];
	to[n] = '\0';
	b->len += n;
}

void strbuf_u64_pad(struct strbuf *b, uint64_t v, unsigned width, char fill)
{
	char tmp[24], *s = digits(tmp + sizeof(tmp), v);
	size_t n = (size_t)(tmp + sizeof(tmp) - s);

	if (n < width) {
		char *to = strbuf_room(b, width);

		memset(to, fill, width - n);
		b->len += width - n;
	}
	strbuf_add(b, s, n);
}

void strbuf_grouped(struct strbuf *b, uint64_t v)
{
	char tmp[24], *s = digits(tmp + sizeof(tmp), v), *end = tmp + sizeof(tmp);

	for (; s < end; s++) {
		strbuf_char(b, *s);
		if (end - s > 1 && (end - s) % 3 == 1)
			strbuf_char(b, ',');
	}
}

void strbuf_count(struct strbuf *b, uint64_t v)
{
	if (v < 10000)
		strbuf_u64(b, v);
	else if (v < 1000000)
		strbuf_fmt(b, "%.0fk", (double)v / 1e3);
	else if (v < 1000000000)
		strbuf_fmt(b, "%.1fM", (double)v / 1e6);
	else
		strbuf_fmt(b, "%.1fG", (double)v / 1e9);
}

void strbuf_duration(struct strbuf *b, double ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	size_t unit = 0;

	if (ns < 0) {
		strbuf_char(b, '-');
		ns = -ns;
	}
	/* What would be rounded to 1000 is 1.00 of the next one. */
	for (; unit < 3 && ns >= 999.5; unit++)
		ns /= 1000;
	strbuf_fmt(b,
		   ns < 9.995 && unit	? "%.2f%s"
		   : ns < 99.95 && unit ? "%.1f%s"
					: "%.0f%s",
		   ns, units[unit]);
}

void strbuf_time(struct strbuf *b, uint64_t ns, unsigned count)
{
	uint64_t frac = ns % NSEC_PER_SEC;

	strbuf_u64(b, ns / NSEC_PER_SEC);
	strbuf_char(b, '.');
	if (count == 6)
		strbuf_u64_pad(b, frac / 1000, 6, '0');
	else
		strbuf_u64_pad(b, frac, 9, '0');
}

void strbuf_shift(struct strbuf *b, size_t n)
{
	if (!n)
		return;
	memmove(b->s, b->s + n, b->len - n);
	strbuf_cut(b, b->len - n);
}

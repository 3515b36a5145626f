/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strbuf: bytes that grow at the end, always closed by a NUL.
 *
 * A zeroed struct is an empty buffer. Text of events is made here, so the common
 * calls are inline and know nothing of printf.
 */
#ifndef CORE_STRBUF_H
#define CORE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strbuf {
	char *s; /* NULL before the first byte */
	size_t len;
	size_t cap; /* bytes allocated, the NUL counted */
};

/* Makes room for n more bytes and the NUL, and returns where they go. Aborts without memory. */
char *strbuf_grow(struct strbuf *b, size_t n);

/* Frees the bytes; the buffer is empty and usable again. */
void strbuf_done(struct strbuf *b);

/* Hands over the bytes, never NULL; the caller frees them. The buffer is empty again. */
char *strbuf_take(struct strbuf *b);

/* Appends printf text. */
void strbuf_fmt(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends v in decimal. */
void strbuf_u64(struct strbuf *b, uint64_t v);
void strbuf_s64(struct strbuf *b, int64_t v);

/* Appends v in lower-case hexadecimal without a prefix. */
void strbuf_hex(struct strbuf *b, uint64_t v);

/* Appends v in decimal, padded on the left with fill to at least width. */
void strbuf_u64_pad(struct strbuf *b, uint64_t v, unsigned width, char fill);

/* Appends v in decimal with commas: 1,234,567. */
void strbuf_grouped(struct strbuf *b, uint64_t v);

/* Appends v where there is no room for digits: 9999, 12k, 1.2M, 3.4G. */
void strbuf_count(struct strbuf *b, uint64_t v);

/* Appends a duration in ns by its unit, with three digits: 999ns, 12.3us, 4.56ms, 78.9s. */
void strbuf_duration(struct strbuf *b, double ns);

/* Appends a time in ns as seconds with nine decimals, or with six where digits is 6. */
void strbuf_time(struct strbuf *b, uint64_t ns, unsigned digits);

/* Returns at least n writable bytes behind the end; commit them by adding to len. */
static inline char *strbuf_room(struct strbuf *b, size_t n)
{
	if (__builtin_expect(b->cap - b->len > n, 1))
		return b->s + b->len;
	return strbuf_grow(b, n);
}

static inline void strbuf_add(struct strbuf *b, const void *p, size_t n)
{
	char *to = strbuf_room(b, n);

	memcpy(to, p, n);
	to[n] = '\0';
	b->len += n;
}

static inline void strbuf_str(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

static inline void strbuf_char(struct strbuf *b, char c)
{
	char *to = strbuf_room(b, 1);

	to[0] = c;
	to[1] = '\0';
	b->len++;
}

/* Forgets the bytes and keeps the memory. */
static inline void strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	if (b->s)
		b->s[0] = '\0';
}

/* Cuts the buffer to len bytes; len is at most the present length. */
static inline void strbuf_cut(struct strbuf *b, size_t len)
{
	b->len = len;
	if (b->s)
		b->s[len] = '\0';
}

/* Takes the first n bytes away; n is at most the present length. */
void strbuf_shift(struct strbuf *b, size_t n);

/* The bytes as a C string; "" for an empty buffer. Borrowed until the next call. */
static inline const char *strbuf_cstr(const struct strbuf *b)
{
	return b->s ? b->s : "";
}

#endif

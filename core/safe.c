/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safe: one decoder of UTF-8 that trusts nothing, and what each face makes of its answers.
 */
#include "core/safe.h"

#include "core/util.h"

static const char hexdigits[] = "0123456789abcdef";

/* Bytes 0x20-0x7e, eight at a time: no bit 7, nothing below a blank, no DEL. */
static size_t plain_prefix(const char *p, size_t n)
{
	const uint64_t ones = 0x0101010101010101ULL, high = ones << 7;
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t v = load_u64(p + i), del = v ^ (ones * 0x7f);

		if ((v | (v - ones * 0x20) | (del - ones)) & high)
			break;
	}
	while (i < n && p[i] >= ' ' && p[i] != 0x7f)
		i++;
	return i;
}

unsigned utf8_decode(const char *s, size_t n, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	unsigned len = p[0] < 0x80	 ? 1
		       : p[0] >> 5 == 6	 ? 2
		       : p[0] >> 4 == 14 ? 3
		       : p[0] >> 3 == 30 ? 4
					 : 0;
	uint32_t c;

	if (!len || len > n)
		return 0;
	c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (unsigned i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return len;
}

/* Characters that are not seen themselves but change what is seen. */
static bool is_sly(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x61c || c == 0xad ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static void put_byte(struct strbuf *b, unsigned char c)
{
	char s[4] = { '\\', 'x', hexdigits[c >> 4], hexdigits[c & 15] };

	strbuf_add(b, s, sizeof(s));
}

static void put_u4(struct strbuf *b, uint32_t c)
{
	char s[6] = { '\\',
		      'u',
		      hexdigits[c >> 12 & 15],
		      hexdigits[c >> 8 & 15],
		      hexdigits[c >> 4 & 15],
		      hexdigits[c & 15] };

	strbuf_add(b, s, sizeof(s));
}

/* \uXXXX; beyond 16 bits a pair of surrogates, as JSON wants it. */
static void put_escaped(struct strbuf *b, uint32_t c)
{
	if (c >= 0x10000) {
		put_u4(b, 0xd800 + ((c - 0x10000) >> 10));
		put_u4(b, 0xdc00 + ((c - 0x10000) & 0x3ff));
	} else {
		put_u4(b, c);
	}
}

static const char *control_name(uint32_t c)
{
	switch (c) {
	case '\n':
		return "\\n";
	case '\t':
		return "\\t";
	case '\r':
		return "\\r";
	default:
		return NULL;
	}
}

void safe_text(struct strbuf *b, const char *p, size_t n)
{
	while (n) {
		size_t plain = plain_prefix(p, n);
		uint32_t c = 0;
		unsigned len;

		strbuf_add(b, p, plain);
		p += plain;
		n -= plain;
		if (!n)
			return;
		len = utf8_decode(p, n, &c);
		if (!len || c < ' ' || (c >= 0x7f && c < 0xa0)) {
			if (len && control_name(c))
				strbuf_str(b, control_name(c));
			else
				for (unsigned i = 0; i < MAX(len, 1u); i++)
					put_byte(b, (unsigned char)p[i]);
		} else if (is_sly(c)) {
			put_escaped(b, c);
		} else {
			strbuf_add(b, p, len);
		}
		len = MAX(len, 1u);
		p += len;
		n -= len;
	}
}

static void json_char(struct strbuf *b, uint32_t c, const char *p, unsigned len)
{
	if (c == '"' || c == '\\') {
		char s[2] = { '\\', (char)c };

		strbuf_add(b, s, 2);
	} else if (c < ' ' && control_name(c)) {
		strbuf_str(b, control_name(c));
	} else if (c < ' ' || (c >= 0x7f && c < 0xa0) || is_sly(c)) {
		put_escaped(b, c);
	} else {
		strbuf_add(b, p, len);
	}
}

void safe_json(struct strbuf *b, const char *p, size_t n)
{
	strbuf_char(b, '"');
	while (n) {
		size_t plain = plain_prefix(p, n);
		uint32_t c = 0xfffd;
		unsigned len;

		for (size_t i = 0; i < plain; i++) {
			if (p[i] == '"' || p[i] == '\\')
				plain = i;
		}
		strbuf_add(b, p, plain);
		p += plain;
		n -= plain;
		if (!n)
			break;
		len = utf8_decode(p, n, &c);
		if (len)
			json_char(b, c, p, len);
		else
			strbuf_str(b, "\xef\xbf\xbd");
		len = MAX(len, 1u);
		p += len;
		n -= len;
	}
	strbuf_char(b, '"');
}

bool safe_is_plain(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint32_t c = 0;
		unsigned len;

		i += plain_prefix(p + i, n - i);
		if (i == n)
			break;
		len = utf8_decode(p + i, n - i, &c);
		if (!len || c < ' ' || (c >= 0x7f && c < 0xa0) || is_sly(c))
			return false;
		i += len;
	}
	return true;
}

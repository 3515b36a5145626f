/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_quote: values as they can be typed: what a hostile name means is its bytes and nothing
 * else.
 */
#include "core/filter.h"
#include "core/safe.h"

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

void filter_quote(struct strbuf *out, const char *text, size_t n)
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

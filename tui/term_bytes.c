/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * term_bytes: the nearest colour of a terminal, and text for its clipboard.
 */
#include "tui/term_bytes.h"

#include "core/util.h"

enum { ANSI_WHITE = 7, ANSI_BLACK = 0, BRIGHT_BLACK = 8 };

static int raw_number(const struct shade *s, const struct theme_color *c)
{
	return s->colors == SHADE_DIRECT ? c->rgb : s->colors >= 256 ? c->c256 : c->c16;
}

/* Of a direct colour terminal, where small numbers may mean the palette. */
static int direct_number(int n)
{
	if (n < BRIGHT_BLACK)
		return n;
	n = n & COLOR_RGB ? n & 0xffffff : (int)theme_palette(n);
	return n < 256 ? n | 0x100 : n; /* nobody sees this much green */
}

int shade_number(const struct shade *s, const struct theme_color *c, bool is_fg)
{
	int n = raw_number(s, c);

	/* Bright black as bold black may be black: shade_attrs makes it dim. */
	if (s->colors < 16 && is_fg && n == BRIGHT_BLACK)
		n = COLOR_DEFAULT;
	if (n < 0)
		return s->has_default ? -1 : is_fg ? ANSI_WHITE : ANSI_BLACK;
	if (s->colors == SHADE_DIRECT)
		return direct_number(n);
	return s->colors < 16 ? n & 7 : n;
}

unsigned shade_attrs(const struct shade *s, const struct theme_color *c)
{
	if (s->colors == 0 || s->colors >= 16 || c->c16 < BRIGHT_BLACK)
		return 0;
	return c->c16 == BRIGHT_BLACK ? ATTR_DIM : ATTR_BOLD;
}

static void base64(const char *text, size_t n, struct strbuf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		unsigned v = (unsigned)p[i] << 16;

		if (left > 1)
			v |= (unsigned)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		strbuf_char(out, digits[v >> 18]);
		strbuf_char(out, digits[v >> 12 & 63]);
		strbuf_char(out, left > 1 ? digits[v >> 6 & 63] : '=');
		strbuf_char(out, left > 2 ? digits[v & 63] : '=');
	}
}

void term_osc52(const char *text, size_t n, bool in_screen, struct strbuf *out)
{
	enum { PORTION = 76 };
	struct strbuf osc = { 0 };

	strbuf_str(&osc, "\033]52;c;");
	base64(text, n, &osc);
	strbuf_char(&osc, '\a');
	for (size_t i = 0; in_screen && i < osc.len; i += PORTION) {
		strbuf_str(out, "\033P");
		strbuf_add(out, osc.s + i, MIN(osc.len - i, (size_t)PORTION));
		strbuf_str(out, "\033\\");
	}
	if (!in_screen)
		strbuf_add(out, osc.s, osc.len);
	strbuf_done(&osc);
}

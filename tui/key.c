/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key: names of keys, from people and for people. One table is read in both directions.
 */
#include "tui/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/util.h"
#include "tui/glyph.h"

/* The first name of a code is the one that is shown. */
static const struct {
	const char *name;
	keycode key;
} names[] = {
	{ "Space", ' ' },
	{ "Enter", KC_RETURN },
	{ "Return", KC_RETURN },
	{ "Esc", KC_ESC },
	{ "Escape", KC_ESC },
	{ "Tab", KC_TAB },
	{ "S-Tab", KC_BACK_TAB },
	{ "BackTab", KC_BACK_TAB },
	{ "Backspace", KC_BACK },
	{ "BS", KC_BACK },
	{ "Up", KC_UP },
	{ "Down", KC_DOWN },
	{ "Left", KC_LEFT },
	{ "Right", KC_RIGHT },
	{ "PageUp", KC_PAGE_UP },
	{ "PgUp", KC_PAGE_UP },
	{ "PageDown", KC_PAGE_DOWN },
	{ "PgDn", KC_PAGE_DOWN },
	{ "Home", KC_HOME },
	{ "End", KC_END },
	{ "Insert", KC_INSERT },
	{ "Ins", KC_INSERT },
	{ "Delete", KC_DELETE },
	{ "Del", KC_DELETE },
};

static const char *name_at(size_t i, void *data)
{
	return names[i].name;
}

/* "F1" to "F63". */
static bool parse_function_key(const char *s, keycode *ret)
{
	char *end;
	long n;

	if ((s[0] != 'F' && s[0] != 'f') || s[1] < '1' || s[1] > '9')
		return false;
	n = strtol(s + 1, &end, 10);
	if (*end || n > KC_FN_LAST - KC_FN)
		return false;
	*ret = KC_FN + (keycode)n;
	return true;
}

/* A name without modifiers, or one printable character. */
static bool parse_plain(const char *s, keycode *ret)
{
	size_t n = strlen(s);
	uint32_t c = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(s, names[i].name))
			continue;
		*ret = names[i].key;
		return true;
	}
	if (parse_function_key(s, ret))
		return true;
	if (n == 0 || utf8_decode(s, n, &c) != n || char_width(c) <= 0)
		return false;
	*ret = c;
	return true;
}

/* The control character of a letter or one of \ ] ^ _; C-[ is Esc, C-i Tab and C-m Enter. */
static bool parse_control(const char *s, keycode *ret)
{
	char c = s[0] >= 'a' && s[0] <= 'z' ? (char)(s[0] - 'a' + 'A') : s[0];

	if (!s[0] || s[1] || c < 'A' || c > '_')
		return false;
	*ret = (keycode)c & 0x1f;
	return true;
}

int key_parse(const char *name, keycode *ret, struct err *e)
{
	const char *s = name, *near;
	keycode k = 0, alt = 0;

	if (!strncasecmp(s, "M-", 2) && s[2]) {
		alt = KC_ALT;
		s += 2;
	}
	if (parse_plain(s, &k) || (!strncasecmp(s, "C-", 2) && parse_control(s + 2, &k))) {
		*ret = k | alt;
		return 0;
	}
	if (!name[0])
		return err_set(e, -EINVAL, "the name of a key is missing");
	if (!strncasecmp(s, "C-", 2))
		return err_set(e, -EINVAL, "'%.40s' is no key: Ctrl goes with a letter, as in C-a",
			       name);
	near = util_nearest(s, name_at, ARRAY_SIZE(names), NULL);
	if (near)
		return err_set(e, -EINVAL, "'%.40s' is no key; did you mean %s%s?", name,
			       alt ? "M-" : "", near);
	return err_set(e, -EINVAL,
		       "'%.40s' is no key: a key is one character, C-a, M-a, F1 or a name such as "
		       "Space, Enter, Esc, Tab, Up, PageDown, Home, Delete",
		       name);
}

void key_label(keycode k, struct strbuf *out)
{
	char utf8[4];

	if (k & KC_ALT)
		strbuf_str(out, "M-");
	k &= ~(keycode)KC_ALT;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].key != k)
			continue;
		strbuf_str(out, names[i].name);
		return;
	}
	if (k > KC_FN && k <= KC_FN_LAST) {
		strbuf_fmt(out, "F%u", (unsigned)(k - KC_FN));
	} else if (k > 0 && k < ' ') {
		strbuf_str(out, "C-");
		strbuf_char(out, (char)(k <= 26 ? k + 'a' - 1 : k + '@'));
	} else if (k < KC_FIRST_NAMED && char_width(k) > 0) {
		strbuf_add(out, utf8, utf8_encode(k, utf8));
	} else {
		strbuf_str(out, "?");
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of keys: every key has one that leads back to it, and what is no key is explained.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/glyph.h"
#include "tui/key.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		keycode key;
		const char *shown; /* NULL: name */
	} rows[] = {
		{ "a", 'a', NULL },
		{ "A", 'A', NULL },
		{ "<", '<', NULL },
		{ "#", '#', NULL },
		{ "-", '-', NULL },
		{ "F", 'F', NULL },
		{ "M", 'M', NULL },
		{ "C", 'C', NULL },
		{ "\u00e9", 0xe9, NULL },
		{ "\u4e2d", 0x4e2d, NULL },
		{ "Space", ' ', NULL },
		{ " ", ' ', "Space" },
		{ "space", ' ', "Space" },
		{ "ENTER", KC_RETURN, "Enter" },
		{ "Return", KC_RETURN, "Enter" },
		{ "C-m", KC_RETURN, "Enter" },
		{ "C-i", KC_TAB, "Tab" },
		{ "C-[", KC_ESC, "Esc" },
		{ "Esc", KC_ESC, NULL },
		{ "Tab", KC_TAB, NULL },
		{ "S-Tab", KC_BACK_TAB, NULL },
		{ "Backspace", KC_BACK, NULL },
		{ "C-a", 1, NULL },
		{ "c-A", 1, "C-a" },
		{ "C-z", 26, NULL },
		{ "C-\\", 28, NULL },
		{ "C-_", 31, NULL },
		{ "M-x", KC_ALT | 'x', NULL },
		{ "M-X", KC_ALT | 'X', NULL },
		{ "M--", KC_ALT | '-', NULL },
		{ "M-C-a", KC_ALT | 1, NULL },
		{ "M-Up", KC_ALT | KC_UP, NULL },
		{ "PgDn", KC_PAGE_DOWN, "PageDown" },
		{ "F1", KC_FN + 1, NULL },
		{ "f12", KC_FN + 12, "F12" },
		{ "F63", KC_FN + 63, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct err e = ERR_INIT;
		keycode k = KC_NONE;

		if (key_parse(rows[i].name, &k, &e) < 0)
			fail_msg("'%s': %s", rows[i].name, e.text);
		if (k != rows[i].key)
			fail_msg("'%s' is 0x%x, not 0x%x", rows[i].name, k, rows[i].key);
		key_label(k, &b);
		assert_string_equal(strbuf_cstr(&b), rows[i].shown ? rows[i].shown : rows[i].name);
	}
}

static void check_round_trip(keycode k)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct err e = ERR_INIT;
	keycode back = KC_NONE;

	key_label(k, &b);
	if (key_parse(strbuf_cstr(&b), &back, &e) < 0 || back != k)
		fail_msg("0x%x is called '%s', which is 0x%x %s", k, strbuf_cstr(&b), back, e.text);
}

static void test_every_key_comes_back(void **state)
{
	for (keycode k = 1; k < 0x3000; k++) {
		if (k >= 0x20 && k != KC_BACK && char_width(k) <= 0)
			continue;
		check_round_trip(k);
		check_round_trip(k | KC_ALT);
	}
	for (keycode k = KC_FIRST_NAMED; k <= KC_FN_LAST; k++) {
		if (k == KC_FN)
			continue;
		check_round_trip(k);
		check_round_trip(k | KC_ALT);
	}
}

static void test_no_keys(void **state)
{
	static const struct {
		const char *name, *says;
	} rows[] = {
		{ "", "missing" },	 { "Entr", "did you mean Enter" },
		{ "M-Dwon", "M-Down" },	 { "Pageup2", "PageUp" },
		{ "F0", "is no key" },	 { "F64", "is no key" },
		{ "F1x", "is no key" },	 { "qq", "one character" },
		{ "C-", "a letter" },	 { "C-Up", "a letter" },
		{ "C-aa", "a letter" },	 { "\xff", "is no key" },
		{ "\x01", "is no key" }, { "\u0301", "is no key" },
		{ "M-", "is no key" },	 { "\u202e", "is no key" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		keycode k = 12345;

		assert_int_equal(key_parse(rows[i].name, &k, &e), -EINVAL);
		assert_int_equal(k, 12345);
		if (!strstr(e.text, rows[i].says))
			fail_msg("'%s': %s", rows[i].name, e.text);
	}
	assert_int_equal(key_parse("nonsense", &(keycode) { 0 }, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_every_key_comes_back),
		cmocka_unit_test(test_no_keys),
	};

	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys: the built-in file, lookups and overrides, every error with its place, and that a broken
 * file leaves the map as it was.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/util.h"
#include "tui/keymap.h"

static int parse(struct keymap *m, const char *text, struct err *e)
{
	return keymap_parse(m, "my.conf", text, strlen(text), e);
}

static keycode key(const char *name)
{
	keycode k = KC_NONE;

	assert_int_equal(key_parse(name, &k, NULL), 0);
	return k;
}

/* ---- the built-in file ---- */

static const struct {
	const char *view, *key, *action;
} builtin[] = {
	{ NULL, "q", "quit" },
	{ NULL, "C-c", "quit" },
	{ NULL, "F10", "quit" },
	{ NULL, "\\", "maximize" },
	{ NULL, "=", "grow" },
	{ NULL, "+", "grow" },
	{ NULL, "Space", NULL },
	{ NULL, "5", NULL },
	{ "events", "Space", "pause" },
	{ "tracers", "Space", "toggle" },
	{ "processes", "Space", NULL },
	{ "events", "[", "prev-loss" },
	{ "events", "\"", "prev-bookmark" },
	{ "events", "'", "next-bookmark" },
	{ "events", "j", "down" },
	{ "events", "Down", "down" },
	{ "tracers", "o", "only-on" },
	{ "processes", "o", "sort" },
	{ "help", "q", "cancel" },
	{ "nowhere", "q", "quit" },
};

static void test_builtin(void **state)
{
	struct keymap *m = keymap_new();

	for (size_t i = 0; i < ARRAY_SIZE(builtin); i++) {
		enum action want = builtin[i].action ? action_find(builtin[i].action) : ACT_NONE;

		assert_true(!builtin[i].action || want != ACT_NONE);
		if (keymap_action(m, builtin[i].view, key(builtin[i].key)) != want)
			fail_msg("%s in %s is not %s", builtin[i].key,
				 builtin[i].view ? builtin[i].view : "global",
				 builtin[i].action ? builtin[i].action : "none");
	}
	keymap_free(m);
}

/* Every action has a key, and one that every keyboard and every terminal has. */
static void test_letters(void **state)
{
	static const char *const sections[] = { NULL,	 "events",   "tracers", "processes",
						"trail", "heat-map", "cockpit" };
	struct keymap *m = keymap_new();

	for (unsigned a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		bool found = false;

		for (size_t s = 0; s < ARRAY_SIZE(sections); s++)
			for (keycode k = 1; k < 127; k++)
				found |= keymap_action(m, sections[s], k) == a;
		if (!found)
			fail_msg("%s has no key but F-keys and arrows", actions[a].name);
		assert_true(keymap_bound(m, (enum action)a));
	}
	keymap_free(m);
}

static void test_actions(void **state)
{
	assert_int_equal(action_find("quit"), ACT_QUIT);
	assert_int_equal(action_find("gone"), ACT_GONE);
	assert_int_equal(action_find("none"), ACT_NONE);
	assert_int_equal(action_find(""), ACT_NONE);
	for (unsigned a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		assert_int_equal(action_find(actions[a].name), a);
		assert_true(strlen(actions[a].help) > 0 && strlen(actions[a].group) > 0);
	}
}

/* ---- the names that help shows ---- */

static void test_names(void **state)
{
	struct keymap *m = keymap_new();
	struct strbuf b = { 0 };

	keymap_keys(m, NULL, ACT_QUIT, &b);
	assert_string_equal(strbuf_cstr(&b), "q C-c F10");
	strbuf_clear(&b);
	assert_true(keymap_key(m, "events", ACT_DOWN, &b));
	assert_string_equal(strbuf_cstr(&b), "j");
	strbuf_clear(&b);
	assert_true(keymap_key(m, NULL, ACT_HELP, &b));
	assert_string_equal(strbuf_cstr(&b), "?");
	strbuf_clear(&b);
	assert_false(keymap_key(m, "processes", ACT_PAUSE, &b));
	assert_false(keymap_key(m, NULL, ACT_NONE, &b));
	assert_int_equal(b.len, 0);

	/* A view's own key comes first; one that it uses otherwise is not told. */
	assert_int_equal(parse(m, "[events]\nx = pause\nZ = quit\nq = pause", NULL), 0);
	keymap_keys(m, "events", ACT_QUIT, &b);
	assert_string_equal(strbuf_cstr(&b), "Z C-c F10");
	strbuf_clear(&b);
	keymap_keys(m, "events", ACT_EXCLUDE, &b);
	assert_string_equal(strbuf_cstr(&b), "");
	strbuf_clear(&b);
	keymap_keys(m, "tracers", ACT_EXCLUDE, &b);
	assert_string_equal(strbuf_cstr(&b), "x");
	strbuf_done(&b);
	keymap_free(m);
}

static void test_bound(void **state)
{
	struct keymap *m = keymap_new();

	assert_true(keymap_section(m, "events"));
	assert_true(keymap_section(m, "global"));
	assert_false(keymap_section(m, "event"));
	assert_false(keymap_section(m, NULL));
	assert_false(keymap_bound(m, ACT_NONE));
	assert_int_equal(parse(m, "[tracers]\nz = none\n", NULL), 0);
	assert_false(keymap_bound(m, ACT_NOISIEST_OFF));
	assert_true(keymap_bound(m, ACT_TOGGLE));
	keymap_free(m);
}

/* ---- a file of one's own ---- */

static const struct {
	const char *text, *view, *key, *action;
} files[] = {
	{ "[global]\nj = up", NULL, "j", "up" },
	{ "[global]\nj = up", "events", "j", "up" },
	{ "[global]\nj=up", NULL, "j", "up" },
	{ "[global]\r\nj = up\r\n", NULL, "j", "up" },
	{ "\n\n# words\n  [ global ]  # more\n\tj\t=\tup  # k = down\n", NULL, "j", "up" },
	{ "[events]\nj = none", "events", "j", NULL },
	{ "[events]\nj = none", "tracers", "j", "down" },
	{ "[global]\nj = none", "events", "j", NULL },
	{ "[global]\n= = up", NULL, "=", "up" },
	{ "[global]\n==up", NULL, "=", "up" },
	{ "[global]\n\\# = up", NULL, "#", "up" },
	{ "[global]\n\\ = up", NULL, "\\", "up" },
	{ "[global]\n[ = up", NULL, "[", "up" },
	{ "[global]\n] = up", NULL, "]", "up" },
	{ "[global]\n; = up", NULL, ";", "up" },
	{ "[global]\na b F5 M-x = up", NULL, "M-x", "up" },
	{ "[global]\na b F5 M-x = up", NULL, "F5", "up" },
	{ "[global]\n\xc3\xa4 = up", NULL, "\xc3\xa4", "up" },
	{ "[events]\nj = up\n[tracers]\nk = down\n[events]\nk = pause", "events", "k", "pause" },
	{ "", NULL, "q", "quit" },
};

static void test_files(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct keymap *m = keymap_new();
		struct err e = ERR_INIT;
		enum action want = files[i].action ? action_find(files[i].action) : ACT_NONE;

		if (parse(m, files[i].text, &e) != 0)
			fail_msg("'%s': %s", files[i].text, e.text);
		if (keymap_action(m, files[i].view, key(files[i].key)) != want)
			fail_msg("'%s': wrong action", files[i].text);
		keymap_free(m);
	}
}

/* A later file wins, key by key. */
static void test_layers(void **state)
{
	struct keymap *m = keymap_new();

	assert_int_equal(parse(m, "[global]\nj = up\nk = none", NULL), 0);
	assert_int_equal(parse(m, "[global]\nk = down", NULL), 0);
	assert_int_equal(keymap_action(m, NULL, 'j'), ACT_UP);
	assert_int_equal(keymap_action(m, NULL, 'k'), ACT_DOWN);
	keymap_free(m);
}

static const struct {
	const char *text, *says;
} errors[] = {
	{ "j = up", "my.conf:1:1: a section such as [global] must come first" },
	{ "[evnts]\n", "my.conf:1:2: [evnts]: unknown section; nearest is [events]" },
	{ "[zzzzzzzz]\n", "my.conf:1:2: [zzzzzzzz]: unknown section" },
	{ "[global\n", "my.conf:1:8: ']' is missing behind the section's name" },
	{ "[ ]\n", "my.conf:1:3: a section's name is missing" },
	{ "[global]\n\nj = dwn\n", "my.conf:3:5: 'dwn' is no action; nearest is 'down'" },
	{ "[global]\nj = down down\n", "my.conf:2:5: 'down down' is no action" },
	{ "[global]\nj = zzzzzzzz\n", "my.conf:2:5: 'zzzzzzzz' is no action" },
	{ "[global]\nj =\n", "my.conf:2:4: an action is missing behind '='" },
	{ "[global]\n  = down\n", "my.conf:2:3: a key is missing before '='" },
	{ "[global]\nj down\n", "my.conf:2:7: '=' and an action are missing" },
	{ "[global]\nj Splace = down\n", "my.conf:2:3: 'Splace' is no key" },
	{ "[global]\nj C-\xc3\xa4 = down\n", "my.conf:2:3: 'C-\xc3\xa4' is no key" },
	{ "[global]\nj jj = down\n", "my.conf:2:3: 'jj' is no key" },
	{ "[global]\n7 = down\n", "my.conf:2:1: '7' is no key: digits make the count" },
	{ "[global]\nj = up\nj = down\n", "my.conf:3:1: 'j' stands in line 2 already" },
	{ "[global]\nj k j = up\n", "my.conf:2:5: 'j' stands in line 2 already" },
	{ "[global]\nx\x1b[2J = up\n", "my.conf:2:1: 'x?[2J' is no key" },
	{ "[global]\nx = \x1b[2J\n", "my.conf:2:5: '?[2J' is no action" },
	{ "[global]\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz = up\n",
	  "my.conf:2:1: 'abcdefghijklmnopqrstuvwxyzabcde...' is no key" },
};

static void test_errors(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct keymap *m = keymap_new();
		struct err e = ERR_INIT;

		assert_int_equal(parse(m, errors[i].text, &e), -EINVAL);
		if (strncmp(e.text, errors[i].says, strlen(errors[i].says)))
			fail_msg("said: %s\nwanted: %s", e.text, errors[i].says);
		assert_true(e.column >= 0);
		assert_int_equal(parse(m, errors[i].text, NULL), -EINVAL);
		/* All or nothing. */
		assert_int_equal(keymap_action(m, NULL, 'j'), ACT_DOWN);
		keymap_free(m);
	}
}

static void test_nul(void **state)
{
	static const char text[] = "[global]\nj = up\nk\0 = down\n";
	struct keymap *m = keymap_new();
	struct err e = ERR_INIT;

	assert_int_equal(keymap_parse(m, "my.conf", text, sizeof(text) - 1, &e), -EINVAL);
	assert_string_equal(e.text, "my.conf:3:1: a NUL byte: this is no text");
	assert_int_equal(keymap_action(m, NULL, 'j'), ACT_DOWN);
	keymap_free(m);
}

/* Random lines of what a key file is made of: no crash, and never half a file. */
static void test_random(void **state)
{
	static const char *const words[] = { "[global]", "[", "]",  "=",  "\n", " ",  "j", "Down",
					     "up",	 "#", "\\", "\t", "C-", "M-", "7", "\xff" };
	uint32_t seed = 1;

	for (unsigned round = 0; round < 3000; round++) {
		struct keymap *m = keymap_new();
		struct strbuf b = { 0 };

		for (unsigned i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			strbuf_str(&b, words[(seed >> 20) % ARRAY_SIZE(words)]);
		}
		if (keymap_parse(m, "r", strbuf_cstr(&b), b.len, NULL) < 0)
			assert_int_equal(keymap_action(m, NULL, 'j'), ACT_DOWN);
		strbuf_done(&b);
		keymap_free(m);
	}
}

/* ---- files ---- */

static void test_read(void **state)
{
	char path[] = "/tmp/test_keymap.XXXXXX";
	int fd = mkstemp(path);
	struct keymap *m = keymap_new();
	struct err e = ERR_INIT;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[global]\nj = up\n", 16), 16);
	close(fd);
	assert_int_equal(keymap_read(m, path, false, &e), 0);
	assert_int_equal(keymap_action(m, NULL, 'j'), ACT_UP);
	unlink(path);
	assert_int_equal(keymap_read(m, path, true, &e), 0);
	assert_int_equal(keymap_read(m, path, false, &e), -ENOENT);
	assert_non_null(strstr(e.text, path));
	assert_int_equal(keymap_read(m, "/dev/zero", false, &e), -EINVAL);
	assert_int_equal(keymap_read(m, "/tmp", false, &e), -EINVAL);
	keymap_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin), cmocka_unit_test(test_letters),
		cmocka_unit_test(test_actions), cmocka_unit_test(test_names),
		cmocka_unit_test(test_bound),	cmocka_unit_test(test_files),
		cmocka_unit_test(test_layers),	cmocka_unit_test(test_errors),
		cmocka_unit_test(test_nul),	cmocka_unit_test(test_random),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("keymap", tests, NULL, NULL);
}

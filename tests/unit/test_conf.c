/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: what is read from which text, the place in every complaint, what
 * overrides what, and where files are looked for.
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

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/conf.h"
#include "core/util.h"

static struct conf *parse(const char *text)
{
	struct conf *c = conf_new();
	struct err e = ERR_INIT;

	if (conf_parse(c, "f", text, strlen(text), &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	return c;
}

static void test_values(void **state)
{
	static const struct {
		const char *text, *section, *key, *want;
	} rows[] = {
		{ "[s]\nk = v\n", "s", "k", "v" },
		{ "[s]\nk=v", "s", "k", "v" },
		{ "[s]\nk = v\n", "s", "other", NULL },
		{ "[s]\nk = v\n", "t", "k", NULL },
		{ "[s]\nk = \n", "s", "k", "" },
		{ "[s]\nk =\t a  b \t\n", "s", "k", "a  b" },
		{ "k = v\n", "", "k", "v" },
		{ "\xef\xbb\xbf[s]\r\nk = v\r\n", "s", "k", "v" },
		{ "[ s ]\nk = v\n", "s", "k", "v" },
		{ "[tracer  a:b c ] # x\nk = v\n", "tracer a:b c", "k", "v" },
		{ "[s]\nsched:sched_switch = on\n", "s", "sched:sched_switch", "on" },
		{ "[s]\nk = a = b\n", "s", "k", "a = b" },
		{ "[s]\n[t]\n[s]\nk = v", "s", "k", "v" },
		/* comments */
		{ "# c\n; c\n[s]\n  # c\nk = v # c\n", "s", "k", "v" },
		{ "[s]\nk = v ; c\n", "s", "k", "v" },
		{ "[s]\nk = v;x#y\n", "s", "k", "v;x#y" },
		{ "[s]\nk = # c\n", "s", "k", "" },
		{ "[s]\nk =# c\n", "s", "k", "# c" },
		{ "[s]\nk = #f00\n", "s", "k", "" },
		{ "[s]\nk = \"#f00\"\n", "s", "k", "#f00" },
		/* quotes */
		{ "[s]\nk = \" a ;b \" ; c\n", "s", "k", " a ;b " },
		{ "[s]\nk = \"\"\n", "s", "k", "" },
		{ "[s]\nk = \"a\\n\\t\\\"\\\\b\"\n", "s", "k", "a\n\t\"\\b" },
		{ "[s]\nk = comm == \"a ;b\" ; c\n", "s", "k", "comm == \"a ;b\"" },
		{ "[s]\nk = \"a\" \"b\"\n", "s", "k", "\"a\" \"b\"" },
		{ "[s]\nk = \"a\"b\n", "s", "k", "\"a\"b" },
		{ "[s]\nk = x\"\\\" ;\" ; c\n", "s", "k", "x\"\\\" ;\"" },
		{ "[s]\nk = it's\n", "s", "k", "it's" },
		{ "[s]\nk = a\\nb\n", "s", "k", "a\\nb" },
		/* lines that go on */
		{ "[s]\nk = a\n b\n\tc ; x\nl = d\n", "s", "k", "a b c" },
		{ "[s]\nk = a\n b\nl = d\n", "s", "l", "d" },
		{ "[s]\nk =\n a\n", "s", "k", "a" },
		{ "[s]\nk = a\n # x\n# y\n b\n", "s", "k", "a b" },
		{ "[s]\nk = a\n b = c\n", "s", "k", "a b = c" },
		{ "[s]\nk = a\n [t]\n", "s", "k", "a [t]" },
		{ "[s]\nk = \"a\"\n  \"b\"\n", "s", "k", "\"a\" \"b\"" },
		{ "[s]\nk =\n  \" a\"\n", "s", "k", " a" },
		{ "[s]\nk = a\n   \nl = b\n", "s", "k", "a" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct conf *c = parse(rows[i].text);
		const char *got = conf_get(c, rows[i].section, rows[i].key);

		if (!rows[i].want ? got != NULL : !got || strcmp(got, rows[i].want) != 0)
			fail_msg("'%s': '%s'", rows[i].text, got ? got : "(none)");
		conf_free(c);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *says;
		int code;
	} rows[] = {
		{ "[s\nk = v\n", "dir/f:1:3: ']' is missing", -EINVAL },
		{ "[]\n", "dir/f:1:2: the section has no name", -EINVAL },
		{ "[ ]\n", "dir/f:1:3: the section has no name", -EINVAL },
		{ "[s] x\n", "dir/f:1:5: nothing but a comment", -EINVAL },
		{ "[s]\nk\n", "dir/f:2:2: '=' is missing", -EINVAL },
		{ "[s]\nk # = v\n", "dir/f:2:2: a key is one word", -EINVAL },
		{ "[s]\n= v\n", "dir/f:2:1: a key is missing", -EINVAL },
		{ "[s]\na b = v\n", "dir/f:2:2: a key is one word", -EINVAL },
		{ "[s]\n\"k\" = v\n", "dir/f:2:1: a key is one word", -EINVAL },
		{ "[s]\nk = \"v\n", "dir/f:2:5: the quote is not closed", -EINVAL },
		{ "[s]\nk = v \"\\\"\n", "dir/f:2:7: the quote is not closed", -EINVAL },
		{ "[s]\nk = v\n  \"w\n", "dir/f:3:3: the quote is not closed", -EINVAL },
		{ "[s]\nk = \"a\\x\"\n", "dir/f:2:7: unknown escape", -EINVAL },
		{ "[s]\n  k = v\n", "dir/f:2:3: a line that begins with white space", -EINVAL },
		{ "[s]\nk = v\n\n  w\n", "dir/f:4:3: a line that begins with white space",
		  -EINVAL },
		{ "[s]\nk = v\n[t]\n  w\n", "dir/f:4:3: a line that begins with white space",
		  -EINVAL },
		{ "[s]\nk = \x1b[31m\n", "dir/f:2:5: a control character (\\x1b)", -EINVAL },
		{ "[s]\nk = v\nl = w\nk = x\n",
		  "dir/f:4:1: [s] k: set twice, first in line 2, column 1", -EEXIST },
		{ "[s]\nk = v\n[t]\n[s]\nk = x\n", "dir/f:5:1: [s] k: set twice, first in line 2",
		  -EEXIST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct conf *c = conf_new();
		struct err e = ERR_INIT;
		int r = conf_parse(c, "dir/f", rows[i].text, strlen(rows[i].text), &e);

		if (r != rows[i].code || e.code != r ||
		    strncmp(e.text, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("'%s': %d: %s", rows[i].text, r, e.text);
		assert_int_equal(conf_parse(c, "f", rows[i].text, strlen(rows[i].text), NULL), r);
		conf_free(c);
	}
}

static void test_nul(void **state)
{
	struct conf *c = conf_new();
	struct err e = ERR_INIT;

	assert_int_equal(conf_parse(c, "f", "[s]\nk = a\0b\n", 12, &e), -EINVAL);
	assert_string_equal(e.text, "f:2:6: a control character (\\x00)");
	conf_free(c);
}

static void test_typed(void **state)
{
	static const char text[] = "[s]\nsize = 64k\ntime = 1.5ms\non = yes\noff = false\n"
				   "bad =\n  12 parrots\n";
	struct conf *c = parse(text);
	struct err e = ERR_INIT;
	uint64_t v = 0;
	bool b = false;

	assert_int_equal(conf_get_size(c, "s", "size", 1, &v, &e), 0);
	assert_int_equal(v, 65536);
	assert_int_equal(conf_get_size(c, "s", "nosuch", 7, &v, &e), 0);
	assert_int_equal(v, 7);
	assert_int_equal(conf_get_duration(c, "s", "time", 1, &v, &e), 0);
	assert_int_equal(v, 1500000);
	assert_int_equal(conf_get_duration(c, "s", "nosuch", 8, &v, &e), 0);
	assert_int_equal(v, 8);
	assert_int_equal(conf_get_bool(c, "s", "on", false, &b, &e), 0);
	assert_true(b);
	assert_int_equal(conf_get_bool(c, "s", "off", true, &b, &e), 0);
	assert_false(b);
	assert_int_equal(conf_get_bool(c, "s", "nosuch", true, &b, &e), 0);
	assert_true(b);

	v = 99;
	assert_int_equal(conf_get_size(c, "s", "bad", 1, &v, &e), -EINVAL);
	assert_string_equal(e.text,
			    "f:7:3: [s] bad: '12 parrots' is no size (such as 65536, 64k or 1.5G)");
	assert_int_equal(conf_get_duration(c, "s", "bad", 1, &v, &e), -EINVAL);
	assert_string_equal(
	    e.text, "f:7:3: [s] bad: '12 parrots' is no duration (such as 10, 1.5ms or 5m)");
	assert_int_equal(conf_get_bool(c, "s", "bad", false, &b, &e), -EINVAL);
	assert_string_equal(e.text, "f:7:3: [s] bad: '12 parrots' is no yes or no");
	assert_int_equal(v, 99);
	assert_true(b);
	conf_set(c, "s", "bad", "more");
	assert_int_equal(conf_get_bool(c, "s", "bad", false, &b, &e), -EINVAL);
	assert_string_equal(e.text, "command line: [s] bad: 'more' is no yes or no");
	conf_free(c);
}

static void give(struct conf *c, const char *path, const char *text, int want)
{
	assert_int_equal(conf_parse(c, path, text, strlen(text), NULL), want);
}

static void test_override(void **state)
{
	struct conf *c = conf_new();
	struct err e = ERR_INIT;
	bool b;

	give(c, "one", "[s]\na = 1\nb = 1\nc = 1\n", 0);
	give(c, "two", "[s]\n\nb = 2\n", 0);
	assert_string_equal(conf_get(c, "s", "a"), "1");
	assert_string_equal(conf_get(c, "s", "b"), "2");
	/* The place moves with the value. */
	assert_int_equal(conf_get_bool(c, "s", "b", false, &b, &e), -EINVAL);
	assert_string_equal(e.text, "two:3:5: [s] b: '2' is no yes or no");
	conf_set(c, "s", "c", "set");
	conf_set(c, "new", "d", "set");
	assert_string_equal(conf_get(c, "s", "c"), "set");
	assert_string_equal(conf_get(c, "new", "d"), "set");
	/* The command line stays, whatever is read later. */
	give(c, "three", "[s]\nc = 3\n[new]\nd = 3\n", 0);
	assert_string_equal(conf_get(c, "s", "c"), "set");
	assert_string_equal(conf_get(c, "new", "d"), "set");
	conf_set(c, "s", "c", "again");
	assert_string_equal(conf_get(c, "s", "c"), "again");
	/* The same file once more is another file: no key is there twice. */
	give(c, "two", "[s]\n\nb = 4\n", 0);
	assert_string_equal(conf_get(c, "s", "b"), "4");
	conf_free(c);
}

static void test_check(void **state)
{
	static const struct conf_key known[] = {
		{ "store", "memory", "" },
		{ "store", "buffer", "" },
		{ "tracer", "filter", "" },
		{ "keys.global", "*", "" },
	};
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "[store]\nmemory = 1\n[tracer a:b]\nfilter = x\n[keys.global]\nq = quit\n",
		  NULL },
		{ "[tracer a:b]\n", NULL },
		{ "", NULL },
		{ "[store]\n\nmemroy = 1\n",
		  "f:3:1: [store] memroy: unknown key; nearest is 'memory'" },
		{ "[store]\nxyzzy = 1\n", "f:2:1: [store] xyzzy: unknown key" },
		{ "[store]\nfilter = 1\n", "f:2:1: [store] filter: unknown key" },
		{ "[tracer a:b]\nfiltre = 1\n",
		  "f:2:1: [tracer a:b] filtre: unknown key; nearest is 'filter'" },
		{ "\n[stroe]\nmemory = 1\n",
		  "f:2:1: [stroe]: unknown section; nearest is [store]" },
		{ "[stroe]\n", "f:1:1: [stroe]: unknown section; nearest is [store]" },
		{ "[tracers x]\n", "f:1:1: [tracers x]: unknown section; nearest is [tracer]" },
		{ "memory = 1\n", "f:1:1: []: unknown section" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct conf *c = parse(rows[i].text);
		struct err e = ERR_INIT;
		int r = conf_check(c, known, ARRAY_SIZE(known), &e);

		assert_int_equal(r, rows[i].says ? -ENOENT : 0);
		assert_string_equal(e.text, rows[i].says ? rows[i].says : "");
		conf_free(c);
	}
}

static void add_name(const char *name, void *data)
{
	strbuf_fmt(data, "%s,", name);
}

static void add_pair(const char *key, const char *value, void *data)
{
	strbuf_fmt(data, "%s=%s,", key, value);
}

static void test_each(void **state)
{
	struct conf *c = parse("[tracer b]\nz = 1\ny = 2\n[tracer a]\n[tracer]\n[tracers c]\n"
			       "[tracer b]\nx = 3\n[other a]\n");
	_cleanup_strbuf_ struct strbuf names = { 0 }, keys = { 0 };

	conf_each_section(c, "tracer", add_name, &names);
	assert_string_equal(strbuf_cstr(&names), "b,a,");
	conf_each_key(c, "tracer b", add_pair, &keys);
	assert_string_equal(strbuf_cstr(&keys), "z=1,y=2,x=3,");
	conf_free(c);
}

/* As many keys as a file can hold are found again, in reasonable time. */
static void test_many(void **state)
{
	struct conf *c = conf_new();
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char key[16];
	unsigned count = 0;

	strbuf_str(&text, "[s]\n");
	while (text.len < (1 << 20) - 16)
		strbuf_fmt(&text, "k%u=%u\n", count, count), count++;
	assert_int_equal(conf_parse(c, "f", strbuf_cstr(&text), text.len, NULL), 0);
	for (unsigned i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		assert_string_equal(conf_get(c, "s", key), key + 1);
	}
	while (text.len <= 1 << 20)
		strbuf_str(&text, "# more\n");
	assert_int_equal(conf_parse(c, "f", strbuf_cstr(&text), text.len, NULL), -EFBIG);
	conf_free(c);
}

static void test_read(void **state)
{
	char path[] = "/tmp/test.conf.XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct conf *c = conf_new();
	struct err e = ERR_INIT;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[s]\nk = v\n", 10), 10);
	assert_int_equal(conf_read(c, path, false, &e), 0);
	assert_string_equal(conf_get(c, "s", "k"), "v");
	assert_int_equal(write(fd, "oops\n", 5), 5);
	assert_int_equal(conf_read(c, path, false, &e), -EINVAL);
	assert_memory_equal(e.text, path, strlen(path));
	assert_non_null(strstr(e.text, ":3:5: '=' is missing"));
	unlink(path);
	err_clear(&e);
	assert_int_equal(conf_read(c, path, true, &e), 0);
	assert_int_equal(conf_read(c, path, false, &e), -ENOENT);
	assert_non_null(strstr(e.text, path));
	assert_int_equal(conf_read(c, "/proc/self", true, &e), -EISDIR);
	conf_free(c);
}

static void path_is(char *got, const char *want)
{
	assert_string_equal(got, want);
	free(got);
}

static void test_paths(void **state)
{
	setenv("HOME", "/home/x", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	path_is(conf_user_path("config"), "/home/x/.config/tapdeck/config");
	path_is(conf_state_path("history"), "/home/x/.local/state/tapdeck/history");
	path_is(conf_system_path("config"), "/etc/tapdeck/config");
	setenv("XDG_CONFIG_HOME", "/c", 1);
	setenv("XDG_STATE_HOME", "/s", 1);
	path_is(conf_user_path("config"), "/c/tapdeck/config");
	path_is(conf_state_path("history"), "/s/tapdeck/history");
	/* Relative ones and empty ones count as not set. */
	setenv("XDG_CONFIG_HOME", "c", 1);
	setenv("XDG_STATE_HOME", "", 1);
	path_is(conf_user_path("config"), "/home/x/.config/tapdeck/config");
	path_is(conf_state_path("history"), "/home/x/.local/state/tapdeck/history");
	/* Without HOME the system says where it is. */
	unsetenv("HOME");
	char *p = conf_user_path("config");

	assert_int_equal(p[0], '/');
	assert_non_null(strstr(p, "/.config/tapdeck/config"));
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	 cmocka_unit_test(test_errors),
		cmocka_unit_test(test_nul),	 cmocka_unit_test(test_typed),
		cmocka_unit_test(test_override), cmocka_unit_test(test_check),
		cmocka_unit_test(test_each),	 cmocka_unit_test(test_many),
		cmocka_unit_test(test_read),	 cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manifest: lines KEY = VALUE, taken or refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/manifest.h"
#include "core/util.h"

static const char text[] = "# what it is\n"
			   "blurb = files # being opened\n"
			   "\n"
			   "  print =\t\"%s # %s\", path, a.b # really\n"
			   "event = events: struct event\n"
			   "event = struct other\n"
			   "type.took = ns_t\n"
			   "type.a.b = ip4_t\n"
			   "option.min_ns = ns 0..1000 at least = so long\n"
			   "hide = a, b ,c\0maybe = two\0\0\n"
			   "cost = much";

static struct manifest parsed(const char *from, size_t size)
{
	struct err e = ERR_INIT;
	struct manifest m = { 0 };

	if (manifest_parse("demo", from, size, &m, &e))
		fail_msg("%s", e.text);
	return m;
}

static void lines_are_read(void **state)
{
	struct manifest m = parsed(text, sizeof(text) - 1);

	assert_int_equal(m.count, 10);
	assert_string_equal(manifest_get(&m, "blurb", NULL), "files");
	assert_string_equal(manifest_get(&m, "print", NULL), "\"%s # %s\", path, a.b");
	assert_string_equal(manifest_get(&m, "event", "events"), "struct event");
	assert_string_equal(manifest_get(&m, "event", NULL), "struct other");
	assert_null(manifest_get(&m, "event", "others"));
	assert_string_equal(manifest_get(&m, "type", "took"), "ns_t");
	assert_string_equal(manifest_get(&m, "type", "a.b"), "ip4_t");
	assert_null(manifest_get(&m, "type", NULL));
	assert_string_equal(manifest_get(&m, "option", "min_ns"), "ns 0..1000 at least = so long");
	assert_string_equal(manifest_get(&m, "maybe", NULL), "two");
	assert_string_equal(manifest_get(&m, "cost", NULL), "much");
	assert_null(manifest_get(&m, "title", "a"));
	assert_int_equal(m.lines[0].line, 2);
	assert_int_equal(m.lines[9].line, 14);
	manifest_done(&m);
}

static void lists_have_words(void **state)
{
	struct manifest m = parsed(text, sizeof(text) - 1);

	assert_true(manifest_lists(&m, "hide", "a"));
	assert_true(manifest_lists(&m, "hide", "b"));
	assert_true(manifest_lists(&m, "hide", "c"));
	assert_false(manifest_lists(&m, "hide", "d"));
	assert_false(manifest_lists(&m, "hide", "a, b"));
	assert_false(manifest_lists(&m, "hide", ""));
	assert_true(manifest_lists(&m, "maybe", "two"));
	assert_false(manifest_lists(&m, "table", "two"));
	manifest_done(&m);
}

static void nothing_is_a_manifest(void **state)
{
	struct manifest m = parsed("", 0);

	assert_int_equal(m.count, 0);
	assert_null(manifest_get(&m, "blurb", NULL));
	manifest_done(&m);
	m = parsed("\n\n# only words\n\0\0", 18);
	assert_int_equal(m.count, 0);
	manifest_done(&m);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "blurb = a\nblurb = b", "demo:2: blurb is said twice" },
		{ "type.x = a\n\ntype.x = b", "demo:3: type of x is said twice" },
		{ "event = m: struct a\nevent = m:struct b", "demo:2: event of m is said twice" },
		{ "blrb = a", "demo:1: unknown key 'blrb', nearest: blurb" },
		{ "whatever it is = a", "demo:1: unknown key 'whatever it is'" },
		{ "blurb.x = a", "demo:1: unknown key 'blurb.x', nearest: blurb" },
		{ "= a", "demo:1: unknown key ''" },
		{ "type = ns_t", "demo:1: type: of which one? type.NAME = ..." },
		{ "option. = ns", "demo:1: option: of which one? option.NAME = ..." },
		{ "event = m: ", "demo:1: event: it is MAP: struct NAME, or struct NAME" },
		{ "event = : m", "demo:1: event: it is MAP: struct NAME, or struct NAME" },
		{ "# a\nblurb", "demo:2: no '=': a line is KEY = VALUE" },
		{ "blurb =  # nothing", "demo:1: no value behind the '='" },
		{ "blurb = a\x1b[1m", "demo:1: a control character" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;
		struct manifest m = { .count = 77 };

		assert_int_equal(
		    manifest_parse("demo", cases[i].text, strlen(cases[i].text), &m, &e), -EINVAL);
		assert_string_equal(e.text, cases[i].why);
		assert_int_equal(m.count, 77);
	}
}

static void it_is_bounded(void **state)
{
	struct err e = ERR_INIT;
	struct manifest m;
	size_t size = 0, cap = 1 << 20;
	char *lines = malloc(cap);

	for (unsigned i = 0; i < 1025; i++)
		size += (size_t)snprintf(lines + size, cap - size, "type.f%u = ns_t\n", i);
	assert_int_equal(manifest_parse("demo", lines, size, &m, &e), -EINVAL);
	assert_string_equal(e.text, "demo:1025: more than 1024 lines");
	memset(lines, 'x', cap);
	memcpy(lines, "blurb =", 7);
	assert_int_equal(manifest_parse("demo", lines, 7 + 16385, &m, &e), -EINVAL);
	assert_string_equal(e.text, "demo:1: a value of 16385 bytes; 16384 are the most");
	m = parsed(lines, 7 + 16384);
	assert_int_equal(strlen(manifest_get(&m, "blurb", NULL)), 16384);
	manifest_done(&m);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),	 cmocka_unit_test(lists_have_words),
		cmocka_unit_test(nothing_is_a_manifest), cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(it_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

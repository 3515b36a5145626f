/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How pairs are written: in configuration and in one line, what is said again of them, and every
 * complaint with its place.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/pair_spec.h"
#include "core/util.h"

static struct pair_spec *parse(const char *line)
{
	struct pair_spec *s = NULL;
	struct err e = ERR_INIT;

	if (pair_spec_parse(line, &s, &e) < 0)
		fail_msg("%s", e.text);
	return s;
}

/* A line, and what is said of it; NULL: the same. What is said can be read again. */
static const struct {
	const char *line, *again;
} lines[] = {
	{ "x: a:b -> c:d by tid", NULL },
	{ "  x :a:b->c:d by cpu,tid ", "x: a:b -> c:d by cpu, tid" },
	{ "x: a:b | a:c -> d:e by id|no=nr", NULL },
	{ "x: a:b if n == 1 || n == 2 | a:c -> d:e by id", NULL },
	{ "x: a:b if s == \"|\" and (n in (1, 2)) -> d:e if r < 0 by id, .cpu", NULL },
	{ "x: a:b -> c:d by dev, sector=pos for start", NULL },
	{ "x: a:b -> c:d by id for end.next_pid", NULL },
	{ "x: a:b -> c:d by id for end", "x: a:b -> c:d by id" },
	{ "x_1: a-b:c -> a-b:d by id=id", "x_1: a-b:c -> a-b:d by id" },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *want = lines[i].again ? lines[i].again : lines[i].line;
		struct pair_spec *s = parse(lines[i].line), *again;
		struct strbuf b = { 0 };

		pair_spec_print(s, &b);
		assert_string_equal(b.s, want);
		again = parse(b.s);
		strbuf_clear(&b);
		pair_spec_print(again, &b);
		assert_string_equal(b.s, want);
		strbuf_done(&b);
		pair_spec_free(s);
		pair_spec_free(again);
	}
}

static const struct {
	const char *line;
	int column;
	const char *says;
} wrong[] = {
	{ "", 0, "NAME: START -> END by KEY" },
	{ "x", 0, "NAME: START -> END by KEY" },
	{ "x: a:b", 3, "NAME: START -> END by KEY" },
	{ "x: a:b -> c:d", 13, "NAME: START -> END by KEY" },
	{ "1x: a:b -> c:d by tid", 0, "a pair's name" },
	{ "x-y: a:b -> c:d by tid", 0, "a pair's name" },
	{ "x: ab -> c:d by tid", 3, "SYSTEM:EVENT" },
	{ "x: a:b | -> c:d by tid", 8, "SYSTEM:EVENT" },
	{ "x: a:b -> c: by tid", 10, "SYSTEM:EVENT" },
	{ "x: pair:b -> c:d by tid", 3, "made of another pair" },
	{ "x: a:b n == 1 -> c:d by tid", 7, "if FILTER" },
	{ "x: a:b if n == -> c:d by tid", 14, "" },
	{ "x: a:b -> c:d if ) by tid", 17, "" },
	{ "x: a:b -> c:d by", 16, "NAME: START -> END by KEY" },
	{ "x: a:b -> c:d by 1", 17, "a key is" },
	{ "x: a:b -> c:d by a=", 19, "a key is" },
	{ "x: a:b -> c:d by a,", 19, "a key is" },
	{ "x: a:b -> c:d by a|", 19, "a key is" },
	{ "x: a:b -> c:d by a, b c", 20, "a key is" },
	{ "x: a:b -> c:d by a,b,c,d,e", 25, "4 keys" },
	{ "x: a:b -> c:d by tid for me", 25, "start.FIELD" },
	{ "x: a:b -> c:d by tid for end.", 25, "start.FIELD" },
};

static void test_wrong_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct pair_spec *s = NULL;
		struct err e = ERR_INIT;

		assert_true(pair_spec_parse(wrong[i].line, &s, &e) < 0);
		if (!strstr(e.text, wrong[i].says) || e.column != wrong[i].column)
			fail_msg("%s: column %d: %s", wrong[i].line, e.column, e.text);
		assert_null(s);
	}
}

static int read_text(const char *text, const char *name, struct pair_spec **ret, struct err *e)
{
	struct conf *c = conf_new();
	int rc = conf_parse(c, "file", text, strlen(text), e);

	*ret = NULL;
	assert_int_equal(rc, 0);
	rc = pair_spec_read(c, name, ret, e);
	conf_free(c);
	return rc;
}

static void test_configuration(void **state)
{
	struct pair_spec *s = NULL;
	struct strbuf b = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(read_text("[pair x]\n"
				   "blurb = what it tells\n"
				   "start = a:b if n == 1\n\t| a:c\n"
				   "end = d:e\n"
				   "key = id|no = nr, cpu\n"
				   "who = start.pid\n"
				   "fields = start, end.ret\n"
				   "keep = first\n",
				   "x", &s, &e),
			 0);
	pair_spec_print(s, &b);
	assert_string_equal(b.s, "x: a:b if n == 1 | a:c -> d:e by id|no=nr, cpu for start.pid");
	assert_string_equal(s->blurb, "what it tells");
	assert_true(s->keep_first);
	assert_int_equal(s->field_count, 2);
	assert_false(s->fields[0].end || s->fields[0].field);
	assert_true(s->fields[1].end);
	assert_string_equal(s->fields[1].field, "ret");
	assert_true(pair_spec_uses(s, "a", "c") && pair_spec_uses(s, "d", "e"));
	assert_false(pair_spec_uses(s, "d", "c"));
	strbuf_done(&b);
	pair_spec_free(s);
}

/* What a line says and what it becomes as configuration are one. */
static void test_line_as_configuration(void **state)
{
	const char *line = "x: a:b if n == 1 | a:c -> d:e by id|no=nr, cpu for start.pid";
	struct conf *c = conf_new();
	struct pair_spec *s = parse(line), *again = NULL;
	struct strbuf b = { 0 };

	(void)state;
	pair_spec_say(s, c);
	assert_int_equal(pair_spec_read(c, "x", &again, NULL), 0);
	pair_spec_print(again, &b);
	assert_string_equal(b.s, line);
	strbuf_done(&b);
	pair_spec_free(s);
	pair_spec_free(again);
	conf_free(c);
}

static const struct {
	const char *text, *says;
} wrong_files[] = {
	{ "[pair x]\nstart = a:b\nkey = tid\n", "file:1:1: [pair x]: 'end' is missing" },
	{ "[pair x]\n\n  \nstart = ab\nend = c:d\nkey = tid\n", "file:4:9: [pair x] start: " },
	{ "[pair x]\nstart = a:b | c\nend = c:d\nkey = tid\n", "file:2:15: [pair x] start: " },
	{ "[pair x]\nstart = a:b\nend = c:d\nkey = tid, 5\n", "file:4:12: [pair x] key: " },
	{ "[pair x]\nstart = a:b\nend = c:d\nkey = tid\nwho = me\n", "file:5:7: [pair x] who: " },
	{ "[pair x]\nstart = a:b\nend = c:d\nkey = tid\nkeep = all\n", "first or last" },
	{ "[pair x]\nstart = a:b\nend = c:d\nkey = tid\nfields = x\n", "file:5:10: " },
	{ "[pair x]\nstart = a:b\nend = c:d\nkey = tid\nmissing = no\n", "file:5:11: [pair x] " },
	{ "[pair x]\nstart = a:b if (\nend = c:d\nkey = tid\n", "file:2:" },
};

static void test_wrong_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_files); i++) {
		struct pair_spec *s = NULL;
		struct err e = ERR_INIT;

		assert_true(read_text(wrong_files[i].text, "x", &s, &e) < 0);
		if (!strstr(e.text, wrong_files[i].says))
			fail_msg("%s\n-> %s", wrong_files[i].text, e.text);
		assert_null(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	      cmocka_unit_test(test_wrong_lines),
		cmocka_unit_test(test_configuration), cmocka_unit_test(test_line_as_configuration),
		cmocka_unit_test(test_wrong_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

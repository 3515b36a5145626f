/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scopes: trails of narrowings as one text, wrong ones that change nothing, and quoted
 * names that match exactly the name they were made of, whatever its bytes.
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

#include "core/identity.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/scope.h"

static void text_is(const struct scope *s, const char *want)
{
	char *text = scope_text(s);

	assert_string_equal(text, want);
	if (*want)
		assert_string_equal(filter_text(s->filter), want);
	else
		assert_null(s->filter);
	free(text);
}

static void test_trail(void **state)
{
	struct scope s = { 0 };
	struct err e = ERR_INIT;

	text_is(&s, "");
	assert_int_equal(scope_type(&s, "pid == 1 or pid == 2", &e), 0);
	text_is(&s, "pid == 1 or pid == 2");
	assert_int_equal(s.version, 1);
	assert_int_equal(scope_push(&s, "bash", "comm == bash", &e), 0);
	text_is(&s, "(comm == bash) and (pid == 1 or pid == 2)");
	assert_int_equal(scope_push(&s, "cpu", "cpu == 0 or cpu == 1", &e), 0);
	text_is(&s, "(comm == bash) and (cpu == 0 or cpu == 1) and (pid == 1 or pid == 2)");
	assert_int_equal(s.version, 3);
	assert_string_equal(s.crumbs[1].label, "cpu");

	assert_true(scope_pop(&s));
	text_is(&s, "(comm == bash) and (pid == 1 or pid == 2)");
	assert_true(scope_pop(&s));
	text_is(&s, "pid == 1 or pid == 2");
	assert_true(scope_pop(&s));
	text_is(&s, "");
	assert_int_equal(s.version, 6);
	assert_false(scope_pop(&s));
	assert_int_equal(s.version, 6);
	scope_done(&s);
}

static void test_switch(void **state)
{
	struct scope s = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(scope_push(&s, "a", "cpu == 0", &e), 0);
	assert_int_equal(scope_push(&s, "b", "cpu == 1", &e), 0);
	assert_int_equal(scope_switch(&s, 0, false, &e), 0);
	text_is(&s, "cpu == 1");
	assert_int_equal(scope_switch(&s, 1, false, &e), 0);
	text_is(&s, "");
	assert_int_equal(s.version, 4);
	assert_int_equal(scope_switch(&s, 1, false, &e), 0);
	assert_int_equal(s.version, 4);
	assert_int_equal(scope_switch(&s, 0, true, &e), 0);
	text_is(&s, "cpu == 0");
	assert_int_equal(scope_switch(&s, 2, true, &e), -ENOENT);
	scope_clear(&s);
	text_is(&s, "");
	assert_int_equal(s.count, 0);
	assert_int_equal(s.version, 6);
	scope_clear(&s);
	assert_int_equal(s.version, 6);
	scope_done(&s);
}

/* What looks like one filter with what stands around it and is none alone is wrong. */
/* What was typed is the last part, and is switched and taken out like the others. */
static void test_typed_is_a_part(void **state)
{
	struct scope s = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(scope_parts(&s), 0);
	assert_int_equal(scope_push(&s, "a", "cpu == 0", &e), 0);
	assert_int_equal(scope_type(&s, "pid == 1", &e), 0);
	assert_int_equal(scope_parts(&s), 2);
	assert_int_equal(scope_switch(&s, 1, false, &e), 0);
	text_is(&s, "cpu == 0");
	assert_string_equal(s.typed, "pid == 1");
	/* Typed again as it is, it is meant. */
	assert_int_equal(scope_type(&s, "pid == 1", &e), 0);
	text_is(&s, "(cpu == 0) and (pid == 1)");
	assert_int_equal(scope_switch(&s, 1, false, &e), 0);
	assert_int_equal(scope_type(&s, "pid == ", &e), -EAGAIN);
	assert_true(s.typed_off);
	scope_remove_on(&s); /* leaves what is off */
	text_is(&s, "");
	assert_int_equal(scope_parts(&s), 1);
	assert_int_equal(scope_switch(&s, 0, true, &e), 0);
	text_is(&s, "pid == 1");
	assert_int_equal(scope_switch(&s, 0, false, &e), 0);
	scope_remove(&s, 0);
	assert_int_equal(scope_parts(&s), 0);
	assert_int_equal(scope_type(&s, "pid == 2", &e), 0);
	text_is(&s, "pid == 2");
	scope_done(&s);
}

/* What is captured holds beside all narrowings, and is none. */
static void test_guard(void **state)
{
	struct scope s = { 0 };
	struct err e = ERR_INIT;
	char *whole;

	assert_int_equal(scope_guard(&s, "cpu == 1 or cpu == 2", &e), 0);
	assert_string_equal(filter_text(s.filter), "cpu == 1 or cpu == 2");
	assert_int_equal(scope_parts(&s), 0);
	assert_int_equal(scope_type(&s, "pid == 1", &e), 0);
	assert_string_equal(filter_text(s.filter), "(cpu == 1 or cpu == 2) and (pid == 1)");
	whole = scope_text(&s);
	assert_string_equal(whole, "pid == 1");
	free(whole);
	assert_true(scope_guard(&s, "cpu == ", &e) < 0);
	assert_string_equal(s.guard, "cpu == 1 or cpu == 2");
	scope_clear(&s);
	whole = scope_whole(&s);
	assert_string_equal(whole, "cpu == 1 or cpu == 2");
	assert_string_equal(filter_text(s.filter), whole);
	free(whole);
	assert_int_equal(scope_guard(&s, "", &e), 0);
	assert_null(s.filter);
	scope_done(&s);
}

/* A comment takes nothing of what stands behind it. */
static void test_comment(void **state)
{
	struct scope s = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(scope_push(&s, "a", "cpu == 0 # the first", &e), 0);
	assert_int_equal(scope_type(&s, "pid == 1 # init", &e), 0);
	text_is(&s, "(cpu == 0 # the first\n) and (pid == 1 # init\n)");
	scope_done(&s);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		int code, column;
	} wrong[] = {
		{ "pid = = 1", -EINVAL, 6 },	 { "pid ==", -EAGAIN, 6 },
		{ "pid == 1)", -EINVAL, 8 },	 { "cpu == 1) or (cpu == 2", -EINVAL, 8 },
		{ "comm == \"a", -EAGAIN, 10 },	 { "(pid == 1", -EAGAIN, 9 },
		{ "and pid == 1", -EINVAL, -1 },
	};
	struct scope s = { 0 };

	assert_int_equal(scope_type(&s, "cpu == 0", NULL), 0);
	assert_int_equal(scope_push(&s, "x", "pid == 5", NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(scope_type(&s, wrong[i].text, &e), wrong[i].code);
		if (wrong[i].column >= 0)
			assert_int_equal(e.column, wrong[i].column);
		assert_int_equal(scope_push(&s, "y", wrong[i].text, &e), wrong[i].code);
		text_is(&s, "(pid == 5) and (cpu == 0)");
		assert_int_equal(s.version, 2);
	}
	scope_done(&s);
}

/* Each text is short enough, both together are not. */
static void test_too_long(void **state)
{
	struct scope s = { 0 };
	struct err e = ERR_INIT;
	struct strbuf b = { 0 };

	strbuf_str(&b, "cpu == 0");
	while (b.len < 40000)
		strbuf_str(&b, " or cpu == 0");
	assert_int_equal(scope_push(&s, "x", b.s, &e), 0);
	assert_int_equal(scope_push(&s, "y", b.s, &e), -EINVAL);
	assert_int_equal(s.count, 1);
	assert_int_equal(scope_type(&s, b.s, &e), -EINVAL);
	assert_null(s.typed);
	text_is(&s, b.s);
	strbuf_done(&b);
	scope_done(&s);
}

static void test_blank(void **state)
{
	struct scope s = { 0 };

	assert_int_equal(scope_type(&s, "  ", NULL), 0);
	text_is(&s, "");
	assert_int_equal(scope_push(&s, "all", "", NULL), 0);
	text_is(&s, "");
	assert_int_equal(scope_type(&s, "cpu == 1", NULL), 0);
	text_is(&s, "cpu == 1");
	/* The same once more is no change. */
	assert_int_equal(scope_type(&s, "cpu == 1", NULL), 0);
	assert_int_equal(s.version, 3);
	scope_done(&s);
}

static void test_label(void **state)
{
	struct scope s = { 0 };

	assert_int_equal(scope_push(&s, "a\x1b[2Jb\n", "cpu == 1", NULL), 0);
	assert_string_equal(s.crumbs[0].label, "a\\x1b[2Jb\\n");
	scope_done(&s);
}

/* ---- quoting ---- */

static const struct {
	const char *text, *quoted;
} quotes[] = {
	{ "", "\"\"" },
	{ "bash", "\"bash\"" },
	{ "a b", "\"a b\"" },
	{ "a\"b", "\"a\\\"b\"" },
	{ "a'b", "\"a'b\"" },
	{ "a\\b", "\"a\\\\b\"" },
	{ "\\x41", "\"\\\\x41\"" },
	{ "a\nb", "\"a\\x0ab\"" },
	{ "\x1b[2J", "\"\\x1b[2J\"" },
	{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
	{ "\xc3", "\"\\xc3\"" },
	{ "\xc3\"", "\"\\xc3\\\"\"" },
	{ "\xe2\x80\xae", "\"\\xe2\\x80\\xae\"" },
	{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	{ "\xf0\x9f\x98", "\"\\xf0\\x9f\\x98\"" },
	{ "*[a]?", "\"*[a]?\"" },
};

static void test_quotes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(quotes); i++) {
		struct strbuf b = { 0 };

		filter_quote(&b, quotes[i].text, strlen(quotes[i].text));
		assert_string_equal(strbuf_cstr(&b), quotes[i].quoted);
		strbuf_done(&b);
	}
}

/* No text can hold a NUL: what is behind one is not part of a name. */
static void test_nul(void **state)
{
	struct strbuf b = { 0 };

	filter_quote(&b, "ab\0cd", 5);
	assert_string_equal(strbuf_cstr(&b), "\"ab\"");
	strbuf_done(&b);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Bytes that mean something to a lexer are drawn more often than chance would. */
static void random_comm(uint32_t *seed, char comm[COMM_LEN])
{
	static const char special[] = "\\\"'x4n()*?[]~=<>!&|, \t\r\n\x1b\xc3\xbc\xe2\x80\xae\xff";
	unsigned len = 1 + next_random(seed) % (COMM_LEN - 1);

	memset(comm, 0, COMM_LEN);
	for (unsigned i = 0; i < len; i++) {
		uint32_t r = next_random(seed);

		if (r & 1)
			comm[i] = special[(r >> 1) % (sizeof(special) - 1)];
		else
			comm[i] = (char)(1 + (r >> 1) % 255);
	}
}

static bool row_passes(struct scope *s, int32_t tid, const struct identity *id)
{
	struct row r = { .ts = 1000, .tid = tid, .flags = ROW_DAMAGED };

	return filter_match(s->filter, &r, id);
}

static void narrow_to(struct scope *s, const char *comm)
{
	struct err e = ERR_INIT;
	struct strbuf b = { 0 };

	strbuf_str(&b, "comm == ");
	filter_quote(&b, comm, COMM_LEN);
	assert_true(safe_is_plain(b.s, b.len));
	if (scope_push(s, comm, b.s, &e) < 0)
		fail_msg("%s: %s", b.s, e.text);
	strbuf_done(&b);
}

/* comm == QUOTED means that comm and no other, also one that differs in one byte. */
static void test_any_name(void **state)
{
	uint32_t seed = 7;

	for (unsigned round = 0; round < 4000; round++) {
		struct identity_conf conf = { 0 };
		struct identity *id = identity_new(&conf);
		char comm[COMM_LEN], other[COMM_LEN];
		struct scope s = { 0 };
		unsigned at;

		random_comm(&seed, comm);
		memcpy(other, comm, sizeof(other));
		at = next_random(&seed) % (unsigned)strlen(comm);
		other[at] = (char)(other[at] == 'z' ? 'y' : 'z');
		identity_hint(id, 10, 10, comm);
		identity_hint(id, 11, 11, other);
		assert_string_equal(identity_comm(id, 10, 1000), comm);
		narrow_to(&s, comm);
		assert_true(row_passes(&s, 10, id));
		assert_false(row_passes(&s, 11, id));
		/* Also where it stands in a trail. */
		assert_int_equal(scope_type(&s, "tid == 10 or tid == 11", NULL), 0);
		assert_true(row_passes(&s, 10, id));
		assert_false(row_passes(&s, 11, id));
		scope_done(&s);
		identity_free(id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trail),	 cmocka_unit_test(test_switch),
		cmocka_unit_test(test_wrong),	 cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_blank),	 cmocka_unit_test(test_label),
		cmocka_unit_test(test_quotes),	 cmocka_unit_test(test_nul),
		cmocka_unit_test(test_any_name), cmocka_unit_test(test_typed_is_a_part),
		cmocka_unit_test(test_guard),	 cmocka_unit_test(test_comment),
	};

	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}

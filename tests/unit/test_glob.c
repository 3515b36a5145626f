/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Globs: shapes, answers, random patterns against a slow matcher, and a pattern that would
 * take for ever if the matcher went back further than to the last star.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/glob.h"
#include "core/util.h"

static const struct {
	const char *pattern, *text;
	uint8_t shape;
	bool want;
} answers[] = {
	{ "", "", GLOB_EQUAL, true },
	{ "", "a", GLOB_EQUAL, false },
	{ "ab", "ab", GLOB_EQUAL, true },
	{ "ab", "abc", GLOB_EQUAL, false },
	{ "ab", "xab", GLOB_EQUAL, false },
	{ "*", "", GLOB_PREFIX, true },
	{ "*", "x", GLOB_PREFIX, true },
	{ "**", "x", GLOB_PREFIX, true },
	{ "ab*", "ab", GLOB_PREFIX, true },
	{ "ab*", "abc", GLOB_PREFIX, true },
	{ "ab*", "a", GLOB_PREFIX, false },
	{ "ab**", "abc", GLOB_PREFIX, true },
	{ "*ab", "ab", GLOB_SUFFIX, true },
	{ "*ab", "aab", GLOB_SUFFIX, true },
	{ "*ab", "abb", GLOB_SUFFIX, false },
	{ "*ab", "b", GLOB_SUFFIX, false },
	{ "*ab*", "xaby", GLOB_INFIX, true },
	{ "*ab*", "ab", GLOB_INFIX, true },
	{ "*ab*", "a b", GLOB_INFIX, false },
	{ "a*b", "ab", GLOB_GENERAL, true },
	{ "a*b", "axxb", GLOB_GENERAL, true },
	{ "a*b", "axxbc", GLOB_GENERAL, false },
	{ "a*b*c", "abbbc", GLOB_GENERAL, true },
	{ "*a*b", "xxaxxbxb", GLOB_GENERAL, true },
	{ "a?", "ab", GLOB_GENERAL, true },
	{ "a?", "a", GLOB_GENERAL, false },
	{ "?*", "", GLOB_GENERAL, false },
	{ "[a-c]x", "bx", GLOB_GENERAL, true },
	{ "[a-c]x", "dx", GLOB_GENERAL, false },
	{ "[!a-c]x", "dx", GLOB_GENERAL, true },
	{ "[!a-c]x", "ax", GLOB_GENERAL, false },
	{ "[]]", "]", GLOB_GENERAL, true },
	{ "[!]]", "]", GLOB_GENERAL, false },
	{ "[!]]", "x", GLOB_GENERAL, true },
	{ "[a-]", "-", GLOB_GENERAL, true },
	{ "[-a]", "-", GLOB_GENERAL, true },
	{ "[*]", "*", GLOB_GENERAL, true },
	{ "[*]", "x", GLOB_GENERAL, false },
	{ "x[\xe0-\xff]", "x\xe4", GLOB_GENERAL, true },
	/* a bracket that is not closed, a backslash that ends the pattern */
	{ "a[b", "a[b", GLOB_EQUAL, true },
	{ "[]", "[]", GLOB_EQUAL, true },
	{ "a[b*", "a[bc", GLOB_PREFIX, true },
	{ "a\\", "a\\", GLOB_EQUAL, true },
	{ "a?\\", "ab\\", GLOB_GENERAL, true },
	/* escapes */
	{ "a\\*", "a*", GLOB_EQUAL, true },
	{ "a\\*", "ab", GLOB_EQUAL, false },
	{ "a\\\\*", "a\\b", GLOB_PREFIX, true },
	{ "\\**", "*b", GLOB_PREFIX, true },
	{ "\\**", "ab", GLOB_PREFIX, false },
	{ "*\\?*", "a?b", GLOB_INFIX, true },
	{ "\\[a]", "[a]", GLOB_EQUAL, true },
	{ "?\\*", "a*", GLOB_GENERAL, true },
	{ "?\\*", "ab", GLOB_GENERAL, false },
};

static void test_answers(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct arena a = { 0 };
		struct glob g = glob_compile(&a, answers[i].pattern, strlen(answers[i].pattern));

		if (g.shape != answers[i].shape ||
		    glob_match(&g, answers[i].text, strlen(answers[i].text)) != answers[i].want)
			fail_msg("'%s' '%s': shape %d", answers[i].pattern, answers[i].text,
				 g.shape);
		arena_done(&a);
	}
}

static void test_literal(void **state)
{
	struct glob g = glob_literal("a*", 2);

	assert_true(glob_match(&g, "a*", 2));
	assert_false(glob_match(&g, "ab", 2));
	assert_false(glob_match(&g, "a*b", 3));
}

/* The definition, as slow as it is plain. Sets have no ranges here. */
static bool slow(const char *p, const char *s)
{
	const char *close;
	bool invert;

	switch (*p) {
	case '\0':
		return !*s;
	case '*':
		return slow(p + 1, s) || (*s && slow(p, s + 1));
	case '?':
		return *s && slow(p + 1, s + 1);
	case '[':
		invert = p[1] == '!';
		close = strlen(p) > 2u + invert ? strchr(p + 2 + invert, ']') : NULL;
		if (!close)
			break;
		if (!*s)
			return false;
		for (p += 1 + invert; p < close; p++)
			if (*p == *s)
				return !invert && slow(close + 1, s + 1);
		return invert && slow(close + 1, s + 1);
	case '\\':
		p += p[1] != '\0';
		break;
	}
	return *p == *s && slow(p + 1, s + 1);
}

static unsigned next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

static void random_text(uint64_t *seed, const char *of, char *to, unsigned max)
{
	unsigned len = next(seed) % max;

	for (unsigned i = 0; i < len; i++)
		to[i] = of[next(seed) % strlen(of)];
	to[len] = '\0';
}

static void test_random(void **state)
{
	uint64_t seed = 1;
	unsigned matched = 0;

	for (unsigned i = 0; i < 200000; i++) {
		char pattern[9], text[9];
		struct arena a = { 0 };
		struct glob g;
		bool want;

		random_text(&seed, "aab*?[]!\\", pattern, sizeof(pattern));
		random_text(&seed, i % 2 ? "ab" : "ab*[]!\\?", text, sizeof(text));
		g = glob_compile(&a, pattern, strlen(pattern));
		want = slow(pattern, text);
		if (glob_match(&g, text, strlen(text)) != want)
			fail_msg("'%s' '%s': not %d", pattern, text, want);
		matched += want;
		arena_done(&a);
	}
	/* Both answers were asked for often enough. */
	assert_in_range(matched, 5000, 195000);
}

/* Long texts are searched another way than short ones. */
static void test_long(void **state)
{
	char text[201];
	struct arena a = { 0 };
	struct glob g = glob_compile(&a, "*needle*", 8);

	memset(text, 'n', sizeof(text));
	for (size_t len = 0; len < sizeof(text); len++)
		assert_false(glob_match(&g, text, len));
	for (size_t at = 0; at + 6 <= 200; at++) {
		memset(text, 'n', sizeof(text));
		memcpy(text + at, "needle", 6);
		assert_true(glob_match(&g, text, 200));
		assert_true(glob_match(&g, text, at + 6));
		assert_false(glob_match(&g, text, at + 5));
	}
	arena_done(&a);
}

static void test_no_explosion(void **state)
{
	enum { STARS = 200, LEN = 20000 };
	char pattern[2 * STARS + 2], text[LEN];
	struct arena a = { 0 };
	struct glob g;

	for (unsigned i = 0; i < STARS; i++)
		memcpy(pattern + 2 * i, "a*", 2);
	strcpy(pattern + 2 * STARS, "b");
	memset(text, 'a', sizeof(text));
	g = glob_compile(&a, pattern, strlen(pattern));
	assert_int_equal(g.shape, GLOB_GENERAL);
	assert_false(glob_match(&g, text, sizeof(text)));
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),	     cmocka_unit_test(test_literal),
		cmocka_unit_test(test_random),	     cmocka_unit_test(test_long),
		cmocka_unit_test(test_no_explosion),
	};

	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line editor: key scripts in, text and cursor out; what may not come in; and random
 * keys under which text and cursor stay whole.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/safe.h"
#include "core/util.h"
#include "tui/canvas.h"
#include "tui/glyph.h"
#include "tui/line.h"

/* Presses keys by their names with blanks between; returns what the last one said. */
static enum line_result press(struct line *l, const char *names)
{
	enum line_result r = LINE_IGNORED;
	char *copy = strdup(names), *rest = copy, *name;

	while ((name = strsep(&rest, " "))) {
		keycode k;

		if (!*name)
			continue;
		assert_int_equal(key_parse(name, &k, NULL), 0);
		r = line_key(l, k);
	}
	free(copy);
	return r;
}

/* The text with a '|' where the cursor is. */
static void line_is(const struct line *l, const char *want, const char *why)
{
	struct strbuf b = { 0 };

	strbuf_add(&b, line_text(l), l->at);
	strbuf_char(&b, '|');
	strbuf_str(&b, line_text(l) + l->at);
	if (strcmp(b.s, want))
		fail_msg("%s: '%s', wanted '%s'", why, b.s, want);
	strbuf_done(&b);
}

static const struct {
	const char *begin, *keys, *want;
	enum line_result last;
} edits[] = {
	{ "", "a b c", "abc|", LINE_CHANGED },
	{ "abc", "Left Left X", "aX|bc", LINE_CHANGED },
	{ "abc", "C-b C-b C-b C-b X", "X|abc", LINE_CHANGED },
	{ "abc", "Home Right C-f X", "abX|c", LINE_CHANGED },
	{ "abc", "C-a X C-e Y", "XabcY|", LINE_CHANGED },
	{ "abc", "Home End", "abc|", LINE_MOVED },
	{ "abc", "Backspace", "ab|", LINE_CHANGED },
	{ "abc", "Home Backspace", "|abc", LINE_MOVED },
	{ "", "Backspace", "|", LINE_MOVED },
	{ "abc", "Left C-h", "a|c", LINE_CHANGED },
	{ "abc", "Home Delete", "|bc", LINE_CHANGED },
	{ "abc", "Home C-d C-d C-d", "|", LINE_CHANGED },
	{ "abc", "Delete", "abc|", LINE_MOVED },
	{ "pid == 12", "M-b", "pid == |12", LINE_MOVED },
	{ "pid == 12", "M-b M-b", "|pid == 12", LINE_MOVED },
	{ "pid == 12", "M-b M-b M-b", "|pid == 12", LINE_MOVED },
	{ "pid == 12", "Home M-f", "pid| == 12", LINE_MOVED },
	{ "pid == 12", "Home M-f M-f M-f", "pid == 12|", LINE_MOVED },
	{ "pid == 12", "Home M-Right", "pid| == 12", LINE_MOVED },
	{ "a next_pid == 12", "C-w", "a next_pid == |", LINE_CHANGED },
	{ "a next_pid == 12", "C-w C-w", "a next_pid |", LINE_CHANGED },
	{ "a next_pid  ", "C-w", "a |", LINE_CHANGED },
	{ "", "C-w", "|", LINE_MOVED },
	{ "a.b_c", "M-Backspace", "a.|", LINE_CHANGED },
	{ "a.b_c d", "Home M-d M-d", "| d", LINE_CHANGED },
	{ "abcd", "Left Left C-u", "|cd", LINE_CHANGED },
	{ "abcd", "Left Left C-k", "ab|", LINE_CHANGED },
	{ "abcd", "C-k", "abcd|", LINE_MOVED },
	{ "abcd", "Left Left C-k Home C-y", "cd|ab", LINE_CHANGED },
	{ "a b", "C-w C-y C-y", "a bb|", LINE_CHANGED },
	{ "a b", "C-w Home C-u C-y", "b|a ", LINE_CHANGED },
	{ "a", "C-y", "a|", LINE_MOVED },
	{ "a", "\xc3\xa4", "a\xc3\xa4|", LINE_CHANGED },
	{ "a\xc3\xa4", "Backspace", "a|", LINE_CHANGED },
	{ "a\xc3\xa4z", "Left Left", "a|\xc3\xa4z", LINE_MOVED },
	{ "a\xe2\x82\xacz", "Home Right Delete", "a|z", LINE_CHANGED },
	/* What combines goes with what it stands on. */
	{ "ae\xcc\x81", "Left X", "aX|e\xcc\x81", LINE_CHANGED },
	{ "ae\xcc\x81", "Backspace", "a|", LINE_CHANGED },
	{ "ae\xcc\x81z", "Home Right Right X", "ae\xcc\x81X|z", LINE_CHANGED },
	{ "\xe4\xb8\xad\xe6\x96\x87 x", "Home M-f", "\xe4\xb8\xad\xe6\x96\x87| x", LINE_MOVED },
	{ "a", "Enter", "a|", LINE_ACCEPT },
	{ "a", "Esc", "a|", LINE_CANCEL },
	{ "a", "C-c", "a|", LINE_CANCEL },
	{ "a", "C-g", "a|", LINE_CANCEL },
	{ "a", "Tab", "a|", LINE_WANTS },
	{ "a", "F5", "a|", LINE_IGNORED },
	{ "a", "PgUp", "a|", LINE_IGNORED },
	{ "a", "M-x", "a|", LINE_IGNORED },
	{ "a", "C-x", "a|", LINE_IGNORED },
	{ "a", "Up", "a|", LINE_MOVED },
	{ "a", "Down", "a|", LINE_MOVED },
	{ "a", "Space", "a |", LINE_CHANGED },
	/* What somebody else put there is cleaned. */
	{ "a\tb\x1b[2J\n", "End", "a b[2J |", LINE_MOVED },
	{ "a\xff\xe2\x80\xae"
	  "b",
	  "End", "ab|", LINE_MOVED },
};

static void test_edits(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		struct line l = { 0 };
		enum line_result r;

		line_begin(&l, edits[i].begin, NULL, NULL);
		r = press(&l, edits[i].keys);
		line_is(&l, edits[i].want, edits[i].keys);
		if (r != edits[i].last)
			fail_msg("%s: said %d", edits[i].keys, r);
		line_done(&l);
	}
}

static void test_paste(void **state)
{
	static const keycode pasted[] = { 'a',	  KC_RETURN, 'b',   KC_TAB,   KC_ESC, 3,
					  0x202e, 0xe4,	     KC_UP, 0x110001, 'c',    KC_NONE };
	struct line l = { 0 };

	line_begin(&l, "<>", NULL, NULL);
	press(&l, "Left");
	for (size_t i = 0; i < ARRAY_SIZE(pasted); i++) {
		enum line_result r = line_paste(&l, pasted[i]);

		assert_true(r != LINE_ACCEPT && r != LINE_CANCEL && r != LINE_WANTS);
	}
	line_is(&l,
		"<a b \xc3\xa4"
		"c|>",
		"paste");
	line_done(&l);
}

/* A line is bounded, and what does not fit as a whole is not taken. */
static void test_bound(void **state)
{
	struct line l = { 0 };

	line_begin(&l, "", NULL, NULL);
	for (unsigned i = 0; i < 2 * LINE_BYTES; i++)
		line_key(&l, 0xe4);
	assert_int_equal(l.text.len, LINE_BYTES);
	assert_int_equal(line_key(&l, 'x'), LINE_MOVED);
	press(&l, "C-u");
	assert_int_equal(l.text.len, 0);
	press(&l, "C-y x C-y");
	assert_int_equal(l.text.len, LINE_BYTES);
	line_done(&l);
}

/* ---- history ---- */

static const struct {
	const char *begin, *keys, *want;
} browsed[] = {
	{ "", "Up", "cpu == 1|" },
	{ "", "Up Up", "pid == 2|" },
	{ "", "Up Up Up", "pid == 1|" },
	{ "", "Up Up Up Up Up Up", "pid == 23|" },
	{ "", "Up Down Up", "cpu == 1|" },
	{ "", "Up Up Down", "cpu == 1|" },
	{ "", "Up Up Down Down", "|" },
	{ "", "Up Up Down Down Down", "|" },
	{ "pid", "Up", "pid == 2|" },
	{ "pid", "Up Up", "pid == 1|" },
	{ "pid", "C-p C-p C-n", "pid == 2|" },
	{ "pid", "Up Up Down Down", "pid|" },
	{ "zzz", "Up", "zzz|" },
	{ "zzz", "Down", "zzz|" },
	/* What is changed of it is typed. */
	{ "", "Up Backspace Up", "cpu == 1|" },
	{ "", "Up 2 Up Down", "cpu == 12|" },
	{ "pid == 2", "Up", "pid == 23|" },
	{ "pid == 23", "Up", "pid == 23|" },
	{ "", "Up Home Up", "pid == 2|" },
};

static void test_history(void **state)
{
	struct history *h = history_new();

	history_add(h, "filter", "pid == 23");
	history_add(h, "filter", "pid == 1");
	history_add(h, "filter", "pid == 2");
	history_add(h, "search", "pid of another prompt");
	history_add(h, "filter", "cpu == 1");
	for (size_t i = 0; i < ARRAY_SIZE(browsed); i++) {
		struct line l = { 0 };

		line_begin(&l, browsed[i].begin, h, "filter");
		press(&l, browsed[i].keys);
		line_is(&l, browsed[i].want, browsed[i].keys);
		line_done(&l);
	}
	history_free(h);
}

/* ---- completion ---- */

static const struct {
	const char *begin, *first, *offered, *then, *want;
	size_t from, left; /* candidates */
} completed[] = {
	{ "a pr", "", "prev_pid", "", "a prev_pid|", 2, 0 },
	{ "a pr", "", "prev_pid\nprev_comm", "", "a prev_|", 2, 2 },
	{ "a pr", "", "prev_pid\nprev_comm\n", "Tab", "a prev_pid|", 2, 2 },
	{ "a pr", "", "prev_pid\nprev_comm", "Tab Tab", "a prev_comm|", 2, 2 },
	{ "a pr", "", "prev_pid\nprev_comm", "Tab Tab Tab", "a prev_pid|", 2, 2 },
	{ "a pr", "", "prev_pid\nprev_comm", "S-Tab", "a prev_comm|", 2, 2 },
	{ "a pr", "", "prev_pid\nprev_comm", "S-Tab S-Tab", "a prev_pid|", 2, 2 },
	{ "a pr", "", "prev_pid\nprev_comm", "Tab Esc", "a pr|", 2, 0 },
	{ "a pr", "", "prev_pid\nprev_comm", "Esc", "a pr|", 2, 0 },
	{ "a pr", "", "prev_pid\nprev_comm", "Tab x", "a prev_pidx|", 2, 0 },
	{ "a pr", "", "prev_pid\nprev_comm", "Tab Left", "a prev_pi|d", 2, 0 },
	{ "a pr", "", "prev_pid\nprev_comm", "Tab Backspace", "a prev_pi|", 2, 0 },
	{ "a prev_", "", "prev_pid\nprev_comm", "", "a prev_pid|", 2, 2 },
	{ "a PR", "", "prev_pid\nprev_comm", "", "a prev_pid|", 2, 2 },
	{ "a", "", "", "", "a|", 0, 0 },
	{ "", "", "x\ny", "", "x|", 0, 2 },
	{ "ab z", "Left Left", "abc\nabd", "", "abc| z", 0, 2 },
	{ "ab z", "Left Left", "abc\nabd", "Tab", "abd| z", 0, 2 },
	{ "a", "",
	  "\xc3\xa4"
	  "b\n\xc3\xbc"
	  "b",
	  "Tab",
	  "\xc3\xbc"
	  "b|",
	  0, 2 },
	{ "", "",
	  "e\xcc\x81"
	  "b\ne\xcc\x80"
	  "b",
	  "",
	  "e\xcc\x81"
	  "b|",
	  0, 2 },
	{ "a", "", "ab\x1b[J\nac", "", "ab[J|", 0, 2 },
	{ "abc", "", "q", "", "q|", 0, 0 },
	{ "abc", "", "q", "", "abcq|", 99, 0 },
};

static void test_completion(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(completed); i++) {
		struct line l = { 0 };

		line_begin(&l, completed[i].begin, NULL, NULL);
		press(&l, completed[i].first);
		assert_int_equal(line_key(&l, KC_TAB), LINE_WANTS);
		line_offer(&l, completed[i].from, completed[i].offered);
		press(&l, completed[i].then);
		line_is(&l, completed[i].want, completed[i].offered);
		assert_int_equal(l.candidate_count, completed[i].left);
		if (!completed[i].left)
			assert_int_equal(line_key(&l, KC_TAB), LINE_WANTS);
		line_done(&l);
	}
}

/* ---- the part that is drawn ---- */

static void test_window(void **state)
{
	struct line l = { 0 };
	size_t from;
	int x;

	line_begin(&l, "abcdef", NULL, NULL);
	line_window(&l, 10, &from, &x);
	assert_int_equal(from, 0);
	assert_int_equal(x, 6);
	line_window(&l, 6, &from, &x);
	assert_int_equal(from, 3);
	assert_int_equal(x, 3);
	press(&l, "Left");
	line_window(&l, 6, &from, &x);
	assert_int_equal(from, 0);
	assert_int_equal(x, 5);
	line_begin(&l, "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad", NULL, NULL);
	for (int width = 3; width < 12; width++) {
		line_window(&l, width, &from, &x);
		assert_true(x >= 0 && x < width);
		assert_int_equal(from % 3, 0);
	}
	line_window(&l, 0, &from, &x);
	line_done(&l);
}

/* ---- anything at all ---- */

static keycode random_key(uint32_t r)
{
	static const keycode known[] = {
		KC_LEFT,   KC_RIGHT,	 KC_HOME,      KC_END,	     KC_BACK,
		KC_DELETE, KC_UP,	 KC_DOWN,      KC_TAB,	     KC_BACK_TAB,
		KC_ESC,	   KC_ALT + 'b', KC_ALT + 'f', KC_ALT + 'd', KC_ALT + KC_BACK,
	};

	switch (r & 7) {
	case 0:
	case 1:
		return known[(r >> 3) % ARRAY_SIZE(known)];
	case 2:
		return 1 + (r >> 3) % 26;
	case 3:
		return 0x300 + (r >> 3) % 64; /* combining */
	case 4:
		return (r >> 3) % 0x3000;
	case 5:
		return ' ';
	default:
		return 'a' + (r >> 3) % 26;
	}
}

static void test_random(void **state)
{
	struct history *h = history_new();
	struct line l = { 0 };
	uint32_t seed = 5;

	history_add(h, "x", "a \xc3\xa4 e\xcc\x81 b");
	history_add(h, "x", "b");
	line_begin(&l, "", h, "x");
	for (unsigned i = 0; i < 100000; i++) {
		size_t from;
		int x;

		seed = seed * 1664525 + 1013904223;
		if (line_key(&l, random_key(seed >> 7)) == LINE_WANTS)
			line_offer(&l, l.at / 2 > 3 ? 0 : l.at, "b\xc3\xa4\nbc\ncd");
		assert_true(l.at <= l.text.len && l.text.len <= LINE_BYTES);
		assert_true(safe_is_plain(line_text(&l), l.text.len));
		assert_true(safe_is_plain(line_text(&l), l.at));
		assert_int_equal(strlen(line_text(&l)), l.text.len);
		line_window(&l, (int)(seed >> 20) % 60, &from, &x);
		assert_true(from <= l.at && x >= 0);
	}
	line_done(&l);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),	   cmocka_unit_test(test_paste),
		cmocka_unit_test(test_bound),	   cmocka_unit_test(test_history),
		cmocka_unit_test(test_completion), cmocka_unit_test(test_window),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}

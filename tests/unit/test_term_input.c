/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of a terminal: which keys, clicks and pastes come out, whole or in pieces, and that of
 * what is no key nothing comes out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/glyph.h"
#include "tui/term_input.h"

/* Says an input in words: a key's name, "paste:x", "press 3,4". */
static void say(const struct input *i, struct strbuf *b)
{
	static const char *const words[] = { "press", "double", "wheel-up", "wheel-down" };

	if (b->len)
		strbuf_char(b, ' ');
	if (i->type == INPUT_MOUSE) {
		strbuf_fmt(b, "%s:%d,%d", words[i->mouse], i->y, i->x);
		return;
	}
	if (i->type == INPUT_PASTE)
		strbuf_str(b, "paste:");
	key_label(i->key, b);
}

/* Feeds text in portions and says all that comes out; at the end nothing more comes. */
static void run(struct term_input *in, const char *text, size_t n, size_t portion, struct strbuf *b)
{
	struct input i;

	for (size_t at = 0; at < n; at += portion) {
		size_t len = MIN(portion, n - at);

		assert_int_equal(term_input_add(in, text + at, len), len);
		while (term_input_next(in, false, 1, &i))
			say(&i, b);
	}
	while (term_input_next(in, true, 1, &i))
		say(&i, b);
}

static const char *described(const char *name)
{
	static const char *const known[][2] = {
		{ "kcuu1", "\033OA" },
		{ "kf1", "\033[[A" },
		{ "kf2", "\033[[B" },
		{ "khome", "\033[7~" },
		{ "kbs", "\b" },
		{ "kdch1", "\x7f" },
		{ "kend", "\033[long sequence~" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(name, known[i][0]))
			return known[i][1];
	return NULL;
}

static void test_sequences(void **state)
{
	static const struct {
		const char *bytes, *want;
	} rows[] = {
		{ "", "" },
		{ "ab", "a b" },
		{ " ", "Space" },
		{ "\u00e9\u4e2d", "\u00e9 \u4e2d" },
		{ "\r", "Enter" },
		{ "\t", "Tab" },
		{ "\x01\x1a", "C-a C-z" },
		{ "\x7f\b", "Backspace Backspace" },
		{ "\033", "Esc" },
		{ "\033\033", "Esc Esc" },
		{ "\033x", "M-x" },
		{ "\033\r", "M-Enter" },
		{ "\033\x7f", "M-Backspace" },
		{ "\033\u00e9", "M-\u00e9" },
		{ "\033[", "M-[" },
		{ "\033O", "M-O" },
		{ "\033[A\033[B\033[C\033[D", "Up Down Right Left" },
		{ "\033OA\033OB\033OH\033OF", "Up Down Home End" },
		{ "\033[H\033[F\033[1~\033[4~\033[7~", "Home End Home End Home" },
		{ "\033[5~\033[6~\033[2~\033[3~", "PageUp PageDown Insert Delete" },
		{ "\033[Z", "S-Tab" },
		{ "\033OP\033[15~\033[24~\033[[A\033[[B", "F1 F5 F12 F1 F2" },
		{ "\033[1;5A", "Up" },
		{ "\033[1;3A\033[5;3~", "M-Up M-PageUp" },
		{ "\033[1;2P", "F1" },
		{ "\033OM\033Oj", "Enter *" },
		{ "\033[27;5;97~\033[97;5u\033[97;3u\033[9;2u", "C-a C-a M-a S-Tab" },
		{ "\033[13u\033[27u\033[127u", "Enter Esc Backspace" },
		/* nothing comes of these, and what follows is a key again */
		{ "\033[200;300;1x\033[99~\033[?1;2c\033[5Rq", "F3 q" },
		{ "\033[Iq\033[0nq", "q q" },
		{ "\033OYq", "q" },
		{ "\033[1;999999999999999999Aq", "Up q" },
		{ "\033[1114200uq", "q" },
		{ "\033[55555555uq", "q" },
		{ "\xff\xfe\xc3q", "q" },
		{ "\xc2\x9bq", "q" },
		{ "\u202eq", "q" },
		{ "\033[1\033[A", "Up" },
		/* mouse */
		{ "\033[<0;5;3M\033[<0;5;3m", "press:2,4" },
		{ "\033[<0;5;3M\033[<0;5;3m\033[<0;5;3M\033[<0;5;3M",
		  "press:2,4 double:2,4 press:2,4" },
		{ "\033[<0;5;3M\033[<0;6;3M", "press:2,4 press:2,5" },
		{ "\033[<64;1;1M\033[<65;300;200M", "wheel-up:0,0 wheel-down:199,299" },
		{ "\033[<2;1;1M\033[<32;1;1M\033[<35;1;1Mq", "q" },
		{ "\033[<0;0;0M", "press:0,0" },
		{ "\033[<16;2;2M", "press:1,1" },
		{ "\033[M !!q", "press:0,0 q" },
		{ "\033[M`\"#q", "wheel-up:2,1 q" },
		{ "\033[M#!!q", "q" },
		/* paste */
		{ "\033[200~ab\033[201~q", "paste:a paste:b q" },
		{ "\033[200~a\r\nb\nc\r\033[201~",
		  "paste:a paste:Enter paste:b paste:Enter paste:c paste:Enter" },
		{ "\033[200~\t\u00e9\x01\033[Ax\x7f\033[201~",
		  "paste:Tab paste:\u00e9 paste:[ paste:A paste:x" },
		{ "\033[200~q\033", "paste:q" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t portion = 1; portion < 40; portion += 3) {
			_cleanup_strbuf_ struct strbuf b = { 0 };
			struct term_input in = { 0 };

			term_input_learn(&in, described);
			run(&in, rows[i].bytes, strlen(rows[i].bytes), portion, &b);
			if (strcmp(strbuf_cstr(&b), rows[i].want))
				fail_msg("row %zu by %zu: '%s', not '%s'", i, portion,
					 strbuf_cstr(&b), rows[i].want);
			assert_int_equal(in.len, 0);
		}
	}
}

static void test_backspace(void **state)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct term_input in = { 0 };

	run(&in, "\b\x7f", 2, 2, &b);
	assert_string_equal(b.s, "C-h Backspace");
}

static void test_double_click_takes_time(void **state)
{
	static const char click[] = "\033[<0;5;3M";
	struct term_input in = { 0 };
	struct input i;

	term_input_add(&in, click, sizeof(click) - 1);
	assert_true(term_input_next(&in, false, NSEC_PER_SEC, &i));
	term_input_add(&in, click, sizeof(click) - 1);
	assert_true(term_input_next(&in, false, NSEC_PER_SEC * 3 / 2, &i));
	assert_int_equal(i.mouse, MOUSE_PRESS);
	term_input_add(&in, click, sizeof(click) - 1);
	assert_true(term_input_next(&in, false, NSEC_PER_SEC * 17 / 10, &i));
	assert_int_equal(i.mouse, MOUSE_DOUBLE);
}

/* A partial sequence waits for its end, and is dropped whole when none comes. */
static void test_waiting(void **state)
{
	static const char *const parts[] = { "\033",  "\033[", "\033[1",   "\033[<0;5",
					     "\033O", "\xc3",  "\xe4\xb8", "\033[M !" };
	struct input i;

	for (size_t p = 0; p < ARRAY_SIZE(parts); p++) {
		struct term_input in = { 0 };

		term_input_add(&in, parts[p], strlen(parts[p]));
		assert_false(term_input_next(&in, false, 1, &i));
		assert_int_equal(in.len, strlen(parts[p]));
		while (term_input_next(&in, true, 1, &i))
			assert_true(i.type == INPUT_KEY && i.key != 0);
		assert_int_equal(in.len, 0);
	}
}

/* Any bytes at all: it always moves on, and what comes out is a key that has a name. */
static void test_random_bytes(void **state)
{
	static const char pool[] = "\033\033\033[[<;;0123~MmOuABqx\xc3\xa9\xe4\xff \x7f\x01";
	unsigned seed = 5;

	for (int round = 0; round < 2000; round++) {
		struct term_input in = { 0 };
		struct input i;

		term_input_learn(&in, described);
		for (int k = 0; k < 60; k++) {
			char c = rand_r(&seed) % 4 ? pool[rand_r(&seed) % (sizeof(pool) - 1)]
						   : (char)rand_r(&seed);

			term_input_add(&in, &c, 1);
			while (term_input_next(&in, rand_r(&seed) % 8 == 0, (uint64_t)k, &i)) {
				_cleanup_strbuf_ struct strbuf b = { 0 };

				if (i.type == INPUT_MOUSE)
					continue;
				key_label(i.key & ~(keycode)KC_ALT, &b);
				i.key &= ~(keycode)KC_ALT;
				if (!strcmp(b.s, "?") && char_width(i.key) != 0)
					assert_int_equal(i.key, '?');
			}
		}
	}
}

/* A sequence without end does not fill the buffer for good. */
static void test_endless_sequence(void **state)
{
	struct term_input in = { 0 };
	struct input i;

	term_input_add(&in, "\033[", 2);
	for (int k = 0; k < 5000; k++) {
		assert_int_equal(term_input_add(&in, "1", 1), 1);
		while (term_input_next(&in, false, 1, &i))
			assert_int_equal(i.key, '1');
	}
	term_input_add(&in, "q", 1);
	assert_true(term_input_next(&in, false, 1, &i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_backspace),
		cmocka_unit_test(test_double_click_takes_time),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_endless_sequence),
	};

	return cmocka_run_group_tests_name("term_input", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Themes: what is read from which text, the place in every complaint, who inherits from whom,
 * and that every theme of the tree says everything and can be read by human eyes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/slurp.h"
#include "tui/theme.h"

static int parse(const char *text, struct theme *t, struct err *e)
{
	return theme_parse("x.theme", text, strlen(text), t, e);
}

static void test_colors(void **state)
{
	enum { RGB = COLOR_RGB };
	static const struct {
		const char *text;
		struct theme_color want;
	} rows[] = {
		{ "default", { -1, -1, -1 } },
		{ "red", { 1, 1, 1 } },
		{ "Bright-White", { 15, 15, 15 } },
		{ "0", { 0, 0, 0 } },
		{ "208", { 3, 208, RGB | 0xff8700 } },
		{ "255", { 7, 255, RGB | 0xeeeeee } },
		{ "#ff8800", { 3, 208, RGB | 0xff8800 } },
		{ "#000000", { 0, 16, RGB } },
		{ "#FFffFF", { 15, 231, RGB | 0xffffff } },
		{ "#ff8800/209/green", { 2, 209, RGB | 0xff8800 } },
		{ "#ff8800/green", { 2, 208, RGB | 0xff8800 } },
		{ "#303030/236/default", { -1, 236, RGB | 0x303030 } },
		{ "#303030/default", { -1, -1, RGB | 0x303030 } },
		{ "17/blue", { 4, 17, RGB | 0x00005f } },
		{ "#123456/17/4", { 4, 17, RGB | 0x123456 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		struct theme t;
		char text[200];

		snprintf(text, sizeof(text), "inherits = dark\ntime = %s", rows[i].text);
		if (parse(text, &t, &e) < 0)
			fail_msg("'%s': %s", rows[i].text, e.text);
		if (memcmp(&t.look[LOOK_TIME].fg, &rows[i].want, sizeof(rows[i].want)))
			fail_msg("'%s' is %d %d %x", rows[i].text, t.look[LOOK_TIME].fg.c16,
				 t.look[LOOK_TIME].fg.c256, t.look[LOOK_TIME].fg.rgb);
		assert_int_equal(t.look[LOOK_TIME].bg.c16, COLOR_DEFAULT);
	}
}

static void test_styles(void **state)
{
	static const struct {
		const char *text;
		int fg, bg;
		unsigned attrs;
	} rows[] = {
		{ "time = red", 1, -1, 0 },
		{ "time=red blue", 1, 4, 0 },
		{ "\ttime\t= red blue bold underline # so", 1, 4, ATTR_BOLD | ATTR_UNDERLINE },
		{ "time = bold", -1, -1, ATTR_BOLD },
		{ "time = red ITALIC dim", 1, -1, ATTR_ITALIC | ATTR_DIM },
		{ "TIME = red default reverse\r", 1, -1, ATTR_REVERSE },
		{ "# text = x\n\n   # y\ntime = red", 1, -1, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		struct theme t;
		char text[200];

		snprintf(text, sizeof(text), "inherits = light # it is\n%s\n", rows[i].text);
		if (parse(text, &t, &e) < 0)
			fail_msg("'%s': %s", rows[i].text, e.text);
		assert_int_equal(t.look[LOOK_TIME].fg.c256, rows[i].fg);
		assert_int_equal(t.look[LOOK_TIME].bg.c256, rows[i].bg);
		assert_int_equal(t.look[LOOK_TIME].attrs, rows[i].attrs);
		assert_string_equal(t.name, "x");
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "inherits = dark\ntme = red",
		  "x.theme:2:1: there is no look 'tme'; did you mean time" },
		{ "inherits = dark\nqqqqqqqq = red", "x.theme:2:1: there is no look 'qqqqqqqq'" },
		{ "inherits = dark\nmark-cursr = red", "did you mean mark-cursor" },
		{ "inherit = dark",
		  "x.theme:1:1: there is no look 'inherit'; did you mean inherits" },
		{ "inherits = dark\n time = gren",
		  "x.theme:2:9: 'gren' is no colour; did you mean green" },
		{ "inherits = dark\ntime = red #ff88",
		  "x.theme:2:12: '#ff88' is no colour: six digits" },
		{ "inherits = dark\ntime = #0x1234", "x.theme:2:8: '#0x1234' is no colour" },
		{ "inherits = dark\ntime = 256", "x.theme:2:8: '256' is no colour: numbers" },
		{ "inherits = dark\ntime = mauvish",
		  "x.theme:2:8: 'mauvish' is no colour: there are" },
		{ "inherits = dark\ntime = red/208", "x.theme:2:12: a fallback is for fewer" },
		{ "inherits = dark\ntime = #ff0000/300", "x.theme:2:16: '300' is no colour" },
		{ "inherits = dark\ntime = red/", "x.theme:2:12: '' is no colour" },
		{ "inherits = dark\ntime = default/red/red", "x.theme:2:20: a fallback" },
		{ "inherits = dark\ntime = keep", "x.theme:2:8: keep is for marks" },
		{ "inherits = dark\ntime = red blue bolt",
		  "x.theme:2:17: 'bolt' is no attribute; did you mean bold" },
		{ "inherits = dark\ntime = red bold blue",
		  "x.theme:2:17: 'blue' is no attribute: there are" },
		{ "inherits = dark\ntime = red blue #x", "x.theme:2:17: '#x' is no attribute" },
		{ "inherits = dark\ntime = ", "x.theme:2:8: a style is missing" },
		{ "inherits = dark\ntime = # red", "x.theme:2:8: a style is missing" },
		{ "inherits = dark\ntime red", "x.theme:2:9: '=' is missing" },
		{ "inherits = dark\n = red", "x.theme:2:2: a look is missing" },
		{ "inherits = dark\ntime = red\ntime = red",
		  "x.theme:3:1: 'time' is set twice, first in line 2" },
		{ "inherits = dark\ntime = r\x1b"
		  "ed",
		  "x.theme:2:9: a control character (\\x1b)" },
		{ "time = red\ninherits = dark", "x.theme:2:1: inherits stands before" },
		{ "inherits = dark\ninherits = dark", "x.theme:2:1: inherits twice" },
		{ "inherits =", "x.theme:1:11: the name of a theme is missing" },
		{ "inherits = a b", "x.theme:1:14: a theme inherits one" },
		{ "inherits = drak", "x.theme:1:12: there is no theme 'drak'; did you mean dark" },
		{ "inherits = nothing-like-it", "x.theme:1:12: there is no theme" },
		{ "inherits = ../dark", "cannot be the name" },
		{ "inherits = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "x.theme:1:12: the name is too long" },
		{ "text = red\n", "x.theme:1:1: 'dim' is not set" },
		{ "", "x.theme:1:1: 'text' is not set" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		struct theme t = { .name = "untouched" };

		if (parse(rows[i].text, &t, &e) >= 0)
			fail_msg("'%s' is read", rows[i].text);
		if (!strstr(e.text, rows[i].says))
			fail_msg("'%s': '%s', not '%s'", rows[i].text, e.text, rows[i].says);
		assert_string_equal(t.name, "untouched");
		assert_true(parse(rows[i].text, &t, NULL) < 0);
	}
}

/* The user's themes, in a directory of their own. */
static void put(const char *dir, const char *name, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tapdeck/themes/%s.theme", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_inheriting(void **state)
{
	char dir[] = "/tmp/tapdeck-theme-XXXXXX", command[64], sub[100];
	struct err e = ERR_INIT;
	struct theme t;

	assert_non_null(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/tapdeck", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	snprintf(sub, sizeof(sub), "%s/tapdeck/themes", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	setenv("XDG_CONFIG_HOME", dir, 1);
	put(dir, "dark", "inherits = dark\ntime = 77\n");
	put(dir, "mine", "inherits = dark\ncpu = 78\n");
	put(dir, "a", "inherits = b\n");
	put(dir, "b", "# loop\ninherits = a\n");
	put(dir, "self", "inherits = self\n");
	put(dir, "orphan", "inherits = nobody-at-all\n");
	put(dir, "broken", "inherits = dark\ntime = purplish\n");
	put(dir, "child", "inherits = broken\n");

	assert_int_equal(theme_load("mine", &t, &e), 0);
	assert_int_equal(t.look[LOOK_TIME].fg.c256, 77);
	assert_int_equal(t.look[LOOK_CPU].fg.c256, 78);
	assert_string_equal(t.name, "mine");
	assert_int_equal(theme_load("dark", &t, &e), 0);
	assert_int_equal(t.look[LOOK_TIME].fg.c256, 77);
	assert_int_equal(theme_builtin("dark", &t, &e), 0);
	assert_int_not_equal(t.look[LOOK_TIME].fg.c256, 77);
	assert_int_equal(theme_load("light", &t, &e), 0);

	assert_int_equal(theme_load("a", &t, &e), -EINVAL);
	assert_non_null(strstr(e.text, "b.theme:2:12: 'a' inherits from itself"));
	assert_int_equal(theme_load("self", &t, &e), -EINVAL);
	assert_non_null(strstr(e.text, "self.theme:1:12: 'self' inherits from itself"));
	assert_int_equal(theme_load("orphan", &t, &e), -EINVAL);
	assert_non_null(strstr(e.text, "orphan.theme:1:12: there is no theme 'nobody-at-all'"));
	assert_int_equal(theme_load("child", &t, &e), -EINVAL);
	assert_non_null(strstr(e.text, "broken.theme:2:8: 'purplish'"));
	assert_int_equal(theme_load("mien", &t, &e), -ENOENT);
	assert_int_equal(theme_load("../a", &t, &e), -EINVAL);
	assert_int_equal(theme_load("", &t, NULL), -EINVAL);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	unsetenv("XDG_CONFIG_HOME");
}

static void test_marks_on_looks(void **state)
{
	static const char text[] = "inherits = mono\n"
				   "time = red blue dim\n"
				   "mark-cursor = green keep bold\n"
				   "mark-cell = keep yellow\n"
				   "mark-hit = cyan cyan underline\n"
				   "mark-tag = white white italic\n"
				   "mark-cursor-dim = keep magenta\n";
	static const struct {
		unsigned marks;
		int fg, bg;
		unsigned attrs;
	} rows[] = {
		{ 0, 1, 4, ATTR_DIM },
		{ MARK_CURSOR, 2, 4, ATTR_DIM | ATTR_BOLD },
		{ MARK_CURSOR_DIM, 1, 4, ATTR_DIM },
		{ MARK_CURSOR | MARK_CELL, 2, 4, ATTR_DIM | ATTR_BOLD },
		{ MARK_CURSOR | MARK_CELL | MARK_HIT, 6, 6, ATTR_DIM | ATTR_BOLD | ATTR_UNDERLINE },
		{ MARK_TAG, 7, 7, ATTR_DIM | ATTR_ITALIC },
		{ MARK_TAG | MARK_CURSOR, 2, 7, ATTR_DIM | ATTR_BOLD | ATTR_ITALIC },
		{ 0xe0, 1, 4, ATTR_DIM },
	};
	struct err e = ERR_INIT;
	struct theme t;

	assert_int_equal(parse(text, &t, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct theme_style s = theme_style(&t, LOOK_TIME, rows[i].marks);

		assert_int_equal(s.fg.c16, rows[i].fg);
		assert_int_equal(s.bg.c16, rows[i].bg);
		assert_int_equal(s.attrs, rows[i].attrs);
	}
}

/* Relative luminance and contrast as the web's accessibility rules have them. */
static double luminance(uint32_t rgb)
{
	double sum = 0;
	static const double weight[] = { 0.0722, 0.7152, 0.2126 };

	for (int i = 0; i < 3; i++) {
		double c = (double)(rgb >> 8 * i & 255) / 255;

		sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(uint32_t a, uint32_t b)
{
	double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;

	return la > lb ? la / lb : lb / la;
}

static uint32_t visible(int color, uint32_t dflt)
{
	if (color < 0)
		return dflt;
	return color & COLOR_RGB ? (uint32_t)color & 0xffffff : theme_palette(color);
}

static bool is_heat(int look)
{
	return look >= LOOK_HEAT_1 && look <= LOOK_HEAT_9;
}

/* Of a heat map's levels the colour is what is seen, but where a mark brings its own. */
static bool is_seen_as_text(const struct theme *t, int look, unsigned mark)
{
	if (!is_heat(look))
		return true;
	for (unsigned i = 0; i < THEME_MARKS; i++)
		if (mark == 1u << i && t->mark[i].fg.rgb != COLOR_KEEP)
			return true;
	return false;
}

/* Every look, alone and with every mark, in direct colour and in 256. */
static void check_contrast(const struct theme *t, uint32_t fg, uint32_t bg, double least)
{
	for (int look = 0; look < LOOK_COUNT; look++) {
		for (unsigned mark = 0; mark < 1u << THEME_MARKS; mark = mark ? mark << 1 : 1) {
			struct theme_style s = theme_style(t, (enum look)look, mark);
			double want = look == LOOK_BORDER ? MIN(least, 3.0) : least;
			double rgb = contrast(visible(s.fg.rgb, fg), visible(s.bg.rgb, bg));
			double c256 = contrast(visible(s.fg.c256, fg), visible(s.bg.c256, bg));

			if (!is_seen_as_text(t, look, mark))
				continue;
			if (rgb < want || c256 < want)
				fail_msg("%s: look %d mark %u on %06x: %.2f, 256: %.2f", t->name,
					 look, mark, bg, rgb, c256);
		}
	}
}

static void test_readable(void **state)
{
	static const struct {
		const char *name;
		uint32_t fg, bg;
		double least;
	} rows[] = {
		{ "dark", 0xd0d0d0, 0x000000, 4.5 },	 { "dark", 0xd0d0d0, 0x1e1e1e, 4.5 },
		{ "dark", 0xe0e0e0, 0x2b2b2b, 4.5 },	 { "light", 0x000000, 0xffffff, 4.5 },
		{ "light", 0x202020, 0xfdf6e3, 4.5 },	 { "light", 0x000000, 0xeeeeee, 4.5 },
		{ "contrast", 0x808080, 0x808080, 7.0 }, { "mono", 0xd0d0d0, 0x000000, 7.0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		struct theme t;

		if (theme_builtin(rows[i].name, &t, &e) < 0)
			fail_msg("%s", e.text);
		check_contrast(&t, rows[i].fg, rows[i].bg, rows[i].least);
	}
}

/* The more frequent, the further away from the background: also for whoever sees no colours. */
static void check_heat(const struct theme *t, uint32_t bg)
{
	double before = 1, before256 = 1;

	for (int look = LOOK_HEAT_1; look <= LOOK_HEAT_9; look++) {
		double rgb = contrast(visible(t->look[look].bg.rgb, bg), bg);
		double c256 = contrast(visible(t->look[look].bg.c256, bg), bg);

		if (rgb <= before * 1.02 || c256 <= before256 * 1.02)
			fail_msg("%s: level %d is too near to the one below it", t->name,
				 look - LOOK_HEAT_1 + 1);
		before = rgb;
		before256 = c256;
	}
}

static void test_heat(void **state)
{
	static const struct {
		const char *name;
		uint32_t bg;
	} rows[] = { { "dark", 0x000000 }, { "light", 0xffffff }, { "contrast", 0x000000 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct theme t;

		assert_int_equal(theme_builtin(rows[i].name, &t, NULL), 0);
		check_heat(&t, rows[i].bg);
	}
}

/* What must not be told by colour alone is told by attributes too. */
static void test_mono_tells_apart(void **state)
{
	static const enum look pairs[][2] = {
		{ LOOK_ON, LOOK_OFF },
		{ LOOK_GOOD, LOOK_WARN },
		{ LOOK_WARN, LOOK_ERROR },
		{ LOOK_GOOD, LOOK_ERROR },
		{ LOOK_TITLE, LOOK_TITLE_FOCUS },
		{ LOOK_HEADER, LOOK_HEADER_SORT },
		{ LOOK_TEXT, LOOK_MATCH },
		{ LOOK_TEXT, LOOK_LOSS },
		{ LOOK_TEXT, LOOK_GONE },
		{ LOOK_TEXT, LOOK_DIM },
	};
	struct theme t;

	assert_int_equal(theme_builtin("mono", &t, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		assert_int_not_equal(t.look[pairs[i][0]].attrs, t.look[pairs[i][1]].attrs);
	for (int i = 0; i < LOOK_COUNT; i++) {
		assert_int_equal(t.look[i].fg.rgb, COLOR_DEFAULT);
		assert_int_equal(t.look[i].bg.rgb, COLOR_DEFAULT);
	}
	for (unsigned i = 0; i < THEME_MARKS; i++)
		assert_int_not_equal(theme_style(&t, LOOK_TEXT, 1u << i).attrs, 0);
}

/* Every file is a built-in theme, and none is less than complete. */
static void test_files_of_the_tree(void **state)
{
	const char *root = getenv("SOURCE_ROOT");
	unsigned count = 0, names = 0;
	_cleanup_closedir_ DIR *d = NULL;
	char path[500];

	if (!root) {
		print_message("SOURCE_ROOT is not set\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/themes", root);
	d = opendir(path);
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));) {
		_cleanup_strbuf_ struct strbuf text = { 0 };
		const char *dot = strrchr(entry->d_name, '.');
		struct theme t, builtin;
		struct err e = ERR_INIT;
		char file[800];

		if (!dot || strcmp(dot, ".theme"))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		assert_int_equal(slurp(file, 65536, false, &text, &e), 1);
		assert_null(strstr(text.s, "\ninherits"));
		if (theme_parse(file, text.s, text.len, &t, &e) < 0)
			fail_msg("%s", e.text);
		if (theme_builtin(t.name, &builtin, &e) < 0)
			fail_msg("%s", e.text);
		assert_memory_equal(&t, &builtin, sizeof(t));
		count++;
	}
	while (theme_names[names])
		names++;
	assert_int_equal(count, names);
	assert_true(names >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_inheriting),
		cmocka_unit_test(test_marks_on_looks),
		cmocka_unit_test(test_readable),
		cmocka_unit_test(test_heat),
		cmocka_unit_test(test_mono_tells_apart),
		cmocka_unit_test(test_files_of_the_tree),
	};

	return cmocka_run_group_tests_name("theme", tests, NULL, NULL);
}

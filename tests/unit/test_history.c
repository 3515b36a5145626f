/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories: finding by label and prefix, the bound, and files: mode, damage, two writers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/strbuf.h"
#include "tui/history.h"

/* All texts of a label, newest first, with '|' behind each. */
static void texts_are(const struct history *h, const char *label, const char *want)
{
	struct strbuf b = { 0 };
	const char *text;
	size_t at = 0;

	while ((text = history_find(h, label, "", true, &at)))
		strbuf_fmt(&b, "%s|", text);
	assert_string_equal(strbuf_cstr(&b), want);
	strbuf_done(&b);
}

static void test_find(void **state)
{
	struct history *h = history_new();
	size_t at = 0;

	assert_null(history_find(h, "filter", "", true, &at));
	history_add(h, "filter", "pid == 1");
	history_add(h, "search", "pid");
	history_add(h, "filter", "cpu == 1");
	history_add(h, "filter", "pid == 2");
	texts_are(h, "filter", "pid == 2|cpu == 1|pid == 1|");
	texts_are(h, "search", "pid|");
	texts_are(h, "other", "");

	assert_string_equal(history_find(h, "filter", "pid", true, &at), "pid == 2");
	assert_string_equal(history_find(h, "filter", "pid", true, &at), "pid == 1");
	assert_null(history_find(h, "filter", "pid", true, &at));
	assert_string_equal(history_find(h, "filter", "pid", false, &at), "pid == 2");
	assert_null(history_find(h, "filter", "pid", false, &at));
	history_free(h);
}

/* The same once more moves to the newest place, also when the text is the history's own. */
static void test_again(void **state)
{
	struct history *h = history_new();
	size_t at = 0;

	history_add(h, "f", "a");
	history_add(h, "f", "b");
	history_add(h, "g", "a");
	history_add(h, "f", "a");
	texts_are(h, "f", "a|b|");
	texts_are(h, "g", "a|");
	history_find(h, "f", "b", true, &at);
	history_add(h, "f", history_find(h, "f", "b", true, &(size_t) { 0 }));
	texts_are(h, "f", "b|a|");
	history_free(h);
}

static void test_refused(void **state)
{
	static const char *const texts[] = { "",	"  ",	"a\nb",	       "a\tb",
					     "\x1b[2J", "\xff", "\xe2\x80\xae" };
	struct history *h = history_new();
	char *longer = calloc(1, 10000);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		history_add(h, "f", texts[i]);
	memset(longer, 'a', 9999);
	history_add(h, "f", longer);
	free(longer);
	texts_are(h, "f", "");
	history_add(h, "F G", "a");
	history_add(h, "", "a");
	texts_are(h, "F G", "");
	texts_are(h, "", "");
	history_free(h);
}

static void add_numbers(struct history *h, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char text[16];

		snprintf(text, sizeof(text), "n%u", i);
		history_add(h, "f", text);
	}
}

static size_t count(const struct history *h)
{
	size_t at = 0, n = 0;

	while (history_find(h, "f", "", true, &at))
		n++;
	return n;
}

static void test_bound(void **state)
{
	struct history *h = history_new();
	size_t at = 0;

	add_numbers(h, 0, 3 * HISTORY_MAX);
	assert_int_equal(count(h), HISTORY_MAX);
	assert_string_equal(history_find(h, "f", "", true, &at), "n1499");
	assert_null(history_find(h, "f", "n999", true, &(size_t) { 0 }));
	assert_non_null(history_find(h, "f", "n1000", true, &(size_t) { 0 }));
	history_free(h);
}

/* ---- files ---- */

/* A directory of one's own, and a path below it whose directories are not there yet. */
struct place {
	char dir[32], path[64];
};

static struct place make_place(void)
{
	struct place p = { .dir = "/tmp/test_history.XXXXXX" };

	assert_non_null(mkdtemp(p.dir));
	snprintf(p.path, sizeof(p.path), "%s/state/tapdeck/history", p.dir);
	return p;
}

/* Also proves that nothing else was left there. */
static void remove_place(const struct place *p)
{
	char path[64];

	unlink(p->path);
	snprintf(path, sizeof(path), "%s/state/tapdeck", p->dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/state", p->dir);
	rmdir(path);
	assert_int_equal(rmdir(p->dir), 0);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_round_trip(void **state)
{
	struct place p = make_place();
	struct history *h = history_new();
	struct err e = ERR_INIT;
	struct stat st;
	mode_t mask = umask(0);

	assert_int_equal(history_read(h, p.path, &e), 0);
	history_add(h, "filter", "comm == \"a \xc3\xa4\"");
	history_add(h, "command", "write /tmp/x");
	assert_int_equal(history_write(h, p.path, &e), 0);
	umask(mask);
	history_free(h);
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	h = history_new();
	assert_int_equal(history_read(h, p.path, &e), 0);
	texts_are(h, "filter", "comm == \"a \xc3\xa4\"|");
	texts_are(h, "command", "write /tmp/x|");
	history_free(h);
	remove_place(&p);
}

/* Two decks at once: what the other one wrote is kept, and what was added here is newer. */
static void test_two(void **state)
{
	struct place p = make_place();
	struct history *a = history_new(), *b = history_new(), *c = history_new();

	history_add(a, "f", "old");
	assert_int_equal(history_write(a, p.path, NULL), 0);
	assert_int_equal(history_read(b, p.path, NULL), 0);
	history_add(a, "f", "from a");
	history_add(b, "f", "from b");
	assert_int_equal(history_write(a, p.path, NULL), 0);
	assert_int_equal(history_write(b, p.path, NULL), 0);
	assert_int_equal(history_read(c, p.path, NULL), 0);
	texts_are(c, "f", "from b|from a|old|");
	/* What is written is not fresh any more: it does not come back to the top. */
	assert_int_equal(history_write(a, p.path, NULL), 0);
	history_free(c);
	c = history_new();
	assert_int_equal(history_read(c, p.path, NULL), 0);
	texts_are(c, "f", "from b|from a|old|");
	history_free(a);
	history_free(b);
	history_free(c);
	remove_place(&p);
}

/* Prompts have labels of two words too, and their texts come back from the file. */
static void test_two_words(void **state)
{
	struct place p = make_place();
	struct history *a = history_new(), *b = history_new();

	history_add(a, "find tracer", "sched switch");
	texts_are(a, "find tracer", "sched switch|");
	assert_int_equal(history_write(a, p.path, NULL), 0);
	assert_int_equal(history_read(b, p.path, NULL), 0);
	texts_are(b, "find tracer", "sched switch|");
	texts_are(b, "find", "");
	history_free(a);
	history_free(b);
	remove_place(&p);
}

static void test_damaged(void **state)
{
	struct place p = make_place();
	struct history *h = history_new();

	snprintf(p.path, sizeof(p.path), "%s/history", p.dir);
	write_text(p.path, "f\tgood\nno tab\n\tno label\nf\t\nf\t\x1b[2J\nF!\tx\nf\ttwo\ttabs\n"
			   "f\tgood too\nf\tcut");
	assert_int_equal(history_read(h, p.path, NULL), 0);
	texts_are(h, "f", "cut|good too|good|");
	history_free(h);
	remove_place(&p);
}

static void test_no_file(void **state)
{
	struct place p = make_place();
	struct history *h = history_new();
	struct err e = ERR_INIT;

	history_add(h, "f", "a");
	assert_int_equal(history_read(h, p.dir, &e), -EINVAL);
	assert_non_null(strstr(e.text, "not a regular file"));
	/* A directory is in the way: said, and nothing is left behind. */
	snprintf(p.path, sizeof(p.path), "%s/history", p.dir);
	assert_int_equal(mkdir(p.path, 0700), 0);
	assert_true(history_write(h, p.path, &e) < 0);
	assert_non_null(strstr(e.text, p.path));
	assert_int_equal(rmdir(p.path), 0);
	/* A pipe that nobody writes must not hold up the screen. */
	assert_int_equal(mkfifo(p.path, 0600), 0);
	assert_int_equal(history_read(h, p.path, &e), -EINVAL);
	texts_are(h, "f", "a|");
	history_free(h);
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	   cmocka_unit_test(test_again),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_bound),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_two),
		cmocka_unit_test(test_damaged),	   cmocka_unit_test(test_two_words),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}

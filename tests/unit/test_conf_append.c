/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A section more in a configuration: what is there stays as it is, whatever it ends with, whoever
 * owns it and wherever it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>

#include "core/err.h"
#include "tests/dat_fixture.h"
#include "tui/conf_append.h"

static const char section[] = "[pair x]\nstart = a:b\n";

static int append(const char *path, struct err *e)
{
	struct strbuf b = { 0 };
	int rc;

	strbuf_str(&b, section);
	rc = conf_append(path, &b, e);
	strbuf_done(&b);
	return rc;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void expect(const char *path, const char *before)
{
	_cleanup_free_ char *bytes = NULL;
	char all[512];
	size_t size;

	bytes = (char *)fixture_load(path, &size);
	snprintf(all, sizeof(all), "%s%s", before, section);
	assert_int_equal(size, strlen(all));
	assert_memory_equal(bytes, all, size);
}

static void test_behind(void **state)
{
	(void)state;
	put("config", "# mine\n[ui]\ntheme = dark\n");
	assert_int_equal(append("config", NULL), 0);
	expect("config", "# mine\n[ui]\ntheme = dark\n\n");
	put("config", "[ui]\ntheme = dark"); /* no end of the last line */
	assert_int_equal(append("config", NULL), 0);
	expect("config", "[ui]\ntheme = dark\n\n");
}

static void test_new(void **state)
{
	struct stat st;

	(void)state;
	unlink("sub/dir/config");
	assert_int_equal(append("sub/dir/config", NULL), 0);
	expect("sub/dir/config", "");
	assert_int_equal(stat("sub/dir/config", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_mode_and_link_stay(void **state)
{
	struct stat st;

	(void)state;
	unlink("linked");
	put("real", "[ui]\n");
	assert_int_equal(chmod("real", 0644), 0);
	assert_int_equal(symlink("real", "linked"), 0);
	assert_int_equal(append("linked", NULL), 0);
	expect("real", "[ui]\n\n");
	assert_int_equal(lstat("linked", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("real", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

/* What cannot be written whole is not written. */
static void test_no_room(void **state)
{
	struct rlimit limit, small;
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	put("full", "[ui]\n");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit) { .rlim_cur = 10, .rlim_max = limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_true(append("full", &e) < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(stat("full", &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_non_null(strstr(e.text, "full"));
}

static void test_no_file(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_true(append("/dev/null", &e) < 0);
	assert_non_null(strstr(e.text, "not a regular file"));
}

/* Names are in a directory of its own, wherever the test was started. */
static int enter(void **state)
{
	return fixture_setup(state) || chdir(fixture()->dir) ? -1 : 0;
}

static int leave(void **state)
{
	return chdir("/") ? -1 : fixture_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_mode_and_link_stay),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("conf_append", tests, enter, leave);
}

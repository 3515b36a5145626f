/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters with names: order, names that are none, what stands in the configuration, and the file:
 * any text comes back as it was, damage is told and left alone.
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
#include <sys/stat.h>
#include <unistd.h>

#include "core/strbuf.h"
#include "tui/named.h"

static void names_are(const struct named *n, const char *want)
{
	struct strbuf b = { 0 };

	for (size_t i = 0; i < n->count; i++)
		strbuf_fmt(&b, "%s=%s%s|", n->v[i].name, n->v[i].text,
			   n->v[i].configured ? "!" : "");
	assert_string_equal(strbuf_cstr(&b), want);
	strbuf_done(&b);
}

static void test_set(void **state)
{
	struct named n = { 0 };

	(void)state;
	assert_int_equal(named_set(&n, "b", "pid == 2", NULL), 0);
	assert_int_equal(named_set(&n, "c", "pid == 3", NULL), 0);
	assert_int_equal(named_set(&n, "a", "pid == 1", NULL), 0);
	names_are(&n, "a=pid == 1|b=pid == 2|c=pid == 3|");
	assert_int_equal(named_set(&n, "b", "cpu == 2", NULL), 0);
	names_are(&n, "a=pid == 1|b=cpu == 2|c=pid == 3|");
	assert_string_equal(named_find(&n, "c")->text, "pid == 3");
	assert_null(named_find(&n, "cc"));
	assert_int_equal(named_set(&n, "a", NULL, NULL), 0);
	assert_int_equal(named_set(&n, "a", NULL, NULL), -ENOENT);
	names_are(&n, "b=cpu == 2|c=pid == 3|");
	named_done(&n);
	names_are(&n, "");
}

static void test_names(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(named_check("slow-ones_2.x", NULL), 0);
	assert_int_equal(named_check("", NULL), -EINVAL);
	assert_int_equal(named_check("two words", &e), -EINVAL);
	assert_int_equal(e.column, 3);
	assert_int_equal(named_check("a=b", NULL), -EINVAL);
	assert_int_equal(named_check("[a]", NULL), -EINVAL);
	assert_int_equal(named_check("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv", NULL), 0);
	assert_int_equal(named_check("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw", NULL),
			 -EINVAL);
}

static void test_file(void **state)
{
	static const char hostile[] = "comm == \"a\\\"b # c\" and x ~ '; [f]' # tail";
	struct named n = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(named_read(&n, NULL, "state/filters", NULL), 0); /* none yet */
	assert_int_equal(named_set(&n, "hostile", hostile, NULL), 0);
	assert_int_equal(named_set(&n, "a", "\"x\" == comm", NULL), 0);
	assert_int_equal(named_write(&n, "state/filters", NULL), 0);
	assert_int_equal(stat("state/filters", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	named_done(&n);
	assert_int_equal(named_read(&n, NULL, "state/filters", NULL), 0);
	assert_int_equal(n.count, 2);
	assert_string_equal(named_find(&n, "hostile")->text, hostile);
	assert_string_equal(named_find(&n, "a")->text, "\"x\" == comm");
	named_done(&n);
}

static void test_configured(void **state)
{
	struct conf *c = conf_new();
	struct named n = { 0 };

	(void)state;
	conf_set(c, "filters", "both", "cpu == 1");
	conf_set(c, "filters", "mine", "cpu == 2");
	assert_int_equal(named_set(&n, "both", "pid == 1", NULL), 0);
	assert_int_equal(named_set(&n, "kept", "pid == 2", NULL), 0);
	assert_int_equal(named_write(&n, "filters", NULL), 0);
	named_done(&n);
	assert_int_equal(named_read(&n, c, "filters", NULL), 0);
	names_are(&n, "both=cpu == 1!|kept=pid == 2|mine=cpu == 2!|");
	assert_int_equal(named_set(&n, "mine", NULL, NULL), -EPERM);
	assert_int_equal(named_set(&n, "mine", "pid == 1", NULL), -EPERM);
	/* What is configured is not written as if it had been kept. */
	assert_int_equal(named_write(&n, "filters", NULL), 0);
	named_done(&n);
	assert_int_equal(named_read(&n, NULL, "filters", NULL), 0);
	names_are(&n, "kept=pid == 2|");
	named_done(&n);
	conf_free(c);
}

static void test_damage(void **state)
{
	struct named n = { 0 };
	struct err e = ERR_INIT;
	FILE *f = fopen("damaged", "we");

	(void)state;
	fputs("[filters]\na = 1\nno line\n", f);
	fclose(f);
	assert_true(named_read(&n, NULL, "damaged", &e) < 0);
	assert_non_null(strstr(e.text, "damaged:3"));
	named_done(&n);
	assert_true(named_write(&n, "damaged/filters", &e) < 0);
}

static int setup(void **state)
{
	char *dir = strdup("/tmp/test-named-XXXXXX");

	*state = dir;
	return mkdtemp(dir) ? chdir(dir) : -1;
}

static int teardown(void **state)
{
	unlink("state/filters");
	rmdir("state");
	unlink("filters");
	unlink("damaged");
	if (chdir("/") || rmdir(*state))
		return -1;
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),    cmocka_unit_test(test_names),
		cmocka_unit_test(test_file),   cmocka_unit_test(test_configured),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("named", tests, setup, teardown);
}

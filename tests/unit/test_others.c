/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a lock by the text of /proc/locks, what is said of an instance, and names that are no
 * instances.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/util.h"
#include "tracefs/others.h"

static void test_lock_holder(void **state)
{
	static const char locks[] = "1: POSIX  ADVISORY  READ  100 00:0c:5678 0 EOF\n"
				    "2: FLOCK  ADVISORY  WRITE 200 00:0c:5679 0 EOF\n"
				    "3: FLOCK  ADVISORY  WRITE 300 00:0c:5678 0 EOF\n"
				    "3: -> FLOCK  ADVISORY  WRITE 301 00:0c:5678 0 EOF\n"
				    "4: FLOCK  ADVISORY  WRITE 0 00:0c:9 0 EOF\n"
				    "5: FLOCK  ADVISORY  WRITE 400 fe:01:77 0 EOF";
	static const struct {
		const char *text;
		unsigned ma, mi;
		uint64_t inode;
		int pid;
	} rows[] = {
		{ locks, 0, 12, 5678, 300 }, /* neither the POSIX lock nor who waits */
		{ locks, 0, 12, 5679, 200 },
		{ locks, 0, 12, 5680, 0 },
		{ locks, 0, 13, 5678, 0 },
		{ locks, 0, 12, 9, 0 }, /* of another pid namespace */
		{ locks, 0xfe, 1, 77, 400 },
		{ "", 0, 12, 5678, 0 },
		{ "garbage\n\n: : :\n1: FLOCK", 0, 12, 5678, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
		    others_lock_holder(rows[i].text, rows[i].ma, rows[i].mi, rows[i].inode),
		    rows[i].pid);
}

static void test_facts(void **state)
{
	struct other o = {
		.name = "tapdeck.1.events",
		.clock = "mono",
		.tracer = "nop",
		.events = 2,
		.which = "a:b c:d",
		.buffer = 1 << 20,
	};
	struct strbuf b = { 0 };

	(void)state;
	other_facts(&o, &b);
	assert_non_null(strstr(b.s, "tapdeck cleanup"));
	assert_non_null(strstr(b.s, "events on: 2: a:b c:d\n"));
	assert_non_null(strstr(b.s, "buffer: 1.0 MiB per CPU\n"));
	strbuf_clear(&b);
	o.pid = 77;
	other_facts(&o, &b);
	assert_null(strstr(b.s, "cleanup"));
	assert_non_null(strstr(b.s, "process 77"));
	strbuf_done(&b);
}

static void test_names(void **state)
{
	static const char *const names[] = { "../..", "a/b", ".", "/etc" };
	struct strbuf b = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(others_look("/nowhere", names[i], 100, &b, &e), -EINVAL);
	assert_int_equal(others_look("/nowhere", "fine", 100, &b, &e), -ENOENT);
	assert_int_equal(b.len, 0);
	strbuf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_holder),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_names: a name is of an address of what a process executed at a time, and never of what it
 * executed before or after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "backends/bpf_names.h"
#include "tests/unit/identity_fixture.h"

#define A 0x401000

static struct fixture fx;
static struct bpf_names *n;

static int setup(void **state)
{
	struct identity_conf c = { .live = false };

	fixture_init(&fx, (struct machine) { .long_size = 8 }, &c);
	n = bpf_names_new(fx.id);
	learn(&fx, rec_newtask(&fx, 100, 1, 50, "sh", 0));
	return 0;
}

static int teardown(void **state)
{
	bpf_names_free(n);
	fixture_done(&fx);
	return 0;
}

/* As if the process's memory was looked at then. */
static uint32_t name(uint64_t ts, uint64_t looked, const char *s)
{
	uint32_t space = bpf_names_space(n, 50, ts, true);

	assert_true(space > 0);
	bpf_names_ask(n, space, A);
	bpf_names_looked(n, space, looked);
	bpf_names_put(n, space, A, s);
	return space;
}

static void test_states(void **state)
{
	uint32_t space;

	assert_int_equal(bpf_names_space(n, 77, 200, true), 0); /* nobody knows it */
	assert_int_equal(bpf_names_space(n, 50, 200, false), 0);
	space = bpf_names_space(n, 50, 200, true);
	assert_int_equal(bpf_names_space(n, 50, 300, false), space);
	assert_int_equal(bpf_names_pid(n, space), 50);
	assert_int_equal(bpf_names_state(n, space, A), NAME_NEW);
	bpf_names_ask(n, space, A);
	assert_int_equal(bpf_names_state(n, space, A), NAME_UNKNOWN);
	bpf_names_put(n, space, A, "");
	assert_int_equal(bpf_names_state(n, space, A), NAME_UNKNOWN);
	assert_null(bpf_names_find(n, 50, 200, A));
	bpf_names_put(n, space, A, "main+0x1");
	assert_int_equal(bpf_names_state(n, space, A), NAME_KNOWN);
	assert_string_equal(bpf_names_find(n, 50, 200, A), "main+0x1");
	assert_null(bpf_names_find(n, 50, 200, A + 1));
	assert_false(bpf_names_is_banned(n, space));
	bpf_names_ban(n, space);
	assert_true(bpf_names_is_banned(n, space));
	assert_true(bpf_names_is_banned(n, space + 1));
}

/* Each has its own names; rows of before an exec keep theirs. */
static void test_exec(void **state)
{
	uint32_t before = name(200, 210, "of sh"), after;

	learn(&fx, rec_exec(&fx, 300, 50, 50, "/bin/ls"));
	assert_string_equal(bpf_names_find(n, 50, 299, A), "of sh");
	assert_null(bpf_names_find(n, 50, 301, A));
	assert_int_equal(bpf_names_space(n, 50, 310, false), 0);
	after = name(310, 320, "of ls");
	assert_true(after != before);
	assert_string_equal(bpf_names_find(n, 50, 310, A), "of ls");
	assert_string_equal(bpf_names_find(n, 50, 200, A), "of sh");
	assert_int_equal(bpf_names_space(n, 50, 250, true), before);
}

/* Who was looked at when he already executed something else, or was gone. */
static void test_looked_late(void **state)
{
	name(200, 350, "of ls");
	assert_string_equal(bpf_names_find(n, 50, 200, A), "of ls"); /* as far as it is known */
	learn(&fx, rec_exec(&fx, 300, 50, 50, "/bin/ls"));
	assert_null(bpf_names_find(n, 50, 200, A));
	name(310, 320, "of ls");
	assert_null(bpf_names_find(n, 50, 200, A));
	assert_string_equal(bpf_names_find(n, 50, 310, A), "of ls");
	bpf_names_looked(n, bpf_names_space(n, 50, 310, false), 500);
	learn(&fx, rec_exit(&fx, EXIT, 400, 50, "ls", true));
	assert_null(bpf_names_find(n, 50, 310, A));
}

/* Without end it forgets, and goes on. */
static void test_bound(void **state)
{
	uint32_t space = name(200, 210, "first");

	for (uint64_t i = 1; i < 600000; i++) {
		char s[32];

		snprintf(s, sizeof(s), "name%llu", (unsigned long long)i);
		space = bpf_names_space(n, 50, 200, true);
		bpf_names_ask(n, space, A + i);
		bpf_names_put(n, space, A + i, s);
	}
	assert_null(bpf_names_find(n, 50, 200, A));
	assert_string_equal(bpf_names_find(n, 50, 200, A + 599999), "name599999");
	bpf_names_put(n, 1, A, "of nobody");
	assert_int_equal(bpf_names_state(n, 1, A), NAME_NEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_looked_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

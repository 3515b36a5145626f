/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_control: what every program of ours obeys while it runs: whether it is on, whose events
 * are wanted, what the filter asks; and that what does not arrive is counted. Tried on open.
 */
#include "tests/kernel/bpf_rows.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AT(member) offsetof(struct seen_head, member)

static void open_some(void *data)
{
	for (int i = 0; i < *(int *)data; i++)
		close((int)syscall(SYS_openat, AT_FDCWD, "/dev/null", i & 1 ? O_RDWR : 0, 0));
}

static size_t opened(struct rows *r, int count)
{
	rows_of(r, open_some, &count);
	return r->count;
}

static void test_on_and_off(void **state)
{
	struct rows *r = rows_open("open");
	uint64_t before;

	(void)state;
	r->p.control.on = 0;
	rows_begin(r);
	assert_int_equal(opened(r, 5), 0);
	r->p.control.on = 1;
	tap_say(&r->p);
	assert_int_equal(opened(r, 5), 5);
	r->p.control.on = 0;
	tap_say(&r->p);
	before = tap_counted_so_far(&r->p).events; /* others open files, too */
	assert_int_equal(opened(r, 5), 0);
	assert_int_equal(tap_counted_so_far(&r->p).events - before, 0);
	rows_close(r);
}

static size_t of_the_test(struct rows *r)
{
	int count = 4;
	size_t before = r->count;

	r->pid = getpid();
	open_some(&count);
	rows_take(r);
	return r->count - before;
}

static void test_own(void **state)
{
	struct rows *r = rows_open("open");

	(void)state;
	rows_begin(r);
	assert_int_equal(of_the_test(r), 0);
	r->p.control.own = 0;
	tap_say(&r->p);
	assert_int_equal(of_the_test(r), 4);
	rows_close(r);
}

static void test_by_pids(void **state)
{
	struct rows *r = rows_open("open");

	(void)state;
	r->p.control.own = 0;
	rows_begin(r);
	tap_say_pids(&r->p, (const uint32_t[]) { (uint32_t)getpid(), 1, 0 });
	assert_int_equal(of_the_test(r), 4);
	assert_int_equal(opened(r, 3), 0);
	r->p.control.by_pids = 0;
	tap_say(&r->p);
	assert_int_equal(opened(r, 3), 3);
	rows_close(r);
}

/* How many of five pass a test, and how many it rejects. Others may open files meanwhile. */
static void check_test(struct rows *r, struct tap_code *code, struct tap_test test, size_t pass)
{
	struct tap_counts before;

	code->tests = 1;
	code->test[0] = test;
	tap_say(&r->p);
	before = tap_counted_so_far(&r->p);
	assert_int_equal(opened(r, 5), pass);
	assert_true(tap_counted_so_far(&r->p).rejected - before.rejected >= 5 - pass);
	if (pass == 5)
		assert_true(tap_counted_so_far(&r->p).events - before.events >= 5);
}

static const struct tap_test on_uid = {
	.op = TAP_EQ, .size = 4, .offset = AT(uid), .if_true = TAP_YES, .if_false = TAP_NO
};

static void test_of_the_head(void **state)
{
	struct rows *r = rows_open("open");
	struct tap_test t = on_uid;

	(void)state;
	rows_begin(r);
	check_test(r, &r->p.control.who, t, 5);
	t.value = 77;
	check_test(r, &r->p.control.who, t, 0);
	t.op = TAP_LT;
	check_test(r, &r->p.control.who, t, 5);
	t.value = 0;
	check_test(r, &r->p.control.who, t, 0);
	t.op = TAP_LE;
	check_test(r, &r->p.control.who, t, 5);
	t = (struct tap_test) { .op = TAP_BYTES,
				.offset = AT(comm),
				.value = 7,
				.if_true = TAP_YES,
				.if_false = TAP_NO };
	strcpy(r->p.control.who.texts[0], "kernel_");
	check_test(r, &r->p.control.who, t, 5);
	strcpy(r->p.control.who.texts[0], "kernal_");
	check_test(r, &r->p.control.who, t, 0);
	rows_close(r);
}

/* Flags and result stand behind the head: see the program. */
static void test_of_the_event(void **state)
{
	struct rows *r = rows_open("open");
	unsigned short result = sizeof(struct seen_head) + 8, flags = result + 8;
	struct tap_test t = { .op = TAP_ANY,
			      .size = 4,
			      .value = O_RDWR,
			      .if_true = TAP_YES,
			      .if_false = TAP_NO,
			      .offset = flags };

	(void)state;
	rows_begin(r);
	check_test(r, &r->p.control.all, t, 2);
	t = (struct tap_test) { .op = TAP_LT,
				.size = 4,
				.is_signed = 1,
				.offset = result,
				.value = (uint64_t)-1,
				.if_true = TAP_NO,
				.if_false = TAP_YES };
	check_test(r, &r->p.control.all, t, 5);
	t.is_signed = 0; /* then nothing is as great */
	check_test(r, &r->p.control.all, t, 0);
	/* Behind the event's end nothing can be said, so nothing is rejected. */
	t.offset = 40000;
	check_test(r, &r->p.control.all, t, 5);
	t = (struct tap_test) { .op = TAP_BYTES,
				.offset = AT(comm),
				.value = 16,
				.text = 3,
				.if_true = TAP_YES,
				.if_false = TAP_NO };
	strcpy(r->p.control.all.texts[3], "kernel_bpf_cont");
	check_test(r, &r->p.control.all, t, 5);
	strcpy(r->p.control.all.texts[3], "kernel_bpf_con");
	check_test(r, &r->p.control.all, t, 0);
	rows_close(r);
}

/* A chain through all the tests there can be, the last of which decides. */
static void test_many_tests(void **state)
{
	struct rows *r = rows_open("open");
	struct tap_code *who = &r->p.control.who;

	(void)state;
	rows_begin(r);
	for (unsigned char i = 0; i < TAP_TESTS; i++) {
		who->test[i] = on_uid;
		who->test[i].if_true = i + 1;
	}
	who->tests = TAP_TESTS;
	for (int pass = 0; pass < 2; pass++) {
		who->test[TAP_TESTS - 1].if_true = pass ? TAP_YES : TAP_NO;
		tap_say(&r->p);
		assert_int_equal(opened(r, 5), pass ? 5 : 0);
	}
	/* Tests are skipped as they say. */
	who->test[3].if_true = 9;
	who->test[5].if_true = TAP_NO;
	tap_say(&r->p);
	assert_int_equal(opened(r, 5), 5);
	rows_close(r);
}

static void test_full_ring(void **state)
{
	struct rows *r = rows_open("open");
	struct tap_counts c;

	(void)state;
	bpf_map__set_max_entries(bpf_object__find_map_by_name(r->p.object, "events"), 4096);
	rows_begin(r);
	tap_say_pids(&r->p, (const uint32_t[]) { 0 });
	assert_int_equal(opened(r, 10), 0);
	r->p.control.by_pids = 0;
	tap_say(&r->p);
	opened(r, 1000);
	c = tap_counted_so_far(&r->p);
	assert_true(c.lost >= 900);
	assert_true(c.events >= 20 && c.events + c.lost >= 1000);
	assert_true(r->count <= c.events);
	/* Then there is room again. */
	assert_int_equal(opened(r, 5), 5);
	rows_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_and_off),   cmocka_unit_test(test_own),
		cmocka_unit_test(test_by_pids),	     cmocka_unit_test(test_of_the_head),
		cmocka_unit_test(test_of_the_event), cmocka_unit_test(test_many_tests),
		cmocka_unit_test(test_full_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For how long an answer about a thread holds, against the answers at other times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/identity_crowd.h"

static void check_span(const struct identity *id, int32_t tid, uint64_t ts, uint64_t other)
{
	const struct task *task = identity_task(id, tid, ts);
	uint64_t from, until;

	identity_span(id, tid, ts, &from, &until);
	assert_true(from <= ts && ts < until);
	other = from + other % (until - from);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t t = i == 0 ? from : i == 1 ? until - 1 : other;

		assert_ptr_equal(identity_task(id, tid, t), task);
		assert_int_equal(identity_pid(id, tid, t), identity_pid(id, tid, ts));
		assert_string_equal(identity_comm(id, tid, t), identity_comm(id, tid, ts));
	}
	/* Beyond its ends something else holds, or at least begins. */
	if (until != UINT64_MAX && identity_task(id, tid, until) == task && task)
		assert_ptr_not_equal(identity_comm(id, tid, until), identity_comm(id, tid, ts));
}

static void test_span(void **state)
{
	struct fixture fx;

	(void)state;
	fixture_init(&fx, (struct machine) { .long_size = 8 }, NULL);
	crowd_live(&fx);
	for (unsigned i = 0; i < 200000; i++)
		check_span(fx.id, (int32_t)pick(THREADS + 3),
			   pick(420000) * NSEC_PER_MSEC + pick(3), seed);
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_span),
	};

	return cmocka_run_group_tests_name("identity_span", tests, NULL, NULL);
}

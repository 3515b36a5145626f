/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about threads in no order at all, as a file may bring them: exits before births, threads
 * that make themselves, hints in between, and forgetting in the midst of it. What is answered is
 * anybody's guess, but it is an answer: a table never refers to what it let go.
 */
#include "tests/unit/group_fixture.h"

#define ROUNDS 30
#define STEPS  400
#define TIMES  4000

static const char *const comms[] = { "bash", "cat", "make", "cc1" };

static void learn_something(struct fixture *fx)
{
	uint64_t ts = pick(TIMES);
	int32_t tid = 1 + (int32_t)pick(TIDS), other = 1 + (int32_t)pick(TIDS);
	const char *comm = comms[pick(4)];

	switch (pick(8)) {
	case 0:
		learn(fx, rec_newtask(fx, ts, other, tid, comm, pick(2) ? 0x10000 : 0));
		break;
	case 1:
		learn(fx, rec_fork(fx, FORK, ts, other, tid, comm));
		break;
	case 2:
		learn(fx, rec_exit(fx, EXIT, ts, tid, comm, pick(2)));
		break;
	case 3:
		learn(fx, rec_exec(fx, ts, tid, pick(4) ? tid : other, "/bin/true"));
		break;
	case 4:
		learn(fx, rec_rename(fx, ts, tid, comm, comms[pick(4)]));
		break;
	case 5:
		learn(fx, rec_switch(fx, ts, tid, comm, other, comms[pick(4)]));
		break;
	case 6:
		identity_hint(fx->id, tid, pick(2) ? -1 : other, comm);
		break;
	default:
		identity_forget(fx->id, pick(20) ? 0 : ts / 2);
	}
}

static void ask_everything(const struct identity *id)
{
	for (int32_t tid = 0; tid < TIDS + 2; tid++)
		for (uint64_t ts = 0; ts < TIMES; ts += 197) {
			const struct task *t = identity_task(id, tid, ts);
			const struct process *p = t ? t->process : NULL;

			assert_true(!t || t->tid == tid);
			assert_int_equal(identity_pid(id, tid, ts), p ? p->pid : -1);
			assert_true(strlen(identity_comm(id, tid, ts)) < COMM_LEN);
		}
}

static void test_any_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct fixture fx;

		fixture_init(&fx, (struct machine) { .long_size = 8 }, NULL);
		for (unsigned step = 0; step < STEPS; step++) {
			learn_something(&fx);
			ask_everything(fx.id);
		}
		fixture_done(&fx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
	};

	return cmocka_run_group_tests_name("identity_disorder", tests, NULL, NULL);
}

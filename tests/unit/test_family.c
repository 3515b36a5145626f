/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_family: who belongs to a family: threads, children of any age, orphans; and no stranger
 * that has the number of one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/family.h"
#include "tests/unit/identity_fixture.h"

#define THREAD	  0x10000
#define SIBLING	  0x8000
#define US	  1000ULL
#define TID_NEVER 4194300 /* no process of this machine: the highest a kernel gives */

struct tale {
	struct fixture fx;
	struct family *f;
};

static int begin(void **state, bool follow)
{
	struct tale *t = calloc(1, sizeof(*t));

	fixture_init(&t->fx, (struct machine) { .long_size = 8 }, NULL);
	t->f = family_new(follow);
	*state = t;
	return 0;
}

static int setup(void **state)
{
	return begin(state, true);
}

static int setup_alone(void **state)
{
	return begin(state, false);
}

static int teardown(void **state)
{
	struct tale *t = *state;

	family_free(t->f);
	fixture_done(&t->fx);
	free(t);
	return 0;
}

/* A birth as the kernel tells it: both events. */
static void birth(struct tale *t, uint64_t ts, int32_t parent, int32_t tid, uint64_t flags)
{
	learn(&t->fx, rec_newtask(&t->fx, ts, parent, tid, "x", flags));
	learn(&t->fx, rec_fork(&t->fx, FORK, ts, parent, tid, "x"));
}

static void death(struct tale *t, uint64_t ts, int32_t tid)
{
	learn(&t->fx, rec_exit(&t->fx, EXIT, ts, tid, "x", true));
}

static bool has(struct tale *t, int32_t tid, uint64_t ts)
{
	return family_has(t->f, t->fx.id, tid, ts);
}

/* 100 is a process made by 1; 200 another one. Only /proc says that 1 was made by nobody. */
static void two_processes(struct tale *t)
{
	birth(t, 10, 4, 1, 0);
	identity_task(t->fx.id, 1, 1000)->process->ppid = 0;
	birth(t, 1000, 1, 100, 0);
	birth(t, 1000, 1, 200, 0);
}

static void threads_belong_to_it(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	birth(t, 2000, 100, 101, THREAD);
	birth(t, 2000, 200, 201, THREAD);
	family_add(t->f, 100, 3000, 3000);
	birth(t, 4000, 101, 102, THREAD);
	assert_true(has(t, 100, 1500));
	assert_true(has(t, 101, 3000));
	assert_true(has(t, 102, 4000));
	assert_false(has(t, 200, 3000));
	assert_false(has(t, 201, 3000));
	assert_false(has(t, 0, 3000));
	assert_false(has(t, 999, 3000));
	assert_int_equal(family_count(t->f), 1);
}

static void children_only_when_followed(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	birth(t, 2000, 100, 110, 0);
	assert_true(has(t, 100, 2000));
	assert_false(has(t, 110, 2000));
}

static void children_of_any_age(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	birth(t, 2000, 100, 110, 0); /* there already */
	birth(t, 2000, 200, 210, 0);
	family_add(t->f, 100, 3000, 3000);
	birth(t, 4000, 110, 120, 0);
	birth(t, 4001, 120, 121, THREAD);
	birth(t, 5000, 121, 130, 0); /* of a thread */
	birth(t, 5000, 210, 220, 0);
	assert_true(has(t, 130, 5000)); /* its ancestors were never asked for */
	assert_true(has(t, 110, 2500));
	assert_true(has(t, 120, 4000));
	assert_false(has(t, 210, 5000));
	assert_false(has(t, 220, 5000));
	assert_false(has(t, 1, 5000));
	assert_int_equal(family_count(t->f), 3); /* as many as were asked for */
}

/* clone(CLONE_PARENT): /proc calls it a sibling, but it was made by a member. */
static void made_as_sibling(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	birth(t, 2000, 100, 150, SIBLING);
	birth(t, 2000, 200, 250, SIBLING);
	assert_true(has(t, 150, 2000));
	assert_false(has(t, 250, 2000));
}

static void orphans_stay(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	birth(t, 2000, 100, 110, 0);
	death(t, 2500, 100);
	birth(t, 3000, 110, 120, 0);
	death(t, 3500, 110);
	assert_true(has(t, 120, 4000));
	assert_true(has(t, 100, 2000));
}

/* The daemon's way: the middle one lives for a moment, and is forgotten before anybody asks. */
static void parents_may_be_forgotten(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	birth(t, 2000, 100, 110, 0);
	birth(t, 2001, 110, 120, 0);
	birth(t, 2001, 200, 210, 0);
	birth(t, 2002, 210, 220, 0);
	death(t, 2002, 110);
	death(t, 2002, 100);
	death(t, 2003, 210);
	family_settle(t->f, t->fx.id, 100000);
	identity_forget(t->fx.id, 100000);
	assert_null(identity_task(t->fx.id, 110, 2000));
	assert_true(has(t, 120, 200000));
	assert_false(has(t, 220, 200000));
	birth(t, 300000, 120, 130, 0);
	death(t, 300001, 120);
	family_settle(t->f, t->fx.id, 400000);
	identity_forget(t->fx.id, 400000);
	assert_true(has(t, 130, 400000));
}

/* Who was found to be a member stays one for its children, though nothing else is known of it. */
static void forgotten_but_judged(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	birth(t, 2000, 100, 110, 0);
	assert_true(has(t, 110, 2000));
	birth(t, 2500, 110, 120, 0);
	death(t, 3000, 110);
	identity_forget(t->fx.id, 4000);
	assert_null(identity_task(t->fx.id, 110, 2000));
	assert_true(has(t, 120, 4000));
}

/* What is younger than the time it was settled for is judged the next time. */
static void settles_in_parts(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	birth(t, 5000, 100, 110, 0);
	birth(t, 2000, 100, 111, 0); /* learned later, born earlier */
	family_settle(t->f, t->fx.id, 3000);
	assert_int_equal(family_count(t->f), 2);
	birth(t, 5001, 110, 120, 0);
	death(t, 5002, 110);
	family_settle(t->f, t->fx.id, 6000);
	assert_int_equal(family_count(t->f), 4);
	identity_forget(t->fx.id, 6000);
	assert_true(has(t, 120, 6000));
}

static void a_number_used_again(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500 * US, 1500 * US);
	assert_true(has(t, 100, 1500 * US));
	birth(t, 2000 * US, 100, 110, 0);
	death(t, 3000 * US, 100);
	birth(t, 3001 * US, 200, 100, 0); /* at once */
	birth(t, 3500 * US, 100, 140, 0);
	assert_false(has(t, 100, 3001 * US));
	assert_false(has(t, 140, 3500 * US));
	assert_true(has(t, 100, 2999 * US));
	death(t, 4000 * US, 110);
	birth(t, 4001 * US, 200, 110, 0);
	assert_true(has(t, 110, 3999 * US));
	assert_false(has(t, 110, 4001 * US));
}

/* Who had the number before is none either. */
static void a_number_used_before(void **state)
{
	struct tale *t = *state;

	birth(t, 500, 1, 100, 0);
	death(t, 900, 100);
	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	assert_false(has(t, 100, 600));
	assert_true(has(t, 100, 1600));
	/* A command that was over before anybody looked. */
	family_add(t->f, 300, 5000, 6000);
	birth(t, 5100, 1, 300, 0);
	death(t, 5200, 300);
	birth(t, 5300000, 1, 300, 0);
	assert_true(has(t, 300, 5150));
	assert_false(has(t, 300, 5300000));
}

/* A birth that comes late changes the answer for who was unknown until then. */
static void late_births(void **state)
{
	struct tale *t = *state;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	birth(t, 3000, 110, 120, 0);
	assert_false(has(t, 120, 3000));
	birth(t, 2000, 100, 110, 0);
	assert_true(has(t, 120, 3000));
	assert_true(has(t, 110, 3000));
}

static void many_members(void **state)
{
	struct tale *t = *state;
	unsigned wrong = 0;

	two_processes(t);
	family_add(t->f, 100, 1500, 1500);
	for (int32_t i = 0; i < 20000; i++) {
		birth(t, 2000 + (uint64_t)i, i % 3 ? 100 : 200, 1000 + i, 0);
		wrong += has(t, 1000 + i, 2000 + (uint64_t)i) != (i % 3 != 0);
	}
	for (int32_t i = 0; i < 20000; i++)
		wrong += has(t, 1000 + i, 50000) != (i % 3 != 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(family_count(t->f), 13333);
}

/* The table knows of no end: then the kernel is asked. */
static void alive_until_all_are_gone(void **state)
{
	struct tale *t = *state;
	int end[2];
	pid_t child;

	assert_int_equal(pipe(end), 0);
	child = fork();
	if (!child) {
		close(end[1]);
		_exit(read(end[0], &end[1], 1) > 0);
	}
	close(end[0]);
	birth(t, 1000, 1, TID_NEVER, 0);
	family_add(t->f, TID_NEVER, 1500, 1500);
	assert_false(family_alive(t->f, t->fx.id));
	birth(t, 2000, TID_NEVER, child, 0);
	assert_true(family_alive(t->f, t->fx.id));
	death(t, 3000, TID_NEVER);
	assert_true(family_alive(t->f, t->fx.id));
	close(end[1]);
	waitpid(child, NULL, 0);
	assert_false(family_alive(t->f, t->fx.id));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(threads_belong_to_it),
		cmocka_unit_test_setup_teardown(children_only_when_followed, setup_alone, teardown),
		CASE(children_of_any_age),
		CASE(made_as_sibling),
		CASE(orphans_stay),
		CASE(parents_may_be_forgotten),
		CASE(forgotten_but_judged),
		CASE(settles_in_parts),
		CASE(a_number_used_again),
		CASE(a_number_used_before),
		CASE(late_births),
		CASE(many_members),
		CASE(alive_until_all_are_gone),
	};

	return cmocka_run_group_tests_name("family", tests, NULL, NULL);
}

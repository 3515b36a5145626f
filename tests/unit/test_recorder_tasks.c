/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live recording begins with who lived then; what it holds, and when it is written.
 */
#include "core/task_event.h"
#include "tests/unit/recorder_fixture.h"

#define NUMBER(tid, pid) ((uint64_t)(uint32_t)(pid) << 32 | (uint32_t)(tid))

static void tasks_open(struct studio *st)
{
	studio_open(st, 400);
	assert_int_equal(task_event_add(st->b.schemas, NULL), 0);
	identity_hint(st->identity, 100, 100, "leader");
	identity_hint(st->identity, 101, 100, "thread");
	identity_hint(st->identity, 102, -1, "whose");
}

static bool is_task(const struct studio *st, const struct found *f)
{
	return f->id == task_event_find(st->b.schemas)->id;
}

static unsigned count_tasks(const struct studio *st)
{
	unsigned n = 0;

	for (unsigned i = 0; i < st->count; i++)
		n += is_task(st, &st->found[i]);
	return n;
}

/* The first rows of their run, and no later than any other. */
static void check_order(const struct studio *st, uint64_t ts)
{
	for (unsigned i = 0; i < st->count; i++) {
		const struct found *f = &st->found[i];

		assert_true(f->ts >= ts);
		if (!is_task(st, f))
			continue;
		assert_string_equal(f->buffer, "identity");
		assert_int_equal(f->cpu, 0);
		assert_int_equal(f->ts, ts);
		assert_true(!i || strcmp(f[-1].buffer, "identity") || is_task(st, f - 1));
	}
}

static void check_both(const struct studio *st)
{
	assert_int_equal(count_tasks(st), 2);
	assert_int_equal(studio_find(st, NUMBER(100, 100))->tid, 100);
	assert_int_equal(studio_find(st, NUMBER(101, 100))->tid, 101);
}

static void test_all(void **state)
{
	struct studio st;

	(void)state;
	tasks_open(&st);
	feed(&st.b, 0, 1000, 5, 0);
	studio_feed(&st, st.hidden, 1, 900, 7, 500);
	studio_feed(&st, st.hidden, 0, 950, 7, 501);
	studio_start(&st);
	studio_step(&st, 2000);
	studio_feed(&st, st.hidden, 0, 3000, 7, 502);
	studio_step(&st, 5000);
	studio_finish(&st);
	check_both(&st);
	check_order(&st, 900);
	assert_int_equal(studio_count(&st, "identity", 500, 502), 3);
	assert_int_equal(st.status.events, 5); /* they are hidden */
	assert_int_equal(st.status.hidden, 5);
	assert_int_equal(st.status.missed, 0);
	studio_close(&st);
}

/* With a filter and a beginning; and again, as rotated files begin. */
static void test_every_file(void **state)
{
	struct studio st;

	(void)state;
	tasks_open(&st);
	st.conf.force = true;
	feed(&st.b, 0, 1000, 5, 0);
	studio_feed(&st, st.hidden, 0, 950, 7, 501);
	for (uint64_t from = 1020; from < 1040; from += 10) {
		st.conf.from = from;
		assert_int_equal(filter_parse("number == 3", &st.conf.filter, NULL), 0);
		studio_start(&st);
		studio_step(&st, 2000);
		studio_finish(&st);
		check_both(&st);
		check_order(&st, from);
		assert_int_equal(st.status.events, 1);
		assert_int_equal(st.count, 3);
	}
	studio_close(&st);
}

/* What was not read yet may tell of who lived at the beginning: the source is waited for. */
static void test_waits(void **state)
{
	struct studio st;

	(void)state;
	tasks_open(&st);
	st.conf.from = 1000;
	st.hidden->horizon = 800;
	studio_feed(&st, st.hidden, 0, 1100, 7, 501);
	store_lost(st.b.store, store_run(st.b.store, st.hidden, 0), 1); /* the page could go */
	studio_start(&st);
	studio_step(&st, 800);
	identity_hint(st.identity, 103, 100, "late");
	st.hidden->horizon = 1200;
	studio_step(&st, 1200);
	identity_hint(st.identity, 104, 100, "too late");
	studio_step(&st, 1300);
	studio_finish(&st);
	assert_int_equal(count_tasks(&st), 3);
	studio_find(&st, NUMBER(103, 100));
	check_order(&st, 1000);
	assert_int_equal(studio_count(&st, "identity", 501, 501), 1);
	studio_close(&st);
}

/* One that never says how far it is has them at the end. */
static void test_silent(void **state)
{
	struct studio st;

	(void)state;
	tasks_open(&st);
	st.hidden->horizon = 0;
	feed(&st.b, 0, 1000, 5, 0);
	studio_start(&st);
	studio_step(&st, 800);
	studio_finish(&st);
	check_both(&st);
	check_order(&st, 1000);
	studio_close(&st);
}

/* One that ended before anything came is empty. */
static void test_nothing(void **state)
{
	struct studio st;

	(void)state;
	tasks_open(&st);
	feed(&st.b, 0, 1000, 5, 0);
	st.conf.from = 5000;
	studio_start(&st);
	studio_finish(&st);
	assert_int_equal(st.count, 0);
	studio_close(&st);
}

/* A recording of a recording carries its own; one without the event has none. */
static void test_not_live(void **state)
{
	struct studio st;

	(void)state;
	tasks_open(&st);
	st.hidden->backend = "replay";
	studio_feed(&st, st.hidden, 0, 950, 7, 501);
	studio_start(&st);
	studio_step(&st, 2000);
	studio_finish(&st);
	assert_int_equal(count_tasks(&st), 0);
	assert_int_equal(st.count, 1);
	studio_close(&st);
}

/* More than a page of rows holds. */
static void test_many(void **state)
{
	struct studio st;

	(void)state;
	tasks_open(&st);
	for (int32_t tid = 1000; tid < 6000; tid++)
		identity_hint(st.identity, tid, tid & ~7, "many");
	studio_feed(&st, st.hidden, 0, 950, 7, 501);
	studio_start(&st);
	studio_step(&st, 2000);
	studio_finish(&st);
	assert_int_equal(count_tasks(&st), 5002);
	check_order(&st, 950);
	assert_int_equal(st.status.missed, 0);
	studio_close(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),	 cmocka_unit_test(test_every_file),
		cmocka_unit_test(test_waits),	 cmocka_unit_test(test_silent),
		cmocka_unit_test(test_not_live), cmocka_unit_test(test_many),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests_name("recorder_tasks", tests, NULL, NULL);
}

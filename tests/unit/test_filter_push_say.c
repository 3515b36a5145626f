/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel takes of a filter, in words: which events are named where, and what stays.
 */
#include "tests/unit/push_fixture.h"

/* The words about a filter for the first `count` of: full, sched_switch, and others of the set. */
static void say(const char *text, size_t count, bool systems, struct strbuf *out)
{
	static const int others[] = { SWITCH, INTS, TEXTS, DIGIT };
	struct fixture fx = fixture_new();
	struct filter *f = parse(text);
	struct filter_push *p = filter_push_new(f);
	struct filter_pushed events[1 + ARRAY_SIZE(others)] = {
		{ .schema = schema_set_add(fx.set, loop_schema()) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		events[i + 1].schema = fx.schema[others[i]];
	for (size_t i = 0; i < count; i++)
		filter_push_event(p, events[i].schema, FILTER_PUSH_MAX, &events[i].text);
	filter_push_say_terms(p, events, count, systems, out);
	filter_push_say_rest(events, count, out);
	for (size_t i = 0; i < count; i++)
		filter_push_text_done(&events[i].text);
	filter_push_free(p);
	filter_free(f);
	fixture_done(&fx);
}

static void check(const char *text, size_t count, bool systems, const char *want)
{
	struct strbuf out = { 0 };

	say(text, count, systems, &out);
	assert_string_equal(strbuf_cstr(&out), want);
	strbuf_done(&out);
}

static void test_places(void **state)
{
	(void)state;
	check("a == 5 and b < 3", 1, false,
	      "a == 5\n  kernel            full\n"
	      "b < 3\n  kernel            full\n"
	      "left over: nothing; the kernel does all of it\n");
	check("fixed ~ \"*ab\" and raw != x", 1, true,
	      "fixed ~ \"*ab\"\n"
	      "  kernel, and here  loop:full: the kernel looks at the end of the field, not of the "
	      "text\n"
	      "raw != \"x\"\n"
	      "  here              loop:full: the kernel does not mind the text's length here\n"
	      "left over: the whole filter is asked again here, for 1 of 1 events\n");
	check("", 2, true, "left over: nothing; the kernel does all of it\n");
}

/* The same answer is said once; the first three are named. */
static void test_names(void **state)
{
	(void)state;
	check("a == 5", 2, true,
	      "a == 5\n  kernel            loop:full\n"
	      "  by the event      sched:sched_switch\n"
	      "left over: nothing; the kernel does all of it\n");
	check("prev_prio == 5", 4, false,
	      "prev_prio == 5\n"
	      "  by the event      full, ints, texts\n"
	      "  kernel            sched_switch\n"
	      "left over: nothing; the kernel does all of it\n");
	check("prev_prio == 5", 5, false,
	      "prev_prio == 5\n"
	      "  by the event      full, ints, texts and 1 more\n"
	      "  kernel            sched_switch\n"
	      "left over: nothing; the kernel does all of it\n");
}

#define UNSEEN	"kernel{ prev_comm.ustring == 'x' }"
#define THREADS "the kernel knows threads: see set_event_pid"

/* Where the filter cannot be for an event, that is not "asked again here". */
static void test_blind(void **state)
{
	(void)state;
	check(UNSEEN " or pid == 5", 2, false,
	      UNSEEN "\n"
		     "  by the event      full\n"
		     "  kernel            sched_switch\n"
		     "pid == 5\n"
		     "  here              full, sched_switch: " THREADS "\n"
		     "cannot be captured so: sched:sched_switch: " FILTER_PUSH_BLIND "\n"
		     "left over: the whole filter is asked again here, for 1 of 2 events\n");
	check(UNSEEN " or (pid == 5 and event == sched_switch)", 2, true,
	      UNSEEN "\n"
		     "  by the event      loop:full\n"
		     "  kernel            sched:sched_switch\n"
		     "pid == 5\n"
		     "  here              loop:full, sched:sched_switch: " THREADS "\n"
		     "event == \"sched_switch\"\n"
		     "  by the event      loop:full, sched:sched_switch\n"
		     "cannot be captured so: sched:sched_switch: " FILTER_PUSH_BLIND "\n");
	check(UNSEEN " and pid == 5", 2, true,
	      UNSEEN "\n"
		     "  by the event      loop:full\n"
		     "  kernel            sched:sched_switch\n"
		     "pid == 5\n"
		     "  here              loop:full, sched:sched_switch: " THREADS "\n"
		     "left over: the whole filter is asked again here, for 1 of 2 events\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_blind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

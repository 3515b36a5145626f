/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The push-down: what the kernel is told never drops a row that the filter wants.
 *
 * The exact text for a table of filters. Random ones: test_filter_push_random.c.
 */
#include "tests/unit/push_fixture.h"

/* ---- the texts ---- */

/* What passes beside a name: a thread that is just being renamed, and the idle task. */
#define FLAGS " || common_flags & 88 || common_preempt_count != 0"
#define STATE " || prev_state == 0 || prev_state >= 256"
#define IDLE  " || common_pid == 0"

static const struct {
	const char *filter, *full, *sched; /* NULL: never */
} texts[] = {
	{ "", "", "" },
	{ "a == 5", "a == 5", NULL },
	{ "a == 500", NULL, NULL },
	{ "a != 500", "", NULL },
	{ "a < 300 and a > 3", "a > 3", NULL },
	{ "b >= -3", "b > -4", NULL },
	{ "not b < -3", "b > -4", NULL },
	{ "h > -1 or prev_prio == 3", "h > -1", "prev_prio == 3" },
	{ "g > 9223372036854775807", "g > 9223372036854775807", NULL },
	{ "a in (1, 3..5, 500)", "(a == 1 || (a >= 3 && a <= 5))", NULL },
	{ "not a in (1, 3..5, 500)", "(a != 1 && (a < 3 || a > 5))", NULL },
	{ "a in (500, 600)", NULL, NULL },
	{ "not a in (500, 600)", "", NULL },
	{ "a in (0..255, 7)", "", NULL },
	{ "not a in (-1..255, 300)", NULL, NULL },
	{ "fixed in (ab, abcdefghi, cd)", "(fixed == \"ab\" || fixed == \"cd\")", NULL },
	{ "not fixed in (ab, abcdefghi, cd)", "(fixed != \"ab\" && fixed != \"cd\")", NULL },
	{ "fixed in (abcdefghi, abcdefghij)", NULL, NULL },
	{ "not fixed in (abcdefghi, abcdefghij)", "", NULL },
	{ "fixed in (ab, \"c\\nd\")", "", NULL },
	{ "raw in (ab, cd)", "(raw == \"ab\" || raw == \"cd\")", NULL },
	{ "not raw in (ab, cd)", "", NULL },
	{ "comm in (ab, cd)", "((COMM == \"ab\" || COMM == \"cd\")" FLAGS ")",
	  "((COMM == \"ab\" || COMM == \"cd\")" STATE ")" },
	{ "event == full", "", NULL },
	{ "event != full", NULL, "" },
	{ "not (event == full or prev_prio == 1)", NULL, "prev_prio != 1" },
	{ "event == full and a == 1 or event == sched_switch and prev_prio == 2", "a == 1",
	  "prev_prio == 2" },
	{ "lost > 0", NULL, NULL },
	{ "tid == 7", "common_pid == 7", "common_pid == 7" },
	{ "pid == 7", "", "" },
	{ "pid == 7 and a == 1", "a == 1", NULL },
	{ "pid == 7 or a == 1", "", "" },
	{ "cpu == 1", "CPU == 1", "CPU == 1" },
	{ ".cpu == 1", "cpu == 1", NULL },
	{ "comm == bash", "(COMM == \"bash\"" FLAGS ")", "(COMM == \"bash\"" STATE ")" },
	{ "comm != bash", "(COMM != \"bash\"" FLAGS IDLE ")", "(COMM != \"bash\"" STATE IDLE ")" },
	{ "comm == \"<idle>\"", "(COMM == \"<idle>\"" FLAGS IDLE ")",
	  "(COMM == \"<idle>\"" STATE IDLE ")" },
	{ "comm == abcdefghijklmnopq", NULL, NULL },
	{ "comm != abcdefghijklmnopq", "", "" },
	{ ".comm == x", "comm == \"x\"", NULL },
	{ "fixed == abcdefgh", "fixed == \"abcdefgh\"", NULL },
	{ "fixed == abcdefghi", NULL, NULL },
	{ "fixed != abcdefghi", "", NULL },
	{ "fixed ~ \"ab*\"", "fixed ~ \"ab*\"", NULL },
	{ "fixed ~ \"9p*\"", "fixed ~ \"\\9p*\"", NULL },
	{ "fixed ~ \"!p*\"", "fixed ~ \"\\!p*\"", NULL },
	{ "fixed ~ \"*ab\"", "fixed ~ \"*ab*\"", NULL },
	{ "fixed ~ \"*ab*\"", "fixed ~ \"*ab*\"", NULL },
	{ "not fixed ~ \"*ab*\"", "", NULL },
	{ "not fixed ~ \"ab*\"", "!(fixed ~ \"ab*\")", NULL },
	{ "fixed ~ \"a?c\"", "fixed ~ \"a?c*\"", NULL },
	{ "fixed == \"a\\\"b\"", "fixed == 'a\"b'", NULL },
	{ "fixed == \"a\\\"b'\"", "", NULL },
	{ "fixed == \"a\\nb\"", "", NULL },
	{ "text != x", "text != \"x\"", NULL },
	{ "raw != x", "", NULL },
	{ "raw == x", "raw == \"x\"", NULL },
	{ "raw == \"\"", "", NULL },
	{ "ptr == 0", "", NULL },
	{ "kernel{ a == 5 || b < 0 } and g == 1", "( a == 5 || b < 0 ) && g == 1", NULL },
	{ "kernel{ prev_prio == 5 } or a == 2", "a == 2", "( prev_prio == 5 )" },
	{ "not kernel{ a == 5 }", "a != 5", NULL },
	{ "kernel{ raw.ustring ~ \"*x\" } and a == 5", "( raw.ustring ~ \"*x\" ) && a == 5", NULL },
	{ "not (a == 5 and kernel{raw.ustring=='x'})", "a != 5 || !(raw.ustring=='x')", NULL },
	{ "kernel{ prev_comm.ustring == 'x' } or a == 5", "a == 5",
	  "( prev_comm.ustring == 'x' )" },
	{ "a == 1 and raw ~ \"*x\" and f < 0", "a == 1 && raw ~ \"*x*\" && f <= -1", NULL },
};

static void check_text(struct filter_push *p, const struct schema *s, const char *filter,
		       const char *want)
{
	struct filter_push_text t;

	filter_push_event(p, s, 4000, &t);
	if (t.never != !want || strcmp(strbuf_cstr(&t.text), want ? want : FILTER_PUSH_NEVER) != 0)
		fail_msg("%s for %s: \"%s\"", filter, s->name, strbuf_cstr(&t.text));
	filter_push_text_done(&t);
}

static void test_texts(void **state)
{
	struct fixture fx = fixture_new();
	struct schema *full = loop_schema();

	(void)state;
	full = schema_set_add(fx.set, full);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct filter *f = parse(texts[i].filter);
		struct filter_push *p = filter_push_new(f);

		check_text(p, full, texts[i].filter, texts[i].full);
		check_text(p, fx.schema[SWITCH], texts[i].filter, texts[i].sched);
		filter_push_free(p);
		filter_free(f);
	}
	fixture_done(&fx);
}

/* What the kernel says of kernel{ } points into it. */
static void test_kernel_columns(void **state)
{
	const char *user =
	    "cpu == 1 and not kernel{ prev_comm.ustring == 'x' } and kernel{prev_prio==3}";
	struct fixture fx = fixture_new();
	struct filter *f = parse(user);
	struct filter_push *p = filter_push_new(f);
	struct filter_push_text t;
	const char *text;

	(void)state;
	filter_push_event(p, fx.schema[SWITCH], 4000, &t);
	text = strbuf_cstr(&t.text);
	assert_string_equal(text, "CPU == 1 && !( prev_comm.ustring == 'x' ) && (prev_prio==3)");
	for (size_t i = 0; text[i]; i++) {
		int column = filter_push_column(&t, i);

		if (strchr("pmg=x3'", text[i]))
			assert_int_equal(i < 9 ? 0 : user[column], i < 9 ? column : text[i]);
	}
	/* Our parentheses: the kernel{ before, the last byte in it behind. */
	assert_int_equal(filter_push_column(&t, 12), 17);
	assert_int_equal(user[filter_push_column(&t, strlen(text) - 1)], '3');
	assert_int_equal(user[filter_push_column(&t, strlen(text))], '3');
	filter_push_text_done(&t);
	filter_push_free(p);
	filter_free(f);
	fixture_done(&fx);
}

static void test_columns(void **state)
{
	struct fixture fx = fixture_new();
	struct filter *f = parse("pid == 3 and prev_prio == 4 and (next_pid == 5 or cpu == 1)");
	struct filter_push *p = filter_push_new(f);
	struct filter_push_text t;
	const char *text;

	(void)state;
	filter_push_event(p, fx.schema[SWITCH], 4000, &t);
	text = strbuf_cstr(&t.text);
	assert_string_equal(text, "prev_prio == 4 && (next_pid == 5 || CPU == 1)");
	assert_int_equal(filter_push_column(&t, 0), 13);
	assert_int_equal(filter_push_column(&t, 12), 13);
	assert_int_equal(filter_push_column(&t, (size_t)(strstr(text, "next") - text) + 4), 33);
	assert_int_equal(filter_push_column(&t, (size_t)(strstr(text, "CPU") - text)), 50);
	assert_int_equal(t.part_count, 4);
	assert_int_equal(t.parts[0].place, PUSH_USER);
	assert_non_null(t.parts[0].why);
	assert_int_equal(t.parts[1].place, PUSH_KERNEL);
	assert_false(t.exact);
	filter_push_text_done(&t);
	filter_push_free(p);
	filter_free(f);
	fixture_done(&fx);
}

/* ---- who ---- */

static void check_ids(const char *text, const char *want)
{
	struct fixture fx = fixture_new();
	struct filter *f = parse(text);
	struct filter_push *p = filter_push_new(f);
	struct filter_push_id *ids = NULL;
	int count = filter_push_ids(p, fx.schema[SWITCH], &ids);
	char said[256] = "";

	for (int i = 0; i < count; i++)
		snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%d ",
			 ids[i].is_process ? "p" : "t", ids[i].id);
	if (count < 0)
		strcpy(said, "anybody");
	if (strcmp(said, want) != 0)
		fail_msg("%s: %s instead of %s", text, said, want);
	free(ids);
	filter_push_free(p);
	filter_free(f);
	fixture_done(&fx);
}

static void test_ids(void **state)
{
	(void)state;
	check_ids("", "anybody");
	check_ids("pid == 5", "p5 ");
	check_ids("pid == 5 or tid == 6", "p5 t6 ");
	check_ids("pid == 5 or prev_prio == 6", "anybody");
	check_ids("pid == 5 or a == 6", "p5 "); /* a switch has no a */
	check_ids("pid == 5 and prev_prio == 6", "p5 ");
	check_ids("(pid == 5 or pid == 6) and tid == 7", "t7 ");
	check_ids("pid in (10..12)", "p10 p11 p12 ");
	check_ids("pid >= 10", "anybody");
	check_ids("pid >= 10 and pid <= 3", "p0 p1 p2 p3 "); /* one of two is enough */
	check_ids("not pid != 5", "p5 ");
	check_ids("not (pid != 5 and tid != 8)", "p5 t8 ");
	check_ids("pid != 5", "anybody");
	check_ids("pid == -1", "");
	check_ids("event == sys_enter", "");
}

static void test_cpus(void **state)
{
	static const struct {
		const char *text;
		unsigned mask;
	} cases[] = {
		{ "", 0xf },
		{ "cpu == 1", 0x2 },
		{ "cpu != 1", 0xd },
		{ "not (cpu == 1 or cpu > 2)", 0x5 },
		{ "cpu == 1 or prev_prio == 3", 0xf },
		{ "cpu == 1 and prev_prio == 3 or cpu == 3", 0xa },
		{ "cpu == 1 or a == 3", 0x2 },
		{ "cpu == 9", 0 },
	};
	struct fixture fx = fixture_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter *f = parse(cases[i].text);
		struct filter_push *p = filter_push_new(f);
		unsigned mask = 0;

		for (uint16_t cpu = 0; cpu < 4; cpu++)
			mask |= (unsigned)filter_push_cpu(p, fx.schema[SWITCH], cpu) << cpu;
		if (mask != cases[i].mask)
			fail_msg("%s: 0x%x", cases[i].text, mask);
		filter_push_free(p);
		filter_free(f);
	}
	fixture_done(&fx);
}

/* A long filter is said as far as there is room, and still never drops what is wanted. */
static void test_long(void **state)
{
	struct schema *s = loop_schema();
	struct strbuf b = { 0 };
	struct filter_push_text t;
	struct filter_push *p;
	struct filter *f;

	(void)state;
	strbuf_str(&b, "a == 1 and (f == 0");
	for (unsigned i = 0; i < 2000; i++)
		strbuf_fmt(&b, " or f == %u", 3 * i);
	strbuf_str(&b, ") and g == 7");
	f = parse(b.s);
	p = filter_push_new(f);
	filter_push_event(p, s, 4000, &t);
	assert_string_equal(strbuf_cstr(&t.text), "a == 1 && g == 7");
	assert_true(t.cut);
	assert_false(t.exact);
	filter_push_text_done(&t);
	filter_push_free(p);
	filter_free(f);
	strbuf_done(&b);
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),	       cmocka_unit_test(test_columns),
		cmocka_unit_test(test_kernel_columns), cmocka_unit_test(test_ids),
		cmocka_unit_test(test_cpus),	       cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

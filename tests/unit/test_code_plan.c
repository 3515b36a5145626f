/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What BPF programs are told of a capture filter: tables of what becomes of which filter.
 */
#include "tests/unit/code_fixture.h"

#include <errno.h>

static struct code_plan plan_of(struct filter *f, const struct schema *s)
{
	struct code_plan p;
	struct err e = ERR_INIT;

	if (code_plan_make(f, s, &code_layout, &p, &e) < 0)
		fail_msg("%s: %s", filter_text(f), e.text);
	return p;
}

/* ---- what is asked ---- */

static const struct {
	const char *filter, *text;
	unsigned who, all; /* tests */
	bool exact;
} plans[] = {
	{ "tid == 5", "tid == 5", 1, 0, true },
	{ "pid == 5", "pid == 5", 1, 0, false },
	{ "pid == 5 and latency > 1000000", "pid == 5; then latency > 1000000", 1, 1, false },
	{ "latency > 1ms", "latency > 1000000", 0, 1, true },
	{ "not latency > 1ms", "latency <= 1000000", 0, 1, true },
	{ "cpu in (1, 3)", "cpu == 1 or cpu == 3", 2, 0, true },
	{ "cpu == 1 or latency > 5", "cpu == 1 or latency > 5", 0, 2, true },
	{ "cpu == 1 and (tid == 2 or ret < 0)", "cpu == 1; then tid == 2 or ret <= -1", 1, 2,
	  true },
	{ "ret == -2", "ret == -2", 0, 1, true },
	{ "ret in (-5..-1, 7)", "ret == 7 or (ret >= -5 and ret <= -1)", 0, 3, true },
	{ "level >= -3 and level <= 3", "level > -4 and level <= 3", 0, 2, true },
	{ "flags & 6", "flags & 0x6", 0, 1, true },
	{ "not flags & 6", "not flags & 0x6", 0, 1, true },
	{ "flags & \"ONE|FOUR\"", "flags & 0x5", 0, 1, true },
	{ "comm == bash", "comm == \"bash\"", 1, 0, false },
	{ "comm != bash", "comm != \"bash\"", 1, 0, false },
	{ "comm startswith ba", "comm startswith \"ba\"", 1, 0, false },
	{ "comm ~ \"ba*\"", "comm startswith \"ba\"", 1, 0, false },
	{ "comm ~ \"b?s*\"", "comm startswith \"b\"", 1, 0, false },
	{ "comm ~ \"*sh\"", "", 0, 0, false },
	{ "comm == \"<idle>\"", "comm == \"<idle>\" or tid == 0", 2, 0, false },
	{ "not comm startswith swapper", "not comm startswith \"swapper\" or tid == 0", 2, 0,
	  false },
	{ "uid == 1000", "uid == 1000", 1, 0, false },
	{ "name == abc", "name == \"abc\"", 0, 1, true },
	{ "name == abcdefgh", "name startswith \"abcdefgh\"", 0, 1, true },
	{ "name == abcdefghi", "nothing passes", 1, 1, true },
	{ "name != abcdefghi", "", 0, 0, true },
	{ "name == \"\"", "name == \"\"", 0, 1, true },
	{ "path startswith /tmp/", "path startswith \"/tmp/\"", 0, 1, true },
	{ "path == /0123456789/0123456789/0123456789/0123",
	  "path startswith \"/0123456789/0123456789/012345678\"", 0, 1, false },
	{ "path != /0123456789/0123456789/0123456789/0123", "", 0, 0, false },
	{ "text == abc", "", 0, 0, false },
	{ "text == abc and tid == 3", "tid == 3", 1, 0, false },
	{ "text == abc or tid == 3", "", 0, 0, false },
	{ "bits == 1", "", 0, 0, false },
	{ "common_pid == 1", "", 0, 0, false },
	{ ".uid == 7", "uid == 7", 1, 0, true },
	{ ".comm == x", "comm == \"x\"", 1, 0, true },
	{ "addr == 10.0.0.0/8", "addr ~ 0a*", 0, 1, true },
	{ "addr == 10.0.0.1", "addr ~ 0a000001*", 0, 1, true },
	{ "addr == 10.32.0.0/11", "addr ~ 0a*", 0, 1, false },
	{ "addr != 10.32.0.0/11", "", 0, 0, false },
	{ "event == other", "nothing passes", 1, 1, true },
	{ "event == code and tid == 1", "tid == 1", 1, 0, true },
	{ "event == code or tid == 1", "", 0, 0, true },
	{ "exists latency", "", 0, 0, true },
	{ "exe == /bin/sh", "", 0, 0, false },
	{ "user == root", "", 0, 0, false },
	{ "cgroup == /user.slice", "cgroup > 60 or cgroup == 50", 2, 0, false },
	{ "cgroup == /to/come", "cgroup > 60", 1, 0, false },
	{ "cgroup != /user.slice", "cgroup != 50", 1, 0, false },
	{ "cgroup != /to/come", "", 0, 0, false },
	{ "cgroup startswith /user", "", 0, 0, false },
	{ "cgroup in (/user.slice, /x) and cpu == 1",
	  "(cgroup > 60 or (cgroup > 60 or cgroup == 50)) and cpu == 1", 4, 0, false },
	{ "lost == 0", "", 0, 0, true },
	{ "lost > 0", "nothing passes", 1, 1, true },
	{ "latency in (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33)",
	  "latency >= 1 and latency <= 33", 0, 2, false },
	{ "tid == 1 and name in (a, b, c, d, e)", "tid == 1", 1, 0, false },
};

static void test_plans(void **state)
{
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());

	(void)state;
	assert_int_equal(offsetof(struct code_event, latency), TAP_HEAD);
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		struct filter *f = code_filter(plans[i].filter);
		struct code_plan p = plan_of(f, s);

		if (strcmp(strbuf_cstr(&p.text.text), plans[i].text) != 0)
			fail_msg("%s: '%s', not '%s'", plans[i].filter, strbuf_cstr(&p.text.text),
				 plans[i].text);
		if (p.control.who.tests != plans[i].who || p.control.all.tests != plans[i].all)
			fail_msg("%s: %u and %u tests", plans[i].filter, p.control.who.tests,
				 p.control.all.tests);
		if (p.text.exact != plans[i].exact)
			fail_msg("%s: exact is %d", plans[i].filter, p.text.exact);
		code_plan_done(&p);
		filter_free(f);
	}
	fixture_done(&fx);
}

/* Where a path is not what the programs have a number for. */
static void test_no_groups(void **state)
{
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());
	struct filter *f = code_filter("cgroup == /user.slice");
	struct code_plan p;

	(void)state;
	no_groups = true;
	p = plan_of(f, s);
	no_groups = false;
	assert_string_equal(strbuf_cstr(&p.text.text), "");
	assert_int_equal(p.text.parts[0].place, PUSH_USER);
	code_plan_done(&p);
	filter_free(f);
	fixture_done(&fx);
}

static void test_no_filter(void **state)
{
	struct code_plan p;
	struct err e = ERR_INIT;
	struct filter *f = code_filter("");
	struct schema *s = code_schema();

	(void)state;
	assert_int_equal(code_plan_make(NULL, s, &code_layout, &p, &e), 0);
	assert_true(p.text.exact && !p.control.who.tests && !p.control.all.tests);
	code_plan_done(&p);
	assert_int_equal(code_plan_make(f, s, &code_layout, &p, &e), 0);
	assert_true(p.text.exact && !p.control.who.tests && !p.control.all.tests);
	code_plan_done(&p);
	filter_free(f);
	schema_free(s);
}

/* ---- where it is decided ---- */

static void test_places(void **state)
{
	static const char want[] =
	    "tid == 5\n  program           code\n"
	    "comm == \"bash\"\n  program, and here  code: names are asked for again here\n"
	    "exe == \"/bin/x\"\n  here              code: the program has nothing like it\n"
	    "bits == 3\n  here              code: it is computed of the event here\n";
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());
	struct filter *f = code_filter("tid == 5 and comm == bash and exe == /bin/x and bits == 3");
	struct filter_push *push = filter_push_new(f);
	struct code_plan p = plan_of(f, s);
	struct filter_pushed one = { .schema = s, .text = p.text, .in_program = true };
	struct strbuf out = { 0 };

	(void)state;
	filter_push_say_terms(push, &one, 1, false, &out);
	assert_string_equal(out.s, want);
	strbuf_done(&out);
	filter_push_free(push);
	code_plan_done(&p);
	filter_free(f);
	fixture_done(&fx);
}

/* What the kernel alone could see of its own events nobody sees of ours. */
static void test_unseen(void **state)
{
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());
	struct filter *f = code_filter("kernel{ name.ustring == \"x\" }");
	struct filter *never = code_filter("event == other and kernel{ name.ustring == \"x\" }");
	struct code_plan p;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(code_plan_make(f, s, &code_layout, &p, &e), -EINVAL);
	assert_non_null(strstr(e.text, "bpf:code"));
	assert_int_equal(code_plan_make(never, s, &code_layout, &p, &e), 0);
	assert_true(p.text.never);
	code_plan_done(&p);
	filter_free(f);
	filter_free(never);
	fixture_done(&fx);
}

/* ---- processes ---- */

static void test_many_processes(void **state)
{
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());
	struct filter *f = code_filter("pid in (2..40, 77) and latency > 5");
	struct filter *mixed = code_filter("pid in (2..40, 77) or tid == 3");
	struct code_plan p = plan_of(f, s);
	struct code_event ev = { .pid = 20, .tid = 20, .latency = 6 };

	(void)state;
	assert_int_equal(p.control.by_pids, 1);
	assert_int_equal(p.pid_count, 40);
	assert_true(code_passes(&p, &ev));
	ev.pid = 41;
	assert_false(code_passes(&p, &ev));
	ev.pid = 77;
	ev.latency = 5;
	assert_false(code_passes(&p, &ev));
	code_plan_done(&p);
	p = plan_of(mixed, s);
	assert_int_equal(p.control.by_pids, 0);
	code_plan_done(&p);
	filter_free(f);
	filter_free(mixed);
	fixture_done(&fx);
}

/* An event that is shorter than a test looks is not rejected by it. */
static void test_short_event(void **state)
{
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());
	struct filter *f = code_filter("level == 3 and port == 9");
	struct code_plan p = plan_of(f, s);
	struct code_event ev = { .level = 3, .port = 8 };

	(void)state;
	readable = &ev;
	readable_size = offsetof(struct code_event, port);
	assert_true(tap_passes(&p.control.all, (const char *)&ev, (uint32_t)readable_size));
	ev.level = 4;
	assert_false(tap_passes(&p.control.all, (const char *)&ev, (uint32_t)readable_size));
	code_plan_done(&p);
	filter_free(f);
	fixture_done(&fx);
}

/* ---- a layout that is not what it says ---- */

static void test_short_layout(void **state)
{
	struct fixture fx = fixture_new();
	const struct schema *s = schema_set_add(fx.set, code_schema());
	struct layout l = code_layout;
	struct filter *f = code_filter("comm == bash and tid == 1 and addr6 == ::1 and cpu == 1");
	struct code_plan p;
	struct err e = ERR_INIT;

	(void)state;
	l.size = offsetof(struct code_event, addr6) + 15;
	l.comm = (struct layout_part) { UINT32_MAX, 16 };
	l.tid = (struct layout_part) { l.size - 2, 4 };
	l.cpu = (struct layout_part) { 0, 3 };
	assert_int_equal(code_plan_make(f, s, &l, &p, &e), 0);
	assert_string_equal(strbuf_cstr(&p.text.text), "");
	assert_false(p.text.exact);
	code_plan_done(&p);
	filter_free(f);
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),	     cmocka_unit_test(test_no_filter),
		cmocka_unit_test(test_no_groups),    cmocka_unit_test(test_places),
		cmocka_unit_test(test_unseen),	     cmocka_unit_test(test_many_processes),
		cmocka_unit_test(test_short_layout), cmocka_unit_test(test_short_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

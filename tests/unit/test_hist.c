/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs in the kernel: what is composed, to the letter (the texts were taken by 6.1 and 6.12), what
 * is refused, and tables as the kernel prints them, with names that look like tables.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "tracefs/hist.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char enter_text[] =
    "name: sys_enter\nID: 20\nformat:\n" COMMON "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
    "\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n"
    "\nprint fmt: \"\"\n";
static const char exit_text[] =
    "name: sys_exit\nID: 21\nformat:\n" COMMON "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
    "\tfield:dev_t dev;\toffset:16;\tsize:4;\tsigned:0;\n"
    "\tfield:int error;\toffset:20;\tsize:4;\tsigned:1;\n"
    "\tfield:__data_loc char[] name;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\nprint fmt: \"\"\n";
static const char wakeup_text[] = "name: sched_wakeup\nID: 22\nformat:\n" COMMON
				  "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
				  "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
				  "\nprint fmt: \"\"\n";

struct made {
	struct schema *enter, *leave, *wakeup;
	struct hist_event starts[2], end;
	struct hist_carry carry[2];
	struct hist_conf conf;
	struct hist_plan plan;
	struct err e;
};

static struct schema *schema(const char *system, const char *text)
{
	struct machine m = { .long_size = 8 };
	struct err e = ERR_INIT;
	struct schema *s;

	if (schema_parse(system, text, strlen(text), m, &s, &e))
		fail_msg("%s", e.text);
	return s;
}

/* A syscall pair by its thread and its number, which comes from the start. */
static int setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	*state = m;
	m->e = (struct err)ERR_INIT;
	m->enter = schema("raw_syscalls", enter_text);
	m->leave = schema("raw_syscalls", exit_text);
	m->wakeup = schema("sched", wakeup_text);
	m->starts[0] = (struct hist_event) { .schema = m->enter,
					     .filter = "id != 7",
					     .keys = { schema_field(m->enter, "common_pid") },
					     .carry = { schema_field(m->enter, "id") } };
	m->end = (struct hist_event) { .schema = m->leave,
				       .keys = { schema_field(m->leave, "common_pid") },
				       .carry = { NULL, schema_field(m->leave, "dev") } };
	m->carry[0] = (struct hist_carry) { "id", true };
	m->carry[1] = (struct hist_carry) { "dev", false };
	m->conf = (struct hist_conf) {
		.name = "syscall",
		.starts = m->starts,
		.ends = &m->end,
		.start_count = 1,
		.end_count = 1,
		.key_count = 1,
		.carry = m->carry,
		.carry_count = 1,
		.by = { { HIST_BY_TASK, 0 }, { HIST_BY_FIELD, 0 } },
		.by_count = 2,
	};
	return 0;
}

static int teardown(void **state)
{
	struct made *m = *state;

	hist_plan_done(&m->plan);
	schema_free(m->enter);
	schema_free(m->leave);
	schema_free(m->wakeup);
	free(m);
	return 0;
}

static void compose(struct made *m)
{
	if (hist_compose(&m->conf, "tapdeck_12", &m->plan, &m->e))
		fail_msg("%s", m->e.text);
}

static void step_is(const struct made *m, unsigned i, const char *event, const char *text)
{
	const struct hist_step *s = &m->plan.steps[i];
	char name[128], undo[1024];

	assert_true(i < m->plan.count);
	assert_string_equal(s->text, text);
	snprintf(name, sizeof(name), "%s:%s", s->system, s->event);
	assert_string_equal(name, event);
	snprintf(undo, sizeof(undo), "!%s", s->kind == HIST_SYNTH ? s->event : s->text);
	assert_string_equal(s->undo, undo);
}

/* ---- composing ---- */

static void a_pair_is_four_texts(void **state)
{
	struct made *m = *state;

	compose(m);
	assert_int_equal(m->plan.count, 4);
	step_is(m, 0, "synthetic:tapdeck_12_syscall", "tapdeck_12_syscall u64 latency; long id");
	step_is(m, 1, "synthetic:tapdeck_12_syscall",
		"hist:keys=common_pid.execname,id:vals=latency:syscall_max=latency:"
		"onmax($syscall_max).save(latency):size=8192 if latency < 4611686018427387904");
	step_is(m, 2, "raw_syscalls:sys_enter",
		"hist:keys=common_pid:syscall_ts=common_timestamp,syscall_c0=id:clock=mono:"
		"size=32768 if id != 7");
	step_is(m, 3, "raw_syscalls:sys_exit",
		"hist:keys=common_pid:syscall_ns0=common_timestamp-$syscall_ts,"
		"syscall_e0_0=$syscall_c0:onmatch(raw_syscalls.sys_enter)."
		"trace(tapdeck_12_syscall,$syscall_ns0,$syscall_e0_0):clock=mono:size=32768");
	assert_int_equal(m->plan.steps[0].kind, HIST_SYNTH);
	assert_int_equal(m->plan.steps[3].kind, HIST_TRIGGER);
}

static void types_are_the_fields_or_of_their_size(void **state)
{
	struct made *m = *state;

	m->conf.carry_count = 2;
	compose(m);
	step_is(m, 0, "synthetic:tapdeck_12_syscall",
		"tapdeck_12_syscall u64 latency; long id; u32 dev");
	hist_plan_done(&m->plan);
	m->carry[1].name = "name";
	m->end.carry[1] = schema_field(m->leave, "name");
	compose(m);
	step_is(m, 0, "synthetic:tapdeck_12_syscall",
		"tapdeck_12_syscall u64 latency; long id; char name[]");
}

/* Every latency is in one part, and no part is wider than a sixteenth or 16 ns. */
static void parts_leave_no_gap(void **state)
{
	struct made *m = *state;
	uint64_t at = 0;

	m->conf.parts = true;
	m->conf.filter = "id == 1 || id == 2";
	compose(m);
	for (unsigned i = 1; i < m->plan.count; i++) {
		const char *text = m->plan.steps[i].text;
		const char *width = strstr(text, "latency.buckets="), *low, *high;
		uint64_t from = 0;

		if (!width)
			continue;
		assert_non_null(strstr(text, " && (id == 1 || id == 2)"));
		low = strstr(text, "latency >= ");
		high = strstr(text, "latency < ");
		assert_non_null(high);
		if (low)
			from = strtoull(low + 11, NULL, 10);
		assert_int_equal(from, at);
		assert_true(strtoull(width + 16, NULL, 10) <= MAX(from / 16, UINT64_C(16)));
		assert_int_equal(from % strtoull(width + 16, NULL, 10), 0);
		at = strtoull(high + 10, NULL, 10);
	}
	assert_true(at == UINT64_C(1) << 62);
	assert_true(m->plan.filtered);
}

static void several_starts_are_one_event(void **state)
{
	struct made *m = *state;

	m->starts[1] =
	    (struct hist_event) { .schema = m->wakeup, .keys = { schema_field(m->wakeup, "pid") } };
	m->conf.start_count = 2;
	m->conf.carry_count = 0;
	m->conf.by_count = 0;
	compose(m);
	assert_int_equal(m->plan.count, 7);
	step_is(m, 0, "synthetic:tapdeck_12_syscall_start",
		"tapdeck_12_syscall_start u64 ts; int k0");
	step_is(m, 1, "synthetic:tapdeck_12_syscall", "tapdeck_12_syscall u64 latency");
	assert_int_equal(strncmp(m->plan.steps[2].text, "hist:keys=common_cpu:vals=latency:", 34),
			 0);
	step_is(m, 3, "synthetic:tapdeck_12_syscall_start",
		"hist:keys=k0:syscall_ts=ts:size=32768");
	assert_non_null(
	    strstr(m->plan.steps[4].text, ":onmatch(synthetic.tapdeck_12_syscall_start).trace("));
	step_is(m, 5, "raw_syscalls:sys_enter",
		"hist:keys=common_cpu:syscall_at0=common_timestamp:onchange($syscall_at0)."
		"trace(tapdeck_12_syscall_start,$syscall_at0,common_pid):clock=mono if id != 7");
	step_is(m, 6, "sched:sched_wakeup",
		"hist:keys=common_cpu:syscall_at1=common_timestamp:onchange($syscall_at1)."
		"trace(tapdeck_12_syscall_start,$syscall_at1,pid):clock=mono");
	/* Both in their own thread: the event of the two is in it as well. */
	hist_plan_done(&m->plan);
	m->starts[1] = m->starts[0];
	compose(m);
	step_is(m, 0, "synthetic:tapdeck_12_syscall_start", "tapdeck_12_syscall_start u64 ts");
	step_is(m, 3, "synthetic:tapdeck_12_syscall_start",
		"hist:keys=common_pid:syscall_ts=ts:size=32768");
}

static void refused(struct made *m, const char *word)
{
	err_clear(&m->e);
	assert_true(hist_compose(&m->conf, "tapdeck_12", &m->plan, &m->e) < 0);
	if (!strstr(m->e.text, word))
		fail_msg("\"%s\" does not say \"%s\"", m->e.text, word);
	assert_int_equal(m->plan.count, 0);
}

static void what_the_kernel_cannot_is_refused(void **state)
{
	struct made *m = *state;
	struct hist_conf good = m->conf;
	struct hist_event end = m->end;

	m->conf.key_count = 4;
	refused(m, "1 to 3 keys, not 4");
	m->conf = good;
	m->conf.key_count = 0;
	refused(m, "keys");
	m->conf = good;
	m->conf.start_count = HIST_EVENTS + 1;
	refused(m, "at most 8 starts");
	m->conf = good;
	m->conf.by[1].field = 1;
	refused(m, "no field");
	m->conf = good;
	m->end.keys[0] = schema_field(m->leave, "name");
	refused(m, "name is a text");
	m->end = end;
	m->starts[0].carry[0] = schema_field(m->enter, "args");
	refused(m, "cannot carry \"id\"");
	m->starts[0].carry[0] = schema_field(m->enter, "id");
	m->carry[0].name = "id; long x";
	refused(m, "cannot carry \"id; long x\"");
	m->carry[0].name = "id";
	m->starts[0].filter = "id == 1\nhist:keys=id";
	refused(m, "one line");
	m->starts[0].filter = NULL;
	m->conf.filter = "id == 1\n";
	refused(m, "one line");
	m->conf.filter = NULL;
	/* A text of any length as a key could have in it what follows one. */
	m->carry[1] = (struct hist_carry) { "name", false };
	m->end.carry[1] = schema_field(m->leave, "name");
	m->conf.carry_count = 2;
	m->conf.by[0] = (struct hist_key) { HIST_BY_FIELD, 1 };
	refused(m, "name may be a text of more than 50");
	m->conf = good;
	/* Names become names. */
	m->conf.name = "my pair; rm -rf /";
	compose(m);
	assert_string_equal(m->plan.event, "tapdeck_12_my_pair__rm__rf__");
}

static void names_follow_the_instance(void **state)
{
	char buf[64];

	(void)state;
	assert_true(hist_prefix("tapdeck.12.hist", buf, sizeof(buf)));
	assert_string_equal(buf, "tapdeck_12");
	assert_true(hist_prefix("tapdeck.12.hist-3", buf, sizeof(buf)));
	assert_string_equal(buf, "tapdeck_12x3");
	assert_false(hist_prefix("tapdeck.12.events", buf, sizeof(buf)));
	assert_false(hist_prefix("tapdeck.12.history", buf, sizeof(buf)));
	assert_false(hist_prefix("tapdeck.-1.hist", buf, sizeof(buf)));
	assert_false(hist_prefix("tapdeck..hist", buf, sizeof(buf)));
	assert_false(hist_prefix("tapdeck.12.hist", buf, 10));
}

/* ---- reading ---- */

/* As 6.1 and 6.12 print it, with fewer lines. */
static const char table[] =
    "# event histogram\n#\n"
    "# trigger info: hist:keys=common_pid.execname,id:vals=hitcount,latency:syscall_max=latency:"
    "sort=hitcount:size=8192:onmax($syscall_max).save(latency) if latency < 4611686018427387904 "
    "[active]\n#\n\n"
    "{ common_pid: sh              [       158], id:        110 } hitcount:          1  latency:  "
    "    20610\n\tmax:      20610  latency:      20610\n"
    "{ common_pid: } hitcount: 9\n{ [       161], id: 18446744073709551615 } hitcount:         30  "
    "latency:    1205000\n\tmax:      12050  latency:      12050\n"
    "{ common_pid: chosen          [       157], id:        110 } hitcount:        300  latency:  "
    "  1028090\n\tmax:      66540  latency:      66540\n\n"
    "Totals:\n    Hits: 341\n    Entries: 3\n    Dropped: 10\n\n\n"
    "# event histogram\n#\n"
    "# trigger info: hist:keys=common_pid.execname,id,latency.buckets=128:vals=hitcount:sort="
    "hitcount:size=8192 if latency >= 2048 && latency < 16384 [active]\n#\n\n"
    "{ common_pid: chosen          [       157], id:        110, latency: ~ 2048-2175 } hitcount:"
    "        300\n\n"
    "Totals:\n    Hits: 300\n    Entries: 1\n    Dropped: 2\n";

struct seen {
	struct hist_row rows[64];
	char names[64][300];
	unsigned count;
};

static void see(const struct hist_row *r, void *data)
{
	struct seen *s = data;
	const struct hist_value *v = r->keys;

	assert_true(r->lo <= r->hi);
	assert_true(v[0].len < sizeof(s->names[0]));
	if (s->count >= ARRAY_SIZE(s->rows))
		return;
	if (v[0].text)
		memcpy(s->names[s->count], v[0].text, v[0].len);
	s->rows[s->count++] = *r;
}

static void tables_are_read(void **state)
{
	struct made *m = *state;
	struct hist_counts c = { 0 };
	struct seen s = { 0 };

	compose(m);
	hist_parse(&m->plan, table, sizeof(table) - 1, see, &s, &c);
	assert_int_equal(s.count, 4);
	assert_int_equal(c.odd, 0);
	assert_int_equal(c.pairs, 331);
	assert_int_equal(c.pairs_dropped, 10);
	assert_int_equal(c.parts_dropped, 2);
	assert_string_equal(s.names[0], "sh");
	assert_int_equal(s.rows[0].keys[0].number, 158);
	assert_int_equal(s.rows[0].keys[1].number, 110);
	assert_string_equal(s.names[1], "} hitcount: 9\n{");
	assert_int_equal((int64_t)s.rows[1].keys[1].number, -1);
	assert_int_equal(s.rows[1].count, 30);
	assert_int_equal(s.rows[1].sum, 1205000);
	assert_int_equal(s.rows[2].max, 66540);
	assert_false(s.rows[2].part);
	assert_true(s.rows[3].part);
	assert_int_equal(s.rows[3].lo, 2048);
	assert_int_equal(s.rows[3].hi, 2175);
	assert_int_equal(s.rows[3].count, 300);
}

/* What is in a name is not what follows it; one that goes on behind 50 is not read. */
static void strings_end_where_the_kernel_ends_them(void **state)
{
	struct made *m = *state;
	struct hist_counts c = { 0 };
	struct seen s = { 0 };
	struct strbuf b = { 0 };

	m->conf.by_count = 1;
	compose(m);
	m->plan.by[0] = (struct hist_column) { "name", HIST_STRING };
	strbuf_str(&b, "# trigger info: hist:keys=name:vals=hitcount,latency [active]\n#\n\n");
	strbuf_fmt(&b, "{ name: %-50s } hitcount: 1  latency: 5\n\tmax: 5  latency: 5\n",
		   "a }, x } hitcount: 7\n\tmax: 3");
	strbuf_fmt(&b, "{ name: %-50s } hitcount: 3  latency: 6\n\tmax: 4  latency: 4\n",
		   "012345678901234567890123456789012345678901234567890123456789");
	strbuf_str(&b, "{ name: cut off } hitcount: 9\n");
	hist_parse(&m->plan, b.s, b.len, see, &s, &c);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.names[0], "a }, x } hitcount: 7\n\tmax: 3");
	assert_int_equal(s.rows[0].count, 1);
	assert_int_equal(c.odd, 2);
	strbuf_done(&b);
}

static void totals_are_those_of_the_trigger(void **state)
{
	static const char text[] =
	    "# trigger info: hist:keys=pid:vals=hitcount:a_ts=common_timestamp:clock=mono "
	    "[active]\n"
	    "#\n\n{ pid: 3 } hitcount: 4\n\nTotals:\n    Hits: 4\n    Entries: 1\n    Dropped: 0\n"
	    "\n\n# event histogram\n#\n"
	    "# trigger info: hist:keys=name:vals=hitcount:b_ts=common_timestamp:clock=mono "
	    "[active]\n"
	    "#\n\n{ name: x\n    Hits: 99\n    Dropped: 98\n } hitcount: 4\n\n"
	    "Totals:\n    Hits: 40\n    Entries: 1\n    Dropped: 7\n";
	uint64_t hits = 0, dropped = 0;

	(void)state;
	hist_parse_total(text, sizeof(text) - 1, ":b_ts=", &hits, &dropped);
	assert_int_equal(hits, 40);
	assert_int_equal(dropped, 7);
	hist_parse_total(text, sizeof(text) - 1, ":a_ts=", &hits, &dropped);
	assert_int_equal(hits, 44);
	assert_int_equal(dropped, 7);
}

/* Any bytes: read within their bounds (asked of the sanitizer), and nothing made up. */
static void damaged_tables_are_read_safely(void **state)
{
	struct made *m = *state;
	unsigned seed = 7;

	compose(m);
	for (int i = 0; i < 20000; i++) {
		size_t n = sizeof(table) - 1 - (size_t)rand_r(&seed) % 200 * (i % 3 == 0);
		char *copy = malloc(n);
		struct hist_counts c = { 0 };
		struct seen s = { 0 };
		uint64_t hits = 0, dropped = 0;

		memcpy(copy, table, n);
		for (int k = rand_r(&seed) % 6; k >= 0; k--)
			copy[(size_t)rand_r(&seed) % n] = "{}:[]~ \n,09az\0-"[rand_r(&seed) % 16];
		hist_parse(&m->plan, copy, n, see, &s, &c);
		hist_parse_total(copy, n, ":syscall_max=", &hits, &dropped);
		assert_true(s.count <= 5);
		free(copy);
	}
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_pair_is_four_texts),
		T(types_are_the_fields_or_of_their_size),
		T(parts_leave_no_gap),
		T(several_starts_are_one_event),
		T(what_the_kernel_cannot_is_refused),
		cmocka_unit_test(names_follow_the_instance),
		T(tables_are_read),
		T(strings_end_where_the_kernel_ends_them),
		T(totals_are_those_of_the_trigger),
		T(damaged_tables_are_read_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

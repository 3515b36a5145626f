/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs in the kernel's words: which fields, keys and filters a spec, a grouping and a filter
 * become, and what is refused with which reason.
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

#include "backends/pair_kernel_private.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const struct {
	const char *system, *text;
} events[] = {
	{ "raw_syscalls", "name: sys_enter\nID: 20\nformat:\n" COMMON
			  "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
			  "\nprint fmt: \"\"\n" },
	{ "raw_syscalls", "name: sys_exit\nID: 21\nformat:\n" COMMON
			  "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
			  "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n"
			  "\nprint fmt: \"\"\n" },
	{ "sched", "name: sched_switch\nID: 22\nformat:\n" COMMON
		   "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
		   "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
		   "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
		   "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
		   "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n"
		   "\nprint fmt: \"\"\n" },
};

#define SYSCALL "call: raw_syscalls:sys_enter -> raw_syscalls:sys_exit by tid"
#define OFFCPU                                                                                     \
	"off: sched:sched_switch if prev_pid != 0 and not prev_state & 0xff -> "                   \
	"sched:sched_switch by prev_pid=next_pid for start.prev_pid"

struct made {
	struct schema_set *from, *to;
	struct pair_spec *spec;
	struct group_spec *by;
	struct filter *filter;
	struct pair_kernel k;
	struct kernel_ask ask;
	struct err e;
};

static struct schema_set *new_set(void)
{
	return schema_set_new((struct machine) { .long_size = 8 });
}

/* What becomes of the line, the keys, the measures and the filter. */
static int make(struct made *m, const char *line, const char *by, const char *show,
		const char *filter)
{
	struct pair_conf c;

	*m = (struct made) { .e = ERR_INIT, .from = new_set(), .to = new_set() };
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		struct schema *s = NULL;

		assert_int_equal(schema_parse(events[i].system, events[i].text,
					      strlen(events[i].text),
					      (struct machine) { .long_size = 8 }, &s, &m->e),
				 0);
		schema_set_add(m->from, s);
	}
	if (pair_spec_parse(line, &m->spec, &m->e) < 0 ||
	    group_spec_parse(by, show, &m->by, &m->e) < 0 ||
	    (filter && filter_parse(filter, &m->filter, &m->e) < 0))
		fail_msg("%s", m->e.text);
	m->k.conf = (struct pair_kernel_conf) {
		.spec = m->spec, .events = m->from, .set = m->to, .by = m->by, .filter = m->filter
	};
	c = (struct pair_conf) { .spec = m->spec, .set = m->to, .max = 1 };
	m->k.pair = pair_new(&c);
	if (pair_bind(m->k.pair, m->from, &m->e) < 0)
		fail_msg("%s", m->e.text);
	m->k.schema = pair_schema(m->k.pair);
	return pair_kernel_ask(&m->k, &m->ask, &m->e);
}

static void done(struct made *m)
{
	pair_free(m->k.pair);
	arena_done(&m->k.arena);
	filter_free(m->filter);
	group_spec_free(m->by);
	pair_spec_free(m->spec);
	schema_set_free(m->from);
	schema_set_free(m->to);
}

static void threads_come_with_their_names(void **state)
{
	struct made m;

	(void)state;
	assert_int_equal(make(&m, SYSCALL, "process,thread,id", "count,p99(latency)", NULL), 0);
	assert_int_equal(m.ask.by_count, 2); /* who it is, once */
	assert_int_equal(m.ask.by[0].kind, HIST_BY_TASK);
	assert_int_equal(m.ask.by[1].kind, HIST_BY_FIELD);
	assert_string_equal(m.ask.carry[0].name, "id");
	assert_true(m.ask.carry[0].from_start);
	assert_string_equal(m.ask.starts[0].keys[0]->name, "common_pid");
	assert_true(m.k.parts);
	done(&m);
	/* Of another thread than the end happens in: its tid, and its name where there is room. */
	assert_int_equal(make(&m, OFFCPU, "comm", "count,sum(latency)", NULL), 0);
	assert_int_equal(m.ask.by_count, 2);
	assert_int_equal(m.k.keys[0].use, USE_TID);
	assert_int_equal(m.k.keys[1].use, USE_COMM);
	assert_string_equal(m.ask.starts[0].carry[m.ask.by[0].field]->name, "prev_pid");
	assert_string_equal(m.ask.starts[0].carry[m.ask.by[1].field]->name, "prev_comm");
	assert_string_equal(m.ask.starts[0].keys[0]->name, "prev_pid");
	assert_string_equal(m.ask.ends[0].keys[0]->name, "next_pid");
	assert_false(m.k.parts);
	done(&m);
	assert_int_equal(make(&m, OFFCPU, "comm,prev_state", "count", NULL), 0);
	assert_int_equal(m.k.keys[1].use, USE_FIELD);
	done(&m);
}

static void filters_are_the_kernels(void **state)
{
	struct made m;

	(void)state;
	assert_int_equal(make(&m, OFFCPU, "cpu", "count", "latency > 10ms and prev_state == 2"), 0);
	assert_non_null(strstr(m.ask.starts[0].filter, "prev_pid != 0"));
	assert_non_null(strstr(m.ask.starts[0].filter, "prev_state"));
	assert_null(m.ask.ends[0].filter);
	assert_non_null(strstr(m.ask.filter, "latency > 10000000"));
	assert_non_null(strstr(m.ask.filter, "prev_state == 2"));
	/* What it asks for is carried, though nobody counts by it. */
	assert_int_equal(m.ask.carry_count, 1);
	assert_string_equal(m.ask.carry[0].name, "prev_state");
	done(&m);
	/* As the command line adds -e. */
	assert_int_equal(make(&m, SYSCALL, "cpu", "count", "system == pair and event == call"), 0);
	assert_string_equal(m.ask.filter, "");
	done(&m);
}

static void refused(const char *line, const char *by, const char *show, const char *filter,
		    const char *word)
{
	struct made m;

	assert_int_equal(make(&m, line, by, show, filter), -ENOTSUP);
	if (!strstr(m.e.text, word))
		fail_msg("\"%s\" does not say \"%s\"", m.e.text, word);
	done(&m);
}

static void what_cannot_be_has_a_reason(void **state)
{
	struct made m;

	(void)state;
	refused(SYSCALL, "comm,id,cpu", "count", NULL, "at most two keys");
	refused(SYSCALL, "comm", "sum(ret)", NULL, "measures the latency, not ret");
	refused(SYSCALL, "comm", "distinct(id)", NULL, "do not tell distinct(id)");
	refused(SYSCALL, "comm", "last(latency)", NULL, "do not tell");
	refused(SYSCALL, "comm", "first", NULL, "do not tell first");
	refused(SYSCALL, "nosuch", "count", NULL, "no field nosuch");
	refused(SYSCALL, "sys_exit.ret", "count", NULL, "no field ret");
	refused(SYSCALL, "cpu", "count", "comm == bash", "whole filter");
	refused(SYSCALL, "cpu", "count", "id == 1 and id =~ '^1'", "whole filter");
	assert_int_equal(make(&m, SYSCALL, "cpu", "count", NULL), 0);
	m.spec->keep_first = true;
	assert_int_equal(pair_kernel_ask(&m.k, &m.ask, &m.e), -ENOTSUP);
	assert_non_null(strstr(m.e.text, "keeps the last"));
	done(&m);
}

/* ---- what the kernel said ---- */

static const char head[] = "# trigger info: hist:keys=common_pid.execname,id:vals=hitcount,latency "
			   "[active]\n#\n\n";
static const char parts[] = "\nTotals:\n    Hits: 9\n    Entries: 9\n    Dropped: 0\n\n"
			    "# trigger info: hist:keys=common_pid.execname,id,latency.buckets=16 "
			    "[active]\n#\n\n";
static const char tail[] = "\nTotals:\n    Hits: 9\n    Entries: 9\n    Dropped: 3\n";

/* Two tables as the kernel would print them. */
static void write_tables(const char *path, const char *groups, const char *lines)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fprintf(f, "%s%s%s%s%s", head, groups, parts, lines, tail);
	fclose(f);
}

static void cell_is(const struct group_table *t, uint32_t row, unsigned column, int64_t wanted)
{
	struct group_value v;

	group_value(t, row, column, &v);
	assert_int_equal((int64_t)v.wide, wanted);
}

/* A pair whose hist file is made here. */
struct reading {
	struct made m;
	struct instance in;
	struct group_table *table;
	char dir[64], path[256];
};

static void shell(const char *words, const char *dir, const char *behind)
{
	char cmd[300];

	snprintf(cmd, sizeof(cmd), "%s %s%s", words, dir, behind);
	assert_int_equal(system(cmd), 0);
}

#define SHOW "count,sum(latency),min(latency),max(latency),p50(latency)"

static void begin(struct reading *r, const char *show)
{
	struct identity_conf ic = { 0 };
	struct group_conf gc = { 0 };

	assert_int_equal(make(&r->m, SYSCALL, "tid,id", show, NULL), 0);
	strcpy(r->dir, "/tmp/tapdeck-hist-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	shell("mkdir -p", r->dir, "/events/synthetic/tapdeck_1_call");
	snprintf(r->path, sizeof(r->path), "%s/events/synthetic/tapdeck_1_call/hist", r->dir);
	r->in = (struct instance) { .path = r->dir };
	r->m.k.hist.instance = &r->in;
	r->m.k.hist.plan = (struct hist_plan) {
		.event = "tapdeck_1_call",
		.by = { { "common_pid", HIST_TASK }, { "id", HIST_SIGNED } },
		.by_count = 2,
	};
	r->m.k.latency = schema_field(r->m.k.schema, "latency");
	r->m.k.conf.identity = identity_new(&ic);
	gc = (struct group_conf) { .spec = r->m.by, .identity = r->m.k.conf.identity };
	r->table = group_new(&gc);
}

static void end(struct reading *r)
{
	group_free(r->table);
	identity_free(r->m.k.conf.identity);
	pair_kernel_forget(&r->m.k);
	done(&r->m);
	shell("rm -r", r->dir, "");
}

static void read_tables(struct reading *r, uint64_t now, const char *groups, const char *lines)
{
	write_tables(r->path, groups, lines);
	if (pair_kernel_read(&r->m.k, r->table, now, &r->m.e) < 0)
		fail_msg("%s", r->m.e.text);
	assert_int_equal(group_count(r->table), 1);
}

#define KEYS "{ common_pid: sh              [         7], id:          1"

/* Tables that grow are put into groups once, and sums are right whenever both tables agree. */
static void what_grew_is_added(void **state)
{
	struct hist_counts counts;
	struct reading r = { 0 };

	(void)state;
	begin(&r, SHOW);
	read_tables(
	    &r, 1000,
	    "{ common_pid: sh              [         7], id:         -0 } hitcount: 1\n" KEYS
	    " } hitcount: 2  latency: 300\n\tmax: 200  latency: 200\n",
	    KEYS ", latency: ~ 96-111 } hitcount: 1\n" KEYS ", latency: ~ 192-207 } hitcount: 1\n");
	cell_is(r.table, 0, 0, 7);
	cell_is(r.table, 0, 1, 1);
	cell_is(r.table, 0, 2, 2);
	cell_is(r.table, 0, 3, 300);
	cell_is(r.table, 0, 4, 96);
	cell_is(r.table, 0, 5, 200);
	assert_int_equal(pair_kernel_counts(&r.m.k, false, &counts, &r.m.e), 0);
	assert_int_equal(counts.odd, 1);
	assert_int_equal(counts.parts_dropped, 3);
	/* The parts are read later: one more is there already. */
	for (uint64_t now = 2000; now < 2002; now++) {
		read_tables(&r, now,
			    KEYS " } hitcount: 3  latency: 350\n\tmax: 200  latency: 200\n",
			    KEYS ", latency: ~ 48-63 } hitcount: 2\n" KEYS
				 ", latency: ~ 96-111 } hitcount: 1\n" KEYS
				 ", latency: ~ 192-207 } hitcount: 1\n");
		cell_is(r.table, 0, 2, 3);
		cell_is(r.table, 0, 4, 48);
	}
	read_tables(&r, 3000, KEYS " } hitcount: 4  latency: 400\n\tmax: 200  latency: 200\n", "");
	cell_is(r.table, 0, 2, 4);
	cell_is(r.table, 0, 3, 400);
	cell_is(r.table, 0, 5, 200);
	assert_string_equal(identity_comm(r.m.k.conf.identity, 7, 3000), "sh");
	end(&r);
}

/* A group of which no part found room: what is known of it is its greatest. */
static void without_parts_the_least_is_one_that_came(void **state)
{
	struct reading r = { 0 };

	(void)state;
	begin(&r, "count,min(latency)");
	assert_true(r.m.k.parts);
	read_tables(&r, 1000, KEYS " } hitcount: 2  latency: 300\n\tmax: 200  latency: 200\n", "");
	cell_is(r.table, 0, 2, 2);
	cell_is(r.table, 0, 3, 200);
	read_tables(&r, 2000, KEYS " } hitcount: 2  latency: 300\n\tmax: 200  latency: 200\n",
		    KEYS ", latency: ~ 96-111 } hitcount: 1\n");
	cell_is(r.table, 0, 3, 96);
	end(&r);
}

/* The same answer without anybody's question: nothing is opened for it. */
static void it_is_known_before(void **state)
{
	struct err e = ERR_INIT;
	struct made m;

	(void)state;
	make(&m, SYSCALL, "comm", "count", NULL);
	assert_int_equal(pair_kernel_check(m.spec, m.from, &e), 0);
	m.spec->keep_first = true;
	assert_int_equal(pair_kernel_check(m.spec, m.from, &e), -ENOTSUP);
	assert_non_null(strstr(e.text, "this pair the first"));
	done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_come_with_their_names),
		cmocka_unit_test(filters_are_the_kernels),
		cmocka_unit_test(what_cannot_be_has_a_reason),
		cmocka_unit_test(it_is_known_before),
		cmocka_unit_test(what_grew_is_added),
		cmocka_unit_test(without_parts_the_least_is_one_that_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

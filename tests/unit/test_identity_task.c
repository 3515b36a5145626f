/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tapdeck:task: its format, and what the table learns from a recording that begins with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/filter.h"
#include "tests/unit/task_fixture.h"

static void test_format(void **state)
{
	struct process p = { .pid = 40, .ppid = 7 };
	struct task t = { .tid = 41, .process = &p };
	uint8_t rec[TASK_EVENT_SIZE];
	struct desk d;
	uint32_t size, len;
	uint64_t v;

	(void)state;
	desk_open(&d);
	assert_int_equal(d.task->id, SCHEMA_ID_MAX);
	assert_int_equal(d.task->role, ROLE_TASK);
	assert_string_equal(d.task->system, "tapdeck");
	size = task_event_put(
	    d.set, d.task, &(struct task_event) { .task = &t, .comm = "a name of sixteen or more" },
	    rec);
	assert_true(size >= d.task->min_size && size <= TASK_EVENT_SIZE);
	assert_int_equal(load_u16(rec + d.set->type_offset), SCHEMA_ID_MAX);
	assert_true(field_int(d.task, d.task->pid, rec, size, &v));
	assert_int_equal(v, 41);
	assert_true(field_int(d.task, schema_field(d.task, "tid"), rec, size, &v));
	assert_int_equal(v, 41);
	assert_true(field_int(d.task, schema_field(d.task, "pid"), rec, size, &v));
	assert_int_equal(v, 40);
	assert_true(field_int(d.task, schema_field(d.task, "ppid"), rec, size, &v));
	assert_int_equal(v, 7);
	assert_memory_equal(field_str(d.task, schema_field(d.task, "comm"), rec, size, &len),
			    "a name of sixte", 15);
	assert_int_equal(len, 15);
	desk_close(&d);
}

/* The highest ids are taken; added twice it is there once. */
static void test_free_id(void **state)
{
	struct machine m = { .long_size = 8 };
	struct schema_set *set = schema_set_new(m);

	(void)state;
	for (unsigned id = SCHEMA_ID_MAX; id > SCHEMA_ID_MAX - 3; id--) {
		struct schema *s;
		char text[1024];
		int n = snprintf(text, sizeof(text), "name: x%u\nID: %u\nformat:\n" COMMON "%s", id,
				 id, "\nprint fmt: \"\"\n");

		assert_int_equal(schema_parse("x", text, (size_t)n, m, &s, NULL), 0);
		schema_set_add(set, s);
	}
	assert_null(task_event_find(set));
	assert_int_equal(task_event_add(set, NULL), 0);
	assert_int_equal(task_event_add(set, NULL), 0);
	assert_int_equal(task_event_find(set)->id, SCHEMA_ID_MAX - 3);
	assert_int_equal(set->added, 4);
	assert_int_equal(set->gen, 0);
	schema_set_free(set);
}

/* Threads before their leader and behind it; before the record and after. */
static void test_learns(void **state)
{
	const struct process *p;
	struct desk d;
	uint32_t index;

	(void)state;
	desk_open(&d);
	identity_hint(d.fx.id, 101, -1, "at the end");
	task(&d, 1000, 101, 100, 1, "worker");
	task(&d, 1000, 1, 1, 0, "init");
	task(&d, 1000, 100, 100, 1, "main");
	task(&d, 1000, 102, 100, 1, "<...>");
	for (uint64_t ts = 0; ts < 5000; ts += 1000)
		for (int32_t tid = 100; tid < 103; tid++)
			assert_int_equal(identity_pid(d.fx.id, tid, ts), 100);
	assert_string_equal(identity_comm(d.fx.id, 101, 1000), "worker");
	assert_string_equal(identity_comm(d.fx.id, 102, 1000), "<...>");
	p = process_of(&d, 101, 2000);
	assert_string_equal(p->comm, "main");
	assert_int_equal(p->ppid, 1);
	assert_int_equal(p->threads, 3);
	assert_int_equal(process_of(&d, 1, 2000)->ppid, 0);
	assert_ptr_equal(identity_maker(d.fx.id, p, &index), process_of(&d, 1, 2000));
	desk_close(&d);
}

/* The tid is used again: the record speaks of who had it at its time. */
static void test_reused_tid(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d);
	task(&d, 1000, 200, 200, 1, "parent");
	task(&d, 1000, 50, 50, 1, "old");
	learn(&d.fx, rec_exit(&d.fx, EXIT, 2000, 50, "old", true));
	learn(&d.fx, rec_newtask(&d.fx, 3000, 200, 50, "new", 0x10000));
	learn(&d.fx, rec_newtask(&d.fx, 3500, 50, 51, "more", 0x10000));
	assert_int_equal(identity_pid(d.fx.id, 50, 500), 50);
	assert_int_equal(identity_pid(d.fx.id, 50, 1500), 50);
	assert_int_equal(identity_pid(d.fx.id, 50, 3000), 200);
	assert_int_equal(identity_pid(d.fx.id, 51, 4000), 200);
	assert_string_equal(identity_comm(d.fx.id, 50, 1500), "old");
	assert_string_equal(identity_comm(d.fx.id, 50, 3500), "new");
	assert_int_equal(process_of(&d, 50, 1500)->end, 2000);
	desk_close(&d);
}

/* Whatever was learned of a later time before the record is read stands. */
static void test_late_record(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d);
	learn(&d.fx, rec_newtask(&d.fx, 500, 1, 300, "born", 0));
	learn(&d.fx, rec_newtask(&d.fx, 600, 300, 301, "thread", 0x10000));
	learn(&d.fx, rec_exit(&d.fx, EXIT, 3000, 60, "gone", true));
	learn(&d.fx, rec_newtask(&d.fx, 4000, 300, 60, "again", 0x10000));
	learn(&d.fx, rec_rename(&d.fx, 3000, 70, "first", "second"));
	task(&d, 1000, 300, 77, 1, "wrong");
	task(&d, 1000, 301, 78, 1, "wrong");
	task(&d, 1000, 302, 301, 1, "wrong"); /* 301 is known to be a thread */
	task(&d, 1000, 60, 60, 1, "old");
	task(&d, 1000, 70, 70, 1, "first");
	assert_int_equal(identity_pid(d.fx.id, 300, 1000), 300);
	assert_string_equal(identity_comm(d.fx.id, 300, 1000), "born");
	assert_int_equal(identity_pid(d.fx.id, 301, 1000), 300);
	assert_int_equal(identity_pid(d.fx.id, 302, 1000), -1);
	assert_int_equal(identity_pid(d.fx.id, 60, 1000), 60);
	assert_string_equal(identity_comm(d.fx.id, 60, 1000), "old");
	assert_int_equal(identity_pid(d.fx.id, 60, 4000), 300);
	assert_string_equal(identity_comm(d.fx.id, 60, 4000), "again");
	assert_string_equal(identity_comm(d.fx.id, 70, 1000), "first");
	assert_string_equal(identity_comm(d.fx.id, 70, 3500), "second");
	assert_int_equal(identity_pid(d.fx.id, 70, 3500), 70);
	desk_close(&d);
}

/* What the birth, an exec and an exit say weighs more or less, whatever came first. */
static void test_weight(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d);
	learn(&d.fx, rec_newtask(&d.fx, 500, 310, 300, "child", 0));
	task(&d, 1000, 300, 300, 5, "child");
	learn(&d.fx, rec_newtask(&d.fx, 400, 1, 310, "maker", 0));
	assert_int_equal(process_of(&d, 300, 1000)->ppid, 310);
	learn(&d.fx, rec_exec(&d.fx, 500, 90, 90, "/bin/true"));
	task(&d, 1000, 90, 91, 1, "wrong");
	assert_int_equal(identity_pid(d.fx.id, 90, 1000), 90);
	task(&d, 1000, 80, 80, 1, "first");
	learn(&d.fx, rec_exit(&d.fx, EXIT, 2000, 80, "last", true));
	assert_string_equal(identity_comm(d.fx.id, 80, 1500), "first");
	desk_close(&d);
}

/* A rename before the record's time is not undone by it. */
static void test_renamed_before(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d);
	learn(&d.fx, rec_rename(&d.fx, 500, 70, "first", "second"));
	task(&d, 1000, 70, 70, 1, "second");
	assert_string_equal(identity_comm(d.fx.id, 70, 100), "first");
	assert_string_equal(identity_comm(d.fx.id, 70, 1000), "second");
	desk_close(&d);
}

static void test_nonsense(void **state)
{
	size_t tasks, had, processes, bytes;
	struct desk d;

	(void)state;
	desk_open(&d);
	identity_stats(d.fx.id, &had, &processes, &bytes);
	task(&d, 1000, 0, 0, 0, "idle");
	task(&d, 1000, -5, 10, 1, "x");
	task(&d, 1000, 10, -5, 1, "x");
	task(&d, 1000, 10, INT32_MAX, 1, "x");
	d.cut = 83;
	task(&d, 1000, 10, 10, 1, "x");
	d.cut = 0;
	identity_stats(d.fx.id, &tasks, &processes, &bytes);
	assert_int_equal(tasks, had);
	task(&d, 1000, 11, 11, INT32_MAX, "x");
	assert_int_equal(process_of(&d, 11, 1000)->ppid, -1);
	task(&d, 1000, 12, 11, 1, "x");
	task(&d, 1000, 13, 12, 1, "x"); /* 12 leads nothing */
	assert_int_equal(identity_pid(d.fx.id, 12, 1000), 11);
	assert_int_equal(identity_pid(d.fx.id, 13, 1000), -1);
	desk_close(&d);
}

struct seen {
	unsigned count;
	int32_t tid[8];
	char comm[8][COMM_LEN];
};

static void see(const struct task *t, const char *comm, void *data)
{
	struct seen *s = data;

	assert_true(s->count < 8);
	s->tid[s->count] = t->tid;
	memcpy(s->comm[s->count++], comm, COMM_LEN);
}

/* Who lived at a time, and under which name. */
static void test_living(void **state)
{
	struct seen s = { 0 };
	struct desk d;

	(void)state;
	desk_open(&d);
	task(&d, 10, 20, 20, 1, "a");
	task(&d, 10, 21, 20, 1, "b");
	task(&d, 10, 22, 22, 1, "c");
	learn(&d.fx, rec_exit(&d.fx, EXIT, 100, 21, "b", false));
	learn(&d.fx, rec_newtask(&d.fx, 200, 20, 21, "reused", 0));
	learn(&d.fx, rec_rename(&d.fx, 300, 20, "a", "renamed"));
	learn(&d.fx, rec_newtask(&d.fx, 400, 999, 30, "orphan", 0x10000)); /* of no known process */
	identity_living(d.fx.id, 50, see, &s);
	assert_int_equal(s.count, 3);
	assert_string_equal(s.comm[0], "a");
	assert_string_equal(s.comm[1], "b");
	s.count = 0;
	identity_living(d.fx.id, 100, see, &s); /* the end is no longer life */
	assert_int_equal(s.count, 2);
	assert_int_equal(s.tid[1], 22);
	s.count = 0;
	identity_living(d.fx.id, 500, see, &s);
	assert_int_equal(s.count, 3);
	assert_string_equal(s.comm[0], "renamed");
	assert_string_equal(s.comm[1], "reused");
	desk_close(&d);
}

/* It is never a row: filters and what is said of them are as without it. */
static void test_filters(void **state)
{
	struct strbuf notes = { 0 };
	struct filter *f;
	struct desk d;

	(void)state;
	desk_open(&d);
	assert_int_equal(filter_parse("tid == 5", &f, NULL), 0);
	assert_int_equal(filter_check(f, d.set, NULL), 0);
	assert_int_equal(filter_notes(f, d.set, &notes), 0);
	filter_free(f);
	assert_int_equal(filter_parse(".ppid == 5", &f, NULL), 0);
	assert_true(filter_check(f, d.set, NULL) < 0);
	filter_free(f);
	strbuf_done(&notes);
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),	    cmocka_unit_test(test_free_id),
		cmocka_unit_test(test_learns),	    cmocka_unit_test(test_reused_tid),
		cmocka_unit_test(test_late_record), cmocka_unit_test(test_renamed_before),
		cmocka_unit_test(test_nonsense),    cmocka_unit_test(test_weight),
		cmocka_unit_test(test_living),	    cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests_name("identity_task", tests, NULL, NULL);
}

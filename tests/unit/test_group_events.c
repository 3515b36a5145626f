/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of groups over many events, and over those of system calls, of this machine and of others.
 */
#include <sys/syscall.h>

#include "tests/unit/group_fixture.h"

static const struct run no_run;

/* ---- more events than the small table has places ---- */

static struct schema *syscall_schema(const char *system, const char *name, const char *field)
{
	struct strbuf text = { 0 };
	struct schema *s = NULL;

	strbuf_fmt(&text,
		   "name: %s\nID: 700\nformat:\n" COMMON
		   "\tfield:int %s;\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n",
		   name, field);
	assert_int_equal(
	    schema_parse(system, text.s, text.len, (struct machine) { .long_size = 8 }, &s, NULL),
	    0);
	strbuf_done(&text);
	return s;
}

#define MANY 100

static void test_many_events(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("event, tid", "count");
	struct group_conf c = { .spec = s };
	struct group_table *t = group_new(&c);
	struct schema *schemas[MANY];
	char name[16];

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "event%u", i);
		schemas[i] = syscall_schema("many", name, "id");
	}
	group_fold_ops.page(t, &no_run);
	for (unsigned i = 0; i < 6 * MANY * 2; i++) {
		w->rows[0].schema = schemas[i % MANY];
		w->rows[0].tid = (int32_t)(i / MANY % 2);
		group_fold_ops.row(t, &w->rows[0]);
	}
	assert_int_equal(group_count(t), 2 * MANY);
	for (uint32_t i = 0; i < group_count(t); i++)
		assert_int_equal(group_at(t, i)->count, 6);
	group_free(t);
	for (unsigned i = 0; i < MANY; i++)
		schema_free(schemas[i]);
	group_spec_free(s);
	world_free(w);
}

/* ---- system calls, whichever event says them ---- */

static void test_syscalls(void **state)
{
	static const struct {
		const char *system, *name, *field;
		bool has;
	} cases[] = {
		{ "raw_syscalls", "sys_enter", "id", true },
		{ "raw_syscalls", "sys_exit", "id", true },
		{ "syscalls", "sys_enter_read", "__syscall_nr", true },
		{ "pair", "syscall", "id", true },
		{ "pair", "irq", "id", false },
		{ "block", "block_rq_issue", "id", false },
		{ "syscalls", "sys_enter_read", "id", false },
	};
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("syscall", "count");
	struct group_conf c = { .spec = s };
	struct group_table *t = group_new(&c);
	struct schema *schemas[ARRAY_SIZE(cases)];
	struct row *r = &w->rows[0];
	unsigned has = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		schemas[i] = syscall_schema(cases[i].system, cases[i].name, cases[i].field);
		r->schema = schemas[i];
		r->size = 12;
		store_u32(w->bytes[0] + 8, 39);
		group_fold_ops.row(t, r);
		has += cases[i].has;
		assert_int_equal(group_rows(t), has);
		assert_int_equal(group_lacking(t), i + 1 - has);
	}
	assert_int_equal(group_count(t), 1);
	group_free(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		schema_free(schemas[i]);
	group_spec_free(s);
	world_free(w);
}

/* On another kind of machine the number is another call, whose name nobody here knows. */
static void test_foreign_syscalls(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("syscall, id", "last(id)");
	struct group_conf c = { .spec = s };
	struct group_table *t = group_new(&c);
	struct schema_set *set = schema_set_new((struct machine) { .long_size = 8 });
	struct row *r = &w->rows[0];
	struct strbuf b = { 0 };

	(void)state;
	r->schema = schema_set_add(set, syscall_schema("raw_syscalls", "sys_enter", "id"));
	r->size = 12;
	store_u32(w->bytes[0] + 8, SYS_getpid);
	group_fold_ops.row(t, r);
	for (unsigned i = 0; i < 3; i++)
		group_text(t, 0, i, &b);
	assert_string_equal(b.s, "getpidgetpidgetpid");
	schema_set_foreign(set);
	for (unsigned i = 0; i < 3; i++) {
		char number[16];

		strbuf_clear(&b);
		group_text(t, 0, i, &b);
		snprintf(number, sizeof(number), "%d", SYS_getpid);
		assert_string_equal(b.s, number);
	}
	strbuf_done(&b);
	group_free(t);
	schema_set_free(set);
	group_spec_free(s);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_events),
		cmocka_unit_test(test_syscalls),
		cmocka_unit_test(test_foreign_syscalls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

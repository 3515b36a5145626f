/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of BPF programs say whose they are: threads that nothing else told of are known by them,
 * and where births are not heard of also who has a tid after somebody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/identity.h"
#include "core/util.h"

#define COMMON                                                                                     \
	"format:\n"                                                                                \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char event_format[] =
    "name: open\nID: 5\n" COMMON "\tfield:s32 pid;\toffset:8;\tsize:4;\tsigned:1;\n"
    "\tfield:u32 uid;\toffset:12;\tsize:4;\tsigned:0;\n"
    "\tfield:char comm[16];\toffset:16;\tsize:16;\tsigned:0;\n\n"
    "print fmt: \"\"\n";

static const char newtask_format[] =
    "name: task_newtask\nID: 6\n" COMMON "\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n"
    "\tfield:char comm[16];\toffset:12;\tsize:16;\tsigned:0;\n"
    "\tfield:unsigned long clone_flags;\toffset:32;\tsize:8;"
    "\tsigned:0;\n\nprint fmt: \"\"\n";

struct scene {
	struct identity *id;
	struct schema_set *set;
	const struct schema *event, *newtask;
};

static const struct schema *add(struct schema_set *set, const char *system, const char *text)
{
	struct schema *s = NULL;

	assert_int_equal(schema_parse(system, text, strlen(text), set->machine, &s, NULL), 0);
	s->role = (uint8_t)identity_role(s);
	return schema_set_add(set, s);
}

static void scene_open(struct scene *s)
{
	struct identity_conf c = { .live = false };

	s->id = identity_new(&c);
	s->set = schema_set_new((struct machine) { .long_size = 8 });
	s->event = add(s->set, "bpf", event_format);
	s->newtask = add(s->set, "task", newtask_format);
}

static void scene_close(struct scene *s)
{
	identity_free(s->id);
	schema_set_free(s->set);
}

static void event(struct scene *s, uint64_t ts, int32_t tid, int32_t pid, const char *comm)
{
	uint8_t rec[32] = { 5 };

	store_u32(rec + 4, (uint32_t)tid);
	store_u32(rec + 8, (uint32_t)pid);
	store_u32(rec + 12, 1000);
	snprintf((char *)rec + 16, 16, "%s", comm);
	identity_learn(s->id, s->event, ts, rec, sizeof(rec));
}

static void newtask(struct scene *s, uint64_t ts, int32_t tid, const char *comm)
{
	uint8_t rec[40] = { 6 };

	store_u32(rec + 4, 1);
	store_u32(rec + 8, (uint32_t)tid);
	snprintf((char *)rec + 12, 16, "%s", comm);
	identity_learn(s->id, s->newtask, ts, rec, sizeof(rec));
}

static void test_role(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(s.event->role, ROLE_OWN);
	assert_int_equal(add(s.set, "other", event_format)->role, ROLE_NONE);
	assert_int_equal(s.newtask->role, ROLE_NEWTASK);
	scene_close(&s);
}

static void test_unknown_thread(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(identity_pid(s.id, 71, 1000), -1);
	event(&s, 1000, 71, 70, "worker");
	assert_int_equal(identity_pid(s.id, 71, 1000), 70);
	assert_int_equal(identity_pid(s.id, 70, 1000), 70);
	assert_string_equal(identity_comm(s.id, 71, 1000), "worker");
	assert_int_equal(identity_task(s.id, 71, 1000)->process->uid, 1000);
	/* What makes no sense tells nothing. */
	event(&s, 2000, 0, 70, "idle");
	event(&s, 2000, 72, -1, "x");
	event(&s, 2000, -5, 70, "x");
	assert_int_equal(identity_pid(s.id, 72, 2000), -1);
	scene_close(&s);
}

/* Without births: the tid comes again as another's, and names change. */
static void test_deaf(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	event(&s, 1000, 71, 70, "first");
	event(&s, 2000, 71, 70, "named");
	event(&s, 3000, 71, 71, "second");
	assert_int_equal(identity_pid(s.id, 71, 1500), 70);
	assert_int_equal(identity_pid(s.id, 71, 3000), 71);
	assert_string_equal(identity_comm(s.id, 71, 1500), "first");
	assert_string_equal(identity_comm(s.id, 71, 2500), "named");
	assert_string_equal(identity_comm(s.id, 71, 3000), "second");
	scene_close(&s);
}

/* Where births are heard of they are believed, not what a program calls a pid. */
static void test_births_are_believed(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	newtask(&s, 1000, 80, "born");
	event(&s, 2000, 80, 999, "other");
	assert_int_equal(identity_pid(s.id, 80, 2000), 80);
	assert_string_equal(identity_comm(s.id, 80, 2000), "born");
	event(&s, 500, 81, 81, "old");
	assert_int_equal(identity_pid(s.id, 81, 500), 81);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_role),
		cmocka_unit_test(test_unknown_thread),
		cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_births_are_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that move between control groups: where each was at a time, in whatever order it is
 * heard of, also through two instances, and where their children are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/who.h"
#include "tests/unit/task_fixture.h"

#define DOCKER "/docker/89aed606076dc0cb1158f88c134f97e93c254ec55e8637957f4ef86ae7aeb812"

static const char move_format[] =
    "name: cgroup_attach_task\nID: 538\nformat:\n" COMMON
    "\n\tfield:int dst_root;\toffset:8;\tsize:4;\tsigned:1;\n"
    "\tfield:int dst_level;\toffset:12;\tsize:4;\tsigned:1;\n"
    "\tfield:u64 dst_id;\toffset:16;\tsize:8;\tsigned:0;\n"
    "\tfield:int pid;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\tfield:__data_loc char[] dst_path;\toffset:28;\tsize:4;\tsigned:0;\n"
    "\tfield:__data_loc char[] comm;\toffset:32;\tsize:4;\tsigned:0;\n\nprint fmt: \"\"\n";

struct floor {
	struct desk d;
	struct schema *move;
};

static void open_floor(struct floor *f)
{
	struct machine m = { .long_size = 8 };

	desk_open(&f->d);
	assert_int_equal(
	    schema_parse("cgroup", move_format, strlen(move_format), m, &f->move, NULL), 0);
	f->move->role = (uint8_t)identity_role(f->move);
	assert_int_equal(f->move->role, ROLE_ATTACH);
}

static void close_floor(struct floor *f)
{
	schema_free(f->move);
	desk_close(&f->d);
}

static void move(struct floor *f, uint64_t ts, int root, int32_t pid, const char *path)
{
	uint8_t rec[512] = { 0 };
	uint32_t len = (uint32_t)strlen(path) + 1;

	store_u32(rec + 8, (uint32_t)root);
	store_u32(rec + 24, (uint32_t)pid);
	store_u32(rec + 28, len << 16 | 36);
	memcpy(rec + 36, path, len);
	identity_learn(f->d.fx.id, f->move, ts, rec, 36 + len);
}

static void born(struct floor *f, uint64_t ts, int32_t maker, int32_t pid)
{
	learn(&f->d.fx, rec_newtask(&f->d.fx, ts, maker, pid, "x", 0));
}

static const char *where(const struct floor *f, int32_t pid, uint64_t ts)
{
	const struct container *container;
	const char *cgroup;

	identity_place(process_of(&f->d, pid, ts), ts, &cgroup, &container);
	if (cgroup && !strcmp(cgroup, DOCKER))
		assert_string_equal(container->runtime, "docker");
	else
		assert_null(container);
	return cgroup ? cgroup : "?";
}

/* All orders of what happened to a process and its child lead to the same. */
static void test_any_order(void **state)
{
	unsigned order[5] = { 0, 1, 2, 3, 4 };

	(void)state;
	for (unsigned n = 0; n < 120; n++) {
		struct floor f;
		unsigned left[5] = { 0, 1, 2, 3, 4 }, k = n;

		for (unsigned i = 5; i > 0; i--) {
			unsigned at = k % i;

			k /= i;
			order[5 - i] = left[at];
			memmove(&left[at], &left[at + 1], (i - at - 1) * sizeof(left[0]));
		}
		open_floor(&f);
		for (unsigned i = 0; i < 5; i++) {
			if (order[i] == 0)
				born(&f, 1000, 1, 40);
			else if (order[i] == 1)
				move(&f, 2000, 0, 40, "/a");
			else if (order[i] == 2)
				born(&f, 3000, 40, 50);
			else if (order[i] == 3)
				move(&f, 4000, 0, 40, DOCKER);
			else
				born(&f, 5000, 40, 60);
		}
		assert_string_equal(where(&f, 40, 1500), "?");
		assert_string_equal(where(&f, 40, 2000), "/a");
		assert_string_equal(where(&f, 40, 3999), "/a");
		assert_string_equal(where(&f, 40, 9000), DOCKER);
		assert_string_equal(where(&f, 50, 9000), "/a");
		assert_string_equal(where(&f, 60, 9000), DOCKER);
		close_floor(&f);
	}
}

/* Heard of twice, with times that are not quite the same, it moved once. */
static void test_twice(void **state)
{
	uint64_t from, until;
	struct floor f;

	(void)state;
	open_floor(&f);
	born(&f, 1000, 1, 40);
	move(&f, 5000, 0, 40, "/a");
	move(&f, 5200, 0, 40, "/a");
	move(&f, 4900, 0, 40, "/a");
	identity_span(f.d.fx.id, 40, 4950, &from, &until);
	assert_int_equal(from, 4900);
	assert_int_equal(until, UINT64_MAX);
	identity_span(f.d.fx.id, 40, 2000, &from, &until);
	assert_int_equal(from, 1000);
	assert_int_equal(until, 4900);
	close_floor(&f);
}

/* Of several hierarchies the one that says most. */
static void test_hierarchies(void **state)
{
	struct floor f;

	(void)state;
	open_floor(&f);
	born(&f, 1000, 1, 40);
	move(&f, 2000, 3, 40, "/devices");
	move(&f, 3000, 0, 40, "/two");
	move(&f, 3500, 3, 40, "/devices/x");
	assert_string_equal(where(&f, 40, 2500), "/devices");
	assert_string_equal(where(&f, 40, 3600), "/two");
	move(&f, 4000, 3, 40, DOCKER);
	assert_string_equal(where(&f, 40, 4000), DOCKER);
	move(&f, 4500, 0, 40, "/three");
	assert_string_equal(where(&f, 40, 4600), DOCKER);
	move(&f, 5000, 3, 40, "/");
	assert_string_equal(where(&f, 40, 5000), "/");
	close_floor(&f);
}

/* The id is another's later: what is heard before his birth goes to him. */
static void test_reused(void **state)
{
	struct floor f;

	(void)state;
	open_floor(&f);
	born(&f, 1000 * 1000, 1, 40);
	move(&f, 1500 * 1000, 0, 40, "/old");
	move(&f, 4000 * 1000, 0, 40, "/new");
	born(&f, 3000 * 1000, 1, 40);
	learn(&f.d.fx, rec_exit(&f.d.fx, EXIT, 2000 * 1000, 40, "x", true));
	assert_string_equal(where(&f, 40, 1900 * 1000), "/old");
	assert_string_equal(where(&f, 40, 3500 * 1000), "?");
	assert_string_equal(where(&f, 40, 4500 * 1000), "/new");
	close_floor(&f);
}

/* Filters and groups ask here; many moves are bounded. */
static void test_asked(void **state)
{
	size_t tasks, processes, before, bytes, len;
	struct who *w = who_new();
	const char *s;
	struct floor f;
	char path[32];

	(void)state;
	open_floor(&f);
	born(&f, 1000, 1, 40);
	move(&f, 2000, 0, 40, DOCKER);
	move(&f, 3000, 0, 40, "/system.slice/a.service");
	s = who_text(w, who_process(w, f.d.fx.id, 40, 2500), WHO_CONTAINER, &len);
	assert_memory_equal(s, "89aed606076d", len);
	assert_int_equal(len, 12);
	s = who_text(w, who_process(w, f.d.fx.id, 40, 3500), WHO_UNIT, &len);
	assert_memory_equal(s, "a.service", len);
	s = who_text(w, who_process(w, f.d.fx.id, 40, 3500), WHO_CONTAINER, &len);
	assert_int_equal(len, 0);
	assert_null(who_text(w, who_process(w, f.d.fx.id, 40, 1500), WHO_CGROUP, &len));
	identity_stats(f.d.fx.id, &tasks, &processes, &before);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/group/%u", i);
		move(&f, 10000 + i, 0, 40, path);
	}
	identity_forget(f.d.fx.id, 9000);
	identity_stats(f.d.fx.id, &tasks, &processes, &bytes);
	assert_string_equal(where(&f, 40, 10998), "/group/998");
	assert_string_equal(where(&f, 40, 10950), "/group/950");
	who_free(w);
	close_floor(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),   cmocka_unit_test(test_twice),
		cmocka_unit_test(test_hierarchies), cmocka_unit_test(test_reused),
		cmocka_unit_test(test_asked),
	};

	return cmocka_run_group_tests_name("identity_standing", tests, NULL, NULL);
}

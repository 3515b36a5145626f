/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_fixture: schemas with a field of every kind, and an identity table that is a formula.
 *
 * The formula stands in for core/identity.c at link time: the filter's tests must know the
 * answer for every thread, the unknown ones too, without teaching a real table.
 */
#ifndef TESTS_UNIT_FILTER_FIXTURE_H
#define TESTS_UNIT_FILTER_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/filter.h"
#include "core/identity.h"
#include "core/schema.h"
#include "core/util.h"

/* ---- identity ---- */

/* Any address serves as the table. */
#define FIXTURE_IDENTITY ((const struct identity *)(uintptr_t)8)

int32_t identity_pid(const struct identity *id, int32_t tid, uint64_t ts)
{
	if (tid < 0 || tid % 5 == 4)
		return -1;
	/* A new process took the tid over at ts 1000. */
	return ts < 1000 ? tid / 4 * 4 : tid;
}

const char *identity_comm(const struct identity *id, int32_t tid, uint64_t ts)
{
	static const char *const names[] = { "bash", "kworker/0:1", "ba", "<...>", "x y" };

	return tid == 0 ? "<idle>" : tid < 0 ? "<...>" : names[tid % (int)ARRAY_SIZE(names)];
}

#define FIXTURE_CONTAINER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Every third thread's process is not known. Details are there after they were asked for. */
static unsigned fixture_details;

const struct task *identity_task(const struct identity *id, int32_t tid, uint64_t ts)
{
	static struct process p;
	static struct task t;
	static const char *const cgroups[] = { "/user.slice", NULL,
					       "/system.slice/docker-" FIXTURE_CONTAINER ".scope" };

	if (tid < 0 || tid % 3 == 2)
		return NULL;
	p = (struct process) { .pid = tid, .ppid = tid % 5 ? tid / 2 : -1, .index = (uint32_t)tid };
	p.uid = tid % 4 ? (uint32_t)tid % 2 : UINT32_MAX;
	p.exe = tid % 7 ? (tid % 2 ? "/usr/bin/bash" : "/ab") : NULL;
	p.cgroup = cgroups[tid % 4 % 3];
	t = (struct task) { .tid = tid, .process = &p };
	return &t;
}

void identity_place(const struct process *p, uint64_t ts, const char **cgroup,
		    const struct container **container)
{
	*cgroup = p->cgroup;
	*container = p->container;
}

bool identity_detail(struct identity *id, struct process *p)
{
	fixture_details++;
	return true;
}

/* What sets of processes ask; nobody made anybody, and the name is that of above. */
const struct process *identity_maker(const struct identity *id, const struct process *p,
				     uint32_t *ret_index)
{
	*ret_index = UINT32_MAX;
	return NULL;
}

uint64_t identity_named(const struct process *p, bool (*fn)(const char *comm, void *data),
			void *data)
{
	return fn(identity_comm(NULL, p->pid, 0), data) ? 0 : UINT64_MAX;
}

uint64_t identity_exe_since(const struct process *p)
{
	return 0;
}

void identity_each(struct identity *id, bool (*fn)(struct process *p, void *data), void *data)
{
}

void identity_watch(struct identity *id, struct identity_watch *w)
{
	w->identity = id;
}

void identity_unwatch(struct identity_watch *w)
{
}

/* ---- schemas ---- */

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* "name: value" names the fields so that one name has several types over the schemas. */
static const struct {
	const char *system;
	bool swap;
	const char *text;
} fixture_formats[] = {
	{ "sched", false,
	  "name: sched_switch\nID: 10\nformat:\n" COMMON
	  "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
	  "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	  "\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;\n"
	  "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
	  "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
	  "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n"
	  "\nprint fmt: \"\"\n" },
	{ "num", false,
	  "name: ints\nID: 11\nformat:\n" COMMON "\tfield:u8 a;\toffset:8;\tsize:1;\tsigned:0;\n"
	  "\tfield:s8 b;\toffset:9;\tsize:1;\tsigned:1;\n"
	  "\tfield:u16 c;\toffset:10;\tsize:2;\tsigned:0;\n"
	  "\tfield:s16 d;\toffset:12;\tsize:2;\tsigned:1;\n"
	  "\tfield:u32 e;\toffset:16;\tsize:4;\tsigned:0;\n"
	  "\tfield:s32 f;\toffset:20;\tsize:4;\tsigned:1;\n"
	  "\tfield:u64 g;\toffset:24;\tsize:8;\tsigned:0;\n"
	  "\tfield:s64 h;\toffset:32;\tsize:8;\tsigned:1;\n"
	  "\tfield:u32 arr[2];\toffset:40;\tsize:8;\tsigned:0;\n"
	  "\nprint fmt: \"\"\n" },
	{ "txt", false,
	  "name: texts\nID: 12\nformat:\n" COMMON
	  "\tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n"
	  "\tfield:__rel_loc char[] rel;\toffset:12;\tsize:4;\tsigned:0;\n"
	  "\tfield:char fixed[8];\toffset:16;\tsize:8;\tsigned:0;\n"
	  "\tfield:char a[4];\toffset:24;\tsize:4;\tsigned:0;\n"
	  "\tfield:u32 tid;\toffset:28;\tsize:4;\tsigned:0;\n"
	  "\tfield:fix6_t load;\toffset:32;\tsize:8;\tsigned:1;\n"
	  "\tfield:char tail[];\toffset:40;\tsize:0;\tsigned:0;\n"
	  "\nprint fmt: \"\"\n" },
	{ "swp", true,
	  "name: swapped\nID: 13\nformat:\n" COMMON
	  "\tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n"
	  "\tfield:u16 c;\toffset:12;\tsize:2;\tsigned:0;\n"
	  "\tfield:s16 d;\toffset:14;\tsize:2;\tsigned:1;\n"
	  "\tfield:u8 a;\toffset:16;\tsize:1;\tsigned:0;\n"
	  "\tfield:s32 f;\toffset:20;\tsize:4;\tsigned:1;\n"
	  "\tfield:u64 g;\toffset:24;\tsize:8;\tsigned:0;\n"
	  "\tfield:char fixed[8];\toffset:32;\tsize:8;\tsigned:0;\n"
	  "\nprint fmt: \"\"\n" },
	{ "9p", false,
	  "name: 9p_client_req\nID: 14\nformat:\n" COMMON
	  "\tfield:u8 a;\toffset:8;\tsize:1;\tsigned:0;\n"
	  "\nprint fmt: \"\"\n" },
};

enum { SWITCH, INTS, TEXTS, SWAPPED, DIGIT, FIXTURE_SCHEMAS };

struct fixture {
	struct schema_set *set; /* owns the schemas */
	const struct schema *schema[FIXTURE_SCHEMAS];
};

static struct fixture fixture_new(void)
{
	struct fixture fx = { .set = schema_set_new((struct machine) { .long_size = 8 }) };

	for (size_t i = 0; i < FIXTURE_SCHEMAS; i++) {
		struct machine m = { .long_size = 8, .swap = fixture_formats[i].swap };
		const char *text = fixture_formats[i].text;
		struct schema *s = NULL;
		struct err e = ERR_INIT;

		if (schema_parse(fixture_formats[i].system, text, strlen(text), m, &s, &e) < 0)
			fail_msg("format %zu: %s", i, e.text);
		fx.schema[i] = schema_set_add(fx.set, s);
	}
	return fx;
}

static void fixture_done(struct fixture *fx)
{
	schema_set_free(fx->set);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_fixture: the event of a program that there is not, its schema and layout, and the programs'
 * own code that asks it what a plan wants (bpf/tap_filter.h), with this process for the kernel.
 */
#ifndef TESTS_UNIT_CODE_FIXTURE_H
#define TESTS_UNIT_CODE_FIXTURE_H

#include "tests/unit/filter_fixture.h"

#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>

#include "bpf/code_cgroup.h"
#include "bpf/code_plan.h"

/* ---- the programs' side ---- */

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

static const void *readable; /* an event, and how many of its bytes may be read */
static size_t readable_size;

static long bpf_probe_read_kernel(void *to, __u32 size, const void *from)
{
	const char *at = from, *begin = readable;

	if (at < begin || at + size > begin + readable_size)
		fail_msg("a test reads %u bytes from %zd of %zu", size, at - begin, readable_size);
	memcpy(to, from, size);
	return 0;
}

#define bpf_loop(count, fn, data, flags)                                                           \
	for (__u32 _i = 0; _i < (count) && !fn(_i, data); _i++)                                    \
		;

#include "bpf/tap_filter.h"

/* ---- control groups: one there is, one is made later, as the fixture's table has them ---- */

#define CODE_GROUP	  "/user.slice"
#define CODE_GROUP_LATER  "/system.slice/docker-" FIXTURE_CONTAINER ".scope"
#define CODE_GROUP_NEWEST 60

static bool no_groups; /* as where there is version 1 */

int code_cgroup_probe(struct err *e)
{
	return no_groups ? -ENOTSUP : 0;
}

int code_cgroup_newest(uint64_t *ret, struct err *e)
{
	*ret = CODE_GROUP_NEWEST;
	return 0;
}

int code_cgroup_id(const char *path, uint64_t *ret, struct err *e)
{
	*ret = 50;
	return strcmp(path, CODE_GROUP) ? -ENOENT : 0;
}

/* ---- the event ---- */

/* As struct tap_head begins, and something computed stands before it in the record. */
struct code_event {
	uint64_t ts, cgroup;
	uint32_t cpu;
	int32_t tid, pid;
	uint32_t uid;
	char comm[16];
	uint64_t latency;
	int64_t ret;
	char name[8];
	char path[48];
	uint32_t flags;
	int32_t level;
	uint16_t port;
	int8_t small;
	uint8_t byte;
	uint32_t addr; /* of IPv4 */
	uint8_t addr6[16];
	uint32_t text; /* tap_str */
};

#define CODE_SHIFT 8

#define CODE_FIELD(type, name, at, size, is_signed)                                                \
	"\tfield:" type " " name ";\toffset:" #at ";\tsize:" #size ";\tsigned:" #is_signed ";\n"

/* Offsets are those of the struct and 16 more. */
static const char code_format[] = "name: code\nID: 21\nformat:\n" COMMON /* 8 bytes */
    CODE_FIELD("u64", "bits", 8, 8, 0) CODE_FIELD("u64", "cgroup_id", 24, 8, 0)
	CODE_FIELD("u32", "uid", 44, 4, 0) CODE_FIELD("char", "comm[16]", 48, 16, 0)
	    CODE_FIELD("ns_t", "latency", 64, 8, 0) CODE_FIELD("s64", "ret", 72, 8, 1) CODE_FIELD(
		"char", "name[8]", 80, 8, 0) CODE_FIELD("char", "path[48]", 88, 48, 0)
		CODE_FIELD("u32", "flags", 136, 4, 0) CODE_FIELD("s32", "level", 140, 4, 1)
		    CODE_FIELD("u16", "port", 144, 2, 0) CODE_FIELD("s8", "small", 146, 1, 1)
			CODE_FIELD("u8", "byte", 147, 1, 0) CODE_FIELD("ip4_t", "addr", 148, 4, 0)
			    CODE_FIELD("ip6_t", "addr6", 152, 16, 0)
				CODE_FIELD("__data_loc char[]", "text", 168, 4,
					   0) "\nprint fmt: \"%s\", __print_flags(REC->flags, "
					      "\"|\", { 1, \"ONE\" }, { 2, \"TWO\" }, "
					      "{ 4, \"FOUR\" })\n";

#define CODE_PART(member)                                                                          \
	{                                                                                          \
		offsetof(struct code_event, member), sizeof(((struct code_event *)0)->member)      \
	}

static const struct layout code_layout = {
	.size = sizeof(struct code_event),
	.shift = CODE_SHIFT,
	.time = CODE_PART(ts),
	.cpu = CODE_PART(cpu),
	.tid = CODE_PART(tid),
	.pid = CODE_PART(pid),
	.comm = CODE_PART(comm),
	.uid = CODE_PART(uid),
	.cgroup = CODE_PART(cgroup),
};

static struct schema *code_schema(void)
{
	struct machine m = { .long_size = 8 };
	struct schema *s = NULL;
	struct err e = ERR_INIT;

	if (schema_parse("bpf", code_format, strlen(code_format), m, &s, &e) < 0)
		fail_msg("%s", e.text);
	return s;
}

static struct filter *code_filter(const char *text)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("%s", e.text);
	return f;
}

/* What a program does with an event: the processes, its head, and then all of it. */
static bool code_passes(const struct code_plan *p, const struct code_event *ev)
{
	const struct tap_control *c = &p->control;
	bool listed = !c->by_pids;

	for (size_t i = 0; i < p->pid_count; i++)
		listed |= p->pids[i] == ev->pid;
	if (!listed)
		return false;
	readable = ev;
	readable_size = TAP_HEAD;
	if (c->who.tests && !tap_head_passes(&c->who, ev))
		return false;
	readable_size = sizeof(*ev);
	return !c->all.tests || tap_passes(&c->all, ev, sizeof(*ev));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * comm_count: how many system calls are made, by the name of who makes them. The least that can be
 * counted, at the least cost.
 */
#include "bpf/tap_table.h"

struct comm_key {
	char comm[16];
};

struct comm_value {
	__u64 calls;
};

TAP_TABLE(counts, struct comm_key, struct comm_value);
TAP_SAYS("blurb = how many system calls, by command: the cheapest count\n"
	 "table = counts\n"
	 "count = calls\n");

SEC("raw_tp/sys_enter")
int enter(void *ctx)
{
	struct comm_value *v;
	struct tap_head head;

	if (!tap_begin_count(&head))
		return 0;
	v = tap_entry(counts, head.comm, struct comm_value);
	if (v)
		v->calls++;
	return 0;
}

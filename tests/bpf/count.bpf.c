/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * count: a hash that counts and an array that is a histogram; stacks and scratch are no tables.
 */
#include "tests/bpf/common.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

struct slots {
	__u64 slots[27];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slots);
} sizes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

SEC("raw_tp/sys_enter")
int on_enter(__u64 *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32, zero = 0;
	__u64 one = 1, *n = bpf_map_lookup_elem(&calls, &pid);
	struct slots *s = bpf_map_lookup_elem(&sizes, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&calls, &pid, &one, BPF_NOEXIST);
	if (s)
		__sync_fetch_and_add(&s->slots[ctx[1] & 15], 1);
	bpf_get_stackid(ctx, &stacks, 0);
	return 0;
}

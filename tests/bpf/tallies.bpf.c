/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tallies: the least that counts: calls by process and name in a hash, sizes of writes by powers of
 * two in an array of one struct, as the tools of bcc have them. One process alone where it is said.
 */
#include "tests/bpf/common.h"

#define SLOTS 27

struct key {
	__u32 pid;
	char comm[16];
};

struct hist {
	__u32 slots[SLOTS];
};

struct write_args {
	__u64 common;
	__u64 nr;
	__u64 fd;
	__u64 buf;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct key);
	__type(value, __u64);
} writes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hist);
} sizes SEC(".maps");

const volatile int targ_pid = 0;

static __u32 log2_of(__u64 v)
{
	__u32 n = 0;

	for (int i = 0; i < 32 && v > 1; i++) {
		v >>= 1;
		n++;
	}
	return n < SLOTS ? n : SLOTS - 1;
}

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(struct write_args *ctx)
{
	__u64 one = 1, *n;
	struct key k = { .pid = bpf_get_current_pid_tgid() >> 32 };
	__u32 zero = 0, slot = log2_of(ctx->count);
	struct hist *h = bpf_map_lookup_elem(&sizes, &zero);

	if (targ_pid && k.pid != (__u32)targ_pid)
		return 0;
	bpf_get_current_comm(&k.comm, sizeof(k.comm));
	n = bpf_map_lookup_elem(&writes, &k);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&writes, &k, &one, BPF_ANY);
	if (h && slot < SLOTS)
		__sync_fetch_and_add(&h->slots[slot], 1);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refused: reads where it may not; the verifier must say so.
 */
#include "tests/bpf/common.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

SEC("raw_tp/sys_enter")
int unsafe(void *ctx)
{
	__u32 key = 1;
	__u64 *v = bpf_map_lookup_elem(&seen, &key);

	return *v > 5; /* it may not be there */
}

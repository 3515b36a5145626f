/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * missing: a tracepoint that no kernel has.
 */
#include "tests/bpf/common.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("tracepoint/sched/no_such_event")
int on_nothing(void *ctx)
{
	__u64 v = 1;

	bpf_ringbuf_output(&events, &v, sizeof(v), 0);
	return 0;
}

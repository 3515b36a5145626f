/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perfbuf: a perf buffer, its type kept by a global that nobody uses.
 */
#include "tests/bpf/common.h"

struct signal_event {
	__u64 ts;
	__u32 pid;
	__u32 tid;
	char comm[16];
};

const struct signal_event *unused_signal_event __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

__u64 lost_events;

SEC("raw_tp/sys_enter")
int on_enter(__u64 *ctx)
{
	struct signal_event e = {};
	__u64 id;

	if (ctx[1] != 62) /* kill, on x86 */
		return 0;
	id = bpf_get_current_pid_tgid();
	e.ts = bpf_ktime_get_ns();
	e.pid = id >> 32;
	e.tid = (__u32)id;
	bpf_get_current_comm(&e.comm, sizeof(e.comm));
	if (bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e)))
		__sync_fetch_and_add(&lost_events, 1);
	return 0;
}

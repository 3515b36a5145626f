/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uprobe: a function of a library of programs, named by the section alone.
 */
#include "tests/bpf/common.h"

struct call_event {
	__u32 pid;
	__u32 tid;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
	__type(value, struct call_event);
} calls SEC(".maps");

SEC("uprobe/libc.so.6:getppid")
int on_getppid(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct call_event e = { id >> 32, (__u32)id };

	bpf_ringbuf_output(&calls, &e, sizeof(e), 0);
	return 0;
}

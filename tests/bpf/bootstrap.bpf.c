/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bootstrap: in the way of libbpf-bootstrap's first example. Its struct event is nowhere but in
 * DWARF: ring buffers have no type of values.
 */
#include "tests/bpf/common.h"

struct event {
	int pid;
	int tid;
	unsigned exit_code;
	unsigned long long duration_ns;
	char comm[16];
	_Bool exit_event;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u64);
} exec_start SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} rb SEC(".maps");

const volatile unsigned long long min_duration_ns = 0;

SEC("tp/sched/sched_process_exec")
int handle_exec(void *ctx)
{
	__u64 ts = bpf_ktime_get_ns(), id = bpf_get_current_pid_tgid();
	__u32 pid = id >> 32;
	struct event *e;

	bpf_map_update_elem(&exec_start, &pid, &ts, BPF_ANY);
	if (min_duration_ns)
		return 0;
	e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);
	if (!e)
		return 0;
	e->exit_event = 0;
	e->pid = pid;
	e->tid = (__u32)id;
	e->exit_code = 0;
	e->duration_ns = 0;
	bpf_get_current_comm(&e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), *start;
	__u32 pid = id >> 32;
	struct event *e;

	if (pid != (__u32)id)
		return 0;
	start = bpf_map_lookup_elem(&exec_start, &pid);
	if (min_duration_ns && (!start || bpf_ktime_get_ns() - *start < min_duration_ns))
		return 0;
	e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);
	if (!e)
		return 0;
	e->exit_event = 1;
	e->pid = pid;
	e->tid = pid;
	e->exit_code = 0;
	e->duration_ns = start ? bpf_ktime_get_ns() - *start : 0;
	bpf_get_current_comm(&e->comm, sizeof(e->comm));
	bpf_map_delete_elem(&exec_start, &pid);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

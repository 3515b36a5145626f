/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscalls_count: system calls counted in the kernel, by process and call.
 */
#define CALL_ARGS false
#include "bpf/calls.h"
#include "bpf/tap_table.h"

struct syscall_key {
	char comm[16];
	syscall_t id;
	__s32 pid;
};

struct syscall_value {
	struct tap_times;
	__u64 errors;
};

TAP_TABLE(counts, struct syscall_key, struct syscall_value);
TAP_SAYS("blurb = system calls by process: how many, how many failed, how long\n"
	 "table = counts\n"
	 "count = count, errors, total\n"
	 "histogram = slots ns\n"
	 "hide = slots\n"
	 "option.by_pid = flag Every process apart; off: by command, and pid is 0\n" CALL_SAYS);

const volatile bool by_pid = true;

static __always_inline void call_returned(const struct call *call, __u64 start, long ret)
{
	struct syscall_key key = {};
	struct syscall_value *v;
	struct tap_head head;

	if (!tap_begin_count(&head))
		return;
	__builtin_memcpy(key.comm, head.comm, sizeof(key.comm));
	key.id = call->id;
	key.pid = by_pid ? head.pid : 0;
	v = tap_entry(counts, &key, struct syscall_value);
	if (!v)
		return;
	v->errors += call_failed(ret);
	tap_add_time((struct tap_times *)&v->count, bpf_ktime_get_ns() - start);
}

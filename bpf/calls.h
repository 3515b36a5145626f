/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls: system calls from their beginning to their end, for the programs that measure them.
 *
 * Whoever includes it says before what becomes of a call that returned (call_returned), and whether
 * arguments are wanted (CALL_ARGS). A call that never returns (exit) is not seen, nor is one that
 * had begun before. A number is taken for one of the machine's own calls, so those of 32-bit
 * programs on a 64-bit kernel have wrong names, as they have in raw_syscalls.
 */
#ifndef BPF_CALLS_H
#define BPF_CALLS_H

#include "bpf/regs.h"
#include "bpf/tap.h"

/* Which system call it is. */
typedef __s64 syscall_t;

/* What a thread is in the middle of. */
struct call {
	__u64 start; /* 0: it is not known */
	__s64 id;
	__u64 args[6];
};

/* A call of who runs now returned; start is when it began. */
static __always_inline void call_returned(const struct call *call, __u64 start, long ret);

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls SEC(".maps");

const volatile __s32 nr = -1;

#define CALL_SAYS "option.nr = number -1..4095 Only the system call of this number; -1: all\n"

SEC("tp_btf/sys_enter")
int BPF_PROG(call_enter, struct pt_regs *regs, long id)
{
	const struct tap_control *c = tap_controls();
	struct call *call;

	if (nr >= 0 && id != nr)
		return 0;
	if (!c || !tap_wants_pid(c, bpf_get_current_pid_tgid() >> 32))
		return 0;
	call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!call) {
		tap_count(missed);
		return 0;
	}
	call->id = id;
	if (CALL_ARGS)
		regs_args(regs, call->args);
	call->start = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(call_exit, struct pt_regs *regs, long ret)
{
	struct call *call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0, 0);
	__u64 start;

	if (!call || !call->start)
		return 0;
	/* Wanted now or not, it must not be taken for the beginning of a later call. */
	start = call->start;
	call->start = 0;
	call_returned(call, start, ret);
	return 0;
}

static __always_inline bool call_failed(long ret)
{
	return ret < 0 && ret >= -4095;
}

#endif

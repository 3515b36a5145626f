/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscalls: every system call with its arguments, result and latency.
 */
#define CALL_ARGS true
#include "bpf/calls.h"

struct syscall_event {
	struct tap_head;
	syscall_t id;
	__u64 args[6];
	__s64 ret;
	ns_t latency;
};

TAP_EVENTS(struct syscall_event);
TAP_SAYS("blurb = system calls: arguments, result, latency\n"
	 "type.ret = errno_t\n"
	 "option.least = ns Only calls that took at least so long\n"
	 "option.failed = flag Only calls that failed\n" CALL_SAYS);

const volatile __u64 least = 0;
const volatile bool failed = false;

static __always_inline void call_returned(const struct call *call, __u64 start, long ret)
{
	struct syscall_event e;

	if (failed && !call_failed(ret))
		return;
	if (least && bpf_ktime_get_ns() - start < least)
		return;
	if (!tap_begin((struct tap_head *)&e))
		return;
	e.id = call->id;
	__builtin_memcpy(e.args, call->args, sizeof(e.args));
	e.ret = ret;
	e.latency = e.ts - start;
	tap_send(&e, sizeof(e));
}

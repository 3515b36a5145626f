/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open: files that are opened, by which path, with what outcome and how long it took.
 */
#include "bpf/tap.h"

#define PATH_MAX 4096

struct open_event {
	struct tap_head;
	ns_t latency;
	__s32 dfd;
	__u32 flags;
	__u32 mode;
	__s32 result; /* the descriptor, or an error below 0 */
	tap_str path;
	char data[];
};

TAP_EVENTS(struct open_event);
TAP_SAYS("blurb = files being opened: path, flags, result, latency\n");

struct syscall_enter {
	__u64 common;
	__s64 nr;
	__u64 args[6];
};

SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct syscall_enter *ctx)
{
	struct open_event e = {};

	if (!tap_begin((struct tap_head *)&e))
		return 0;
	e.dfd = ctx->args[0];
	e.flags = ctx->args[2];
	tap_send(&e, sizeof(e));
	return 0;
}

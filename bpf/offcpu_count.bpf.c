/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offcpu_count: times that threads were off CPU, counted in the kernel by command and reason.
 */
#include "bpf/tap.h"

struct off {
	__u64 since; /* 0: it is not off */
	__u64 state; /* enum off_state */
};

#include "bpf/offcpu.h"
#include "bpf/tap_table.h"

struct off_key {
	char comm[16];
	enum off_state state;
	__s32 pid;
};

TAP_TABLE(counts, struct off_key, struct tap_times);
TAP_SAYS("blurb = times off CPU, by command and reason: how many, how long\n"
	 "table = counts\n"
	 "count = count, total\n"
	 "histogram = slots ns\n"
	 "hide = slots\n"
	 "option.by_pid = flag Every process apart; off: by command, and pid is 0\n");

const volatile bool by_pid = false;

static __always_inline void off_left(void *ctx, struct off *off)
{
}

static __always_inline void off_back(struct task_struct *next, const struct off *off, __u64 since)
{
	struct off_key key = {};
	struct tap_times *t;

	if (!tap_begin_count_task(next, key.comm))
		return;
	key.state = off->state;
	key.pid = by_pid ? next->tgid : 0;
	t = tap_entry(counts, &key, struct tap_times);
	if (t)
		tap_add_time(t, bpf_ktime_get_ns() - since);
}

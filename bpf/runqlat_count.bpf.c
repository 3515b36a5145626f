/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runqlat_count: waits for a CPU counted in the kernel, by command.
 */
#include "bpf/runq.h"
#include "bpf/tap_table.h"

struct runq_key {
	char comm[16];
	enum runq_why why;
	__s32 pid;
};

TAP_TABLE(counts, struct runq_key, struct tap_times);
TAP_SAYS("blurb = waits for a CPU, by command: how many, how long\n"
	 "table = counts\n"
	 "count = count, total\n"
	 "histogram = slots ns\n"
	 "hide = slots\n"
	 "option.by_pid = flag Every process apart; off: by command, and pid is 0\n");

const volatile bool by_pid = false;

static __always_inline void runq_waited(struct task_struct *prev, struct task_struct *next,
					const struct runq_wait *w, __u64 now)
{
	struct runq_key key = {};
	struct tap_times *t;

	if (!tap_begin_count_task(next, key.comm))
		return;
	key.why = w->why;
	key.pid = by_pid ? next->tgid : 0;
	t = tap_entry(counts, &key, struct tap_times);
	if (t)
		tap_add_time(t, now - w->since);
}

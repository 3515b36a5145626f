/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runqlat: threads that waited long for a CPU, and who had it.
 */
#include "bpf/runq.h"

struct runqlat_event {
	struct tap_head;
	ns_t latency;
	enum runq_why why;
	__s32 prio; /* the kernel's: 120 is nice 0, below 100 real-time */
	__s32 prev_pid;
	__s32 prev_tid;
	char prev_comm[16];
};

TAP_EVENTS(struct runqlat_event);
TAP_SAYS("blurb = threads that waited long for a CPU: how long, why, who ran\n"
	 "option.least = ns Only waits of at least so long\n");

const volatile __u64 least = 1000000;

static __always_inline void runq_waited(struct task_struct *prev, struct task_struct *next,
					const struct runq_wait *w, __u64 now)
{
	struct runqlat_event e = {};

	if (now - w->since < least || !tap_begin_task((struct tap_head *)&e, next))
		return;
	e.ts = now;
	e.latency = now - w->since;
	e.why = w->why;
	e.prio = next->prio;
	e.prev_pid = prev->tgid;
	e.prev_tid = prev->pid;
	BPF_CORE_READ_STR_INTO(&e.prev_comm, prev, comm);
	tap_send(&e, sizeof(e));
}

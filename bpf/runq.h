/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runq: how long threads wait for a CPU, for the programs that measure it.
 *
 * A thread waits from when it is woken, born, or switched out though it could go on, until it is
 * switched to. Whoever includes this says before what becomes of it (runq_waited).
 */
#ifndef BPF_RUNQ_H
#define BPF_RUNQ_H

#include "bpf/tap_thread.h"

enum runq_why { woken, preempted, born };

struct runq_wait {
	__u64 since; /* 0: it does not wait */
	__u32 why;   /* enum runq_why */
};

/* A thread waited until now, for prev among others. */
static __always_inline void runq_waited(struct task_struct *prev, struct task_struct *next,
					const struct runq_wait *w, __u64 now);

TAP_THREADS(waits, struct runq_wait);

static __always_inline void runq_begin(struct task_struct *task, enum runq_why why)
{
	const struct tap_control *c = tap_controls();
	struct runq_wait *w;

	if (!c || !task->pid || !tap_wants_pid(c, task->tgid))
		return;
	w = tap_thread(&waits, task->pid, &waits_empty);
	if (!w)
		return;
	w->why = why;
	w->since = bpf_ktime_get_ns();
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(runq_wakeup, struct task_struct *task)
{
	runq_begin(task, woken);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(runq_wakeup_new, struct task_struct *task)
{
	runq_begin(task, born);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(runq_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	struct runq_wait *w, was;
	__u32 tid = prev->pid;

	if (preempt || !prev_state) {
		runq_begin(prev, preempted);
	} else {
		/* It may have been woken while it still ran. */
		w = bpf_map_lookup_elem(&waits, &tid);
		if (w)
			w->since = 0;
	}
	tid = next->pid;
	w = bpf_map_lookup_elem(&waits, &tid);
	if (!w || !w->since)
		return 0;
	was = *w;
	w->since = 0;
	runq_waited(prev, next, &was, bpf_ktime_get_ns());
	return 0;
}

#endif

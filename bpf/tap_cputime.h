/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_cputime: how long threads have been on a CPU, in the program and in the kernel.
 *
 * The scheduler knows it in ns, but of who runs just now only up to his last tick or switch, and by
 * a clock that programs cannot read. So each time a thread is born, when the kernel has just looked
 * at that clock, tap_clock_seen notes how far it is from ours on that CPU. How much of the time was
 * spent in the kernel is an estimate from ticks, as everywhere.
 */
#ifndef BPF_TAP_CPUTIME_H
#define BPF_TAP_CPUTIME_H

#include "bpf/tap.h"

#define TAP_SLICE_MAX	20000000ull    /* ns from a tick to the next, at most */
#define TAP_CLOCK_AGE	10000000000ull /* ns after which the distance is not believed */
#define TAP_THREADS_MAX 16384	       /* that are gone and not yet counted by the kernel */

/* What the clock of a CPU's scheduler is behind ours. */
struct tap_clock {
	__u64 behind, seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tap_clock);
} tap_clocks SEC(".maps");

/* To be called on sched_wakeup_new with the thread that is born. */
static __always_inline void tap_clock_seen(const struct task_struct *task)
{
	__u64 clock = BPF_CORE_READ(task, se.cfs_rq, rq, clock_task), now = bpf_ktime_get_ns();
	__u32 zero = 0, cpu = BPF_CORE_READ(task, se.cfs_rq, rq, cpu);
	struct tap_clock *c = bpf_map_lookup_percpu_elem(&tap_clocks, &zero, cpu);

	if (!c || !clock)
		return;
	c->behind = now - clock;
	c->seen = now;
}

/* Time on the CPU by ticks, and in all. */
struct tap_cputime {
	__u64 user, system, all;
};

/* What the scheduler has not yet counted of who runs. */
static __always_inline __u64 tap_slice(const struct task_struct *task, __u64 now)
{
	__u32 zero = 0;
	const struct tap_clock *c = bpf_map_lookup_elem(&tap_clocks, &zero);
	__u64 ran;

	if (!c || !c->seen || now - c->seen > TAP_CLOCK_AGE)
		return 0;
	ran = now - c->behind - BPF_CORE_READ(task, se.exec_start);
	return ran < TAP_SLICE_MAX ? ran : 0;
}

static __always_inline void tap_cputime_add(struct tap_cputime *t, const struct task_struct *task)
{
	t->user += BPF_CORE_READ(task, utime);
	t->system += BPF_CORE_READ(task, stime);
	t->all += BPF_CORE_READ(task, se.sum_exec_runtime);
}

struct tap_threads {
	const struct list_head *at, *head;
	struct tap_cputime *sum;
};

static long tap_threads_step(__u32 unused, struct tap_threads *w)
{
	const struct list_head *at = w->at;
	const struct task_struct *task;

	if (at == w->head || !at)
		return 1;
	task = (const void *)at - bpf_core_field_offset(struct task_struct, thread_node);
	tap_cputime_add(w->sum, task);
	w->at = BPF_CORE_READ(at, next);
	return 0;
}

/* What a whole process had: its threads that are known, and those that are gone. */
static __always_inline void tap_cputime_process(struct tap_cputime *t,
						const struct task_struct *task)
{
	const struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct tap_threads w = {
		.head =
		    (const void *)signal + bpf_core_field_offset(struct signal_struct, thread_head),
		.at = BPF_CORE_READ(signal, thread_head.next),
		.sum = t,
	};

	t->user = BPF_CORE_READ(signal, utime);
	t->system = BPF_CORE_READ(signal, stime);
	t->all = BPF_CORE_READ(signal, sum_sched_runtime);
	bpf_loop(TAP_THREADS_MAX, tap_threads_step, &w, 0);
}

/* Divides all of it as the ticks are divided. */
static __always_inline void tap_cputime_split(struct tap_cputime *t)
{
	__u64 ticks = (t->user + t->system) >> 20, in_system = t->system >> 20;

	if (!t->system || !ticks)
		t->system = 0;
	else if (!t->user)
		t->system = t->all;
	else
		t->system = t->all / ticks * in_system + t->all % ticks * in_system / ticks;
	t->user = t->all - t->system;
}

#endif

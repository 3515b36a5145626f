/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offcpu: how long threads were off every CPU, for the programs that measure it.
 *
 * From when a thread is switched from until it is switched to: asleep, or waiting for a CPU.
 * Whoever includes this says before what is remembered of a thread that goes (struct off, with
 * since and state, and off_left) and what becomes of one that is back (off_back).
 */
#ifndef BPF_OFFCPU_H
#define BPF_OFFCPU_H

#include "bpf/tap_thread.h"

/* Why a thread does not run. */
enum off_state {
	preempted,	 /* it could */
	sleeping,	 /* until it is woken, or by a signal */
	uninterruptible, /* until it is woken; most often by a disk */
	idle,		 /* as that, but it has nothing to do */
	stopped,
	traced,
	parked,
	frozen,
	locked, /* by a lock of a real-time kernel */
	other,
};

/* The kernel's bits of a state; those of one that ends. */
#define OFF_DEAD 0x90

static __always_inline enum off_state off_state_of(bool preempt, __u32 bits)
{
	if (preempt || !bits)
		return preempted;
	if (bits & 0x8000)
		return frozen;
	if (bits & 1)
		return sleeping;
	if (bits & 2)
		return bits & 0x400 ? idle : uninterruptible;
	return bits & 4	       ? stopped
	       : bits & 8      ? traced
	       : bits & 0x40   ? parked
	       : bits & 0x1000 ? locked
			       : other;
}

/* Who runs now goes: takes what is wanted of it. */
static __always_inline void off_left(void *ctx, struct off *off);
/* A thread is back. */
static __always_inline void off_back(struct task_struct *next, const struct off *off, __u64 since);

TAP_THREADS(offs, struct off);

SEC("tp_btf/sched_switch")
int BPF_PROG(off_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	const struct tap_control *c = tap_controls();
	__u32 tid = next->pid;
	struct off *off = bpf_map_lookup_elem(&offs, &tid);
	__u64 since;

	if (off && off->since) {
		since = off->since;
		off->since = 0;
		off_back(next, off, since);
	}
	if (!c || !prev->pid || (!preempt && (prev_state & OFF_DEAD)) ||
	    !tap_wants_pid(c, prev->tgid))
		return 0;
	off = tap_thread(&offs, prev->pid, &offs_empty);
	if (!off)
		return 0;
	off->state = off_state_of(preempt, prev_state);
	off_left(ctx, off);
	off->since = bpf_ktime_get_ns();
	return 0;
}

#endif

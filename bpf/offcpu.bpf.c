/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offcpu: threads that were long off every CPU, why, and where they had gone to sleep.
 *
 * The kernel's stack is taken when the thread is back, where it still stands as it was left; the
 * program's can be read only while it runs, so it is taken each time a thread goes.
 */
#include "bpf/tap_stack.h"

struct off {
	__u64 since; /* 0: it is not off */
	__u32 state; /* enum off_state */
	__u32 ustack_size;
	__u64 ustack[TAP_STACK_ROOM / 8];
};

#include "bpf/offcpu.h"

struct offcpu_event {
	struct tap_head;
	ns_t latency;
	enum off_state state;
	__s32 prio; /* the kernel's: 120 is nice 0, below 100 real-time */
	tap_kstack kstack;
	tap_ustack ustack;
	char data[];
};

TAP_EVENTS(struct offcpu_event);
TAP_STACK_RECORDS(struct offcpu_event);
TAP_SAYS("blurb = threads that were long off CPU: how long, why, and where (stacks)\n"
	 "option.least = ns Only those that were away at least so long\n"
	 "option.most = ns Only those that were away at most so long; 0: no limit\n"
	 "option.kernel_stack = flag With the kernel's stack\n"
	 "option.user_stack = flag With the program's stack, which costs at every switch\n");

const volatile __u64 least = 10000000;
const volatile __u64 most = 0;
const volatile bool kernel_stack = true;
const volatile bool user_stack = true;

static __always_inline void off_left(void *ctx, struct off *off)
{
	if (user_stack)
		off->ustack_size = tap_stack(ctx, off->ustack, BPF_F_USER_STACK);
}

static __always_inline void off_back(struct task_struct *next, const struct off *off, __u64 since)
{
	__u64 latency = bpf_ktime_get_ns() - since;
	__u32 zero = 0, k = 0, u;
	struct offcpu_event *e;

	if (latency < least || (most && latency > most))
		return;
	e = bpf_map_lookup_elem(&records, &zero);
	if (!e || !tap_begin_task((struct tap_head *)e, next))
		return;
	e->latency = latency;
	e->state = off->state;
	e->prio = next->prio;
	if (kernel_stack)
		k = tap_stack_of(next, e + 1);
	u = tap_stack_copy((char *)(e + 1) + k, off->ustack, off->ustack_size);
	e->kstack = tap_stack_at(sizeof(*e), k);
	e->ustack = tap_stack_at(sizeof(*e) + k, u);
	tap_send(e, sizeof(*e) + k + u);
}

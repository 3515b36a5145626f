/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signal: signals that are sent, by whom and to whom.
 *
 * The row is of who runs. Where the code is SI_KERNEL or SI_TIMER, the kernel sends it and may do
 * so while anybody runs.
 */
#include "bpf/tap_signal.h"
#include "bpf/tap.h"

/* Where it comes from. What is not in here the kernel says of a fault, by a number of its own for
 * each signal. */
enum signal_code {
	SI_ASYNCNL = -60,
	SI_DETHREAD = -7,
	SI_TKILL = -6,
	SI_SIGIO = -5,
	SI_ASYNCIO = -4,
	SI_MESGQ = -3,
	SI_TIMER = -2,
	SI_QUEUE = -1,
	SI_USER = 0,
	SI_KERNEL = 128,
};

enum signal_to { process, thread };

/* As the kernel's enum { TRACE_SIGNAL_DELIVERED, ... }. */
enum signal_result {
	delivered,
	ignored,
	already_pending,
	overflow_fail, /* no memory: not queued */
	lose_info,     /* no memory: delivered without what belongs to it */
};

struct signal_event {
	struct tap_head;
	enum tap_signal signal;
	enum signal_code code;
	__s32 target_pid;
	__s32 target_tid;
	char target_comm[16];
	enum signal_to to;
	enum signal_result result;
};

TAP_EVENTS(struct signal_event);
TAP_SAYS("blurb = signals that are sent: by whom, to whom, why, with what result\n"
	 "option.signal = number 0..64 only this one; 0: all\n"
	 "print = \"%s to %s %s %d (%s %s)\", signal, to, target_comm, target_tid, code, result\n");

const volatile __s32 signal;

/* The kernel's own have no description, only one of these in its place. */
#define NO_INFO	  ((void *)0)
#define PRIV_INFO ((void *)1)

static __always_inline int code_of(struct kernel_siginfo *info)
{
	if (info == NO_INFO)
		return SI_USER;
	if (info == PRIV_INFO)
		return SI_KERNEL;
	return BPF_CORE_READ(info, si_code);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int number, struct kernel_siginfo *info, struct task_struct *task,
	     int group, int result)
{
	struct signal_event e = {};

	if ((signal && number != signal) || !tap_begin((struct tap_head *)&e))
		return 0;
	e.signal = number;
	e.code = code_of(info);
	e.target_pid = BPF_CORE_READ(task, tgid);
	e.target_tid = BPF_CORE_READ(task, pid);
	BPF_CORE_READ_STR_INTO(&e.target_comm, task, comm);
	e.to = group ? process : thread;
	e.result = result;
	tap_send(&e, sizeof(e));
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signal: signals that are sent, by whom and to whom.
 *
 * The row is of who runs. Where the code is SI_KERNEL or SI_TIMER, the kernel sends it and may do
 * so while anybody runs.
 */
#include "bpf/tap_signal.h"
#include "bpf/tap.h"

/* Why it comes: the si_code of who sends, or, of the kernel's own signals, with the number of the
 * signal above it, for each has codes of its own. */
#define OF(signal, code) ((signal) << 8 | (code))

enum signal_why {
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
	ILL_ILLOPC = OF(SIGILL, 1),
	ILL_ILLOPN = OF(SIGILL, 2),
	ILL_ILLADR = OF(SIGILL, 3),
	ILL_ILLTRP = OF(SIGILL, 4),
	ILL_PRVOPC = OF(SIGILL, 5),
	ILL_PRVREG = OF(SIGILL, 6),
	ILL_COPROC = OF(SIGILL, 7),
	ILL_BADSTK = OF(SIGILL, 8),
	FPE_INTDIV = OF(SIGFPE, 1),
	FPE_INTOVF = OF(SIGFPE, 2),
	FPE_FLTDIV = OF(SIGFPE, 3),
	FPE_FLTOVF = OF(SIGFPE, 4),
	FPE_FLTUND = OF(SIGFPE, 5),
	FPE_FLTRES = OF(SIGFPE, 6),
	FPE_FLTINV = OF(SIGFPE, 7),
	FPE_FLTSUB = OF(SIGFPE, 8),
	SEGV_MAPERR = OF(SIGSEGV, 1),
	SEGV_ACCERR = OF(SIGSEGV, 2),
	SEGV_BNDERR = OF(SIGSEGV, 3),
	SEGV_PKUERR = OF(SIGSEGV, 4),
	SEGV_MTEAERR = OF(SIGSEGV, 8),
	SEGV_MTESERR = OF(SIGSEGV, 9),
	SEGV_CPERR = OF(SIGSEGV, 10),
	BUS_ADRALN = OF(SIGBUS, 1),
	BUS_ADRERR = OF(SIGBUS, 2),
	BUS_OBJERR = OF(SIGBUS, 3),
	BUS_MCEERR_AR = OF(SIGBUS, 4),
	BUS_MCEERR_AO = OF(SIGBUS, 5),
	TRAP_BRKPT = OF(SIGTRAP, 1),
	TRAP_TRACE = OF(SIGTRAP, 2),
	TRAP_BRANCH = OF(SIGTRAP, 3),
	TRAP_HWBKPT = OF(SIGTRAP, 4),
	TRAP_UNK = OF(SIGTRAP, 5),
	TRAP_PERF = OF(SIGTRAP, 6),
	CLD_EXITED = OF(SIGCHLD, 1),
	CLD_KILLED = OF(SIGCHLD, 2),
	CLD_DUMPED = OF(SIGCHLD, 3),
	CLD_TRAPPED = OF(SIGCHLD, 4),
	CLD_STOPPED = OF(SIGCHLD, 5),
	CLD_CONTINUED = OF(SIGCHLD, 6),
	POLL_IN = OF(SIGIO, 1),
	POLL_OUT = OF(SIGIO, 2),
	POLL_MSG = OF(SIGIO, 3),
	POLL_ERR = OF(SIGIO, 4),
	POLL_PRI = OF(SIGIO, 5),
	POLL_HUP = OF(SIGIO, 6),
	SYS_SECCOMP = OF(SIGSYS, 1),
	SYS_USER_DISPATCH = OF(SIGSYS, 2),
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
	enum signal_why why;
	__s32 code; /* si_code */
	__s32 target_pid;
	__s32 target_tid;
	char target_comm[16];
	enum signal_to to;
	enum signal_result result;
};

TAP_EVENTS(struct signal_event);
TAP_SAYS("blurb = signals that are sent: by whom, to whom, why, with what result\n"
	 "option.signal = number 0..64 Only this one; 0: all\n"
	 "print = \"%s to %s %s %d: %s %s\", signal, to, target_comm, target_tid, why, result\n");

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
	e.why = e.code > 0 && e.code < SI_KERNEL ? OF(number, e.code) : e.code;
	e.target_pid = BPF_CORE_READ(task, tgid);
	e.target_tid = BPF_CORE_READ(task, pid);
	BPF_CORE_READ_STR_INTO(&e.target_comm, task, comm);
	e.to = group ? process : thread;
	e.result = result;
	tap_send(&e, sizeof(e));
	return 0;
}

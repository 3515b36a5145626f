/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exit: processes that end, how, after how long and with how much time on the CPU.
 *
 * A process ends with its last thread, and one row says so; of the others there are rows where they
 * are asked for.
 */
#include "bpf/tap_cputime.h"
#include "bpf/tap_page.h"
#include "bpf/tap_signal.h"

#define SIGNAL_GROUP_EXIT 4 /* of the kernel */

enum exit_of { process, thread };

struct exit_event {
	struct tap_head;
	ns_t lived;
	ns_t user;
	ns_t system;
	bytes_t max_rss;
	__s32 ppid;
	enum exit_of of;
	__u32 code;
	enum tap_signal signal; /* that it died of */
	bool core;
};

TAP_EVENTS(struct exit_event);
TAP_SAYS("blurb = processes that end: code or signal, life, time on the CPU, memory\n"
	 "option.threads = flag Also rows of threads that end before their process\n"
	 "print = \"%s ends: code=%u signal=%s lived=%llu user=%llu system=%llu max_rss=%llu\", "
	 "of, code, signal, lived, user, system, max_rss\n"
	 "title.ppid = parent pid\n");

const volatile bool threads;

/* Whose last thread was seen. */
struct ended {
	__u32 seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ended);
} ended SEC(".maps");

/* The mark of a process. Of two threads that make it at once one gets none, and finds that of the
 * other then. */
static __always_inline struct ended *mark(struct task_struct *leader)
{
	struct ended *e =
	    bpf_task_storage_get(&ended, leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return e ? e : bpf_task_storage_get(&ended, leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Two threads that end at once may both find that nobody is left: the process ends once. */
static __always_inline bool is_last(struct task_struct *task)
{
	struct ended *e;

	if (BPF_CORE_READ(task, signal, live.counter))
		return false;
	e = mark(task->group_leader);
	if (!e) {
		tap_count(missed);
		return true;
	}
	return !__sync_lock_test_and_set(&e->seen, 1);
}

/* How it ended, as wait(2) would tell the parent. */
static __always_inline void tell_status(struct exit_event *e, const struct task_struct *task)
{
	const struct signal_struct *signal = BPF_CORE_READ(task, signal);
	__u32 status = BPF_CORE_READ(task, exit_code);

	if (e->of == process) {
		status = BPF_CORE_READ(task, group_leader, exit_code);
		if (BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
			status = BPF_CORE_READ(signal, group_exit_code);
	}
	e->code = status >> 8 & 0xff;
	e->signal = status & 0x7f;
	e->core = status & 0x80;
}

static __always_inline void tell_times(struct exit_event *e, const struct task_struct *task)
{
	struct tap_cputime t = {};
	__u64 started = BPF_CORE_READ(task, start_time);

	if (e->of == process) {
		started = BPF_CORE_READ(task, group_leader, start_time);
		tap_cputime_process(&t, task);
	} else {
		tap_cputime_add(&t, task);
	}
	t.all += tap_slice(task, e->ts);
	tap_cputime_split(&t);
	e->lived = e->ts - started;
	e->user = t.user;
	e->system = t.system;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct exit_event e = {};

	e.of = is_last(task) ? process : thread;
	if ((e.of == thread && !threads) || !tap_begin((struct tap_head *)&e))
		return 0;
	e.ppid = BPF_CORE_READ(task, real_parent, tgid);
	e.max_rss = tap_pages(BPF_CORE_READ(task, signal, maxrss));
	tell_status(&e, task);
	tell_times(&e, task);
	tap_send(&e, sizeof(e));
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_birth, struct task_struct *task)
{
	tap_clock_seen(task);
	return 0;
}

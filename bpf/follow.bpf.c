/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * follow: no tracer, but what keeps the list of wanted processes (tap_pids) true while the children
 * of those in it are wanted too. It shares the map with the tracers.
 */
#include "bpf/tap.h"

/* No room, or no memory: nobody is kept out any more, which is less than was asked, not more. */
static __always_inline void let_everybody_pass(void)
{
	__u32 key = TAP_EVERYBODY;
	__u8 *value = bpf_map_lookup_elem(&tap_pids, &key);

	if (value)
		*value = 1;
	tap_count(missed);
}

/* Before the child runs. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 pid = child->tgid, from = parent->tgid;
	__u8 one = 1;

	if (pid == from || !bpf_map_lookup_elem(&tap_pids, &from))
		return 0;
	if (bpf_map_update_elem(&tap_pids, &pid, &one, BPF_ANY))
		let_everybody_pass();
	return 0;
}

/* When nothing is left of a process: on its way out it still has events. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct *task)
{
	__u32 pid = task->tgid;

	if (task->pid == task->tgid)
		bpf_map_delete_elem(&tap_pids, &pid);
	return 0;
}

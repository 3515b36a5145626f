/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_thread: what a program of the scheduler remembers of each thread.
 *
 * These programs run with locks of the scheduler held, where task storage cannot be made. An entry
 * is made once for a thread and stays until it ends, so that switches only look it up.
 */
#ifndef BPF_TAP_THREAD_H
#define BPF_TAP_THREAD_H

#include "bpf/tap.h"

#define TAP_THREADS_MAX 65536

/* A map by tid, and what ends its entries. One for each object. */
#define TAP_THREADS(name, value_type)                                                              \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__uint(max_entries, TAP_THREADS_MAX);                                              \
		__type(key, __u32);                                                                \
		__type(value, value_type);                                                         \
	} name SEC(".maps");                                                                       \
	static const value_type name##_empty;                                                      \
	SEC("tp_btf/sched_process_exit")                                                           \
	int BPF_PROG(name##_exit, struct task_struct *task)                                        \
	{                                                                                          \
		__u32 tid = task->pid;                                                             \
                                                                                                   \
		bpf_map_delete_elem(&name, &tid);                                                  \
		return 0;                                                                          \
	}                                                                                          \
	/* A thread that executes something takes its leader's number over. */                     \
	SEC("tp_btf/sched_process_exec")                                                           \
	int BPF_PROG(name##_exec, struct task_struct *task, int was)                               \
	{                                                                                          \
		__u32 tid = was;                                                                   \
                                                                                                   \
		if (was != task->pid)                                                              \
			bpf_map_delete_elem(&name, &tid);                                          \
		return 0;                                                                          \
	}

/* The entry of a thread, made when there is none; NULL: there was no room, which is counted. */
static __always_inline void *tap_thread(void *map, __u32 tid, const void *empty)
{
	void *value = bpf_map_lookup_elem(map, &tid);

	if (value)
		return value;
	bpf_map_update_elem(map, &tid, empty, BPF_NOEXIST);
	value = bpf_map_lookup_elem(map, &tid);
	if (!value)
		tap_count(missed);
	return value;
}

#endif

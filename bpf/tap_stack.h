/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_stack: stacks behind an event.
 *
 *	struct profile_event {
 *		struct tap_head;
 *		tap_kstack kstack;
 *		__u64 data[];
 *	};
 *
 * Such an event is built in a record of its own for each CPU (TAP_STACK_RECORDS), for it is more
 * than a program's stack takes.
 */
#ifndef BPF_TAP_STACK_H
#define BPF_TAP_STACK_H

#include "bpf/tap.h"

#define TAP_FRAMES     127 /* what the kernel takes at most, unless it is told otherwise */
#define TAP_STACK_SIZE (TAP_FRAMES * 8)
#define TAP_STACK_ROOM (TAP_STACK_SIZE + 8) /* a power of two: a mask bounds it */

/* Room for an event and both its stacks, named records. */
#define TAP_STACK_RECORDS(event_type)                                                              \
	struct stack_record {                                                                      \
		char bytes[sizeof(event_type) + 2 * TAP_STACK_ROOM];                               \
	};                                                                                         \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                           \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__type(value, struct stack_record);                                                \
	} records SEC(".maps")

/* Where and how much: for tap_kstack and tap_ustack, which name bytes at this place of the event.
 */
static __always_inline __u32 tap_stack_at(__u32 at, __u32 size)
{
	return size << 16 | (at + TAP_COMMON);
}

/* Bytes of a stack that a helper took; one as long as there is room was cut. */
static __always_inline __u32 tap_stack_taken(long size)
{
	if (size <= 0 || size > TAP_STACK_SIZE)
		return 0;
	if (size == TAP_STACK_SIZE)
		tap_count(cut);
	return size;
}

/* The stack of who runs now. Returns its bytes. */
static __always_inline __u32 tap_stack(void *ctx, void *to, __u64 flags)
{
	return tap_stack_taken(bpf_get_stack(ctx, to, TAP_STACK_SIZE, flags));
}

/* The kernel's stack of another thread, which does not run. */
static __always_inline __u32 tap_stack_of(struct task_struct *task, void *to)
{
	return tap_stack_taken(bpf_get_task_stack(task, to, TAP_STACK_SIZE, 0));
}

/* Copies a stack that was taken before, of at most TAP_STACK_SIZE bytes. Returns its bytes. */
static __always_inline __u32 tap_stack_copy(void *to, const void *from, __u64 size)
{
	/* The bound has to stand here, where old verifiers see it. */
	barrier_var(size);
	size &= TAP_STACK_ROOM - 1;
	return bpf_probe_read_kernel(to, size, from) ? 0 : size;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_table: what programs that count in the kernel begin with.
 *
 *	TAP_TABLE(counts, struct call_key, struct call_value);
 *
 *	struct call_value *v = tap_entry(counts, &key, struct call_value);
 *
 * Each CPU counts for itself, so nobody waits for anybody; whoever reads adds them up. Entries are
 * made when they are needed, and taken away by whoever reads when their process has ended.
 */
#ifndef BPF_TAP_TABLE_H
#define BPF_TAP_TABLE_H

#include "bpf/slot.h"
#include "bpf/tap.h"

#define TAP_TABLE(name, key_type, value_type)                                                      \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PERCPU_HASH);                                            \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__uint(max_entries, 16384);                                                        \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} name SEC(".maps");                                                                       \
	static const value_type name##_empty

/* This CPU's value of a key, made when there is none; NULL: there was no room, which is counted. */
#define tap_entry(name, key, value_type) ((value_type *)tap_entry_of(&(name), key, &name##_empty))

static __always_inline void *tap_entry_of(void *map, const void *key, const void *empty)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	/* Another CPU may have made it just now; then the lookup finds that one. */
	bpf_map_update_elem(map, key, empty, BPF_NOEXIST);
	value = bpf_map_lookup_elem(map, key);
	if (!value)
		tap_count(full);
	return value;
}

/* Times, as a table has them. */
struct tap_times {
	__u64 count;
	ns_t total;
	ns_t max;
	__u64 slots[TAP_SLOTS];
};

static __always_inline void tap_add_time(struct tap_times *t, __u64 ns)
{
	t->count++;
	t->total += ns;
	if (ns > t->max)
		t->max = ns;
	t->slots[tap_slot(ns)]++;
}

/*
 * Begins to count for who runs now; false: nobody wants it. Of the head only pid, tid and comm are
 * known afterwards.
 */
static __always_inline bool tap_begin_count(struct tap_head *head)
{
	const struct tap_control *c = tap_controls();
	__u64 id = bpf_get_current_pid_tgid();

	if (!c || !tap_wants_pid(c, id >> 32))
		return false;
	if (c->who.tests)
		return tap_begin(head);
	head->tid = (__u32)id;
	head->pid = id >> 32;
	/* Linux 6.1 writes nothing behind the NUL, and a key is all of its bytes. */
	__builtin_memset(head->comm, 0, sizeof(head->comm));
	bpf_get_current_comm(head->comm, sizeof(head->comm));
	return true;
}

/* The same for another thread, of which only the comm is said. */
static __always_inline bool tap_begin_count_task(struct task_struct *task, char comm[16])
{
	const struct tap_control *c = tap_controls();
	struct tap_head head;

	if (!c || !tap_wants_pid(c, task->tgid))
		return false;
	if (c->who.tests && !tap_begin_task(&head, task))
		return false;
	bpf_probe_read_kernel_str(comm, sizeof(head.comm), task->comm);
	return true;
}

#endif

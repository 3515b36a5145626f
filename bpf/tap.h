/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap: what every BPF program of ours begins with: the head of an event, the ring it goes to, the
 * filter it has to pass and the counters of what did not arrive.
 *
 *	struct open_event {
 *		struct tap_head;
 *		errno_t result;
 *		tap_str path;           text in data
 *		char data[];
 *	};
 *	TAP_EVENTS(struct open_event);
 *	TAP_SAYS("blurb = files being opened\n");
 *
 * A program calls tap_begin() before it does anything that costs time, fills an event, and gives it
 * to tap_send(). Type words (ns_t, errno_t, ...) say what a number means; enumerations and the
 * names of fields are what people read.
 */
#ifndef BPF_TAP_H
#define BPF_TAP_H

#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/code.h"
#include "bpf/tap_filter.h"

/* ---- type words: see the schema's ---- */

typedef __u64 ns_t;
typedef __u64 bytes_t;
typedef __s32 errno_t; /* 0, or an error below it */
typedef __u32 ip4_t;   /* in network order */
typedef struct {
	__u8 b[16];
} ip6_t;
typedef __u64 kaddr_t; /* an address in the kernel's text */
typedef __u64 uaddr_t; /* ... in the program's */
/* Bytes behind the fixed part: length << 16 | where in the record, which tap_text writes. */
typedef __u32 tap_str;	  /* text */
typedef __u32 tap_kstack; /* of kaddr_t, the innermost first */
typedef __u32 tap_ustack; /* of uaddr_t */

/* Of every event, at its beginning. */
struct tap_head {
	__u64 ts;     /* bpf_ktime_get_ns */
	__u64 cgroup; /* its id (v2) */
	__u32 cpu;
	__s32 tid;
	__s32 pid;
	__u32 uid;
	char comm[16];
};

_Static_assert(sizeof(struct tap_head) == TAP_HEAD, "tap_filter.h knows where all of it is");

char LICENSE[] SEC("license") = "GPL";

/* Lines "KEY = VALUE" for people and for the loader: see manifest.h. */
#define TAP_SAYS(text) const char tap_says[] SEC(".tapdeck") = text

/* ---- maps ---- */

/* The ring of a tracer; its size is set when it is loaded. */
#define TAP_EVENTS(event_type)                                                                     \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                \
		__uint(max_entries, 1 << 20);                                                      \
		__type(value, event_type);                                                         \
	} events SEC(".maps")

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tap_control);
} tap_control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tap_counts);
} tap_counts SEC(".maps");

/* Processes that are wanted, by their number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TAP_PIDS);
	__type(key, __u32);
	__type(value, __u8);
} tap_pids SEC(".maps");

static __always_inline struct tap_counts *tap_counted(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tap_counts, &zero);
}

#define tap_count(what)                                                                            \
	do {                                                                                       \
		struct tap_counts *_counts = tap_counted();                                        \
                                                                                                   \
		if (_counts)                                                                       \
			_counts->what++;                                                           \
	} while (0)

static __always_inline struct tap_control *tap_controls(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tap_control, &zero);
}

/* ---- whose event it is ---- */

/* Whether a process is in the list, or the list is void. */
static __always_inline bool tap_listed(const struct tap_control *c, __u32 pid)
{
	__u32 everybody = TAP_EVERYBODY;
	__u8 *value;

	if (bpf_map_lookup_elem(&tap_pids, &pid))
		return true;
	value = c->follow ? bpf_map_lookup_elem(&tap_pids, &everybody) : NULL;
	return value && *value;
}

/* Whether events of a process are wanted at all, as far as its number says. */
static __always_inline bool tap_wants_pid(const struct tap_control *c, __u32 pid)
{
	if (!c->on || pid == c->own || pid == c->loader || pid == c->guard)
		return false;
	return !c->by_pids || tap_listed(c, pid);
}

/* Whether an event is wanted as far as its head says; then the clock is looked at, too. */
static __always_inline bool tap_wants_head(const struct tap_control *c, struct tap_head *head)
{
	if (c->who.tests && !tap_head_passes(&c->who, head)) {
		tap_count(rejected);
		return false;
	}
	head->ts = bpf_ktime_get_ns();
	return true;
}

/* Fills a head, but for the time, with who runs now. */
static __always_inline void tap_emitter(struct tap_head *head)
{
	__u64 id = bpf_get_current_pid_tgid();

	head->cgroup = bpf_get_current_cgroup_id();
	head->cpu = bpf_get_smp_processor_id();
	head->tid = (__u32)id;
	head->pid = id >> 32;
	head->uid = (__u32)bpf_get_current_uid_gid();
	/* Linux 6.1 writes nothing behind the NUL, and a key is all of its bytes. */
	__builtin_memset(head->comm, 0, sizeof(head->comm));
	bpf_get_current_comm(head->comm, sizeof(head->comm));
}

/* Fills a head with who runs now, whether anybody wants it or not. */
static __always_inline void tap_who(struct tap_head *head)
{
	head->ts = bpf_ktime_get_ns();
	tap_emitter(head);
}

/* Begins an event of who runs now; false: nobody wants it. */
static __always_inline bool tap_begin(struct tap_head *head)
{
	const struct tap_control *c = tap_controls();

	if (!c || !tap_wants_pid(c, bpf_get_current_pid_tgid() >> 32))
		return false;
	tap_emitter(head);
	return tap_wants_head(c, head);
}

/* The same for who was here before, at the beginning of what ends now. */
static __always_inline bool tap_begin_again(struct tap_head *head, const struct tap_head *who)
{
	const struct tap_control *c = tap_controls();

	if (!c || !tap_wants_pid(c, who->pid))
		return false;
	*head = *who;
	head->cpu = bpf_get_smp_processor_id();
	return tap_wants_head(c, head);
}

/* The same for another thread. */
static __always_inline bool tap_begin_task(struct tap_head *head, struct task_struct *task)
{
	const struct tap_control *c = tap_controls();
	__u32 pid = BPF_CORE_READ(task, tgid);

	if (!c || !tap_wants_pid(c, pid))
		return false;
	head->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	head->cpu = bpf_get_smp_processor_id();
	head->tid = BPF_CORE_READ(task, pid);
	head->pid = pid;
	head->uid = BPF_CORE_READ(task, cred, uid.val);
	BPF_CORE_READ_STR_INTO(&head->comm, task, comm);
	return tap_wants_head(c, head);
}

/* ---- sending ---- */

/* Wakes the reader for the first event of an empty ring and when it fills: else he looks himself.
 */
static __always_inline __u64 tap_wakes(void *ring)
{
	__u64 held = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);

	return !held || held > bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) / 4 ? BPF_RB_FORCE_WAKEUP
									     : BPF_RB_NO_WAKEUP;
}

/* Gives an event of size bytes to the ring, if it passes. */
static __always_inline void tap_send_to(void *ring, void *event, __u64 size)
{
	const struct tap_control *c = tap_controls();

	if (!c)
		return;
	if (c->all.tests && !tap_passes(&c->all, event, size)) {
		tap_count(rejected);
		return;
	}
	if (bpf_ringbuf_output(ring, event, size, tap_wakes(ring)))
		tap_count(lost);
	else
		tap_count(events);
}

#define tap_send(event, size) tap_send_to(&events, event, size)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_cgroup: paths of control groups, as they stand below the mount of their hierarchy.
 */
#ifndef BPF_TAP_CGROUP_H
#define BPF_TAP_CGROUP_H

#include "bpf/tap_text.h"

#define TAP_CGROUP_DEEP 32
#define TAP_CGROUP_NAME 256 /* bytes of one name with its NUL */

/* The groups from one up to the root of its hierarchy. */
struct tap_cgroup_way {
	const struct kernfs_node *node[TAP_CGROUP_DEEP];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tap_cgroup_way);
} tap_cgroup_ways SEC(".maps");

struct tap_cgroup_walk {
	struct tap_cgroup_way *way;
	struct tap_room *room;
	const struct kernfs_node *at;
	__u32 deep, end;
};

/* Older kernels call it parent. */
struct kernfs_node___old {
	struct kernfs_node *parent;
} __attribute__((preserve_access_index));

static __always_inline const struct kernfs_node *tap_cgroup_parent(const struct kernfs_node *kn)
{
	const struct kernfs_node___old *old = (const void *)kn;

	if (bpf_core_field_exists(old->parent))
		return BPF_CORE_READ(old, parent);
	return BPF_CORE_READ(kn, __parent);
}

/* Notes a group and goes up; the root has no name in a path. */
static long tap_cgroup_up(__u32 i, struct tap_cgroup_walk *w)
{
	const struct kernfs_node *parent = tap_cgroup_parent(w->at);

	if (!parent || i >= TAP_CGROUP_DEEP)
		return 1;
	w->way->node[i] = w->at;
	w->at = parent;
	w->deep = i + 1;
	return 0;
}

/* Writes the names from the root down, the NUL of one under the slash of the next. */
static long tap_cgroup_down(__u32 i, struct tap_cgroup_walk *w)
{
	const struct kernfs_node *kn;
	__u32 from = w->deep - 1 - i, at = w->end;
	long n;

	if (from >= TAP_CGROUP_DEEP || at > TAP_ROOM - TAP_CGROUP_NAME - 1)
		return 1;
	kn = w->way->node[from];
	w->room->bytes[at] = '/';
	n = bpf_probe_read_kernel_str(w->room->bytes + at + 1, TAP_CGROUP_NAME,
				      BPF_CORE_READ(kn, name));
	if (n > 0)
		w->end = at + n;
	return n <= 0;
}

/* Puts the path of a group at a byte of the room. */
__noinline __u32 tap_cgroup_put(struct tap_room *r, __u32 at, __u64 kn)
{
	struct tap_cgroup_walk w = { .room = r, .at = (const void *)kn, .end = at };
	__u32 zero = 0;

	w.way = bpf_map_lookup_elem(&tap_cgroup_ways, &zero);
	if (!r || !w.way || at > TAP_ROOM - 2)
		return tap_place(at, 0);
	r->bytes[at] = '/';
	r->bytes[at + 1] = 0;
	bpf_loop(TAP_CGROUP_DEEP + 1, tap_cgroup_up, &w, 0);
	if (!w.deep)
		return tap_place(at, 2);
	bpf_loop(w.deep, tap_cgroup_down, &w, 0);
	if (tap_cgroup_parent(w.at))
		tap_count(cut);
	return tap_place(at, w.end + 1 - at);
}

/* Puts the path of a control group behind an event. Deeper ones than 32 lose their beginning. */
static __always_inline tap_str tap_text_cgroup(void *event, __u32 *size,
					       const struct kernfs_node *kn)
{
	tap_str place = tap_cgroup_put(event, *size, (__u64)kn);

	*size = tap_behind(place);
	return place;
}

#endif

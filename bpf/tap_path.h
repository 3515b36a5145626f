/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_path: the path of an open file or directory, as its process would name it.
 *
 * The kernel's own d_path is not for programs that trace. This walks from the entry up to the root
 * of the process, through mounts, and writes the names from the end of a room of this CPU to its
 * beginning. A rename at this moment can make it the old name of one directory and the new one of
 * another.
 */
#ifndef BPF_TAP_PATH_H
#define BPF_TAP_PATH_H

#include "bpf/tap_text.h"

#define TAP_PATH_MAX  4096 /* bytes, with the NUL */
#define TAP_PATH_DEEP 256  /* names and mounts */
#define TAP_NAME_MAX  255

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, TAP_PATH_MAX + TAP_NAME_MAX + 1);
} tap_path_rooms SEC(".maps");

struct tap_path_walk {
	const struct dentry *dentry, *root_dentry;
	const struct vfsmount *mnt, *root_mnt;
	char *room;
	__u32 at; /* where in the room the path begins */
	bool done;
};

/* Steps from the root of a mount to where it is mounted; 1: there is nothing above it. */
static __always_inline long tap_path_mount(struct tap_path_walk *w)
{
	const struct mount *m = (const void *)w->mnt - bpf_core_field_offset(struct mount, mnt);
	const struct mount *parent = BPF_CORE_READ(m, mnt_parent);

	if (parent == m || !parent) {
		w->done = true;
		return 1;
	}
	w->dentry = BPF_CORE_READ(m, mnt_mountpoint);
	w->mnt = (const void *)parent + bpf_core_field_offset(struct mount, mnt);
	return 0;
}

/* Writes the name of an entry before what is there; 1: there is no room. */
static __always_inline long tap_path_name(struct tap_path_walk *w)
{
	const struct dentry *d = w->dentry;
	const unsigned char *name = BPF_CORE_READ(d, d_name.name);
	__u32 n = BPF_CORE_READ(d, d_name.len);
	__u32 at = w->at;

	if (n > TAP_NAME_MAX || n >= at || at > TAP_PATH_MAX)
		return 1;
	at -= n + 1;
	if (at > TAP_PATH_MAX)
		return 1;
	w->room[at] = '/';
	bpf_probe_read_kernel(w->room + at + 1, n, name);
	w->at = at;
	return 0;
}

/* One name, or one mount. */
static long tap_path_step(__u32 unused, struct tap_path_walk *w)
{
	const struct dentry *d = w->dentry, *parent;
	const struct vfsmount *mnt = w->mnt;

	if (d == w->root_dentry && mnt == w->root_mnt) {
		w->done = true;
		return 1;
	}
	if (d == BPF_CORE_READ(mnt, mnt_root))
		return tap_path_mount(w);
	parent = BPF_CORE_READ(d, d_parent);
	if (parent == d || !parent) {
		w->done = true;
		return 1;
	}
	if (tap_path_name(w))
		return 1;
	w->dentry = parent;
	return 0;
}

/* Where the path begins that the walk left: "/" for the root itself, "…" before what is too deep.
 */
static __always_inline __u32 tap_path_begin(struct tap_path_walk *w, __u32 end)
{
	__u32 at = w->at;

	if (w->done && at < end)
		return at;
	if (w->done && at && at <= TAP_PATH_MAX) {
		w->room[at - 1] = '/';
		return at - 1;
	}
	tap_count(cut);
	if (at < 3 || at > TAP_PATH_MAX)
		return at;
	w->room[at - 3] = (char)0xe2;
	w->room[at - 2] = (char)0x80;
	w->room[at - 1] = (char)0xa6;
	return at - 3;
}

/* Writes " (deleted)" to the room's end for an entry that is gone. Returns where the names end. */
static __always_inline __u32 tap_path_end(char *room, const struct dentry *d)
{
	room[TAP_PATH_MAX - 1] = 0;
	if (BPF_CORE_READ(d, d_hash.pprev) || BPF_CORE_READ(d, d_parent) == d)
		return TAP_PATH_MAX - 1;
	__builtin_memcpy(room + TAP_PATH_MAX - sizeof(" (deleted)"), " (deleted)",
			 sizeof(" (deleted)"));
	return TAP_PATH_MAX - sizeof(" (deleted)");
}

/* Puts the path of an entry in a mount at a byte of the room. */
__noinline __u32 tap_path_put(struct tap_room *r, __u32 at, __u64 dentry, __u64 mnt)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct tap_path_walk w = {
		.dentry = (const void *)dentry,
		.mnt = (const void *)mnt,
		.root_dentry = BPF_CORE_READ(task, fs, root.dentry),
		.root_mnt = BPF_CORE_READ(task, fs, root.mnt),
	};
	__u32 zero = 0, end, begin;

	w.room = bpf_map_lookup_elem(&tap_path_rooms, &zero);
	if (!r || !w.room || at > TAP_ROOM - TAP_PATH_MAX) {
		tap_count(cut);
		return tap_place(at, 0);
	}
	w.at = end = tap_path_end(w.room, w.dentry);
	bpf_loop(TAP_PATH_DEEP, tap_path_step, &w, 0);
	begin = tap_path_begin(&w, end);
	if (begin >= TAP_PATH_MAX)
		return tap_place(at, 0);
	bpf_probe_read_kernel(r->bytes + at, TAP_PATH_MAX - begin, w.room + begin);
	return tap_place(at, TAP_PATH_MAX - begin);
}

/*
 * Puts the path of a place behind an event, as who runs now would name it, with " (deleted)" behind
 * what is gone. The room needs 4,096 bytes for it.
 */
static __always_inline tap_str tap_text_path(void *event, __u32 *size, const struct path *path)
{
	tap_str place = tap_path_put(event, *size, (__u64)BPF_CORE_READ(path, dentry),
				     (__u64)BPF_CORE_READ(path, mnt));

	*size = tap_behind(place);
	return place;
}

#endif

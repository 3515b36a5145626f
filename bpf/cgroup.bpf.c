/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup: control groups that are made and removed, and what is moved into them. The row is of who
 * does it.
 */
#include "bpf/tap_text.h"

enum cgroup_action { MKDIR, RMDIR, ATTACH };

struct cgroup_event {
	struct tap_head;
	enum cgroup_action action;
	__s32 level;	 /* below the root */
	__u64 id;	 /* of the group */
	__s32 hierarchy; /* 0: the unified one (v2) */
	__s32 moved_tid; /* of ATTACH */
	__s32 moved_pid;
	bool threadgroup; /* all threads of the process */
	char moved_comm[16];
	tap_str path; /* in its hierarchy */
	char data[];
};

TAP_EVENTS(struct cgroup_event);
TAP_SAYS("blurb = control groups: made, removed, processes moved between them\n"
	 "print = \"%s %s id=%llu hierarchy=%d level=%d moved=%s:%d threadgroup=%d\", "
	 "action, path, id, hierarchy, level, moved_comm, moved_tid, threadgroup\n");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup___here {
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

#pragma clang attribute pop

__noinline int happened(enum cgroup_action action, __u64 group, __u64 path, __u64 task,
			__u32 threadgroup)
{
	const struct cgroup___here *g = (const void *)group;
	const struct task_struct *moved = (const void *)task;
	struct cgroup_event *e = tap_room();
	__u32 size = sizeof(*e);

	if (!e || !tap_begin((struct tap_head *)e))
		return 0;
	e->action = action;
	e->level = BPF_CORE_READ(g, level);
	e->id = BPF_CORE_READ(g, kn, id);
	e->hierarchy = BPF_CORE_READ(g, root, hierarchy_id);
	/* All of these are 0 and "" when nothing is moved: there is nothing to be read at 0. */
	e->moved_tid = BPF_CORE_READ(moved, pid);
	e->moved_pid = BPF_CORE_READ(moved, tgid);
	e->threadgroup = threadgroup;
	__builtin_memset(e->moved_comm, 0, sizeof(e->moved_comm));
	BPF_CORE_READ_STR_INTO(&e->moved_comm, moved, comm);
	e->path = tap_text_kernel(e, &size, 4096, (const void *)path);
	tap_send_text(e, size);
	return 0;
}

SEC("raw_tp/cgroup_mkdir")
int BPF_PROG(make, const struct cgroup *group, const char *path)
{
	return happened(MKDIR, (__u64)group, (__u64)path, 0, 0);
}

SEC("raw_tp/cgroup_rmdir")
int BPF_PROG(take_away, const struct cgroup *group, const char *path)
{
	return happened(RMDIR, (__u64)group, (__u64)path, 0, 0);
}

SEC("raw_tp/cgroup_attach_task")
int BPF_PROG(attach, const struct cgroup *group, const char *path, struct task_struct *task,
	     bool threadgroup)
{
	return happened(ATTACH, (__u64)group, (__u64)path, (__u64)task, threadgroup);
}

SEC("raw_tp/cgroup_transfer_tasks")
int BPF_PROG(transfer, const struct cgroup *group, const char *path, struct task_struct *task,
	     bool threadgroup)
{
	return happened(ATTACH, (__u64)group, (__u64)path, (__u64)task, threadgroup);
}

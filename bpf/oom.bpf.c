/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oom: processes that are killed because memory ran out: who, with how much of it, in which control
 * group; the row is of who wanted more.
 *
 * Kernels before 6.8 whose event has nothing but a number are left out; the stable series have the
 * later one.
 */
#include "bpf/tap_cgroup.h"
#include "bpf/tap_page.h"

enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES };

struct oom_event {
	struct tap_head;
	bytes_t total_vm;
	bytes_t anon_rss;
	bytes_t file_rss;
	bytes_t shmem_rss;
	bytes_t swap;
	bytes_t page_tables;
	__s32 victim_pid;
	__u32 victim_uid;
	char victim_comm[16];
	__s32 oom_score_adj;
	tap_str victim_cgroup;
	char data[];
};

TAP_EVENTS(struct oom_event);
TAP_SAYS("blurb = processes killed because memory ran out: who, its memory, its control group\n"
	 "print = \"kills %s %d in %s: anon=%llu file=%llu shmem=%llu swap=%llu page_tables=%llu "
	 "total_vm=%llu oom_score_adj=%d\", victim_comm, victim_pid, victim_cgroup, anon_rss, "
	 "file_rss, shmem_rss, swap, page_tables, total_vm, oom_score_adj\n");

/* Before 6.2 they were no counters of CPUs. */
struct mm_rss_stat {
	atomic64_t count[4];
} __attribute__((preserve_access_index));

struct mm_struct___old {
	struct mm_rss_stat rss_stat;
} __attribute__((preserve_access_index));

/* Pages of a kind, about: as the kernel's own words say it, without what CPUs have not told yet. */
#define rss(mm, kind)                                                                              \
	({                                                                                         \
		const struct mm_struct___old *_old = (const void *)mm;                             \
		__s64 _pages;                                                                      \
                                                                                                   \
		if (bpf_core_type_exists(struct mm_rss_stat))                                      \
			_pages = BPF_CORE_READ(_old, rss_stat.count[kind].counter);                \
		else                                                                               \
			_pages = BPF_CORE_READ(mm, rss_stat[kind].count);                          \
		tap_pages(_pages > 0 ? _pages : 0);                                                \
	})

static __always_inline void tell_memory(struct oom_event *e, const struct mm_struct *mm)
{
	e->total_vm = tap_pages(BPF_CORE_READ(mm, total_vm));
	e->anon_rss = rss(mm, MM_ANONPAGES);
	e->file_rss = rss(mm, MM_FILEPAGES);
	e->shmem_rss = rss(mm, MM_SHMEMPAGES);
	e->swap = rss(mm, MM_SWAPENTS);
	e->page_tables = BPF_CORE_READ(mm, pgtables_bytes.counter);
}

/* The group whose limit counts: of the memory controller, in either version. */
static __always_inline const struct kernfs_node *memory_group(const struct task_struct *task)
{
	const struct css_set *groups = BPF_CORE_READ(task, cgroups);
	__u32 memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	struct cgroup_subsys_state *css = NULL;

	bpf_core_read(&css, sizeof(css), &groups->subsys[memory]);
	return BPF_CORE_READ(css, cgroup, kn);
}

SEC("tp_btf/mark_victim")
int BPF_PROG(on_victim, struct task_struct *task, __u32 uid)
{
	struct oom_event *e = tap_room();
	__u32 size = sizeof(*e);

	if (!e || !tap_begin((struct tap_head *)e))
		return 0;
	tell_memory(e, BPF_CORE_READ(task, mm));
	e->victim_pid = BPF_CORE_READ(task, tgid);
	e->victim_uid = uid;
	BPF_CORE_READ_STR_INTO(&e->victim_comm, task, group_leader, comm);
	e->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	e->victim_cgroup = tap_text_cgroup(e, &size, memory_group(task));
	tap_send_text(e, size);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec: programs being executed: which file, with which arguments, where, by whom.
 */
#define TAP_ROOM 32768
#include "bpf/tap_path.h"
#include "bpf/tap_words.h"

#define FILE_MAX   4096
#define INTERP_MAX 256 /* as much as the kernel takes */

struct exec_event {
	struct tap_head;
	__s32 ppid;
	char parent[16];
	__u32 euid;
	__u32 argc;
	tap_str file;	/* as it was named */
	tap_str interp; /* what runs a script; empty for others */
	tap_str cwd;
	tap_str args; /* with blanks between */
	char data[];
};

TAP_EVENTS(struct exec_event);
TAP_SAYS("blurb = programs being executed: file, all arguments, directory, parent\n"
	 "print = \"%s: %s (in %s, by %s %d)\", file, args, cwd, parent, ppid\n"
	 "title.ppid = parent pid\n");

/* Who made it, and with which rights it runs. */
static __always_inline void tell_who(struct exec_event *e, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	e->ppid = BPF_CORE_READ(parent, tgid);
	BPF_CORE_READ_STR_INTO(&e->parent, parent, group_leader, comm);
	e->euid = BPF_CORE_READ(task, cred, euid.val);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	const char *file = BPF_CORE_READ(bprm, filename), *interp = BPF_CORE_READ(bprm, interp);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct exec_event *e = tap_room();
	__u32 size = sizeof(*e);

	if (!e || !tap_begin((struct tap_head *)e))
		return 0;
	tell_who(e, task);
	e->argc = BPF_CORE_READ(bprm, argc);
	e->file = tap_text_kernel(e, &size, FILE_MAX, file);
	e->interp = tap_place(size, 0);
	if (interp != file)
		e->interp = tap_text_kernel(e, &size, INTERP_MAX, interp);
	e->cwd = tap_text_path(e, &size, __builtin_preserve_access_index(&task->fs->pwd));
	e->args =
	    tap_text_words(e, &size, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end));
	tap_send_text(e, size);
	return 0;
}

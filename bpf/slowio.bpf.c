/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slowio: system calls that read, write or sync regular files and take long.
 *
 * Files that are mapped, io_uring and 32-bit programs are not seen.
 */
#define TAP_ROOM 8192
#include "bpf/tap_file.h"
#include "bpf/tap_path.h"

#include "bpf/regs.h"

#include <asm/unistd.h>

enum io_call {
	read,
	write,
	pread64,
	pwrite64,
	readv,
	writev,
	preadv,
	pwritev,
	preadv2,
	pwritev2,
	fsync,
	fdatasync,
	sync_file_range,
};

#define NO_IO 0xff

struct slowio_event {
	struct tap_head;
	enum io_call call;
	__s32 fd;
	__s64 result;	/* bytes, or an error below 0 */
	__s64 position; /* in the file, where it began; -1: the whole file */
	ns_t latency;
	tap_str path;
	char data[];
};

TAP_EVENTS(struct slowio_event);
TAP_SAYS("blurb = slow reads, writes and syncs of regular files: path, bytes, position, latency\n"
	 "cost = 0.1 to 0.2 us for every system call of the machine\n"
	 "print = \"%s %s result=%lld position=%lld latency=%llu fd=%d\", "
	 "call, path, result, position, latency, fd\n"
	 "type.result = errno_t\n"
	 "option.least = ns Only calls that took at least so long\n");

const volatile __u64 least = 10000000;

struct io_start {
	__u64 ts; /* 0: none */
	enum io_call call;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct io_start);
} tap_calls SEC(".maps");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct thread_info___x86 {
	__u32 status; /* 2: a system call of a 32-bit program */
};

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

#pragma clang attribute pop

static __always_inline __u32 call_of(long nr)
{
	switch (nr) {
	case __NR_read:
		return read;
	case __NR_write:
		return write;
	case __NR_pread64:
		return pread64;
	case __NR_pwrite64:
		return pwrite64;
	case __NR_readv:
		return readv;
	case __NR_writev:
		return writev;
	case __NR_preadv:
		return preadv;
	case __NR_pwritev:
		return pwritev;
	case __NR_preadv2:
		return preadv2;
	case __NR_pwritev2:
		return pwritev2;
	case __NR_fsync:
		return fsync;
	case __NR_fdatasync:
		return fdatasync;
#ifdef __NR_sync_file_range
	case __NR_sync_file_range:
		return sync_file_range;
#endif
	default:
		return NO_IO;
	}
}

static __always_inline bool is_32bit(void)
{
	const struct task_struct___x86 *task = (const void *)bpf_get_current_task();

	if (!bpf_core_field_exists(task->thread_info.status))
		return false;
	return BPF_CORE_READ(task, thread_info.status) & 2;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter, struct pt_regs *regs, long nr)
{
	__u32 call = call_of(nr);
	const struct tap_control *c;
	struct io_start *start;

	if (call == NO_IO)
		return 0;
	c = tap_controls();
	if (!c || !tap_wants_pid(c, bpf_get_current_pid_tgid() >> 32))
		return 0;
	start = bpf_task_storage_get(&tap_calls, bpf_get_current_task_btf(), 0,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!start) {
		tap_count(missed);
		return 0;
	}
	start->call = call;
	start->ts = bpf_ktime_get_ns();
	return 0;
}

/* Where in the file a call began that has just ended. */
static __always_inline __s64 position(enum io_call call, const struct file *file, long ret,
				      __u64 fourth)
{
	switch (call) {
	case read:
	case write:
	case readv:
	case writev:
		return BPF_CORE_READ(file, f_pos) - (ret > 0 ? ret : 0);
	case fsync:
	case fdatasync:
	case sync_file_range:
		return -1;
	default:
		return fourth;
	}
}

static __always_inline void report(struct pt_regs *regs, long ret, const struct io_start *start)
{
	struct slowio_event *e = tap_room();
	const struct file *file;
	__u32 size = sizeof(*e);
	__u64 args[6];

	regs_args(regs, args);
	file = tap_file(args[0]);
	if (!e || !file || !tap_file_is_regular(file) || is_32bit())
		return;
	if (!tap_begin((struct tap_head *)e))
		return;
	e->latency = e->ts - start->ts;
	e->call = start->call;
	e->fd = args[0];
	e->result = ret;
	e->position = position(start->call, file, ret, args[3]);
	e->path = tap_text_path(e, &size, __builtin_preserve_access_index(&file->f_path));
	tap_send_text(e, size);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(leave, struct pt_regs *regs, long ret)
{
	struct io_start *start, copy;

	start = bpf_task_storage_get(&tap_calls, bpf_get_current_task_btf(), 0, 0);
	if (!start || !start->ts)
		return 0;
	copy = *start;
	start->ts = 0;
	if (bpf_ktime_get_ns() - copy.ts >= least)
		report(regs, ret, &copy);
	return 0;
}

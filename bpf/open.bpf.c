/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open: files that are opened, by which path, with what outcome and how long it took.
 *
 * The path is read when the call is over: before it, its memory may never have been touched. Calls
 * of 32-bit programs are not seen on a 64-bit kernel, for they have no events.
 */
#include "bpf/tap_text.h"

#define EFAULT	 14
#define PATH_MAX 4096
#define AT_FDCWD (-100)

#if defined(__TARGET_ARCH_arm64) || defined(__TARGET_ARCH_arm)
#define FLAG(others, arm, powerpc) arm
#elif defined(__TARGET_ARCH_powerpc)
#define FLAG(others, arm, powerpc) powerpc
#else
#define FLAG(others, arm, powerpc) others
#endif

/* One bit each: O_SYNC comes with O_DSYNC, O_TMPFILE with O_DIRECTORY. */
enum open_flag {
	O_RDONLY = 0,
	O_WRONLY = 01,
	O_RDWR = 02,
	O_CREAT = 0100,
	O_EXCL = 0200,
	O_NOCTTY = 0400,
	O_TRUNC = 01000,
	O_APPEND = 02000,
	O_NONBLOCK = 04000,
	O_DSYNC = 010000,
	O_ASYNC = 020000,
	O_DIRECT = FLAG(040000, 0200000, 0400000),
	O_LARGEFILE = FLAG(0100000, 0400000, 0200000),
	O_DIRECTORY = FLAG(0200000, 040000, 040000),
	O_NOFOLLOW = FLAG(0400000, 0100000, 0100000),
	O_NOATIME = 01000000,
	O_CLOEXEC = 02000000,
	O_SYNC = 04000000,
	O_PATH = 010000000,
	O_TMPFILE = 020000000,
};

enum open_call { open, openat, openat2, creat };

struct open_event {
	struct tap_head;
	ns_t latency;
	errno_t result; /* the descriptor, or an error */
	__s32 dfd;
	enum open_flag flags;
	__u32 mode;
	enum open_call call;
	tap_str path;
	char data[];
};

TAP_EVENTS(struct open_event);
TAP_SAYS("blurb = files being opened: path, flags, result, latency\n"
	 "option.failed = flag Only what failed\n"
	 "option.least = ns Only what took at least so long\n"
	 "maybe = enter_open, exit_open, enter_creat, exit_creat, enter_openat2, exit_openat2\n"
	 "print = \"%s %s result=%d flags=%s mode=%o dfd=%d latency=%llu\", "
	 "call, path, result, flags, mode, dfd, latency\n"
	 "title.dfd = directory fd\n");

const volatile bool failed;
const volatile __u64 least;

struct syscall_enter {
	__u64 common;
	__s64 nr;
	__u64 args[6];
};

struct syscall_exit {
	__u64 common;
	__s64 nr;
	__s64 ret;
};

/* struct open_how */
struct how {
	__u64 flags, mode;
};

/* A call that goes on. */
struct begun {
	__u64 ts; /* 0: none does */
	__u64 path;
	__u64 how; /* of openat2: where it is */
	__s32 dfd;
	__u32 flags, mode;
	enum open_call call;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct begun);
} begun SEC(".maps");

static __always_inline int begins(struct begun is)
{
	const struct tap_control *c = tap_controls();
	struct begun *b;

	if (!c || !tap_wants_pid(c, bpf_get_current_pid_tgid() >> 32))
		return 0;
	b = bpf_task_storage_get(&begun, bpf_get_current_task_btf(), NULL,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!b) {
		tap_count(missed);
		return 0;
	}
	*b = is;
	b->ts = bpf_ktime_get_ns();
	return 0;
}

static __always_inline void tell_arguments(struct open_event *e, const struct begun *b)
{
	struct how how = { .flags = b->flags, .mode = b->mode };

	if (b->how)
		bpf_probe_read_user(&how, sizeof(how), (const void *)b->how);
	e->dfd = b->dfd;
	e->flags = how.flags;
	e->mode = how.flags & (O_CREAT | O_TMPFILE) ? how.mode : 0; /* else it is no argument */
	e->call = b->call;
}

static __always_inline int ends(const struct syscall_exit *ctx)
{
	struct begun *b = bpf_task_storage_get(&begun, bpf_get_current_task_btf(), NULL, 0);
	struct open_event *e = tap_room();
	__u32 size = sizeof(*e);
	__u64 since;

	if (!b || !b->ts || !e)
		return 0;
	since = b->ts;
	b->ts = 0;
	if ((failed && ctx->ret >= 0) || !tap_begin((struct tap_head *)e))
		return 0;
	e->latency = e->ts - since;
	if (e->latency < least)
		return 0;
	e->result = ctx->ret;
	tell_arguments(e, b);
	e->path = tap_place(size, 0);
	if (ctx->ret != -EFAULT)
		e->path = tap_text_user(e, &size, PATH_MAX, (const void *)b->path);
	tap_send_text(e, size);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_open")
int enter_open(struct syscall_enter *ctx)
{
	return begins((struct begun) { .path = ctx->args[0],
				       .dfd = AT_FDCWD,
				       .flags = ctx->args[1],
				       .mode = ctx->args[2],
				       .call = open });
}

SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct syscall_enter *ctx)
{
	return begins((struct begun) { .path = ctx->args[1],
				       .dfd = ctx->args[0],
				       .flags = ctx->args[2],
				       .mode = ctx->args[3],
				       .call = openat });
}

SEC("tracepoint/syscalls/sys_enter_openat2")
int enter_openat2(struct syscall_enter *ctx)
{
	return begins((struct begun) {
	    .path = ctx->args[1], .dfd = ctx->args[0], .how = ctx->args[2], .call = openat2 });
}

SEC("tracepoint/syscalls/sys_enter_creat")
int enter_creat(struct syscall_enter *ctx)
{
	return begins((struct begun) { .path = ctx->args[0],
				       .dfd = AT_FDCWD,
				       .flags = O_CREAT | O_WRONLY | O_TRUNC,
				       .mode = ctx->args[1],
				       .call = creat });
}

SEC("tracepoint/syscalls/sys_exit_open")
int exit_open(struct syscall_exit *ctx)
{
	return ends(ctx);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int exit_openat(struct syscall_exit *ctx)
{
	return ends(ctx);
}

SEC("tracepoint/syscalls/sys_exit_openat2")
int exit_openat2(struct syscall_exit *ctx)
{
	return ends(ctx);
}

SEC("tracepoint/syscalls/sys_exit_creat")
int exit_creat(struct syscall_exit *ctx)
{
	return ends(ctx);
}

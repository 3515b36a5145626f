/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_rules: how each argument of a system call is said.
 *
 * First by call and argument, then by the argument's name, then by its type in C. Arguments are
 * called as the formats of syscalls:sys_enter_NAME call them.
 */
#include <string.h>

#include "core/syscall_values.h"
#include "core/util.h"

/* Words stand between blanks; a * at the end of one is any end. "" is any. */
struct rule {
	const char *calls, *args;
	uint8_t how;
	const char *table;
};

static const struct rule rules[] = {
	{ "open openat mq_open dup3 pipe2 open_by_handle_at", "flags oflag", VALUE_NAMED, "open" },
	{ "open openat", "mode", VALUE_OPEN_MODE, NULL },
	{ "mmap mprotect pkey_mprotect", "prot", VALUE_NAMED, "prot" },
	{ "mmap", "flags", VALUE_NAMED, "map" },
	{ "mremap", "flags", VALUE_NAMED, "mremap" },
	{ "msync", "flags", VALUE_NAMED, "msync" },
	{ "madvise process_madvise", "behavior", VALUE_NAMED, "madvise" },
	{ "memfd_create", "flags", VALUE_NAMED, "memfd" },
	{ "fadvise64", "advice", VALUE_NAMED, "fadvise" },
	{ "clone", "clone_flags", VALUE_CLONE, "clone" },
	{ "unshare setns", "unshare_flags flags nstype", VALUE_NAMED, "namespace" },
	{ "socket socketpair", "family", VALUE_NAMED, "family" },
	{ "socket socketpair", "type", VALUE_NAMED, "socket" },
	{ "accept4", "flags", VALUE_NAMED, "socket" },
	{ "send* recv*", "flags", VALUE_NAMED, "message" },
	{ "shutdown", "how", VALUE_NAMED, "shutdown" },
	{ "setsockopt getsockopt", "level", VALUE_NAMED, "level" },
	{ "lseek", "whence", VALUE_NAMED, "whence" },
	{ "renameat2", "flags", VALUE_NAMED, "rename" },
	{ "fcntl", "cmd", VALUE_NAMED, "fcntl" },
	{ "flock", "cmd", VALUE_NAMED, "flock" },
	{ "unlinkat", "flag", VALUE_NAMED, "unlink" },
	{ "access faccessat*", "mode", VALUE_NAMED, "access" },
	{ "statx", "mask", VALUE_NAMED, "statx" },
	{ "newfstatat statx fchownat fchmodat2 linkat utimensat execveat name_to_handle_at "
	  "faccessat2",
	  "flag flags", VALUE_NAMED, "at" },
	{ "futex", "op", VALUE_NAMED, "futex" },
	{ "epoll_ctl", "op", VALUE_NAMED, "epoll_ctl" },
	{ "epoll_create1", "flags", VALUE_NAMED, "epoll_create" },
	{ "eventfd2", "flags", VALUE_NAMED, "eventfd" },
	{ "timerfd_create", "flags", VALUE_NAMED, "timerfd" },
	{ "timerfd_settime", "flags", VALUE_NAMED, "timerfd_set" },
	{ "signalfd4", "flags", VALUE_NAMED, "signalfd" },
	{ "inotify_init1", "flags", VALUE_NAMED, "inotify" },
	{ "inotify_add_watch", "mask", VALUE_NAMED, "inotify_add" },
	{ "wait4 waitid", "options", VALUE_NAMED, "wait" },
	{ "waitid", "which", VALUE_NAMED, "which_id" },
	{ "getrlimit setrlimit prlimit64", "resource", VALUE_NAMED, "resource" },
	{ "getrusage", "who", VALUE_NAMED, "rusage" },
	{ "getpriority setpriority", "which", VALUE_NAMED, "priority" },
	{ "sched_setscheduler sched_get_priority_*", "policy", VALUE_NAMED, "policy" },
	{ "rt_sigprocmask", "how", VALUE_NAMED, "sigmask" },
	{ "clock_* timer_create timerfd_create", "which_clock clockid", VALUE_NAMED, "clock" },
	{ "clock_nanosleep timer_settime", "flags", VALUE_NAMED, "timer" },
	{ "getitimer setitimer", "which", VALUE_NAMED, "itimer" },
	{ "getrandom", "flags", VALUE_NAMED, "random" },
	{ "prctl", "option", VALUE_NAMED, "prctl" },
	{ "arch_prctl", "option", VALUE_NAMED, "arch_prctl" },
	{ "ptrace", "request", VALUE_NAMED, "ptrace" },
	{ "splice tee vmsplice", "flags", VALUE_NAMED, "splice" },
	{ "fallocate", "mode", VALUE_NAMED, "fallocate" },
	{ "mount", "flags", VALUE_NAMED, "mount" },
	{ "umount umount2", "flags", VALUE_NAMED, "umount" },
	{ "setxattr lsetxattr fsetxattr", "flags", VALUE_NAMED, "xattr" },
	{ "ioctl", "cmd", VALUE_NAMED, "ioctl" },
	{ "seccomp", "op", VALUE_NAMED, "seccomp" },
	{ "seccomp", "flags", VALUE_NAMED, "seccomp_flag" },
	{ "close_range", "flags", VALUE_NAMED, "close_range" },
	{ "close_range", "max_fd", VALUE_DECIMAL, NULL },
	{ "kill tkill tgkill rt_sig* pidfd_send_signal signal", "sig", VALUE_SIGNAL, NULL },
	{ "chmod fchmod fchmodat* mkdir* mknod* creat umask mq_open", "mode", VALUE_OCTAL, NULL },
	/* whatever the call */
	{ "",
	  "fd dfd oldfd newfd olddfd newdfd epfd ufd pidfd fildes mqdes *_fd *_dfd fd_in fd_out",
	  VALUE_FD, NULL },
	{ "", "addr start brk newsp tls new_addr", VALUE_HEX, NULL },
	{ "", "arg arg1 arg2 arg3 arg4 arg5 data", VALUE_BITS, NULL },
	{ "",
	  "flag flags at_flags attr_flags event_f_flags msgflg shmflg options op cmd mask dev "
	  "request",
	  VALUE_BITS, NULL },
};

/* Calls that give a descriptor. */
static const char gives_fd[] =
    "open openat openat2 creat open_by_handle_at open_tree socket accept accept4 dup dup2 dup3 "
    "epoll_create epoll_create1 eventfd eventfd2 signalfd signalfd4 timerfd_create inotify_init "
    "inotify_init1 memfd_create memfd_secret pidfd_open pidfd_getfd perf_event_open userfaultfd "
    "fanotify_init io_uring_setup fsopen fsmount fspick mq_open landlock_create_ruleset "
    "open_tree_attr";
static const char moves_bytes[] =
    "read write readv writev pread64 pwrite64 preadv preadv2 pwritev pwritev2 sendto recvfrom "
    "sendmsg recvmsg sendfile sendfile64 splice tee vmsplice copy_file_range getdents getdents64";
static const char gives_address[] = "mmap mremap brk shmat";

/* Whether a name is one of some words. */
static bool among(const char *words, const char *name)
{
	size_t len = strlen(name);

	for (const char *w = words; *w; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");

		if (n && w[n - 1] == '*' && len >= n - 1 && !memcmp(w, name, n - 1))
			return true;
		if (n && w[0] == '*' && len >= n - 1 && !memcmp(w + 1, name + len - n + 1, n - 1))
			return true;
		if (n == len && !memcmp(w, name, n))
			return true;
		w += n;
	}
	return false;
}

/* Types of C by how many bytes they have; what is not here is a long. */
static void by_type(uint8_t long_size, struct call_arg *a)
{
	static const char signed_int[] = "int pid_t uid_t gid_t clockid_t mqd_t key_t timer_t "
					 "key_serial_t rwf_t qid_t __s32 s32";
	static const char unsigned_int[] = "unsigned u32 __u32 uint32_t";
	static const char signed_long[] = "long loff_t off_t ssize_t s64 __s64";
	const char *type = strncmp(a->type, "const ", 6) ? a->type : a->type + 6;

	a->how = VALUE_DECIMAL;
	a->size = long_size;
	if (strchr(type, '*')) {
		a->how = VALUE_HEX;
	} else if (!strcmp(type, "umode_t") || !strcmp(type, "mode_t")) {
		a->how = VALUE_OCTAL;
		a->size = 2;
	} else if (among(signed_int, type)) {
		a->size = 4;
		a->is_signed = true;
	} else if (among(unsigned_int, type) || !strcmp(type, "unsigned int")) {
		a->size = 4;
	} else {
		a->is_signed = among(signed_long, type);
	}
}

void syscall_rule(const char *call, uint8_t long_size, struct call_arg *a)
{
	by_type(long_size, a);
	if (a->how == VALUE_HEX)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];

		if ((*r->calls && !among(r->calls, call)) || !among(r->args, a->name))
			continue;
		a->how = r->how;
		a->table = r->table ? value_table_find(r->table) : NULL;
		if (r->table && !a->table)
			a->how = VALUE_BITS;
		if (a->how == VALUE_FD) {
			a->size = 4;
			a->is_signed = true;
		} else if (a->how == VALUE_BITS || a->how == VALUE_OCTAL) {
			a->is_signed = false;
		}
		return;
	}
}

enum value_how syscall_result_rule(const char *call)
{
	return among(gives_fd, call)	    ? VALUE_FD
	       : among(gives_address, call) ? VALUE_HEX
					    : VALUE_DECIMAL;
}

bool syscall_moves_bytes(const char *call)
{
	return among(moves_bytes, call);
}

void syscall_rule_tables(void (*fn)(const char *key, void *data), void *data)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].table)
			fn(rules[i].table, data);
}

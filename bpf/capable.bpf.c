/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capable: the kernel asks whether a process may do what takes a capability: which one, the answer,
 * and which of its functions asked.
 *
 * Kernels before 6.14 have no tracepoint for it; there it is taken where the function returns, and
 * whether a refusal goes to the audit log is known only there.
 */
#include "bpf/tap.h"

#define SKIP	  3	   /* this program, what calls it, cap_capable itself */
#define STACK_MAX (24 * 8) /* bytes of the stack that are looked at */

enum capability {
	CAP_CHOWN,
	CAP_DAC_OVERRIDE,
	CAP_DAC_READ_SEARCH,
	CAP_FOWNER,
	CAP_FSETID,
	CAP_KILL,
	CAP_SETGID,
	CAP_SETUID,
	CAP_SETPCAP,
	CAP_LINUX_IMMUTABLE,
	CAP_NET_BIND_SERVICE,
	CAP_NET_BROADCAST,
	CAP_NET_ADMIN,
	CAP_NET_RAW,
	CAP_IPC_LOCK,
	CAP_IPC_OWNER,
	CAP_SYS_MODULE,
	CAP_SYS_RAWIO,
	CAP_SYS_CHROOT,
	CAP_SYS_PTRACE,
	CAP_SYS_PACCT,
	CAP_SYS_ADMIN,
	CAP_SYS_BOOT,
	CAP_SYS_NICE,
	CAP_SYS_RESOURCE,
	CAP_SYS_TIME,
	CAP_SYS_TTY_CONFIG,
	CAP_MKNOD,
	CAP_LEASE,
	CAP_AUDIT_WRITE,
	CAP_AUDIT_CONTROL,
	CAP_SETFCAP,
	CAP_MAC_OVERRIDE,
	CAP_MAC_ADMIN,
	CAP_SYSLOG,
	CAP_WAKE_ALARM,
	CAP_BLOCK_SUSPEND,
	CAP_AUDIT_READ,
	CAP_PERFMON,
	CAP_BPF,
	CAP_CHECKPOINT_RESTORE,
};

/* Whether a refusal is written to the audit log. */
enum capability_audit { UNKNOWN, AUDITED, NOT_AUDITED };

#define CAP_OPT_NOAUDIT 2

struct capable_event {
	struct tap_head;
	enum capability cap;
	enum capability_audit audit;
	errno_t result; /* EPERM: no */
	tap_kstack caller;
	char data[];
};

TAP_EVENTS(struct capable_event);
TAP_SAYS("blurb = checks of capabilities: which, the answer, who in the kernel asked\n"
	 "either = asked, returned\n"
	 "print = \"%s result=%d audit=%s caller=%s\", cap, result, audit, caller\n"
	 "option.failed = flag Only those that were refused\n"
	 "option.quiet = flag Also checks that are not audited, where that is known\n");

const volatile bool failed = false;
const volatile bool quiet = true;

static __always_inline int check(void *ctx, int cap, enum capability_audit audit, int result)
{
	char bytes[sizeof(struct capable_event) + STACK_MAX] __attribute__((aligned(8)));
	struct capable_event *e = (void *)bytes;
	long n;

	if ((failed && !result) || (!quiet && audit == NOT_AUDITED))
		return 0;
	if (!tap_begin((struct tap_head *)e))
		return 0;
	e->cap = cap;
	e->audit = audit;
	e->result = result;
	n = bpf_get_stack(ctx, e->data, STACK_MAX, SKIP);
	if (n < 0 || n > STACK_MAX)
		n = 0;
	e->caller = n << 16 | (sizeof(*e) + TAP_COMMON);
	tap_send(e, sizeof(*e) + n);
	return 0;
}

SEC("tp_btf/cap_capable")
int BPF_PROG(asked, const void *cred, const void *target, const void *capable, int cap, int ret)
{
	return check(ctx, cap, UNKNOWN, ret);
}

SEC("fexit/cap_capable")
int BPF_PROG(returned, const void *cred, const void *target, int cap, unsigned int opts, int ret)
{
	return check(ctx, cap, opts & CAP_OPT_NOAUDIT ? NOT_AUDITED : AUDITED, ret);
}

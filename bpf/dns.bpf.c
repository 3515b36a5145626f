/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns: names that programs look up, by the C library's functions for it: the name, the answer, how
 * long it took.
 *
 * Programs that have functions of their own for it (Go's, statically linked ones) are not seen, nor
 * are those with another C library than `target`, such as in a container.
 *
 * Others may run on this CPU between a function's beginning and its end, and in between: nothing
 * here is kept by CPU.
 */
#include "bpf/tap.h"
#include "bpf/user_regs.h"

#define NAME_MAX 256 /* with the NUL; no name of DNS is longer than 253 bytes */

enum dns_call { getaddrinfo, gethostbyname, gethostbyname2, gethostbyname_r, gethostbyname2_r };

/* What getaddrinfo returns, with the sign turned: EAI_NONAME is -2. Others say OK or FAIL. */
enum dns_result {
	OK = 0,
	BADFLAGS = 1,
	NONAME = 2,
	AGAIN = 3,
	FAIL = 4,
	NODATA = 5,
	FAMILY = 6,
	SOCKTYPE = 7,
	SERVICE = 8,
	MEMORY = 10,
	SYSTEM = 11,
	OVERFLOW = 12,
};

struct dns_event {
	struct tap_head;
	enum dns_call call;
	enum dns_result result;
	ns_t latency;
	char name[NAME_MAX]; /* empty: its own address was asked for */
};

TAP_EVENTS(struct dns_event);
TAP_SAYS("blurb = names looked up by programs through the C library: answer, latency\n"
	 "print = \"%s %s %s latency=%llu\", call, name, result, latency\n"
	 "target = target\n"
	 "maybe = in_gethostbyname, out_gethostbyname, in_gethostbyname2, out_gethostbyname2, "
	 "in_gethostbyname_r, out_gethostbyname_r, in_gethostbyname2_r, out_gethostbyname2_r\n"
	 "option.target = text The C library whose functions are watched; empty: libc.so.6\n"
	 "option.least = ns Only what took at least so long\n"
	 "option.failed = flag Only those without an answer\n");

const volatile char target[256] = "";
const volatile __u64 least = 0;
const volatile bool failed = false;

/* The outermost call that a thread is in. */
struct lookup {
	__u64 ts;
	__u64 stack; /* where its stack was: what begins above has left this one by a jump */
	const char *name;
	void **answer; /* where some of them say what they found */
	enum dns_call call;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH); /* a thread may die in a call */
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct lookup);
} tap_lookups SEC(".maps");

static __always_inline int begins(struct pt_regs *ctx, enum dns_call call, __u64 answer)
{
	struct lookup new = { .call = call, .stack = user_stack(ctx), .answer = (void **)answer };
	const struct tap_control *c = tap_controls();
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)id;
	const struct lookup *in;

	if (!c || !tap_wants_pid(c, id >> 32))
		return 0;
	in = bpf_map_lookup_elem(&tap_lookups, &tid);
	if (in && new.stack < in->stack)
		return 0; /* one of these functions calls another */
	new.name = (const char *)user_first(ctx);
	new.ts = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&tap_lookups, &tid, &new, BPF_ANY))
		tap_count(missed);
	return 0;
}

static __always_inline void report(const struct lookup *in, enum dns_result result)
{
	struct dns_event e;
	long n;

	if ((failed && !result) || !tap_begin((struct tap_head *)&e))
		return;
	e.call = in->call;
	e.result = result;
	e.latency = e.ts - in->ts;
	if (e.latency < least)
		return;
	__builtin_memset(e.name, 0, sizeof(e.name));
	n = in->name ? bpf_probe_read_user_str(e.name, sizeof(e.name), in->name) : 1;
	if (n <= 0 || n == sizeof(e.name))
		tap_count(cut);
	tap_send(&e, sizeof(e));
}

/* What a function that says 0 found: nothing is also an answer. */
static __always_inline enum dns_result found(const struct lookup *in)
{
	void *answer = NULL;

	if (!in->answer || bpf_probe_read_user(&answer, sizeof(answer), in->answer))
		return OK;
	return answer ? OK : FAIL;
}

/* A call returns. */
__noinline int ends(enum dns_call call, enum dns_result result)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	const struct lookup *in = bpf_map_lookup_elem(&tap_lookups, &tid);
	struct lookup copy;

	if (!in || in->call != call)
		return 0;
	copy = *in;
	bpf_map_delete_elem(&tap_lookups, &tid);
	report(&copy, result ? result : found(&copy));
	return 0;
}

SEC("uprobe/libc.so.6:getaddrinfo")
int in_getaddrinfo(struct pt_regs *ctx)
{
	return begins(ctx, getaddrinfo, 0);
}

SEC("uretprobe/libc.so.6:getaddrinfo")
int out_getaddrinfo(struct pt_regs *ctx)
{
	return ends(getaddrinfo, -(__s32)user_result(ctx));
}

SEC("uprobe/libc.so.6:gethostbyname")
int in_gethostbyname(struct pt_regs *ctx)
{
	return begins(ctx, gethostbyname, 0);
}

SEC("uretprobe/libc.so.6:gethostbyname")
int out_gethostbyname(struct pt_regs *ctx)
{
	return ends(gethostbyname, user_result(ctx) ? OK : FAIL);
}

SEC("uprobe/libc.so.6:gethostbyname2")
int in_gethostbyname2(struct pt_regs *ctx)
{
	return begins(ctx, gethostbyname2, 0);
}

SEC("uretprobe/libc.so.6:gethostbyname2")
int out_gethostbyname2(struct pt_regs *ctx)
{
	return ends(gethostbyname2, user_result(ctx) ? OK : FAIL);
}

SEC("uprobe/libc.so.6:gethostbyname_r")
int in_gethostbyname_r(struct pt_regs *ctx)
{
	return begins(ctx, gethostbyname_r, user_fifth(ctx));
}

SEC("uretprobe/libc.so.6:gethostbyname_r")
int out_gethostbyname_r(struct pt_regs *ctx)
{
	return ends(gethostbyname_r, (__s32)user_result(ctx) ? FAIL : OK);
}

SEC("uprobe/libc.so.6:gethostbyname2_r")
int in_gethostbyname2_r(struct pt_regs *ctx)
{
	return begins(ctx, gethostbyname2_r, user_sixth(ctx));
}

SEC("uretprobe/libc.so.6:gethostbyname2_r")
int out_gethostbyname2_r(struct pt_regs *ctx)
{
	return ends(gethostbyname2_r, (__s32)user_result(ctx) ? FAIL : OK);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagefault: page faults, for the programs that tell or count them.
 *
 * Where the kernel has events for them (exceptions:page_fault_user and _kernel) they come from
 * there, else from its software event, which knows neither whether it was a write nor where it was.
 * Whoever includes this says before what becomes of one (fault_seen).
 */
#ifndef BPF_PAGEFAULT_H
#define BPF_PAGEFAULT_H

#include "bpf/regs.h"
#include "bpf/tap.h"

enum fault_access { read, write, execute, unknown };
enum fault_kind { missing, protection, any };
enum fault_mode { user, kernel, either };

struct fault {
	__u64 address, ip;
	enum fault_access access;
	enum fault_kind kind;
	enum fault_mode mode;
};

const volatile __u32 every = 1;

#define FAULT_SAYS                                                                                 \
	"either = fault_user, fault_any\n"                                                         \
	"maybe = fault_kernel\n"                                                                   \
	"sample = page-faults 1\n"                                                                 \
	"option.every = number 1..1000000 One of so many faults of a CPU\n"

/* Who runs now had a fault. */
static __always_inline void fault_seen(const struct fault *f);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} passed SEC(".maps");

static __always_inline bool fault_is_taken(void)
{
	__u32 zero = 0, *n;

	if (every <= 1)
		return true;
	n = bpf_map_lookup_elem(&passed, &zero);
	if (!n || ++*n < every)
		return false;
	*n = 0;
	return true;
}

/* The bits of x86: present, write, from a program, reserved, a fetch. */
static __always_inline int fault_of(__u64 address, const struct pt_regs *regs, __u64 bits,
				    enum fault_mode mode)
{
	struct fault f = { .address = address, .mode = mode };

	if (!fault_is_taken())
		return 0;
	f.ip = regs_ip(regs);
	f.access = bits & 16 ? execute : bits & 2 ? write : read;
	f.kind = bits & 1 ? protection : missing;
	fault_seen(&f);
	return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(fault_user, unsigned long address, struct pt_regs *regs, unsigned long bits)
{
	return fault_of(address, regs, bits, user);
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(fault_kernel, unsigned long address, struct pt_regs *regs, unsigned long bits)
{
	return fault_of(address, regs, bits, kernel);
}

SEC("perf_event")
int fault_any(struct bpf_perf_event_data *ctx)
{
	struct fault f = { .access = unknown, .kind = any, .mode = either };

	if (!fault_is_taken())
		return 0;
	f.address = ctx->addr;
	fault_seen(&f);
	return 0;
}

#endif

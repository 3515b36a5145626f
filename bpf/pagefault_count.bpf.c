/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagefault_count: page faults counted in the kernel, by process.
 */
#include "bpf/pagefault.h"
#include "bpf/tap_table.h"

struct fault_key {
	char comm[16];
	__s32 pid;
};

struct fault_value {
	__u64 faults;
	__u64 writes;
	__u64 in_kernel;
	__u64 protections;
};

TAP_TABLE(counts, struct fault_key, struct fault_value);
TAP_SAYS("blurb = page faults by process: how many, how many of them writes\n"
	 "table = counts\n"
	 "count = faults, writes, in_kernel, protections\n"
	 "option.by_pid = flag Every process apart; off: by command, and pid is 0\n" FAULT_SAYS);

const volatile bool by_pid = true;

static __always_inline void fault_seen(const struct fault *f)
{
	struct fault_key key = {};
	struct fault_value *v;
	struct tap_head head;

	if (!tap_begin_count(&head))
		return;
	__builtin_memcpy(key.comm, head.comm, sizeof(key.comm));
	key.pid = by_pid ? head.pid : 0;
	v = tap_entry(counts, &key, struct fault_value);
	if (!v)
		return;
	v->faults += every;
	v->writes += f->access == write ? every : 0;
	v->in_kernel += f->mode == kernel ? every : 0;
	v->protections += f->kind == protection ? every : 0;
}

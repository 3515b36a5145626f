/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_count: who runs on the CPUs, counted in the kernel by looking many times a second.
 */
#include "bpf/profile.h"
#include "bpf/tap_table.h"

struct profile_key {
	char comm[16];
	__s32 pid;
};

struct profile_value {
	__u64 samples;
	__u64 in_kernel;
	ns_t cpu_time; /* that the samples stand for */
};

TAP_TABLE(counts, struct profile_key, struct profile_value);
TAP_SAYS("blurb = who runs on the CPUs, looked at many times a second: CPU time by process\n"
	 "table = counts\n"
	 "count = samples, in_kernel, cpu_time\n"
	 "option.by_pid = flag Every process apart; off: by command, and pid is 0\n" PROFILE_SAYS);

const volatile bool by_pid = true;

SEC("perf_event")
int sample(void *ctx)
{
	struct profile_key key = {};
	struct profile_value *v;
	struct tap_head head;
	__u64 ip;

	if (!profile_wants() || !tap_begin_count(&head))
		return 0;
	__builtin_memcpy(key.comm, head.comm, sizeof(key.comm));
	key.pid = by_pid ? head.pid : 0;
	v = tap_entry(counts, &key, struct profile_value);
	if (!v)
		return 0;
	v->samples++;
	/* There is no stack of the kernel's while the program itself runs. */
	v->in_kernel += bpf_get_stack(ctx, &ip, sizeof(ip), 0) > 0;
	v->cpu_time += hz ? 1000000000 / hz : 0;
	return 0;
}

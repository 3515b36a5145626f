/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * typed: every kind of option, programs of which some cannot be here, and what is lost.
 */
#include "tests/bpf/common.h"

enum mode { MODE_FIRST, MODE_SECOND, MODE_THIRD = 7 };

struct tick_event {
	__u64 time_ns;
	__u32 cpu;
	__u32 tid;
	__s32 answer;
	__u32 mode;
	__u64 least;
	char word[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
	__type(value, struct tick_event);
} ticks SEC(".maps");

const volatile __u64 least = 1000000;
const volatile __u32 hz = 99;
const volatile __s16 answer = -42;
const volatile _Bool loud = 0;
const volatile enum mode mode = MODE_SECOND;
const volatile char word[8] = "abc";
const volatile __u8 tiny = 5;

__u32 not_given;

const char says[] SEC(".tapdeck") = "blurb = a tick of each CPU\n"
				    "cost = next to nothing\n"
				    "option.least = ns 0..10s shortest one\n"
				    "option.hz = hz 1..1000 ticks a second\n"
				    "option.answer = number a number\n"
				    "option.loud = flag also the others\n"
				    "option.mode = number one of some\n"
				    "option.word = text a word\n"
				    "option.tiny = percent 0..100 a share\n"
				    "either = on_nothing, on_nowhere, on_tick\n"
				    "maybe = on_gone\n"
				    "sample = cpu-clock hz\n"
				    "lost = not_given\n";

static __always_inline int give(void)
{
	struct tick_event e = { .time_ns = bpf_ktime_get_ns(),
				.cpu = bpf_get_smp_processor_id(),
				.tid = (__u32)bpf_get_current_pid_tgid(),
				.answer = answer,
				.mode = mode,
				.least = least };

	for (int i = 0; i < 8; i++)
		e.word[i] = word[i];
	if (bpf_ringbuf_output(&ticks, &e, sizeof(e), 0))
		not_given += 1 + loud * 0 + tiny * 0 + hz * 0;
	return 0;
}

SEC("tp_btf/no_such_tracepoint")
int on_nothing(void *ctx)
{
	return give();
}

SEC("tracepoint/nowhere/no_such_event")
int on_nowhere(void *ctx)
{
	return give();
}

SEC("perf_event")
int on_tick(void *ctx)
{
	return give();
}

SEC("tracepoint/sched/no_such_event")
int on_gone(void *ctx)
{
	return give();
}

SEC("xdp")
int on_packet(void *ctx)
{
	return 2;
}

SEC("?raw_tp/sys_enter")
int on_demand(void *ctx)
{
	return give();
}

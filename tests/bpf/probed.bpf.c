/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probed: a function of a program that an option names, and a manifest that says everything: type,
 * names, words of types, where the time stands. The types are of all kinds: nested, an enumeration,
 * addresses, an array, bits.
 */
#include "tests/bpf/common.h"

enum colour { RED = 1, GREEN, BLUE = 7 };

struct place {
	__u32 row;
	__u32 column;
};

struct call_made {
	__u64 when;
	__u32 who;
	__u32 thread;
	char name[16];
	struct place at;
	enum colour colour;
	__u32 peer;
	__u8 peer6[16];
	__u16 list[3];
	__u32 low : 3;
	__u32 high : 5;
	__u64 took;
};

struct call_made unused_global;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} calls SEC(".maps");

const volatile char program[128] = "";
const volatile __u32 row = 3;
const volatile enum colour colour = GREEN;

__u64 dropped;

SEC("uprobe/:tapped")
int on_tapped(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct call_made *e = bpf_ringbuf_reserve(&calls, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->when = bpf_ktime_get_ns();
	e->who = id >> 32;
	e->thread = (__u32)id;
	bpf_get_current_comm(&e->name, sizeof(e->name));
	e->at.row = row;
	e->at.column = 4;
	e->colour = colour;
	e->peer = 0x0100007f; /* 127.0.0.1 as it is sent */
	e->peer6[15] = 1;
	for (int i = 0; i < 3; i++)
		e->list[i] = i + 7;
	e->low = 5;
	e->high = 17;
	e->took = 1500000;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * absurd: types no event can have: larger than a record, deeper than anybody nests, with more
 * members than a format has.
 */
#include "tests/bpf/common.h"

/* clang-format off */
#define MEMBER(n) __u8 member_##n;
#define TEN(n) MEMBER(n##0) MEMBER(n##1) MEMBER(n##2) MEMBER(n##3) MEMBER(n##4) \
	MEMBER(n##5) MEMBER(n##6) MEMBER(n##7) MEMBER(n##8) MEMBER(n##9)
#define HUNDRED(n) TEN(n##0) TEN(n##1) TEN(n##2) TEN(n##3) TEN(n##4) \
	TEN(n##5) TEN(n##6) TEN(n##7) TEN(n##8) TEN(n##9)
#define THOUSAND(n) HUNDRED(n##0) HUNDRED(n##1) HUNDRED(n##2) HUNDRED(n##3) HUNDRED(n##4) \
	HUNDRED(n##5) HUNDRED(n##6) HUNDRED(n##7) HUNDRED(n##8) HUNDRED(n##9)
/* clang-format on */

struct absurd_event {
	__u64 ts;
	__u32 pid;
	__u32 huge[0x3fffff00];
};

/* Each level has the one below it twice. */
#define LEVEL(n, below)                                                                            \
	struct level_##n {                                                                         \
		struct level_##below left, right;                                                  \
	}

struct level_0 {
	__u8 leaf;
};
LEVEL(1, 0);
LEVEL(2, 1);
LEVEL(3, 2);
LEVEL(4, 3);
LEVEL(5, 4);
LEVEL(6, 5);
LEVEL(7, 6);
LEVEL(8, 7);
LEVEL(9, 8);
LEVEL(10, 9);
LEVEL(11, 10);
LEVEL(12, 11);
LEVEL(13, 12);
LEVEL(14, 13);

struct wide_event {
	THOUSAND(1)
	THOUSAND(2)
};

const struct absurd_event *unused_absurd_event __attribute__((unused));
const struct level_14 *known_level __attribute__((unused));
const struct wide_event *known_wide __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

SEC("raw_tp/sys_enter")
int on_enter(void *ctx)
{
	__u64 v[2] = { bpf_ktime_get_ns(), bpf_get_current_pid_tgid() >> 32 };

	bpf_ringbuf_output(&events, v, sizeof(v), 0);
	return 0;
}

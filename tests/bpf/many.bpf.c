/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * many: more descriptors than go into one message.
 */
#include "tests/bpf/common.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} runs SEC(".maps");

#define PROGRAM(n)                                                                                 \
	SEC("raw_tp/sys_enter")                                                                    \
	int on_##n(void *ctx)                                                                      \
	{                                                                                          \
		__u32 zero = 0;                                                                    \
		__u64 *v = bpf_map_lookup_elem(&runs, &zero);                                      \
                                                                                                   \
		if (v)                                                                             \
			*v += 1;                                                                   \
		return 0;                                                                          \
	}
#define TEN(n)                                                                                     \
	PROGRAM(n##0)                                                                              \
	PROGRAM(n##1)                                                                              \
	PROGRAM(n##2)                                                                              \
	PROGRAM(n##3)                                                                              \
	PROGRAM(n##4)                                                                              \
	PROGRAM(n##5)                                                                              \
	PROGRAM(n##6)                                                                              \
	PROGRAM(n##7)                                                                              \
	PROGRAM(n##8)                                                                              \
	PROGRAM(n##9)

TEN(0)
TEN(1)
TEN(2)
TEN(3)
TEN(4)
TEN(5)
TEN(6)
TEN(7)
TEN(8)
TEN(9)
TEN(a)
TEN(b)
TEN(c)
TEN(d)
TEN(e)

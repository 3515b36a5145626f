/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * common: what these objects need of the kernel's types. They use nothing of ours: such objects are
 * what people bring along.
 */
#ifndef TESTS_BPF_COMMON_H
#define TESTS_BPF_COMMON_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_RINGBUF = 27,
};

#define BPF_ANY		  0
#define BPF_NOEXIST	  1
#define BPF_F_CURRENT_CPU 0xffffffffULL

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#endif

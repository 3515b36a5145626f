/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind: which maps are what to us, by their type in the kernel.
 */
#ifndef BPF_KIND_H
#define BPF_KIND_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

/* The type of a map that gives events. */
static inline uint32_t kind_of_ring(bool is_perf)
{
	return is_perf ? BPF_MAP_TYPE_PERF_EVENT_ARRAY : BPF_MAP_TYPE_RINGBUF;
}

/* Whether each CPU has values of its own. */
static inline bool kind_is_percpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* Whether keys are numbers from 0 that are all there. */
static inline bool kind_is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* Whether keys and values can be listed and mean something: no stacks, storage, programs, maps. */
static inline bool kind_is_table(uint32_t type)
{
	return kind_is_array(type) || kind_is_percpu(type) || type == BPF_MAP_TYPE_HASH ||
	       type == BPF_MAP_TYPE_LRU_HASH;
}

#endif

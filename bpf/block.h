/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block: requests at block devices, from the queue to their end, and who made them.
 *
 * A request belongs to who was first seen with it: who put it into the queue of a scheduler, or
 * issued it. For what was written to the page cache that is a thread of the kernel.
 */
#ifndef BPF_BLOCK_H
#define BPF_BLOCK_H

#include "bpf/tap.h"

/* As the kernel's enum req_op. */
enum block_op {
	READ,
	WRITE,
	FLUSH,
	DISCARD,
	SECURE_ERASE = 5,
	ZONE_APPEND = 7,
	WRITE_ZEROES = 9,
	ZONE_OPEN = 11,
	ZONE_CLOSE = 13,
	ZONE_FINISH = 15,
	ZONE_RESET = 17,
	ZONE_RESET_ALL = 19,
	DRV_IN = 34,
	DRV_OUT = 35,
};

/* As the kernel's enum req_flag_bits, from bit 8 on. */
enum block_flags {
	FAILFAST_DEV = 1 << 8,
	FAILFAST_TRANSPORT = 1 << 9,
	FAILFAST_DRIVER = 1 << 10,
	SYNC = 1 << 11,
	META = 1 << 12,
	PRIO = 1 << 13,
	NOMERGE = 1 << 14,
	IDLE = 1 << 15,
	INTEGRITY = 1 << 16,
	FUA = 1 << 17,
	PREFLUSH = 1 << 18,
	RAHEAD = 1 << 19,
	BACKGROUND = 1 << 20,
	NOWAIT = 1 << 21,
};

#define BLOCK_FLAGS 0x3fff00

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct gendisk {
	int major, first_minor;
	char disk_name[32];
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	__u64 __sector;
};

struct request___disk {
	struct gendisk *rq_disk; /* before 5.17 */
};

#pragma clang attribute pop

/* What is known of a request on its way. */
struct block_start {
	struct tap_head who;
	__u64 queued, issued; /* 0: not yet */
	__u64 sector;
	__u32 bytes;
	__s32 error; /* of a part of it */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, const struct request *);
	__type(value, struct block_start);
} tap_requests SEC(".maps");

static __always_inline const struct gendisk *block_disk(const struct request *rq)
{
	const struct request___disk *old = (const void *)rq;

	if (bpf_core_field_exists(old->rq_disk))
		return BPF_CORE_READ(old, rq_disk);
	return BPF_CORE_READ(rq, q, disk);
}

static __always_inline void block_enter(const struct request *rq, __u64 queued, __u64 issued)
{
	struct block_start s = { .queued = queued, .issued = issued };

	tap_who(&s.who);
	s.sector = BPF_CORE_READ(rq, __sector);
	s.bytes = BPF_CORE_READ(rq, __data_len);
	if (bpf_map_update_elem(&tap_requests, &rq, &s, BPF_ANY))
		tap_count(missed);
}

/* A request that is issued, and comes again since the device was busy. */
static __always_inline bool block_again(const struct request *rq)
{
	const struct block_start *s = bpf_map_lookup_elem(&tap_requests, &rq);

	return s && s->issued && s->sector == BPF_CORE_READ(rq, __sector);
}

SEC("tp_btf/block_rq_insert")
int BPF_PROG(insert, const struct request *rq)
{
	if (!block_again(rq))
		block_enter(rq, bpf_ktime_get_ns(), 0);
	return 0;
}

/* The request becomes part of another one. */
SEC("tp_btf/block_rq_merge")
int BPF_PROG(merge, const struct request *rq)
{
	bpf_map_delete_elem(&tap_requests, &rq);
	return 0;
}

/* One that comes again (the device was busy) was issued the first time. */
SEC("tp_btf/block_rq_issue")
int BPF_PROG(issue, const struct request *rq)
{
	struct block_start *s = bpf_map_lookup_elem(&tap_requests, &rq);

	if (!s || (s->issued && s->sector != BPF_CORE_READ(rq, __sector))) {
		block_enter(rq, 0, bpf_ktime_get_ns());
	} else if (!s->issued) {
		s->issued = bpf_ktime_get_ns();
		s->sector = BPF_CORE_READ(rq, __sector);
		s->bytes = BPF_CORE_READ(rq, __data_len); /* more was merged into it */
	}
	return 0;
}

/* The kernel's errors of block devices (blk_status_t) as errors of system calls. */
static __always_inline __s32 block_error(__u32 status)
{
	switch (status) {
	case 0:
		return 0;
	case 1:
		return -95; /* EOPNOTSUPP */
	case 2:
		return -110; /* ETIMEDOUT */
	case 3:
		return -28; /* ENOSPC */
	case 4:
		return -67; /* ENOLINK */
	case 5:
		return -121; /* EREMOTEIO */
	case 6:
		return -52; /* EBADE */
	case 7:
		return -61; /* ENODATA */
	case 8:
		return -84; /* EILSEQ */
	case 9:
		return -12; /* ENOMEM */
	case 12:
		return -11; /* EAGAIN */
	case 13:
		return -16; /* EBUSY */
	default:
		return -5; /* EIO */
	}
}

/* What is known of a request of which bytes are done; NULL: nothing, or more of it is to come. */
static __always_inline struct block_start *block_done(const struct request *rq, __u32 status,
						      __u32 bytes)
{
	struct block_start *s = bpf_map_lookup_elem(&tap_requests, &rq);

	if (!s)
		return NULL;
	if (status && !s->error)
		s->error = block_error(status);
	if (bytes < BPF_CORE_READ(rq, __data_len))
		return NULL;
	return s;
}

#endif

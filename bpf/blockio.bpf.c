/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockio: requests at block devices when they are done: what was read or written where, how long
 * the device took and who made it.
 */
#include "bpf/block.h"

struct blockio_event {
	struct tap_head;
	__u32 major, minor;
	char disk[32];
	enum block_op op;
	enum block_flags flags;
	__u64 sector;
	bytes_t bytes;
	ns_t latency; /* of the device */
	ns_t queued;  /* before, in the queue of a scheduler; 0: there is none */
	errno_t error;
};

TAP_EVENTS(struct blockio_event);
TAP_SAYS(
    "blurb = block device requests: disk, sector, bytes, latency, time in the queue, error\n"
    "print = \"%u:%u %s %s sector=%llu bytes=%llu latency=%llu queued=%llu error=%d flags=%s\", "
    "major, minor, disk, op, sector, bytes, latency, queued, error, flags\n"
    "option.least = ns Only what takes a device at least so long\n");

const volatile __u64 least = 0;

static __always_inline void report(const struct request *rq, const struct block_start *s)
{
	const struct gendisk *disk = block_disk(rq);
	struct blockio_event e = {};

	if (!tap_begin_again((struct tap_head *)&e, &s->who))
		return;
	e.latency = e.ts - s->issued;
	if (e.latency < least)
		return;
	if (disk) {
		e.major = BPF_CORE_READ(disk, major);
		e.minor = BPF_CORE_READ(disk, first_minor);
		BPF_CORE_READ_STR_INTO(&e.disk, disk, disk_name);
	}
	e.op = BPF_CORE_READ(rq, cmd_flags) & 0xff;
	e.flags = BPF_CORE_READ(rq, cmd_flags) & BLOCK_FLAGS;
	e.sector = s->sector == ~0ULL ? 0 : s->sector; /* a flush has none */
	e.bytes = s->bytes;
	e.queued = s->queued ? s->issued - s->queued : 0;
	e.error = s->error;
	tap_send(&e, sizeof(e));
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(complete, const struct request *rq, __u32 status, __u32 bytes)
{
	struct block_start *s = block_done(rq, status, bytes);

	if (!s)
		return 0;
	if (s->issued)
		report(rq, s);
	bpf_map_delete_elem(&tap_requests, &rq);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockio_count: requests at block devices counted in the kernel, by disk and what they do.
 */
#include "bpf/block.h"
#include "bpf/tap_table.h"

struct blockio_key {
	char disk[32];
	__u32 major, minor;
	enum block_op op;
};

struct blockio_value {
	__u64 errors;
	bytes_t bytes;
	ns_t queued;
	struct tap_times; /* of the device */
};

TAP_TABLE(counts, struct blockio_key, struct blockio_value);
TAP_SAYS("blurb = block device requests by disk and operation: how many, bytes, how long\n"
	 "table = counts\n"
	 "hide = slots\n"
	 "count = count, errors, bytes, queued, total\n"
	 "histogram = slots ns\n");

static __always_inline void add(const struct request *rq, const struct block_start *s)
{
	const struct gendisk *disk = block_disk(rq);
	struct blockio_key key = {};
	struct blockio_value *v;
	struct tap_head head;

	if (!tap_begin_again(&head, &s->who))
		return;
	if (disk) {
		key.major = BPF_CORE_READ(disk, major);
		key.minor = BPF_CORE_READ(disk, first_minor);
		BPF_CORE_READ_STR_INTO(&key.disk, disk, disk_name);
	}
	key.op = BPF_CORE_READ(rq, cmd_flags) & 0xff;
	v = tap_entry(counts, &key, struct blockio_value);
	if (!v)
		return;
	v->errors += s->error != 0;
	v->bytes += s->bytes;
	if (s->queued)
		v->queued += s->issued - s->queued;
	tap_add_time((struct tap_times *)&v->count, head.ts - s->issued);
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(complete, const struct request *rq, __u32 status, __u32 bytes)
{
	struct block_start *s = block_done(rq, status, bytes);

	if (!s)
		return 0;
	if (s->issued)
		add(rq, s);
	bpf_map_delete_elem(&tap_requests, &rq);
	return 0;
}

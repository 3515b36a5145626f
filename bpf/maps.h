/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps: reading and writing the maps of loaded programs, by descriptor.
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include "bpf/code.h"
#include "bpf/loader.h"
#include "core/counts.h"

/* Whether BPF works here at all: -ENOTSUP, -EPERM ... with the reason and what would help. Opens
 * nothing for good. */
int bpf_probe_system(struct err *e);

/* Writes what a program is told. */
int maps_control(int fd, const struct tap_control *c, struct err *e);
/* What the programs counted, over all CPUs. */
int maps_counts(int fd, struct tap_counts *ret, struct err *e);
/* An unsigned number of size bytes at a place of an array's first value (over all CPUs: a sum). */
int maps_number(int fd, uint32_t at, uint32_t size, uint64_t *ret, struct err *e);

/* Makes a hash map for processes (the programs' tap_pids). Returns its descriptor. */
int maps_pids(struct err *e);
/* Makes it hold just these. */
int maps_pids_set(int fd, const int32_t *pids, size_t count, struct err *e);

/* Adds some to those that are in it. */
int maps_pids_add(int fd, const int32_t *pids, size_t count, struct err *e);
/* Makes room for what says that everybody is wanted (TAP_EVERYBODY), and does not say it. */
int maps_pids_void(int fd, struct err *e);

/*
 * Appends every entry of a table: records of its layout with this id. Values of CPUs are summed
 * where they are counted (counts, histogram), else the greatest is taken.
 */
int maps_read(const struct bpf_table *t, unsigned id, struct counts *to, struct err *e);

/*
 * Takes entries out of a table's map, by count keys one behind the other, and appends what they
 * held; what is there no more gives nothing. -ENOTSUP: this kernel, or the kind of map, cannot do
 * it in one.
 */
int maps_take(const struct bpf_table *t, unsigned id, const uint8_t *keys, size_t count,
	      struct counts *to);

/* Runs of a program and ns in them, since statistics are on. */
int maps_prog_stats(int fd, uint64_t *ret_runs, uint64_t *ret_ns, uint64_t *ret_missed);
/* Lets the kernel measure its programs as long as the descriptor is open. */
int maps_stats_on(struct err *e);

/* Bytes that a ring has room for. */
int maps_ring_size(int fd, uint64_t *ret);
/* Bytes in a ring of size bytes, by its positions. */
int maps_ring_fill(int fd, uint32_t size, uint64_t *ret_held, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_time: what a trace.dat says of its times, between dat_time_read.c, which reads it, and
 * dat_time.c, which makes maps of it. Nobody else includes this.
 */
#ifndef TRACEFS_DAT_TIME_H
#define TRACEFS_DAT_TIME_H

#include "tracefs/dat_private.h"

#define DAT_GUESTS_MAX 256

struct dat_sample {
	uint64_t time;
	int64_t offset;
	uint64_t scaling;
	unsigned fraction;
};

struct dat_samples {
	uint32_t count;
	struct dat_sample *v;
};

/* A TIME_SHIFT option. */
struct dat_shift {
	uint64_t peer;
	uint32_t flags;
	unsigned cpus;
	struct dat_samples *v;
};

struct dat_times {
	uint64_t trace_id;
	uint64_t mult; /* 0: times are ns */
	unsigned bits;
	uint64_t offset; /* to add */
	struct dat_shift shift;
	struct dat_guest guests[DAT_GUESTS_MAX];
	unsigned guest_count;
	struct time_map *plain; /* of CPUs without samples */
	struct time_map **maps; /* of those with: map_count of them */
	unsigned map_count;
};

/* Frees the samples of a TIME_SHIFT option; it is empty then. */
void dat_shift_free(struct dat_shift *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames_wire: what goes between tapdeck and the process that names addresses. A packet each way.
 */
#ifndef BPF_FRAMES_WIRE_H
#define BPF_FRAMES_WIRE_H

#include <stdint.h>

#define FRAMES_BATCH  64	   /* addresses of one request */
#define FRAMES_NAME   200	   /* bytes of one answer at most, its NUL too */
#define FRAMES_RETURN (1ULL << 63) /* in an address: the call before it is meant */

struct frames_ask {
	uint32_t space; /* the number of a process that executes something */
	int32_t tid;	/* a thread of it */
	int32_t pid;	/* for when the thread is gone */
	uint32_t count;
	uint64_t addresses[FRAMES_BATCH];
};

/* Behind it the names, a NUL behind each; "": not known. */
struct frames_head {
	uint32_t space;
	uint32_t count;
	uint64_t read_at; /* CLOCK_MONOTONIC when its memory was looked at; 0: it was gone */
};

#define FRAMES_ANSWER (sizeof(struct frames_head) + FRAMES_BATCH * FRAMES_NAME)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring: the per-CPU buffers of an instance, read as binary pages.
 *
 * A read of trace_pipe_raw returns a full-size buffer holding what was committed so far: a
 * fragment. Cost: 18.7 us for a partial 64 KiB one, 6 us for 4 KiB, 1.4 us for none. So a CPU whose
 * last reads were nearly empty is read less often.
 */
#ifndef TRACEFS_RING_H
#define TRACEFS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct ring {
	int fd; /* per_cpu/cpuN/trace_pipe_raw, O_NONBLOCK; -1 when closed */
	unsigned cpu;
	uint32_t subbuf_size;
};

/* Opens the buffer of a CPU of the instance in directory path. */
int ring_open(struct ring *r, const char *path, unsigned cpu, uint32_t subbuf_size, struct err *e);
void ring_close(struct ring *r);

/*
 * Reads one fragment into buf (subbuf_size bytes). Returns the bytes read, header included, 0 when
 * the buffer is empty, -EAGAIN never, other -Exxx on errors. ENODEV: the CPU or instance is gone.
 */
int ring_read(struct ring *r, uint8_t *buf, struct err *e);

#endif

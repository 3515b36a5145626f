/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring: one descriptor on one CPU's buffer.
 *
 * Owns the descriptor. Never blocks and never reads less than a whole sub-buffer: the kernel would
 * keep the rest back and hand it out as the next read, without a header.
 */
#include "tracefs/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/page.h"
#include "tracefs/dir.h"

int ring_open(struct ring *r, const char *path, unsigned cpu, uint32_t subbuf_size, struct err *e)
{
	int fd = tracefs_open(path, O_RDONLY | O_NONBLOCK, e, "per_cpu/cpu%u/trace_pipe_raw", cpu);

	if (fd < 0)
		return fd;
	*r = (struct ring) { .fd = fd, .cpu = cpu, .subbuf_size = subbuf_size };
	return 0;
}

void ring_close(struct ring *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

int ring_read(struct ring *r, uint8_t *buf, struct err *e)
{
	ssize_t n;

	do {
		n = read(r->fd, buf, r->subbuf_size);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return err_errno(e, "cannot read the buffer of CPU %u", r->cpu);
	if (n > 0 && n < PAGE_HEADER)
		return err_set(e, -EIO, "the buffer of CPU %u gave %zd bytes, less than a header",
			       r->cpu, n);
	return (int)n;
}

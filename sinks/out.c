/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out: whole buffers to a descriptor, whatever a single write takes.
 */
#include "sinks/out.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int out_flush(struct strbuf *b, int fd, struct err *e)
{
	size_t done = 0;
	int rc = 0;

	while (done < b->len) {
		ssize_t n = write(fd, b->s + done, b->len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1); /* a descriptor somebody else made non-blocking */
		} else if (errno != EINTR) {
			rc = err_errno(e, "cannot write");
			break;
		}
	}
	strbuf_clear(b);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out: whole buffers to a descriptor, whatever a single write takes.
 */
#include "sinks/out.h"

#include <errno.h>
#include <unistd.h>

int out_flush(struct strbuf *b, int fd, struct err *e)
{
	size_t done = 0;
	int rc = 0;

	if (fd < 0)
		return b->len < OUT_HELD ? 0 : -EAGAIN;
	while (done < b->len) {
		ssize_t n = write(fd, b->s + done, b->len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			rc = err_errno(e, "cannot write");
			break;
		}
	}
	if (rc == -EAGAIN)
		strbuf_shift(b, done);
	else
		strbuf_clear(b);
	return rc;
}

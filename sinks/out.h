/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out: what the sinks that write lines share: a buffer, and its way to a descriptor.
 */
#ifndef SINKS_OUT_H
#define SINKS_OUT_H

#include "core/err.h"
#include "core/strbuf.h"

#define OUT_FULL 65536
#define OUT_HELD (8u << 20)

/*
 * Writes the buffer to fd. -EPIPE: the reader went away. -EAGAIN: a descriptor that does not
 * block is full; what it did not take stays in the buffer. With fd -1 everything stays; -EAGAIN
 * when it is more than OUT_HELD.
 */
int out_flush(struct strbuf *b, int fd, struct err *e);

/* Flushes once the buffer is full enough to be worth a system call. */
static inline int out_maybe(struct strbuf *b, int fd, struct err *e)
{
	return b->len < OUT_FULL ? 0 : out_flush(b, fd, e);
}

#endif

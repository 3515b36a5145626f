/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep_wire: see the header.
 */
#include "tracefs/tep_wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"

static int send_all(int fd, const void *bytes, size_t size)
{
	const char *p = bytes;

	while (size) {
		ssize_t n = send(fd, p, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int tep_wire_send(int fd, const struct tep_wire_head *h, const void *bytes)
{
	int rc = send_all(fd, h, sizeof(*h));

	return rc < 0 ? rc : send_all(fd, bytes, h->size);
}

/* How long to sleep, for poll; -1: for ever. */
static int wait_ms(uint64_t until)
{
	uint64_t now;

	if (until == UINT64_MAX)
		return -1;
	now = clock_mono();
	return now >= until ? 0 : (int)MIN((until - now) / NSEC_PER_MSEC + 1, 60000ULL);
}

static int receive_all(int fd, void *to, size_t size, uint64_t until)
{
	char *p = to;

	while (size) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int ready = poll(&pfd, 1, wait_ms(until));
		ssize_t n;

		if (!ready)
			return -ETIMEDOUT;
		n = ready < 0 ? -1 : recv(fd, p, size, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return -EPIPE;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int tep_wire_receive(int fd, struct tep_wire_head *h, char **buf, size_t *cap, uint64_t until)
{
	int rc = receive_all(fd, h, sizeof(*h), until);

	if (rc < 0)
		return rc;
	if (h->size > TEP_WIRE_MAX)
		return -EBADMSG;
	if (*cap < (size_t)h->size + 1) {
		*cap = (size_t)h->size + 1;
		*buf = xrealloc(*buf, *cap, 1);
	}
	rc = receive_all(fd, *buf, h->size, until);
	(*buf)[h->size] = '\0';
	return rc;
}

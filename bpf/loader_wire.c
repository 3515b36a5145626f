/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_wire: parcels over a socket of sequenced packets. The first packet has the file with the
 * text, further ones have descriptors.
 */
#include "bpf/loader_wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"

#define WIRE_MAGIC 0x74617064u

/* Of every packet. */
struct head {
	uint32_t magic;
	uint32_t text;	/* bytes of the text; 0 in further packets */
	uint32_t count; /* of the parcel's descriptors, without the text's */
};

/* ---- sending ---- */

static int send_packet(int sock, const struct head *h, const int *fds, size_t count)
{
	union {
		char bytes[CMSG_SPACE((WIRE_GROUP + 1) * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = (void *)h, .iov_len = sizeof(*h) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		m.msg_control = control.bytes;
		m.msg_controllen = CMSG_SPACE(count * sizeof(int));
		memset(control.bytes, 0, m.msg_controllen);
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, count * sizeof(int));
	}
	while (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return errno == ECONNRESET ? -EPIPE : -errno;
	return 0;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* The first packet: the text's file, and as many descriptors as go with it. */
static int send_first(int sock, struct head *h, const char *text, const int *fds, size_t count)
{
	_cleanup_close_ int file = memfd_create("tapdeck-bpf", MFD_CLOEXEC);
	int group[WIRE_GROUP + 1];
	int rc;

	if (file < 0)
		return -errno;
	rc = write_all(file, text, h->text);
	if (rc)
		return rc;
	group[0] = file;
	if (count)
		memcpy(group + 1, fds, count * sizeof(*fds));
	return send_packet(sock, h, group, count + 1);
}

int parcel_send(int sock, const char *text, size_t size, const int *fds, size_t count)
{
	struct head h = { .magic = WIRE_MAGIC };
	size_t first = MIN(count, (size_t)WIRE_GROUP);
	int rc;

	if (!size || size > WIRE_TEXT || count > WIRE_FDS)
		return -EMSGSIZE;
	h.text = (uint32_t)size;
	h.count = (uint32_t)count;
	rc = send_first(sock, &h, text, fds, first);
	h.text = 0;
	for (size_t i = first; !rc && i < count; i += WIRE_GROUP)
		rc = send_packet(sock, &h, fds + i, MIN(count - i, (size_t)WIRE_GROUP));
	return rc;
}

/* ---- receiving ---- */

/* What one packet brought. */
struct packet {
	struct head head;
	int fds[WIRE_GROUP + 1];
	size_t count;
	bool is_cut;
};

static void take_fds(struct msghdr *m, struct packet *pk)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = MIN(n, ARRAY_SIZE(pk->fds) - pk->count);
		memcpy(pk->fds + pk->count, CMSG_DATA(c), n * sizeof(int));
		pk->count += n;
	}
	pk->is_cut = m->msg_flags & (MSG_CTRUNC | MSG_TRUNC);
}

/* 1: there was one; 0: not yet. */
static int receive_packet(int sock, struct packet *pk)
{
	union {
		char bytes[CMSG_SPACE((WIRE_GROUP + 1) * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = &pk->head, .iov_len = sizeof(pk->head) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	do {
		n = recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -EPIPE;
	take_fds(&m, pk);
	if (!n && !pk->count)
		return -EPIPE;
	if (pk->is_cut)
		return -EMFILE;
	return n == sizeof(pk->head) && pk->head.magic == WIRE_MAGIC ? 1 : -EBADMSG;
}

/* The text, copied out of its file: who sent it may still write there. */
static int read_text(struct parcel *p, int file, size_t size)
{
	size_t have = 0;

	p->text = malloc(size + 1);
	if (!p->text)
		return -ENOMEM;
	p->text[size] = '\0';
	p->size = size;
	while (have < size) {
		ssize_t n = pread(file, p->text + have, size - have, (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EBADMSG;
		have += (size_t)n;
	}
	return 0;
}

static int begin(struct parcel *p, struct packet *pk)
{
	struct stat st;
	int rc;

	if (!pk->count || !pk->head.text || pk->head.text > WIRE_TEXT ||
	    pk->head.count > WIRE_FDS || fstat(pk->fds[0], &st) || !S_ISREG(st.st_mode) ||
	    st.st_size != (off_t)pk->head.text)
		return -EBADMSG;
	p->want = pk->head.count;
	p->fds = xcalloc(p->want + 1, sizeof(*p->fds));
	rc = read_text(p, pk->fds[0], pk->head.text);
	close(pk->fds[0]);
	pk->fds[0] = -1;
	return rc;
}

/* Moves a packet's descriptors to the parcel. */
static int keep(struct parcel *p, struct packet *pk, size_t from)
{
	if (pk->count - from > p->want - p->count || pk->head.count != p->want)
		return -EBADMSG;
	for (size_t i = from; i < pk->count; i++) {
		p->fds[p->count++] = pk->fds[i];
		pk->fds[i] = -1;
	}
	return 0;
}

int parcel_receive(int sock, struct parcel *p)
{
	for (;;) {
		struct packet pk = { 0 };
		bool is_first = !p->text;
		int rc = receive_packet(sock, &pk);

		if (rc > 0)
			rc = is_first ? begin(p, &pk) : pk.count && !pk.head.text ? 0 : -EBADMSG;
		else if (!rc)
			return 0;
		if (!rc)
			rc = keep(p, &pk, is_first);
		for (size_t i = 0; i < pk.count; i++)
			if (pk.fds[i] >= 0)
				close(pk.fds[i]);
		if (rc)
			return rc;
		if (p->count == p->want)
			return 1;
	}
}

void parcel_done(struct parcel *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->fds[i] >= 0)
			close(p->fds[i]);
	free(p->fds);
	free(p->text);
	*p = (struct parcel) { 0 };
}

int parcel_fd(struct parcel *p, int64_t number)
{
	int fd;

	if (number < 0 || (uint64_t)number >= p->count)
		return -1;
	fd = p->fds[number];
	p->fds[number] = -1;
	return fd;
}

/* ---- texts ---- */

char *wire_clean(const char *s, size_t n)
{
	struct strbuf b = { 0 };
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '\n' && s[i] != '\t')
			continue;
		safe_text(&b, s + from, i - from);
		if (i < n)
			strbuf_add(&b, s + i, 1);
		from = i + 1;
	}
	return strbuf_take(&b);
}

json_t *wire_text(const char *s)
{
	_cleanup_free_ char *clean = s ? wire_clean(s, strlen(s)) : NULL;

	return clean ? json_string(clean) : json_null();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_net: see bpf_net.h.
 */
#include "tests/kernel/bpf_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct told *told;

const uint8_t lo4[16] = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 };
const uint8_t lo6[16] = { [15] = 1 };

int net_setup(void **state)
{
	(void)state;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return told == MAP_FAILED;
}

static int take(void *data, void *event, size_t size)
{
	struct rows *rows = data;

	if (rows->count < ROWS && size <= ROW_BYTES)
		memcpy(rows->bytes[rows->count++], event, size);
	return 0;
}

const void *row(const struct rows *rows, uint16_t port, unsigned n)
{
	for (unsigned i = 0; i < rows->count; i++) {
		const struct ends *e = (const void *)(rows->bytes[i] + sizeof(struct seen_head));

		if ((e->sport == port || e->dport == port) && !n--)
			return rows->bytes[i];
	}
	return NULL;
}

void begin(struct tap_program *p, struct rows *rows, const char *name)
{
	char why[256];

	memset(rows, 0, sizeof(*rows));
	if (geteuid() != 0) {
		print_message("not root\n");
		skip();
	}
	if (!tap_open(p, name, why)) {
		print_message("%s\n", why);
		skip();
	}
	p->take = take;
	p->data = rows;
}

void go(struct tap_program *p)
{
	char why[256];

	if (!tap_load(p, 0, 0, why))
		fail_msg("%s", why);
	tap_say(p);
}

pid_t let(struct tap_program *p, void (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	usleep(100000);
	tap_look(p);
	return pid;
}

void assert_ends(const struct ends *e, const uint8_t address[16], unsigned family)
{
	assert_int_equal(e->family, family);
	assert_memory_equal(e->saddr, address, 16);
	assert_memory_equal(e->daddr, address, 16);
}

/* ---- what children do ---- */

void must(bool ok)
{
	if (!ok) {
		perror("actor");
		_exit(1);
	}
}

static socklen_t loopback(struct sockaddr_in6 *a, int family, uint16_t port)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)a;

	memset(a, 0, sizeof(*a));
	a->sin6_family = (sa_family_t)family;
	if (family == AF_INET6) {
		a->sin6_addr = in6addr_loopback;
		a->sin6_port = htons(port);
		return sizeof(*a);
	}
	a4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a4->sin_port = htons(port);
	return sizeof(*a4);
}

int listens(int family, int backlog)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 a;
	socklen_t len = loopback(&a, family, 0);

	must(fd >= 0 && !bind(fd, (struct sockaddr *)&a, len) && !listen(fd, backlog));
	must(!getsockname(fd, (struct sockaddr *)&a, &len));
	told->port = ntohs(a.sin6_port);
	return fd;
}

int connects(int family, uint16_t port, int flags)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	struct sockaddr_in6 a;
	socklen_t len = loopback(&a, family, port);

	must(fd >= 0);
	if (connect(fd, (struct sockaddr *)&a, len) && errno != EINPROGRESS) {
		close(fd);
		return -errno;
	}
	return fd;
}

void gives(int fd, size_t bytes)
{
	char buf[4096] = "";

	must(write(fd, buf, bytes) == (ssize_t)bytes);
}

void gets_all(int fd, size_t bytes)
{
	char buf[4096];

	must(recv(fd, buf, bytes, MSG_WAITALL) == (ssize_t)bytes);
}

int accepts(int fd)
{
	int got = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	must(got >= 0);
	return got;
}

void talk(void)
{
	int fd = listens(AF_INET6, 8), got;
	pid_t peer = fork();

	if (!peer) {
		close(fd);
		fd = connects(AF_INET6, told->port, 0);
		gives(fd, 400);
		usleep(30000);
		gives(fd, 600);
		gets_all(fd, 500);
		_exit(0);
	}
	told->peer = peer;
	got = accepts(fd);
	gets_all(got, 1000);
	gives(got, 500);
	must(read(got, &(char) { 0 }, 1) == 0);
	close(got);
	must(waitpid(peer, NULL, 0) == peer);
}

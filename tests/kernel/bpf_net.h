/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_net: TCP connections of known behaviour, and the rows that programs give of them.
 */
#ifndef TESTS_BPF_NET_H
#define TESTS_BPF_NET_H

#include <sys/types.h>

#include "tests/kernel/bpf_fixture.h"

/* Both ends, as bpf/sock.h has them. */
struct ends {
	uint32_t family;
	uint8_t saddr[16];
	uint16_t sport, dport;
	uint8_t daddr[16];
};

#define ROWS	  64
#define ROW_BYTES 256

struct rows {
	unsigned char bytes[ROWS][ROW_BYTES];
	unsigned count;
	uint16_t port; /* of the listener: only rows of its connections */
};

/* What a child tells. */
struct told {
	uint16_t port;
	uint16_t refused;
	int fd;
	pid_t peer;
};

/* Shared with the children. */
extern struct told *told;

/* The loopback addresses, as they stand in rows. */
extern const uint8_t lo4[16], lo6[16];

/* Shares memory with the children; for cmocka's setup of a group. */
int net_setup(void **state);

/* Opens a program whose rows are collected; skips where that cannot be. Then options, then go. */
void begin(struct tap_program *p, struct rows *rows, const char *name);
/* Loads it and takes what it gives. */
void go(struct tap_program *p);
/* Lets a child do something, and everything that follows from it. Returns its pid. */
pid_t let(struct tap_program *p, void (*act)(void));
/* The n-th row of a connection with this port at one end; NULL: there is none. */
const void *row(const struct rows *rows, uint16_t port, unsigned n);
/* Both ends are this address. */
void assert_ends(const struct ends *e, const uint8_t address[16], unsigned family);

/* ---- for children: they die when something does not work ---- */

void must(bool ok);
/* A listener at any port, which is told. */
int listens(int family, int backlog);
/* A connection to this machine, or an error. */
int connects(int family, uint16_t port, int flags);
int accepts(int fd);
void gives(int fd, size_t bytes);
void gets_all(int fd, size_t bytes);
/* A client (told->peer) gives 1,000 bytes over IPv6, gets 500 and closes first. */
void talk(void);

#endif

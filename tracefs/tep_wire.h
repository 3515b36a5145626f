/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep_wire: what tep_helper.c (who asks) and tep_server.c (the process that answers) say to each
 * other: a head, then its bytes. For these two alone.
 */
#ifndef TRACEFS_TEP_WIRE_H
#define TRACEFS_TEP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define TEP_WIRE_FD  3 /* of the socket, in the helper */
#define TEP_WIRE_MAX (2u << 20)

enum tep_wire_kind {
	TEP_WIRE_FORMAT, /* key; swap, long_size: system, NUL, format */
	TEP_WIRE_RECORD, /* key: a record of that format; answered by TEXT or NO */
	TEP_WIRE_TEXT,
	TEP_WIRE_NO,	 /* it cannot be printed */
	TEP_WIRE_SYMBOL, /* value is an address; answered by NAME, before anything else */
	TEP_WIRE_NAME,	 /* value is the offset: name, NUL, module, NUL; nothing: not known */
};

struct tep_wire_head {
	uint32_t kind, key, size; /* size: of the bytes behind it */
	uint8_t swap, long_size, pad[2];
	uint64_t value;
};

/* Writes a head and its bytes. -Exxx. */
int tep_wire_send(int fd, const struct tep_wire_head *h, const void *bytes);

/*
 * Reads a head and its bytes into *buf (room for head.size and a NUL, grown as needed). until: on
 * CLOCK_MONOTONIC, UINT64_MAX for ever. -EPIPE: the other end is gone; -ETIMEDOUT; -EBADMSG.
 */
int tep_wire_receive(int fd, struct tep_wire_head *h, char **buf, size_t *cap, uint64_t until);

#endif

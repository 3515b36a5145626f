/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_wire: what loader.c (who asks) and loader_main.c (the process that answers) say to each
 * other. For these and for loader_say.c and loader_hear.c alone.
 *
 * A parcel is a text (JSON) and descriptors. The text comes in a file in memory, so it may be as
 * long as a verifier's log; descriptors come by groups, so there may be hundreds.
 */
#ifndef BPF_LOADER_WIRE_H
#define BPF_LOADER_WIRE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/loader.h"
#include "bpf/loader_spawn.h"

#define WIRE_GROUP  128		 /* descriptors in a message; the kernel takes 253 */
#define WIRE_FDS    4096	 /* in a parcel */
#define WIRE_TEXT   (64u << 20)	 /* bytes of a parcel's text */
#define OBJECT_SIZE (256u << 20) /* of an object's file */

struct parcel {
	char *text; /* NULL until it came */
	size_t size;
	int *fds; /* the parcel's; -1: taken out of it */
	size_t count, want;
};

/*
 * Sends a text and descriptors, which stay the caller's. On a socket that does not block: at most
 * WIRE_GROUP descriptors, all at once or -EAGAIN. -EPIPE: the other end is gone.
 */
int parcel_send(int sock, const char *text, size_t size, const int *fds, size_t count);

/* Receives what is there without waiting. 1: the parcel is whole; 0: more is to come; -EPIPE: the
 * other end is gone; -EMFILE: no room for descriptors; -EBADMSG. */
int parcel_receive(int sock, struct parcel *p);

/* Closes what was not taken out, and forgets the parcel. */
void parcel_done(struct parcel *p);

/* Takes a descriptor out of the parcel: -1 when it has none of that number (any more). */
int parcel_fd(struct parcel *p, int64_t number);

/* A copy of n bytes that a terminal and JSON can take: lines and tabs stay. The caller frees it. */
char *wire_clean(const char *s, size_t n);

/* The same, in JSON; NULL becomes null. */
json_t *wire_text(const char *s);

/* The parts of a layout by number. */
#define LAYOUT_PARTS 7
static inline struct layout_part *layout_part_at(struct layout *l, size_t i)
{
	struct layout_part *const v[LAYOUT_PARTS] = { &l->time, &l->cpu, &l->tid,   &l->pid,
						      &l->comm, &l->uid, &l->cgroup };

	return v[i];
}

/* The loader's side: an answer as text, and its descriptors in order. The caller frees *fds. */
char *answer_say(const struct loader_answer *a, int **fds, size_t *count);

/* The client's side: checks all of it. Takes descriptors out of the parcel. -EBADMSG. */
int answer_hear(struct parcel *p, struct loader_answer **ret, struct err *e);

#endif

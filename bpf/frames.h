/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames: a process of ours that names addresses in the code of programs: "read+0x4d (libc.so.6)".
 *
 * What a process has in its memory is asked of /proc, and functions are read from the files that
 * are mapped there. These belong to anybody, on file systems of anybody: reading them may take for
 * ever. So it is done elsewhere, and who does not answer is ended and started anew.
 *
 * It is this program executed anew (LOADER_ARG), a child through the guard's journal; it ends when
 * its socket does.
 */
#ifndef BPF_FRAMES_H
#define BPF_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/frames_wire.h"
#include "core/err.h"
#include "core/guard.h"

/* argv[2] of that process, behind LOADER_ARG; loader_main hands over when it sees it. */
#define FRAMES_ROLE "frames"

#define FRAMES_PATIENCE (5 * NSEC_PER_SEC) /* for one answer */

struct frames;

/* An answer, borrowed until the next call. */
struct frames_answer {
	uint32_t space, count;
	uint64_t read_at;  /* 0: it was gone */
	const char *names; /* count of them, a NUL behind each */
	bool died;	   /* there is none, for the process died or hung of it */
};

/* Starts the process. The guard may be NULL (tests). */
int frames_start(struct frames **ret, struct guard *g, struct err *e);
/* Ends it. NULL-safe. */
void frames_stop(struct frames *f);

/* Becomes readable when there is an answer. Another one after each answer with `died`; -1: it
 * cannot be started, and there will be no answers. */
int frames_fd(const struct frames *f);

/* True while an answer is awaited: nothing more is asked then. */
bool frames_busy(const struct frames *f);

/* Asks for names. -EBUSY, -EPIPE. */
int frames_ask(struct frames *f, const struct frames_ask *ask);

/* Takes the answer if there is one. Never blocks. */
bool frames_take(struct frames *f, struct frames_answer *ret);

/* The process's own life. Exit status for main. */
int frames_main(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * in_kernel: --in-kernel: the kernel pairs and counts, the table of groups is what it says.
 *
 * Where the kernel cannot the reason is said once, and whoever asked pairs here as usual.
 */
#ifndef CLI_IN_KERNEL_H
#define CLI_IN_KERNEL_H

#include "cli/counting.h"

struct in_kernel;

/* Checks what goes with --in-kernel. All that fails is the command line's fault. */
int in_kernel_check(const struct opts *o, struct err *e);

/*
 * Lets the kernel pair what -e names. Returns 1 where it does, 0 where it cannot and that was said;
 * errors are of the command line where *usage. The deck is open and live.
 */
int in_kernel_open(struct counting *c, struct deck *d, struct in_kernel **ret, bool *usage,
		   struct err *e);

/* Puts what was counted since the last time into the groups of c. */
int in_kernel_read(struct in_kernel *k, struct counting *c, uint64_t now, struct err *e);

/* No more pairs from now on; all that there were are in the groups. */
int in_kernel_stop(struct in_kernel *k, struct counting *c, uint64_t now, struct err *e);

/* Appends lines on what the table says and lacks. True when there was more than it says. */
bool in_kernel_notes(const struct in_kernel *k, struct strbuf *b);

/* Undoes everything; before deck_free. NULL-safe. */
int in_kernel_close(struct in_kernel *k, struct err *e);

/* ---- in_kernel_run.c ---- */

#define IN_KERNEL_CANNOT (-1)

/*
 * Tables of what the kernel counts: one a second, or once at the end. Where the kernel cannot and
 * tables are to come each second: IN_KERNEL_CANNOT, for top can do that itself; the one at the end
 * is made of pairs that are made here. Exit status.
 */
int in_kernel_run(struct opts *o, bool once);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard: the kernel is left as it was found, whatever becomes of us.
 *
 * Every change outside this process (a directory made in tracefs, a knob turned, a child
 * started) is first written to the journal, a shared memory file, and undone from it in
 * reverse: by us on an orderly end, by the guard when we die. The guard is this program
 * executed anew before any tracefs file is opened: own name, own session, holding nothing but the
 * journal, a pidfd of us and /dev/null. It sleeps until we are gone, retries EBUSY, and leaves.
 *
 * The journal knows three kinds of undoing and nothing of what they mean. An entry is complete
 * before it counts, so a crash between two stores leaves a valid journal.
 */
#ifndef CORE_GUARD_H
#define CORE_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

struct guard;

/* argv[1] of the guard process; cli/main.c hands over to guard_main when it sees it. */
#define GUARD_ARG "--guard"

/*
 * Makes the journal and starts the guard (posix_spawn of /proc/self/exe). Call before any
 * file of the kernel is opened. Returns 0 even where pidfds are missing only if the guard runs.
 */
int guard_start(struct guard **ret, struct err *e);

/*
 * Undoes what is left in reverse order, tells the guard to go and waits for it. NULL-safe. Returns
 * the entries that failed: the guard then stays and tries them again when we are gone.
 */
int guard_stop(struct guard *g, struct err *e);

/*
 * Starts the guard anew when somebody killed it; the journal stays. Costs one recv: call it once a
 * second.
 */
int guard_check(struct guard *g, struct err *e);

/*
 * Before mkdir of path: undone by rmdir, retried while EBUSY. Returns the entry's number (above 0)
 * or -Exxx. Paths are absolute.
 */
int guard_rmdir(struct guard *g, const char *path, struct err *e);

/*
 * Before a write to path: undone by writing value (of size bytes, at most 64 KiB) back in one
 * write(2). Without O_TRUNC, for lists such as uprobe_events grow by what is written; an empty
 * value opens with O_TRUNC, which empties a list.
 */
int guard_write(struct guard *g, const char *path, const void *value, size_t size, struct err *e);

/*
 * A child in a process group of its own: undone by SIGTERM and, 100 ms later, SIGKILL to the group,
 * unless its number has become another process's.
 */
int guard_kill(struct guard *g, pid_t pid, struct err *e);

/* The change was undone (or never made): the entry no longer counts. */
void guard_done(struct guard *g, int entry);

/* The guard's own life; never returns to the dashboard. Exit status for main. */
int guard_main(int argc, char **argv);

/* The guard's process id, for tests. */
pid_t guard_pid(const struct guard *g);

#endif

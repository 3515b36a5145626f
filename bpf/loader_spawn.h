/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_spawn: makes processes of ours that read what is hostile: loader.c, frames.c.
 */
#ifndef BPF_LOADER_SPAWN_H
#define BPF_LOADER_SPAWN_H

#include <sys/types.h>

#include "core/err.h"

#define WIRE_FD 3 /* of the socket, in the process */

/* How the process is called, its argv[2] (behind LOADER_ARG), and what it is in errors. */
struct spawn_name {
	const char *name, *role, *what;
};

/*
 * Executes this program anew, in a process group of its own, with a socket and nothing else of
 * ours. *sock is our end, which does not block.
 */
int loader_spawn(const struct spawn_name *n, pid_t *pid, int *sock, struct err *e);

#endif

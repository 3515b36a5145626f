/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_spawn: makes the loader's process. For loader.c alone.
 */
#ifndef BPF_LOADER_SPAWN_H
#define BPF_LOADER_SPAWN_H

#include <sys/types.h>

#include "core/err.h"

/*
 * Executes this program anew as a loader, in a process group of its own, with a socket and nothing
 * else of ours. *sock is our end, which does not block.
 */
int loader_spawn(pid_t *pid, int *sock, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer: threads that may sleep on a disk, so that the one that does everything else never does.
 *
 * A thread once made waits for the next job and lives as long as the process: what it did stays in
 * the store with its id, which must not become a stranger's.
 */
#ifndef SINKS_WRITER_H
#define SINKS_WRITER_H

#include <stdint.h>

#include "core/err.h"
#include "core/store.h"

#define WRITERS_MAX (SOURCE_LOADER - 1)

/*
 * Runs fn(data) on a thread of its own, with all signals blocked, and returns the thread's id.
 * -EBUSY when WRITERS_MAX are at work. From the main thread alone.
 */
int writer_start(void (*fn)(void *data), void *data, struct err *e);

#endif

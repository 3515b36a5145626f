/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kin: the processes that live and were made by some, or by those they made.
 *
 * As /proc says it now: whose parent is gone already is another's child there.
 */
#ifndef TRACEFS_KIN_H
#define TRACEFS_KIN_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define KIN_PID_MAX (4 << 20) /* PID_MAX_LIMIT of 64-bit kernels */

/* Calls fn for each living descendant of the processes ids, not for these themselves. */
void kin_each(const int32_t *ids, size_t count, void (*fn)(int32_t pid, void *data), void *data);

/* The number that the kernel gave last, to a process or a thread. */
int kin_last(uint32_t *ret, struct err *e);

#endif

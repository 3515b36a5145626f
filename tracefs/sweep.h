/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sweep: who may make and remove instances at a moment. Private to this room.
 */
#ifndef TRACEFS_SWEEP_H
#define TRACEFS_SWEEP_H

#include "core/err.h"

/*
 * Locks TRACEFS/instances for the caller: between mkdir of an instance and the lock on it, it looks
 * as if its owner were dead. Held for the time of these two steps and for that of a sweep. Returns
 * a descriptor; closing it unlocks. -EBUSY when somebody holds it for 5 s.
 */
int instances_lock(const char *tracefs, struct err *e);

/*
 * Opens an instance's directory and locks it: the sign of life of its owner. Returns the
 * descriptor, or -EWOULDBLOCK when somebody else has the lock.
 */
int instance_lock(const char *path);

#endif

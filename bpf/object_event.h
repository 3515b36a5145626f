/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_event: what type the events of a ring have. For the loader's process alone.
 */
#ifndef BPF_OBJECT_EVENT_H
#define BPF_OBJECT_EVENT_H

#include "bpf/object.h"

/* Fills layout and hint of a ring. */
int object_event(const struct object *o, const struct bpf_map *map, struct bpf_ring *ret,
		 struct err *e);

#endif

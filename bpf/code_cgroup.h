/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_cgroup: control groups by their numbers, which is how programs know them.
 *
 * The number of one is the inode of its directory. Numbers grow: a group that is made later,
 * perhaps of the same path, has a greater one than all there are.
 */
#ifndef BPF_CODE_CGROUP_H
#define BPF_CODE_CGROUP_H

#include <stdint.h>

#include "core/err.h"

/* Whether paths of processes are those of version 2 alone, and mounted where we look: else a
 * number says nothing of a path. 0, or -ENOTSUP with the reason. */
int code_cgroup_probe(struct err *e);

/* The greatest number there is. */
int code_cgroup_newest(uint64_t *ret, struct err *e);

/* The number of a path; -ENOENT: there is none of it. */
int code_cgroup_id(const char *path, uint64_t *ret, struct err *e);

#endif

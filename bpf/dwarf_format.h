/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dwarf_format: the events of an object whose BTF does not say what they are: programs that were
 * not stripped have the debugger's types.
 *
 * libdw reads what may be hostile: only in a process that may die.
 */
#ifndef BPF_DWARF_FORMAT_H
#define BPF_DWARF_FORMAT_H

#include <stddef.h>

#include "bpf/layout.h"
#include "bpf/manifest.h"

/*
 * The layout of the events of an object (its whole file, which is not changed): of the struct that
 * is wanted by its name, or (NULL) of struct event, else of the only one whose name has "event" in
 * it. -ENOENT when there is none, -EINVAL with what is wrong.
 */
int dwarf_format_event(const void *object, size_t size, const char *wanted,
		       const struct manifest *m, const char *name, struct layout *ret,
		       struct err *e);

#endif

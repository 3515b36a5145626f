/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs: the BPF objects that were built in, each NAME.bpf.c of this room.
 */
#ifndef BPF_PROGRAMS_H
#define BPF_PROGRAMS_H

#include <stddef.h>

struct bpf_object_file {
	const char *name;
	const void *bytes; /* aligned to 8 */
	size_t size;
};

/* In the order of meson.build; one without a name ends them. Empty when built without BPF. */
extern const struct bpf_object_file bpf_programs[];

/* Finds one by name; NULL: there is none. */
const struct bpf_object_file *bpf_program(const char *name);

/* Its lines for bpf/manifest.h, *ret_size bytes that may end with a NUL; NULL: it says nothing, and
 * is no tracer. */
const char *bpf_program_says(const struct bpf_object_file *o, size_t *ret_size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs: see programs.h; the table itself is written by the build (embed.py).
 */
#include "bpf/programs.h"

#include <string.h>

const struct bpf_object_file *bpf_program(const char *name)
{
	for (const struct bpf_object_file *o = bpf_programs; o->name; o++)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

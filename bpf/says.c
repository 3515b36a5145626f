/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * says: what an object of ours says of itself, without loading or libbpf: lists of tracers are made
 * often, and cost nothing so.
 */
#include <elf.h>
#include <string.h>

#include "bpf/programs.h"

/* The bytes of a section of a whole file, or NULL. */
static const char *section(const struct bpf_object_file *o, const Elf64_Shdr *s)
{
	if (s->sh_offset > o->size || s->sh_size > o->size - s->sh_offset || !s->sh_size)
		return NULL;
	return (const char *)o->bytes + s->sh_offset;
}

const char *bpf_program_says(const struct bpf_object_file *o, size_t *ret_size)
{
	const Elf64_Ehdr *head = o->bytes;
	const Elf64_Shdr *v, *names;
	const char *text;

	if (o->size < sizeof(*head) || head->e_shoff > o->size ||
	    head->e_shnum > (o->size - head->e_shoff) / sizeof(*v) ||
	    head->e_shstrndx >= head->e_shnum)
		return NULL;
	v = (const Elf64_Shdr *)((const char *)o->bytes + head->e_shoff);
	names = &v[head->e_shstrndx];
	text = section(o, names);
	for (unsigned i = 0; text && i < head->e_shnum; i++) {
		if (v[i].sh_name >= names->sh_size || strcmp(text + v[i].sh_name, ".tapdeck") != 0)
			continue;
		*ret_size = v[i].sh_size;
		return section(o, &v[i]);
	}
	return NULL;
}

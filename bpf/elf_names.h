/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf_names: the functions of a program or library, by their addresses in the file.
 *
 * Read from .symtab and .dynsym with our own bounded reader: files are of others, and may be
 * written to while they are read. Every offset, size and count in them is checked before it is
 * used, what makes no sense is left out, and memory is bounded.
 */
#ifndef BPF_ELF_NAMES_H
#define BPF_ELF_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct elf_names;

/* Reads the names of an open file; NULL when it is no ELF file of this machine's kind. */
struct elf_names *elf_names_read(int fd);
/* NULL-safe. */
void elf_names_free(struct elf_names *n);

/* Bytes of memory that it takes. */
size_t elf_names_bytes(const struct elf_names *n);

/* The file's own address of what stands at an offset of it; the offset where it does not say. */
uint64_t elf_names_address(const struct elf_names *n, uint64_t offset);

/*
 * The function that holds an address of the file, and the distance from its start; NULL when none
 * does. The name ends before a version ("@").
 */
const char *elf_names_find(const struct elf_names *n, uint64_t address, uint64_t *distance);

#endif

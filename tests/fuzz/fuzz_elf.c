/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_elf: any bytes as a program or library whose functions are named.
 *
 * Whatever it says, a name that is given ends inside of the file's bytes, and memory is bounded.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/elf_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct elf_names *n;

	if (fd < 0)
		fd = memfd_create("elf", MFD_CLOEXEC);
	must(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	n = elf_names_read(fd);
	if (!n)
		return 0;
	must(elf_names_bytes(n) < 64 * size + (1 << 20));
	for (uint64_t at = 0; at < 1u << 16; at += 61) {
		uint64_t distance = 0, address = elf_names_address(n, at);
		const char *name = elf_names_find(n, address, &distance);

		must(!name || (strlen(name) < size && distance <= address));
	}
	elf_names_find(n, UINT64_MAX, &(uint64_t) { 0 });
	elf_names_free(n);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf_names: the functions of real files are found; whatever a file says else does no harm.
 */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/elf_names.h"
#include "core/util.h"

#define FLIPS 20000

/* A small file: a header, one segment of code at 0x1000 that is at 0x401000, four sections. */
struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	Elf64_Shdr sh[3];
	Elf64_Sym syms[8];
	char names[64];
};

enum { NO_SECTION, SYMBOLS, STRINGS };

static const char names[] = "\0one\0__two\0two@@V_2\0three\0four\0data";

static Elf64_Sym symbol(uint32_t name, uint64_t at, uint64_t size, unsigned type)
{
	return (Elf64_Sym) { .st_name = name,
			     .st_info = (unsigned char)ELF64_ST_INFO(STB_GLOBAL, type),
			     .st_shndx = 1,
			     .st_value = at,
			     .st_size = size };
}

static struct image make_image(void)
{
	struct image m = { 0 };

	memcpy(m.eh.e_ident, ELFMAG, SELFMAG);
	m.eh.e_ident[EI_CLASS] = ELFCLASS64;
	m.eh.e_ident[EI_DATA] =
	    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	m.eh.e_type = ET_EXEC;
	m.eh.e_phoff = offsetof(struct image, ph);
	m.eh.e_phnum = 2;
	m.eh.e_phentsize = sizeof(m.ph[0]);
	m.eh.e_shoff = offsetof(struct image, sh);
	m.eh.e_shnum = 3;
	m.eh.e_shentsize = sizeof(m.sh[0]);
	m.ph[0] = (Elf64_Phdr) { .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 0x1000 };
	m.ph[1] = (Elf64_Phdr) { .p_type = PT_LOAD,
				 .p_flags = PF_R | PF_X,
				 .p_offset = 0x1000,
				 .p_filesz = 0x500,
				 .p_vaddr = 0x401000 };
	m.sh[SYMBOLS] = (Elf64_Shdr) { .sh_type = SHT_SYMTAB,
				       .sh_offset = offsetof(struct image, syms),
				       .sh_size = sizeof(m.syms),
				       .sh_entsize = sizeof(m.syms[0]),
				       .sh_link = STRINGS };
	m.sh[STRINGS] = (Elf64_Shdr) { .sh_type = SHT_STRTAB,
				       .sh_offset = offsetof(struct image, names),
				       .sh_size = sizeof(names) };
	m.syms[1] = symbol(1, 0x401100, 0x20, STT_FUNC);       /* one */
	m.syms[2] = symbol(5, 0x401140, 0x40, STT_FUNC);       /* __two */
	m.syms[3] = symbol(11, 0x401140, 0x40, STT_GNU_IFUNC); /* two@@V_2, the same */
	m.syms[4] = symbol(20, 0x401150, 0x08, STT_FUNC);      /* three, inside of it */
	m.syms[5] = symbol(31, 0x401180, 0x20, STT_OBJECT);    /* data */
	m.syms[6] = symbol(26, 0x401200, 0, STT_FUNC);	       /* four, of no size */
	m.syms[7] = symbol(5000, 0x401300, 0x20, STT_FUNC);    /* of no name */
	memcpy(m.names, names, sizeof(names));
	return m;
}

static struct elf_names *read_bytes(const void *bytes, size_t size)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);
	struct elf_names *n;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	n = elf_names_read(fd);
	close(fd);
	return n;
}

static void test_functions(void **state)
{
	static const struct {
		uint64_t address;
		const char *name;
		uint64_t distance;
	} wants[] = {
		{ 0x4010ff, NULL, 0 },
		{ 0x401100, "one", 0 },
		{ 0x40111f, "one", 0x1f },
		{ 0x401120, NULL, 0 },
		{ 0x401140, "two@@V_2", 0 },
		{ 0x401150, "three", 0 },
		{ 0x401157, "three", 7 },
		{ 0x401158, "two@@V_2", 0x18 },
		{ 0x40117f, "two@@V_2", 0x3f },
		{ 0x401180, NULL, 0 },
		{ 0x401200, NULL, 0 },
		{ 0x401300, NULL, 0 },
		{ 0, NULL, 0 },
		{ UINT64_MAX, NULL, 0 },
	};
	struct image m = make_image();
	struct elf_names *n = read_bytes(&m, sizeof(m));

	assert_non_null(n);
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		uint64_t distance = 0;
		const char *name = elf_names_find(n, wants[i].address, &distance);

		if (!name != !wants[i].name || (name && strcmp(name, wants[i].name) != 0) ||
		    distance != wants[i].distance)
			fail_msg("%llx: %s+%llx", (unsigned long long)wants[i].address,
				 name ? name : "-", (unsigned long long)distance);
	}
	assert_int_equal(elf_names_address(n, 0x1150), 0x401150);
	assert_int_equal(elf_names_address(n, 0x1500), 0x1500); /* behind the code */
	assert_int_equal(elf_names_address(n, 0x10), 0x10);
	elf_names_free(n);
}

/* Other machines' files and no files at all say nothing. */
static void test_no_elf(void **state)
{
	struct image m = make_image();

	for (size_t cut = 0; cut < sizeof(m.eh); cut++)
		assert_null(read_bytes(&m, cut));
	m.eh.e_ident[EI_CLASS] = ELFCLASS32;
	assert_null(read_bytes(&m, sizeof(m)));
	m = make_image();
	m.eh.e_ident[EI_DATA] ^= 3;
	assert_null(read_bytes(&m, sizeof(m)));
	m = make_image();
	m.eh.e_type = ET_CORE;
	assert_null(read_bytes(&m, sizeof(m)));
}

/* True when a name is found where `one` is. */
static bool finds(const struct image *m, size_t size)
{
	struct elf_names *n = read_bytes(m, size);
	uint64_t distance;
	bool found = n && elf_names_find(n, 0x401100, &distance);

	elf_names_free(n);
	return found;
}

/* What lies about where and how much: no names, and no memory for what is not there. */
static void test_lies(void **state)
{
	static const struct {
		size_t at, size;
		uint64_t value;
	} lies[] = {
#define LIE(member, value)                                                                         \
	{ offsetof(struct image, member), sizeof(((struct image *)0)->member), value }
		LIE(sh[SYMBOLS].sh_offset, UINT64_MAX),
		LIE(sh[SYMBOLS].sh_offset, INT64_MAX),
		LIE(sh[SYMBOLS].sh_size, UINT64_MAX),
		LIE(sh[SYMBOLS].sh_size, 1ULL << 40),
		LIE(sh[SYMBOLS].sh_entsize, 1),
		LIE(sh[SYMBOLS].sh_entsize, 0),
		LIE(sh[SYMBOLS].sh_link, 3),
		LIE(sh[SYMBOLS].sh_link, UINT32_MAX),
		LIE(sh[SYMBOLS].sh_link, SYMBOLS),
		LIE(sh[STRINGS].sh_offset, UINT64_MAX),
		LIE(sh[STRINGS].sh_size, UINT64_MAX),
		LIE(sh[STRINGS].sh_size, 1ULL << 33),
		LIE(sh[STRINGS].sh_size, 0),
		LIE(sh[STRINGS].sh_size, 1),
		LIE(sh[STRINGS].sh_size, 4000),
		LIE(eh.e_shoff, UINT64_MAX),
		LIE(eh.e_shentsize, 1),
		LIE(eh.e_shnum, 0),
		LIE(syms[1].st_name, UINT32_MAX),
		LIE(syms[1].st_name, sizeof(names)),
		LIE(syms[1].st_size, UINT64_MAX),
		LIE(syms[1].st_value, UINT64_MAX),
#undef LIE
	};

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct image m = make_image();

		memcpy((char *)&m + lies[i].at, &lies[i].value, lies[i].size);
		if (finds(&m, sizeof(m)))
			fail_msg("lie %zu was believed", i);
	}
}

/* A name without an end, at the very end of the strings. */
static void test_no_end(void **state)
{
	struct image m = make_image();
	uint64_t distance;
	struct elf_names *n;

	memset(m.names + 1, 'x', sizeof(m.names) - 1);
	n = read_bytes(&m, sizeof(m));
	assert_int_equal(strlen(elf_names_find(n, 0x401100, &distance)), sizeof(names) - 1);
	elf_names_free(n);
}

/* Bits of the headers turned at random, and the file cut anywhere. */
static void test_flipped(void **state)
{
	unsigned seed = 1;
	size_t kept = 0;

	for (unsigned i = 0; i < FLIPS; i++) {
		struct image m = make_image();
		size_t size = rand_r(&seed) % 4 ? sizeof(m) : rand_r(&seed) % sizeof(m);

		for (unsigned k = 0; k < 1 + i % 3; k++)
			((uint8_t *)&m)[(size_t)rand_r(&seed) % sizeof(m)] ^=
			    (uint8_t)(1 << rand_r(&seed) % 8);
		kept += finds(&m, size);
	}
	assert_in_range(kept, FLIPS / 4, FLIPS - FLIPS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions), cmocka_unit_test(test_no_elf),
		cmocka_unit_test(test_lies),	  cmocka_unit_test(test_no_end),
		cmocka_unit_test(test_flipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf_names: see elf_names.h. Files are read, not mapped: one that is cut meanwhile would kill us.
 */
#include "bpf/elf_names.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/util.h"

#define SECTIONS_MAX 8192 /* headers that are looked at */
#define SEGMENTS_MAX 64
#define TABLE_MAX    (48u << 20) /* bytes of a table of symbols */
#define STRINGS_MAX  (48u << 20) /* ... of its names */
#define NAME_MAX_LEN 160
#define LOOK_BACK    16 /* functions that may begin behind the one that holds an address */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OWN_DATA ELFDATA2LSB
#else
#define OWN_DATA ELFDATA2MSB
#endif

struct function {
	uint64_t at;
	uint32_t size;
	uint32_t name; /* in names */
};

struct segment {
	uint64_t offset, size, address;
};

struct elf_names {
	struct segment segments[SEGMENTS_MAX];
	unsigned segment_count;
	struct function *functions; /* by address, the best name of an address last */
	size_t count, cap;
	char *names; /* of all tables, a NUL behind each table's */
	size_t name_bytes;
};

/* All of it, or nothing. */
static bool read_at(int fd, void *to, size_t size, uint64_t at)
{
	size_t have = 0;

	if (at > (uint64_t)INT64_MAX - size)
		return false;
	while (have < size) {
		ssize_t n = pread(fd, (char *)to + have, size - have, (off_t)(at + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

/* ---- segments ---- */

static void read_segments(struct elf_names *n, int fd, const Elf64_Ehdr *eh)
{
	unsigned count = MIN(eh->e_phnum, (unsigned)SEGMENTS_MAX);
	Elf64_Phdr ph[SEGMENTS_MAX];

	if (eh->e_phentsize != sizeof(ph[0]) ||
	    !read_at(fd, ph, count * sizeof(ph[0]), eh->e_phoff))
		return;
	for (unsigned i = 0; i < count; i++)
		if (ph[i].p_type == PT_LOAD && (ph[i].p_flags & PF_X))
			n->segments[n->segment_count++] =
			    (struct segment) { ph[i].p_offset, ph[i].p_filesz, ph[i].p_vaddr };
}

/* ---- symbols ---- */

static bool is_function(const Elf64_Sym *s, size_t strings)
{
	unsigned type = ELF64_ST_TYPE(s->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) && s->st_shndx != SHN_UNDEF &&
	       s->st_size && s->st_size <= UINT32_MAX && s->st_name && s->st_name < strings;
}

static void add(struct elf_names *n, const Elf64_Sym *s, size_t base)
{
	if (n->count == n->cap) {
		n->cap = n->cap ? 2 * n->cap : 256;
		n->functions = xrealloc(n->functions, n->cap, sizeof(*n->functions));
	}
	n->functions[n->count++] =
	    (struct function) { s->st_value, (uint32_t)s->st_size, (uint32_t)(base + s->st_name) };
}

/* Takes the names of a table; false: it was not read. *ret_base: where they begin. */
static bool read_strings(struct elf_names *n, int fd, const Elf64_Shdr *sh, size_t *ret_base)
{
	size_t size = (size_t)sh->sh_size;

	if (sh->sh_type != SHT_STRTAB || !sh->sh_size || sh->sh_size > STRINGS_MAX)
		return false;
	n->names = xrealloc(n->names, n->name_bytes + size + 1, 1);
	if (!read_at(fd, n->names + n->name_bytes, size, sh->sh_offset))
		return false;
	*ret_base = n->name_bytes;
	n->name_bytes += size;
	n->names[n->name_bytes++] = '\0';
	return true;
}

static void read_symbols(struct elf_names *n, int fd, const Elf64_Shdr *table,
			 const Elf64_Shdr *strings)
{
	uint64_t left = table->sh_size / sizeof(Elf64_Sym), at = table->sh_offset;
	Elf64_Sym syms[512];
	size_t base;

	if (table->sh_entsize != sizeof(Elf64_Sym) || table->sh_size > TABLE_MAX ||
	    !read_strings(n, fd, strings, &base))
		return;
	while (left) {
		size_t some = (size_t)MIN(left, (uint64_t)ARRAY_SIZE(syms));

		if (!read_at(fd, syms, some * sizeof(syms[0]), at))
			return;
		for (size_t i = 0; i < some; i++)
			if (is_function(&syms[i], (size_t)strings->sh_size))
				add(n, &syms[i], base);
		at += some * sizeof(syms[0]);
		left -= some;
	}
}

/* At most one table of each kind: there are no more in honest files. */
static void read_sections(struct elf_names *n, int fd, const Elf64_Ehdr *eh)
{
	static const uint32_t kinds[] = { SHT_SYMTAB, SHT_DYNSYM };
	unsigned count = MIN(eh->e_shnum, (unsigned)SECTIONS_MAX);
	Elf64_Shdr *sh = xcalloc(count + 1, sizeof(*sh));

	if (eh->e_shentsize == sizeof(*sh) && read_at(fd, sh, count * sizeof(*sh), eh->e_shoff))
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			for (unsigned i = 0; i < count; i++)
				if (sh[i].sh_type == kinds[k] && sh[i].sh_link < count) {
					read_symbols(n, fd, &sh[i], &sh[sh[i].sh_link]);
					break;
				}
	free(sh);
}

/* ---- order ---- */

/* How a name is chosen among those of one address: few underscores in front, then short ones. */
static size_t plainness(const char *s)
{
	size_t under = strspn(s, "_");

	return under * 1000 + strnlen(s, NAME_MAX_LEN);
}

static int compare(const void *pa, const void *pb, void *names)
{
	const struct function *a = pa, *b = pb;
	const char *base = names;
	size_t x, y;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	x = plainness(base + a->name);
	y = plainness(base + b->name);
	return x != y ? (x > y ? -1 : 1) : a->name < b->name ? 1 : a->name > b->name ? -1 : 0;
}

/* ---- the whole ---- */

static bool is_own(const Elf64_Ehdr *eh)
{
	return !memcmp(eh->e_ident, ELFMAG, SELFMAG) && eh->e_ident[EI_CLASS] == ELFCLASS64 &&
	       eh->e_ident[EI_DATA] == OWN_DATA && (eh->e_type == ET_EXEC || eh->e_type == ET_DYN);
}

struct elf_names *elf_names_read(int fd)
{
	struct elf_names *n;
	Elf64_Ehdr eh;

	if (!read_at(fd, &eh, sizeof(eh), 0) || !is_own(&eh))
		return NULL;
	n = xcalloc(1, sizeof(*n));
	read_segments(n, fd, &eh);
	read_sections(n, fd, &eh);
	if (n->count)
		qsort_r(n->functions, n->count, sizeof(*n->functions), compare, n->names);
	return n;
}

void elf_names_free(struct elf_names *n)
{
	if (!n)
		return;
	free(n->functions);
	free(n->names);
	free(n);
}

size_t elf_names_bytes(const struct elf_names *n)
{
	return sizeof(*n) + n->cap * sizeof(*n->functions) + n->name_bytes;
}

uint64_t elf_names_address(const struct elf_names *n, uint64_t offset)
{
	for (unsigned i = 0; i < n->segment_count; i++) {
		const struct segment *s = &n->segments[i];

		if (offset >= s->offset && offset - s->offset < s->size)
			return offset - s->offset + s->address;
	}
	return offset;
}

/* The first function that begins above an address. */
static size_t above(const struct elf_names *n, uint64_t address)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (n->functions[mid].at <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *elf_names_find(const struct elf_names *n, uint64_t address, uint64_t *distance)
{
	size_t i = above(n, address);

	for (unsigned tries = 0; i && tries < LOOK_BACK; tries++) {
		const struct function *f = &n->functions[--i];

		if (address - f->at < f->size && n->names[f->name]) {
			*distance = address - f->at;
			return n->names + f->name;
		}
	}
	return NULL;
}

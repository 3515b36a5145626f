/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dwarf_format: the types of an object's DWARF, and the search for the struct that events are.
 *
 * The compiler leaves relocations of sections of debug information, all of them against sections
 * that begin at 0: the values that stand there already are right, and libdw takes them as they are.
 */
#include "bpf/dwarf_format.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/format.h"
#include "bpf/types.h"
#include "core/arena.h"

#define CHAIN_MAX	32
#define DIES_MAX	200000 /* looked at in search of a struct */
#define DIMENSION_SHIFT 48

/* ---- attributes ---- */

static bool number(Dwarf_Die *die, unsigned name, uint64_t *ret)
{
	Dwarf_Attribute a;
	Dwarf_Word v;

	if (!dwarf_attr_integrate(die, name, &a) || dwarf_formudata(&a, &v))
		return false;
	*ret = v;
	return true;
}

static uint64_t number_or(Dwarf_Die *die, unsigned name, uint64_t otherwise)
{
	uint64_t v;

	return number(die, name, &v) ? v : otherwise;
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute a;

	return dwarf_attr_integrate(die, DW_AT_type, &a) && dwarf_formref_die(&a, ret);
}

static const char *name_of(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name ? name : "";
}

static bool is_modifier(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* ---- types: the id is where the entry stands, with an array's dimension above ---- */

static bool die_of(const void *data, uint64_t id, Dwarf_Die *ret)
{
	return dwarf_offdie((Dwarf *)data, id & ((1ULL << DIMENSION_SHIFT) - 1), ret) != NULL;
}

static bool strip(const void *data, uint64_t id, Dwarf_Die *die, struct type *ret)
{
	if (!id || !die_of(data, id, die))
		return false;
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		Dwarf_Die next;

		ret->id = dwarf_dieoffset(die);
		if (!is_modifier(dwarf_tag(die)))
			return true;
		if (dwarf_tag(die) == DW_TAG_typedef && !ret->word)
			ret->word = type_word(name_of(die));
		if (!type_of(die, &next))
			return false;
		*die = next;
	}
	return false;
}

/* Members, enumerators or dimensions: the i-th child with a tag. */
static bool child(Dwarf_Die *die, int tag, uint32_t i, Dwarf_Die *ret)
{
	uint32_t seen = 0;

	if (dwarf_child(die, ret))
		return false;
	do {
		if (dwarf_tag(ret) == tag && seen++ == i)
			return true;
	} while (seen <= TYPE_MEMBERS_MAX && !dwarf_siblingof(ret, ret));
	return false;
}

static uint32_t count_children(Dwarf_Die *die, int tag)
{
	uint32_t n = 0;
	Dwarf_Die c;

	if (dwarf_child(die, &c))
		return 0;
	do {
		n += dwarf_tag(&c) == tag;
	} while (n < TYPE_MEMBERS_MAX && !dwarf_siblingof(&c, &c));
	return n;
}

static bool set_base(Dwarf_Die *die, struct type *ret)
{
	uint64_t encoding = number_or(die, DW_AT_encoding, 0);

	ret->kind = encoding == DW_ATE_float ? TYPE_FLOAT : TYPE_INT;
	ret->is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	if (encoding == DW_ATE_boolean)
		ret->kind = TYPE_BOOL;
	else if (ret->size == 1 && !strcmp(name_of(die), "char"))
		ret->kind = TYPE_CHAR;
	return encoding != 0;
}

/* Its dimensions stand side by side; here they are arrays of arrays, as in BTF. */
static bool set_array(Dwarf_Die *die, unsigned dimension, struct type *ret)
{
	uint32_t dimensions = count_children(die, DW_TAG_subrange_type);
	uint64_t n, upper;
	Dwarf_Die of, d;

	if (!type_of(die, &of) || !child(die, DW_TAG_subrange_type, dimension, &d))
		return false;
	n = number_or(&d, DW_AT_count, 0);
	if (!n && number(&d, DW_AT_upper_bound, &upper) && upper < UINT32_MAX)
		n = upper + 1;
	ret->kind = TYPE_ARRAY;
	ret->size = 0;
	ret->count = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	ret->element = dimension + 1 < dimensions
			   ? dwarf_dieoffset(die) | (uint64_t)(dimension + 1) << DIMENSION_SHIFT
			   : dwarf_dieoffset(&of);
	return true;
}

static bool enum_is_signed(Dwarf_Die *die)
{
	Dwarf_Die base;

	return type_of(die, &base) && number_or(&base, DW_AT_encoding, 0) == DW_ATE_signed;
}

static bool set_composite(Dwarf_Die *die, struct type *ret)
{
	if (dwarf_hasattr_integrate(die, DW_AT_declaration))
		return false;
	ret->kind = TYPE_STRUCT;
	ret->count = count_children(die, DW_TAG_member);
	return true;
}

static bool type(const void *data, uint64_t id, struct type *ret)
{
	Dwarf_Die die;
	uint64_t size;

	*ret = (struct type) { 0 };
	if (!strip(data, id, &die, ret))
		return false;
	size = number_or(&die, DW_AT_byte_size, 0);
	if (size > UINT32_MAX)
		return false;
	ret->size = (uint32_t)size;
	switch (dwarf_tag(&die)) {
	case DW_TAG_base_type:
		return set_base(&die, ret);
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		return set_composite(&die, ret);
	case DW_TAG_array_type:
		return set_array(&die, (unsigned)(id >> DIMENSION_SHIFT), ret);
	case DW_TAG_enumeration_type:
		ret->kind = TYPE_ENUM;
		ret->count = count_children(&die, DW_TAG_enumerator);
		ret->is_signed = enum_is_signed(&die);
		return true;
	case DW_TAG_pointer_type:
		ret->kind = TYPE_POINTER;
		ret->size = 8;
		return true;
	default:
		return false;
	}
}

/* Bit-fields as DWARF 4 has them, from the highest bit of a unit, and as 5 does. */
static uint64_t bits_at(Dwarf_Die *m, uint32_t bits, uint64_t byte)
{
	uint64_t unit = number_or(m, DW_AT_byte_size, 0), from, at;
	Dwarf_Die of;

	if (number(m, DW_AT_data_bit_offset, &at))
		return at;
	if (!number(m, DW_AT_bit_offset, &from))
		return byte * 8;
	if (!unit && type_of(m, &of))
		unit = (uint64_t)dwarf_bytesize(&of);
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		return byte * 8 + from;
	return unit * 8 >= from + bits ? byte * 8 + unit * 8 - from - bits : UINT64_MAX;
}

static bool member(const void *data, uint64_t id, uint32_t i, struct type_member *ret)
{
	Dwarf_Die die, m, of;
	uint64_t byte, bits;

	if (!die_of(data, id, &die) || !child(&die, DW_TAG_member, i, &m) || !type_of(&m, &of))
		return false;
	byte = number_or(&m, DW_AT_data_member_location, 0);
	bits = number_or(&m, DW_AT_bit_size, 0);
	if (byte > UINT32_MAX || bits > 64)
		return false;
	*ret = (struct type_member) { .name = name_of(&m), .type = dwarf_dieoffset(&of) };
	ret->bits = (uint32_t)bits;
	ret->at = bits ? bits_at(&m, ret->bits, byte) : byte * 8;
	return true;
}

static bool enumerator(const void *data, uint64_t id, uint32_t i, const char **name, int64_t *value)
{
	Dwarf_Attribute a;
	Dwarf_Die die, c;
	Dwarf_Sword s = 0;
	Dwarf_Word u = 0;

	if (!die_of(data, id, &die) || !child(&die, DW_TAG_enumerator, i, &c) ||
	    !dwarf_attr_integrate(&c, DW_AT_const_value, &a))
		return false;
	if (enum_is_signed(&die) ? dwarf_formsdata(&a, &s) : dwarf_formudata(&a, &u))
		return false;
	*name = name_of(&c);
	*value = enum_is_signed(&die) ? s : (int64_t)u;
	return true;
}

/* ---- the struct of events ---- */

struct search {
	const char *wanted;
	Dwarf_Off found;   /* by the name that is wanted, or "event" */
	Dwarf_Off alike;   /* the first with "event" in its name */
	bool is_ambiguous; /* another one has too */
	char alike_name[64];
};

static void look(struct search *s, Dwarf_Die *die)
{
	const char *name = name_of(die);
	int tag = dwarf_tag(die);

	if ((tag != DW_TAG_structure_type && tag != DW_TAG_typedef) ||
	    dwarf_hasattr_integrate(die, DW_AT_declaration))
		return;
	if (!s->found && !strcmp(name, s->wanted ? s->wanted : "event"))
		s->found = dwarf_dieoffset(die);
	if (s->wanted || tag != DW_TAG_structure_type || !strstr(name, "event"))
		return;
	s->is_ambiguous |= s->alike && strncmp(name, s->alike_name, sizeof(s->alike_name) - 1) != 0;
	if (!s->alike) {
		s->alike = dwarf_dieoffset(die);
		strncpy(s->alike_name, name, sizeof(s->alike_name) - 1);
	}
}

/* Types of C stand side by side in their unit; what is within functions is not asked. */
static void look_through(Dwarf *dw, struct search *s)
{
	Dwarf_Off off = 0, next;
	size_t header;
	unsigned dies = 0;

	for (; !dwarf_nextcu(dw, off, &next, &header, NULL, NULL, NULL); off = next) {
		Dwarf_Die unit, die;

		if (!dwarf_offdie(dw, off + header, &unit) || dwarf_child(&unit, &die))
			continue;
		do {
			look(s, &die);
		} while (++dies < DIES_MAX && !dwarf_siblingof(&die, &die));
	}
}

static int find(Dwarf *dw, const char *wanted, Dwarf_Off *ret, struct err *e)
{
	struct search s = { .wanted = wanted };

	if (wanted && !strncmp(wanted, "struct ", 7))
		s.wanted += 7;
	look_through(dw, &s);
	if (!s.found && s.is_ambiguous)
		return err_set(e, -ENOENT,
			       "the debug information has more than one struct with 'event' in its "
			       "name: say which (event = struct NAME in the manifest)");
	*ret = s.found ? s.found : s.alike;
	if (*ret)
		return 0;
	return wanted ? err_set(e, -ENOENT, "the debug information has no struct %s", s.wanted)
		      : err_set(e, -ENOENT, "the debug information has no struct event");
}

static int format_elf(Elf *elf, const char *wanted, const struct manifest *m, const char *name,
		      struct layout *ret, struct err *e)
{
	Dwarf *dw = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	struct type_source src = { dw, type, member, enumerator };
	Dwarf_Off id;
	int err;

	if (!dw)
		return err_set(e, -ENOENT, "the object has no debug information");
	err = find(dw, wanted, &id, e);
	if (!err)
		err = format_event(&src, id, m, name, ret, e);
	dwarf_end(dw);
	return err;
}

int dwarf_format_event(const void *object, size_t size, const char *wanted,
		       const struct manifest *m, const char *name, struct layout *ret,
		       struct err *e)
{
	char *copy; /* libelf wants to be able to write */
	Elf *elf;
	int err;

	if (elf_version(EV_CURRENT) == EV_NONE || !size)
		return err_set(e, -ENOENT, "the object has no debug information");
	copy = malloc(size);
	if (!copy)
		return err_set(e, -ENOMEM, "no memory for the object's debug information");
	memcpy(copy, object, size);
	elf = elf_memory(copy, size);
	if (!elf || elf_kind(elf) != ELF_K_ELF)
		err = err_set(e, -EINVAL, "not an ELF object: %s", elf_errmsg(-1));
	else
		err = format_elf(elf, wanted, m, name, ret, e);
	elf_end(elf);
	free(copy);
	return err;
}

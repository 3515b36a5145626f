/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf_types: the types of a BTF, and the search for the struct that events are.
 *
 * libbpf has checked that types and names lie within the blob; ids, kinds and loops are checked
 * here.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "bpf/btf_format.h"
#include "bpf/types.h"
#include "core/util.h"

#define CHAIN_MAX 32 /* typedefs and qualifiers before a type */

static const char *name_of(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* Takes typedefs and qualifiers off; id and word of ret are set. */
static const struct btf_type *strip(const struct btf *btf, uint64_t id, struct type *ret)
{
	const struct btf_type *t;

	for (unsigned i = 0; i < CHAIN_MAX && id && id <= UINT32_MAX; i++) {
		t = btf__type_by_id(btf, (uint32_t)id);
		if (!t)
			return NULL;
		ret->id = id;
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return t;
		if (btf_is_typedef(t) && !ret->word)
			ret->word = type_word(name_of(btf, t->name_off));
		id = t->type;
	}
	return NULL;
}

/* An integer whose bits are not all of it stands in old BTF for a bit-field: see member(). */
static void set_int(const struct btf *btf, const struct btf_type *t, struct type *ret)
{
	uint8_t encoding = btf_int_encoding(t);

	ret->kind = TYPE_INT;
	ret->is_signed = encoding & BTF_INT_SIGNED;
	if (encoding & BTF_INT_BOOL)
		ret->kind = TYPE_BOOL;
	else if (t->size == 1 && !strcmp(name_of(btf, t->name_off), "char"))
		ret->kind = TYPE_CHAR;
}

static bool enum_is_signed(const struct btf_type *t)
{
	if (btf_is_enum64(t))
		return btf_kflag(t);
	for (uint32_t i = 0; i < btf_vlen(t); i++)
		if (btf_enum(t)[i].val < 0 && !btf_kflag(t))
			return true;
	return btf_kflag(t);
}

static bool type(const void *data, uint64_t id, struct type *ret)
{
	const struct btf *btf = data;
	const struct btf_type *t;

	*ret = (struct type) { 0 };
	t = strip(btf, id, ret);
	if (!t)
		return false;
	ret->size = t->size;
	ret->count = btf_vlen(t);
	if (btf_is_int(t)) {
		set_int(btf, t, ret);
	} else if (btf_is_float(t)) {
		ret->kind = TYPE_FLOAT;
	} else if (btf_is_any_enum(t)) {
		ret->kind = TYPE_ENUM;
		ret->is_signed = enum_is_signed(t);
	} else if (btf_is_ptr(t)) {
		ret->kind = TYPE_POINTER;
		ret->size = 8;
	} else if (btf_is_composite(t)) {
		ret->kind = TYPE_STRUCT;
	} else if (btf_is_array(t)) {
		ret->kind = TYPE_ARRAY;
		ret->size = 0;
		ret->count = btf_array(t)->nelems;
		ret->element = btf_array(t)->type;
	} else {
		return false; /* a function, a forward declaration, a section */
	}
	return true;
}

/* Before kind_flag a bit-field was a member whose integer said how many bits it has. */
static void set_old_bits(const struct btf *btf, struct type_member *m)
{
	struct type t = { 0 };
	const struct btf_type *of = strip(btf, m->type, &t);

	if (!of || !btf_is_int(of) || btf_int_bits(of) == of->size * 8u)
		return;
	m->bits = btf_int_bits(of);
	m->at += btf_int_offset(of);
}

static bool member(const void *data, uint64_t id, uint32_t i, struct type_member *ret)
{
	const struct btf *btf = data;
	const struct btf_type *t = btf__type_by_id(btf, (uint32_t)id);

	if (!t || !btf_is_composite(t) || i >= btf_vlen(t))
		return false;
	ret->name = name_of(btf, btf_members(t)[i].name_off);
	ret->type = btf_members(t)[i].type;
	ret->at = btf_member_bit_offset(t, i);
	ret->bits = btf_member_bitfield_size(t, i);
	if (!ret->bits)
		set_old_bits(btf, ret);
	return true;
}

static bool enumerator(const void *data, uint64_t id, uint32_t i, const char **name, int64_t *value)
{
	const struct btf *btf = data;
	const struct btf_type *t = btf__type_by_id(btf, (uint32_t)id);

	if (!t || !btf_is_any_enum(t) || i >= btf_vlen(t))
		return false;
	if (!btf_is_enum64(t) && t->size > 4)
		return false; /* old compilers cut the values to 32 bits */
	if (btf_is_enum64(t)) {
		*name = name_of(btf, btf_enum64(t)[i].name_off);
		*value = (int64_t)btf_enum64_value(&btf_enum64(t)[i]);
	} else {
		*name = name_of(btf, btf_enum(t)[i].name_off);
		*value = btf_enum(t)[i].val;
	}
	return true;
}

struct type_source btf_types(const struct btf *btf)
{
	return (struct type_source) { btf, type, member, enumerator };
}

/* ---- the struct of events ---- */

/* The struct that `const struct X *unused_X` points to, or 0. */
static uint32_t pointed_by(const struct btf *btf, const struct btf_type *var)
{
	struct type t = { 0 };
	const struct btf_type *to = strip(btf, var->type, &t);

	if (!to || !btf_is_ptr(to))
		return 0;
	t = (struct type) { 0 };
	to = strip(btf, to->type, &t);
	return to && btf_is_struct(to) ? (uint32_t)t.id : 0;
}

static int find_unused(const struct btf *btf, struct err *e)
{
	uint32_t found = 0, count = btf__type_cnt(btf);

	for (uint32_t id = 1; id < count; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		uint32_t to = 0;

		if (t && btf_is_var(t) && !strncmp(name_of(btf, t->name_off), "unused_", 7))
			to = pointed_by(btf, t);
		if (to && found && to != found)
			return err_set(
			    e, -EINVAL,
			    "more than one global is called unused_...: say which struct "
			    "events are (event = struct NAME in the manifest)");
		found = to ? to : found;
	}
	if (!found)
		return err_set(e, -ENOENT, "no global `const struct NAME *unused_NAME`");
	return (int)found;
}

int btf_find_struct(const struct btf *btf, const char *name, struct err *e)
{
	uint32_t count = btf__type_cnt(btf);

	if (!name)
		return find_unused(btf, e);
	if (!strncmp(name, "struct ", 7))
		name += 7;
	for (uint32_t id = 1; *name && id < count; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		struct type of = { 0 };

		if (!t || (!btf_is_struct(t) && !btf_is_typedef(t)) ||
		    strcmp(name_of(btf, t->name_off), name) != 0)
			continue;
		t = strip(btf, id, &of);
		if (t && btf_is_struct(t))
			return (int)of.id;
	}
	return err_set(e, -ENOENT, "the object's BTF has no struct %s", name);
}

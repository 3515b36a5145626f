/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * field: typed reads from a record.
 *
 * Every read is safe on any bytes: what would lie outside of the record is not there. The
 * order of bytes is the machine's that wrote them.
 */
#include <string.h>

#include "core/schema.h"

uint64_t field_load(struct machine m, const uint8_t *p, unsigned size, bool is_signed)
{
	uint32_t w;
	uint16_t h;

	switch (size) {
	case 1:
		return is_signed ? (uint64_t)(int8_t)p[0] : p[0];
	case 2:
		h = load_u16(p);
		if (m.swap)
			h = __builtin_bswap16(h);
		return is_signed ? (uint64_t)(int16_t)h : h;
	case 4:
		w = load_u32(p);
		if (m.swap)
			w = __builtin_bswap32(w);
		return is_signed ? (uint64_t)(int32_t)w : w;
	case 8:
		return m.swap ? __builtin_bswap64(load_u64(p)) : load_u64(p);
	default:
		return 0;
	}
}

/* __data_loc and __rel_loc: the length in the upper half, where it begins in the lower. */
static const uint8_t *loc_bytes(const struct schema *s, const struct field *f, const uint8_t *rec,
				uint32_t size, uint32_t *len)
{
	uint32_t loc, offset, n;

	if (f->offset > size || size - f->offset < 4)
		return NULL;
	loc = (uint32_t)field_load(s->machine, rec + f->offset, 4, false);
	n = loc >> 16;
	offset = loc & 0xffff;
	if (f->place == FIELD_REL_LOC)
		offset += f->offset + 4;
	if (offset > size || size - offset < n)
		return NULL;
	*len = n;
	return rec + offset;
}

const uint8_t *field_bytes(const struct schema *s, const struct field *f, const uint8_t *rec,
			   uint32_t size, uint32_t *len)
{
	switch (f->place) {
	case FIELD_FIXED:
		if (f->offset > size || size - f->offset < f->size)
			return NULL;
		*len = f->size;
		return rec + f->offset;
	case FIELD_TAIL:
		if (f->offset > size)
			return NULL;
		*len = size - f->offset;
		return rec + f->offset;
	default:
		return loc_bytes(s, f, rec, size, len);
	}
}

bool field_int(const struct schema *s, const struct field *f, const uint8_t *rec, uint32_t size,
	       uint64_t *ret)
{
	*ret = 0;
	if (f->kind != FIELD_INT || f->offset > size || size - f->offset < f->size)
		return false;
	*ret = field_load(s->machine, rec + f->offset, f->size, f->is_signed);
	return true;
}

const char *field_str(const struct schema *s, const struct field *f, const uint8_t *rec,
		      uint32_t size, uint32_t *len)
{
	const uint8_t *p;
	uint32_t n;

	if (f->kind != FIELD_STRING)
		return NULL;
	p = field_bytes(s, f, rec, size, &n);
	if (!p)
		return NULL;
	*len = (uint32_t)strnlen((const char *)p, n);
	return (const char *)p;
}

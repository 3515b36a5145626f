/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols_constants: the values of the kernel's enumerators, by name.
 *
 * Many print formats say { HRTIMER_MODE_ABS, "ABS" } and not what that is. The kernel's type
 * information (BTF) does. Only the enums are read from it, by walking its types once; every size is
 * checked. A name with two values in two enums is doubtful and has none.
 */
#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/symbols_table.h"
#include "core/util.h"

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h;
}

/* The slot of a name, or the free one where it would go. The table is never full. */
static struct constant *find_slot(const struct symbols *s, const char *name)
{
	size_t mask = s->constants_cap - 1;

	for (size_t i = hash(name) & mask;; i = (i + 1) & mask) {
		struct constant *c = &s->constants[i];

		if (!c->name || !strcmp(s->names.s + c->name, name))
			return c;
	}
}

static void grow(struct symbols *s)
{
	struct constant *old = s->constants;
	size_t cap = s->constants_cap;

	s->constants_cap = cap ? cap * 2 : 4096;
	s->constants = xcalloc(s->constants_cap, sizeof(*s->constants));
	for (size_t i = 0; i < cap; i++)
		if (old[i].name)
			*find_slot(s, s->names.s + old[i].name) = old[i];
	free(old);
}

void symbols_add_constant(struct symbols *s, const char *name, int64_t value)
{
	struct constant *c;

	if (!*name || s->names.len > SYMBOLS_NAMES_MAX)
		return;
	if (s->constants_count * 2 >= s->constants_cap)
		grow(s);
	c = find_slot(s, name);
	if (c->name) {
		c->is_doubtful |= c->value != value;
		return;
	}
	c->name = (uint32_t)s->names.len;
	c->value = value;
	s->constants_count++;
	strbuf_add(&s->names, name, strlen(name) + 1);
}

bool symbols_constant(struct symbols *s, const char *name, int64_t *ret)
{
	const struct constant *c;

	if (s->load_constants) {
		symbols_load_fn load = s->load_constants;

		s->load_constants = NULL;
		load(s, s->constants_data);
	}
	if (!s->constants_count)
		return false;
	c = find_slot(s, name);
	if (!c->name || c->is_doubtful)
		return false;
	*ret = c->value;
	return true;
}

void symbols_on_constants(struct symbols *s, symbols_load_fn load, void *data)
{
	s->load_constants = load;
	s->constants_data = data;
}

void symbols_constants_done(struct symbols *s)
{
	free(s->constants);
	free(s->btf_strings);
}

/* ---- BTF ---- */

struct btf_walk {
	struct symbols *s;
	const char *strings; /* of this BTF */
	uint32_t strings_len, base_len;
};

/* A module's own strings are counted from the end of the kernel's. */
static const char *btf_string(const struct btf_walk *w, uint32_t at)
{
	if (at < w->base_len)
		return w->s->btf_strings + at;
	at -= w->base_len;
	return at < w->strings_len ? w->strings + at : "";
}

/* Bytes behind the common head of a type. -1: a kind that we do not know. */
static int64_t tail_size(uint32_t kind, uint32_t vlen)
{
	switch (kind) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (int64_t)vlen * (int64_t)sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return (int64_t)vlen * (int64_t)sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return (int64_t)vlen * (int64_t)sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return (int64_t)vlen * (int64_t)sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return (int64_t)vlen * (int64_t)sizeof(struct btf_var_secinfo);
	default:
		return -1;
	}
}

static void add_enum(const struct btf_walk *w, const struct btf_type *t, const uint8_t *p)
{
	uint32_t kind = BTF_INFO_KIND(t->info), vlen = BTF_INFO_VLEN(t->info);

	for (uint32_t i = 0; i < vlen; i++) {
		if (kind == BTF_KIND_ENUM) {
			uint32_t v = load_u32(p + 4);

			symbols_add_constant(w->s, btf_string(w, load_u32(p)),
					     BTF_INFO_KFLAG(t->info) ? (int32_t)v : (int64_t)v);
			p += sizeof(struct btf_enum);
		} else {
			symbols_add_constant(
			    w->s, btf_string(w, load_u32(p)),
			    (int64_t)((uint64_t)load_u32(p + 8) << 32 | load_u32(p + 4)));
			p += sizeof(struct btf_enum64);
		}
	}
}

static void walk_types(const struct btf_walk *w, const uint8_t *p, uint32_t size)
{
	struct btf_type t;

	while (size >= sizeof(t)) {
		uint32_t kind;
		int64_t tail;

		memcpy(&t, p, sizeof(t));
		p += sizeof(t);
		size -= sizeof(t);
		kind = BTF_INFO_KIND(t.info);
		tail = tail_size(kind, BTF_INFO_VLEN(t.info));
		if (tail < 0 || tail > size)
			return;
		if (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64)
			add_enum(w, &t, p);
		p += tail;
		size -= (uint32_t)tail;
	}
}

int symbols_add_btf(struct symbols *s, const void *btf, size_t size)
{
	struct btf_walk w = { .s = s, .base_len = s->btf_strings_len };
	const uint8_t *data = btf;
	struct btf_header h;

	if (size < sizeof(h))
		return -EINVAL;
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.hdr_len < sizeof(h) || h.hdr_len > size)
		return -EINVAL;
	data += h.hdr_len;
	size -= h.hdr_len;
	if (h.type_off > size || h.type_len > size - h.type_off || h.str_off > size ||
	    h.str_len > size - h.str_off || !h.str_len || data[h.str_off + h.str_len - 1])
		return -EINVAL;
	w.strings = (const char *)data + h.str_off;
	w.strings_len = h.str_len;
	walk_types(&w, data + h.type_off, h.type_len);
	if (!s->btf_strings) {
		s->btf_strings = xrealloc(NULL, h.str_len, 1);
		memcpy(s->btf_strings, w.strings, h.str_len);
		s->btf_strings_len = h.str_len;
	}
	return 0;
}

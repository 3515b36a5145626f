/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: members of a struct as the fields of an event.
 *
 * Most stand where they are in the struct. Bit-fields, floating point and what goes to the event's
 * end are computed (layout.h); the struct's bytes are moved behind those.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/code.h"
#include "bpf/format.h"
#include "core/text.h"
#include "core/util.h"

#define COMMON 8

static bool has_word(const struct member *m, const char *word)
{
	return m->word && !strcmp(m->word, word);
}

static bool is_loc(const struct member *m)
{
	return m->word && !strncmp(m->word, "tap_", 4);
}

static bool is_tail(const struct member *m)
{
	return m->is_array && !m->count;
}

/* ---- what the manifest says of types ---- */

static int retype(struct draft *d, struct member *m, const char *word)
{
	bool is_ip4 = !strcmp(word, "ip4_t"), is_byte = m->size == 1 && m->is_array;
	const char *known = strncmp(word, "tap_", 4) ? type_word(word) : NULL;
	bool is_addr = known && (known[0] == 'k' || known[0] == 'u') && known[1] == 'a';

	if (!strcmp(word, "text") && is_byte) {
		m->kind = TYPE_CHAR;
	} else if (!strcmp(word, "bool") && m->kind == TYPE_INT && !m->is_array) {
		m->kind = TYPE_BOOL;
	} else if (!strcmp(word, "ip6_t") && m->size * m->count == 16) {
		*m = (struct member) { .name = m->name, .at = m->at, .size = 16, .count = 1 };
		m->word = known;
	} else if (is_ip4 && m->size * m->count == 4 && !m->bits) {
		*m = (struct member) { .name = m->name, .at = m->at, .size = 4, .count = 1 };
		m->kind = TYPE_INT;
		m->word = known;
	} else if (known && m->kind == TYPE_INT && strcmp(word, "ip6_t") != 0 && !is_ip4 &&
		   (!is_addr || m->size == 8)) {
		m->word = known;
	} else {
		return err_set(d->e, -EINVAL, "type.%s = %s: no type word for %u bytes", m->name,
			       word, m->size * MAX(m->count, 1u));
	}
	return 0;
}

static int apply_types(struct draft *d)
{
	for (size_t i = 0; i < d->ms.count; i++) {
		struct member *m = &d->ms.v[i];
		const char *word = d->m ? manifest_get(d->m, "type", m->name) : NULL;
		int ret = word ? retype(d, m, word) : 0;

		if (ret)
			return ret;
		m->is_signed |= has_word(m, "errno_t") || has_word(m, "fix6_t");
	}
	return 0;
}

/* ---- forms ---- */

static bool is_number_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static enum form array_form(const struct member *m)
{
	if (m->kind == TYPE_CHAR)
		return is_tail(m) ? FORM_LOC_TEXT : FORM_TEXT;
	if (m->kind == TYPE_FLOAT || m->size == 1 || (!is_number_size(m->size) && m->size != 16) ||
	    m->kind == TYPE_BYTES)
		return is_tail(m) ? FORM_LOC_BYTES : FORM_BYTES;
	return is_tail(m) ? FORM_LOC_ARRAY : FORM_ARRAY;
}

static enum form form_of(const struct member *m)
{
	if (is_loc(m) && !m->is_array)
		return has_word(m, "tap_str") ? FORM_LOC_TEXT : FORM_LOC_ARRAY;
	if (m->is_array)
		return array_form(m);
	if (has_word(m, "ip6_t"))
		return FORM_IP6;
	if (m->kind == TYPE_BYTES || (m->kind == TYPE_FLOAT && m->size != 4 && m->size != 8))
		return FORM_BYTES;
	if (m->bits || is_number_size(m->size))
		return FORM_NUMBER;
	return m->size == 16 ? FORM_WIDE : FORM_BYTES;
}

static void choose_forms(struct draft *d)
{
	bool has_locs = false;

	for (size_t i = 0; i < d->ms.count; i++)
		has_locs |= is_loc(&d->ms.v[i]);
	for (size_t i = 0; i < d->ms.count; i++) {
		struct member *m = &d->ms.v[i];
		struct shown *s = &d->shown[i];

		s->form = (uint8_t)form_of(m);
		if (is_tail(m) && m->size == 1 && has_locs)
			s->form = FORM_NONE; /* the room of texts that are said by name */
		if (!d->is_event && (is_tail(m) || is_loc(m)))
			s->form = FORM_NONE; /* nothing is behind an entry */
		d->l->is_open |= d->is_event && (is_tail(m) || is_loc(m));
	}
}

static bool is_computed(const struct member *m)
{
	return m->bits || is_tail(m) ||
	       (m->kind == TYPE_FLOAT && !m->is_array && (m->size == 4 || m->size == 8));
}

/* Gives members that have to be computed their places; those that find none stand as bytes. */
static void add_extra(struct draft *d, size_t i)
{
	const struct member *m = &d->ms.v[i];
	struct layout *l = d->l;
	struct layout_extra *x = &l->extras[l->extra_count];

	if (l->extra_count == LAYOUT_EXTRAS) {
		d->shown[i].form = is_tail(m) || is_loc(m) ? FORM_NONE : FORM_BYTES;
		return;
	}
	*x = (struct layout_extra) { .at = m->at * 8 + m->bit, .to = 8 * l->extra_count };
	x->is_signed = m->is_signed;
	x->kind = is_loc(m)		  ? LAYOUT_LOC
		  : is_tail(m)		  ? LAYOUT_TAIL
		  : m->kind == TYPE_FLOAT ? LAYOUT_FLOAT
					  : LAYOUT_BITS;
	x->bits = m->bits ? m->bits : is_tail(m) ? 0 : m->size * 8;
	d->shown[i].has_extra = true;
	d->shown[i].offset = COMMON + x->to;
	l->extra_count++;
}

static void place(struct draft *d)
{
	struct layout *l = d->l;
	bool any = false;

	l->extras = xcalloc(LAYOUT_EXTRAS, sizeof(*l->extras));
	for (size_t i = 0; i < d->ms.count; i++)
		any |= d->shown[i].form != FORM_NONE && is_computed(&d->ms.v[i]);
	for (size_t i = 0; i < d->ms.count; i++) {
		const struct member *m = &d->ms.v[i];

		if (d->shown[i].form != FORM_NONE && (is_computed(m) || (any && is_loc(m))))
			add_extra(d, i);
	}
	l->shift = 8 * l->extra_count;
	for (size_t i = 0; i < d->ms.count; i++)
		if (!d->shown[i].has_extra)
			d->shown[i].offset = COMMON + l->shift + d->ms.v[i].at;
}

/* ---- fields ---- */

static const char *number_type(const struct member *m)
{
	static const char *const types[2][9] = {
		{ [1] = "u8", [2] = "u16", [4] = "u32", [8] = "u64" },
		{ [1] = "s8", [2] = "s16", [4] = "s32", [8] = "s64" },
	};

	if (m->kind == TYPE_FLOAT)
		return "fix6_t";
	if (m->kind == TYPE_BOOL)
		return "bool";
	if (m->kind == TYPE_POINTER && !m->is_array)
		return "void *";
	if (m->word)
		return m->word;
	return types[m->is_signed][m->bits || !is_number_size(m->size) ? 8 : m->size];
}

/* Bytes that a member covers. */
static uint32_t covered(const struct member *m)
{
	return m->bits ? (m->bit + m->bits + 7u) / 8 : m->size * m->count;
}

void format_declare(struct strbuf *b, const struct shown *s)
{
	const struct member *m = s->of;
	const char *type = number_type(m), *loc = "";
	uint32_t size = s->has_extra ? 8 : covered(m), count = 0;

	if (s->form == FORM_WIDE || s->form == FORM_ARRAY)
		count = m->size == 16 ? 2 * m->count : m->count;
	if (s->form == FORM_WIDE || (m->is_array && m->size == 16))
		type = "u64";
	if (s->form == FORM_TEXT || s->form == FORM_LOC_TEXT)
		type = "char";
	if (s->form == FORM_BYTES || s->form == FORM_LOC_BYTES)
		type = "u8";
	if (s->form == FORM_TEXT || s->form == FORM_BYTES)
		count = size = covered(m);
	if (s->form == FORM_IP6)
		type = "ip6_t";
	if (s->form == FORM_LOC_ARRAY && is_loc(m))
		type = has_word(m, "tap_kstack") ? "kaddr_t" : "uaddr_t";
	if (s->form >= FORM_LOC_TEXT) {
		loc = "__data_loc ";
		size = 4;
	}
	strbuf_fmt(b, "\tfield:%s%s%s %s", loc, type, *loc ? "[]" : "", m->name);
	if (count)
		strbuf_fmt(b, "[%u]", count);
	strbuf_fmt(b, ";\toffset:%u;\tsize:%u;\tsigned:%d;\n", s->offset, size,
		   s->form == FORM_NUMBER || s->form == FORM_ARRAY || s->form == FORM_LOC_ARRAY
		       ? m->is_signed || (m->kind == TYPE_FLOAT)
		       : 0);
}

static int make_body(struct draft *d)
{
	struct strbuf b = { 0 };
	int ret;

	strbuf_str(&b, FORMAT_HEAD);
	for (size_t i = 0; i < d->ms.count; i++)
		if (d->shown[i].form != FORM_NONE && !d->shown[i].is_left)
			format_declare(&b, &d->shown[i]);
	strbuf_str(&b, "\nprint fmt: ");
	ret = format_print(&b, d);
	strbuf_char(&b, '\n');
	d->l->body = strbuf_take(&b);
	return ret;
}

/* What is behind the last member is padding, and a tail may begin there. */
static uint32_t least_size(const struct draft *d)
{
	uint32_t end = 0;
	bool has_tail = false;

	for (size_t i = 0; i < d->ms.count; i++) {
		const struct member *m = &d->ms.v[i];

		has_tail |= is_tail(m);
		end = MAX(end, m->at + covered(m));
	}
	return d->is_event && has_tail ? end : d->ms.size;
}

/* What we wrote must be what we can read; what the author's text says may not be. */
static int check(struct draft *d)
{
	struct schema *s = NULL;
	int ret = layout_schema(d->l, "bpf", 1, &s, d->e);

	if (!ret && d->is_event && d->m && manifest_get(d->m, "print", NULL) &&
	    text_compile(s, d->e)) {
		err_ctx(d->e, "print");
		ret = -EINVAL;
	}
	schema_free(s);
	return ret;
}

static void hide(struct draft *d)
{
	for (size_t i = 0; i < d->ms.count; i++) {
		d->shown[i].of = &d->ms.v[i];
		if (d->m && manifest_lists(d->m, "hide", d->ms.v[i].name))
			d->shown[i].is_hidden = true;
	}
}

int format_make(struct draft *d, const char *name)
{
	int ret;

	*d->l = (struct layout) { .name = xstrdup(name), .size = least_size(d) };
	d->shown = xcalloc(d->ms.count + 1, sizeof(*d->shown));
	hide(d);
	ret = apply_types(d);
	if (!ret)
		ret = format_parts(d);
	if (!ret) {
		choose_forms(d);
		place(d);
		ret = make_body(d);
	}
	if (!ret)
		ret = check(d);
	if (ret)
		layout_done(d->l);
	free(d->shown);
	return ret;
}

int format_event(const struct type_source *src, uint64_t type, const struct manifest *m,
		 const char *name, struct layout *ret, struct err *e)
{
	struct layout l = { 0 };
	struct draft d = { .m = m, .l = &l, .is_event = true, .e = e };
	int err = members_add(&d.ms, src, type, "value", 0, TAP_RECORD_MAX, e);

	if (!err)
		err = format_make(&d, name);
	members_done(&d.ms);
	if (err)
		err_ctx(e, "%s", name);
	else
		*ret = l;
	return err;
}

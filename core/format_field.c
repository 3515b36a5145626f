/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format_field: one line "field:TYPE NAME; offset:N; size:N; signed:N;" of a format text.
 *
 * What a field means follows from its type's words, its brackets and its size; what the text does
 * not tell (a bit-field, a struct) is bytes. Nothing is believed before it is checked.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/format_reader.h"

#define NAME_LEN_MAX 255

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

struct span format_trim(struct span t)
{
	while (t.n && isspace((unsigned char)t.p[0])) {
		t.p++;
		t.n--;
	}
	while (t.n && isspace((unsigned char)t.p[t.n - 1]))
		t.n--;
	return t;
}

bool format_is_event_name(struct span t)
{
	if (!t.n || t.n > NAME_LEN_MAX)
		return false;
	for (size_t i = 0; i < t.n; i++)
		if (!is_word_char(t.p[i]))
			return false;
	return true;
}

bool format_is_identifier(struct span t)
{
	return format_is_event_name(t) && !isdigit((unsigned char)t.p[0]);
}

/* Cuts the prefix off when it is there. */
bool format_eat(struct span *t, const char *prefix)
{
	size_t n = strlen(prefix);

	if (t->n < n || memcmp(t->p, prefix, n))
		return false;
	t->p += n;
	t->n -= n;
	return true;
}

/* Reads a decimal number up to max that fills the whole span. */
bool format_number(struct span t, uint32_t max, uint32_t *ret)
{
	uint64_t v = 0;

	t = format_trim(t);
	if (!t.n)
		return false;
	for (size_t i = 0; i < t.n; i++) {
		if (!isdigit((unsigned char)t.p[i]))
			return false;
		v = v * 10 + (uint64_t)(t.p[i] - '0');
		if (v > max)
			return false;
	}
	*ret = (uint32_t)v;
	return true;
}

int format_refuse(struct reader *r, const char *why, struct span t)
{
	char word[64];
	size_t n = MIN(t.n, sizeof(word) - 1);

	for (size_t i = 0; i < n; i++)
		word[i] = isprint((unsigned char)t.p[i]) ? t.p[i] : '?';
	word[n] = '\0';
	return err_set(r->e, -EINVAL, "format line %u: %s: '%s'", r->line, why, word);
}

static bool span_is(struct span t, const char *s)
{
	/* Most words differ in the first letter: thousands of formats are read before anything is
	 * shown. */
	return t.n && t.p[0] == *s && t.n == strlen(s) && !memcmp(t.p, s, t.n);
}

/* True when the word stands in t by itself, not as a part of a longer one. */
static bool has_word(struct span t, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= t.n; i++)
		if (!memcmp(t.p + i, word, n) && (!i || !is_word_char(t.p[i - 1])) &&
		    (i + n == t.n || !is_word_char(t.p[i + n])))
			return true;
	return false;
}

/* ---- types ---- */

/* Types whose size the machine does not change, and those that follow its words (size 0). */
static const struct type_word {
	const char *name;
	uint8_t size;
	bool is_signed;
} type_words[] = {
	{ "char", 1, true },
	{ "unsigned char", 1, false },
	{ "signed char", 1, true },
	{ "u8", 1, false },
	{ "s8", 1, true },
	{ "__u8", 1, false },
	{ "__s8", 1, true },
	{ "uint8_t", 1, false },
	{ "int8_t", 1, true },
	{ "bool", 1, false },
	{ "short", 2, true },
	{ "unsigned short", 2, false },
	{ "u16", 2, false },
	{ "s16", 2, true },
	{ "__u16", 2, false },
	{ "__s16", 2, true },
	{ "uint16_t", 2, false },
	{ "int16_t", 2, true },
	{ "__be16", 2, false },
	{ "__le16", 2, false },
	{ "int", 4, true },
	{ "unsigned", 4, false },
	{ "unsigned int", 4, false },
	{ "u32", 4, false },
	{ "s32", 4, true },
	{ "__u32", 4, false },
	{ "__s32", 4, true },
	{ "uint32_t", 4, false },
	{ "int32_t", 4, true },
	{ "__be32", 4, false },
	{ "__le32", 4, false },
	{ "ip4_t", 4, false },
	{ "errno_t", 4, true },
	{ "pid_t", 4, true },
	{ "gfp_t", 4, false },
	{ "u64", 8, false },
	{ "s64", 8, true },
	{ "__u64", 8, false },
	{ "__s64", 8, true },
	{ "uint64_t", 8, false },
	{ "int64_t", 8, true },
	{ "long long", 8, true },
	{ "unsigned long long", 8, false },
	{ "ns_t", 8, false },
	{ "bytes_t", 8, false },
	{ "fix6_t", 8, true },
	{ "kaddr_t", 8, false },
	{ "uaddr_t", 8, false },
	{ "long", 0, true },
	{ "unsigned long", 0, false },
	{ "size_t", 0, false },
	{ "ssize_t", 0, true },
	{ "ptrdiff_t", 0, true },
	{ "uintptr_t", 0, false },
	{ "sector_t", 8, false },
};

static const struct type_word *type_word(struct span t)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_words); i++)
		if (span_is(t, type_words[i].name))
			return &type_words[i];
	return NULL;
}

static const struct {
	const char *name;
	enum field_unit unit;
} unit_words[] = {
	{ "ns_t", UNIT_NS },   { "bytes_t", UNIT_SIZE },  { "errno_t", UNIT_ERRNO },
	{ "ip4_t", UNIT_IP4 }, { "ip6_t", UNIT_IP6 },	  { "fix6_t", UNIT_FIX6 },
	{ "bool", UNIT_BOOL }, { "kaddr_t", UNIT_KADDR }, { "uaddr_t", UNIT_UADDR },
};

static uint8_t type_unit(struct span t)
{
	if (memchr(t.p, '*', t.n))
		return UNIT_POINTER;
	for (size_t i = 0; i < ARRAY_SIZE(unit_words); i++)
		if (span_is(t, unit_words[i].name))
			return unit_words[i].unit;
	return UNIT_NONE;
}

/* The type of one element: without qualifiers, the words for places and the brackets. */
static struct span base_type(struct span t)
{
	static const char *const words[] = { "__data_loc ", "__rel_loc ", "const ", "volatile " };
	bool again = true;

	while (again) {
		again = false;
		t = format_trim(t);
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			again |= format_eat(&t, words[i]);
	}
	while (t.n &&
	       (t.p[t.n - 1] == ']' || t.p[t.n - 1] == '[' || isspace((unsigned char)t.p[t.n - 1])))
		t.n--;
	return t;
}

/* Bytes of one element of a type; 0 when the name does not tell. */
static uint8_t elem_size(struct span base, struct machine m)
{
	const struct type_word *w = type_word(base);

	if (memchr(base.p, '*', base.n))
		return m.long_size;
	if (span_is(base, "ip6_t"))
		return 16;
	if (has_word(base, "enum"))
		return 4;
	return !w ? 0 : w->size ? w->size : m.long_size;
}

/* ---- one field ---- */

/* What the line says, before it means anything. */
struct declaration {
	struct span type, name;
	bool is_array, is_bits;
	uint32_t count; /* between the brackets; 0: nothing, or no number */
	uint32_t offset, size;
	int is_signed; /* -1: not said */
};

/* Takes "[n]" groups off the end of a declarator; several multiply. */
static bool cut_brackets(struct span *decl, struct declaration *d)
{
	bool known = true;
	uint64_t count = 1;

	*decl = format_trim(*decl);
	while (decl->n && decl->p[decl->n - 1] == ']') {
		size_t i = decl->n - 1;
		uint32_t n = 0;

		while (i && decl->p[i] != '[')
			i--;
		if (decl->p[i] != '[')
			return false;
		if (!format_number((struct span) { decl->p + i + 1, decl->n - i - 2 }, RECORD_MAX,
				   &n))
			known = false;
		count = MIN(count * n, RECORD_MAX);
		d->is_array = true;
		decl->n = i;
		*decl = format_trim(*decl);
	}
	d->count = d->is_array && known ? (uint32_t)count : 0;
	return true;
}

/* "TYPE NAME", "TYPE NAME[n]", "TYPE NAME:bits". */
static int parse_declarator(struct reader *r, struct span decl, struct declaration *d)
{
	struct span all = decl;
	const char *colon = memchr(decl.p, ':', decl.n);
	size_t i;

	if (colon) {
		d->is_bits = true;
		decl.n = (size_t)(colon - decl.p);
	}
	if (!cut_brackets(&decl, d))
		return format_refuse(r, "a bracket is missing", all);
	for (i = decl.n; i && is_word_char(decl.p[i - 1]); i--)
		;
	d->name = (struct span) { decl.p + i, decl.n - i };
	d->type = format_trim((struct span) { decl.p, i });
	if (!format_is_identifier(d->name))
		return format_refuse(r, "a field's name is no identifier", all);
	if (!d->type.n)
		return format_refuse(r, "a field has no type", all);
	return 0;
}

/* The attributes behind the declarator: "offset:8; size:4; signed:0;". */
static int parse_attributes(struct reader *r, struct span t, struct declaration *d)
{
	bool offset = false, size = false;
	uint32_t is_signed;

	d->is_signed = -1;
	for (t = format_trim(t); t.n; t = format_trim(t)) {
		const char *semi = memchr(t.p, ';', t.n);
		struct span a = { t.p, semi ? (size_t)(semi - t.p) : t.n }, all = format_trim(a);

		t.p += a.n + !!semi;
		t.n -= a.n + !!semi;
		a = all;
		if (format_eat(&a, "offset:"))
			offset = format_number(a, RECORD_MAX, &d->offset);
		else if (format_eat(&a, "size:"))
			size = format_number(a, RECORD_MAX, &d->size);
		else if (!format_eat(&a, "signed:"))
			continue; /* a later kernel may say more */
		else if (format_number(a, 1, &is_signed))
			d->is_signed = (int)is_signed;
		else
			return format_refuse(r, "signed is neither 0 nor 1", all);
	}
	if (!offset || !size || d->offset + d->size > RECORD_MAX)
		return format_refuse(r, "a field's offset or size makes no sense", d->name);
	return 0;
}

static bool is_char(struct span base)
{
	return span_is(base, "char");
}

static void set_array_kind(struct field *f, struct span base, uint8_t elem)
{
	if (is_char(base)) {
		f->kind = FIELD_STRING;
		f->elem_size = 1;
	} else if (span_is(base, "cpumask_t") || has_word(base, "cpumask")) {
		f->kind = FIELD_BITMASK;
	} else if (elem == 1 || elem == 2 || elem == 4 || elem == 8) {
		f->kind = FIELD_ARRAY;
		f->elem_size = elem;
	} else {
		f->kind = FIELD_BYTES;
		f->elem_size = 1;
	}
}

static void set_fixed_kind(struct field *f, const struct declaration *d, struct span base,
			   struct machine m)
{
	uint8_t elem = elem_size(base, m);
	bool is_struct = has_word(base, "struct") || has_word(base, "union");

	if (d->is_array) {
		if (d->count && d->size && d->size % d->count == 0 && d->size / d->count <= 8)
			elem = (uint8_t)(d->size / d->count);
		if (is_struct && f->unit != UNIT_POINTER)
			elem = 0;
		set_array_kind(f, base, elem);
	} else if (span_is(base, "cpumask_t")) {
		f->kind = FIELD_BITMASK;
	} else if ((d->size == 1 || d->size == 2 || d->size == 4 || d->size == 8) && !d->is_bits &&
		   (!is_struct || f->unit == UNIT_POINTER)) {
		f->kind = FIELD_INT;
		f->elem_size = (uint16_t)d->size;
	} else {
		f->kind = FIELD_BYTES; /* a bit-field too: the text does not say which bits */
		f->elem_size = 1;
	}
	if (f->kind == FIELD_BITMASK)
		f->elem_size = m.long_size;
}

/* Where it is and what it means, from what was said. */
static int set_field(struct reader *r, const struct declaration *d, struct field *f)
{
	struct machine m = r->s->machine;
	struct span base = base_type(d->type), type = d->type;
	const struct type_word *w = type_word(base);
	bool loc = format_eat(&type, "__data_loc "), rel = !loc && format_eat(&type, "__rel_loc ");

	f->offset = d->offset;
	f->size = d->size;
	f->unit = type_unit(base);
	f->is_signed = d->is_signed >= 0 ? d->is_signed : w && w->is_signed;
	f->is_long = (w && !w->size) || f->unit == UNIT_POINTER;
	if (loc || rel) {
		if (d->size != 4)
			return format_refuse(r, "a __data_loc field is not 4 bytes", d->name);
		f->place = loc ? FIELD_DATA_LOC : FIELD_REL_LOC;
		set_array_kind(f, base, elem_size(base, m));
	} else if (d->is_array && !d->size) {
		f->place = FIELD_TAIL;
		set_array_kind(f, base, elem_size(base, m));
	} else {
		f->place = FIELD_FIXED;
		set_fixed_kind(f, d, base, m);
	}
	if (f->kind == FIELD_BITMASK)
		f->elem_size = m.long_size;
	return 0;
}

int format_parse_field(struct reader *r, struct span line, struct field *f)
{
	const char *semi = memchr(line.p, ';', line.n);
	struct declaration d = { 0 };
	size_t n = semi ? (size_t)(semi - line.p) : line.n;
	struct span decl = format_trim((struct span) { line.p, n });
	struct span name;
	int ret;

	if (!semi)
		return format_refuse(r, "a field has no ';'", line);
	ret = parse_declarator(r, decl, &d);
	if (!ret)
		ret = parse_attributes(r, (struct span) { semi + 1, line.n - n - 1 }, &d);
	if (!ret)
		ret = set_field(r, &d, f);
	if (ret)
		return ret;
	name = d.name;
	f->is_common = format_eat(&name, "common_");
	f->name = arena_strndup(&r->s->body->arena, d.name.p, d.name.n);
	f->type = arena_strndup(&r->s->body->arena, d.type.p, d.type.n);
	return 0;
}

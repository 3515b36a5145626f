/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_say: numbers of a field as the words that a filter takes for them.
 *
 * The other way round than filter_names.c, from the same tables: flags and symbols of the print
 * format first, then what every event means the same by.
 */
#include <string.h>

#include "core/filter_tree.h"
#include "core/names.h"
#include "core/text_names.h"
#include "core/util.h"

struct say {
	uint64_t value;
	uint64_t said; /* the bits that the names so far are about */
	struct strbuf *out;
	bool any, whole; /* whole: a name of the value as such was found, flags are over */
};

static void add_name(struct say *s, const struct text_name *n)
{
	if (s->any)
		strbuf_char(s->out, '|');
	strbuf_add(s->out, n->s, n->len);
	s->any = true;
}

/* As the kernel says flags: the first ones that fit, each bit once. */
static void take_name(const struct text_name *n, void *data)
{
	struct say *s = data;
	uint64_t left = s->value & ~s->said & n->mask;

	if (s->whole || !n->len)
		return;
	if (!n->is_flag || !n->value) {
		if ((s->value & n->mask) != n->value || s->any)
			return;
		s->whole = true;
		s->said = n->mask;
	} else {
		if ((left & n->value) != n->value)
			return;
		s->said |= n->value;
	}
	add_name(s, n);
}

static bool say_own(const struct schema *s, const struct field *f, uint64_t v, struct strbuf *out)
{
	uint64_t all = f->size < 8 ? ((uint64_t)1 << 8 * f->size) - 1 : UINT64_MAX, rest;
	struct say say = { .value = v, .out = out };

	/* Most formats have no table: not worth to be compiled. */
	if (!strstr(s->print_fmt, "__print_"))
		return false;
	text_each_name(s, f, take_name, &say);
	rest = v & ~say.said & all;
	if (say.any && rest)
		strbuf_fmt(out, "|0x%llx", (unsigned long long)rest);
	return say.any;
}

/* -ENOENT, of whatever width and sign the field is. */
static bool say_error(const struct field *f, uint64_t v, struct strbuf *out)
{
	uint64_t wrapped = f->size < 8 ? v | UINT64_MAX << 8 * f->size : v;
	uint64_t number = f->unit == UNIT_ERRNO && !f->is_signed ? v : -wrapped;
	const char *name = number && number < 4096 ? names_of(NAMES_ERRNO, (int)number) : NULL;

	if (name)
		strbuf_fmt(out, "-%s", name);
	return name != NULL;
}

static bool say_common(const struct schema *s, const struct field *f, uint64_t v,
		       struct strbuf *out)
{
	enum names_kind kind;
	const char *name;

	if (!filter_names_kind(s, f, &kind))
		return false;
	if (kind == NAMES_ERRNO)
		return say_error(f, v, out);
	name = v <= INT32_MAX ? names_of(kind, (int)v) : NULL;
	if (name)
		strbuf_fmt(out, "%s%s", kind == NAMES_SIGNAL ? "SIG" : "", name);
	return name != NULL;
}

bool filter_say_value(const struct schema *s, const struct field *f, uint64_t v, struct strbuf *out)
{
	if (f->kind != FIELD_INT)
		return false;
	if (say_own(s, f, v, out) || say_common(s, f, v, out))
		return true;
	if (f->unit != UNIT_BOOL || v > 1)
		return false;
	strbuf_str(out, v ? "true" : "false");
	return true;
}

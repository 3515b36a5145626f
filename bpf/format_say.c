/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format_say: how one member is said in a print format, so that trace-cmd's library and our own
 * compiler say the same.
 *
 * Names of enumerations stand in __print_symbolic, or in __print_flags where the values are single
 * bits. Negative ones are cut to the field's size: libtraceevent does not extend fields.
 */
#include <string.h>

#include "bpf/format.h"
#include "core/names.h"
#include "core/util.h"

static bool has_word(const struct member *m, const char *word)
{
	return m->word && !strcmp(m->word, word);
}

static bool is_little(void)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

/* ---- names ---- */

/* Bytes of the field, which is wider where it is computed. */
static uint32_t field_size(const struct shown *s)
{
	return s->has_extra ? 8 : s->of->size;
}

static uint64_t cut(int64_t v, uint32_t size)
{
	return size < 8 ? (uint64_t)v & ((1ULL << 8 * size) - 1) : (uint64_t)v;
}

/* Three and more single bits: 1, 2 are as well numbers. */
static bool is_flags(const struct member *m)
{
	unsigned bits = 0;
	uint64_t all = 0;

	for (uint32_t i = 0; i < m->name_count; i++) {
		uint64_t v = (uint64_t)m->names[i].value;

		if (v & (v - 1) || m->names[i].value < 0)
			return false;
		bits += v && !(all & v);
		all |= v;
	}
	return bits >= 3;
}

static void add_names(struct strbuf *b, const struct shown *s, bool with_zero)
{
	for (uint32_t i = 0; i < s->of->name_count; i++) {
		const struct member_name *n = &s->of->names[i];

		if (n->value || with_zero)
			strbuf_fmt(b, ", { %llu%s, \"%s\" }",
				   (unsigned long long)cut(n->value, field_size(s)),
				   n->value < 0 && field_size(s) == 8 ? "ULL" : "", n->name);
	}
	strbuf_char(b, ')');
}

static const char *zero_name(const struct member *m)
{
	for (uint32_t i = 0; i < m->name_count; i++)
		if (!m->names[i].value)
			return m->names[i].name;
	return "0";
}

static void say_enum(struct strbuf *args, const struct shown *s)
{
	const struct member *m = s->of;
	bool negative = false;

	for (uint32_t i = 0; i < m->name_count; i++)
		negative |= m->names[i].value < 0;
	if (is_flags(m)) {
		strbuf_fmt(args, "REC->%s ? __print_flags(REC->%s, \"|\"", m->name, m->name);
		add_names(args, s, false);
		strbuf_fmt(args, " : \"%s\"", zero_name(m));
		return;
	}
	strbuf_str(args, "__print_symbolic(");
	if (negative && field_size(s) < 8)
		strbuf_fmt(args, "(u%u)", field_size(s) * 8);
	strbuf_fmt(args, "REC->%s", m->name);
	add_names(args, s, true);
}

/* One name of a number is enough. */
static void add_call(const char *name, int number, void *data)
{
	const char *first = names_of(NAMES_SYSCALL, number);

	if (first && !strcmp(first, name))
		strbuf_fmt(data, ", { %d, \"%s\" }", number, name);
}

/* A system call by its name on this machine: so a recording says it anywhere. */
static void say_call(struct strbuf *args, const struct shown *s)
{
	strbuf_fmt(args, "__print_symbolic(REC->%s", s->of->name);
	names_each(NAMES_SYSCALL, add_call, args);
	strbuf_char(args, ')');
}

/* ---- numbers ---- */

/*
 * The sign by itself: -0.5 has no other place for it. libtraceevent compares without signs, and has
 * none to turn, so the highest bit is asked.
 */
static void say_fix6(struct strbuf *spec, struct strbuf *args, const char *name)
{
	static const char size[] = "((REC->%s >> 63) ? 0 - REC->%s : REC->%s)";

	strbuf_str(spec, "%s%llu.%06llu");
	strbuf_fmt(args, "(REC->%s >> 63) ? \"-\" : \"\", ", name);
	strbuf_fmt(args, size, name, name, name);
	strbuf_str(args, " / 1000000, ");
	strbuf_fmt(args, size, name, name, name);
	strbuf_str(args, " % 1000000");
}

/* libtraceevent extends no sign: the conversion has to. */
static const char *width(const struct shown *s)
{
	uint32_t size = field_size(s);

	if (size == 8)
		return "ll";
	return s->of->is_signed && size == 1 ? "hh" : s->of->is_signed && size == 2 ? "h" : "";
}

static void say_plain(struct strbuf *spec, struct strbuf *args, const struct shown *s)
{
	const struct member *m = s->of;

	if (has_word(m, "kaddr_t"))
		strbuf_str(spec, "%pS");
	else if (has_word(m, "ip4_t"))
		strbuf_str(spec, "%pI4");
	else if (m->kind == TYPE_POINTER || has_word(m, "uaddr_t"))
		strbuf_str(spec, "0x%llx");
	else
		strbuf_fmt(spec, "%%%s%c", width(s), m->is_signed ? 'd' : 'u');
	format_value(args, s);
}

static void say_number(struct strbuf *spec, struct strbuf *args, const struct shown *s)
{
	const struct member *m = s->of;

	if (m->kind == TYPE_FLOAT || has_word(m, "fix6_t")) {
		say_fix6(spec, args, m->name);
	} else if (m->kind == TYPE_ENUM && m->name_count) {
		strbuf_str(spec, "%s");
		say_enum(args, s);
	} else if (has_word(m, "syscall_t")) {
		strbuf_str(spec, "%s");
		say_call(args, s);
	} else if (m->kind == TYPE_BOOL) {
		strbuf_str(spec, "%s");
		strbuf_fmt(args, "REC->%s ? \"true\" : \"false\"", m->name);
	} else {
		say_plain(spec, args, s);
	}
}

/* ---- the rest ---- */

void format_value(struct strbuf *args, const struct shown *s)
{
	const struct member *m = s->of;
	const char *name = m->name;
	uint32_t size = m->word && !strncmp(m->word, "tap_", 4) ? 8 : m->size;

	switch ((enum form)s->form) {
	case FORM_LOC_TEXT:
		strbuf_fmt(args, "__get_str(%s)", name);
		break;
	case FORM_ARRAY:
		strbuf_fmt(args, "__print_array(REC->%s, %u, %u)", name,
			   m->size == 16 ? 2 * m->count : m->count, MIN(m->size, 8u));
		break;
	case FORM_BYTES:
		strbuf_fmt(args, "__print_hex(REC->%s, %u)", name,
			   m->bits ? (m->bit + m->bits + 7u) / 8 : m->size * m->count);
		break;
	case FORM_LOC_ARRAY:
		strbuf_fmt(args,
			   "__print_array(__get_dynamic_array(%s), "
			   "__get_dynamic_array_len(%s) / %u, %u)",
			   name, name, MIN(size, 8u), MIN(size, 8u));
		break;
	case FORM_LOC_BYTES:
		strbuf_fmt(args,
			   "__print_hex(__get_dynamic_array(%s), __get_dynamic_array_len(%s))",
			   name, name);
		break;
	default:
		strbuf_fmt(args, "REC->%s", name);
	}
}

void format_say(struct strbuf *spec, struct strbuf *args, const struct shown *s)
{
	strbuf_str(args, ", ");
	switch ((enum form)s->form) {
	case FORM_NUMBER:
		say_number(spec, args, s);
		break;
	case FORM_WIDE:
		strbuf_str(spec, "0x%016llx%016llx");
		strbuf_fmt(args, "REC->%s[%d], REC->%s[%d]", s->of->name, is_little(), s->of->name,
			   !is_little());
		break;
	case FORM_IP6:
		strbuf_str(spec, "%pI6c");
		format_value(args, s);
		break;
	default:
		strbuf_str(spec, "%s");
		format_value(args, s);
	}
}

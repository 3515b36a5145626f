/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_meaning: see text_meaning.h.
 */
#include "core/text_meaning.h"

#include <string.h>

#include "core/util.h"

static const char *const units[] = {
	[UNIT_NS] = "nanoseconds",
	[UNIT_SIZE] = "bytes",
	[UNIT_ERRNO] = "an errno if below 0",
	[UNIT_IP4] = "IPv4 address",
	[UNIT_IP6] = "IP address",
	[UNIT_FIX6] = "in millionths",
	[UNIT_BOOL] = "yes or no",
	[UNIT_POINTER] = "an address",
	[UNIT_KADDR] = "kernel address",
	[UNIT_UADDR] = "an address",
};

static const struct {
	const char *name, *meaning;
} common_fields[] = {
	{ "common_type", "the event's id" },
	{ "common_flags", "interrupts off, in an interrupt, reschedule wanted" },
	{ "common_preempt_count", "depth of preemption off" },
	{ "common_pid", "the thread (tid)" },
};

/* How the print format says the field: by names, as flags. */
static const char *said_by(const struct schema *s, const struct field *f)
{
	static const struct {
		const char *call, *meaning;
	} calls[] = {
		{ "__print_flags(REC->", "flags with names" },
		{ "__print_symbolic(REC->", "a number with names" },
		{ "__print_hex(REC->", "bytes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		size_t len = strlen(calls[i].call), n = strlen(f->name);

		for (const char *p = s->print_fmt; (p = strstr(p, calls[i].call)); p += len)
			if (!strncmp(p + len, f->name, n) && strchr(",) ", p[len + n]))
				return calls[i].meaning;
	}
	return NULL;
}

static const char *common_meaning(const struct field *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(common_fields); i++)
		if (f->is_common && !strcmp(common_fields[i].name, f->name))
			return common_fields[i].meaning;
	return NULL;
}

static void put_kind(const struct field *f, struct strbuf *out)
{
	if (f->kind == FIELD_STRING)
		strbuf_str(out, "text");
	else if (f->kind == FIELD_BITMASK)
		strbuf_str(out, "set of CPUs");
	else if (f->kind == FIELD_ARRAY)
		strbuf_fmt(out, "numbers of %u byte%s", f->elem_size, f->elem_size == 1 ? "" : "s");
	else if (f->kind == FIELD_BYTES)
		strbuf_str(out, "bytes");
	else
		strbuf_str(out, f->is_signed ? "number" : "number, unsigned");
}

const char *text_unit(const struct field *f)
{
	if (f->kind == FIELD_INT && !strcmp(f->type, "syscall_t"))
		return "a system call";
	if (f->kind == FIELD_ARRAY && f->unit == UNIT_KADDR)
		return "kernel addresses";
	if (f->kind == FIELD_ARRAY && f->unit == UNIT_UADDR)
		return "addresses";
	return f->unit < ARRAY_SIZE(units) ? units[f->unit] : NULL;
}

void text_meaning(const struct schema *s, const struct field *f, struct strbuf *out)
{
	const char *said = common_meaning(f);

	said = said ? said : said_by(s, f);
	said = said ? said : text_unit(f);
	if (said)
		strbuf_str(out, said);
	else
		put_kind(f, out);
	if (f->place == FIELD_DATA_LOC || f->place == FIELD_REL_LOC)
		strbuf_str(out, ", length varies");
	else if (f->place == FIELD_TAIL)
		strbuf_str(out, ", to the end");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_fields: of what an event consists, for the page about its tracer.
 */
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "tui/tracers.h"

#define NAME_COLS 64 /* of names and types together */

static const char *const units[] = {
	[UNIT_NS] = "nanoseconds",   [UNIT_SIZE] = "bytes",	    [UNIT_ERRNO] = "an errno",
	[UNIT_IP4] = "IPv4 address", [UNIT_IP6] = "IPv6 address",   [UNIT_FIX6] = "in millionths",
	[UNIT_BOOL] = "yes or no",   [UNIT_POINTER] = "an address", [UNIT_KADDR] = "kernel address",
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

static void put_meaning(const struct schema *s, const struct field *f, struct strbuf *out)
{
	const char *said = said_by(s, f);

	for (size_t i = 0; i < ARRAY_SIZE(common_fields); i++)
		if (f->is_common && !strcmp(common_fields[i].name, f->name))
			said = common_fields[i].meaning;
	if (said)
		strbuf_str(out, said);
	else if (f->unit < ARRAY_SIZE(units) && units[f->unit])
		strbuf_str(out, units[f->unit]);
	else if (f->kind == FIELD_STRING)
		strbuf_str(out, "text");
	else if (f->kind == FIELD_BITMASK)
		strbuf_str(out, "set of CPUs");
	else if (f->kind == FIELD_ARRAY)
		strbuf_fmt(out, "numbers of %u bytes", f->elem_size);
	else if (f->kind == FIELD_BYTES)
		strbuf_str(out, "bytes");
	else
		strbuf_str(out, f->is_signed ? "number" : "number, unsigned");
	if (f->place == FIELD_DATA_LOC || f->place == FIELD_REL_LOC)
		strbuf_str(out, ", length varies");
	else if (f->place == FIELD_TAIL)
		strbuf_str(out, ", to the end");
}

static int widest(const struct schema *s, bool names)
{
	int most = 4;

	schema_for_each_field (s, f) {
		const char *p = names ? f->name : f->type;

		most = MAX(most, text_width(p, strlen(p)));
	}
	return MIN(most, names ? NAME_COLS / 2 : NAME_COLS / 2 - 4);
}

void fields_put(struct sheet *page, const struct schema *s)
{
	int name = widest(s, true), type = widest(s, false);

	sheet_fmt(page, LOOK_HEADER, "%-*s  %-*s  offset  size  meaning", name, "field", type,
		  "type");
	schema_for_each_field (s, f) {
		_cleanup_strbuf_ struct strbuf meaning = { 0 };
		char size[16] = "*";

		put_meaning(s, f, &meaning);
		if (f->size)
			snprintf(size, sizeof(size), "%u", f->size);
		sheet_fmt(page, f->is_common ? LOOK_DIM : LOOK_TEXT, "%-*.*s  %-*.*s  %6u  %4s  %s",
			  name, name, f->name, type, type, f->type, f->offset, size,
			  strbuf_cstr(&meaning));
	}
}

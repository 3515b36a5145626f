/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_values: one value of a system call in words.
 */
#include "core/syscall_values.h"

#include <fcntl.h>
#include <string.h>

#include "core/names.h"
#include "core/util.h"

#define SIGNAL_RT 32 /* the kernel's first real-time signal */

const struct value_table *value_table_find(const char *key)
{
	for (const struct value_table *t = value_tables; t->key; t++)
		if (!strcmp(t->key, key))
			return t;
	return NULL;
}

static void say_bits(uint64_t v, struct strbuf *out)
{
	if (v)
		strbuf_str(out, "0x");
	strbuf_hex(out, v);
}

static void join(struct strbuf *out, size_t from)
{
	if (out->len > from)
		strbuf_char(out, '|');
}

/* The one value of several, or NULL. */
static const struct value_name *one_of(const struct value_table *t, uint64_t v)
{
	for (const struct value_name *n = t->names; n->name; n++)
		if (!(n->value & ~t->mask) && n->value == v)
			return n;
	return NULL;
}

void value_table_text(const struct value_table *t, uint64_t v, struct strbuf *out)
{
	bool is_one = t->mask == UINT32_MAX;
	uint64_t rest = is_one ? 0 : v & ~(uint64_t)t->mask;
	uint64_t part = is_one ? v : v & t->mask;
	const struct value_name *one = one_of(t, part);
	size_t from = out->len;

	/* Nothing but flags: that the other bits are 0 says nothing then. */
	if (one && (part || !rest || t->mask))
		strbuf_str(out, one->name);
	else if (part)
		say_bits(part, out);
	for (const struct value_name *n = t->names; n->name && rest; n++) {
		if (!(n->value & ~t->mask) || (rest & n->value) != n->value)
			continue;
		join(out, from);
		strbuf_str(out, n->name);
		rest &= ~(uint64_t)n->value;
	}
	if (rest) {
		join(out, from);
		say_bits(rest, out);
	}
	if (out->len == from)
		strbuf_char(out, '0');
}

static void say_signal(uint64_t v, struct strbuf *out)
{
	const char *name = v && v < SIGNAL_RT ? names_of(NAMES_SIGNAL, (int)v) : NULL;

	if (name)
		strbuf_fmt(out, "SIG%s", name);
	else if (v == SIGNAL_RT)
		strbuf_str(out, "SIGRTMIN");
	else if (v > SIGNAL_RT && v <= 64)
		strbuf_fmt(out, "SIGRT_%d", (int)v - SIGNAL_RT);
	else
		strbuf_s64(out, (int32_t)v);
}

/* Flags, and in their lowest byte the signal that says the child ended. */
static void say_clone(const struct value_table *t, uint64_t v, struct strbuf *out)
{
	size_t from = out->len;

	if (v & ~(uint64_t)t->mask)
		value_table_text(t, v & ~(uint64_t)t->mask, out);
	if (v & t->mask || out->len == from) {
		join(out, from);
		say_signal(v & t->mask, out);
	}
}

static void say_fd(uint64_t v, struct strbuf *out)
{
	if ((int32_t)v == AT_FDCWD)
		strbuf_str(out, "AT_FDCWD");
	else
		strbuf_s64(out, (int32_t)v);
}

uint64_t call_arg_cut(const struct call_arg *a, uint64_t raw)
{
	unsigned unused = 64 - 8 * a->size;

	return a->is_signed ? (uint64_t)((int64_t)(raw << unused) >> unused)
			    : raw << unused >> unused;
}

void call_arg_text(const struct call_arg *a, uint64_t raw, struct strbuf *out)
{
	uint64_t v = call_arg_cut(a, raw);

	switch (a->how) {
	case VALUE_HEX:
		if (!v) {
			strbuf_str(out, "NULL");
			break;
		}
		say_bits(v, out);
		break;
	case VALUE_BITS:
		say_bits(v, out);
		break;
	case VALUE_OCTAL:
	case VALUE_OPEN_MODE:
		strbuf_fmt(out, v ? "0%llo" : "%llo", (unsigned long long)v);
		break;
	case VALUE_FD:
		say_fd(v, out);
		break;
	case VALUE_SIGNAL:
		say_signal(v, out);
		break;
	case VALUE_CLONE:
		say_clone(a->table, v, out);
		break;
	case VALUE_NAMED:
		value_table_text(a->table, a->size == 4 ? (uint32_t)v : v, out);
		break;
	default:
		if (a->is_signed)
			strbuf_s64(out, (int64_t)v);
		else
			strbuf_u64(out, v);
	}
}

bool syscall_makes_file(uint64_t flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

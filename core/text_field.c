/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_field: single fields for people, and the five characters of the kernel's flags.
 *
 * This is what tables show in their columns, and what stands for a record whose print format
 * cannot be used. Units come from the type's name.
 */
#include <string.h>

#include "core/names.h"
#include "core/row.h"
#include "core/safe.h"
#include "core/text_program.h"

/* Millionths with six decimals, the sign in front of all. */
static void say_fix6(struct strbuf *out, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

	if (v < 0)
		strbuf_char(out, '-');
	strbuf_u64(out, u / 1000000);
	strbuf_char(out, '.');
	strbuf_u64_pad(out, u % 1000000, 6, '0');
}

static bool is_syscall(const struct schema *s, const struct field *f)
{
	return !strcmp(f->type, "syscall_t") && machine_has_calls(s->machine);
}

bool field_has_names(const struct schema *s, const struct field *f)
{
	return f->unit == UNIT_ERRNO || is_syscall(s, f);
}

/* Negative error numbers by name, as the kernel returns them; all else as it is. */
static void say_errno(struct strbuf *out, int64_t v)
{
	const char *name = v < 0 && v > -4096 ? names_of(NAMES_ERRNO, (int)-v) : NULL;

	if (name) {
		strbuf_char(out, '-');
		strbuf_str(out, name);
	} else {
		strbuf_s64(out, v);
	}
}

static void say_plain(const struct schema *s, const struct field *f, uint64_t v, struct strbuf *out)
{
	bool is_call = v <= INT32_MAX && is_syscall(s, f);
	const char *name = is_call ? names_of(NAMES_SYSCALL, (int)v) : NULL;

	if (name)
		strbuf_str(out, name);
	else if (f->is_signed)
		strbuf_s64(out, (int64_t)v);
	else
		strbuf_u64(out, v);
}

void field_number(const struct schema *s, const struct field *f, uint64_t v, struct strbuf *out)
{
	switch (f->unit) {
	case UNIT_POINTER:
	case UNIT_KADDR:
	case UNIT_UADDR:
		strbuf_add(out, "0x", 2);
		strbuf_hex(out, v);
		break;
	case UNIT_ERRNO:
		say_errno(out, (int64_t)v);
		break;
	case UNIT_FIX6:
		say_fix6(out, (int64_t)v);
		break;
	case UNIT_BOOL:
		strbuf_str(out, v ? "true" : "false");
		break;
	default:
		say_plain(s, f, v, out);
	}
}

static void say_ip(const struct run *r, const char *ext, struct bytes b)
{
	struct spec s = { .conv = 'p', .width = -1, .prec = -1, .either_ip = true };

	memcpy(s.ext, ext, strlen(ext));
	pointer_bytes(r, &s, b);
}

static void say_array(const struct run *r, const struct field *f, struct bytes b)
{
	if (f->elem_size == 8 && pointer_stack(r, f, b))
		return;
	strbuf_char(r->out, '{');
	for (uint32_t at = 0; at + f->elem_size <= b.len; at += f->elem_size) {
		if (at)
			strbuf_char(r->out, ',');
		field_number(r->s, f,
			     field_load(r->s->machine, b.p + at, f->elem_size, f->is_signed),
			     r->out);
	}
	strbuf_char(r->out, '}');
}

static void say_hex(struct strbuf *out, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t i = 0; i < b.len; i++) {
		strbuf_char(out, digits[b.p[i] >> 4]);
		strbuf_char(out, digits[b.p[i] & 15]);
	}
}

static void say_int(const struct run *r, const struct field *f, struct bytes b)
{
	uint64_t v = field_load(r->s->machine, b.p, f->size, f->is_signed);

	if (!pointer_code(r, f, v))
		field_number(r->s, f, v, r->out);
}

static void say_value(const struct run *r, const struct field *f, struct bytes b)
{
	if (f->unit == UNIT_IP4 && b.len == 4)
		say_ip(r, "I4", b);
	else if (f->unit == UNIT_IP6 && b.len == 16)
		say_ip(r, "I6c", b);
	else if (f->kind == FIELD_INT)
		say_int(r, f, b);
	else if (f->kind == FIELD_STRING)
		safe_text(r->out, (const char *)b.p, strnlen((const char *)b.p, b.len));
	else if (f->kind == FIELD_ARRAY)
		say_array(r, f, b);
	else if (f->kind == FIELD_BITMASK)
		pointer_bitmask(r->out, r->s->machine, b, UINT32_MAX);
	else
		say_hex(r->out, b);
}

static void say_field(const struct run *r, const struct field *f)
{
	struct bytes b = { 0 };

	b.p = field_bytes(r->s, f, r->rec, r->size, &b.len);
	if (b.p)
		say_value(r, f, b);
	else
		strbuf_str(r->out, "<damaged>");
}

void text_field(const struct schema *s, const struct field *f, const uint8_t *rec, uint32_t size,
		struct strbuf *out)
{
	const struct run r = { .s = s, .rec = rec, .size = size, .out = out };

	say_field(&r, f);
}

void text_row_field(const struct row *row, const struct field *f, struct strbuf *out)
{
	const struct text_env *env = row_text_env(row);
	const struct run r = {
		.s = row->schema,
		.symbols = env ? env->symbols : NULL,
		.rec = row->rec,
		.size = row->size,
		.out = out,
		.env = env,
		.row = row,
	};

	say_field(&r, f);
}

/* Fields that are not there at all are left out; what is there but points outside is named. */
void field_plain(const struct run *r)
{
	bool any = false;

	for (unsigned i = r->s->common_count; i < r->s->count; i++) {
		const struct field *f = &r->s->fields[i];

		if (f->offset > r->size || r->size - f->offset < f->size)
			continue;
		if (any)
			strbuf_char(r->out, ' ');
		any = true;
		strbuf_str(r->out, f->name);
		strbuf_char(r->out, '=');
		say_field(r, f);
	}
}

void text_plain(const struct schema *s, const uint8_t *rec, uint32_t size, struct strbuf *out)
{
	const struct run r = { .s = s, .rec = rec, .size = size, .out = out };

	field_plain(&r);
}

/* ---- flags ---- */

/* The kernel's enum trace_flag_type; bit 1 was "not known" before it was need_resched_lazy. */
enum {
	FLAG_IRQS_OFF = 0x01,
	FLAG_NEED_RESCHED_LAZY = 0x02,
	FLAG_NEED_RESCHED = 0x04,
	FLAG_HARDIRQ = 0x08,
	FLAG_SOFTIRQ = 0x10,
	FLAG_PREEMPT_RESCHED = 0x20,
	FLAG_NMI = 0x40,
	FLAG_BH_OFF = 0x80,
};

static char irqs_char(unsigned flags)
{
	if ((flags & FLAG_IRQS_OFF) && (flags & FLAG_BH_OFF))
		return 'D';
	return flags & FLAG_IRQS_OFF ? 'd' : flags & FLAG_BH_OFF ? 'b' : '.';
}

static char resched_char(unsigned flags)
{
	static const char chars[] = ".plLnNbB";
	unsigned now = !!(flags & FLAG_NEED_RESCHED), lazy = !!(flags & FLAG_NEED_RESCHED_LAZY);
	unsigned preempt = !!(flags & FLAG_PREEMPT_RESCHED);

	return chars[now << 2 | lazy << 1 | preempt];
}

static char context_char(unsigned flags)
{
	bool hard = flags & FLAG_HARDIRQ, soft = flags & FLAG_SOFTIRQ;

	if (flags & FLAG_NMI)
		return hard ? 'Z' : 'z';
	if (hard)
		return soft ? 'H' : 'h';
	return soft ? 's' : '.';
}

static unsigned common_byte(const struct field *f, const uint8_t *rec, uint32_t size)
{
	return f && f->offset < size ? rec[f->offset] : 0;
}

/* The low half of the count is preempt_disable, the high half migrate_disable. */
void text_flags(const struct schema *s, const uint8_t *rec, uint32_t size, struct strbuf *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned flags = common_byte(s->flags, rec, size);
	unsigned count = common_byte(s->preempt, rec, size);
	char c[5];

	/* Of programs of ours that bit says something else: core/row.h. */
	if (unlikely(flags & RECORD_ARRIVED) && !strcmp(s->system, "bpf"))
		flags &= ~(unsigned)RECORD_ARRIVED;
	c[0] = irqs_char(flags);
	c[1] = resched_char(flags);
	c[2] = context_char(flags);
	c[3] = count & 15 ? digits[count & 15] : '.';
	c[4] = count >> 4 & 15 ? digits[count >> 4 & 15] : '.';
	strbuf_add(out, c, sizeof(c));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_ftrace: the events of the ftrace system that the kernel itself says by other means than
 * their print format: trace_marker, trace_printk, stacks.
 *
 * A stack is one line here: "<stack trace> => name+0x1 => name+0x2", the innermost call first.
 * trace_printk keeps its arguments in binary: the format lies in the kernel and comes from
 * the symbols, the layout is that of the kernel's vbin_printf since 6.14 (small integers take four
 * bytes there; before, %hhx and %hx took one and two).
 */
#include <string.h>

#include "core/safe.h"
#include "core/symbols.h"
#include "core/text_program.h"

static const struct {
	const char *event;
	unsigned index; /* of the value */
	enum step_code code;
} own_steps[] = {
	{ "print", 1, STEP_PRINT },	 { "bputs", 1, STEP_PRINT },
	{ "bprint", 1, STEP_BPRINT },	 { "kernel_stack", 0, STEP_STACK },
	{ "user_stack", 0, STEP_STACK },
};

int ftrace_step(const struct schema *s, unsigned index)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_steps); i++)
		if (own_steps[i].index == index && !strcmp(s->name, own_steps[i].event) &&
		    !strcmp(s->system, "ftrace"))
			return (int)own_steps[i].code;
	return -1;
}

/* A line without its end. */
static void say_line(struct strbuf *out, const char *p, size_t n)
{
	while (n && p[n - 1] == '\n')
		n--;
	safe_text(out, p, n);
}

void ftrace_print(const struct run *r, const struct step *st)
{
	const struct node *n = st->node;
	struct bytes b;
	const char *s;
	uint64_t addr;

	if (n->type.kind == VALUE_BYTES) {
		b = eval_bytes(r, n);
		if (b.p)
			say_line(r->out, (const char *)b.p, strnlen((const char *)b.p, b.len));
		return;
	}
	addr = eval_int(r, n);
	s = r->symbols ? symbols_printk(r->symbols, addr) : NULL;
	if (s) {
		say_line(r->out, s, strlen(s));
		return;
	}
	strbuf_add(r->out, "0x", 2);
	strbuf_hex(r->out, addr);
}

/* ---- stacks ---- */

void ftrace_stack(const struct run *r, const struct step *st)
{
	const struct field *f = schema_field(r->s, "caller");
	unsigned size = r->s->machine.long_size;
	uint64_t end = size == 8 ? UINT64_MAX : UINT32_MAX;
	const uint8_t *p;
	uint32_t len;

	p = f ? field_bytes(r->s, f, r->rec, r->size, &len) : NULL;
	for (uint32_t at = 0; p && at + size <= len; at += size) {
		uint64_t addr = field_load(r->s->machine, p + at, size, false);

		if (!addr || addr == end)
			break;
		strbuf_add(r->out, " => ", 4);
		pointer_symbol(r, addr, true, false);
	}
}

/* ---- trace_printk ---- */

/* The binary arguments, taken one after the other. */
struct args {
	struct machine machine;
	const uint8_t *start, *p, *end;
	bool damaged;
};

static uint64_t take(struct args *a, unsigned size, bool is_signed)
{
	unsigned align = MIN(size, 4u);
	size_t at = ((size_t)(a->p - a->start) + align - 1) & ~(size_t)(align - 1);

	if (at + size > (size_t)(a->end - a->start)) {
		a->damaged = true;
		return 0;
	}
	a->p = a->start + at + size;
	return field_load(a->machine, a->p - size, size, is_signed);
}

static const char *take_string(struct args *a, size_t *ret_len)
{
	const uint8_t *nul = memchr(a->p, '\0', (size_t)(a->end - a->p));
	const char *s = (const char *)a->p;

	if (!nul) {
		a->damaged = true;
		return NULL;
	}
	*ret_len = (size_t)(nul - a->p);
	a->p = nul + 1;
	return s;
}

/* Strings, and pointers whose target the kernel had to say at once, lie there as text. */
static void say_inline(const struct run *r, const struct spec *s, struct args *a)
{
	size_t len;
	const char *text = take_string(a, &len);

	if (text)
		spec_string(r->out, s, text, len);
}

static void say_arg(const struct run *r, struct spec *s, struct args *a)
{
	unsigned long_size = r->s->machine.long_size;
	uint64_t v;

	if (s->star_width)
		spec_set_width(s, (int)take(a, 4, true));
	if (s->star_prec)
		spec_set_prec(s, (int)take(a, 4, true));
	if (s->conv == 's') {
		say_inline(r, s, a);
	} else if (s->conv == 'c') {
		v = take(a, 1, false);
		if (!a->damaged)
			spec_char(r->out, s, (uint8_t)v);
	} else if (s->conv == 'p' && s->ext[0] && !strchr("SsFfxKe", s->ext[0])) {
		s->width = -1; /* was used when it was said */
		s->prec = -1;
		say_inline(r, s, a);
	} else if (s->conv == 'p') {
		v = take(a, long_size, false);
		if (!a->damaged)
			pointer_address(r, s, v);
	} else {
		v = take(a, s->size > 4 ? 8 : 4, false);
		if (!a->damaged)
			spec_number(r->out, s, v);
	}
}

static void say_format(const struct run *r, const char *p, struct args *a)
{
	const char *end = p + strlen(p);
	struct spec s;

	while (end > p && end[-1] == '\n')
		end--;
	while (p < end && !a->damaged) {
		const char *percent = memchr(p, '%', (size_t)(end - p));

		text_literal(r->out, p, (size_t)((percent ? percent : end) - p));
		if (!percent)
			return;
		p = percent + 1;
		if (p < end && *p == '%') {
			strbuf_char(r->out, *p++);
			continue;
		}
		p = spec_parse(p, end, r->s->machine.long_size, &s);
		if (!p)
			a->damaged = true;
		else
			say_arg(r, &s, a);
	}
	if (a->damaged)
		strbuf_str(r->out, "<damaged>");
}

void ftrace_bprint(const struct run *r, const struct step *st)
{
	const struct field *f = schema_field(r->s, "buf");
	uint64_t addr = eval_int(r, st->node);
	const char *fmt = r->symbols ? symbols_printk(r->symbols, addr) : NULL;
	struct args a = { .machine = r->s->machine };
	uint32_t len;

	a.start = f ? field_bytes(r->s, f, r->rec, r->size, &len) : NULL;
	if (!fmt || !a.start) {
		strbuf_str(r->out, "[format at 0x");
		strbuf_hex(r->out, addr);
		strbuf_char(r->out, ']');
		return;
	}
	a.p = a.start;
	a.end = a.start + len;
	say_format(r, fmt, &a);
}

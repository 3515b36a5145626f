/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_eval: what a node's value is for one record.
 *
 * Numbers are held in 64 bits, extended by the sign of their type, and brought back to the type
 * after each step that could leave it. A record that is long enough for its schema is asked without
 * further checks at fixed offsets; what varies is checked each time.
 */
#include <string.h>

#include "core/safe.h"
#include "core/symbols.h"
#include "core/text_program.h"

uint64_t eval_narrow(uint64_t v, unsigned size, bool is_signed)
{
	switch (size) {
	case 1:
		return is_signed ? (uint64_t)(int8_t)v : (uint8_t)v;
	case 2:
		return is_signed ? (uint64_t)(int16_t)v : (uint16_t)v;
	case 4:
		return is_signed ? (uint64_t)(int32_t)v : (uint32_t)v;
	default:
		return v;
	}
}

/* Shifts by the width or more are undefined in C; x86 and arm64 take the count modulo the width. */
static uint64_t shift(enum node_op op, struct value_type type, uint64_t a, uint64_t b)
{
	unsigned n = (unsigned)b & (type.size == 8 ? 63 : 31);

	if (op == NODE_SHL)
		return a << n;
	return type.is_signed ? (uint64_t)((int64_t)a >> n) : a >> n;
}

/* Division by zero and of the smallest number by -1 must not stop us. */
static uint64_t divide(enum node_op op, struct value_type type, uint64_t a, uint64_t b)
{
	if (!b)
		return 0;
	if (!type.is_signed)
		return op == NODE_DIV ? a / b : a % b;
	if ((int64_t)b == -1)
		return op == NODE_DIV ? -a : 0;
	return op == NODE_DIV ? (uint64_t)((int64_t)a / (int64_t)b)
			      : (uint64_t)((int64_t)a % (int64_t)b);
}

static uint64_t operate(enum node_op op, struct value_type operand, uint64_t a, uint64_t b)
{
	switch (op) {
	case NODE_NEGATE:
		return -a;
	case NODE_INVERT:
		return ~a;
	case NODE_NOT:
		return !a;
	case NODE_MUL:
		return a * b;
	case NODE_DIV:
	case NODE_MOD:
		return divide(op, operand, a, b);
	case NODE_ADD:
		return a + b;
	case NODE_SUB:
		return a - b;
	case NODE_SHL:
	case NODE_SHR:
		return shift(op, operand, a, b);
	case NODE_LT:
		return operand.is_signed ? (int64_t)a < (int64_t)b : a < b;
	case NODE_LE:
		return operand.is_signed ? (int64_t)a <= (int64_t)b : a <= b;
	case NODE_EQ:
		return a == b;
	case NODE_NE:
		return a != b;
	case NODE_AND:
		return a & b;
	case NODE_XOR:
		return a ^ b;
	case NODE_OR:
		return a | b;
	default:
		return 0;
	}
}

uint64_t eval_operator(enum node_op op, struct value_type type, struct value_type operand,
		       uint64_t a, uint64_t b)
{
	return eval_narrow(operate(op, operand, a, b), type.kind == VALUE_INT ? type.size : 8,
			   type.is_signed);
}

static uint64_t load(const struct run *r, const struct node *n)
{
	const struct machine native = { .long_size = 8 };
	uint64_t v = field_load(native, r->rec + n->load.offset, n->load.size, n->load.is_signed);

	return v >> n->load.shift & n->load.mask;
}

static uint64_t index_array(const struct run *r, const struct node *n)
{
	struct bytes b = eval_bytes(r, n->arg[0]);
	uint64_t i = eval_int(r, n->arg[1]);
	unsigned size = n->type.size;

	if (!b.p || i >= b.len / size)
		return 0;
	return field_load(r->s->machine, b.p + i * size, size, n->type.is_signed);
}

static uint64_t length(const struct run *r, const struct field *f)
{
	uint32_t len;

	return field_bytes(r->s, f, r->rec, r->size, &len) ? len : 0;
}

uint64_t eval_int(const struct run *r, const struct node *n)
{
	uint64_t a;

	switch (n->op) {
	case NODE_CONST:
		return n->value;
	case NODE_LOAD:
		return load(r, n);
	case NODE_LOAD_SWAP:
		return field_load(r->s->machine, r->rec + n->load.offset, n->load.size,
				  n->load.is_signed);
	case NODE_LENGTH:
		return length(r, n->field);
	case NODE_INDEX:
		return index_array(r, n);
	case NODE_COND:
		return eval_int(r, eval_arm(r, n));
	case NODE_LAND:
		return eval_int(r, n->arg[0]) && eval_int(r, n->arg[1]);
	case NODE_LOR:
		return eval_int(r, n->arg[0]) || eval_int(r, n->arg[1]);
	case NODE_CAST:
		return eval_narrow(eval_int(r, n->arg[0]), n->type.size, n->type.is_signed);
	case NODE_BYTES:
	case NODE_OFFSET:
	case NODE_STRING:
	case NODE_FLAGS:
	case NODE_SYMBOLIC:
	case NODE_HEX:
	case NODE_ARRAY:
	case NODE_BITMASK:
	case NODE_UNKNOWN:
		return 0;
	default:
		a = eval_int(r, n->arg[0]);
		return eval_operator(n->op, n->type, n->arg[0]->type, a,
				     n->arg[1] ? eval_int(r, n->arg[1]) : 0);
	}
}

const struct node *eval_arm(const struct run *r, const struct node *n)
{
	while (n->op == NODE_COND)
		n = n->arg[eval_int(r, n->arg[0]) ? 1 : 2];
	return n;
}

struct bytes eval_bytes(const struct run *r, const struct node *n)
{
	struct bytes b = { 0 };
	uint64_t i;

	n = eval_arm(r, n);
	if (n->op == NODE_BYTES) {
		b.p = field_bytes(r->s, n->field, r->rec, r->size, &b.len);
	} else if (n->op == NODE_OFFSET) {
		b = eval_bytes(r, n->arg[0]);
		i = eval_int(r, n->arg[1]);
		if (b.p && i <= b.len / n->type.size) {
			b.p += i * n->type.size;
			b.len -= (uint32_t)i * n->type.size;
		} else {
			b.p = NULL;
		}
	}
	return b;
}

/* ---- text ---- */

static void add_number(struct strbuf *out, uint64_t v)
{
	strbuf_add(out, "0x", 2);
	strbuf_hex(out, v);
}

/* As trace_print_flags_seq: each mask once, in order, then what no mask covered. */
static void say_flags(const struct names *t, uint64_t v, struct strbuf *out)
{
	bool first = true;

	for (uint32_t i = 0; i < t->count && v; i++) {
		const struct name *n = &t->v[i];

		if ((v & n->value) != n->value)
			continue;
		v &= ~n->value;
		if (!first)
			strbuf_add(out, t->delim, t->delim_len);
		first = false;
		strbuf_add(out, n->s, n->len);
	}
	if (!v)
		return;
	if (!first)
		strbuf_add(out, t->delim, t->delim_len);
	add_number(out, v);
}

static const struct name *find_name(const struct names *t, uint64_t v)
{
	uint32_t low = 0, high = t->count;

	if (t->is_direct)
		return v - t->base < t->count && t->v[v - t->base].s ? &t->v[v - t->base] : NULL;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (t->v[mid].value == v)
			return &t->v[mid];
		if (t->v[mid].value < v)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void say_symbolic(const struct names *t, uint64_t v, struct strbuf *out)
{
	const struct name *n = find_name(t, v);

	if (n)
		strbuf_add(out, n->s, n->len);
	else
		add_number(out, v);
}

/* As trace_print_hex_seq: "0a 0b", or "0a0b" with glue; what the record lacks is not shown. */
static void say_hex(const struct run *r, const struct node *n)
{
	static const char digits[] = "0123456789abcdef";
	struct bytes b = eval_bytes(r, n->arg[0]);
	int64_t want = (int64_t)eval_int(r, n->arg[1]);
	uint32_t count = want < 0 ? 0 : want > b.len ? b.len : (uint32_t)want;
	char *to;

	if (!b.p)
		return;
	to = strbuf_room(r->out, 3 * (size_t)count + 1);
	for (uint32_t i = 0; i < count; i++) {
		if (i && !n->glue)
			*to++ = ' ';
		*to++ = digits[b.p[i] >> 4];
		*to++ = digits[b.p[i] & 15];
	}
	*to = '\0';
	r->out->len = (size_t)(to - r->out->s);
}

/* As trace_print_array_seq: "{0x1,0x2}". */
static void say_array(const struct run *r, const struct node *n)
{
	struct bytes b = eval_bytes(r, n->arg[0]);
	int64_t count = (int64_t)eval_int(r, n->arg[1]);
	uint64_t size = eval_int(r, n->arg[2]);
	const struct node *of = n->arg[0];

	if (of->op == NODE_BYTES && b.p && pointer_stack(r, of->field, b))
		return;
	strbuf_char(r->out, '{');
	if (b.p && (size == 1 || size == 2 || size == 4 || size == 8))
		for (int64_t i = 0; i < count && (uint64_t)(i + 1) * size <= b.len; i++) {
			if (i)
				strbuf_char(r->out, ',');
			add_number(r->out, field_load(r->s->machine, b.p + (uint64_t)i * size,
						      (unsigned)size, false));
		}
	strbuf_char(r->out, '}');
}

/* A string that stays in the kernel: known when the kernel publishes it. */
static void say_pointer(const struct run *r, uint64_t addr)
{
	const char *s = addr && r->symbols ? symbols_printk(r->symbols, addr) : NULL;

	if (s)
		text_literal(r->out, s, strlen(s));
	else if (addr)
		add_number(r->out, addr);
	else
		strbuf_add(r->out, "(null)", 6);
}

static void say_bytes(const struct run *r, struct bytes b)
{
	if (b.p)
		safe_text(r->out, (const char *)b.p, strnlen((const char *)b.p, b.len));
	else
		strbuf_str(r->out, "<damaged>");
}

void eval_text(const struct run *r, const struct node *n)
{
	n = eval_arm(r, n);
	switch (n->op) {
	case NODE_STRING:
		strbuf_add(r->out, n->string.s, n->string.len);
		return;
	case NODE_FLAGS:
		say_flags(n->names, eval_int(r, n->arg[0]), r->out);
		return;
	case NODE_SYMBOLIC:
		say_symbolic(n->names, eval_int(r, n->arg[0]), r->out);
		return;
	case NODE_HEX:
		say_hex(r, n);
		return;
	case NODE_ARRAY:
		say_array(r, n);
		return;
	case NODE_BITMASK:
		pointer_bitmask(r->out, r->s->machine, eval_bytes(r, n->arg[0]), UINT32_MAX);
		return;
	case NODE_UNKNOWN:
		strbuf_char(r->out, '?');
		return;
	default:
		if (n->type.kind == VALUE_BYTES)
			say_bytes(r, eval_bytes(r, n));
		else
			say_pointer(r, eval_int(r, n));
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_node: the nodes of an expression, made with the conversions of C and folded.
 *
 * A value that needs what only the kernel has (its variables, its functions) is unknown, and so is
 * all that is computed from it. Depth and cost are bounded here, so that no text can make a
 * program that is slow or deep to run.
 */
#include <string.h>

#include "core/text_program.h"

struct node *node_new(struct parser *p, enum node_op op, struct value_type type)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));

	n->op = (uint8_t)op;
	n->type = type;
	n->depth = 1;
	n->cost = 1;
	return n;
}

struct node *node_const(struct parser *p, uint64_t value, struct value_type type)
{
	struct node *n = node_new(p, NODE_CONST, type);

	n->value = eval_narrow(value, type.kind == VALUE_INT ? type.size : 8, type.is_signed);
	return n;
}

struct node *node_string(struct parser *p, const char *s, size_t len)
{
	struct node *n = node_new(p, NODE_STRING, value_text);

	n->string.s = arena_strndup(p->arena, s, len);
	n->string.len = (uint32_t)len;
	return n;
}

struct node *node_unknown(struct parser *p)
{
	return node_new(p, NODE_UNKNOWN, (struct value_type) { VALUE_UNKNOWN, 8, false, 0 });
}

struct node *node_op(struct parser *p, enum node_op op, struct value_type type,
		     struct node *const *arg)
{
	struct node *n = node_new(p, op, type);

	for (unsigned i = 0; i < 3; i++) {
		if (!arg[i])
			continue;
		n->arg[i] = arg[i];
		n->depth = MAX(n->depth, arg[i]->depth + 1);
		n->cost += arg[i]->cost;
	}
	if (n->depth > TEXT_DEPTH_MAX || n->cost > TEXT_COST_MAX)
		return text_fail(p, "an expression is too deep");
	return n;
}

/* Unknown always, or in one arm of a ?: that is looked at when it is shown. */
static bool is_unknown(const struct node *n)
{
	return n->type.kind == VALUE_UNKNOWN || n->maybe_unknown;
}

static bool is_number(const struct node *n)
{
	return n->type.kind == VALUE_INT || n->type.kind == VALUE_POINTER;
}

/* Numbers are kept extended to 64 bits, so many casts change nothing but the type. */
static bool keeps_bits(struct value_type from, struct value_type to)
{
	if (to.size >= 8)
		return true;
	if (from.size == to.size)
		return from.is_signed == to.is_signed;
	return from.size < to.size && (!from.is_signed || to.is_signed);
}

static struct node *retyped(struct parser *p, const struct node *n, struct value_type to)
{
	struct node *copy = arena_alloc(p->arena, sizeof(*copy));

	*copy = *n;
	copy->type = to;
	return copy;
}

/* What is evaluated by its type (a sum wraps, an index counts) keeps it under the cast. */
static bool evaluates_by_type(const struct node *n)
{
	return n->op != NODE_LOAD && n->op != NODE_LOAD_SWAP && n->op != NODE_LENGTH;
}

static struct node *cast_to_int(struct parser *p, struct node *n, struct value_type to)
{
	struct value_type from = n->type;

	if (n->op == NODE_CONST)
		return node_const(p, n->value, to);
	if (from.kind == VALUE_POINTER)
		from = value_u64;
	if (keeps_bits(from, to) && !(evaluates_by_type(n) && to.size != from.size))
		return retyped(p, n, to);
	return node_op(p, NODE_CAST, to, (struct node *[3]) { n });
}

/* to of kind VALUE_BYTES stands for "pointer to". */
struct node *node_cast(struct parser *p, struct node *n, struct value_type to)
{
	if (is_unknown(n) || n->type.kind == VALUE_TEXT)
		return n;
	if (to.kind == VALUE_INT) {
		if (n->type.kind == VALUE_BYTES)
			return node_unknown(p); /* an address that existed in the kernel only */
		return to.size ? cast_to_int(p, n, to) : n;
	}
	if (n->type.kind == VALUE_BYTES) {
		to.size = to.size ? to.size : 1;
		return retyped(p, n, to);
	}
	return retyped(p, n, (struct value_type) { VALUE_POINTER, 8, false, to.step });
}

/* The value as a condition: 0 or not. */
static struct node *truth(struct parser *p, struct node *n)
{
	if (n->type.kind == VALUE_BYTES || n->type.kind == VALUE_TEXT)
		return node_const(p, 1, value_int);
	return n;
}

static struct node *fold_unary(struct parser *p, enum node_op op, struct value_type type,
			       struct node *n)
{
	if (n->op == NODE_CONST)
		return node_const(p, eval_operator(op, type, n->type, n->value, 0), type);
	return node_op(p, op, type, (struct node *[3]) { n });
}

struct node *node_unary(struct parser *p, uint16_t punct, struct node *n)
{
	struct value_type type;

	if (is_unknown(n))
		return node_unknown(p);
	if (punct == '!')
		return fold_unary(p, NODE_NOT, value_int, truth(p, n));
	if (!is_number(n))
		return text_fail(p, "an operator on what is no number");
	type = text_common_type(n->type, value_int);
	n = node_cast(p, n, type);
	if (punct == '+')
		return n;
	return fold_unary(p, punct == '-' ? NODE_NEGATE : NODE_INVERT, type, n);
}

/* (field >> shift) & mask of an unsigned field is one step when it runs. */
static struct node *fuse(struct parser *p, enum node_op op, struct value_type type,
			 const struct node *a, const struct node *b)
{
	struct node *n;

	if (a->op != NODE_LOAD || b->op != NODE_CONST || a->load.is_signed ||
	    a->load.size > type.size)
		return NULL;
	if (op == NODE_SHR && (a->load.shift || a->load.mask != UINT64_MAX || b->value > 63))
		return NULL;
	if (op != NODE_SHR && op != NODE_AND)
		return NULL;
	n = retyped(p, a, type);
	if (op == NODE_SHR)
		n->load.shift = (uint8_t)(b->value & (type.size == 8 ? 63 : 31));
	else
		n->load.mask &= b->value;
	return n;
}

/* Pointers: p + n in elements, the difference of two. */
static struct node *pointer_sum(struct parser *p, enum node_op op, struct node *a, struct node *b)
{
	struct value_type type;

	if (a->type.kind == VALUE_BYTES && op == NODE_ADD)
		return node_op(p, NODE_OFFSET, a->type, (struct node *[3]) { a, b });
	if (b->type.kind == VALUE_BYTES && op == NODE_ADD)
		return node_op(p, NODE_OFFSET, b->type, (struct node *[3]) { b, a });
	if (!is_number(a) || !is_number(b))
		return text_fail(p, "arithmetic on what is no number");
	type = a->type.kind == VALUE_POINTER ? a->type : b->type;
	if (a->type.kind == b->type.kind || type.step != 1)
		return node_unknown(p);
	return node_op(p, op, type, (struct node *[3]) { a, b });
}

static const struct binary {
	uint16_t punct;
	uint8_t op;
	bool swapped, compares;
} operators[] = {
	{ '*', NODE_MUL, false, false },
	{ '/', NODE_DIV, false, false },
	{ '%', NODE_MOD, false, false },
	{ '+', NODE_ADD, false, false },
	{ '-', NODE_SUB, false, false },
	{ PUNCT2('<', '<'), NODE_SHL, false, false },
	{ PUNCT2('>', '>'), NODE_SHR, false, false },
	{ '<', NODE_LT, false, true },
	{ '>', NODE_LT, true, true },
	{ PUNCT2('<', '='), NODE_LE, false, true },
	{ PUNCT2('>', '='), NODE_LE, true, true },
	{ PUNCT2('=', '='), NODE_EQ, false, true },
	{ PUNCT2('!', '='), NODE_NE, false, true },
	{ '&', NODE_AND, false, false },
	{ '^', NODE_XOR, false, false },
	{ '|', NODE_OR, false, false },
	{ PUNCT2('&', '&'), NODE_LAND, false, false },
	{ PUNCT2('|', '|'), NODE_LOR, false, false },
};

static const struct binary *find_operator(uint16_t punct)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (operators[i].punct == punct)
			return &operators[i];
	return NULL;
}

/* Both are numbers; brings them to one type and folds. */
static struct node *arithmetic(struct parser *p, const struct binary *o, struct node *a,
			       struct node *b)
{
	bool shifts = o->op == NODE_SHL || o->op == NODE_SHR;
	struct value_type operand = text_common_type(a->type, shifts ? value_int : b->type);
	struct value_type type = o->compares ? value_int : operand;
	struct node *fused;

	a = node_cast(p, a, operand);
	b = shifts ? b : node_cast(p, b, operand);
	if (!a || !b)
		return NULL;
	if (a->op == NODE_CONST && b->op == NODE_CONST)
		return node_const(p, eval_operator(o->op, type, operand, a->value, b->value), type);
	fused = fuse(p, o->op, type, a, b);
	if (fused)
		return fused;
	return node_op(p, o->op, type,
		       o->swapped ? (struct node *[3]) { b, a } : (struct node *[3]) { a, b });
}

struct node *node_binary(struct parser *p, uint16_t punct, struct node *a, struct node *b)
{
	const struct binary *o = find_operator(punct);

	if (is_unknown(a) || is_unknown(b))
		return node_unknown(p);
	if (o->op == NODE_LAND || o->op == NODE_LOR) {
		a = truth(p, a);
		b = truth(p, b);
		if (a->op == NODE_CONST && b->op == NODE_CONST)
			return node_const(
			    p, o->op == NODE_LAND ? a->value && b->value : a->value || b->value,
			    value_int);
		return node_op(p, o->op, value_int, (struct node *[3]) { a, b });
	}
	if ((o->op == NODE_ADD || o->op == NODE_SUB) &&
	    (a->type.kind != VALUE_INT || b->type.kind != VALUE_INT))
		return pointer_sum(p, o->op, a, b);
	if (!is_number(a) || !is_number(b))
		return text_fail(p, "an operator on what is no number");
	if (o->swapped && a->op == NODE_CONST && b->op == NODE_CONST)
		return arithmetic(p, o, b, a);
	return arithmetic(p, o, a, b);
}

/* Numbers of both arms get one type; other arms keep theirs and are looked at when run. */
struct node *node_cond(struct parser *p, struct node *c, struct node *a, struct node *b)
{
	struct value_type type;
	struct node *n;

	if (is_unknown(c))
		return node_unknown(p);
	c = truth(p, c);
	if (a->type.kind == VALUE_INT && b->type.kind == VALUE_INT) {
		type = text_common_type(a->type, b->type);
		a = node_cast(p, a, type);
		b = node_cast(p, b, type);
		if (!a || !b)
			return NULL;
	} else {
		type = a->type.kind == VALUE_UNKNOWN ||
			       (a->op == NODE_CONST && b->type.kind != VALUE_INT)
			   ? b->type
			   : a->type;
	}
	if (c->op == NODE_CONST)
		return c->value ? a : b;
	n = node_op(p, NODE_COND, type, (struct node *[3]) { c, a, b });
	if (n)
		n->maybe_unknown = is_unknown(a) || is_unknown(b);
	return n;
}

struct node *node_bytes(struct parser *p, const struct field *f, struct value_type elem)
{
	struct node *n;

	elem.kind = VALUE_BYTES;
	n = node_new(p, NODE_BYTES, elem);
	n->field = f;
	return n;
}

struct node *node_field(struct parser *p, const struct field *f)
{
	struct value_type type = { VALUE_INT, (uint8_t)f->size, f->is_signed, 0 };
	struct node *n;

	if (f->kind != FIELD_INT) {
		type.size = f->elem_size <= 8 && f->kind == FIELD_ARRAY ? (uint8_t)f->elem_size : 1;
		return node_bytes(p, f, type);
	}
	if (f->unit == UNIT_POINTER)
		type = (struct value_type) { VALUE_POINTER, 8, false,
					     strstr(f->type, "char") ? 1 : 0 };
	n = node_new(p, p->s->machine.swap ? NODE_LOAD_SWAP : NODE_LOAD, type);
	n->field = f;
	n->load.offset = f->offset;
	n->load.size = (uint8_t)f->size;
	n->load.is_signed = f->is_signed && f->unit != UNIT_POINTER;
	n->load.mask = UINT64_MAX;
	return n;
}

/* A constant index into a fixed array is a number at a fixed offset. */
static struct node *fixed_element(struct parser *p, const struct node *bytes, uint64_t index)
{
	const struct field *f = bytes->field;
	struct value_type type = bytes->type;
	struct node *n;

	if (bytes->op != NODE_BYTES || f->place != FIELD_FIXED || index >= f->size / type.size)
		return NULL;
	type.kind = VALUE_INT;
	n = node_new(p, p->s->machine.swap ? NODE_LOAD_SWAP : NODE_LOAD, type);
	n->field = f;
	n->load.offset = f->offset + (uint32_t)index * type.size;
	n->load.size = type.size;
	n->load.is_signed = type.is_signed;
	n->load.mask = UINT64_MAX;
	return n;
}

struct node *node_index(struct parser *p, struct node *bytes, struct node *index)
{
	struct value_type type = bytes->type;
	struct node *n = NULL;

	if (is_unknown(bytes) || is_unknown(index) || type.kind == VALUE_POINTER)
		return node_unknown(p); /* what the kernel has at an address */
	if (type.kind != VALUE_BYTES || index->type.kind != VALUE_INT)
		return text_fail(p, "an index into what is no array");
	if (index->op == NODE_CONST)
		n = fixed_element(p, bytes, index->value);
	if (n)
		return n;
	type.kind = VALUE_INT;
	return node_op(p, NODE_INDEX, type, (struct node *[3]) { bytes, index });
}

struct node *node_address(struct parser *p, struct node *n)
{
	struct value_type type = n->type;
	struct node *bytes;

	if (type.kind == VALUE_BYTES || is_unknown(n))
		return n;
	type.kind = VALUE_BYTES;
	if (n->op == NODE_INDEX) {
		struct node *copy = retyped(p, n, type);

		copy->op = NODE_OFFSET;
		return copy;
	}
	if ((n->op != NODE_LOAD && n->op != NODE_LOAD_SWAP) || n->load.shift ||
	    n->load.mask != UINT64_MAX)
		return text_fail(p, "the address of what is no field");
	bytes = node_bytes(p, n->field, type);
	if (n->load.offset == n->field->offset)
		return bytes;
	return node_op(
	    p, NODE_OFFSET, type,
	    (struct node *[3]) {
		bytes, node_const(p, (n->load.offset - n->field->offset) / type.size, value_u64) });
}

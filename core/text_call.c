/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_call: the helpers of the kernel that a print format calls, and their tables of names.
 *
 * One table says which helper is parsed how. A function that stands in no table is the
 * kernel's own; its value is unknown. A table's line whose constant cannot be known never matches,
 * so such a value is shown as the number that it is.
 */
#include <stdlib.h>
#include <string.h>

#include "core/text_program.h"

#define NAMES_MAX 4096

static bool token_is(const struct token *t, const char *word)
{
	return t->kind == TOKEN_NAME && t->len == strlen(word) && !memcmp(t->p, word, t->len);
}

/* ---- tables of names ---- */

struct lines {
	struct name *v;
	size_t count, cap;
	bool ended; /* a line without a name was seen */
};

static bool is_null(const struct node *n)
{
	return n->op == NODE_CONST && !n->value;
}

/*
 * "{ value, "name" }". The kernel's table ends at the first line without a name, be it there
 * by the author's hand: "{ -1, NULL }" or "{ }".
 */
static bool parse_line(struct parser *p, struct lines *l)
{
	struct node *value, *name;

	if (!text_expect(p, '{'))
		return false;
	if (text_is_punct(p, '}')) {
		l->ended = true;
		text_next(p);
		return true;
	}
	value = text_parse_expr(p);
	if (!value || !text_expect(p, ','))
		return false;
	name = text_parse_expr(p);
	if (!name || !text_expect(p, '}'))
		return false;
	l->ended |= is_null(name);
	if (l->ended || value->op == NODE_UNKNOWN)
		return true;
	if (name->op != NODE_STRING || value->op != NODE_CONST)
		return text_fail(p, "a name that depends on the event"), false;
	if (l->count == NAMES_MAX)
		return text_fail(p, "a table of names is too long"), false;
	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->count++] = (struct name) { value->value, name->string.s, name->string.len };
	return true;
}

static bool parse_lines(struct parser *p, struct lines *l)
{
	while (text_is_punct(p, '{') || text_is_punct(p, ',')) {
		if (text_is_punct(p, ','))
			text_next(p);
		else if (!parse_line(p, l))
			return false;
	}
	return true;
}

/* Masks and values are unsigned long in the kernel, u64 in the helpers for 32 bits. */
static void narrow_lines(const struct parser *p, struct lines *l, bool wide)
{
	for (size_t i = 0; i < l->count && !wide && p->s->machine.long_size == 4; i++)
		l->v[i].value &= UINT32_MAX;
}

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return 0;
}

/* Stable, so that of equal values the first stays first. */
static void sort_names(struct name *v, size_t n, struct name *tmp)
{
	size_t half = n / 2, i = 0, j = half;

	if (n < 2)
		return;
	sort_names(v, half, tmp);
	sort_names(v + half, n - half, tmp);
	for (size_t k = 0; k < n; k++)
		tmp[k] = j == n || (i < half && compare_names(&v[i], &v[j]) <= 0) ? v[i++] : v[j++];
	memcpy(v, tmp, n * sizeof(*v));
}

/* The first line of a value is the one that the kernel finds. */
static size_t drop_doubles(struct name *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!kept || v[kept - 1].value != v[i].value)
			v[kept++] = v[i];
	return kept;
}

static void index_directly(struct parser *p, struct names *t)
{
	uint64_t span = t->count ? t->v[t->count - 1].value - t->v[0].value : UINT64_MAX;
	struct name *v;

	if (span >= 2 * (uint64_t)t->count + 16)
		return;
	v = arena_alloc(p->arena, (span + 1) * sizeof(*v));
	t->base = t->v[0].value;
	for (uint32_t i = 0; i < t->count; i++)
		v[t->v[i].value - t->base] = t->v[i];
	t->v = v;
	t->count = (uint32_t)span + 1;
	t->is_direct = true;
}

static struct names *make_names(struct parser *p, const struct lines *l)
{
	struct names *t = arena_alloc(p->arena, sizeof(*t));

	t->count = (uint32_t)l->count;
	if (l->count) {
		t->v = arena_alloc(p->arena, l->count * sizeof(*t->v));
		memcpy(t->v, l->v, l->count * sizeof(*t->v));
	}
	return t;
}

static void sort_table(struct parser *p, struct names *t)
{
	struct name *tmp = xcalloc(t->count + 1, sizeof(*tmp));

	sort_names(t->v, t->count, tmp);
	free(tmp);
	t->count = (uint32_t)drop_doubles(t->v, t->count);
	index_directly(p, t);
}

static struct node *parse_names(struct parser *p, enum node_op op, bool wide)
{
	struct value_type word = { VALUE_INT, wide ? 8 : p->s->machine.long_size, false, 0 };
	struct node *value = text_parse_expr(p), *delim = NULL, *n;
	struct lines l = { 0 };

	if (value && op == NODE_FLAGS)
		delim = text_expect(p, ',') ? text_parse_expr(p) : NULL;
	if (!value || (op == NODE_FLAGS && !delim))
		return NULL;
	if (delim && delim->op != NODE_STRING)
		return text_fail(p, "a delimiter that is no string");
	if (!parse_lines(p, &l) || !text_expect(p, ')')) {
		free(l.v);
		return NULL;
	}
	narrow_lines(p, &l, wide);
	value = node_cast(p, value, word);
	n = value ? node_op(p, op, value_text, (struct node *[3]) { value }) : NULL;
	if (n && value->type.kind == VALUE_UNKNOWN)
		n = value;
	if (n && n != value) {
		struct names *t = make_names(p, &l);

		if (delim) {
			t->delim = delim->string.s;
			t->delim_len = delim->string.len;
		} else {
			sort_table(p, t);
		}
		n->names = t;
	}
	free(l.v);
	return n;
}

static struct node *parse_flags(struct parser *p)
{
	return parse_names(p, NODE_FLAGS, false);
}

static struct node *parse_flags_u64(struct parser *p)
{
	return parse_names(p, NODE_FLAGS, true);
}

static struct node *parse_symbolic(struct parser *p)
{
	return parse_names(p, NODE_SYMBOLIC, false);
}

static struct node *parse_symbolic_u64(struct parser *p)
{
	return parse_names(p, NODE_SYMBOLIC, true);
}

/* ---- fields of varying length ---- */

/* "(name)": the field of that name. */
static const struct field *parse_field_name(struct parser *p)
{
	const struct field *found = NULL;

	schema_for_each_field (p->s, f)
		if (token_is(&p->tok, f->name))
			found = f;
	if (!found) {
		text_fail(p, "an unknown field");
		return NULL;
	}
	text_next(p);
	return text_expect(p, ')') ? found : NULL;
}

static struct node *parse_dynamic(struct parser *p)
{
	const struct field *f = parse_field_name(p);

	return f ? node_bytes(p, f, (struct value_type) { VALUE_BYTES, 1, false, 0 }) : NULL;
}

static struct node *parse_dynamic_len(struct parser *p)
{
	const struct field *f = parse_field_name(p);
	struct node *n;

	if (!f)
		return NULL;
	n = node_new(p, NODE_LENGTH, (struct value_type) { VALUE_INT, 4, false, 0 });
	n->field = f;
	return n;
}

static struct node *parse_bitmask(struct parser *p)
{
	struct node *bytes = parse_dynamic(p);

	return bytes ? node_op(p, NODE_BITMASK, value_text, (struct node *[3]) { bytes }) : NULL;
}

/* ---- bytes and arrays ---- */

/* Arguments up to the ')'; all of them must be there. */
static bool parse_args(struct parser *p, struct node **arg, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (i && !text_expect(p, ','))
			return false;
		arg[i] = text_parse_expr(p);
		if (!arg[i])
			return false;
	}
	return text_expect(p, ')');
}

static struct node *make_array(struct parser *p, enum node_op op, struct node **arg)
{
	for (unsigned i = 0; i < 3; i++)
		if (arg[i] && arg[i]->type.kind == VALUE_UNKNOWN)
			return arg[i];
	if (arg[0]->type.kind != VALUE_BYTES)
		return text_fail(p, "an array that is not in the record");
	for (unsigned i = 1; i < 3; i++)
		if (arg[i] && arg[i]->type.kind != VALUE_INT)
			return text_fail(p, "a length that is no number");
	return node_op(p, op, value_text, arg);
}

static struct node *parse_hex(struct parser *p)
{
	struct node *arg[3] = { 0 };

	return parse_args(p, arg, 2) ? make_array(p, NODE_HEX, arg) : NULL;
}

static struct node *parse_hex_str(struct parser *p)
{
	struct node *n = parse_hex(p);

	if (n)
		n->glue = 1;
	return n;
}

static struct node *parse_array(struct parser *p)
{
	struct node *arg[3] = { 0 };

	return parse_args(p, arg, 3) ? make_array(p, NODE_ARRAY, arg) : NULL;
}

/* __print_dynamic_array(field, size): all elements of a field. */
static struct node *parse_dynamic_array(struct parser *p)
{
	const struct field *found = NULL;
	struct node *arg[3] = { 0 };

	schema_for_each_field (p->s, f)
		if (token_is(&p->tok, f->name))
			found = f;
	if (!found)
		return text_fail(p, "an unknown field");
	text_next(p);
	if (!text_expect(p, ',') || !parse_args(p, &arg[2], 1))
		return NULL;
	arg[0] = node_bytes(p, found, (struct value_type) { VALUE_BYTES, 1, false, 0 });
	arg[1] = node_new(p, NODE_LENGTH, (struct value_type) { VALUE_INT, 4, false, 0 });
	arg[1]->field = found;
	if (arg[2]->type.kind == VALUE_INT)
		arg[1] = node_binary(p, '/', arg[1], arg[2]);
	return arg[1] ? make_array(p, NODE_ARRAY, arg) : NULL;
}

/* ---- numbers ---- */

static struct node *parse_expect(struct parser *p)
{
	struct node *arg[3] = { 0 };

	return parse_args(p, arg, 2) ? arg[0] : NULL;
}

static struct node *parse_seconds(struct parser *p, uint16_t punct)
{
	struct node *arg[3] = { 0 };

	if (!parse_args(p, arg, 1))
		return NULL;
	arg[0] = node_cast(p, arg[0], value_u64);
	return arg[0] ? node_binary(p, punct, arg[0], node_const(p, NSEC_PER_SEC, value_u64))
		      : NULL;
}

static struct node *parse_to_seconds(struct parser *p)
{
	return parse_seconds(p, '/');
}

static struct node *parse_without_seconds(struct parser *p)
{
	return parse_seconds(p, '%');
}

static const struct {
	const char *name;
	struct node *(*parse)(struct parser *p);
} calls[] = {
	{ "__print_flags", parse_flags },
	{ "__print_flags_u64", parse_flags_u64 },
	{ "__print_symbolic", parse_symbolic },
	{ "__print_symbolic_u64", parse_symbolic_u64 },
	{ "__print_hex", parse_hex },
	{ "__print_hex_str", parse_hex_str },
	{ "__print_array", parse_array },
	{ "__print_dynamic_array", parse_dynamic_array },
	{ "__print_ns_to_secs", parse_to_seconds },
	{ "__print_ns_without_secs", parse_without_seconds },
	{ "__get_str", parse_dynamic },
	{ "__get_rel_str", parse_dynamic },
	{ "__get_dynamic_array", parse_dynamic },
	{ "__get_rel_dynamic_array", parse_dynamic },
	{ "__get_dynamic_array_len", parse_dynamic_len },
	{ "__get_rel_dynamic_array_len", parse_dynamic_len },
	{ "__get_sockaddr", parse_dynamic },
	{ "__get_rel_sockaddr", parse_dynamic },
	{ "__get_bitmask", parse_bitmask },
	{ "__get_rel_bitmask", parse_bitmask },
	{ "__get_cpumask", parse_bitmask },
	{ "__get_rel_cpumask", parse_bitmask },
	{ "__builtin_expect", parse_expect },
};

/* A function that we do not have: over its arguments, whatever they are. */
static struct node *parse_unknown_call(struct parser *p)
{
	for (unsigned open = 1; open; text_next(p)) {
		if (p->tok.kind == TOKEN_END || p->tok.kind == TOKEN_BAD)
			return text_fail(p, "')' is missing");
		if (p->tok.kind == TOKEN_PUNCT)
			open += (p->tok.punct == '(') - (p->tok.punct == ')');
	}
	return node_unknown(p);
}

struct node *text_parse_call(struct parser *p, const struct token *name)
{
	text_next(p);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (token_is(name, calls[i].name))
			return calls[i].parse(p);
	/* helpers of a later kernel that say text are for the fallback */
	if (name->len > 8 && !memcmp(name->p, "__print_", 8))
		return text_fail(p, "an unknown helper");
	return parse_unknown_call(p);
}

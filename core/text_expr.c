/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_expr: the parser of the C expressions in a print format.
 *
 * Precedence climbing over one table. The kernel's macros leave more than arithmetic: casts,
 * sizeof, statement expressions that name a value before they use it, __builtin_expect. Recursion
 * is bounded; the first thing not understood ends the parse with its name.
 */
#include <errno.h>
#include <string.h>

#include "core/symbols.h"
#include "core/text_program.h"

/* A name that ({ type name = value; ... }) gave to a value. */
struct local {
	struct local *next;
	const char *name;
	uint32_t len;
	struct node *value;
};

void text_next(struct parser *p)
{
	p->tok = text_lex(&p->p, p->end, p->s->machine.long_size);
}

void text_parser_init(struct parser *p, const char *text)
{
	p->p = text;
	p->end = text + strlen(text);
	text_next(p);
}

bool text_is_punct(const struct parser *p, uint16_t punct)
{
	return p->tok.kind == TOKEN_PUNCT && p->tok.punct == punct;
}

struct node *text_fail(struct parser *p, const char *what)
{
	int n = (int)MIN(p->tok.len, 40u);

	if (!p->e || !p->e->code)
		err_set(p->e, -EOPNOTSUPP, "%s: %s near '%.*s'", p->s->name, what, n,
			p->tok.kind == TOKEN_END ? "" : p->tok.p);
	return NULL;
}

bool text_expect(struct parser *p, uint16_t punct)
{
	if (!text_is_punct(p, punct)) {
		char what[] = "'?' is missing";

		what[1] = (char)punct;
		text_fail(p, what);
		return false;
	}
	text_next(p);
	return true;
}

static bool token_is(const struct token *t, const char *word)
{
	return t->kind == TOKEN_NAME && t->len == strlen(word) && !memcmp(t->p, word, t->len);
}

static struct node *parse_unary(struct parser *p);

/* What comes behind the present token. */
static struct token peek(const struct parser *p)
{
	const char *at = p->p;

	return text_lex(&at, p->end, p->s->machine.long_size);
}

static struct node *parse_strings(struct parser *p)
{
	struct strbuf raw = { 0 }, safe = { 0 };
	struct node *n;

	while (p->tok.kind == TOKEN_STRING) {
		text_unescape(&p->tok, &raw);
		text_next(p);
	}
	text_literal(&safe, strbuf_cstr(&raw), raw.len);
	n = node_string(p, strbuf_cstr(&safe), safe.len);
	strbuf_done(&raw);
	strbuf_done(&safe);
	return n;
}

/* REC->name */
static struct node *parse_record(struct parser *p)
{
	const struct field *found = NULL;

	if (!text_is_punct(p, PUNCT2('-', '>')))
		return text_fail(p, "the record itself");
	text_next(p);
	schema_for_each_field (p->s, f)
		if (token_is(&p->tok, f->name))
			found = f;
	if (!found)
		return text_fail(p, "an unknown field");
	text_next(p);
	return node_field(p, found);
}

static struct node *parse_name(struct parser *p)
{
	struct token name = p->tok;
	int64_t value;
	char word[128];

	text_next(p);
	if (text_is_punct(p, '('))
		return text_parse_call(p, &name);
	for (struct local *l = p->locals; l; l = l->next)
		if (l->len == name.len && !memcmp(l->name, name.p, name.len))
			return l->value;
	if (token_is(&name, "true") || token_is(&name, "false"))
		return node_const(p, name.len == 4, value_int);
	if (token_is(&name, "NULL"))
		return node_const(p, 0, (struct value_type) { VALUE_POINTER, 8, false, 0 });
	if (!p->symbols || name.len >= sizeof(word))
		return node_unknown(p);
	memcpy(word, name.p, name.len);
	word[name.len] = '\0';
	if (!symbols_constant(p->symbols, word, &value))
		return node_unknown(p);
	return node_const(p, (uint64_t)value,
			  value == (int32_t)value ? value_int
						  : (struct value_type) { VALUE_INT, 8, true, 0 });
}

/* ({ type a = x; type b = y; value; }) */
static struct node *parse_statements(struct parser *p)
{
	struct local *outer = p->locals;
	struct value_type type;
	struct node *n = NULL;
	unsigned stars;

	text_next(p);
	while (text_is_type(p, &p->tok)) {
		struct local *l = arena_alloc(p->arena, sizeof(*l));

		if (!text_parse_type(p, &type, &stars))
			return NULL;
		l->name = p->tok.p;
		l->len = p->tok.len;
		if (p->tok.kind != TOKEN_NAME)
			return text_fail(p, "a statement");
		text_next(p);
		if (!text_expect(p, '='))
			return NULL;
		l->value = text_parse_expr(p);
		if (l->value && !stars)
			l->value = node_cast(p, l->value, type);
		if (!l->value || !text_expect(p, ';'))
			return NULL;
		l->next = p->locals;
		p->locals = l;
	}
	n = text_parse_expr(p);
	if (!n || !text_expect(p, ';') || !text_expect(p, '}') || !text_expect(p, ')'))
		return NULL;
	p->locals = outer;
	return n;
}

static struct value_type pointer_to(struct parser *p, struct value_type type, unsigned stars)
{
	if (stars > 1)
		type = (struct value_type) { VALUE_BYTES, p->s->machine.long_size, false, 0 };
	type.kind = VALUE_BYTES;
	type.step = type.size;
	return type;
}

/* The '(' of "(type) x" is read. */
static struct node *parse_cast(struct parser *p)
{
	struct value_type type;
	struct node *n;
	unsigned stars;

	if (!text_parse_type(p, &type, &stars) || !text_expect(p, ')'))
		return NULL;
	n = parse_unary(p);
	if (!n)
		return NULL;
	if (!stars)
		return node_cast(p, n, type);
	/* void * and char * count in bytes, what is not known does not count at all */
	return node_cast(p, n, pointer_to(p, type, stars));
}

/* "(gfp_t)x": a name alone in parentheses with a value behind it can only be a type. */
static bool looks_like_cast(const struct parser *p)
{
	const char *at = p->p;
	struct token t = text_lex(&at, p->end, p->s->machine.long_size);

	if (text_is_type(p, &p->tok))
		return true;
	if (p->tok.kind != TOKEN_NAME || t.kind != TOKEN_PUNCT || t.punct != ')' ||
	    token_is(&p->tok, "REC"))
		return false;
	t = text_lex(&at, p->end, p->s->machine.long_size);
	return t.kind == TOKEN_NAME || t.kind == TOKEN_NUMBER;
}

static struct node *parse_paren(struct parser *p)
{
	struct node *n;

	text_next(p);
	if (text_is_punct(p, '{'))
		return parse_statements(p);
	if (looks_like_cast(p))
		return parse_cast(p);
	if (token_is(&p->tok, "REC") && peek(p).punct == ')') {
		text_next(p);
		text_next(p);
		return parse_record(p);
	}
	n = text_parse_expr(p);
	return n && text_expect(p, ')') ? n : NULL;
}

static struct node *parse_sizeof(struct parser *p)
{
	struct value_type type, size = { VALUE_INT, p->s->machine.long_size, false, 0 };
	struct node *n;
	unsigned stars;

	text_next(p);
	if (!text_expect(p, '('))
		return NULL;
	if (text_is_type(p, &p->tok)) {
		if (!text_parse_type(p, &type, &stars))
			return NULL;
		if (stars)
			type.size = p->s->machine.long_size;
	} else {
		n = text_parse_expr(p);
		if (!n)
			return NULL;
		type = n->type;
		if (n->op == NODE_BYTES && n->field->place == FIELD_FIXED)
			return text_expect(p, ')') ? node_const(p, n->field->size, size) : NULL;
	}
	if (!type.size)
		return text_fail(p, "the size of an unknown type");
	return text_expect(p, ')') ? node_const(p, type.size, size) : NULL;
}

static struct node *parse_primary(struct parser *p)
{
	struct node *n;

	if (text_is_punct(p, '('))
		return parse_paren(p);
	if (p->tok.kind == TOKEN_STRING)
		return parse_strings(p);
	if (p->tok.kind == TOKEN_NUMBER) {
		n = node_const(p, p->tok.value, p->tok.type);
		text_next(p);
		return n;
	}
	if (token_is(&p->tok, "REC")) {
		text_next(p);
		return parse_record(p);
	}
	if (token_is(&p->tok, "sizeof"))
		return parse_sizeof(p);
	if (p->tok.kind == TOKEN_NAME)
		return parse_name(p);
	return text_fail(p, "a value is missing");
}

static struct node *parse_postfix(struct parser *p)
{
	struct node *n = parse_primary(p), *index;

	while (n && text_is_punct(p, '[')) {
		text_next(p);
		index = text_parse_expr(p);
		if (!index || !text_expect(p, ']'))
			return NULL;
		n = node_index(p, n, index);
	}
	if (n && (text_is_punct(p, '.') || text_is_punct(p, PUNCT2('-', '>'))))
		return text_fail(p, "a member of a value");
	return n;
}

static struct node *parse_prefixed(struct parser *p)
{
	uint16_t punct = p->tok.kind == TOKEN_PUNCT ? p->tok.punct : 0;
	struct node *n;

	if (!punct || !strchr("-+~!&*", punct))
		return parse_postfix(p);
	text_next(p);
	n = parse_unary(p);
	if (!n)
		return NULL;
	if (punct == '&')
		return node_address(p, n);
	if (punct == '*')
		return node_index(p, n, node_const(p, 0, value_int));
	return node_unary(p, punct, n);
}

static struct node *parse_unary(struct parser *p)
{
	struct node *n;

	if (p->depth >= TEXT_DEPTH_MAX)
		return text_fail(p, "an expression is too deep");
	p->depth++;
	n = parse_prefixed(p);
	p->depth--;
	return n;
}

/* C's levels from weak to strong. */
static unsigned precedence(const struct parser *p)
{
	static const struct {
		uint16_t punct;
		uint8_t level;
	} levels[] = {
		{ PUNCT2('|', '|'), 1 },
		{ PUNCT2('&', '&'), 2 },
		{ '|', 3 },
		{ '^', 4 },
		{ '&', 5 },
		{ PUNCT2('=', '='), 6 },
		{ PUNCT2('!', '='), 6 },
		{ '<', 7 },
		{ '>', 7 },
		{ PUNCT2('<', '='), 7 },
		{ PUNCT2('>', '='), 7 },
		{ PUNCT2('<', '<'), 8 },
		{ PUNCT2('>', '>'), 8 },
		{ '+', 9 },
		{ '-', 9 },
		{ '*', 10 },
		{ '/', 10 },
		{ '%', 10 },
	};

	for (size_t i = 0; p->tok.kind == TOKEN_PUNCT && i < ARRAY_SIZE(levels); i++)
		if (levels[i].punct == p->tok.punct)
			return levels[i].level;
	return 0;
}

static struct node *parse_binary(struct parser *p, unsigned least)
{
	struct node *a = parse_unary(p), *b;
	unsigned level;

	while (a && (level = precedence(p)) >= least) {
		uint16_t punct = p->tok.punct;

		text_next(p);
		b = parse_binary(p, level + 1);
		if (!b)
			return NULL;
		a = node_binary(p, punct, a, b);
	}
	return a;
}

struct node *text_parse_expr(struct parser *p)
{
	struct node *c, *a, *b;

	if (p->depth >= TEXT_DEPTH_MAX)
		return text_fail(p, "an expression is too deep");
	p->depth++;
	c = parse_binary(p, 1);
	if (c && text_is_punct(p, '?')) {
		text_next(p);
		a = text_parse_expr(p);
		b = a && text_expect(p, ':') ? text_parse_expr(p) : NULL;
		c = b ? node_cond(p, c, a, b) : NULL;
	}
	p->depth--;
	return c;
}

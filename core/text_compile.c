/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_compile: a print format becomes a program, once.
 *
 * Walks the format string and its arguments side by side. Whatever is constant becomes part
 * of a literal; the common values get steps of their own, the others carry their node. What is not
 * understood leaves a program without steps, and the reason.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text_program.h"

#define LITERAL_MAX 4096 /* of one step; longer ones take several */

struct compiler {
	struct parser p;
	struct strbuf literal; /* waits for the next step */
	struct step *steps;
	size_t count, cap;
	unsigned values; /* conversions seen */
};

static struct step *add_step(struct compiler *c, enum step_code code)
{
	struct step *st;
	char *copy;

	if (c->count == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 16;
		c->steps = xrealloc(c->steps, c->cap, sizeof(*c->steps));
	}
	st = &c->steps[c->count++];
	memset(st, 0, sizeof(*st));
	st->code = (uint8_t)code;
	copy = arena_alloc(c->p.arena, (c->literal.len / LITERAL_BLOCK + 1) * LITERAL_BLOCK);
	memcpy(copy, strbuf_cstr(&c->literal), c->literal.len);
	st->literal = copy;
	st->literal_len = (uint16_t)c->literal.len;
	strbuf_clear(&c->literal);
	return st;
}

/* Takes text of the format into the literal. */
static void add_literal(struct compiler *c, const char *p, size_t n)
{
	while (n) {
		size_t some = MIN(n, (size_t)LITERAL_MAX / 8);

		if (c->literal.len > LITERAL_MAX)
			add_step(c, STEP_TEXT)->node = node_string(&c->p, "", 0);
		text_literal(&c->literal, p, some);
		p += some;
		n -= some;
	}
}

static const struct spec *keep_spec(struct compiler *c, const struct spec *s)
{
	struct spec *copy = arena_alloc(c->p.arena, sizeof(*copy));

	*copy = *s;
	return copy;
}

static void add_node_step(struct compiler *c, enum step_code code, const struct node *n,
			  const struct spec *s)
{
	struct step *st = add_step(c, code);

	st->node = n;
	st->spec = keep_spec(c, s);
	st->is_signed = s->conv == 'd';
}

/* ---- numbers ---- */

static bool is_bare(const struct spec *s)
{
	return !s->left && !s->plus && !s->space && !s->alt && !s->zero && s->width < 0 &&
	       s->prec < 0 && !s->star_width && !s->star_prec;
}

/* Hexadecimal with zeros in front, which have steps too: how many digits; 0: none asked; -1: no. */
static int hex_width(const struct spec *s)
{
	struct spec bare = *s;

	bare.zero = false;
	bare.width = -1;
	if (s->conv != 'x' || !is_bare(&bare))
		return -1;
	if (s->width < 0)
		return 0;
	return s->zero && s->width <= 16 ? s->width : -1;
}

static enum step_code sized(enum step_code first, unsigned size)
{
	return first + (size == 8 ? 3 : size == 4 ? 2 : size == 2 ? 1 : 0);
}

/*
 * The step that reads a field at a fixed offset and says it as the conversion wants, or STEP_END.
 * A field wider than the conversion is cut: its low bytes stand first on a little-endian machine.
 */
static enum step_code direct_step(const struct spec *s, const struct node *n)
{
	bool is_plain = n->op == NODE_LOAD && !n->load.shift && n->load.mask == UINT64_MAX;
	unsigned size = n->load.size;

	if (!is_plain || s->conv == 'o' || s->conv == 'X' || (!is_bare(s) && hex_width(s) < 0))
		return STEP_END;
	if (size > s->size && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return STEP_END;
	size = MIN(size, s->size);
	if (size == s->size)
		return sized(s->conv == 'd' ? STEP_S8 : s->conv == 'x' ? STEP_X8 : STEP_U8, size);
	if (n->load.is_signed)
		return s->conv == 'd' ? sized(STEP_S8, size) : STEP_END;
	return sized(s->conv == 'x' ? STEP_X8 : STEP_U8, size);
}

/* The type of such a field is one of our own: no format of the kernel's has any. */
static bool is_named(const struct compiler *c, const struct spec *s, const struct node *n)
{
	return (n->op == NODE_LOAD || n->op == NODE_LOAD_SWAP) && n->field && is_bare(s) &&
	       (s->conv == 'd' || s->conv == 'u') && field_has_names(c->p.s, n->field);
}

static void add_number(struct compiler *c, const struct spec *s, const struct node *n)
{
	enum step_code code = direct_step(s, n);
	int least = hex_width(s);

	if (is_named(c, s, n)) {
		add_node_step(c, STEP_NAMED, n, s);
		return;
	}
	if (n->op == NODE_CONST && !s->star_width && !s->star_prec) {
		spec_number(&c->literal, s, n->value);
		return;
	}
	if (code != STEP_END)
		add_step(c, code)->offset = n->load.offset;
	else if (least >= 0)
		add_node_step(c, STEP_HEX, n, s);
	else if (is_bare(s) && (s->conv == 'd' || s->conv == 'u'))
		add_node_step(c, STEP_DECIMAL, n, s);
	else
		add_node_step(c, STEP_NUMBER, n, s);
	c->steps[c->count - 1].least = (uint8_t)MAX(least, 0);
}

/* ---- strings and pointers ---- */

static void add_string(struct compiler *c, const struct spec *s, const struct node *n)
{
	const struct field *f = n->op == NODE_BYTES ? n->field : NULL;
	struct step *st;

	if (!is_bare(s)) {
		add_node_step(c, STEP_STRING, n, s);
	} else if (n->op == NODE_STRING) {
		strbuf_add(&c->literal, n->string.s, n->string.len);
	} else if (f && f->place == FIELD_FIXED) {
		st = add_step(c, STEP_CHARS);
		st->offset = f->offset;
		st->len = f->size;
	} else if (f && f->place == FIELD_DATA_LOC && !c->p.s->machine.swap) {
		add_step(c, STEP_LOC)->offset = f->offset;
	} else {
		add_node_step(c, STEP_TEXT, n, s);
	}
}

/* A bare address is "0x" and the number. */
static void add_address(struct compiler *c, const struct spec *s, const struct node *n)
{
	struct spec hex = { .conv = 'x', .size = 8, .width = -1, .prec = -1 };

	if (s->ext[0] || !is_bare(s) || n->maybe_unknown) {
		add_node_step(c, STEP_POINTER, n, s);
		return;
	}
	strbuf_add(&c->literal, "0x", 2);
	add_number(c, &hex, n);
}

/* libtraceevent knows no '&': %pI4 of an ip4_t is of its bytes. */
static const struct node *pointed_to(struct compiler *c, enum pointer_wants wants,
				     const struct node *n)
{
	bool is_ip4 = (n->op == NODE_LOAD || n->op == NODE_LOAD_SWAP) && n->field->unit == UNIT_IP4;

	return wants == POINTER_BYTES && is_ip4 ? node_address(&c->p, (struct node *)n) : n;
}

static bool add_pointer(struct compiler *c, const struct spec *s, const struct node *n)
{
	enum pointer_wants wants = pointer_wants(s);
	uint8_t kind;

	n = pointed_to(c, wants, n);
	if (!n)
		return false;
	kind = n->type.kind;

	if (wants == POINTER_NONE)
		return text_fail(&c->p, "a kind of pointer that we do not know"), false;
	if (wants == POINTER_BYTES && kind != VALUE_BYTES)
		return text_fail(&c->p, "what a pointer points to"), false;
	if (wants == POINTER_ADDRESS && kind == VALUE_BYTES)
		strbuf_char(&c->literal, '?'); /* where the record was in the kernel */
	else if (wants == POINTER_ADDRESS)
		add_address(c, s, n);
	else
		add_node_step(c, STEP_POINTER, n, s);
	return true;
}

/* ---- the format ---- */

static struct node *next_arg(struct compiler *c)
{
	return text_expect(&c->p, ',') ? text_parse_expr(&c->p) : NULL;
}

/* A width or precision that comes as an argument. */
static bool take_star(struct compiler *c, bool star, const struct node **ret_node)
{
	struct node *n;

	if (!star)
		return true;
	n = next_arg(c);
	if (!n)
		return false;
	if (n->type.kind != VALUE_INT)
		return text_fail(&c->p, "a width that is no number"), false;
	*ret_node = n;
	return true;
}

/* Constant widths need not be asked for again. */
static void fold_stars(struct spec *s)
{
	if (s->width_node && s->width_node->op == NODE_CONST) {
		spec_set_width(s, (int)s->width_node->value);
		s->star_width = false;
	}
	if (s->prec_node && s->prec_node->op == NODE_CONST) {
		spec_set_prec(s, (int)s->prec_node->value);
		s->star_prec = false;
	}
}

static bool add_value(struct compiler *c, struct spec *s)
{
	int own = ftrace_step(c->p.s, c->values++);
	const struct node *n;
	bool is_number;

	if (!take_star(c, s->star_width, &s->width_node) ||
	    !take_star(c, s->star_prec, &s->prec_node))
		return false;
	fold_stars(s);
	n = next_arg(c);
	if (!n)
		return false;
	is_number = n->type.kind == VALUE_INT || n->type.kind == VALUE_POINTER;
	if (own >= 0) {
		add_node_step(c, (enum step_code)own, n, s);
	} else if (n->op == NODE_UNKNOWN) {
		strbuf_char(&c->literal, '?');
	} else if (s->conv == 's') {
		add_string(c, s, n);
	} else if (s->conv == 'p') {
		s->either_ip =
		    n->op == NODE_BYTES && n->field->unit == UNIT_IP6 && !strcmp(s->ext, "I6c");
		return add_pointer(c, s, n);
	} else if (!is_number) {
		return text_fail(&c->p, "a number made of what is none"), false;
	} else if (s->conv == 'c') {
		add_node_step(c, STEP_CHAR, n, s);
	} else {
		add_number(c, s, n);
	}
	return true;
}

static bool walk_format(struct compiler *c, const char *p, const char *end)
{
	struct spec s;

	while (p < end) {
		const char *percent = memchr(p, '%', (size_t)(end - p));

		add_literal(c, p, (size_t)((percent ? percent : end) - p));
		if (!percent)
			return true;
		p = percent + 1;
		if (p < end && *p == '%') {
			add_literal(c, p++, 1);
			continue;
		}
		p = spec_parse(p, end, c->p.s->machine.long_size, &s);
		if (!p)
			return text_fail(&c->p, "an unknown conversion"), false;
		if (!add_value(c, &s))
			return false;
	}
	return true;
}

/* The format string: literals side by side; one event is one line, so its end is cut off. */
static bool read_format(struct compiler *c, struct strbuf *fmt)
{
	bool more = true;

	if (c->p.tok.kind != TOKEN_STRING)
		return text_fail(&c->p, "no format string"), false;
	for (; c->p.tok.kind == TOKEN_STRING; text_next(&c->p))
		more = more && text_unescape(&c->p.tok, fmt);
	while (fmt->len && fmt->s[fmt->len - 1] == '\n')
		strbuf_cut(fmt, fmt->len - 1);
	return true;
}

static bool compile(struct compiler *c)
{
	struct strbuf fmt = { 0 };
	bool ok = read_format(c, &fmt);

	if (ok && ftrace_step(c->p.s, 0) == STEP_STACK) {
		strbuf_str(&c->literal, "<stack trace>");
		add_step(c, STEP_STACK);
	} else if (ok) {
		ok = walk_format(c, strbuf_cstr(&fmt), strbuf_cstr(&fmt) + fmt.len);
	}
	if (ok)
		add_step(c, STEP_END);
	strbuf_done(&fmt);
	return ok;
}

int text_compile_with(struct schema *s, struct symbols *symbols, struct err *e)
{
	struct text *t = xcalloc(1, sizeof(*t));
	struct compiler c = { .p = { .s = s, .symbols = symbols, .arena = &t->arena, .e = e } };

	if (e)
		err_clear(e);
	text_parser_init(&c.p, s->print_fmt);
	t->is_compiled = compile(&c);
	if (t->is_compiled) {
		struct step *steps = arena_alloc(&t->arena, c.count * sizeof(*steps));

		memcpy(steps, c.steps, c.count * sizeof(*steps));
		t->steps = steps;
	} else {
		arena_done(&t->arena);
	}
	free(c.steps);
	strbuf_done(&c.literal);
	text_free(s->text);
	s->text = t;
	return t->is_compiled ? 0 : -EOPNOTSUPP;
}

int text_compile(struct schema *s, struct err *e)
{
	return text_compile_with(s, NULL, e);
}

bool text_is_compiled(const struct schema *s)
{
	return s->text && s->text->is_compiled;
}

void text_free(struct text *t)
{
	if (!t)
		return;
	arena_done(&t->arena);
	free(t);
}

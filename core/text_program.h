/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_program: what a print format becomes; private to core/text_*.c.
 *
 * A program is a list of steps. Each copies a literal run and then appends one value. The common
 * values (a number or string at a fixed offset) have steps of their own; every other value is
 * a tree of nodes with the types of C, folded as far as it is constant. Programs are not
 * changed after they were made, so printing needs nothing but the record.
 */
#ifndef CORE_TEXT_PROGRAM_H
#define CORE_TEXT_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/schema.h"
#include "core/strbuf.h"
#include "core/text.h"

/* ---- values ---- */

enum value_kind {
	VALUE_INT,     /* a number of size bytes */
	VALUE_POINTER, /* an address in the traced kernel */
	VALUE_BYTES,   /* a place in the record; size and is_signed are its elements' */
	VALUE_TEXT,    /* what only %s can take */
	VALUE_UNKNOWN, /* the kernel's own variable or function: shown as "?" */
};

struct value_type {
	uint8_t kind; /* enum value_kind */
	uint8_t size;
	bool is_signed;
	uint8_t step; /* of pointers: bytes of what they point to, 0: not known */
};

enum node_op {
	NODE_CONST,	/* value */
	NODE_LOAD,	/* (number at load.offset >> shift) & mask, native order */
	NODE_LOAD_SWAP, /* the same of a machine with the other order; no shift, no mask */
	NODE_BYTES,	/* where a field's bytes are */
	NODE_LENGTH,	/* how many they are */
	NODE_OFFSET,	/* bytes arg[0] from element arg[1] on */
	NODE_INDEX,	/* element arg[1] of bytes arg[0] */
	NODE_CAST,
	NODE_NEGATE,
	NODE_INVERT,
	NODE_NOT,
	NODE_MUL,
	NODE_DIV,
	NODE_MOD,
	NODE_ADD,
	NODE_SUB,
	NODE_SHL,
	NODE_SHR,
	NODE_LT,
	NODE_LE,
	NODE_EQ,
	NODE_NE,
	NODE_AND,
	NODE_XOR,
	NODE_OR,
	NODE_LAND,
	NODE_LOR,
	NODE_COND, /* arg[0] ? arg[1] : arg[2] */
	NODE_STRING,
	NODE_FLAGS,
	NODE_SYMBOLIC,
	NODE_HEX,     /* arg[0] bytes, arg[1] how many */
	NODE_ARRAY,   /* arg[0] bytes, arg[1] how many elements, arg[2] of which size */
	NODE_BITMASK, /* arg[0] bytes */
	NODE_UNKNOWN,
};

struct names;

struct node {
	uint8_t op;	    /* enum node_op */
	bool glue;	    /* NODE_HEX: no blanks between the bytes */
	bool maybe_unknown; /* NODE_COND with an arm of VALUE_UNKNOWN */
	uint16_t depth;
	uint32_t cost; /* nodes visited by one evaluation */
	struct value_type type;
	union {
		uint64_t value;
		struct {
			uint64_t mask;
			uint32_t offset;
			uint8_t size, shift;
			bool is_signed;
		} load;
		struct {
			const char *s; /* checked: safe to show */
			uint32_t len;
		} string;
		const struct node *arg[3];
	};
	const struct field *field; /* of NODE_LOAD, NODE_BYTES and NODE_LENGTH */
	const struct names *names; /* of NODE_FLAGS and NODE_SYMBOLIC */
};

/* One line of a table of names. */
struct name {
	uint64_t value;
	const char *s;
	uint32_t len;
};

/*
 * The table of __print_flags (in its order) or __print_symbolic: sorted by value, or, where the
 * values lie close together, indexed from base on with holes where s is NULL.
 */
struct names {
	struct name *v;
	uint32_t count;
	bool is_direct;
	uint64_t base;
	const char *delim;
	uint32_t delim_len;
};

/* ---- one conversion of a print format ---- */

struct spec {
	char conv;    /* d u x X o c s p; 'd' is signed */
	uint8_t size; /* bytes of the number */
	bool left, plus, space, alt, zero;
	bool star_width, star_prec;
	bool either_ip;	 /* %pI6c of an ip6_t: one that is mapped reads as IPv4 */
	char ext[6];	 /* behind %p: "I4", "S", ... */
	int width, prec; /* -1: none */
	const struct node *width_node, *prec_node;
};

/* ---- steps ---- */

enum step_code {
	STEP_END, /* only the literal */
	STEP_U8,
	STEP_U16,
	STEP_U32,
	STEP_U64,
	STEP_S8,
	STEP_S16,
	STEP_S32,
	STEP_S64,
	STEP_X8,
	STEP_X16,
	STEP_X32,
	STEP_X64,
	STEP_CHARS,   /* a char array of `len` bytes */
	STEP_LOC,     /* a __data_loc string */
	STEP_DECIMAL, /* node, signed or not, no padding */
	STEP_HEX,
	STEP_NUMBER, /* node by spec */
	STEP_TEXT,   /* node of VALUE_TEXT, no padding */
	STEP_STRING, /* node by spec */
	STEP_CHAR,
	STEP_POINTER, /* %p and its kin */
	STEP_NAMED,   /* a field whose type has names for its values; else its number */
	STEP_PRINT,   /* the rest of ftrace:print and its kin, see text_ftrace.c */
	STEP_BPRINT,
	STEP_STACK,
};

/* Literals are padded with NULs to a multiple of this, so that they can be copied in blocks. */
#define LITERAL_BLOCK 16

struct step {
	uint8_t code; /* enum step_code */
	bool is_signed;
	uint8_t least; /* of STEP_X*, STEP_HEX: digits, zeros in front; at most 16 */
	uint16_t literal_len;
	uint32_t offset;
	const char *literal;
	union {
		const struct node *node;
		const struct field *field;
		uint64_t len;
	};
	const struct spec *spec;
};

struct text {
	struct arena arena; /* owns steps, nodes and tables */
	const struct step *steps;
	bool is_compiled; /* else the fields are printed as name=value */
};

/* What is needed while one record is said. */
struct run {
	const struct schema *s;
	struct symbols *symbols;
	const uint8_t *rec;
	uint32_t size;
	struct strbuf *out;
	const struct text_env *env; /* or NULL */
	const struct row *row;	    /* whose record it is, or NULL */
};

struct bytes {
	const uint8_t *p; /* NULL: damaged */
	uint32_t len;
};

/* ---- text_lex.c ---- */

enum token_kind { TOKEN_END, TOKEN_BAD, TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_PUNCT };

struct token {
	uint8_t kind;
	uint16_t punct; /* one character, or two as 'a' << 8 | 'b'; "->" is '-' << 8 | '>' */
	const char *p;
	uint32_t len;
	uint64_t value;
	struct value_type type;
};

#define PUNCT2(a, b) ((uint16_t)((a) << 8 | (b)))

/* Reads the token at *p and steps over it. Numbers get C's type on a machine with such longs. */
struct token text_lex(const char **p, const char *end, unsigned long_size);

/* Appends the bytes that a string literal means; false when a NUL in it ends the string. */
bool text_unescape(const struct token *t, struct strbuf *out);
/* Appends words of a format: safe, tabs and line ends as blanks. */
void text_literal(struct strbuf *out, const char *p, size_t n);

/* ---- text_type.c ---- */

struct parser;

/* True when the name begins a type. */
bool text_is_type(const struct parser *p, const struct token *t);
/* Parses a type name with its stars; *stars says how many. Unknown typedefs: size 0. */
bool text_parse_type(struct parser *p, struct value_type *ret, unsigned *stars);
/* The type of the sum of two numbers. */
struct value_type text_common_type(struct value_type a, struct value_type b);

/* ---- text_expr.c ---- */

#define TEXT_DEPTH_MAX 200
#define TEXT_COST_MAX  4096

struct local;

struct parser {
	const char *p, *end;
	struct token tok; /* the next one */
	const struct schema *s;
	struct symbols *symbols; /* for names of constants; may be NULL */
	struct arena *arena;
	struct local *locals;
	unsigned depth;
	struct err *e;
};

void text_parser_init(struct parser *p, const char *text);
void text_next(struct parser *p);
bool text_is_punct(const struct parser *p, uint16_t punct);
/* Steps over the punctuation or fails. */
bool text_expect(struct parser *p, uint16_t punct);
/* Says what was not understood, once; returns NULL. */
struct node *text_fail(struct parser *p, const char *what);
/* An assignment expression: all but the comma. NULL: failed. */
struct node *text_parse_expr(struct parser *p);

/* ---- text_node.c: nodes with C's conversions, folded ---- */

struct node *node_new(struct parser *p, enum node_op op, struct value_type type);
struct node *node_const(struct parser *p, uint64_t value, struct value_type type);
struct node *node_string(struct parser *p, const char *s, size_t len);
struct node *node_unknown(struct parser *p);
/* Takes up to three arguments, checks depth and cost. NULL: failed. */
struct node *node_op(struct parser *p, enum node_op op, struct value_type type,
		     struct node *const *arg);
struct node *node_cast(struct parser *p, struct node *n, struct value_type to);
struct node *node_unary(struct parser *p, uint16_t punct, struct node *n);
struct node *node_binary(struct parser *p, uint16_t punct, struct node *a, struct node *b);
struct node *node_cond(struct parser *p, struct node *c, struct node *a, struct node *b);
/* The value of a field as it stands in an expression, its place in the record, an element. */
struct node *node_field(struct parser *p, const struct field *f);
struct node *node_bytes(struct parser *p, const struct field *f, struct value_type elem);
struct node *node_index(struct parser *p, struct node *bytes, struct node *index);
struct node *node_address(struct parser *p, struct node *n);

extern const struct value_type value_int, value_u64, value_text;

/* ---- text_call.c ---- */

/* Parses a call of one of the kernel's helpers; the name is read, '(' is next. */
struct node *text_parse_call(struct parser *p, const struct token *name);

/* ---- text_eval.c ---- */

/* Brings v to what a number of this type can hold: cut, then extended by its sign. */
uint64_t eval_narrow(uint64_t v, unsigned size, bool is_signed);
uint64_t eval_int(const struct run *r, const struct node *n);
struct bytes eval_bytes(const struct run *r, const struct node *n);
/* Appends a value for %s without padding. */
void eval_text(const struct run *r, const struct node *n);
/* Follows ?: to the arm that holds now. */
const struct node *eval_arm(const struct run *r, const struct node *n);
/* Applies an operator to constants. */
uint64_t eval_operator(enum node_op op, struct value_type type, struct value_type operand,
		       uint64_t a, uint64_t b);

/* ---- text_field.c ---- */

/* Whether some values of a field have names by its type: errno_t, syscall_t. */
bool field_has_names(const struct schema *s, const struct field *f);
/* Appends a value by its unit, its sign and such names. */
void field_number(const struct schema *s, const struct field *f, uint64_t v, struct strbuf *out);

/* ---- text_spec.c ---- */

/* Reads the conversion behind a '%' at p; returns its end, or NULL when it makes no sense. */
const char *spec_parse(const char *p, const char *end, unsigned long_size, struct spec *ret);
void spec_number(struct strbuf *out, const struct spec *s, uint64_t v);
/* At most len characters up to a NUL or the precision, safe, padded. */
void spec_string(struct strbuf *out, const struct spec *s, const char *p, size_t len);
/* Takes over a width and a precision that came as arguments. */
void spec_set_width(struct spec *s, int width);
void spec_set_prec(struct spec *s, int prec);
void spec_char(struct strbuf *out, const struct spec *s, uint8_t c);
/* Pads what stands behind `from` to the width. */
void spec_pad(struct strbuf *out, const struct spec *s, size_t from);

/* ---- text_pointer.c ---- */

enum pointer_wants { POINTER_NONE, POINTER_ADDRESS, POINTER_BYTES };

/* What %p with these letters is made of: the address, what it points to, or nothing we could say.
 */
enum pointer_wants pointer_wants(const struct spec *s);
/* Append it, padded. s->width is a count for some of them. */
void pointer_address(const struct run *r, const struct spec *s, uint64_t addr);
void pointer_bytes(const struct run *r, const struct spec *s, struct bytes b);
/* "0000000f,00000001" of at most `bits` bits. */
void pointer_bitmask(struct strbuf *out, struct machine m, struct bytes b, uint32_t bits);

/* Says a symbol: name, with where its offset and size, or the address. */
void pointer_symbol(const struct run *r, uint64_t addr, bool where, bool size);

/*
 * Says the addresses of a field, up to the first 0, the innermost first: "name+0x1 <- name+0x2".
 * False when its addresses are no code that could have names here; then nothing is appended.
 */
bool pointer_stack(const struct run *r, const struct field *f, struct bytes b);

/* Says one address of such a field. */
bool pointer_code(const struct run *r, const struct field *f, uint64_t addr);

/* ---- text_field.c ---- */

/* Appends all fields of a record but the common ones as "name=value name=value". */
void field_plain(const struct run *r);

/* ---- text_ftrace.c ---- */

/*
 * The events of the ftrace system whose print format says less than the kernel does: the step
 * that says value number `index` instead, or -1.
 */
int ftrace_step(const struct schema *s, unsigned index);
void ftrace_print(const struct run *r, const struct step *st);
void ftrace_bprint(const struct run *r, const struct step *st);
void ftrace_stack(const struct run *r, const struct step *st);

#endif

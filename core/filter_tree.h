/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_tree: what the parts of the filter share; nobody else includes it.
 *
 * Text becomes tokens (filter_lex.c), tokens a tree (filter_parse.c), a tree and a schema a
 * program (filter_bind.c), a program and a row an answer (filter_run.c). What the language
 * knows stands in two tables of filter_tree.c: operators, and names of the context.
 */
#ifndef CORE_FILTER_TREE_H
#define CORE_FILTER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/glob.h"
#include "core/util.h"

#define FILTER_TEXT_MAX	 65536 /* bytes of a filter */
#define FILTER_DEPTH_MAX 256   /* open '(' and `not` */

/* Wide enough for every signed and unsigned 64-bit number, and for what lies outside of them. */
__extension__ typedef __int128 filter_wide;

/* What a field is to a comparison. Bits, so that an operator can take several. */
enum filter_kind {
	FILTER_NUMBER = 1,
	FILTER_TEXT = 2,
};

/* What an operator does; several spellings may do the same. */
enum filter_action {
	ACTION_OR,
	ACTION_AND,
	ACTION_NOT,
	ACTION_EQUAL,
	ACTION_LESS,
	ACTION_LESS_EQUAL,
	ACTION_GLOB,
};

struct filter_op {
	const char *spelling;
	const char *name; /* how filter_print writes it */
	uint8_t action;	  /* enum filter_action */
	uint8_t arity;	  /* 1: stands before its operand */
	uint8_t precedence;
	uint8_t kinds; /* of fields it compares; 0: it joins answers */
	bool negate;   /* answers the opposite of its action */
};

/* Precedences: the higher one binds tighter. */
enum { PRECEDENCE_OR = 1, PRECEDENCE_AND, PRECEDENCE_NOT, PRECEDENCE_COMPARE };

/* Instructions of a program. One for each way to get at a value. */
enum filter_code_op {
	CODE_UNKNOWN,
	/* numbers at a fixed offset in this machine's order */
	CODE_U8,
	CODE_S8,
	CODE_U16,
	CODE_S16,
	CODE_U32,
	CODE_S32,
	CODE_64,
	CODE_NUMBER, /* any number, the slow way */
	/* numbers of the row */
	CODE_TID,
	CODE_CPU,
	CODE_PID,
	CODE_LOST,
	/* text */
	CODE_TEXT_FIXED,
	CODE_TEXT_LOC,
	CODE_TEXT, /* any text, the slow way */
	CODE_COMM,
	/* text of the schema: answered when the program is made */
	CODE_EVENT,
	CODE_SYSTEM,
};

/* A name that means the row and its emitter in every event. */
struct filter_context {
	const char *name;
	uint8_t kind;	      /* enum filter_kind */
	uint8_t code;	      /* enum filter_code_op: how the value is got */
	uint8_t cost;	      /* about ns */
	filter_wide min, max; /* of numbers */
};

/* The left side of a comparison. */
struct filter_operand {
	const struct filter_context *context; /* NULL: a field of the event */
	const char *system, *event;	      /* only in this one; NULL: any */
	const char *name;
	uint32_t column;
};

/* The right side. */
struct filter_literal {
	const char *text; /* quotes and escapes undone */
	uint32_t len;
	uint32_t column;
	bool quoted;	    /* never a number then */
	bool is_number;	    /* text is one, and its value is: */
	filter_wide number; /* cut to +-2^66, far outside of every field */
	struct glob glob;   /* for ACTION_EQUAL and ACTION_GLOB */
};

enum filter_node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_COMPARE };

struct filter_node {
	uint8_t kind;		    /* enum filter_node_kind */
	struct filter_node *child;  /* the first one; or and `and` have two or more */
	struct filter_node *next;   /* brother */
	const struct filter_op *op; /* of NODE_COMPARE */
	uint32_t op_column;
	struct filter_operand left;
	struct filter_literal right;
};

struct filter {
	struct arena arena; /* owns the tree */
	char *text;
	struct filter_node *root; /* NULL: everything passes */
	/* Programs by schema index + 1; the first is that of rows without a schema. */
	struct filter_program **programs;
	size_t program_count;
};

/* ---- filter_tree.c: the tables ---- */

/*
 * The operator of a precedence that begins at s, the longest spelling first; NULL when there is
 * none. *cut is set (and else left alone) when the text ends within a spelling, so that more
 * characters could make one.
 */
const struct filter_op *filter_op_find(const char *s, unsigned precedence, bool *cut);

/* Whether a word is an operator and has to be quoted to be a value. */
bool filter_op_is_word(const char *s, size_t len);

/* The operators for a kind of field, as "== != ~". Returns buf. */
const char *filter_op_list(unsigned kind, char *buf, size_t size);

/* The context of a name, or NULL. */
const struct filter_context *filter_context_find(const char *name);

/* The name of context number i, NULL behind the last. */
const char *filter_context_name(size_t i);

/* What the nearest-name search calls a kind: "number" or "text". */
const char *filter_kind_name(unsigned kind);

/* Whether an operator and a literal make sense for a kind of field. */
bool filter_op_fits(const struct filter_op *op, const struct filter_literal *l, unsigned kind);

/* Says why filter_op_fits does not: with a caret under the operator or the literal. */
int filter_misfit(const char *text, const struct filter_node *n, unsigned kind, struct err *e);

/* ---- filter_lex.c: tokens ---- */

struct filter_lexer {
	const char *text; /* NUL-ended */
	uint32_t at;
	struct err *err;
};

void filter_lex_space(struct filter_lexer *lx);

/* Like err_caret, for a text that ended too early: -EAGAIN. */
int filter_lex_unfinished(struct filter_lexer *lx, const char *what);

/* Reads [[SYSTEM:]EVENT].NAME or NAME. */
int filter_lex_operand(struct filter_lexer *lx, struct arena *a, struct filter_operand *ret);

/* Reads a number, a word or a quoted string. */
int filter_lex_literal(struct filter_lexer *lx, struct arena *a, struct filter_literal *ret);

/* ---- filter_bind.c: a literal and a schema ---- */

enum filter_fit {
	FIT_OK,
	FIT_ABSENT,  /* the event has no such field */
	FIT_OPAQUE,  /* an array or other bytes: not comparable */
	FIT_LITERAL, /* operator or literal are for another kind */
};

/* How a comparison fits a schema (NULL: none); *ret is the field, when it is no context name. */
enum filter_fit filter_fit(const struct filter_node *n, const struct schema *s,
			   const struct field **ret);

/* Whether the operand's EVENT and SYSTEM, if given, are those of the schema. */
bool filter_operand_meant(const struct filter_operand *o, const struct schema *s);

/* FILTER_NUMBER, FILTER_TEXT, or 0 when a field cannot be compared. */
unsigned filter_field_kind(const struct field *f);

/* ---- filter_run.c: programs ---- */

/* Where a program goes when it has its answer. */
enum { CODE_REJECT = 0xfffe, CODE_ACCEPT = 0xffff };

struct filter_code {
	uint8_t op;	  /* enum filter_code_op */
	bool negate;	  /* the answer is turned round; unknown stays */
	uint16_t next[2]; /* where to go on false and on true */
	uint32_t offset;  /* of the value in the record */
	uint32_t end;	  /* behind it: a shorter record does not have it */
	union {
		struct {
			uint64_t lo, span; /* true for lo <= value <= lo + span */
		};
		struct glob glob;
	};
	const struct field *field; /* for the slow ways */
};

struct filter_program {
	const struct schema *schema;
	int constant;	/* enum filter_value, or -1 */
	uint16_t entry; /* the first instruction, or CODE_ACCEPT, CODE_REJECT */
	uint16_t count;
	struct filter_code code[];
};

/*
 * Whether an instruction asks only for who the thread was at the time (filter_page.c asks once for
 * all records of a thread then).
 */
static inline bool filter_code_is_thread(const struct filter_code *c)
{
	return c->op == CODE_PID || c->op == CODE_COMM;
}

/* The answer of one instruction to a row, whatever it is. */
enum filter_value filter_ask(const struct filter_program *p, const struct filter_code *c,
			     const struct row *r, const struct identity *id);

/* The program of a schema, if it is made already. */
static inline const struct filter_program *filter_program_of(const struct filter *f,
							     const struct schema *s)
{
	size_t slot = s ? (size_t)s->index + 1 : 0;

	return likely(slot < f->program_count) ? f->programs[slot] : NULL;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_tree: what the parts of the filter share; nobody else includes it.
 *
 * Text becomes tokens (filter_lex.c, filter_literal.c), tokens a tree (filter_parse.c), a tree
 * and a schema a program (filter_bind.c: what joins, filter_compare.c: comparisons), a program and
 * a row an answer (filter_run.c, filter_test.c). What the language knows stands in two tables of
 * filter_tree.c: operators, and names of the context.
 */
#ifndef CORE_FILTER_TREE_H
#define CORE_FILTER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/glob.h"
#include "core/names.h"
#include "core/util.h"

#define FILTER_TEXT_MAX	 65536 /* bytes of a filter */
#define FILTER_DEPTH_MAX 256   /* open '(' and `not` */
#define FILTER_REGEX_MAX 1024  /* bytes of a regular expression */

/* Wide enough for every signed and unsigned 64-bit number, and for what lies outside of them. */
__extension__ typedef __int128 filter_wide;

/* What a field is to a comparison. Bits, so that an operator can take several. */
enum filter_kind {
	FILTER_NUMBER = 1,
	FILTER_TEXT = 2,
	FILTER_BYTES = 4, /* an address: 4, 6 or 16 bytes */
	FILTER_ANY = 7,
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
	ACTION_REGEX,
	ACTION_CONTAINS,
	ACTION_ICONTAINS,
	ACTION_STARTS,
	ACTION_ENDS,
	ACTION_IN,     /* one of node->right and its `next` ones */
	ACTION_MASK,   /* any of the bits */
	ACTION_EXISTS, /* no right side */
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
	CODE_TIME,
	CODE_PPID,
	CODE_UID,
	/* text */
	CODE_TEXT_FIXED,
	CODE_TEXT_LOC,
	CODE_TEXT, /* any text, the slow way */
	CODE_COMM,
	CODE_BACKEND,
	CODE_EXE,
	CODE_USER,
	CODE_CGROUP,
	CODE_UNIT,
	CODE_CONTAINER,
	CODE_PROCESS,
	CODE_LINEAGE,
	/* the bytes of a field, whatever it is */
	CODE_BYTES,
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

/* What a number was written as. */
enum filter_measure { MEASURE_NONE, MEASURE_SIZE, MEASURE_DURATION };

struct filter_regex;
struct filter_family;
struct family;

/* The right side. */
struct filter_literal {
	const char *text; /* quotes and escapes undone */
	uint32_t len;
	uint32_t column;
	bool quoted;	    /* never a number then */
	bool is_number;	    /* text is one, and its value is: */
	bool is_decimal;    /* 1.5: micro holds it, for fix6_t alone */
	uint8_t measure;    /* enum filter_measure: 4k is 4096, 1us is 1000 */
	filter_wide number; /* cut to +-2^66, far outside of every field */
	filter_wide micro;  /* millionths */
	struct glob glob;   /* for text; not for ACTION_REGEX and ACTION_ICONTAINS */
	const struct filter_regex *regex;
	const struct filter_literal *from, *to; /* of a range in a list; else NULL */
	struct filter_literal *next;		/* in a list */
};

/* An address or a net: the first bits of len bytes. */
struct filter_address {
	uint8_t len, bits;
	uint8_t bytes[16];
};

/* The number a literal is for a field: true for values v with (v & mask) == value. */
struct filter_number {
	filter_wide value;
	uint64_t mask; /* UINT64_MAX: the whole value */
};

enum filter_node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_COMPARE, NODE_KERNEL };

struct kernel_node;

struct filter_node {
	uint8_t kind;		    /* enum filter_node_kind */
	struct filter_node *child;  /* the first one; or and `and` have two or more */
	struct filter_node *next;   /* brother */
	const struct filter_op *op; /* of NODE_COMPARE */
	uint32_t op_column;
	struct filter_operand left;
	struct filter_literal right;
	struct family *family; /* of CODE_PROCESS and CODE_LINEAGE: who is meant */
	/* of NODE_KERNEL, and what stands between its braces */
	const struct kernel_node *kernel;
	uint32_t kernel_column; /* of the text */
	const char *kernel_text;
	uint32_t column;
};

struct who;

struct filter {
	struct arena arena; /* owns the tree */
	char *text;
	struct filter_regex *regexes; /* those of its literals */
	struct filter_family *families;
	struct who *who;	  /* NULL: nothing asks for it */
	struct filter_node *root; /* NULL: everything passes */
	bool trusts_kernel;	  /* see filter_trust_kernel */
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

/*
 * The name of the context that other tools call GROUP.NAME (group NULL: NAME), or NULL. "" when
 * they have it and tapdeck has not.
 */
const char *filter_alias_find(const char *group, const char *name);

/* The name of context number i, NULL behind the last. */
const char *filter_context_name(size_t i);

/* What the nearest-name search calls a kind: "number" or "text". */
const char *filter_kind_name(unsigned kind);

/* Says that an operator or its literal l is not for this kind: with a caret under it. */
int filter_misfit(const char *text, const struct filter_node *n, unsigned kind,
		  const struct filter_literal *l, struct err *e);

/* ---- filter_lex.c: tokens ---- */

struct filter_lexer {
	const char *text; /* NUL-ended */
	uint32_t at;
	struct err *err;
	const char *topic; /* what errors are of; NULL: filter */
};

void filter_lex_space(struct filter_lexer *lx);

/* Like err_caret, for a text that ended too early: -EAGAIN. */
int filter_lex_unfinished(struct filter_lexer *lx, const char *what);

/* Reads [[SYSTEM:]EVENT].NAME or NAME. */
int filter_lex_operand(struct filter_lexer *lx, struct arena *a, struct filter_operand *ret);

/* ---- filter_literal.c: values ---- */

/* Reads a number, a word or a quoted string; in a list a range as well. */
int filter_lex_literal(struct filter_lexer *lx, struct arena *a, bool in_list,
		       struct filter_literal *ret);

/* Makes a literal compared with the context name `time` the ns that it means. */
int filter_time_literal(struct filter_lexer *lx, const struct filter_env *env,
			struct filter_literal *l);

/* Cuts the whole id of a container to what `container` is. */
void filter_shorten_container(const struct filter_op *op, struct filter_literal *l);

/* ---- filter_regex.c ---- */

/* Compiles a literal as a POSIX extended regular expression of f. On failure says why. */
int filter_regex_compile(struct filter *f, struct filter_literal *l, struct err *e);
void filter_regex_free(struct filter_regex *r);

/* True when a part of the len bytes at s matches. */
bool filter_regex_match(const struct filter_regex *r, const char *s, size_t len);

/* ---- filter_value.c: literals as numbers of a field ---- */

/*
 * What a literal means for a field of a schema (f NULL: for a name of the context); false when it
 * is no number and no name the field has.
 */
bool filter_literal_number(const struct filter_literal *l, const struct schema *s,
			   const struct field *f, struct filter_number *ret);

/* ---- filter_names.c ---- */

/* The number of a name, or of several joined by |, that the field has for its values. */
bool filter_name_number(const struct filter_literal *l, const struct schema *s,
			const struct field *f, struct filter_number *ret);

/* The kind of names that the field of every event has; false when it has none. */
bool filter_names_kind(const struct schema *s, const struct field *f, enum names_kind *ret);

/* Whether the field is known to count nanoseconds: by its type or by what the kernel prints. */
bool filter_field_is_ns(const struct schema *s, const struct field *f);

/* ---- filter_value.c: addresses ---- */

/* Whether the field can hold an address. */
bool filter_field_address(const struct field *f);

/* The address or net that a literal is for a field; false when it is none. */
bool filter_literal_address(const struct filter_literal *l, const struct field *f,
			    struct filter_address *ret);

/* Whether the len bytes at p are, or hold as a struct sockaddr, an address of the net. */
bool filter_address_match(const struct filter_address *a, const uint8_t *p, uint32_t len);

/* ---- filter_compare.c: a comparison and a schema ---- */

enum filter_fit {
	FIT_OK,
	FIT_ABSENT,  /* the event has no such field */
	FIT_OPAQUE,  /* an array or other bytes: not comparable */
	FIT_LITERAL, /* operator or literal are for another kind */
};

/* How a comparison fits a schema (NULL: none); *ret is the field, when it is no context name. */
enum filter_fit filter_fit(const struct filter_node *n, const struct schema *s,
			   const struct field **ret);

/* The first literal of a comparison that means nothing for this field (NULL: the context). */
const struct filter_literal *filter_bad_literal(const struct filter_node *n, const struct schema *s,
						const struct field *f, unsigned kind);

/* Whether the operand's EVENT and SYSTEM, if given, are those of the schema. */
bool filter_operand_meant(const struct filter_operand *o, const struct schema *s);

/* An enum filter_kind, or 0 when a field cannot be compared. */
unsigned filter_field_kind(const struct field *f);

/* ---- filter_absent.c: what was probably meant ---- */

/* Names that a word may have been meant as; borrowed. */
struct filter_guess {
	const char **v;
	size_t count, cap;
};

void filter_guess_add(struct filter_guess *g, const char *name);
/* The one nearest to a word, or NULL. */
const char *filter_guess_nearest(struct filter_guess *g, const char *word);
void filter_guess_done(struct filter_guess *g);

/* Calls fn for every schema of a set, but not tapdeck:task, which is never a row. */
void filter_each_schema(const struct schema_set *set,
			void (*fn)(const struct schema *s, void *data), void *data);

/* Where a field was looked for. */
struct filter_absent {
	const struct schema_set *const *sets;
	size_t count;
	const char *text;			/* in which it stands */
	const char *topic;			/* what the text is */
	void (*others)(struct filter_guess *g); /* adds what is no field of events; NULL: nothing */
};

/* Says that no event has the field, or that there is no such event: -ENOENT. */
int filter_absent(const struct filter_absent *a, const struct filter_operand *o, struct err *e);

/* ---- filter_run.c, filter_test.c: programs ---- */

/* Where a program goes when it has its answer. */
enum { CODE_REJECT = 0xfffe, CODE_ACCEPT = 0xffff };

/* What is asked of a value. `op` says how it is got, `test` what is done with it. */
enum filter_test {
	TEST_RANGE, /* numbers: lo <= value <= lo + span */
	TEST_GLOB,  /* text */
	/* the rest of numbers */
	TEST_MASK,   /* value & mask */
	TEST_MASKED, /* (value & mask) == want */
	TEST_SET,
	/* the rest of text */
	TEST_WORDS,
	TEST_REGEX,
	TEST_ICONTAINS,
	/* bytes */
	TEST_ADDRESS,
	TEST_KERNEL, /* as the kernel's own filters ask */
	/* of anything: true when there is a value, false when there is none; never unknown */
	TEST_EXISTS,
};

/* Ranges as unsigned numbers: sorted, apart from each other. */
struct filter_kernel_test;

struct filter_set {
	uint32_t count;
	struct filter_span {
		uint64_t lo, hi;
	} span[];
};

/* Words, sorted by length, then by bytes. */
struct filter_words {
	uint32_t count;
	struct filter_word {
		const char *s;
		uint32_t len;
	} word[];
};

struct filter_code {
	uint8_t op;	  /* enum filter_code_op */
	uint8_t test;	  /* enum filter_test */
	bool negate;	  /* the answer is turned round; unknown stays */
	uint16_t next[2]; /* where to go on false and on true */
	uint32_t offset;  /* of the value in the record */
	uint32_t end;	  /* behind it: a shorter record does not have it */
	union {
		struct {
			uint64_t lo, span;
		};
		struct {
			uint64_t mask, want;
		};
		struct glob glob; /* of TEST_ICONTAINS: the text, in lower case */
		const struct filter_set *set;
		const struct filter_words *words;
		const struct filter_regex *regex;
		struct family *family;
		const struct filter_address *address;
		const struct filter_kernel_test *kernel;
	};
	const struct field *field; /* for the slow ways */
};

struct filter_program {
	struct arena arena; /* owns sets and words */
	struct who *who;
	const struct schema *schema;
	int constant;	/* enum filter_value, or -1 */
	uint16_t entry; /* the first instruction, or CODE_ACCEPT, CODE_REJECT */
	uint16_t count;
	struct filter_code code[];
};

/* ---- filter_family.c ---- */

/* Makes the set of processes that a comparison names. -EINVAL with a caret. */
int filter_family_make(struct filter *f, struct filter_node *n, struct err *e);
void filter_family_free(struct filter_family *first);
/* Whether a row is of one of them. */
enum filter_value filter_family_ask(const struct filter_code *c, const struct row *r,
				    const struct identity *id);

/* The tests that are not TEST_RANGE and TEST_GLOB, without the code's negate. */
bool filter_test_number(const struct filter_code *c, uint64_t v);
bool filter_test_text(const struct filter_code *c, const char *s, size_t len);

/* The kernel's way, over all bytes of a field. */
bool filter_kernel_match(const struct filter_kernel_test *t, const uint8_t *p, size_t len);

/*
 * Whether an instruction asks only for who the thread was at the time (filter_page.c asks once for
 * all records of a thread then).
 */
static inline bool filter_code_is_thread(const struct filter_code *c)
{
	return (c->op >= CODE_PPID && c->op <= CODE_UID) || c->op == CODE_PID ||
	       c->op == CODE_COMM || (c->op >= CODE_EXE && c->op <= CODE_LINEAGE);
}

/* The answer of one instruction to a row, whatever it is. */
enum filter_value filter_ask(const struct filter_program *p, const struct filter_code *c,
			     const struct row *r, const struct identity *id);

/* Frees a program. NULL-safe. */
void filter_program_free(struct filter_program *p);

/* The program of a schema, if it is made already. */
static inline const struct filter_program *filter_program_of(const struct filter *f,
							     const struct schema *s)
{
	size_t slot = s ? (size_t)s->index + 1 : 0;

	return likely(slot < f->program_count) ? f->programs[slot] : NULL;
}

#endif
